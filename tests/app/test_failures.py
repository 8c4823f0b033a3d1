"""What goes wrong is said in the window in a sentence with a next step, and the app stays up."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.canvas.pyramid import as_image
from app.snapshot import TurnStatus
from app.view_state import Tool
from retouchgpt_core.geometry import Point
from tests.app.conftest import Desk


def test_a_file_that_is_no_photo_leaves_the_open_one(
    desk: Desk, photo_file: Path, tmp_path: Path
) -> None:
    desk.open(photo_file)
    empty = tmp_path / "empty.jpg"
    empty.write_bytes(b"")
    desk.window.open(empty)
    desk.wait(desk.window.stage.banner.isVisible)
    banner = desk.window.stage.banner
    assert banner.sentence.text() == "empty.jpg is not a photo."
    assert banner.next_step.text() == "Open a JPEG, PNG or TIFF."
    assert not banner.copy.isVisible()
    assert desk.session.photo is not None
    assert desk.session.photo.path == photo_file
    desk.say("remove the acne")
    assert desk.session.state.pending is not None
    assert not banner.isVisible(), "the notice goes once something works"


def test_a_photo_without_a_face_is_shown_and_said(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "sky.png"
    assert as_image(np.full((300, 400, 3), 128, np.uint8)).save(str(path))
    desk.window.open(path)
    desk.wait(desk.window.stage.banner.isVisible)
    assert desk.window.stage.banner.sentence.text() == "No face was found in this photo."
    assert desk.session.photo is not None
    assert desk.session.photo.width == 400
    desk.wait(desk.idle)
    assert "No face" in desk.window.found.hint.text()
    desk.wait(desk.idle)
    turn = desk.say("remove the acne")
    assert desk.session.turns[turn].status is TurnStatus.FAILED
    assert desk.session.turns[turn].reply.startswith("There is no face")
    assert not desk.window.actions_["brush"].isEnabled()


def test_an_instruction_that_cannot_be_followed_is_answered(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    turn = desk.say("what is the weather")
    assert desk.session.turns[turn].status is TurnStatus.ANSWERED
    assert "only retouch skin" in desk.session.turns[turn].reply
    assert desk.session.state.pending is None


def test_a_defect_shows_details_to_copy_and_the_window_lives(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.backend.engine.errors["apply"] = ZeroDivisionError("a defect")
    desk.window.actions_["apply"].trigger()
    desk.wait(desk.window.stage.banner.isVisible)
    banner = desk.window.stage.banner
    assert banner.copy.isVisible()
    desk.bot.mouseClick(banner.copy, Qt.MouseButton.LeftButton)
    assert "ZeroDivisionError: a defect" in QGuiApplication.clipboard().text()
    desk.wait(desk.idle)
    assert desk.session.state.pending is not None
    desk.trigger("apply")
    assert desk.session.dirty


def test_an_unwritable_output_keeps_the_work(desk: Desk, photo_file: Path, tmp_path: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("apply")
    desk.session.save(tmp_path / "missing" / "out.png")
    desk.wait(desk.window.stage.banner.isVisible)
    assert desk.window.stage.banner.sentence.text().endswith("does not exist.")
    assert desk.session.dirty


def test_the_original_is_not_replaced_without_asking(desk: Desk, photo_file: Path) -> None:
    original = photo_file.read_bytes()
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("apply")
    desk.window.files._save_to(photo_file)
    box = desk.window.findChild(QMessageBox)
    assert box is not None
    assert "original" in box.text()
    default = box.defaultButton()
    assert default.text() == "Choose another name"
    desk.bot.mouseClick(default, Qt.MouseButton.LeftButton)
    dialog = desk.file_dialog()
    assert dialog.selectedFiles()[0].endswith("anna retouched.png")
    dialog.reject()
    assert photo_file.read_bytes() == original


def test_closing_with_unsaved_work_asks(desk: Desk, photo_file: Path, tmp_path: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("apply")
    desk.window.close()
    assert desk.window.isVisible()
    box = desk.window.findChild(QMessageBox)
    assert box is not None
    buttons = {b.text(): b for b in box.buttons()}
    assert set(buttons) == {"Save", "Don't save", "Cancel"}
    desk.bot.mouseClick(buttons["Cancel"], Qt.MouseButton.LeftButton)
    assert desk.window.isVisible()
    desk.session.save(tmp_path / "kept.png")
    desk.wait(lambda: not desk.session.dirty)
    desk.window.close()
    assert not desk.window.isVisible()
    assert desk.window.findChild(QFileDialog) is None


def test_a_face_that_was_missed_is_shown_by_hand(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "dim.png"
    assert as_image(np.full((300, 400, 3), 90, np.uint8)).save(str(path))
    desk.window.open(path)
    banner = desk.window.stage.banner
    desk.wait(banner.isVisible)
    desk.wait(desk.idle)
    assert banner.act.text() == "Show the face"
    desk.bot.mouseClick(banner.act, Qt.MouseButton.LeftButton)
    assert not banner.isVisible()
    assert desk.session.tool is Tool.FACE
    desk.drag(Point(100, 60), Point(200, 150), Point(300, 240))
    desk.wait(lambda: desk.session.analysed and desk.idle())
    _, boxes = [c for c in desk.backend.engine.calls if isinstance(c, tuple)][-1]
    assert len(boxes) == 1
    assert boxes[0].centre.distance(Point(200, 150)) < 3
    assert abs(boxes[0].width - 200) <= 4
    assert desk.session.tool is Tool.LOOK
    assert desk.session.state.marks
    desk.say("remove the acne")
    desk.trigger("apply")
    assert not desk.window.actions_["face"].isEnabled(), "it would begin anew"
