"""The worker: the latest request wins, work can be cancelled, nothing is loaded too early."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from app.session import AppSession
from app.snapshot import TurnStatus
from tests.app.conftest import Desk
from tests.app.fake_engine import FakeBackend


def test_the_first_view_comes_before_the_analysis(desk: Desk, photo_file: Path) -> None:
    desk.backend.engine.seconds["open"] = 0.4
    desk.window.open(photo_file)
    desk.wait(lambda: desk.session.photo is not None)
    assert not desk.session.analysed
    assert desk.window.canvas.zoom > 0
    desk.wait(lambda: desk.session.busy is not None and desk.session.busy.fraction > 0)
    desk.wait(lambda: desk.session.analysed)


def test_the_latest_photo_wins(desk: Desk, photo_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "berta.png"
    other.write_bytes(photo_file.read_bytes())
    desk.backend.engine.seconds["open"] = 3.0
    desk.window.open(photo_file)
    assert desk.backend.engine.started.wait(5)
    desk.backend.engine.seconds["open"] = 0.0
    desk.window.open(other)
    desk.wait(lambda: desk.session.analysed and desk.idle())
    assert desk.session.photo is not None
    assert desk.session.photo.path == other
    assert not desk.window.stage.banner.isVisible()


def test_the_latest_instruction_wins(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.backend.engine.seconds["propose"] = 3.0
    desk.backend.engine.started.clear()
    first = desk.session.say("remove the acne")
    assert desk.backend.engine.started.wait(5)
    desk.backend.engine.seconds["propose"] = 0.0
    second = desk.session.say("take the shine down")
    desk.wait(desk.idle)
    assert desk.backend.engine.cancelled_jobs == ["propose"]
    assert desk.session.turns[first].status is TurnStatus.FAILED
    assert "something else was said" in desk.session.turns[first].reply
    assert desk.session.turns[second].status is TurnStatus.PENDING
    assert desk.session.state.pending == second


def test_cancel_stops_the_work_and_keeps_the_proposal(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    before = desk.shown()
    desk.backend.engine.seconds["apply"] = 5.0
    desk.backend.engine.started.clear()
    desk.window.actions_["apply"].trigger()
    assert desk.backend.engine.started.wait(5)
    desk.wait(desk.window.chat.busy.isVisible)
    desk.window.chat.busy.cancel.click()
    desk.bot.waitUntil(desk.idle, timeout=200)
    assert (desk.shown() == before).all()
    assert desk.session.state.pending is not None
    assert not desk.window.chat.busy.isVisible()
    assert not desk.window.stage.banner.isVisible()


def test_slider_moves_while_the_engine_works_are_joined(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.backend.engine.seconds["propose"] = 0.3
    desk.session.say("remove the acne")
    for percent in (10, 40, 90):
        desk.session.set_strength(("m1",), percent / 100, "Pimples")
    desk.wait(desk.idle)
    made = [c for c in desk.backend.engine.calls if c[0] == "set_strength"]
    assert made == [("set_strength", ("m1",), 0.9)]


def test_the_engine_works_on_its_own_thread(desk: Desk, photo_file: Path) -> None:
    names: list[int] = []
    work = desk.backend.engine.work
    desk.backend.engine.work = lambda *a: (names.append(threading.get_ident()), work(*a))[1]
    desk.open(photo_file)
    desk.say("remove the acne")
    assert names
    assert threading.get_ident() not in names


def test_closing_ends_the_thread_while_it_works(qtbot: QtBot, photo_file: Path) -> None:
    backend = FakeBackend()
    backend.engine.seconds["open"] = 10.0
    session = AppSession(backend)
    thread = session.findChild(QThread)
    assert thread is not None
    session.open(photo_file)
    assert backend.engine.started.wait(5)
    assert session.stop()
    assert thread.isFinished()
    session.deleteLater()
    qtbot.wait(1)


def test_nothing_heavy_is_loaded_with_the_window() -> None:
    script = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from app.engine_port import CoreBackend\n"
        "from app.session import AppSession\n"
        "from app.theme import Theme\n"
        "from app.window import MainWindow\n"
        "a = QApplication(['x'])\n"
        "s = AppSession(CoreBackend())\n"
        "w = MainWindow(s, Theme(a))\n"
        "w.show()\n"
        "a.processEvents()\n"
        "heavy = {'torch', 'transformers', 'cv2', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "s.stop()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_keeping_work_safe_goes_before_what_waits(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.backend.engine.seconds["propose"] = 0.4
    desk.backend.engine.started.clear()
    desk.session.say("remove the acne")
    assert desk.backend.engine.started.wait(5)
    done: list[str] = []
    work = desk.backend.engine.work
    desk.backend.engine.work = lambda *a: (done.append(a[0]), work(*a))[1]
    desk.session.retouch_file(photo_file, photo_file.with_name("b.png"), (), "b")
    kept, gone = photo_file.with_name("kept.rgpt"), photo_file.with_name("gone.rgpt")
    gone.write_text("{}")
    desk.session.keep_safe(kept)
    desk.session.drop_safe(gone)
    desk.wait(lambda: kept.exists() and not gone.exists())
    desk.wait(desk.idle)
    assert done == ["save_project", "open"]
