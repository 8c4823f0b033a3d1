"""Where each region lies on a face, and where its light comes from, read off a label map."""

import cv2
import numpy as np

from retouchgpt_core.face.layout import LABEL_INDEX
from retouchgpt_core.vocabulary import REGIONS, Region

FRAME_FIELDS = 7
"""Centre x, y; half extents along and across the line of the eyes; area; main axis (cos, sin)."""
_MIN_PIXELS = 12
_EXTENT_SHARE = 0.03


def region_frames(labels: np.ndarray) -> tuple[np.ndarray, float]:
    """Return ((16, 7) float32 frames, roll in radians) of an (H, W) uint8 label map.

    Lengths are in pixels of the map; an absent region has area 0. Extents are measured along the
    line from the left to the right under-eye region, the main axis by principal components.
    """
    points = [np.argwhere(labels == LABEL_INDEX[r]).astype(np.float32) for r in REGIONS]
    roll = _roll(points)
    along = np.array([np.sin(roll), np.cos(roll)], np.float32)  # (y, x) order, as argwhere
    across = np.array([np.cos(roll), -np.sin(roll)], np.float32)
    frames = np.zeros((len(REGIONS), FRAME_FIELDS), np.float32)
    for row, found in zip(frames, points, strict=True):
        if len(found) < _MIN_PIXELS:
            continue
        centre = found.mean(0)
        offset = found - centre
        span = [
            np.ptp(np.quantile(offset @ axis, (_EXTENT_SHARE, 1 - _EXTENT_SHARE))) / 2
            for axis in (along, across)
        ]
        vectors = np.linalg.eigh(offset.T @ offset / len(found))[1]
        main = vectors[:, 1]
        row[:] = (centre[1], centre[0], span[0], span[1], len(found), main[1], main[0])
    return frames, roll


def _roll(points: list[np.ndarray]) -> float:
    for place in ("under_eye", "cheek", "jaw"):
        left, right = (points[REGIONS.index(Region(f"{place}_{s}"))] for s in ("left", "right"))
        if len(left) >= _MIN_PIXELS and len(right) >= _MIN_PIXELS:
            dy, dx = right.mean(0) - left.mean(0)
            return float(np.arctan2(dy, dx))
    return 0.0


def light_direction(rgb: np.ndarray, skin: np.ndarray) -> tuple[float, float]:
    """Return (x, y) towards the brighter side of the skin, length 0 to 1, in picture axes.

    `rgb` is (H, W, 3) uint8, `skin` an (H, W) mask. A plane is fitted to the log luminance.
    """
    small = cv2.resize(rgb, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    mask = cv2.resize(skin.astype(np.float32), (64, 64), interpolation=cv2.INTER_AREA) > 0.7
    if mask.sum() < 64:
        return 0.0, -0.5
    y, x = np.nonzero(mask)
    level = np.log(small[y, x].mean(1) + 8.0)
    design = np.stack([x / 64 - 0.5, y / 64 - 0.5, np.ones(len(x))], 1)
    slope: np.ndarray = np.linalg.pinv(design)[:2] @ level
    length = float(np.hypot(*slope))
    scale = min(1.0, length) / max(length, 1e-6)
    return float(slope[0] * scale), float(slope[1] * scale)
