"""Unsaved work outlives a crash; projects are saved and gone on with."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.batch_run import recipe_of
from app.canvas.pyramid import as_image
from app.desk import Desk as WorkerDesk
from app.engine_port import CoreBackend
from app.recovery_file import recovery_folder
from app.snapshot import TurnStatus
from tests.app.conftest import Desk
from tests.app.fake_portrait import portrait

ROOT = Path(__file__).parents[2]
LEFT = Qt.MouseButton.LeftButton
CRASHING = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.qt_setup import prepare_qt
prepare_qt()
application = QApplication([])
from app.session import AppSession
from app.theme import Theme
from app.window import MainWindow
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.vocabulary import Kind
from tests.app.fake_engine import FakeBackend
session = AppSession(FakeBackend())
window = MainWindow(session, Theme(application))
window.open(Path(sys.argv[1]))
def step():
    if session.busy is not None or not session.analysed:
        return
    if session.state.pending is not None:
        session.apply()
    elif not session.turns:
        session.choose(Plan(Action.RETOUCH, (Edit((Kind.ACNE,)),)), "remove the acne")
timer = QTimer()
timer.timeout.connect(step)
timer.start(20)
application.exec()
"""


def recovery_files() -> list[Path]:
    return sorted(recovery_folder().glob("*.rgpt"))


def crashed(photo: Path) -> None:
    """Let another program work on the photo and kill it once its work is kept."""
    program = subprocess.Popen(
        [sys.executable, "-c", CRASHING, str(photo)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    try:
        end = time.monotonic() + 60
        while not recovery_files():
            assert program.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
    finally:
        program.send_signal(signal.SIGKILL)
        program.wait()


def offered(desk: Desk) -> dict[str, object]:
    box = desk.window.findChild(QMessageBox)
    assert box is not None
    return {b.text(): b for b in box.buttons()}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no program can be killed like that")
def test_work_is_offered_back_after_the_program_was_killed(desk: Desk, photo_file: Path) -> None:
    crashed(photo_file)
    desk.window.offer_rescued()
    box = desk.window.findChild(QMessageBox)
    assert box is not None
    assert "anna.png" in box.text()
    desk.bot.mouseClick(offered(desk)["Bring it back"], LEFT)
    desk.wait(lambda: desk.session.analysed and desk.idle())
    assert desk.session.state.strengths == {"m1": 1.0, "m2": 1.0, "m3": 1.0}
    assert (desk.shown() != portrait()).any()
    assert [t.status for t in desk.session.turns.values()] == [TurnStatus.EARLIER]
    assert desk.session.dirty, "it is in no file that the user knows"
    old = recovery_files()
    desk.wait(lambda: len(recovery_files()) == 1 and recovery_files() != old)
    desk.trigger("save_as")
    dialog = desk.file_dialog()
    assert dialog.selectedFiles()[0].endswith("anna retouched.png")
    dialog.accept()
    desk.wait(lambda: not desk.session.dirty)
    desk.wait(lambda: recovery_files() == [])


def test_what_is_saved_or_given_up_is_not_offered(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("apply")
    desk.wait(lambda: len(recovery_files()) == 1)
    assert desk.window.recovery.found() == [], "this program still runs"
    desk.trigger("undo")
    desk.wait(lambda: recovery_files() == [])
    desk.trigger("redo")
    desk.wait(lambda: len(recovery_files()) == 1)
    desk.window.close()
    box = desk.window.findChild(QMessageBox)
    assert box is not None
    desk.bot.mouseClick(next(b for b in box.buttons() if b.text() == "Don't save"), LEFT)
    desk.wait(lambda: not desk.window.isVisible())
    assert recovery_files() == []


def test_a_project_goes_on_where_it_was_saved(desk: Desk, photo_file: Path, tmp_path: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("apply")
    shown = desk.shown()
    desk.trigger("save_project")
    dialog = desk.file_dialog()
    assert dialog.selectedFiles()[0].endswith("anna.rgpt")
    dialog.accept()
    project = photo_file.with_suffix(".rgpt")
    desk.wait(lambda: project.exists() and desk.idle())
    assert not desk.session.dirty
    other = tmp_path / "other.png"
    assert as_image(portrait()).save(str(other))
    desk.wait(lambda: desk.window.findChild(QFileDialog) is None)
    desk.open(other)
    desk.window.open(project)
    desk.wait(lambda: desk.session.photo is not None and desk.session.photo.path == photo_file)
    desk.wait(lambda: desk.session.analysed and desk.idle())
    assert np.array_equal(desk.shown(), shown)
    assert not desk.session.dirty
    assert desk.window.settings.recent[0] == project
    plans, bound = recipe_of(desk.session.state, desk.session.turns.values())
    assert (len(plans), bound) == (1, 0), "its rounds can be done to other photos, too"
    desk.say("take the shine down")
    desk.trigger("apply")
    assert desk.session.dirty
    desk.trigger("save")
    assert not desk.session.dirty, "into the same project"


def test_a_project_whose_photo_has_moved_asks_for_it(
    desk: Desk, photo_file: Path, tmp_path: Path
) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("apply")
    project = tmp_path / "work.rgpt"
    desk.session.save_project(project)
    desk.wait(lambda: not desk.session.dirty)
    moved = tmp_path / "moved.png"
    photo_file.rename(moved)
    desk.window.open(project)
    dialog = desk.file_dialog()
    assert "work.rgpt" in dialog.windowTitle()
    dialog.selectFile(str(moved))
    dialog.fileSelected.emit(str(moved))
    dialog.reject()
    desk.wait(lambda: desk.session.photo is not None and desk.session.photo.path == moved)
    desk.wait(lambda: desk.session.analysed and desk.idle())
    assert desk.session.state.strengths["m1"] == 1.0


def test_the_real_engine_keeps_and_restores(tmp_path: Path) -> None:
    from retouchgpt_core.face.finder import FaceFinder
    from retouchgpt_core.language.plan import Action, Edit, Plan
    from retouchgpt_core.paths import weights_folder
    from retouchgpt_core.synthesis.sample import sample_portrait
    from retouchgpt_core.vocabulary import BLEMISHES

    path = tmp_path / "sample.png"
    sample_portrait(FaceFinder.load(weights_folder() / "face")).photo.write(path)
    backend = CoreBackend()
    engine = backend.load_engine()
    session = engine.open(backend.read_photo(path))
    session.propose_plan(Plan(Action.RETOUCH, (Edit(BLEMISHES),)))
    session.apply()
    session.save_project(tmp_path / "kept.rgpt")
    again = engine.open_project(tmp_path / "kept.rgpt")
    assert again.original.path == path
    assert np.array_equal(again.render(), session.render())
    assert [t.text for t in again.turns] == [t.text for t in session.turns]
    desk = WorkerDesk(again.original, path)
    desk.view()
    desk.start(again)
    assert desk.change(1).patches, "what was done is drawn"
