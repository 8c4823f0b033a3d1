"""Small pictures and the metadata that goes with them."""

from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import IFDRational


@pytest.fixture
def coloured() -> NDArray[np.uint8]:
    """A (48, 64, 3) picture whose every pixel differs from its neighbours."""
    rng = np.random.default_rng(5)
    return rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)


@pytest.fixture
def deep() -> NDArray[np.uint16]:
    """A (48, 64, 3) 16-bit picture that uses its low bits."""
    rng = np.random.default_rng(6)
    return rng.integers(0, 65536, (48, 64, 3), dtype=np.uint16)


@pytest.fixture(scope="session")
def adobe_rgb() -> bytes:
    codecs: Any = imagecodecs
    return bytes(codecs.cms_profile("adobergb"))


@pytest.fixture
def exif() -> Image.Exif:
    """Camera, artist, exposure, place; orientation 1."""
    block = Image.Exif()
    block[0x010F] = "Camera maker"
    block[0x0110] = "Model X"
    block[0x013B] = "A photographer"
    block[0x0112] = 1
    block[0x8769] = {
        0x829A: IFDRational(1, 125),
        0xA002: 64,
        0xA003: 48,
        0x9003: "2024:05:06 07:08:09",
    }
    block[0x8825] = {1: "N", 2: (52.0, 30.0, 15.0)}
    return block
