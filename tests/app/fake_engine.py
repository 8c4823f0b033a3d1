"""A scripted engine for the window's tests: the shapes of the real one, marks drawn by rule.

Any photo gets one face in its middle and the same marks on it. Instructions are looked up by
words; fills are flat. Nothing here stands in for the product: the app never imports it.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtGui import QImage

from app.canvas.pyramid import as_array
from app.requests import Copy
from retouchgpt_core.errors import (
    CancelledError,
    NoFaceError,
    PhotoMissingError,
    PhotoReadError,
)
from retouchgpt_core.geometry import Box
from retouchgpt_core.language.plan import Plan
from tests.app.fake_session import FakeSession
from tests.app.fake_values import FakePhoto, FakeTurn


class FakeEngine:
    """Opens photos; `script` says how long a job takes or what it raises."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.model: Path | None = None
        self.errors: dict[str, Exception] = {}
        self.device_name = "CPU, 2 cores"
        self.calls: list[Any] = []
        self.started = threading.Event()
        self.cancelled_jobs: list[str] = []

    def work(
        self,
        job: str,
        progress: Callable[[str, float], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        """Take as long as scripted, report, stop when cancelled, raise what is scripted."""
        self.calls.append(job)
        self.started.set()
        seconds = self.seconds.get(job, 0.0)
        begin = time.monotonic()
        while (passed := time.monotonic() - begin) < seconds:
            if progress:
                progress("Finding marks", passed / seconds)
            if cancelled and cancelled():
                self.cancelled_jobs.append(job)
                raise CancelledError
            time.sleep(0.005)
        if job in self.errors:
            raise self.errors.pop(job)

    def open(
        self,
        photo: FakePhoto,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        *,
        boxes: Sequence[Box] = (),
    ) -> FakeSession:
        self.work("open", progress, cancelled)
        self.calls.append(("boxes", tuple(boxes)))
        if photo.pixels.std() < 2 and not boxes:
            raise NoFaceError("No face was found in this photo.", "Open a portrait.")
        return FakeSession(photo, self)

    def read_with(self, lang_model: Path | None) -> int:
        self.work("language", None, None)
        self.calls.append(("read_with", lang_model))
        self.model = lang_model
        return 1_300_000_000 if lang_model else 2_100_000

    def reopen(
        self,
        session: FakeSession,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> FakeSession:
        fresh = self.open(session.original, progress, cancelled)
        fresh._now, fresh._undo, fresh._redo = session._now, session._undo, session._redo
        fresh._ends = session._ends
        fresh.turns = session.turns
        return fresh

    def open_project(
        self,
        path: Path,
        photo: FakePhoto | None = None,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> FakeSession:
        kept = json.loads(path.read_text())
        if photo is None:
            if not Path(kept["photo"]).exists():
                raise PhotoMissingError("The photo is not there.", "Say where it is.")
            photo = FakePhoto(as_array(QImage(kept["photo"])), path=Path(kept["photo"]))
        session = self.open(photo, progress, cancelled)
        session._now = replace(session._now, strengths=kept["strengths"])
        session.turns = tuple(
            FakeTurn(text, Plan.from_json(plan), "Done.", tuple(ids))
            for text, plan, ids in kept["turns"]
        )
        return session


class FakeBackend:
    """Reads pictures with Qt and hands out one scripted engine."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.notes: tuple[str, ...] = ()
        self.found = {"cpu": "CPU, 2 cores"}
        self.loaded_on: list[str] = []

    def devices(self) -> Mapping[str, str]:
        return self.found

    def load_engine(self, device: str = "auto") -> FakeEngine:
        self.engine.work("load", None, None)
        self.engine.model = None
        self.loaded_on.append(device)
        best = next(iter(self.found))
        self.engine.device_name = self.found[best if device == "auto" else device]
        return self.engine

    def copied(self, photo: FakePhoto, copy: Copy) -> tuple[FakePhoto, tuple[str, ...]]:
        self.engine.calls.append(copy)
        step = 1
        if copy.long_edge is not None:
            step = -(-max(photo.pixels.shape[:2]) // copy.long_edge)
        return replace(photo, pixels=np.ascontiguousarray(photo.pixels[::step, ::step])), ()

    def read_photo(self, path: Path) -> FakePhoto:
        image = QImage(str(path))
        if image.isNull():
            raise PhotoReadError(f"{path.name} is not a photo.", "Open a JPEG, PNG or TIFF.")
        return FakePhoto(as_array(image), notes=self.notes, path=path)
