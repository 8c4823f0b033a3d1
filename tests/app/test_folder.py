"""A folder of photos: film strip, next and previous, one photo's steps done to the others."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMessageBox

from app.batch_run import recipe_of
from app.canvas.pyramid import as_array, as_image
from app.folder import photos_in
from retouchgpt_core.language.plan import Action
from retouchgpt_core.vocabulary import Kind
from tests.app.conftest import Desk
from tests.app.fake_portrait import portrait


@pytest.fixture
def shoot(tmp_path: Path) -> Path:
    folder = tmp_path / "shoot"
    folder.mkdir()
    for name in ("head 2.png", "head 10.png", "head 1.png"):
        assert as_image(portrait()).save(str(folder / name))
    return folder


def test_photos_come_in_the_order_of_their_numbers_without_results(shoot: Path) -> None:
    for name in ("head 1 retouched.png", "head 1 retouched 2.tif", "notes.txt", ".hidden.png"):
        (shoot / name).write_bytes(b"x")
    (shoot / "was retouched.png").write_bytes(b"x")
    names = [p.name for p in photos_in(shoot)]
    assert names == ["head 1.png", "head 2.png", "head 10.png", "was retouched.png"]
    assert photos_in(shoot / "missing") == ()


def test_a_folder_opens_in_a_strip_and_is_walked_by_key(desk: Desk, shoot: Path) -> None:
    window, session = desk.window, desk.session
    window.open(shoot)
    desk.wait(lambda: session.analysed and desk.idle())
    assert session.photo is not None
    assert session.photo.path.name == "head 1.png"
    assert window.strip_dock.isVisible()
    assert not window.actions_["previous"].isEnabled()
    desk.bot.keyClick(window.canvas, Qt.Key.Key_PageDown)
    desk.wait(lambda: session.photo is not None and session.photo.path.name == "head 2.png")
    desk.wait(lambda: session.analysed and desk.idle())
    strip = window.folder.strip
    assert strip.currentItem().text() == "head 2.png"
    desk.wait(lambda: not strip.item(0).icon().isNull())
    strip.itemClicked.emit(strip.item(2))
    desk.wait(lambda: session.photo is not None and session.photo.path.name == "head 10.png")
    assert not window.actions_["next"].isEnabled()


def test_save_and_next_asks_nothing_and_keeps_the_original(desk: Desk, shoot: Path) -> None:
    original = (shoot / "head 1.png").read_bytes()
    desk.open(shoot / "head 1.png")
    desk.say("remove the acne")
    desk.trigger("apply")
    shown = desk.shown()
    desk.window.actions_["save_next"].trigger()
    session = desk.session
    desk.wait(lambda: session.photo is not None and session.photo.path.name == "head 2.png")
    assert np.array_equal(as_array(QImage(str(shoot / "head 1 retouched.png"))), shown)
    assert (shoot / "head 1.png").read_bytes() == original
    assert desk.window.findChild(QMessageBox) is None


def test_one_photos_steps_are_done_to_the_others(desk: Desk, shoot: Path) -> None:
    bare = np.full((300, 400, 3), 128, np.uint8)
    assert as_image(bare).save(str(shoot / "sky.png"))
    desk.open(shoot / "head 1.png")
    desk.say("remove the acne, keep the moles")
    desk.trigger("apply")
    desk.window.found.rows[Kind.SHINE].slider.setValue(40)
    desk.wait(desk.idle)
    desk.session.set_strength(("m6",), 1.0, "Remove: this mole")
    desk.wait(desk.idle)
    plans, bound = recipe_of(desk.session.state)
    assert [p.action for p in plans] == [Action.RETOUCH, Action.RETOUCH]
    assert bound == 1, "what was done to one mark says nothing about other photos"

    desk.trigger("apply_to_rest")
    box = desk.window.findChild(QMessageBox)
    assert box is not None
    assert "3 other photos" in box.text()
    assert "1 step is about places of this photo" in box.informativeText()
    desk.bot.mouseClick(box.defaultButton(), Qt.MouseButton.LeftButton)
    run = desk.window.folder.run
    desk.wait(lambda: len(run.outcomes) == 3 and not run.running)
    banner = desk.window.stage.banner
    assert banner.sentence.text() == "2 photos were saved."
    assert banner.next_step.text() == "sky.png: No face was found in this photo."
    done = as_array(QImage(str(shoot / "head 2 retouched.png")))
    changed = (done != portrait()).any(axis=2)
    height, width = changed.shape
    assert changed[int(0.55 * height), int(0.36 * width)], "the acne"
    assert changed[int(0.31 * height), int(0.53 * width)], "the shine"
    assert not changed[int(0.64 * height), int(0.60 * width)], "the mole was kept"
    assert desk.session.photo is not None
    assert desk.session.photo.path.name == "head 1.png"
    desk.trigger("apply_to_rest")
    boxes = [b for b in desk.window.findChildren(QMessageBox) if b.isVisible()]
    assert len(boxes) == 1, "only the photo without a face is left"
    assert "the other photo of" in boxes[0].text()
    boxes[0].close()


def test_a_run_can_be_stopped_and_says_so(desk: Desk, shoot: Path) -> None:
    desk.open(shoot / "head 1.png")
    desk.say("remove the acne")
    desk.trigger("apply")
    plans, _ = recipe_of(desk.session.state)
    desk.backend.engine.seconds["open"] = 30.0
    run = desk.window.folder.run
    desk.window.folder._started = 2
    run.start(desk.window.folder.folder.rest(), plans)
    desk.wait(lambda: desk.session.busy is not None and "head 2.png" in desk.session.busy.words)
    desk.session.cancel()
    desk.wait(lambda: not run.running)
    assert run.outcomes == []
    assert "stopped" in desk.window.stage.banner.sentence.text()
    assert not (shoot / "head 2 retouched.png").exists()
