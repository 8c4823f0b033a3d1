"""Faces made of ellipses: enough of a face for the generator to draw on."""

import cv2
import numpy as np
import torch

from retouchgpt_core.face.layout import LABEL_INDEX
from retouchgpt_core.synthesis.drawing.faces import FaceStore, StoredFace, stored_face

torch.set_num_threads(1)
IOD = 120.0
SIDE = 480

_PLACES: tuple[tuple[str, tuple[float, float], tuple[float, float]], ...] = (
    ("neck", (0, 1.75), (0.8, 0.55)),
    ("jaw_left", (-0.75, 0.95), (0.45, 0.5)),
    ("jaw_right", (0.75, 0.95), (0.45, 0.5)),
    ("forehead", (0, -0.7), (0.95, 0.45)),
    ("temple_left", (-0.98, -0.1), (0.22, 0.35)),
    ("temple_right", (0.98, -0.1), (0.22, 0.35)),
    ("cheek_left", (-0.68, 0.45), (0.4, 0.35)),
    ("cheek_right", (0.68, 0.45), (0.4, 0.35)),
    ("chin", (0, 1.3), (0.4, 0.22)),
    ("upper_lip", (0, 0.75), (0.3, 0.1)),
    ("smile_line_left", (-0.4, 0.75), (0.1, 0.25)),
    ("smile_line_right", (0.4, 0.75), (0.1, 0.25)),
    ("between_brows", (0, -0.2), (0.15, 0.2)),
    ("nose", (0, 0.3), (0.22, 0.32)),
    ("under_eye_left", (-0.5, 0.15), (0.3, 0.12)),
    ("under_eye_right", (0.5, 0.15), (0.3, 0.12)),
    ("eye", (-0.5, 0.0), (0.2, 0.07)),
    ("eye", (0.5, 0.0), (0.2, 0.07)),
    ("brow", (-0.5, -0.22), (0.28, 0.05)),
    ("brow", (0.5, -0.22), (0.28, 0.05)),
    ("lip", (0, 0.95), (0.32, 0.1)),
)


def drawn_face(
    name: str = "tpdne/0", tone: tuple[int, int, int] = (205, 165, 145), seed: int = 0
) -> StoredFace:
    """A frontal face of ellipses in one skin tone, lit from the left, with a little grain."""
    labels = np.zeros((SIDE, SIDE), np.uint8)
    for label, at, half in _PLACES:
        centre = (round(SIDE / 2 + at[0] * IOD), round(SIDE * 0.45 + at[1] * IOD))
        axes = (round(half[0] * IOD), round(half[1] * IOD))
        cv2.ellipse(labels, centre, axes, 0, 0, 360, LABEL_INDEX[label], -1)
    rng = np.random.default_rng(seed)
    light = 1.05 - 0.1 * np.linspace(0, 1, SIDE)[None, :, None]
    rgb = np.array(tone, float) * light + rng.normal(0, 1.0, (SIDE, SIDE, 1))
    rgb[labels == 0] = 90
    for feature, grey in (("eye", 60), ("brow", 50), ("lip", 110)):
        rgb[labels == LABEL_INDEX[feature]] = grey
    return stored_face(name, rgb.clip(0, 255).astype(np.uint8), labels, IOD, seed=seed)


def drawn_store(tone: tuple[int, int, int] = (205, 165, 145)) -> FaceStore:
    return FaceStore([drawn_face(f"tpdne/{i}", tone, i) for i in range(2)])
