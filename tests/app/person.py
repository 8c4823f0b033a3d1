"""Someone who works with the real window on a screen of its own."""

import json
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from typing import Any

import numpy as np
from PySide6.QtGui import QImage

from app.canvas.pyramid import as_image
from tests.app.fake_portrait import portrait
from tests.app.screen import SIZE, Screen, wait_until

ROOT = Path(__file__).parents[2]
ACCENT = (0x3D, 0x8F, 0xD1)
"""The Apply button's colour in the dark theme; sliders and switches have it in thinner pieces."""
CHAT_WIDTH = 330


class Person:
    """Someone at the screen, with a keyboard and, if it must be, a mouse."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.window = ""
        self.program: Popen[bytes] | None = None

    def start(self, *arguments: Path, real: bool = False) -> None:
        """Start the window on the scripted engine, or on the real one."""
        program = ["main.py"] if real else ["-m", "tests.app.fake_app"]
        command = [sys.executable, *program, *map(str, arguments)]
        self.program = self.screen.start(command, ROOT)
        self.until(lambda: self.screen.window("RetouchGPT") != "", "the window")
        self.window = self.screen.window("RetouchGPT")
        self.screen.do("windowmove", self.window, 0, 0, "windowsize", self.window, *SIZE)
        self.screen.do("windowfocus", self.window, "sleep", 0.3)

    def until(self, what: Callable[[], bool], step: str, seconds: float = 40) -> None:
        wait_until(what, seconds, lambda: f"{step}: {self.screen.log()}")

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

    def save(self, path: Path) -> None:
        """Save under a new name and wait until all of it is there."""
        name = "Save the retouched photo"
        self.keys("ctrl+shift+s")
        self.until(lambda: self.screen.window(name) != "", "the dialog")
        self.screen.do("windowfocus", self.screen.window(name))
        self.screen.do("sleep", 0.3, "key", "ctrl+a", "type", "--delay", 12, str(path))
        self.keys("Return")
        self.until(path.exists, "saving", 60)
        self.until(lambda: "*" not in self.title(), "nothing unsaved")
        self.screen.do("windowfocus", self.window, "sleep", 0.3)

    def settled(self, seconds: float = 60) -> None:
        """Wait until the chat answers nothing more: it looks the same for a while."""
        seen = [self.chat()]

        def same() -> bool:
            self.screen.do("sleep", 0.6)
            seen.append(self.chat())
            return np.array_equal(*seen[-2:])

        self.until(same, "an answer", seconds)

    def chat(self) -> np.ndarray:
        """Return what the chat shows above its entry line."""
        return self.screen.shot()[80 : SIZE[1] - 130, SIZE[0] - CHAT_WIDTH :]

    def asks(self) -> bool:
        """Say whether the chat shows the Apply button."""
        return shows_button(self.chat())

    def dimmed(self) -> bool:
        """Say whether a card lies over the window: what it is not about is darker then."""
        return bool((self.screen.shot()[55, 1250:1300] < 0x20).all())

    def look(self, name: str) -> None:
        """Keep a screenshot for a human eye, in the folder that RETOUCHGPT_SHOTS names."""
        folder = os.environ.get("RETOUCHGPT_SHOTS")
        if folder:
            assert as_image(self.screen.shot()).save(str(Path(folder) / f"{name}.png"))

    def kept(self) -> dict[str, Any]:
        """Return what the recovery file holds; nothing while there is none."""
        folder = Path(self.screen.environment["XDG_DATA_HOME"]) / "RetouchGPT" / "recovery"
        for path in folder.glob("*.rgpt"):
            with zipfile.ZipFile(path) as archive:
                return json.loads(archive.read("project.json"))
        return {}

    def kill(self) -> None:
        assert self.program is not None
        self.program.kill()
        self.program.wait(10)


def shows_button(chat: np.ndarray) -> bool:
    """Say whether a picture holds a piece of the accent colour as large as a button's edge."""
    filled = (chat == ACCENT).all(axis=2)
    total = np.pad(filled.astype(np.int32).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    high, wide = 20, 10
    sums = total[high:, wide:] - total[:-high, wide:] - total[high:, :-wide] + total[:-high, :-wide]
    return int(sums.max()) == high * wide


def picture(folder: Path, name: str) -> Path:
    path = folder / name
    assert as_image(portrait(512, 600)).save(str(path))
    return path


def readable(path: Path) -> bool:
    return path.exists() and not QImage(str(path)).isNull()
