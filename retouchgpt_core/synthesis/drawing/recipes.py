"""What each kind of spot looks like: ranges with their reasons, as arrays over the kinds.

Lengths are in u = IOD/100. Densities are optical densities (base 10, in linear light) of the
green channel: 0.02 just shows on light skin, 1.0 is a black mole.
"""

from dataclasses import dataclass, field

import numpy as np

from retouchgpt_core.vocabulary import KINDS, Kind, Region

HAEMOGLOBIN = (0.30, 1.0, 0.95)
MELANIN = (0.72, 1.0, 1.15)
"""Density of red, green, blue for a density of 1 in green; measured acne lies between the two
(.63 : 1 : 1.1), freckles near melanin (.78 : 1 : 1.1)."""
NO_KIND = len(KINDS)
"""Row of what is drawn as a distractor: it stays, and is in no mask."""

VISIBLE = 2 / 255
"""Smallest change of some channel that counts as drawn."""
SRGB_DENSITY = 2.3026 / 2.2
"""Natural logarithm of the sRGB factor for an optical density of 1 (gamma 2.2)."""
MOST_DENSITY = 2.6
"""Natural logarithm again: no drawn place lets less light through than this."""

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class SpotRecipe:
    """Ranges of one kind of spot; pairs are drawn log-uniform where both are > 0."""

    radius: Range
    density: tuple[float, float, float]
    """Faintest, middle, strongest: half of the instances lie on either side of the middle."""
    melanin: Range
    """Share of melanin in the pigment; the rest is haemoglobin."""
    sharp: Range
    """Steepness of the rim: 3 melts into the skin, 14 is drawn with a pen."""
    broken: Range
    """How far noise displaces the rim, in radii."""
    stretch: Range = (1.0, 1.35)
    halo: Range = (1.6, 2.6)
    halo_share: Range = (0.0, 0.0)
    """Density of the flushed surrounding, relative to the core."""
    raised: float = 0.0
    relief: Range = (0.03, 0.2)
    """Share of instances with relief, and its strength (negative: a pit)."""
    glossy: float = 0.0
    gloss: Range = (0.05, 0.3)
    pustule: float = 0.0
    lobe: float = 0.0
    mottled: Range = (0.0, 0.15)
    counts: tuple[float, int] = (4.0, 14)
    """Mean and maximum number on a crop of 1 IOD^2 of skin."""
    cluster: float = 1.0
    """Strength of the noise that gathers them."""
    places: dict[Region, float] = field(default_factory=dict[Region, float])
    """Weights of regions, 1 if absent."""


_OILY = {Region.FOREHEAD: 1.3, Region.NOSE: 1.0, Region.CHIN: 1.7, Region.NECK: 0.3}
_UNDER_EYES = {Region.UNDER_EYE_LEFT: 0.25, Region.UNDER_EYE_RIGHT: 0.25}
_SUN = {Region.FOREHEAD: 1.0, Region.UPPER_LIP: 0.4, Region.CHIN: 0.4, Region.NECK: 0.2}
_PORES = {r: 0.05 for r in Region} | {Region.NOSE: 6.0, Region.CHIN: 1.2, Region.FOREHEAD: 0.3}

SPOTS: dict[Kind, SpotRecipe] = {
    Kind.ACNE: SpotRecipe(
        radius=(0.8, 4.6), density=(0.035, 0.16, 0.8), melanin=(0.05, 0.7), sharp=(2.4, 6.0),
        broken=(0.05, 0.3), halo=(1.5, 3.0), halo_share=(0.2, 0.6), raised=0.75,
        relief=(0.03, 0.28), glossy=0.45, gloss=(0.05, 0.3), pustule=0.22, lobe=0.35,
        mottled=(0.05, 0.3), counts=(5.0, 26), cluster=1.4, places=_OILY | _UNDER_EYES,
    ),
    Kind.ACNE_MARK: SpotRecipe(
        radius=(0.9, 6.0), density=(0.03, 0.1, 0.42), melanin=(0.1, 1.0), sharp=(1.8, 5.0),
        broken=(0.1, 0.4), stretch=(1.0, 1.8), halo=(1.4, 2.2), halo_share=(0.1, 0.4),
        lobe=0.4, mottled=(0.1, 0.4), counts=(5.0, 26), cluster=1.3, places=_OILY | _UNDER_EYES,
    ),
    Kind.BLACKHEAD: SpotRecipe(
        radius=(0.35, 0.95), density=(0.06, 0.2, 0.8), melanin=(1.0, 1.3), sharp=(4.0, 9.0),
        broken=(0.0, 0.2), halo=(1.6, 2.2), halo_share=(0.05, 0.25), raised=0.4,
        relief=(0.03, 0.12), counts=(9.0, 40), cluster=0.8, places=_PORES,
    ),
    Kind.SCAR: SpotRecipe(
        radius=(0.7, 4.2), density=(0.02, 0.05, 0.2), melanin=(0.0, 0.8), sharp=(3.0, 8.0),
        broken=(0.1, 0.35), stretch=(1.0, 3.6), halo=(1.3, 1.8), halo_share=(0.0, 0.2),
        raised=1.0, relief=(-0.3, -0.06), lobe=0.3, mottled=(0.1, 0.4), counts=(3.5, 16),
        cluster=1.4, places=_OILY | _UNDER_EYES,
    ),
    Kind.FRECKLE: SpotRecipe(
        radius=(0.55, 1.8), density=(0.03, 0.075, 0.28), melanin=(0.5, 1.05), sharp=(2.2, 4.2),
        broken=(0.1, 0.35), stretch=(1.0, 1.5), mottled=(0.0, 0.3), counts=(15.0, 120),
        cluster=1.1, places=_SUN,
    ),
    Kind.MOLE: SpotRecipe(
        radius=(0.8, 2.8), density=(0.08, 0.3, 1.1), melanin=(0.6, 1.08), sharp=(3.4, 8.0),
        broken=(0.0, 0.12), stretch=(1.0, 1.25), halo=(1.2, 1.5), halo_share=(0.0, 0.12),
        raised=0.4, relief=(0.05, 0.4), glossy=0.22, gloss=(0.04, 0.2), mottled=(0.0, 0.2),
        counts=(2.0, 6), cluster=0.3,
    ),
    Kind.AGE_SPOT: SpotRecipe(
        radius=(1.9, 6.0), density=(0.03, 0.08, 0.28), melanin=(0.6, 1.05), sharp=(3.2, 7.0),
        broken=(0.12, 0.32), stretch=(1.0, 1.6), lobe=0.45, mottled=(0.1, 0.45),
        counts=(2.6, 9), cluster=0.8,
        places={Region.NOSE: 0.5, Region.UPPER_LIP: 0.3, **_UNDER_EYES},
    ),
}  # fmt: skip

PRESENCE: dict[Kind, float] = {
    Kind.ACNE: 0.30,
    Kind.ACNE_MARK: 0.30,
    Kind.BLACKHEAD: 0.22,
    Kind.SCAR: 0.24,
    Kind.FRECKLE: 0.22,
    Kind.MOLE: 0.50,
    Kind.AGE_SPOT: 0.34,
    Kind.WRINKLE: 0.28,
    Kind.DARK_CIRCLE: 0.36,
    Kind.EYE_BAG: 0.28,
    Kind.REDNESS: 0.18,
    Kind.SHINE: 0.20,
    Kind.TEXTURE: 0.12,
    Kind.STRAY_HAIR: 0.16,
}
"""Chance that a crop on which something is drawn has this kind: few moles each, so often."""
NOTHING_DRAWN = 0.15


def pigment(melanin: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return (M, 3) densities for 1 in green, mixed by (M,) melanin shares, jittered by 10 %."""
    share = melanin[:, None]
    colour = np.array(HAEMOGLOBIN) * (1 - share) + np.array(MELANIN) * share
    colour = colour * np.exp(rng.normal(0, 0.1, colour.shape))
    return (colour / colour[:, 1:2]).astype(np.float32)
