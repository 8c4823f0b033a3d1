"""A picture like a face, and the marks that the scripted engine finds on any photo."""

import numpy as np

from retouchgpt_core.vocabulary import TONE_KINDS, Kind, Region

SKIN = (206, 160, 138)
SPOTS = (
    ("m1", Kind.ACNE, Region.CHEEK_LEFT, 0.36, 0.55, 0.013),
    ("m2", Kind.ACNE, Region.CHEEK_LEFT, 0.40, 0.60, 0.010),
    ("m3", Kind.ACNE, Region.CHIN, 0.50, 0.74, 0.011),
    ("m4", Kind.ACNE_MARK, Region.CHEEK_RIGHT, 0.63, 0.57, 0.014),
    ("m5", Kind.ACNE_MARK, Region.FOREHEAD, 0.46, 0.30, 0.012),
    ("m6", Kind.MOLE, Region.CHEEK_RIGHT, 0.60, 0.64, 0.009),
    ("m7", Kind.REDNESS, Region.CHEEK_LEFT, 0.38, 0.57, 0.070),
    ("m8", Kind.SHINE, Region.FOREHEAD, 0.53, 0.31, 0.075),
)


def portrait(width: int = 480, height: int = 600) -> np.ndarray:
    """Draw a face-like picture with the spots of SPOTS on it, (H, W, 3) uint8."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = x / width, y / height
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = (96, 104, 112)
    face = ((u - 0.5) / 0.25) ** 2 + ((v - 0.52) / 0.33) ** 2 < 1
    picture[face] = SKIN
    for _, kind, _, cx, cy, radius in SPOTS:
        near = np.exp(-(((u - cx) * width) ** 2 + ((v - cy) * height) ** 2) / (radius * width) ** 2)
        colour = (90, 60, 45) if kind is Kind.MOLE else (190, 70, 66)
        if kind is Kind.SHINE:
            colour = (250, 240, 235)
        weight = near * (0.35 if kind in TONE_KINDS else 0.85)
        picture += weight[..., None] * (np.array(colour, np.float32) - picture)
    grain = np.random.default_rng(7).normal(0, 2.5, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)
