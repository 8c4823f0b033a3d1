"""A photo as pictures that Qt draws quickly: RGB32, each half the size of the one before."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter

from retouchgpt_core.geometry import Box

SMALLEST = 256
"""Halving stops when the longer side is at most this long."""
ROWS = 16


@dataclass(frozen=True, slots=True)
class Patch:
    """New pixels of one level: their top-left place there, and the picture."""

    level: int
    x: int
    y: int
    image: QImage


class Pyramid:
    """Level 0 is the photo's own size; level n is it halved n times, odd edges repeated.

    Made on the worker's thread, patched and drawn on the window's.
    """

    def __init__(self, levels: list[QImage]) -> None:
        self.levels = levels

    @classmethod
    def build(cls, pixels: np.ndarray) -> "Pyramid":
        """Make all levels from (H, W, 3) uint8 screen pixels."""
        levels = [as_image(pixels)]
        while max(pixels.shape[:2]) > SMALLEST:
            pixels = halved(pixels)
            levels.append(as_image(pixels))
        return cls(levels)

    def copied(self) -> "Pyramid":
        """Return a pyramid with pixels of its own."""
        return Pyramid([level.copy() for level in self.levels])

    @property
    def width(self) -> int:
        return self.levels[0].width()

    @property
    def height(self) -> int:
        return self.levels[0].height()

    def put(self, patches: tuple[Patch, ...]) -> None:
        """Replace the pixels that the patches cover."""
        for patch in patches:
            painter = QPainter(self.levels[patch.level])
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            painter.drawImage(QPoint(patch.x, patch.y), patch.image)
            painter.end()


def aligned(box: Box, width: int, height: int) -> Box:
    """Return the box grown to the pixel grid of the coarsest level, inside the photo.

    Patches made from such a box give the same pixels as a pyramid built anew.
    """
    grid = 1
    size = max(width, height)
    while size > SMALLEST:
        grid *= 2
        size = (size + 1) // 2
    left, top = box.x // grid * grid, box.y // grid * grid
    right, bottom = -(-box.right // grid) * grid, -(-box.bottom // grid) * grid
    return Box.from_edges(left, top, right, bottom).clamp(width, height)


def patches(pixels: np.ndarray, box: Box, levels: int) -> tuple[Patch, ...]:
    """Make the patches of all levels from the (h, w, 3) uint8 screen pixels of an aligned box."""
    made: list[Patch] = []
    for level in range(levels):
        made.append(Patch(level, box.x >> level, box.y >> level, as_image(pixels)))
        if level + 1 < levels:
            pixels = halved(pixels)
    return tuple(made)


def halved(pixels: np.ndarray) -> np.ndarray:
    """Average 2 x 2 pixels of (H, W, 3) uint8; an odd last row or column is repeated."""
    height, width = pixels.shape[:2]
    if height % 2 or width % 2:
        pixels = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    half = np.empty((-(-height // 2), -(-width // 2), 3), np.uint8)
    for top in range(0, len(half), ROWS):  # a few rows at a time stay in the processor's cache
        rows = pixels[2 * top : 2 * (top + ROWS)]
        total = rows[0::2].astype(np.uint16)
        total += rows[1::2]
        sums = total[:, 0::2] + total[:, 1::2]
        sums += (sums >> 2) & 1  # halves go to the even side: no level is brighter than the photo
        sums += 1
        sums >>= 2
        half[top : top + ROWS] = sums
    return half


def as_image(pixels: np.ndarray) -> QImage:
    """Return (H, W, 3) uint8 as an RGB32 picture that owns its memory."""
    height, width = pixels.shape[:2]
    rows = np.ascontiguousarray(pixels)
    view = QImage(rows.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return view.convertToFormat(QImage.Format.Format_RGB32)


def as_array(image: QImage) -> np.ndarray:
    """Return a picture as (H, W, 3) uint8."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()
