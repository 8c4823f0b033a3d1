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
from retouchgpt_core.geometry import Point
from tests.app.fake_portrait import portrait
from tests.app.screen import SIZE, Screen, wait_until

ROOT = Path(__file__).parents[2]
ACCENT = (0x3D, 0x8F, 0xD1)
"""The Apply button's colour in the dark theme; sliders and switches have it in thinner pieces."""
LINE = (0x45, 0x48, 0x4E)
CHAT_WIDTH = 330
CANVAS = (0x1C, 0x1D, 0x1F)
CANVAS_CORNER = 290, 110


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
        """Wait until nothing is being done any more, and the chat looks the same for a while."""
        seen = [self.chat()]

        def same() -> bool:
            self.screen.do("sleep", 0.4)
            seen.append(self.chat())
            return not self._busy(seen[-1]) and np.array_equal(*seen[-2:])

        self.until(same, "an answer", seconds)

    @staticmethod
    def _busy(chat: np.ndarray) -> bool:
        """Say whether the chat shows how far something is: nothing else in it is as long a line."""
        line = (chat[-50:] == ACCENT).all(axis=2) | (chat[-50:] == LINE).all(axis=2)
        return bool((line.sum(axis=1) > 300).any())

    def chat(self) -> np.ndarray:
        """Return what the chat shows above its entry line, what is being done included."""
        return self.screen.shot()[80 : SIZE[1] - 86, SIZE[0] - CHAT_WIDTH :]

    def found(self) -> bool:
        """Say whether marks are listed: the photo has been looked at."""
        panel = self.screen.shot()[100:640, 10:240].astype(int)
        return bool((np.abs(panel - panel[-1, 0]).max(axis=2) > 40).mean() > 0.02)

    def asks(self) -> bool:
        """Say whether the chat shows the Apply button."""
        return shows_button(self.chat())

    def dimmed(self) -> bool:
        """Say whether a card lies over the window: what it is not about is darker then."""
        return bool((self.screen.shot()[55, 1250:1300] < 0x20).all())

    def canvas(self) -> np.ndarray:
        """Return the inside of the canvas, less its edges, as it is shown."""
        left, top = CANVAS_CORNER
        return self.screen.shot()[top : SIZE[1] - 60, left : SIZE[0] - CHAT_WIDTH - 60]

    def plain_canvas(self) -> bool:
        """Say whether the canvas shows no picture yet."""
        return bool(self.canvas().std() < 20)

    def click(self, at: Point, width: int, height: int) -> None:
        """Click on a place of the photo, `width` x `height` pixels and fitted into the canvas."""
        shown = self.screen.shot()
        left, _ = CANVAS_CORNER
        middle = SIZE[1] // 2, (left + SIZE[0] - CHAT_WIDTH) // 2
        across = _extent((shown[middle[0]] != CANVAS).any(axis=1), middle[1])
        down = _extent((shown[:, middle[1]] != CANVAS).any(axis=1), middle[0])
        x = across[0] + at.x / width * (across[1] - across[0])
        y = down[0] + at.y / height * (down[1] - down[0])
        self.screen.do("mousemove", round(x), round(y), "sleep", 0.3, "click", 1)

    def most_memory(self) -> int:
        """Return the most bytes of memory that the program has held so far."""
        assert self.program is not None
        status = Path(f"/proc/{self.program.pid}/status").read_text("ascii", "replace")
        return 1024 * int(status.split("VmHWM:")[1].split()[0])

    def look(self, name: str) -> None:
        """Keep a screenshot for a human eye, in the folder that RETOUCHGPT_SHOTS names."""
        folder = os.environ.get("RETOUCHGPT_SHOTS")
        if folder:
            assert as_image(self.screen.shot()).save(str(Path(folder) / f"{name}.png"))

    def kept(self) -> dict[str, Any]:
        """Return what the recovery file holds; nothing while there is none."""
        folder = Path(self.screen.environment["XDG_DATA_HOME"]) / "RetouchGPT" / "recovery"
        for path in folder.glob("*.rgpt"):
            if not zipfile.is_zipfile(path):  # the scripted engine's
                return json.loads(path.read_text())
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


def _extent(there: np.ndarray, middle: int) -> tuple[int, int]:
    """Return where the run of true values around a place begins and ends; short gaps are in it."""
    gap = 8
    blank = np.flatnonzero(np.convolve(~there, np.ones(gap), "valid") == gap)
    return int(blank[blank < middle - gap].max()) + gap, int(blank[blank > middle].min())


def picture(folder: Path, name: str) -> Path:
    path = folder / name
    assert as_image(portrait(512, 600)).save(str(path))
    return path


def readable(path: Path) -> bool:
    return path.exists() and not QImage(str(path)).isNull()
