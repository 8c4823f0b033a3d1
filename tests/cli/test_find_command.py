"""`retouchgpt find` on the free portrait: the overlay, and faces given as boxes."""

import json
from pathlib import Path

import numpy as np
import pytest

from retouchgpt_core.cli.main import main
from retouchgpt_core.geometry import Window
from retouchgpt_core.photo import Photo


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cbook = pytest.importorskip("matplotlib.cbook")
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        path = tmp_path_factory.mktemp("find") / "portrait.jpg"
        path.write_bytes(file.read())
    return path


def test_the_overlay_shows_the_face_on_the_photo(
    portrait: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "overlay.png"
    assert main(["find", str(portrait), "--json", "--overlay", str(target)]) == 0
    face = json.loads(capsys.readouterr().out)["faces"][0]
    assert set(face["pose"]) == {"yaw", "pitch", "roll"}
    assert abs(face["pose"]["yaw"]) < 25
    photo, drawn = Photo.read(portrait), Photo.read(target)
    scale = drawn.height / photo.height
    assert max(drawn.width, drawn.height) == 1600
    assert drawn.width / drawn.height == pytest.approx(photo.width / photo.height, rel=0.005)
    plain = photo.window(Window(0, 0, photo.height, drawn.height))[:, : drawn.width]
    changed = np.abs(plain * 255 - drawn.pixels).max(-1) > 4
    x, y, width, height = (round(edge * scale) for edge in face["box"])
    assert changed[y : y + height, x : x + width].mean() > 0.8, "all but the corners"
    assert not changed[:, : x - width // 2].any()
    assert changed[y - 9 : y + 10, x : x + width].any(0).mean() > 0.95, "the upper edge"


def test_a_missed_face_is_named_by_its_box(
    portrait: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pixels = Photo.read(portrait).pixels
    small = pixels[::5, ::5]
    wall = np.full((4000, 6000, 3), 128, np.uint8)
    wall[1200 : 1200 + small.shape[0], 700 : 700 + small.shape[1]] = small
    path = tmp_path / "wall.png"
    Photo.from_array(wall).write(path)
    assert main(["find", str(path)]) == 1
    assert "Draw a box" in capsys.readouterr().err
    # The face fills x 34 to 72 and y 23 to 67 of the small portrait.
    assert main(["find", str(path), "--json", "--face", "734,1223,38,44"]) == 0
    faces = json.loads(capsys.readouterr().out)["faces"]
    assert len(faces) == 1
    assert faces[0]["iod"] == pytest.approx(83 / 5, rel=0.15)


@pytest.mark.parametrize("words", ["1,2,3", "a,b,c,d", "0,0,-5,10"])
def test_what_is_no_box_is_refused(
    portrait: Path, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(["find", str(portrait), f"--face={words}"])
    except SystemExit as stop:  # argparse itself leaves
        status = stop.code
    assert status == 2
    assert "no box" in capsys.readouterr().err


def test_an_overlay_is_a_png(portrait: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", str(portrait), "--overlay", "seen.jpg"]) == 2
    assert "PNG" in capsys.readouterr().err
