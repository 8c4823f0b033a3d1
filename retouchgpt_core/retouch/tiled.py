"""Arrays of which only the places that matter are kept, in tiles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.geometry import Box

TILE = 256
"""Side of a tile, on a grid that starts at the photo's corner."""


@dataclass(frozen=True, slots=True, eq=False)
class Tiled:
    """An (h, w) or (h, w, C) array that is 0 outside its tiles; it reads like any other.

    `tiles` are boxes in its own pixels with what lies there; they don't overlap.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    tiles: tuple[tuple[Box, NDArray[Any]], ...]

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return sum(values.nbytes for _, values in self.tiles)

    def __getitem__(self, key: Any) -> Any:
        match key:
            case (slice(step=None) as rows, slice(step=None) as columns):
                top, bottom, _ = rows.indices(self.shape[0])
                left, right, _ = columns.indices(self.shape[1])
                return self._part(Box(left, top, max(right - left, 0), max(bottom - top, 0)))
            case _:
                return self.dense()[key]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        del copy  # what is put together is always new
        dense = self.dense()
        return dense if dtype is None else dense.astype(dtype)

    def dense(self) -> NDArray[Any]:
        """Return all of it as an ordinary array of its own."""
        return self._part(Box.of_size(self.shape[1], self.shape[0]))

    def mapped(self, change: Callable[[NDArray[Any]], NDArray[Any]]) -> "Tiled":
        """Return the same with other arrays in the tiles."""
        return Tiled(self.shape, self.dtype, tuple((box, change(v)) for box, v in self.tiles))

    def _part(self, part: Box) -> NDArray[Any]:
        out = np.zeros((part.height, part.width, *self.shape[2:]), self.dtype)
        for box, values in self.tiles:
            both = box.intersection(part)
            if not both.empty:
                out[both.relative_to(part).slices] = values[both.relative_to(box).slices]
        return out


Pixels = NDArray[Any] | Tiled
"""An array, or one that is kept in tiles."""


def dense(array: Pixels) -> NDArray[Any]:
    """Return an ordinary array; one that is no other thing already stays the same object."""
    return array.dense() if isinstance(array, Tiled) else array


def tiled(mask: Pixels, delta: Pixels, box: Box) -> tuple[Pixels, Pixels]:
    """Return a mask (h, w) and a delta (h, w, C) without what lies where the mask is 0.

    `box` is their place in the photo. Each tile is cut down to what its mask covers. What fits
    into one tile stays whole, and so does a pair that covers all of its box.
    """
    if max(box.width, box.height) <= TILE:
        return dense(mask), dense(delta)
    mask, delta = dense(mask), dense(delta)
    places = _covered(mask, box)
    if sum(place.area for place in places) == box.area:
        return mask, delta
    return _kept(mask, places), _kept(delta, places)


def _kept(array: NDArray[Any], places: list[Box]) -> Tiled:
    tiles = tuple((place, _frozen(array[place.slices].copy())) for place in places)
    return Tiled(array.shape, array.dtype, tiles)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array


def _covered(mask: NDArray[Any], box: Box) -> list[Box]:
    found: list[Box] = []
    for row in range(box.y // TILE, (box.bottom - 1) // TILE + 1):
        for column in range(box.x // TILE, (box.right - 1) // TILE + 1):
            tile = Box(column * TILE, row * TILE, TILE, TILE).intersection(box).relative_to(box)
            there = mask[tile.slices] != 0
            rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
            if len(rows):
                left, top = int(columns[0]), int(rows[0])
                width, height = int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top
                found.append(Box(tile.x + left, tile.y + top, width, height))
    return found
