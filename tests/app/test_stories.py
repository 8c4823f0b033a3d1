"""Stories on a screen of their own, told with keys alone: a crash survived, a folder finished."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.canvas.pyramid import as_array
from tests.app.fake_portrait import SPOTS
from tests.app.person import Person, picture, readable
from tests.app.screen import missing_packages

pytestmark = pytest.mark.skipif(
    bool(missing_packages()), reason=f"real-window tests need: apt install {missing_packages()}"
)


def test_the_first_start_shows_four_cards_once(person: Person, tmp_path: Path) -> None:
    photo = picture(tmp_path, "anna.png")
    person.start()
    person.until(person.dimmed, "the tour")
    cards: list[np.ndarray] = []
    for number in range(1, 5):
        assert person.dimmed(), number
        person.look(f"card {number}")
        cards.append(person.screen.shot())
        person.keys("Return" if number % 2 else "Right")
    person.until(lambda: not person.dimmed(), "the tour's end")
    differ = [(one != other).any(axis=2).mean() for one, other in pairwise(cards)]
    assert min(differ) > 0.03, "each card says something else, about another part"
    person.keys("ctrl+o")
    person.until(lambda: person.screen.window("Open a photo") != "", "the dialog")
    person.screen.do("windowfocus", person.screen.window("Open a photo"), "sleep", 0.3)
    person.screen.do("type", "--delay", 12, str(photo))
    person.keys("Return")
    person.until(lambda: "anna" in person.title(), "the photo")
    person.screen.do("windowfocus", person.window, "sleep", 0.3)
    person.say("remove the acne")
    person.until(person.asks, "the proposal")
    person.look("first proposal")
    person.keys("ctrl+q")
    assert person.program is not None
    assert person.program.wait(40) == 0, person.screen.log()
    person.start(photo)
    person.until(lambda: "anna" in person.title(), "the photo")
    person.screen.do("sleep", 1)
    assert not person.dimmed(), "it was seen"


def test_a_killed_program_brings_the_work_back(person: Person, tmp_path: Path) -> None:
    photo = picture(tmp_path, "anna.png")
    person.start(photo)
    person.until(lambda: "anna" in person.title(), "the photo")
    person.keys("Escape")  # the tour of the first start
    person.say("remove the acne")
    person.apply()
    kept = tmp_path / "screen" / "data" / "RetouchGPT" / "recovery"
    person.until(lambda: any(kept.glob("*.rgpt")), "the recovery file")
    person.kill()
    person.start()
    person.until(lambda: person.screen.window("Unsaved work was found") != "", "the offer")
    person.screen.do("windowfocus", person.screen.window("Unsaved work was found"), "sleep", 0.3)
    person.keys("Return")
    person.until(lambda: person.title().startswith("anna.png*"), "the work, still unsaved")
    person.screen.do("windowfocus", person.window, "sleep", 0.3)
    person.keys("ctrl+s")
    person.until(lambda: person.screen.window("Save the retouched photo") != "", "the dialog")
    person.screen.do("windowfocus", person.screen.window("Save the retouched photo"))
    person.screen.do("sleep", 0.3, "key", "ctrl+a", "type", "--delay", 12, str(tmp_path / "b.png"))
    person.keys("Return")
    person.until(lambda: readable(tmp_path / "b.png"), "saving")
    person.until(lambda: "*" not in person.title(), "nothing unsaved")
    before, after = as_array(QImage(str(photo))), as_array(QImage(str(tmp_path / "b.png")))
    _, _, _, x, y, _ = next(s for s in SPOTS if s[0] == "m1")
    spot = round(y * before.shape[0]), round(x * before.shape[1])
    assert not np.array_equal(after[spot], before[spot]), "the retouching is in the file"
    assert 0 < (after != before).any(axis=2).mean() < 0.1


def test_a_folder_is_finished_from_one_photo(person: Person, tmp_path: Path) -> None:
    folder = tmp_path / "shoot"
    folder.mkdir()
    photos = [picture(folder, f"{name}.png") for name in ("anna", "berta", "carla")]
    person.start(folder)
    person.until(lambda: "anna" in person.title(), "the first photo")
    person.keys("Escape")
    person.say("remove the acne")
    person.apply()
    person.keys("ctrl+shift+a")
    person.until(lambda: person.screen.window("Apply to other photos") != "", "the question")
    person.screen.do("windowfocus", person.screen.window("Apply to other photos"), "sleep", 0.3)
    person.keys("Return")
    made = [folder / f"{name} retouched.png" for name in ("berta", "carla")]
    person.until(lambda: all(readable(path) for path in made), "the others")
    for path in made:
        changed = (as_array(QImage(str(path))) != as_array(QImage(str(photos[0])))).any(axis=2)
        assert 0 < changed.mean() < 0.1
    assert not (folder / "anna retouched.png").exists(), "the open one is saved by its own key"
    person.screen.do("windowfocus", person.window, "sleep", 0.3)
    person.keys("ctrl+Next")
    person.until(lambda: readable(folder / "anna retouched.png"), "save and next")
    person.until(lambda: "berta" in person.title(), "the next photo")


def test_past_rounds_are_changed_with_keys(person: Person, tmp_path: Path) -> None:
    person.start(picture(tmp_path, "anna.png"))
    person.until(lambda: "anna" in person.title(), "the photo")
    person.keys("Escape")
    for words in ("remove the acne", "take the shine down"):
        person.say(words)
        person.until(person.asks, words)
        person.keys("ctrl+Return")
        person.until(lambda: not person.asks(), "applying")
        person.settled()
    person.until(lambda: person.kept().get("strengths", {}).get("m8") == 0.5, "two rounds")
    person.keys("shift+Tab", "shift+Tab")  # past the list of phrases, to the last card's slider
    person.screen.do("keydown", "Right", "sleep", 0.8, "keyup", "Right")

    def shine() -> float:
        return float(person.kept().get("strengths", {}).get("m8", 0.0))

    person.until(lambda: shine() > 0.52, "a stronger round")
    person.keys("shift+Tab", "shift+Tab", "space")  # past the mask, to the switch
    person.until(lambda: shine() == 0.0, "a round that is off")
    person.look("off by key")
    person.keys("space")
    person.until(lambda: shine() > 0.52, "on again, as strong as it was")
    person.keys("ctrl+z", "ctrl+z", "ctrl+z")
    person.until(lambda: shine() == 0.5, "three steps back")
