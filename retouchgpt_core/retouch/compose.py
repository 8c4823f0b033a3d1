"""Blend fills into the photo's own pixels. The one place where strength exists."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.geometry import Box
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.fills import Fill

TILE = 256
"""Work is done in tiles of this side, on a grid that starts at the photo's corner."""


def compose(
    photo: Photo,
    fills: Sequence[Fill],
    strengths: Mapping[str, float],
    box: Box | None = None,
) -> NDArray[Any]:
    """Blend fills into the photo's own pixels.

    `strengths` maps mark ids to [0, 1]; an absent one is 0 and costs nothing. Spots come first (a
    pixel belongs to the one spot whose mask is larger there), then lines, in the same way, on
    what the spots left, then the sum of the tone-like changes. Returns (H, W, 3) in the photo's
    dtype, for the whole photo or for `box` inside it: the same pixels as that crop of the whole.
    Pixels that no mask covers are returned bit for bit. The order of `fills` does not matter.

    Raises FillMismatchError if a fill was made for a photo of another size.
    """
    box = photo.box if box is None else box.clamp(photo.width, photo.height)
    out = photo.pixels[box.slices].copy()
    for part, touching in _touched(photo, fills, strengths, box):
        value = _change(touching, strengths, part)
        pixels = photo.pixels[part.slices]
        top = float(np.iinfo(pixels.dtype).max)
        value *= np.float32(top)
        value += pixels
        np.rint(value, out=value)
        np.clip(value, 0.0, top, out=value)
        out[part.relative_to(box).slices] = value.astype(pixels.dtype)
    return out


def changed_mask(
    photo_size: tuple[int, int],
    fills: Sequence[Fill],
    strengths: Mapping[str, float],
    box: Box | None = None,
) -> NDArray[np.uint8]:
    """Return (h, w) uint8, non-zero wherever any bit may differ: the largest mask there.

    `photo_size` is (width, height).
    """
    box = Box.of_size(*photo_size) if box is None else box.clamp(*photo_size)
    union = np.zeros((box.height, box.width), np.uint8)
    for fill in fills:
        part = fill.box.intersection(box)
        if part.empty or strengths.get(fill.mark_id, 0.0) <= 0.0:
            continue
        for place, mask, _ in _parts(fill, part):
            target = union[place.relative_to(box).slices]
            np.maximum(target, mask, out=target)
    return union


def _touched(
    photo: Photo, fills: Sequence[Fill], strengths: Mapping[str, float], box: Box
) -> Iterator[tuple[Box, list[Fill]]]:
    """Yield the parts of `box` that need work, one a tile, with their fills in a fixed order."""
    tiles: dict[tuple[int, int], list[Fill]] = {}
    for fill in sorted(fills, key=lambda f: f.mark_id):
        fill.check(photo)
        part = fill.box.intersection(box)
        if part.empty or strengths.get(fill.mark_id, 0.0) <= 0.0:
            continue
        for row in range(part.y // TILE, (part.bottom - 1) // TILE + 1):
            for column in range(part.x // TILE, (part.right - 1) // TILE + 1):
                tiles.setdefault((row, column), []).append(fill)
    for (row, column), touching in tiles.items():
        tile = Box(column * TILE, row * TILE, TILE, TILE).intersection(box)
        part = Box(0, 0, 0, 0)
        for fill in touching:
            part = part.union(fill.box.intersection(tile))
        yield part, touching


def _change(
    fills: Sequence[Fill], strengths: Mapping[str, float], part: Box
) -> NDArray[np.float32]:
    """Return (h, w, 3) float32: what is added to the photo, its largest value being 1."""
    change = np.zeros((part.height, part.width, 3), np.float32)
    for layer in ("spot", "line"):
        _replace(change, [f for f in fills if f.layer == layer], strengths, part)
    for fill in fills:
        if fill.layer not in ("spot", "line"):
            for place, mask, delta in _parts(fill, part):
                if mask.any():
                    added = delta.astype(np.float32)
                    added *= _weight(mask, strengths[fill.mark_id])
                    change[place.relative_to(part).slices] += added
    return change


def _replace(
    change: NDArray[np.float32],
    fills: Sequence[Fill],
    strengths: Mapping[str, float],
    part: Box,
) -> None:
    """Move each pixel towards the fill of the one mark that it belongs to."""
    if not fills:
        return
    shape = (part.height, part.width)
    largest = np.zeros(shape, np.uint8)
    weight = np.zeros((*shape, 1), np.float32)
    target = np.zeros((*shape, 3), np.float32)
    for fill in fills:
        for place, mask, delta in _parts(fill, part):
            outer = place.relative_to(part).slices
            owned = mask > largest[outer]
            np.maximum(largest[outer], mask, out=largest[outer])
            np.copyto(weight[outer], _weight(mask, strengths[fill.mark_id]), where=owned[..., None])
            np.copyto(target[outer], delta, where=owned[..., None])
    change += weight * (target - change)


def _parts(fill: Fill, part: Box) -> Iterator[tuple[Box, NDArray[np.uint8], NDArray[np.float16]]]:
    """Yield where in `part` a fill changes anything: photo boxes with its mask and delta there."""
    for box, mask, delta in fill.pieces():
        both = box.intersection(part)
        if not both.empty:
            inner = both.relative_to(box).slices
            yield both, mask[inner], delta[inner]


def _weight(mask: NDArray[np.uint8], strength: float) -> NDArray[np.float32]:
    return mask.astype(np.float32)[..., None] * np.float32(min(1.0, strength) / 255)
