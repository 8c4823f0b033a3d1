"""Photographs of any size with one face of the same pixel size, to see what size alone costs."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.geometry import Box
from retouchgpt_core.photo import Photo

ENLARGED = 4
"""The sample portrait's face has about 84 px between the eyes; so it gets what a camera gives."""
GRAIN = 2.0
"""Standard deviation of the drawn grain, in 8-bit steps: a picture that is hard to compress."""
RATIO = 3 / 2
MEGAPIXELS = (1.0, 200.0)
"""The smallest and the largest that make sense."""
_STRIP = 512


def sized_photo(portrait: Photo, megapixels: float, enlarged: int = 1) -> Photo:
    """Return a 3:2 photo of this many megapixels with the portrait, enlarged, in its middle.

    The portrait ((H, W, 3), 8 or 16 bits) is cut off where it does not fit, its edges continued
    to fill the rest; grain lies over everything. The same arguments give the same pixels, at the
    portrait's depth.
    """
    small = np.asarray(portrait.pixels)
    large = cv2.resize(small, None, fx=enlarged, fy=enlarged, interpolation=cv2.INTER_CUBIC)
    height = round((megapixels * 1e6 / RATIO) ** 0.5)
    width = round(height * RATIO)
    canvas = _placed(np.asarray(large), width, height)
    _add_grain(canvas)
    return Photo(pixels=canvas)


def _placed(picture: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """Centre the picture in a canvas, cut off or with its edges repeated."""
    rows, columns = picture.shape[:2]
    crop = Box(max(0, columns - width) // 2, max(0, rows - height) // 2, width, height)
    picture = picture[crop.clamp(columns, rows).slices]
    above, left = (height - picture.shape[0]) // 2, (width - picture.shape[1]) // 2
    below, right = height - picture.shape[0] - above, width - picture.shape[1] - left
    return np.asarray(cv2.copyMakeBorder(picture, above, below, left, right, cv2.BORDER_REPLICATE))


def _add_grain(canvas: NDArray[Any]) -> None:
    rng = np.random.default_rng(12)
    top = float(np.iinfo(canvas.dtype).max)
    scale = np.float32(GRAIN * top / 255)
    for start in range(0, canvas.shape[0], _STRIP):
        part = canvas[start : start + _STRIP]
        noise = rng.standard_normal(part.shape, dtype=np.float32) * scale
        noise += part
        part[...] = np.clip(np.rint(noise), 0, top).astype(canvas.dtype)
