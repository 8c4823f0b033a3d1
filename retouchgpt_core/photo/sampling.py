"""Look at a square of a photo at another resolution, with half-pixel centres kept exact."""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.geometry import Box, Window


def unit_float(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Return uint8 or uint16 pixels as float32 in [0, 1]."""
    return pixels.astype(np.float32) * np.float32(1.0 / np.iinfo(pixels.dtype).max)


def sample_window(pixels: NDArray[Any], window: Window) -> NDArray[np.float32]:
    """Return (pixels, pixels, C) float32 in [0, 1] of (H, W, C) uint8 or uint16 pixels.

    The centre of window pixel i lies at photo x = window.x + (i + 0.5) / window.scale. Averages
    over areas on the way down, is bilinear on the way up, repeats the edge outside the photo.
    """
    height, width = pixels.shape[:2]
    side = window.pixels
    box = _reached(window.box.pad(1), width, height)
    crop = np.ascontiguousarray(pixels[box.slices])
    if window.scale >= 1.0:
        return _mapped(unit_float(crop), window, box, side)
    size = math.ceil(window.size)
    whole = Window(window.x, window.y, window.size, size)
    square_box = Box(math.floor(window.x), math.floor(window.y), size, size)
    whole_pixels = (window.x, window.y, window.size) == (square_box.x, square_box.y, size)
    if whole_pixels and not square_box.clamp(width, height).empty:
        square = _padded(pixels, square_box)
    else:
        square = _mapped(crop, whole, box, size)
    if square.dtype == np.uint8:  # averages are kept finer than 8 bits
        square = square.astype(np.uint16) * np.uint16(257)
    return unit_float(cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA))


def _reached(box: Box, width: int, height: int) -> Box:
    """Return the part inside the photo; at least the one row and column next to the box."""
    left, top = min(max(box.x, 0), width - 1), min(max(box.y, 0), height - 1)
    right, bottom = max(min(box.right, width), left + 1), max(min(box.bottom, height), top + 1)
    return Box(left, top, right - left, bottom - top)


def _padded(pixels: NDArray[Any], box: Box) -> NDArray[Any]:
    """Cut out the box, repeating the photo's edge where it lies outside."""
    height, width = pixels.shape[:2]
    inside = box.clamp(width, height)
    crop = np.ascontiguousarray(pixels[inside.slices])
    if inside == box:
        return crop
    return cv2.copyMakeBorder(
        crop,
        inside.y - box.y,
        box.bottom - inside.bottom,
        inside.x - box.x,
        box.right - inside.right,
        cv2.BORDER_REPLICATE,
    )


def _mapped(crop: NDArray[Any], window: Window, box: Box, side: int) -> NDArray[Any]:
    """Sample the window bilinearly from a crop whose corner lies at `box`."""
    step = 1.0 / window.scale
    to_crop = np.array(
        [
            [step, 0.0, window.x - box.x + 0.5 * step - 0.5],
            [0.0, step, window.y - box.y + 0.5 * step - 0.5],
        ]
    )
    return cv2.warpAffine(
        crop,
        to_crop,
        (side, side),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
