"""Stories on the real engine and a screen of their own: a lock, ten turns, a group, 100 MP."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QImageReader

from app.canvas.pyramid import as_array, as_image
from retouchgpt_core.engine import Engine
from retouchgpt_core.photo import Photo
from retouchgpt_core.vocabulary import Kind
from tests.app.person import Person
from tests.app.screen import missing_packages
from tests.app.test_real_window import spotted_portrait

pytestmark = pytest.mark.skipif(
    bool(missing_packages()), reason=f"real-window tests need: apt install {missing_packages()}"
)
MOST_MEMORY = 4 << 30


def opened(person: Person, photo: Path) -> None:
    """Open a photo and end the tour; the engine may still be looking at it."""
    person.start(photo, real=True)
    person.until(lambda: photo.name in person.title(), "the photo", 90)
    person.until(lambda: not person.plain_canvas(), "the first view")
    person.keys("Escape")
    person.until(lambda: not person.dimmed(), "the tour's end")


def apply(person: Person) -> None:
    """Apply what is proposed and wait until it is done."""
    person.keys("ctrl+Return")
    person.until(lambda: not person.asks(), "applying", 90)
    person.settled()


def test_a_locked_mole_outlives_a_dialogue_of_ten_turns(person: Person, tmp_path: Path) -> None:
    photo, saved = tmp_path / "portrait.png", tmp_path / "done.png"
    pixels = spotted_portrait()
    assert as_image(pixels).save(str(photo))
    session = Engine.load().open(Photo.read(photo))
    mole = max((m for m in session.marks if m.kind is Kind.MOLE), key=lambda m: m.confidence)
    opened(person, photo)
    person.until(person.found, "the marks", 90)
    person.click(mole.centre, pixels.shape[1], pixels.shape[0])
    person.screen.do("sleep", 0.4)
    person.look("menu of the mole")
    person.keys("Down", "Down", "Down", "Return")  # Remove, Soften, Keep it
    person.until(lambda: person.kept().get("locks") == [mole.id], "the lock")

    for words in (
        "remove everything",
        "and the moles, too",
        "bring the acne marks back",
        "soften the shine on the forehead by 30%",
        "a bit less",
        "what is the weather?",
        "what did you find?",
        "undo that",
        "fix it",
        "reduce the redness on both cheeks",
    ):
        before = person.chat()
        person.say(words)
        person.until(lambda old=before: not np.array_equal(person.chat(), old), words)
        person.settled()
        if person.asks():
            apply(person)
    person.look("ten turns")
    person.until(lambda: len(person.kept()["rounds"]) >= 4, "the rounds are kept")
    kept = person.kept()
    assert kept["locks"] == [mole.id]
    assert not kept["strengths"].get(mole.id)
    assert any(kept["strengths"].values())
    person.save(saved)
    written = as_array(QImage(str(saved)))
    at = round(mole.centre.y), round(mole.centre.x)
    assert np.array_equal(written[at], pixels[at]), "the locked mole is as photographed"
    assert (written != pixels).any()


def test_one_face_of_a_group_changes_alone(person: Person, tmp_path: Path) -> None:
    photo, saved = tmp_path / "group.png", tmp_path / "done.png"
    one = spotted_portrait()
    pixels = np.concatenate([one, one[:, ::-1]], axis=1)
    assert as_image(pixels).save(str(photo))
    opened(person, photo)
    person.say("remove the acne and the acne marks on the right face")
    person.until(person.asks, "the proposal", 90)
    person.look("group")
    apply(person)
    person.save(saved)
    changed = (as_array(QImage(str(saved))) != pixels).any(axis=(0, 2))
    middle = one.shape[1]
    assert not changed[:middle].any()
    assert changed[middle:].any()


def test_a_hundred_megapixels_are_retouched_and_saved(person: Person, tmp_path: Path) -> None:
    photo, saved = tmp_path / "large.jpg", tmp_path / "done.jpg"
    small = as_image(spotted_portrait())
    size = small.size() * 18.1
    large = small.scaled(
        size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    assert large.width() * large.height() > 100_000_000
    assert large.save(str(photo), quality=90)
    del large
    opened(person, photo)
    person.say("remove the acne and the acne marks")
    person.until(person.asks, "the proposal", 120)
    person.look("100 MP, proposed")
    apply(person)
    person.look("100 MP, applied")
    person.save(saved)
    assert QImageReader(str(saved)).size() == size
    assert saved.read_bytes() != photo.read_bytes()
    assert person.most_memory() < MOST_MEMORY
