"""What lies inside an outline that was drawn by hand."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.retouch.masks import SoftMask

_BITS = 4
"""Outlines are drawn to 1/16 of a pixel."""
_OUTSIDE = 128


def inside(points: Sequence[Point], feather: float, photo_size: tuple[int, int]) -> SoftMask:
    """Return what the closed outline through `points` holds, all in photo pixels.

    The edge falls smoothly over `feather` pixels, half of them inside; never so wide that the
    middle is not wholly covered, never sharper than a pixel. An outline that crosses itself holds
    everything that cannot be reached from outside. `photo_size` is (width, height). Returns an
    empty box if it lies outside the photo. Raises ValueError without points or for a negative
    feather.
    """
    if not points or not feather >= 0:
        raise ValueError(f"{len(points)} points, feather {feather}")
    room = Box.of_size(*photo_size).pad(2 + int(feather))
    line = _kept_in(room, np.array([(p.x, p.y) for p in points], np.float64))
    around = Box.from_edges(*line.min(axis=0), *line.max(axis=0)).pad(2 + int(feather / 2))
    within = _held(line, around)
    depth = np.asarray(cv2.distanceTransform(within, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
    band = max(1.0, min(feather, float(depth.max())))
    away = cv2.distanceTransform(255 - within, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # Both distances count from pixel centres, so the edge itself lies half a pixel from each.
    signed = np.where(within > 0, depth - 0.5, 0.5 - np.asarray(away))
    ramp = np.clip(signed / band + 0.5, 0.0, 1.0)
    mask = np.round(ramp * ramp * (3 - 2 * ramp) * 255).astype(np.uint8)
    box = around.clamp(*photo_size)
    return box, mask[box.relative_to(around).slices]


def _kept_in(room: Box, line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring what lies outside a box to its rim, (n, 2) x and y; inside the outline stays itself.

    An edge is first cut where it passes a side, so that no piece of it crosses the box elsewhere.
    """
    start, step = line, np.roll(line, -1, axis=0) - line
    sides = np.array([[room.x, room.right], [room.y, room.bottom]], np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        cuts = (sides[None] - start[:, :, None]) / step[:, :, None]  # (n, axis, side)
    cuts = np.where((cuts > 0) & (cuts < 1), cuts, 0.0).reshape(len(line), 4)
    along = np.sort(np.concatenate([np.zeros((len(line), 1)), cuts], axis=1), axis=1)
    cut = start[:, None] + along[..., None] * step[:, None]
    return np.clip(cut.reshape(-1, 2), sides[:, 0], sides[:, 1])


def _held(line: NDArray[np.float64], around: Box) -> NDArray[np.uint8]:
    """Return (h, w) uint8 of the box: 255 inside the outline or on it, 0 where outside."""
    corner = np.array([around.x + 0.5, around.y + 0.5])
    fine = np.rint((line - corner) * (1 << _BITS)).astype(np.int32).reshape(-1, 1, 2)
    drawn = np.zeros((around.height, around.width), np.uint8)
    cv2.polylines(drawn, [fine], True, 255, 1, cv2.LINE_8, _BITS)
    cv2.floodFill(drawn, None, (0, 0), _OUTSIDE, flags=4)
    return np.where(drawn == _OUTSIDE, 0, 255).astype(np.uint8)
