"""The screen's profile: chosen, remembered, and honoured in every pixel that is shown."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageCms
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColorSpace, QGuiApplication
from pytestqt.qtbot import QtBot

from app.canvas.pyramid import as_array, as_image
from app.canvas.screen_colours import ROWS, profile_name, screen_transform
from app.screen_profile import STANDARD, SYSTEM, is_screen_profile, read_profile, system_profile
from retouchgpt_core.errors import RetouchError
from tests.app.conftest import Desk
from tests.app.fake_portrait import portrait
from tests.app.screen import Screen, missing_packages

ROOT = Path(__file__).parents[2]

WHITE = 0.3127, 0.3290
SCREEN = (0.69, 0.31), (0.21, 0.71), (0.14, 0.05)
GAMMA = 2.6


def wide_screen() -> bytes:
    """Make up a screen: primaries wider than sRGB's, a steeper gamma."""
    space = QColorSpace(
        *(QPointF(*each) for each in (WHITE, *SCREEN)),
        QColorSpace.TransferFunction.Gamma,
        GAMMA,
    )
    return space.iccProfile().data()


def standard() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def profile_file(tmp_path: Path) -> Path:
    path = tmp_path / "wide screen.icc"
    path.write_bytes(wide_screen())
    return path


def exact(pixels: np.ndarray) -> np.ndarray:
    """Compute sRGB pixels on that screen by IEC 61966-2-1 and the primaries' matrices."""
    values = pixels / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    matrix = np.linalg.inv(_to_xyz(SCREEN)) @ _to_xyz(((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)))
    return 255 * np.clip(linear @ matrix.T, 0, 1) ** (1 / GAMMA)


def _to_xyz(primaries: tuple[tuple[float, float], ...]) -> np.ndarray:
    def xyz(x: float, y: float) -> np.ndarray:
        return np.array([x / y, 1.0, (1 - x - y) / y])

    columns = np.stack([xyz(*p) for p in primaries], axis=1)
    return columns * np.linalg.solve(columns, xyz(*WHITE))


def test_colours_are_those_that_the_formulas_give() -> None:
    pixels = np.random.default_rng(4).integers(0, 256, (2 * ROWS + 9, 31, 3), np.uint8)
    shown = screen_transform(None, wide_screen())[0](pixels)
    assert np.abs(shown - exact(pixels)).max() <= 1
    assert np.abs(shown.astype(int) - pixels).mean() > 5, "this screen is far from sRGB"
    deep = screen_transform(None, wide_screen())[0](pixels.astype(np.uint16) * 257)
    assert np.array_equal(deep, shown)


def test_a_photo_in_the_screens_own_colours_is_left_alone() -> None:
    pixels = np.random.default_rng(4).integers(0, 256, (9, 31, 3), np.uint8)
    shown, _ = screen_transform(wide_screen(), wide_screen())
    assert np.array_equal(shown(pixels), pixels)
    near = screen_transform(None, standard())[0](pixels)
    assert np.abs(near.astype(int) - pixels).max() <= 1


def test_a_photo_with_a_profile_of_its_own_comes_to_the_same_place() -> None:
    adobe = QColorSpace(QColorSpace.NamedColorSpace.AdobeRgb)
    pixels = np.random.default_rng(4).integers(60, 200, (20, 31, 3), np.uint8)
    image = as_image(pixels)
    image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    image.convertToColorSpace(adobe)
    shown, name = screen_transform(adobe.iccProfile().data(), wide_screen())
    assert "adobe" in name.lower()
    straight = screen_transform(None, wide_screen())[0](pixels)
    assert np.abs(shown(as_array(image)).astype(int) - straight).max() <= 4


@pytest.mark.parametrize("what", ["text", "empty", "camera", "paper", "cut"])
def test_what_is_no_profile_of_a_screen_is_refused_in_one_sentence(
    tmp_path: Path, what: str
) -> None:
    good = wide_screen()
    data = {
        "text": b"not a profile" * 50,
        "empty": b"",
        "camera": good[:12] + b"scnr" + good[16:],
        "paper": good[:16] + b"CMYK" + good[20:],
        "cut": good[:100],
    }[what]
    path = tmp_path / "odd.icc"
    path.write_bytes(data)
    with pytest.raises(RetouchError) as refused:
        read_profile(path)
    assert refused.value.sentence == "odd.icc is no profile of a screen."
    assert ".icc" in refused.value.next_step
    with pytest.raises(RetouchError, match="cannot be read"):
        read_profile(tmp_path / "missing.icc")


def test_a_profile_with_a_good_header_and_nothing_else_is_refused_too() -> None:
    with pytest.raises(ValueError, match="profile"):
        profile_name(wide_screen()[:140])
    assert profile_name(standard()).startswith("sRGB")


def test_without_a_profile_of_the_system_it_is_srgb(qtbot: QtBot) -> None:
    del qtbot
    assert QGuiApplication.platformName() == "offscreen"
    profile = system_profile()
    assert (profile.source, profile.icc) == (SYSTEM, None)
    assert "sRGB" in profile.name


def test_a_chosen_profile_is_used_for_all_that_is_shown_and_remembered(
    desk: Desk, photo_file: Path, profile_file: Path
) -> None:
    desk.open(photo_file)
    menu = desk.window.screens
    menu.use(str(profile_file))
    desk.wait(desk.idle)
    to_screen, _ = screen_transform(None, wide_screen())
    assert np.array_equal(desk.shown(), to_screen(portrait()))
    desk.say("remove the acne")
    desk.trigger("apply")
    after = desk.shown()
    assert (after != to_screen(portrait())).any()
    assert desk.session.photo is not None
    assert np.array_equal(as_array(desk.session.photo.before.levels[0]), to_screen(portrait()))
    assert menu.file.isChecked()
    assert desk.window.settings.value("screen_profile", "") == str(profile_file)
    menu.use(STANDARD)
    desk.wait(desk.idle)
    plain = desk.shown()
    assert np.array_equal(to_screen(plain), after), "what was retouched is kept"
    assert menu.standard.isChecked()
    menu.restore()
    desk.wait(desk.idle)
    assert desk.session.screen.source == STANDARD


def test_a_profile_chosen_before_holds_for_the_next_photo(
    desk: Desk, photo_file: Path, profile_file: Path
) -> None:
    desk.window.screens.use(str(profile_file))
    desk.open(photo_file)
    to_screen, _ = screen_transform(None, wide_screen())
    assert np.array_equal(desk.shown(), to_screen(portrait()))
    desk.trigger("copy")
    copied = as_array(QGuiApplication.clipboard().image())
    assert np.abs(copied.astype(int) - portrait()).max() <= 3, "others get sRGB"


def test_a_bad_file_changes_nothing_and_says_why(
    desk: Desk, photo_file: Path, profile_file: Path, tmp_path: Path
) -> None:
    desk.open(photo_file)
    menu = desk.window.screens
    bad = tmp_path / "holiday.icc"
    for data in (b"holiday", wide_screen()[:140]):
        bad.write_bytes(data)
        menu.use(str(bad))
        desk.wait(desk.idle)
        banner = desk.window.stage.banner
        assert banner.sentence.text() == "holiday.icc is no profile of a screen."
        assert np.array_equal(desk.shown(), portrait())
        assert menu.standard.isChecked()
    profile_file.write_bytes(wide_screen())
    desk.window.settings.keep("screen_profile", str(tmp_path / "gone.icc"))
    menu.restore()
    desk.wait(desk.idle)
    assert "gone.icc cannot be read" in desk.window.stage.banner.sentence.text()
    assert desk.session.screen.source == SYSTEM


_ON_X11 = """
import ctypes, sys
from pathlib import Path
from PySide6.QtGui import QGuiApplication
data = Path(sys.argv[1]).read_bytes()
x11 = ctypes.CDLL("libX11.so.6")
x11.XOpenDisplay.restype = ctypes.c_void_p
x11.XDefaultRootWindow.restype = x11.XInternAtom.restype = ctypes.c_ulong
display = ctypes.c_void_p(x11.XOpenDisplay(None))
root = ctypes.c_ulong(x11.XDefaultRootWindow(display))
application = QGuiApplication([])
from app.screen_profile import system_profile
assert system_profile().icc is None
atom = ctypes.c_ulong(x11.XInternAtom(display, b"_ICC_PROFILE", 0))
cardinal = ctypes.c_ulong(6)
x11.XChangeProperty(display, root, atom, cardinal, 8, 0, data, len(data))
x11.XSync(display, 0)
assert system_profile().icc == data
x11.XChangeProperty(display, root, atom, cardinal, 8, 0, b"odd", 3)
x11.XSync(display, 0)
assert system_profile().icc is None
"""


@pytest.mark.skipif(bool(missing_packages()), reason=f"needs: apt install {missing_packages()}")
def test_the_profile_of_an_x11_screen_is_read_from_its_root_window(
    tmp_path: Path, profile_file: Path
) -> None:
    folder = tmp_path / "screen"
    folder.mkdir()
    screen = Screen(folder)
    try:
        program = screen.start([sys.executable, "-c", _ON_X11, str(profile_file)], ROOT)
        assert program.wait(60) == 0, screen.log()
    except subprocess.TimeoutExpired:
        pytest.fail(screen.log())
    finally:
        screen.close()


def test_headers_are_judged_alone() -> None:
    assert is_screen_profile(standard())
    assert is_screen_profile(wide_screen())
    assert not is_screen_profile(wide_screen() + bytes(17 << 20))
