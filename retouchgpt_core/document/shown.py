"""Marks as the picture shows them: which of them lies at a pixel, and what all of them cover."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.masks import SoftMask, photo_mask, united
from retouchgpt_core.vocabulary import KINDS

SHOWN = 64
"""Mask level (of 255) from which the overlay shows a mark."""
_LAYER_ORDER = {"tone": 0, "line": 1, "spot": 2}


class ShownMarks:
    """Marks' masks at the photo's own pixels, made when first asked for."""

    def __init__(self) -> None:
        self._masks: dict[str, tuple[Mark, SoftMask]] = {}

    def mask_of(self, mark: Mark) -> SoftMask:
        """Return where the mark lies and its (h, w) uint8 mask there."""
        known = self._masks.get(mark.id)
        if known is None or known[0] is not mark:  # other steps may hold another one as equal
            known = self._masks[mark.id] = mark, photo_mask(mark)
        return known[1]

    def union(self, marks: Iterable[Mark], where: Box) -> NDArray[np.uint8]:
        """Return (h, w) uint8: the largest of the masks at each pixel of the box."""
        return united((self.mask_of(mark) for mark in marks), where)

    def overlay(self, marks: Sequence[Mark], where: Box, step: int) -> NDArray[np.uint8]:
        """Return the mark shown at each pixel as its kind's place in KINDS + 1, 0 for none.

        (ceil(h / step), ceil(w / step)) uint8, sampled every `step` pixels from the box's corner.
        """
        shown = np.zeros((-(-where.height // step), -(-where.width // step)), np.uint8)
        for mark in sorted(marks, key=_on_top):
            if mark.box.intersection(where).empty:
                continue
            place, mask = self.mask_of(mark)
            part = place.intersection(where)
            x = -(-(part.x - where.x) // step)
            y = -(-(part.y - where.y) // step)
            top, left = where.y + y * step - place.y, where.x + x * step - place.x
            seen = mask[top : part.bottom - place.y : step, left : part.right - place.x : step]
            target = shown[y : y + seen.shape[0], x : x + seen.shape[1]]
            target[seen >= SHOWN] = KINDS.index(mark.kind) + 1
        return shown

    def at(self, marks: Iterable[Mark], point: Point) -> Mark | None:
        """Return the mark that the overlay shows at a photo point, or None."""
        pixel = Box(int(np.floor(point.x)), int(np.floor(point.y)), 1, 1)
        hit = [
            m
            for m in marks
            if not m.box.intersection(pixel).empty and self.union([m], pixel)[0, 0] >= SHOWN
        ]
        return max(hit, key=_on_top, default=None)


def _on_top(mark: Mark) -> tuple[int, float, str]:
    """Order marks from what lies below to what is shown: small ones above large ones."""
    return _LAYER_ORDER[mark.layer], -mark.radius, mark.id
