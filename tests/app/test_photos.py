"""Real photo files on the worker's side: depth, profile and format reach the window."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PySide6.QtGui import QColorSpace

from app.canvas.pyramid import as_array
from app.desk import Desk
from app.engine_port import CoreBackend
from retouchgpt_core.errors import PhotoReadError


def test_a_deep_tiff_is_shown_at_eight_bit_with_its_facts(tmp_path: Path) -> None:
    path = tmp_path / "deep.tif"
    pixels = np.random.default_rng(3).integers(0, 65536, (40, 60, 3), np.uint16)
    icc = QColorSpace(QColorSpace.NamedColorSpace.SRgb).iccProfile().data()
    tifffile.imwrite(path, pixels, photometric="rgb", iccprofile=icc)
    photo = CoreBackend().read_photo(path)
    view = Desk(photo, path).view()
    assert (view.width, view.height, view.depth, view.format) == (60, 40, 16, "TIFF")
    assert "sRGB" in view.profile
    shown = as_array(view.before.levels[0]).astype(int)
    assert np.abs(shown - pixels.astype(int) / 257).max() <= 0.5


@pytest.mark.parametrize("content", [b"", b"no photo", b"\xff\xd8\xff\xe0broken"])
def test_what_is_no_photo_is_refused_with_a_next_step(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(content)
    with pytest.raises(PhotoReadError) as caught:
        CoreBackend().read_photo(path)
    assert caught.value.sentence
    assert caught.value.next_step
