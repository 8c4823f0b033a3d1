"""Photo pixels on device pixels: at 50 %, 1:1 and 200 % exactly, whatever the screen's density."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from app.canvas.pyramid import as_image, halved
from app.canvas.viewport import Viewport
from tests.app.conftest import Desk

ROOT = Path(__file__).parents[2]
PHOTO = 900, 700
"""Too large for the window at 1:1: what is seen is a part, moved by an odd number of pixels."""
_LOOK = """
import sys
import numpy as np
from pathlib import Path
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget
from app.canvas.pyramid import as_array, as_image
from app.canvas.view import Canvas
from app.session import AppSession
from app.theme import Look, Theme
from app.view_state import Compare
from tests.app.fake_engine import FakeBackend

folder, times = Path(sys.argv[1]), float(sys.argv[2])
application = QApplication([])
session = AppSession(FakeBackend())
window = QWidget()
beside = QLabel("x", window)
canvas = Canvas(session, Theme(application, Look.DARK), window)
window.resize(391, 373)
beside.setGeometry(0, 0, 33, 373)
canvas.setGeometry(33, 27, 351, 339)
window.show()
session.open(folder / "grain.png")
while not (session.analysed and session.busy is None):
    application.processEvents()
session.show_overlay(False)
canvas._navigator.place = lambda view: None
for place in range(3):
    canvas.fit()
    canvas._mouse = QPointF(170.3 + 7.7 * place, 150.9)
    canvas.magnify(times)
    canvas._show(canvas.viewport.panned(-3.4 * place, 2.3))
    canvas._mouse = None
    picture = window.grab().toImage()
    np.save(folder / f"shown{place}.npy", as_array(picture))
    point = canvas.seen.to_photo(180.0, 160.0)
    dots = canvas.devicePixelRatioF()
    print(place, dots, canvas.zoom, point.x, point.y, (33 + 180.0) * dots, (27 + 160.0) * dots)
session.stop()
"""


@pytest.mark.parametrize("times", [0.5, 1, 2])
@pytest.mark.parametrize("density", ["1", "1.25", "1.5", "2"])
def test_photo_pixels_are_device_pixels(tmp_path: Path, density: str, times: float) -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (PHOTO[1], PHOTO[0], 3), np.uint8)
    assert as_image(pixels).save(str(tmp_path / "grain.png"))
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "QT_SCALE_FACTOR": density,
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, str(tmp_path), str(times)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    expected, shrunk = (halved(pixels), 2) if times < 1 else (pixels, 1)
    for line in done.stdout.strip().splitlines():
        place, dots, zoom, x, y, left, top = map(float, line.split())
        assert dots == float(density)
        assert zoom == pytest.approx(times, abs=1e-9)
        shown = np.load(tmp_path / f"shown{int(place)}.npy")
        # A patch around the middle of the canvas, and what of the photo must be there.
        column, row = int(left) - 40, int(top) - 40
        patch = shown[row : row + 80, column : column + 80]
        step = times * shrunk  # device pixels a pixel of what is expected
        first_x = x / shrunk + (column - left) / step
        first_y = y / shrunk + (row - top) / step
        columns = np.floor(first_x + (np.arange(80) + 0.5) / step).astype(int)
        rows = np.floor(first_y + (np.arange(80) + 0.5) / step).astype(int)
        assert np.array_equal(patch, expected[rows[:, None], columns[None]]), place


@given(
    st.sampled_from((1.0, 1.25, 1.5, 1.75, 2.0)),
    st.floats(-3000, 3000),
    st.floats(-3000, 3000),
    st.integers(0, 500),
)
def test_the_corner_lies_on_a_device_pixel(
    dots: float, left: float, top: float, offset: int
) -> None:
    view = Viewport(4000, 3000, 800, 600, 1 / dots, left, top)
    x, y = offset * dots, (offset // 3) * dots
    placed = view.on_dots(dots, x, y)
    for start, corner, was in ((placed.left, x, left), (placed.top, y, top)):
        device = start * dots + corner
        assert device == pytest.approx(round(device), abs=1e-6)
        assert abs(start - was) * dots <= 0.5 + 1e-6


def test_one_to_one_stays_so_on_a_screen_of_another_density(
    desk: Desk, photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open(photo_file)
    canvas = desk.window.canvas
    desk.trigger("double")
    centre = canvas.viewport.to_photo(canvas.width() / 2, canvas.height() / 2)
    monkeypatch.setattr(canvas, "devicePixelRatioF", lambda: 1.5)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.DevicePixelRatioChange))
    assert canvas.zoom == pytest.approx(2.0)
    assert canvas.viewport.to_photo(canvas.width() / 2, canvas.height() / 2).distance(centre) < 1e-6
    canvas.fit()
    monkeypatch.setattr(canvas, "devicePixelRatioF", lambda: 1.0)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.DevicePixelRatioChange))
    assert canvas.viewport.is_fit
