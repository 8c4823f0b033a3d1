"""What files could not hold is said; dialogs offer what the core reads and writes."""

from pathlib import Path

from PySide6.QtWidgets import QMessageBox

from app.files import RAW, READABLE, WRITABLE, proposed_path
from retouchgpt_core.photo import formats
from tests.app.conftest import Desk


def test_the_dialogs_offer_every_format_of_the_core() -> None:
    assert set(WRITABLE.split()) == {f"*{ending}" for ending in formats.WRITTEN}
    assert set(RAW.split()) == {f"*{ending}" for ending in formats.RAW}
    assert set(READABLE.split()) == set(WRITABLE.split()) | set(RAW.split())
    assert proposed_path(Path("a/b.NEF")) == Path("a/b retouched.tif")
    assert proposed_path(Path("a/b.JPE")) == Path("a/b retouched.JPE")


def test_what_opening_changed_is_said_until_it_is_closed(desk: Desk, photo_file: Path) -> None:
    desk.backend.notes = ("The photo is CMYK; it was converted to sRGB.",)
    desk.open(photo_file)
    banner = desk.window.stage.banner
    assert banner.isVisible()
    assert banner.sentence.text() == "anna.png was opened."
    assert "CMYK" in banner.next_step.text()
    assert not banner.failing
    desk.say("remove the acne")
    assert banner.isVisible(), "a note is no failure that something else settles"
    banner.close_button.click()
    assert not banner.isVisible()


def test_what_saving_could_not_hold_is_said(desk: Desk, photo_file: Path, tmp_path: Path) -> None:
    desk.open(photo_file)
    desk.session.save(tmp_path / "out.jpg")
    desk.wait(lambda: (tmp_path / "out.jpg").exists() and desk.idle())
    banner = desk.window.stage.banner
    assert banner.isVisible()
    assert banner.sentence.text() == "out.jpg was saved."
    assert banner.next_step.text() == "A JPEG holds no transparency."


def test_a_closed_photo_is_gone_from_window_and_worker(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.trigger("close")
    assert desk.session.photo is None
    assert not desk.session.turns
    assert not desk.session.state.marks
    assert desk.window.windowTitle() == "RetouchGPT"
    assert desk.window.stage.open_button.isVisible()
    enabled = {name: desk.window.actions_[name].isEnabled() for name in ("save", "close", "brush")}
    assert not any(enabled.values()), enabled
    assert desk.session._worker._desk is None
    desk.open(photo_file)
    assert desk.session.state.marks


def test_closing_asks_before_work_is_lost(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("apply")
    desk.window.actions_["close"].trigger()
    box = desk.window.findChild(QMessageBox)
    assert box is not None
    buttons = {button.text(): button for button in box.buttons()}
    buttons["Cancel"].click()
    desk.wait(desk.idle)
    assert desk.session.photo is not None
    desk.bot.wait(1)
    desk.window.actions_["close"].trigger()
    box = next(b for b in desk.window.findChildren(QMessageBox) if b.isVisible())
    next(b for b in box.buttons() if b.text() == "Don't save").click()
    desk.wait(lambda: desk.session.photo is None)
    assert not desk.session.dirty
