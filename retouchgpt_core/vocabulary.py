"""The words that every part shares: kinds of imperfection, regions of the face, strengths."""

from collections.abc import Iterable
from enum import StrEnum


class Kind(StrEnum):
    """A kind of imperfection, in the order that plans list them."""

    ACNE = "acne"
    ACNE_MARK = "acne_mark"
    BLACKHEAD = "blackhead"
    SCAR = "scar"
    FRECKLE = "freckle"
    MOLE = "mole"
    AGE_SPOT = "age_spot"
    WRINKLE = "wrinkle"
    DARK_CIRCLE = "dark_circle"
    EYE_BAG = "eye_bag"
    REDNESS = "redness"
    SHINE = "shine"
    TEXTURE = "texture"
    STRAY_HAIR = "stray_hair"


class Shape(StrEnum):
    """How a place is shown by hand: painted over, outlined, or by a click on the blemish."""

    BRUSH = "brush"
    LASSO = "lasso"
    FILL = "fill"


class Region(StrEnum):
    """A place on the face, in the order that plans list them. Sides are those of the picture."""

    FOREHEAD = "forehead"
    BETWEEN_BROWS = "between_brows"
    TEMPLE_LEFT = "temple_left"
    TEMPLE_RIGHT = "temple_right"
    UNDER_EYE_LEFT = "under_eye_left"
    UNDER_EYE_RIGHT = "under_eye_right"
    NOSE = "nose"
    CHEEK_LEFT = "cheek_left"
    CHEEK_RIGHT = "cheek_right"
    SMILE_LINE_LEFT = "smile_line_left"
    SMILE_LINE_RIGHT = "smile_line_right"
    UPPER_LIP = "upper_lip"
    CHIN = "chin"
    JAW_LEFT = "jaw_left"
    JAW_RIGHT = "jaw_right"
    NECK = "neck"


KINDS: tuple[Kind, ...] = tuple(Kind)
REGIONS: tuple[Region, ...] = tuple(Region)
FACE = "face"
"""In a plan's region list, all regions but the neck."""
FACE_REGIONS: tuple[Region, ...] = tuple(r for r in Region if r is not Region.NECK)

SPOT_KINDS = frozenset(
    {
        Kind.ACNE,
        Kind.ACNE_MARK,
        Kind.BLACKHEAD,
        Kind.SCAR,
        Kind.FRECKLE,
        Kind.MOLE,
        Kind.AGE_SPOT,
    }
)
"""Single instances, told apart by their centres, rebuilt from the skin around them."""
LINE_KINDS = frozenset({Kind.WRINKLE, Kind.STRAY_HAIR})
TONE_KINDS = frozenset(set(Kind) - SPOT_KINDS - LINE_KINDS)
"""Areas, one mark a region, changed by a smooth delta that keeps the pores."""

UNDER_EYES: tuple[Region, ...] = (Region.UNDER_EYE_LEFT, Region.UNDER_EYE_RIGHT)
ONLY_AT: dict[Kind, tuple[Region, ...]] = {
    Kind.DARK_CIRCLE: UNDER_EYES,
    Kind.EYE_BAG: UNDER_EYES,
}
"""Kinds that their own place defines: a shadow on the chin is no dark circle."""
PERMANENT_KINDS = frozenset({Kind.MOLE, Kind.FRECKLE, Kind.SCAR, Kind.AGE_SPOT})
"""Kept unless the user names them."""
BLEMISHES: tuple[Kind, ...] = (Kind.ACNE, Kind.ACNE_MARK, Kind.BLACKHEAD)
EVERYTHING: tuple[Kind, ...] = tuple(
    k for k in Kind if k not in PERMANENT_KINDS and k is not Kind.TEXTURE
)
NATURAL_PRESET: tuple[tuple[tuple[Kind, ...], float], ...] = (
    ((Kind.ACNE, Kind.ACNE_MARK, Kind.BLACKHEAD, Kind.STRAY_HAIR), 1.0),
    ((Kind.WRINKLE, Kind.DARK_CIRCLE, Kind.EYE_BAG, Kind.REDNESS, Kind.SHINE), 0.5),
)

COMPOSITE_REGIONS: dict[str, tuple[Region, ...]] = {
    "t_zone": (Region.FOREHEAD, Region.NOSE, Region.CHIN),
    "around_mouth": (
        Region.SMILE_LINE_LEFT,
        Region.SMILE_LINE_RIGHT,
        Region.UPPER_LIP,
        Region.CHIN,
    ),
    "cheeks": (Region.CHEEK_LEFT, Region.CHEEK_RIGHT),
    "temples": (Region.TEMPLE_LEFT, Region.TEMPLE_RIGHT),
    "jaw": (Region.JAW_LEFT, Region.JAW_RIGHT),
    "under_eyes": UNDER_EYES,
    "smile_lines": (Region.SMILE_LINE_LEFT, Region.SMILE_LINE_RIGHT),
    FACE: FACE_REGIONS,
}

FACE_SELECTORS: tuple[str, ...] = ("left", "middle", "right", "largest")
"""A face in a plan is one of these, or its 1-based number counted from the picture's left."""

STRENGTH_REMOVE = 1.0
STRENGTH_STRONG = 0.8
STRENGTH_SOFTEN = 0.5
STRENGTH_SLIGHT = 0.3
STRENGTH_TEXTURE = 0.3
"""What "smooth the skin" and "minimise the pores" mean: evened, never blurred."""

_SINGULAR: dict[Kind, str] = {
    Kind.ACNE: "pimple",
    Kind.ACNE_MARK: "acne mark",
    Kind.BLACKHEAD: "blackhead",
    Kind.SCAR: "scar",
    Kind.FRECKLE: "freckle",
    Kind.MOLE: "mole",
    Kind.AGE_SPOT: "age spot",
    Kind.WRINKLE: "wrinkle",
    Kind.DARK_CIRCLE: "dark circle",
    Kind.EYE_BAG: "eye bag",
    Kind.REDNESS: "red area",
    Kind.SHINE: "shiny area",
    Kind.TEXTURE: "rough area",
    Kind.STRAY_HAIR: "stray hair",
}


def mirrored(region: Region) -> Region:
    """Return the same place on the other side of the picture (itself for a middle one)."""
    if region.endswith("_left"):
        return Region(region.removesuffix("_left") + "_right")
    if region.endswith("_right"):
        return Region(region.removesuffix("_right") + "_left")
    return region


def kind_name(kind: Kind, count: int = 1) -> str:
    """Return the kind in plain English, in the number that `count` asks for."""
    name = _SINGULAR[kind]
    return name if count == 1 else f"{name}s"


def region_name(region: Region) -> str:
    """Return the place in plain English: "left cheek", "between the brows"."""
    if region is Region.BETWEEN_BROWS:
        return "skin between the brows"
    for side in ("left", "right"):
        if region.endswith(f"_{side}"):
            place = region.removesuffix(f"_{side}").replace("_", " ")
            return f"skin under the {side} eye" if place == "under eye" else f"{side} {place}"
    return region.replace("_", " ")


def in_kind_order(kinds: Iterable[Kind]) -> tuple[Kind, ...]:
    """Return the kinds without repeats, in the vocabulary's order."""
    return tuple(sorted(set(kinds), key=KINDS.index))


def in_region_order(regions: Iterable[Region]) -> tuple[Region, ...]:
    """Return the regions without repeats, in the vocabulary's order."""
    return tuple(sorted(set(regions), key=REGIONS.index))
