"""A virtual X screen of the test's own, with real key and mouse events and what it shows."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

PROGRAMS = {"Xvfb": "xvfb", "xdotool": "xdotool"}
SIZE = 1400, 900


def missing_packages() -> str:
    """Return the Debian packages that are missing, or nothing."""
    return " ".join(p for name, p in PROGRAMS.items() if shutil.which(name) is None)


class Screen:
    """Starts Xvfb on a free display; `close` ends it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        read, write = os.pipe()
        self._server = subprocess.Popen(
            [
                "Xvfb",
                "-displayfd",
                str(write),
                "-screen",
                "0",
                f"{SIZE[0]}x{SIZE[1]}x24",
                "-fbdir",
                str(folder),
                "-noreset",  # else it starts anew, deaf, whenever xdotool was its last client
                "-nolisten",
                "tcp",
            ],
            pass_fds=(write,),
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            self.display = f":{pipe.readline().strip()}"
        self.environment = {
            **os.environ,
            "DISPLAY": self.display,
            "QT_QPA_PLATFORM": "xcb",
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
        }
        self.environment.pop("WAYLAND_DISPLAY", None)

    def close(self) -> None:
        self._server.terminate()
        self._server.wait(10)

    def start(self, command: Sequence[str], folder: Path) -> "subprocess.Popen[bytes]":
        """Start a program on this screen; its standard error goes to a file beside the screen."""
        with (self._folder / "program.log").open("wb") as log:
            return subprocess.Popen(command, cwd=folder, env=self.environment, stderr=log)

    def log(self) -> str:
        return (self._folder / "program.log").read_text("utf-8", "replace")

    def do(self, *words: object) -> str:
        """Run one xdotool command and return what it printed."""
        done = subprocess.run(
            ["xdotool", *map(str, words)],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.stdout.strip()

    def window(self, name: str) -> str:
        """Return the id of the visible window with this in its title, or nothing."""
        return self.do("search", "--onlyvisible", "--name", name).split("\n")[-1]

    def drag(self, *points: tuple[int, int]) -> None:
        """Press at the first point, move through the others, release at the last."""
        self.do("mousemove", *points[0], "sleep", "0.1", "mousedown", 1)
        for point in points[1:]:
            self.do("mousemove", *point, "sleep", "0.04")
        self.do("mouseup", 1)

    def shot(self) -> np.ndarray:
        """Return what is on the screen, (H, W, 3) uint8 RGB."""
        data = (self._folder / "Xvfb_screen0").read_bytes()  # XWD, see XWDFile.h
        header = np.frombuffer(data[:100], ">u4")
        width, height, line = int(header[4]), int(header[5]), int(header[12])
        start = int(header[0]) + 12 * int(header[19])
        rows = np.frombuffer(data, np.uint8, height * line, start).reshape(height, line)
        return rows[:, : 4 * width].reshape(height, width, 4)[..., 2::-1].copy()


def wait_until(what: Callable[[], bool], seconds: float, why: Callable[[], str]) -> None:
    """Wait for a condition; fails with `why()` if it does not come true in time."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, why()
        time.sleep(0.1)
