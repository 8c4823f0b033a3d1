"""What of a face looks like bare skin, and where its own marks cannot be told from drawn ones."""

import cv2
import numpy as np

from retouchgpt_core.face.layout import SKIN_LABELS

_SPOT_SCALES = (1.0, 2.2)
"""Blob sizes in IOD/100 at which a face is searched for marks of its own."""
_SPOT_CONTRAST = 0.045
"""Dip in log green that counts as a mark; grain of the training faces stays under 0.03."""


def _log_green(rgb: np.ndarray) -> np.ndarray:
    return np.log(rgb[..., 1].astype(np.float32) + 10.0)


def skin_likeness(rgb: np.ndarray, labels: np.ndarray, iod: float) -> np.ndarray:
    """Return (H, W) bool: colour near the face's own skin (not hair, glasses, lips, holes).

    `rgb` (H, W, 3) uint8, `labels` (H, W) uint8. Distances are robust, in CIELAB.
    """
    blurred = cv2.GaussianBlur(rgb, (0, 0), max(0.6, 0.012 * iod))
    lab = cv2.cvtColor(blurred.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    inside = np.isin(labels, sorted(SKIN_LABELS))
    if inside.sum() < 64:
        return inside
    middle = np.median(lab[inside], axis=0)
    spread = 1.48 * np.median(np.abs(lab[inside] - middle), axis=0)
    away = (lab - middle) / np.maximum(spread, (7.0, 3.5, 3.5))
    dark = away[..., 0] < -2.6
    like = (np.abs(away[..., 1]) < 3.5) & (np.abs(away[..., 2]) < 3.5) & ~dark
    size = max(1, round(0.02 * iod))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * size + 1, 2 * size + 1))
    opened = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    return opened.astype(bool)


def doubtful_places(rgb: np.ndarray, labels: np.ndarray, iod: float) -> np.ndarray:
    """Return (H, W) bool: skin with a dip or line of its own, which may be a real mark."""
    level = _log_green(rgb)
    found = np.zeros(labels.shape, bool)
    for size in _SPOT_SCALES:
        sigma = max(0.7, size * iod / 100)
        dip = cv2.GaussianBlur(level, (0, 0), 2.2 * sigma) - cv2.GaussianBlur(level, (0, 0), sigma)
        found |= dip > _SPOT_CONTRAST
    found &= np.isin(labels, sorted(SKIN_LABELS))
    grow = max(1, round(0.015 * iod))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grow + 1, 2 * grow + 1))
    return cv2.dilate(found.astype(np.uint8), kernel).astype(bool)


def roughness_of(rgb: np.ndarray, skin: np.ndarray, iod: float) -> float:
    """Return the roughness of the skin: its mean local contrast at wrinkle size, in log green."""
    if skin.sum() < 64:
        return 1.0
    level = _log_green(rgb)
    sigma = max(0.7, 0.012 * iod)
    band = cv2.GaussianBlur(level, (0, 0), sigma) - cv2.GaussianBlur(level, (0, 0), 2.5 * sigma)
    return float(np.abs(band[skin]).mean())
