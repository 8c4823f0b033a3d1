"""For debugging: says when the window's thread was away from its event loop, and where it was.

Set RETOUCHGPT_WATCHDOG to the milliseconds that are too long (16 is one frame at 60 Hz).
"""

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QObject, QTimer

VARIABLE = "RETOUCHGPT_WATCHDOG"
_BEAT_MS = 4
_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Stall:
    """The event loop did not turn for `seconds`; `where` is what ran, innermost last."""

    seconds: float
    where: tuple[str, ...]

    def __str__(self) -> str:
        places = " > ".join(self.where) or "outside of Python, or waiting for another thread"
        return f"window away for {self.seconds * 1000:.0f} ms: {places}"


class Watchdog(QObject):
    """Beats in the event loop of the thread that makes it; another thread looks at its stack.

    `told` hears of each stall longer than `limit` seconds, in the thread that stalled.
    """

    def __init__(
        self, limit: float, told: Callable[[Stall], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._limit = limit
        self._told = told
        self._watched = threading.get_ident()
        self._last = time.monotonic()
        self._seen: tuple[float, tuple[str, ...]] = (0.0, ())
        self._over = threading.Event()
        self._timer = QTimer(self)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        self._watcher = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """End watching."""
        self._timer.stop()
        self._over.set()
        self._watcher.join()

    def _beat(self) -> None:
        now = time.monotonic()
        last, self._last = self._last, now
        if now - last > self._limit + _BEAT_MS / 1000:
            when, where = self._seen
            self._told(Stall(now - last, where if when == last else ()))

    def _watch(self) -> None:
        while not self._over.wait(self._limit / 4):
            last = self._last
            if time.monotonic() - last > self._limit and self._seen[0] != last:
                frame = sys._current_frames().get(self._watched)  # pyright: ignore[reportPrivateUsage]
                self._seen = (last, _places(frame))


def _places(frame: FrameType | None) -> tuple[str, ...]:
    places: list[str] = []
    for entry in traceback.extract_stack(frame):
        path = Path(entry.filename)
        if path.is_relative_to(_ROOT) and ".venv" not in path.parts:
            places.append(f"{path.relative_to(_ROOT)}:{entry.lineno} {entry.name}")
    return tuple(places[-4:])


def watched(parent: QObject) -> Watchdog | None:
    """Start a watchdog that writes to standard error, if the environment asks for one."""
    asked = os.environ.get(VARIABLE, "")
    if not asked.replace(".", "", 1).isdigit():
        return None
    return Watchdog(float(asked) / 1000, _write, parent)


def _write(stall: Stall) -> None:
    sys.stderr.write(f"{stall}\n")
