"""Stories on a screen of their own, told with keys alone: a crash survived, a folder finished."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.canvas.pyramid import as_array, as_image
from tests.app.fake_portrait import SPOTS, portrait
from tests.app.screen import SIZE, Screen, missing_packages, wait_until

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    bool(missing_packages()), reason=f"real-window tests need: apt install {missing_packages()}"
)


class Person:
    """Someone at the screen who has a keyboard and no mouse."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.window = ""
        self.program: Popen[bytes] | None = None

    def start(self, *arguments: Path) -> None:
        command = [sys.executable, "-m", "tests.app.fake_app", *map(str, arguments)]
        self.program = self.screen.start(command, ROOT)
        self.until(lambda: self.screen.window("RetouchGPT") != "", "the window")
        self.window = self.screen.window("RetouchGPT")
        self.screen.do("windowmove", self.window, 0, 0, "windowsize", self.window, *SIZE)
        self.screen.do("windowfocus", self.window, "sleep", 0.3)

    def until(self, what: Callable[[], bool], step: str) -> None:
        wait_until(what, 40, lambda: f"{step}: {self.screen.log()}")

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.screen.do("key", key, "sleep", 0.25)

    def title(self) -> str:
        return self.screen.do("getwindowname", self.window)

    def say(self, words: str) -> None:
        self.keys("ctrl+l")
        self.screen.do("type", "--delay", 12, words)
        self.keys("Return")

    def apply(self) -> None:
        """Press the key until the proposal, which takes a while, was carried out."""

        def done() -> bool:
            self.keys("ctrl+Return")
            return "*" in self.title()

        self.until(done, "applying")

    def kill(self) -> None:
        assert self.program is not None
        self.program.kill()
        self.program.wait(10)


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    folder = tmp_path / "screen"
    folder.mkdir()
    screen = Screen(folder)
    someone = Person(screen)
    yield someone
    if someone.program is not None:
        someone.kill()
    assert "Traceback" not in screen.log()
    screen.close()


def picture(folder: Path, name: str) -> Path:
    path = folder / name
    assert as_image(portrait(512, 600)).save(str(path))
    return path


def readable(path: Path) -> bool:
    return path.exists() and not QImage(str(path)).isNull()


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
