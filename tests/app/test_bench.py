"""`retouchgpt bench app` runs, small, and prints what it measured; no test asks how quick it is."""

import os
import re
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.bench.command import run
from app.bench.figures import Figure, Memory, percentile, table
from app.canvas.pyramid import as_image
from app.entry import main
from retouchgpt_core.cli.main import main as command_line
from tests.app.fake_engine import FakeBackend
from tests.app.fake_portrait import portrait

_ROWS = (
    *("window start", "open: first view", "open: marks found"),
    *("a frame of panning at 1:1", "a frame of zooming", "a frame of the brush"),
    *("heal a spot with a stroke, filled and shown", "correct a proposal with a stroke"),
    *("add a whole mark with a click", "undo the stroke"),
)


def test_every_row_is_measured(
    qtbot: QtBot, photo_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del qtbot
    home = os.environ["XDG_CONFIG_HOME"]
    backend = FakeBackend()
    words = ["--runs", "2", "--frames", "9", "--rounds", "4"]
    assert run([str(photo_file), *words], backend) == 0
    printed = capsys.readouterr().out
    for row in _ROWS:
        line = next(each for each in printed.splitlines() if each.startswith(f"| {row} |"))
        times = [float(t) for t in line.split("|")[2].split("/")]
        assert all(t > 0 for t in times), line
        assert times == sorted(times)
        assert len(times) == (3 if "frame" in row else 1)
    baselines = [line for line in printed.splitlines() if re.search(r"\| \d+\.\d\d \| \w", line)]
    assert len(baselines) == 4, "start, opening, panning and zooming have a plain way beside them"
    assert "Memory over 4 rounds" in printed
    assert os.environ["XDG_CONFIG_HOME"] == home
    assert not list(Path(home).rglob("window.ini")), "the user's recent photos are left alone"
    assert backend.engine.calls.count("apply") == 4


def test_the_session_really_retouches(qtbot: QtBot, tmp_path: Path) -> None:
    from PySide6.QtWidgets import QApplication

    from app.bench.hands import Hands
    from app.view_state import Tool

    del qtbot
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    large = tmp_path / "large.png"
    assert as_image(portrait(1600, 2000)).save(str(large))
    hands = Hands(application, FakeBackend())
    try:
        first, marks = hands.open(large)
        assert 0 < first <= marks
        spot = hands.spots()[0]
        frames, taken = hands.stroke(spot)
        assert len(frames) == 5
        assert taken > 0
        assert [s.label for s in hands.session.state.steps] == ["Healed with the brush"]
        assert hands.undo() > 0
        hands.stroke(spot, Tool.FILL)
        assert [s.label for s in hands.session.state.steps] == ["Healed a whole mark"]
        hands.undo()
        hands.propose()
        overlay = hands.session.overlay
        assert overlay is not None
        assert overlay.pending_at(spot.centre)
        hands.stroke(spot, Tool.ERASER)
        overlay = hands.session.overlay
        assert overlay is not None
        assert not overlay.pending_at(spot.centre)
        seconds, views = hands.drag(12)
        assert len(seconds) == 12
        assert len({(v.left, v.top) for v in views}) > 6, "the photo really moves"
        assert len({v.scale for v in hands.zoom(12)[1]}) > 6
        assert len(hands.plain(views)) == 12
    finally:
        hands.close()


def test_figures_and_their_ratios() -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], 50) == 2.0
    assert percentile([1.0] * 99 + [9.0], 99) == 1.0
    assert percentile([1.0] * 98 + [9.0] * 2, 99) == 9.0
    one = Figure("open", [0.2, 0.4, 0.3], [0.1], "Qt")
    frames = Figure("pan", [0.001, 0.002, 0.05], spread=True)
    printed = table({"24 MP": [one, frames], "100 MP": [one]}).splitlines()
    assert printed[2] == "| open | 300 | 300 | 3.00, 3.00 | Qt |"
    assert printed[3] == "| pan | 2.0 / 50 / 50 |  |  |  |"
    memory = Memory(200, 10, 100 << 20, 104 << 20, 110 << 20)
    assert memory.sentence().endswith("104 MB at the end, at most 110 MB: +4.0 %.")


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--rounds", "0"], "at least one"), (["/nowhere/anna.jpg"], "is not there")],
)
def test_what_cannot_be_measured_is_said(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "app", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_sample_of_any_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "large.jpg"
    assert command_line(["sample", "-o", str(path), "--megapixels", "3"]) == 0
    image = QImage(str(path))
    assert abs(image.width() * image.height() / 3e6 - 1) < 0.01
    assert command_line(["sample", "-o", str(path), "--megapixels", "900"]) == 2
    assert "between 1 and 200" in capsys.readouterr().err
