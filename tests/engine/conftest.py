"""The bundled engine and a face with drawn marks, made once for all tests here."""

import pytest

from retouchgpt_core.engine import Engine
from retouchgpt_core.face.finder import FaceFinder
from retouchgpt_core.paths import weights_folder
from retouchgpt_core.synthesis.sample import SamplePortrait, sample_portrait


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine.load(device="cpu")


@pytest.fixture(scope="session")
def sample() -> SamplePortrait:
    return sample_portrait(FaceFinder.load(weights_folder() / "face"))
