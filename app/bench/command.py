"""`retouchgpt bench app`: how quick the window is, from its start to the end of a long session."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from app.bench.figures import Figure, Memory, table
from app.engine_port import Backend, CoreBackend
from app.qt_setup import missing_display, prepare_qt
from retouchgpt_core.errors import RetouchError, UsageError

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

SIZES = (24.0, 100.0)
"""Megapixels."""
SETTLED = 10
"""Rounds until caches are filled; memory is compared with what it is then."""
_START, _FIRST, _OPEN = "window start", "open: first view", "open: marks found"
_PAN, _ZOOM = "a frame of panning at 1:1", "a frame of zooming"
_FOLLOW, _HEAL = "a frame of the brush", "heal a spot with a stroke, filled and shown"
_CORRECT, _FILL = "correct a proposal with a stroke", "add a whole mark with a click"
_UNDO = "undo the stroke"


def run(argv: Sequence[str], backend: Backend | None = None) -> int:
    """Measure the window and print it; `argv` follows "bench app". Returns the exit status.

    `backend` is where the engine comes from; the real one unless a test brings its own.
    """
    try:
        arguments = _arguments(argv)
        with tempfile.TemporaryDirectory(prefix="retouchgpt-bench-") as name, _away_from_home(name):
            return _measure(arguments, Path(name), backend or CoreBackend())
    except RetouchError as error:
        sys.stderr.write(f"retouchgpt: {error}\n")
        return error.exit_status


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="retouchgpt bench app", description="How quick the window is."
    )
    parser.add_argument("photo", nargs="?", type=Path, help="measure on this portrait, as it is")
    parser.add_argument("--megapixels", type=float, nargs="+", default=SIZES, metavar="MP")
    parser.add_argument("--runs", type=int, default=3, help="runs to take the median of")
    parser.add_argument("--frames", type=int, default=240, help="frames to pan and to zoom")
    parser.add_argument("--rounds", type=int, default=200, help="rounds to watch memory over")
    arguments = parser.parse_args(list(argv))
    if min(arguments.runs, arguments.frames, arguments.rounds) < 1:
        raise UsageError("Runs, frames and rounds are at least one.", "Leave them out.")
    return arguments


def _measure(arguments: argparse.Namespace, folder: Path, backend: Backend) -> int:
    prepare_qt()
    if missing_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    load = (
        f", machine load {os.getloadavg()[0]:.1f} beforehand" if hasattr(os, "getloadavg") else ""
    )
    start = _start(arguments.runs)

    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication(["retouchgpt"])
    assert isinstance(application, QApplication)
    columns: dict[str, list[Figure]] = {}
    memory: Memory | None = None
    device = ""
    for path in _photos(arguments, folder):
        _tell(f"{path.stem} ...")
        figures, name, device = _on(application, backend, path, arguments)
        columns[name] = [start, *figures] if not columns else figures
        if memory is None:
            _tell(f"{arguments.rounds} rounds on {path.stem} ...")
            memory = _remember(application, backend, path, arguments.rounds)
    platform = QGuiApplication.platformName()
    _say(f"{device}, Qt on {platform}, runs: {arguments.runs}, frames: {arguments.frames}{load}\n")
    _say(table(columns) + "\n")
    _say(memory.sentence() if memory else "This system does not say how much memory is used.")
    return 0


def _start(runs: int) -> Figure:
    """Time whole processes, from before they start to their first frame."""
    figure = Figure(_START, baseline="an empty QMainWindow in a process of its own")
    for _ in range(runs):
        for what, times in (("window", figure.seconds), ("bare", figure.plain)):
            command = [sys.executable, "-m", "app.bench.start", what, str(time.time())]
            done = subprocess.run(
                command, cwd=_root(), capture_output=True, text=True, timeout=300, check=False
            )
            if done.returncode:
                raise RetouchError("The window did not start.", done.stderr.strip()[-400:])
            times.append(float(done.stdout.split()[-1]))
    return figure


def _root() -> Path:
    return Path(__file__).resolve().parents[2]


def _photos(arguments: argparse.Namespace, folder: Path) -> Iterator[Path]:
    if arguments.photo is not None:
        if not arguments.photo.is_file():
            raise UsageError(f"{arguments.photo} is not there.", "Name a portrait.")
        yield arguments.photo.absolute()
        return
    from retouchgpt_core.cli.main import main

    for size in sorted(arguments.megapixels):
        path = folder / f"{size:g} MP.jpg"
        with redirect_stdout(sys.stderr):
            if main(["sample", "--output", str(path), "--megapixels", str(size)]):
                raise RetouchError("The sample portrait could not be written.")
        yield path
        path.unlink()


def _on(
    application: "QApplication", backend: Backend, path: Path, arguments: argparse.Namespace
) -> tuple[list[Figure], str, str]:
    """Measure everything but memory on one photo; also its size in words, and the device."""
    from PySide6.QtGui import QImage, QImageReader

    from app.bench.hands import Hands
    from app.view_state import Tool

    reading = "Qt reads the whole file"
    first, opened = Figure(_FIRST, baseline=reading), Figure(_OPEN)
    drawing = "one QPainter call from the whole picture: no marks, jagged"
    pan = Figure(_PAN, baseline=drawing, spread=True)
    zoom = Figure(_ZOOM, baseline=drawing, spread=True)
    follow = Figure(_FOLLOW, spread=True)
    heal, correct, fill, undo = Figure(_HEAL), Figure(_CORRECT), Figure(_FILL), Figure(_UNDO)
    hands = Hands(application, backend)
    allowed = QImageReader.allocationLimit()
    QImageReader.setAllocationLimit(0)  # else Qt, the baseline, refuses large photos
    try:
        hands.session.warm_up()
        hands.wait(hands.idle)
        for _ in range(arguments.runs):
            seconds = hands.open(path)
            first.seconds.append(seconds[0])
            opened.seconds.append(seconds[1])
            started = time.perf_counter()
            if not QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32).isNull():
                first.plain.append(time.perf_counter() - started)
        for figure, move in ((pan, hands.drag), (zoom, hands.zoom)):
            figure.seconds, views = move(arguments.frames)
            figure.plain = hands.plain(views[:: max(1, len(views) // 24)])
        spots = hands.spots()
        if not spots:
            raise RetouchError("There is no spot to work on in this photo.", "Name another.")
        for run in range(arguments.runs + 1):
            spot = spots[run % len(spots)]
            frames, healed = hands.stroke(spot)
            back = hands.undo()
            _, filled = hands.stroke(spot, Tool.FILL)
            hands.undo()
            hands.propose()
            _, corrected = hands.stroke(spot, Tool.ERASER)
            hands.session.discard()
            hands.wait(hands.idle)
            if run:  # the first pays for what is made once
                follow.seconds += frames
                heal.seconds.append(healed)
                undo.seconds.append(back)
                fill.seconds.append(filled)
                correct.seconds.append(corrected)
        photo = hands.session.photo
        assert photo is not None
        size = f"{photo.width * photo.height / 1e6:.3g} MP"
        device = hands.session.device
    finally:
        QImageReader.setAllocationLimit(allowed)
        hands.close()
    return [first, opened, pan, zoom, follow, heal, correct, fill, undo], size, device


def _remember(
    application: "QApplication", backend: Backend, path: Path, rounds: int
) -> Memory | None:
    """Do round after round on one photo: propose, apply, heal by hand, take that back."""
    from app.bench.hands import Hands

    hands = Hands(application, backend)
    used: list[int] = []
    try:
        hands.open(path)
        spot = hands.spots()[0]
        for number in range(rounds):
            hands.propose(1.0 if number % 2 else 0.5)
            hands.apply()
            hands.stroke(spot)
            hands.undo()
            used.append(_resident())
    finally:
        hands.close()
    if not all(used):
        return None
    settled = min(SETTLED, -(-len(used) // 2))
    return Memory(rounds, settled, used[settled - 1], used[-1], max(used))


def _resident() -> int:
    """Return how many bytes of this process are in memory now; 0 where nothing says so."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return 0
    line = next((each for each in status.splitlines() if each.startswith("VmRSS")), "x 0")
    return int(line.split()[1]) * 1024


@contextmanager
def _away_from_home(folder: str) -> Generator[None]:
    """Keep the bench's photos out of the user's recent ones, and its work out of the rescued."""
    places = {"XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder}
    before = {name: os.environ.get(name) for name in places}
    os.environ.update(places)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def _tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")
