"""A face and a photo of skin."""

import numpy as np
import pytest

from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.geometry import Box
from retouchgpt_core.photo import Photo
from tests.retouch.synthetic_face import PHOTO_SIZE, WINDOW, label_map


@pytest.fixture(scope="session")
def face() -> FaceLayout:
    return FaceLayout(
        number=1,
        box=Box(208, 118, 780, 800),
        confidence=0.99,
        landmarks=np.zeros((478, 2), np.float32),
        iod=256.0,
        window=WINDOW,
        labels=label_map(),
    )


@pytest.fixture(scope="session")
def grainy() -> Photo:
    """A 16-bit photo of one skin colour with fine grain, some of it coarser than a pixel."""
    rng = np.random.default_rng(11)
    width, height = PHOTO_SIZE
    grain = rng.normal(0, 900, (height, width, 1))
    grain = grain + 2 * (np.roll(grain, 1, 0) + np.roll(grain, 1, 1)) / 2
    pixels = np.array((44000, 33000, 28000)) + grain
    return Photo.from_array(np.clip(pixels, 0, 65535).astype(np.uint16))
