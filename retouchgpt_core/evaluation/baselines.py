"""What well-known methods make of a portrait without having learned anything."""

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.evaluation.detection_score import Spot

DOG_SIGMAS = (0.012, 0.02, 0.034)
"""Sigmas of the differences of Gaussians in IOD: spots of radius 0.017 to 0.05 IOD."""
DOG_RATIO = 1.6
"""Ratio of both sigmas at which the difference is closest to a Laplacian (Marr, Hildreth 1980)."""
DOG_LEVEL = 5 / 255
"""How much darker than its surroundings a spot must be."""
BILATERAL_COLOUR, BILATERAL_IOD = 25.0, 0.03
INPAINT_IOD = 0.02

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def dark_spots(rgb: Picture, skin: Mask, iod: float) -> Mask:
    """Return (H, W) bool: what a difference-of-Gaussians filter calls a dark spot on the skin.

    The channel is green, where both pigments of the skin show; `iod` in pixels.
    """
    green = rgb[..., 1].astype(np.float32) / 255
    found = np.zeros(skin.shape, np.uint8)
    for share in DOG_SIGMAS:
        sigma = share * iod
        narrow = cv2.GaussianBlur(green, (0, 0), sigma)
        wide = cv2.GaussianBlur(green, (0, 0), DOG_RATIO * sigma)
        found |= (wide - narrow > DOG_LEVEL).astype(np.uint8)
    side = 2 * round(0.008 * iod) + 1
    grown = cv2.dilate(found * skin, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    return (grown > 0) & skin


def spots_of(mask: Mask) -> list[Spot]:
    """Return each connected piece of a mask as a spot of unknown kind, in pixels."""
    count, _, stats, centres = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return [
        Spot(
            float(centres[i][0]) + 0.5,
            float(centres[i][1]) + 0.5,
            float(np.sqrt(stats[i, cv2.CC_STAT_AREA] / np.pi)),
            None,
        )
        for i in range(1, count)
    ]


def inpainted(rgb: Picture, mask: Mask, iod: float) -> Picture:
    """Return the picture with the mask inpainted (Telea 2004, as OpenCV does it)."""
    radius = max(3.0, INPAINT_IOD * iod)
    return np.asarray(cv2.inpaint(rgb, mask.astype(np.uint8), radius, cv2.INPAINT_TELEA), np.uint8)


def smoothed(rgb: Picture, skin: Mask, iod: float) -> Picture:
    """Return the picture with its skin smoothed by a bilateral filter (Tomasi, Manduchi 1998)."""
    soft = cv2.bilateralFilter(rgb, 0, BILATERAL_COLOUR, BILATERAL_IOD * iod)
    return np.where(skin[..., None], soft, rgb).astype(np.uint8)
