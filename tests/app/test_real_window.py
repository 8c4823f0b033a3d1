"""The whole app on a screen of its own, with real key and mouse events, on the real engine."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.canvas.pyramid import as_array, as_image
from tests.app.fake_portrait import portrait
from tests.app.person import CHAT_WIDTH, shows_button
from tests.app.screen import SIZE, Screen, missing_packages, wait_until

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    bool(missing_packages()), reason=f"real-window tests need: apt install {missing_packages()}"
)


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    folder = tmp_path / "screen"
    folder.mkdir()
    made = Screen(folder)
    yield made
    made.close()


def spotted_portrait() -> np.ndarray:
    """Return a real face with drawn pimples, (H, W, 3) uint8."""
    from retouchgpt_core.face.finder import FaceFinder
    from retouchgpt_core.paths import weights_folder
    from retouchgpt_core.synthesis.sample import sample_portrait

    return np.array(sample_portrait(FaceFinder.load(weights_folder() / "face")).photo.pixels)


@pytest.mark.parametrize(
    ("engine", "words"),
    [("scripted", "remove the acne"), ("real", "remove the acne and the acne marks")],
)
def test_a_round_with_keys_and_mouse(
    screen: Screen, tmp_path: Path, engine: str, words: str
) -> None:
    pixels = portrait(512, 600) if engine == "scripted" else spotted_portrait()
    photo, saved = tmp_path / "portrait.png", tmp_path / "done.png"
    assert as_image(pixels).save(str(photo))
    start = ["-m", "tests.app.fake_app"] if engine == "scripted" else ["main.py"]
    program = screen.start([sys.executable, *start, str(photo)], ROOT)
    try:
        _round(screen, photo, saved, words)
        screen.do("key", "ctrl+q")
        assert program.wait(40) == 0, screen.log()
    finally:
        program.kill()
        program.wait()
    assert "Traceback" not in screen.log()
    written = as_array(QImage(str(saved)))
    changed = (written != pixels).any(axis=2)
    assert changed.any()
    assert changed.mean() < 0.2, "only what was marked has changed"


def _round(screen: Screen, photo: Path, saved: Path, words: str) -> None:
    def until(what: object, seconds: float, step: str) -> None:
        assert callable(what)
        wait_until(what, seconds, lambda: f"{step}: {screen.log()}")

    until(lambda: screen.window("RetouchGPT") != "", 90, "the window")
    window = screen.window("RetouchGPT")
    screen.do("windowmove", window, 0, 0, "windowsize", window, *SIZE)
    until(lambda: photo.name in screen.do("getwindowname", window), 30, "the photo")
    until(lambda: _canvas(screen).std() > 20, 20, "the first view")
    screen.do("windowfocus", window)
    screen.do("sleep", 0.5)
    dimmed = _canvas(screen).mean()
    screen.do("key", "Escape")  # ends the tour of the first start
    until(lambda: _canvas(screen).mean() > dimmed + 5, 20, "the tour's end")

    screen.do("type", "--delay", 15, words)
    screen.do("key", "Return")
    until(lambda: _asks(screen), 150, "the proposal")
    screen.do("mousemove", 5, SIZE[1] - 5, "sleep", 0.3)
    pending = _canvas(screen)
    screen.do("key", "Escape", "sleep", 0.2, "key", "o", "sleep", 0.5)
    plain = _canvas(screen)
    screen.do("key", "o", "sleep", 0.3)
    x, y = _thickest(_tinted(plain, pending))
    assert np.array_equal(_canvas(screen), pending)

    screen.do("key", "e")
    left, top = _canvas_corner()
    for dy in (-6, 0, 6):
        screen.drag(*((left + x + dx, top + y + dy) for dx in (-12, -6, 0, 6, 12)))
    screen.do("mousemove", 5, SIZE[1] - 5)
    around = np.s_[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4]
    # The outline of a mark that was not asked for may remain where the stroke passed.
    until(lambda: _tinted(plain, _canvas(screen))[around].mean() < 0.35, 20, "the eraser")
    assert _tinted(plain, _canvas(screen)).any(), "the rest is still proposed"

    def modified() -> bool:
        return "*" in screen.do("getwindowname", window)

    assert not modified()
    screen.do("key", "ctrl+Return")
    until(modified, 60, "applying")
    screen.do("key", "ctrl+z")
    until(lambda: not modified(), 20, "undoing")
    screen.do("key", "ctrl+shift+z")
    until(modified, 20, "redoing")
    screen.do("key", "ctrl+shift+s")
    until(lambda: screen.window("Save the retouched photo") != "", 20, "the save dialog")
    screen.do("windowfocus", screen.window("Save the retouched photo"))
    screen.do("sleep", 0.3, "key", "ctrl+a", "type", "--delay", 15, str(saved))
    screen.do("key", "Return")
    until(saved.exists, 20, "saving")
    until(lambda: not modified(), 20, "the saved state")
    screen.do("windowfocus", window, "sleep", 0.3)


def _canvas_corner() -> tuple[int, int]:
    return 290, 110


def _canvas(screen: Screen) -> np.ndarray:
    """Return the inside of the canvas as it is shown."""
    left, top = _canvas_corner()
    return screen.shot()[top : SIZE[1] - 60, left : SIZE[0] - CHAT_WIDTH - 60]


def _asks(screen: Screen) -> bool:
    """Say whether the chat shows the Apply button."""
    return shows_button(screen.shot()[80 : SIZE[1] - 130, SIZE[0] - CHAT_WIDTH :])


def _tinted(plain: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Return (h, w) bool: where the overlay changes the picture clearly."""
    return np.abs(shown.astype(int) - plain).max(axis=2) > 24


def _thickest(mask: np.ndarray) -> tuple[int, int]:
    """Return (x, y) of a place in the middle of the largest piece of a mask."""

    total = np.pad(mask.astype(np.int32).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    size = 13
    sums = total[size:, size:] - total[:-size, size:] - total[size:, :-size] + total[:-size, :-size]
    y, x = np.unravel_index(int(sums.argmax()), sums.shape)
    assert sums.max() > 30, "no overlay is shown"
    return int(x) + size // 2, int(y) + size // 2
