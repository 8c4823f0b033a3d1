"""How alike two pictures are: PSNR, SSIM, the texture that is left."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]
Mask = NDArray[np.bool_]

EQUAL_DB = 100.0
"""What equal pictures count as, so that means stay finite."""
SSIM_SIGMA, SSIM_WINDOW = 1.5, 11
SSIM_C1, SSIM_C2 = 0.01**2, 0.03**2
"""Wang et al. 2004 (Image quality assessment: from error visibility to structural similarity),
section III.C, for a range of 1."""


def psnr(one: Picture, other: Picture, where: Mask | None = None) -> float:
    """Return the peak signal-to-noise ratio in dB, at most EQUAL_DB.

    one, other (H, W, 3) in [0, 1]; `where` (H, W) limits it to a part, NaN if that is empty.
    Raises ValueError if the sizes differ.
    """
    _require_one_size(one, other)
    error = np.square(one.astype(np.float64) - other).mean(2)
    mean = _mean(error, where)
    if math.isnan(mean):
        return mean
    return EQUAL_DB if mean <= 0.0 else min(EQUAL_DB, -10.0 * math.log10(mean))


def ssim_map(one: Picture, other: Picture) -> Picture:
    """Return the structural similarity at each pixel, (H, W), the mean over the channels.

    Gaussian window of 11 x 11, sigma 1.5, constants as in Wang et al. 2004, each channel in
    [0, 1]; the pictures are mirrored at their borders. Raises ValueError if the sizes differ.
    """
    _require_one_size(one, other)
    x, y = one.astype(np.float64), other.astype(np.float64)
    mean_x, mean_y = _local_mean(x), _local_mean(y)
    variance_x = _local_mean(x * x) - mean_x * mean_x
    variance_y = _local_mean(y * y) - mean_y * mean_y
    covariance = _local_mean(x * y) - mean_x * mean_y
    light = (2.0 * mean_x * mean_y + SSIM_C1) / (mean_x * mean_x + mean_y * mean_y + SSIM_C1)
    structure = (2.0 * covariance + SSIM_C2) / (variance_x + variance_y + SSIM_C2)
    return (light * structure).mean(2).astype(np.float32)


def ssim(one: Picture, other: Picture, where: Mask | None = None) -> float:
    """Return the mean structural similarity, of the whole or of `where` (NaN if that is empty).

    Of the whole: of all places where the window lies inside, as published; a picture that is
    smaller than the window is taken to its borders.
    """
    values = ssim_map(one, other)
    if where is None:
        rim = SSIM_WINDOW // 2
        inner = values[rim:-rim, rim:-rim]
        return float((inner if inner.size else values).mean(dtype=np.float64))
    return _mean(values, where)


def texture_energy(rgb: Picture, where: Mask, sigma: float) -> float:
    """Return the mean square of the luminance's band finer than a Gaussian's sigma (pixels).

    NaN if `where` (H, W) is empty.
    """
    luminance = rgb.mean(2, dtype=np.float32)
    band = luminance - np.asarray(cv2.GaussianBlur(luminance, (0, 0), sigma), np.float32)
    return _mean(np.square(band), where)


def _local_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    size = (SSIM_WINDOW, SSIM_WINDOW)
    blurred = cv2.GaussianBlur(values, size, SSIM_SIGMA, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float64)


def _mean(values: NDArray[np.floating], where: Mask | None) -> float:
    chosen = values if where is None else values[where]
    return float(chosen.mean(dtype=np.float64)) if chosen.size else math.nan


def _require_one_size(one: Picture, other: Picture) -> None:
    if one.shape != other.shape or one.ndim != 3:
        raise ValueError(f"two (H, W, 3) pictures of one size, got {one.shape}, {other.shape}")
