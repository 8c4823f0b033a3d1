"""The bundled finder, and the free portrait that ships inside matplotlib."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from retouchgpt_core.face.finder import FaceFinder
from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.photo import Photo

WEIGHTS = Path(__file__).parents[2] / "weights" / "face"


@pytest.fixture(scope="session")
def finder() -> FaceFinder:
    return FaceFinder.load(WEIGHTS)


@pytest.fixture(scope="session")
def portrait() -> np.ndarray:
    cbook = pytest.importorskip("matplotlib.cbook")
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        coded = np.frombuffer(file.read(), np.uint8)
    bgr = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert bgr is not None
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


@pytest.fixture(scope="session")
def layout(finder: FaceFinder, portrait: np.ndarray) -> FaceLayout:
    found = finder.find(Photo.from_array(portrait))
    assert len(found) == 1
    return found[0]
