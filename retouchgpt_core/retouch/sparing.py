"""What is locked as photographed stays so, even where another mark's fill lies over it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.geometry import Box
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.masks import photo_mask

_RIM = 0.5
"""Width of the rim around a spared mark, over which other fills fade in, by the mark's radius."""


def spared(fills: Iterable[Fill], locked: Sequence[Mark]) -> tuple[Fill, ...]:
    """Return the fills without the places of `locked`: 0 wherever such a mark's mask is not.

    Around it a fill fades in, so that no border shows. A fill that touches none is the same object.
    """
    fills = tuple(fills)
    places = [_place(m) for m in locked if any(_may_touch(f.box, m) for f in fills)]
    return tuple(_without(fill, places) for fill in fills)


def _may_touch(box: Box, mark: Mark) -> bool:
    return not box.intersection(mark.box.pad(_rim(mark))).empty


def _rim(mark: Mark) -> int:
    return max(2, round(_RIM * mark.radius))


def _place(mark: Mark) -> tuple[Box, NDArray[np.float32]]:
    """Return how much of other fills is left around a mark, (h, w) float32, 0 on the mark."""
    box, mask = photo_mask(mark)
    rim = _rim(mark)
    free = cv2.copyMakeBorder(
        (mask == 0).astype(np.uint8), rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=1
    )
    away = cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return box.pad(rim), np.clip(away / rim, 0.0, 1.0).astype(np.float32)


def _without(fill: Fill, places: Sequence[tuple[Box, NDArray[np.float32]]]) -> Fill:
    mask: NDArray[np.uint8] | None = None
    for box, left in places:
        both = fill.box.intersection(box)
        if both.empty:
            continue
        mask = fill.mask.copy() if mask is None else mask
        target = mask[both.relative_to(fill.box).slices]
        target[:] = target * left[both.relative_to(box).slices]
    return fill if mask is None else replace(fill, mask=mask)


__all__ = ["spared"]
