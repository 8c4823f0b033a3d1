"""What files could not hold is said; dialogs offer what the core reads and writes."""

from pathlib import Path

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
