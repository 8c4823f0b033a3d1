"""Marks: what was found on the skin, one by one, with a soft mask each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.geometry import Box, Point, Window
from retouchgpt_core.vocabulary import (
    LINE_KINDS,
    PERMANENT_KINDS,
    SPOT_KINDS,
    Kind,
    Region,
)

Layer = str
"""How a mark is put into the photo: "spot", "line" or "tone"."""


def layer_of(kind: Kind) -> Layer:
    """Return the layer that a kind is blended in."""
    if kind in SPOT_KINDS:
        return "spot"
    return "line" if kind in LINE_KINDS else "tone"


@dataclass(frozen=True, slots=True)
class Mark:
    """One imperfection, or one painted place. Two marks are equal if id and revision are.

    `face` is the face's number; `centre`, `radius` and `box` are in photo pixels, `box` lies
    inside the photo and holds the whole mask. `mask` (h, w) uint8, 255 = wholly part of the mark,
    covers `mask_box`, in pixels of `mask_window`. `revision` grows whenever the mask is edited.
    """

    id: str
    face: int
    kind: Kind
    region: Region
    centre: Point
    radius: float
    box: Box
    confidence: float
    mask_window: Window
    mask_box: Box
    mask: NDArray[np.uint8]
    painted: bool = False
    revision: int = 0

    def __post_init__(self) -> None:
        expected = (self.mask_box.height, self.mask_box.width)
        if self.mask.shape != expected or self.mask.dtype != np.uint8:
            raise ValueError(f"a mask of {expected} uint8, got {self.mask.shape} {self.mask.dtype}")
        self.mask.flags.writeable = False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mark):
            return NotImplemented
        return (self.id, self.revision) == (other.id, other.revision)

    def __hash__(self) -> int:
        return hash((self.id, self.revision))

    @property
    def permanent(self) -> bool:
        """Whether it is kept unless the user names it."""
        return self.kind in PERMANENT_KINDS

    @property
    def layer(self) -> Layer:
        return layer_of(self.kind)

    @property
    def key(self) -> tuple[str, int]:
        """What a cached fill belongs to: (id, revision)."""
        return self.id, self.revision

    @classmethod
    def from_window_mask(
        cls,
        mask: NDArray[np.uint8],
        mask_box: Box,
        window: Window,
        photo_size: tuple[int, int],
        **fields: Any,
    ) -> Self | None:
        """Build a mark from a mask in window pixels; centre, radius and box follow from it.

        `photo_size` is (width, height). `fields` are the remaining ones; a `centre` among them
        stands. Returns None if no pixel of the mask lies inside the photo.
        """
        trimmed = _trimmed(mask, mask_box)
        if trimmed is None:
            return None
        mask, mask_box = trimmed
        left, top = window.to_photo(mask_box.x - 1, mask_box.y - 1)
        right, bottom = window.to_photo(mask_box.right + 1, mask_box.bottom + 1)
        box = Box.from_edges(left, top, right, bottom).clamp(*photo_size)
        if box.empty:
            return None
        weight = mask.astype(np.float64)
        total = weight.sum()
        x = float((weight.sum(0) @ (np.arange(mask_box.width) + 0.5)) / total + mask_box.x)
        y = float((weight.sum(1) @ (np.arange(mask_box.height) + 0.5)) / total + mask_box.y)
        radius = float(np.sqrt(total / 255 / np.pi)) / window.scale
        fields.setdefault("centre", Point(*window.to_photo(x, y)))
        return cls(
            radius=radius,
            box=box,
            mask_window=window,
            mask_box=mask_box,
            mask=np.ascontiguousarray(mask),
            **fields,
        )

    def with_mask(
        self,
        mask: NDArray[np.uint8],
        mask_box: Box,
        window: Window,
        photo_size: tuple[int, int],
    ) -> "Mark | None":
        """Return the same mark with an edited mask, or None if nothing is left of it."""
        edited = Mark.from_window_mask(
            mask,
            mask_box,
            window,
            photo_size,
            id=self.id,
            face=self.face,
            kind=self.kind,
            region=self.region,
            confidence=self.confidence,
            painted=self.painted,
            revision=self.revision + 1,
            centre=self.centre,
        )
        return edited

    def renamed(self, mark_id: str) -> "Mark":
        """Return the same mark under another id."""
        return replace(self, id=mark_id)


def photo_window(photo_size: tuple[int, int]) -> Window:
    """Return the window whose pixels are the photo's own (masks at full resolution use it)."""
    side = max(photo_size)
    return Window(0.0, 0.0, float(side), side)


def numbered(marks: Sequence[Mark], face: int) -> list[Mark]:
    """Give marks the stable ids f<face>-m<n>, in the order given."""
    return [mark.renamed(f"f{face}-m{index}") for index, mark in enumerate(marks, 1)]


def feathered(core: NDArray[Any], grow: float, soften: float) -> NDArray[np.float32]:
    """Return a soft mask (h, w) in [0, 1] that is about 1 on `core` and falls off beyond it.

    `grow` and `soften` (a Gaussian's sigma) are in pixels. The array must hold room for both.
    """
    mask = core.astype(np.uint8)
    if grow > 0:
        side = 2 * round(grow) + 1
        mask = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), soften), np.float32)


def _trimmed(mask: NDArray[np.uint8], box: Box) -> tuple[NDArray[np.uint8], Box] | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    inner = Box(box.x + left, box.y + top, right - left, bottom - top)
    return mask[top:bottom, left:right], inner
