"""The single marks of a drawing, with what each of them changes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.evaluation.detection_score import Spot
from retouchgpt_core.geometry import Box
from retouchgpt_core.synthesis.drawing import Drawing
from retouchgpt_core.synthesis.drawing.recipes import MOST_DENSITY, NO_KIND
from retouchgpt_core.vocabulary import KINDS, REGIONS, SPOT_KINDS, Kind, Region

CORE = 0.35
"""Cover from which a pixel belongs to a mark."""
MIN_RADIUS = 1.5
"""Smaller spots, in pixels, are drawn but count neither way."""
MIN_CHANGE = 6 / 255
"""So do marks that change no channel by this much."""
_SEEN_SHARE = 0.5
"""And spots of which less than this lies on top."""


@dataclass(frozen=True, slots=True, eq=False)
class TrueMark:
    """A drawn spot or line: core (h, w) bool and changed (h, w) bool (by 2/255) in `box`.

    `contrast` [0, 1] is the largest change of a channel; x, y, radius in picture pixels.
    """

    kind: Kind
    region: Region
    x: float
    y: float
    radius: float
    contrast: float
    counts: bool
    box: Box
    core: NDArray[np.bool_]
    changed: NDArray[np.bool_]

    @property
    def spot(self) -> Spot:
        return Spot(self.x, self.y, self.radius, self.kind, self.contrast, self.counts)


def true_marks(drawing: Drawing) -> list[TrueMark]:
    """Return the spots and lines of a drawing on one picture, those that nothing shows left out."""
    side = int(drawing.crops.image.shape[-1])
    owner, pixel, cover, change = _shown(drawing)
    order = np.argsort(change, kind="stable")
    top = np.full(side * side, -1)
    top[pixel[order]] = owner[order]  # the strongest at a pixel is written last
    by_owner = np.argsort(owner, kind="stable")
    starts = np.flatnonzero(np.diff(owner[by_owner], prepend=-1))
    marks: list[TrueMark] = []
    for rows in np.split(by_owner, starts[1:]) if len(by_owner) else []:
        index = int(owner[rows[0]])
        kind, region = int(drawing.kind[index]), int(drawing.region[index])
        core = rows[cover[rows] >= CORE]
        if kind == NO_KIND or not 0 <= region < len(REGIONS) or not len(core):
            continue
        name = KINDS[kind]
        y, x = np.divmod(pixel[rows], side)
        box = Box(int(x.min()), int(y.min()), int(np.ptp(x)) + 1, int(np.ptp(y)) + 1)
        changed = np.zeros((box.height, box.width), bool)
        changed[y - box.y, x - box.x] = True
        inner = np.zeros_like(changed)
        core_y, core_x = np.divmod(pixel[core], side)
        inner[core_y - box.y, core_x - box.x] = True
        radius, contrast = float(np.sqrt(len(core) / np.pi)), float(change[core].max())
        counts = contrast >= MIN_CHANGE
        if name in SPOT_KINDS:
            seen = float((top[pixel[core]] == index).mean())
            counts = counts and radius >= MIN_RADIUS and seen >= _SEEN_SHARE
        centre = float(core_x.mean()) + 0.5, float(core_y.mean()) + 0.5
        marks.append(
            TrueMark(name, REGIONS[region], *centre, radius, contrast, counts, box, inner, changed)
        )
    return marks


def _shown(drawing: Drawing) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return owner, pixel, cover and largest change of the ink that shows."""
    ink = drawing.ink
    under = drawing.crops.image[0].flatten(1)[:, ink.pixel].T
    after = under * (-ink.density.clamp(max=MOST_DENSITY)).exp()
    after = after + ink.gloss[:, None] * (1 - after)
    change = (after.clamp(0, 1) - under).abs().amax(1)
    shown = (ink.cover > 0).numpy()
    names = (ink.owner, ink.pixel, ink.cover, change)
    owner, pixel, cover, changed = (np.asarray(n.numpy())[shown] for n in names)
    return owner, pixel, cover, changed
