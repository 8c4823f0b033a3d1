"""The blemish under a point: what is connected there and stands out from the skin around it."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.retouch.masks import SoftMask

REACH = 0.08
"""How far a blemish may reach from the point, in distances between the eyes (about 5 mm)."""
_RING = 1.6
"""The skin is what lies between one and this many reaches away."""
_NEAR = 0.012
"""A click may miss by this much, in distances between the eyes."""
_SMOOTHING = 0.004
"""Sigma against grain and pores, in distances between the eyes."""
_STANDS_OUT = 3.0
"""Least difference from the skin, as a CIE 1976 colour difference."""
_ABOVE_GRAIN = 2.2
"""And in standard deviations of the skin around."""
_BELONGS = 0.4
"""A pixel belongs from this share of the blemish's difference from the skin on."""
_RIM = 0.005
"""Grown by this much, since a rim that stays would show; in distances between the eyes."""


def blemish_at(
    pixels: NDArray[Any], point: Point, iod: float, feather: float = 0.0
) -> SoftMask | None:
    """Return the connected blemish under a photo point, or None if nothing stands out there.

    `pixels` (H, W, 3) uint8 or uint16, taken as sRGB: only neighbours are compared. `iod` is the
    face's distance between the eyes and `feather` the width of the soft edge, in photo pixels.
    """
    size = pixels.shape[1], pixels.shape[0]
    reach = max(REACH * iod, 3.0)
    around = Box.from_edges(
        point.x - _RING * reach,
        point.y - _RING * reach,
        point.x + _RING * reach,
        point.y + _RING * reach,
    ).clamp(*size)
    if around.empty or not around.contains(point):
        return None
    lab = _lab(pixels[around.slices], _SMOOTHING * iod)
    x = np.arange(around.width, dtype=np.float32)[None, :] + around.x + 0.5 - point.x
    y = np.arange(around.height, dtype=np.float32)[:, None] + around.y + 0.5 - point.y
    far = np.hypot(x, y)
    ring = (far > reach) & (far <= _RING * reach)
    if np.count_nonzero(ring) < 16:
        return None
    skin, grain = _plane(lab, ring)
    differs = lab - skin
    strength = np.linalg.norm(differs, axis=2)
    near = np.where(far <= max(_NEAR * iod, 1.5), strength, -1.0)
    row, column = np.unravel_index(int(near.argmax()), near.shape)
    most = float(strength[row, column])
    if most < max(_STANDS_OUT, _ABOVE_GRAIN * grain):
        return None
    likeness = (differs @ differs[row, column]) / most**2
    alike = ((likeness >= _BELONGS) & (far <= reach)).astype(np.uint8)
    _, labels = cv2.connectedComponents(alike, connectivity=4)
    body = _without_holes((labels == labels[row, column]).astype(np.uint8))
    return around, _grown(body, max(_RIM * iod, 0.5), feather)


def _lab(pixels: NDArray[Any], sigma: float) -> NDArray[np.float32]:
    values = pixels.astype(np.float32) / float(np.iinfo(pixels.dtype).max)
    lab = np.asarray(cv2.cvtColor(values, cv2.COLOR_RGB2LAB), np.float32)
    if sigma < 0.3:
        return lab
    return np.asarray(cv2.GaussianBlur(lab, (0, 0), sigma), np.float32)


def _plane(lab: NDArray[np.float32], ring: NDArray[np.bool_]) -> tuple[NDArray[np.float32], float]:
    """Fit the skin's colour as a plane through a ring; return it everywhere, and its deviation.

    Light falls off over a face, so one colour would not do. What lies far from the median (hair,
    another blemish) does not count.
    """
    rows, columns = np.nonzero(ring)
    colours = lab[rows, columns].astype(np.float64)
    away = np.linalg.norm(colours - np.median(colours, axis=0), axis=1)
    kept = away <= 2.5 * np.median(away) + 1e-6
    ones = np.ones(int(kept.sum()))
    fit, *_ = np.linalg.lstsq(
        np.stack([ones, columns[kept], rows[kept]], axis=1), colours[kept], rcond=None
    )
    height, width = lab.shape[:2]
    skin = (
        fit[0]
        + fit[1] * np.arange(width)[None, :, None]
        + fit[2] * np.arange(height)[:, None, None]
    )
    left = np.linalg.norm(colours[kept] - skin[rows[kept], columns[kept]], axis=1)
    return skin.astype(np.float32), float(np.sqrt(np.mean(left**2)))


def _without_holes(body: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A pimple's bright head belongs to it."""
    padded = cv2.copyMakeBorder(body, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(padded, None, (0, 0), 2, flags=4)
    return (padded[1:-1, 1:-1] != 2).astype(np.uint8)


def _grown(body: NDArray[np.uint8], rim: float, feather: float) -> NDArray[np.uint8]:
    """Cover the body and its rim wholly, and fall to nothing over the feather further out."""
    away = np.asarray(cv2.distanceTransform(1 - body, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
    ramp = np.clip(1.0 - (away - rim) / max(feather, 1.0), 0.0, 1.0)
    return np.round(ramp * ramp * (3 - 2 * ramp) * 255).astype(np.uint8)
