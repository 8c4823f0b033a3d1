"""Looks at a photo for the face networks: reduced once, then cut and turned from that."""

from dataclasses import dataclass
from typing import Protocol, Self

import cv2
import numpy as np

from retouchgpt_core.face.nets import CROP
from retouchgpt_core.geometry import Window

_ENOUGH = 0.9
"""A level serves a crop if it has at least this many pixels for one of the crop's."""

_WHOLE, _TILES = 3000.0, 4
"""Up to this many photo pixels a side a photo is read at once, beyond in so many parts a side."""


class SampledPhoto(Protocol):
    """What is needed of a photo (see `retouchgpt_core.photo.Photo`)."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    def window(self, window: Window) -> np.ndarray: ...


@dataclass(frozen=True, slots=True)
class Crop:
    """A square of the photo around (x, y), `size` photo pixels wide, leaning by `roll` radians,
    seen at CROP x CROP pixels."""

    x: float
    y: float
    size: float
    roll: float

    @property
    def axes(self) -> np.ndarray:
        """2x2: from crop pixels to photo pixels."""
        step = self.size / CROP
        cos, sin = np.cos(self.roll) * step, np.sin(self.roll) * step
        return np.array([[cos, -sin], [sin, cos]])

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        """Map (N, 2) crop pixels to photo pixels, float32."""
        moved = (points - CROP / 2) @ self.axes.T + np.array([self.x, self.y])
        return moved.astype(np.float32)


class Overview:
    """A photo reduced to a square of `side` pixels (its edges repeated) and to halves of that."""

    def __init__(self, photo: SampledPhoto, square: np.ndarray, window: Window) -> None:
        self._photo = photo
        self._window = window
        self._levels = [square]
        while self._levels[-1].shape[0] > CROP:
            self._levels.append(shrunk(self._levels[-1], self._levels[-1].shape[0] // 2))

    @classmethod
    def of(cls, photo: SampledPhoto, side: int) -> Self:
        """Reduce (or enlarge) a photo so that its longer side has `side` pixels."""
        longest = max(photo.width, photo.height)
        x, y = (photo.width - longest) / 2, (photo.height - longest) / 2
        window = Window(x, y, longest, side)
        return cls(photo, _in_tiles(photo, window), window)

    @property
    def window(self) -> Window:
        return self._window

    def level(self, side: int) -> np.ndarray:
        """Return the whole square at this size, float32 RGB."""
        source = next(level for level in reversed(self._levels) if level.shape[0] >= side)
        return shrunk(source, side)

    def sample(self, crop: Crop) -> np.ndarray:
        """Return a crop, (CROP, CROP, 3) float32 RGB; from the photo itself where it has more."""
        level = self._level_for(CROP / crop.size)
        if level is not None:
            return _cut(level, self._window.at(level.shape[0]), crop, CROP)
        spread = crop.size * 1.42
        around = Window(crop.x - spread / 2, crop.y - spread / 2, spread, round(1.42 * CROP))
        return _cut(self._photo.window(around), around, crop, CROP)

    def look(self, window: Window) -> np.ndarray:
        """Return a window, (pixels, pixels, 3) float32 RGB, likewise."""
        level = self._level_for(window.scale)
        if level is None:
            return self._photo.window(window)
        half = window.size / 2
        square = Crop(window.x + half, window.y + half, window.size, 0.0)
        return _cut(level, self._window.at(level.shape[0]), square, window.pixels)

    def _level_for(self, needed: float) -> np.ndarray | None:
        for level in reversed(self._levels):
            if level.shape[0] / self._window.size >= _ENOUGH * needed:
                return level
        return None


def _in_tiles(photo: SampledPhoto, window: Window) -> np.ndarray:
    """Return a window of a photo, read in parts if a copy of it would be large."""
    if window.size <= _WHOLE or window.pixels % _TILES:
        return photo.window(window)
    square = np.empty((window.pixels, window.pixels, 3), np.float32)
    size, side = window.size / _TILES, window.pixels // _TILES
    for row in range(_TILES):
        for column in range(_TILES):
            tile = Window(window.x + column * size, window.y + row * size, size, side)
            part = (slice(row * side, (row + 1) * side), slice(column * side, (column + 1) * side))
            square[part] = photo.window(tile)
    return square


def shrunk(square: np.ndarray, side: int) -> np.ndarray:
    """Return a square picture averaged down to `side` pixels."""
    if square.shape[0] == side:
        return square
    return cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA)


def _cut(source: np.ndarray, window: Window, crop: Crop, pixels: int) -> np.ndarray:
    # Both sides count from the corner; cv2 counts from the first pixel's centre.
    turn = crop.axes * (window.scale * CROP / pixels)
    middle = np.array(window.to_window(crop.x, crop.y))
    shift = middle + turn @ np.array([0.5 - pixels / 2, 0.5 - pixels / 2]) - 0.5
    step = crop.size * window.scale / pixels
    if step > 1.3:
        width = round(step) | 1
        source = cv2.blur(source, (width, width), borderType=cv2.BORDER_REPLICATE)
    return cv2.warpAffine(
        source,
        np.concatenate([turn, shift[:, None]], 1),
        (pixels, pixels),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
