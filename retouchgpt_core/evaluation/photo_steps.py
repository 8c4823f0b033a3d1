"""What a photo costs from opening to saving: times and peak memory, in a process of its own."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from retouchgpt_core.engine import Engine, Session
from retouchgpt_core.evaluation.memory import machine_load, peak_memory
from retouchgpt_core.geometry import Box
from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.photo import Photo
from retouchgpt_core.vocabulary import BLEMISHES

VIEW_SIDE = 1600
"""Longer side of the first view, in pixels."""
WORDS = "remove the acne and the acne marks, keep the moles"
OPEN, VIEW, ANALYSIS = "open the file", "open to a first view", "find the face and its marks"
SPOKEN, ROUND, SLIDER = "read an instruction", "a round (all blemishes) and its view", "a slider"
ROUND_CPU = "processor time of the round, all threads"
JOURNAL, PROJECT = "write the round into the journal", "save a project"
UNDO, REDO, COMPOSE = "undo", "redo", "compose the whole photo"
JPEG, TIFF = "compose and export a JPEG", "compose and export a TIFF"
INPAINTING = "OpenCV inpainting (Telea) on the same mask"
SMOOTHING = "OpenCV bilateral smoothing of the whole frame (d = 9)"


@dataclass(frozen=True, slots=True)
class SizeReport:
    """Medians in seconds of wall-clock time by step, and the process's peak memory in bytes.

    `before` is the memory in use before the photo was opened: the libraries and the networks.
    `changed` is the share of the pixels that the round changed; `load` how busy the machine was
    beforehand (processes that wanted a processor), None if unknown.
    """

    width: int
    height: int
    iod: float
    marks: int
    changed: float
    seconds: Mapping[str, float] = field(default_factory=dict[str, float])
    peak: int = 0
    before: int = 0
    device: str = ""
    load: float | None = None

    @property
    def megapixels(self) -> float:
        return self.width * self.height / 1e6


def measure_file(
    path: Path,
    folder: Path,
    runs: int,
    weights: Path | None = None,
    lang_model: Path | None = None,
    device: str = "auto",
) -> SizeReport:
    """Time every step on one photo, `runs` times; exports go to `folder`.

    The peak is read before OpenCV's rows run, so that they do not count. Raises NoFaceError.
    """
    load = machine_load()
    engine = Engine.load(weights, lang_model, device)
    engine.interpreter.interpret(WORDS, DialogueState())  # the first sentence pays for caches
    before = peak_memory()
    times: dict[str, list[float]] = {}
    session = None
    for _ in range(runs):
        session = _one_run(engine, path, folder, times)
    assert session is not None
    peak = peak_memory()
    photo, mask = session.original, session.mask()
    changed = float((mask > 0).mean())
    _time_baselines(photo, mask, times, runs)
    return SizeReport(
        width=photo.width,
        height=photo.height,
        iod=max(face.iod for face in session.faces),
        marks=len(session.strengths),
        changed=changed,
        seconds={name: statistics.median(values) for name, values in times.items()},
        peak=peak,
        before=before,
        device=engine.device_name,
        load=load,
    )


def _one_run(engine: Engine, path: Path, folder: Path, times: dict[str, list[float]]) -> Session:
    timed = _Timer(times)
    start = time.perf_counter()
    photo = timed(OPEN, lambda: Photo.read(path))
    _first_view(photo)
    times.setdefault(VIEW, []).append(time.perf_counter() - start)
    session: Session = timed(ANALYSIS, lambda: engine.open(photo))
    session.keep_journal(folder / "journal")
    session.journal()
    timed(SPOKEN, lambda: session.propose(WORDS))
    plan = Plan(Action.RETOUCH, (Edit(BLEMISHES),))
    boxes: list[Box] = []

    def carry_out() -> None:
        turn = session.propose_plan(plan)
        session.apply()
        boxes.extend(mark.box for mark in turn.marks)
        _seen(session, boxes)

    def slide() -> None:
        session.set_strength(list(session.strengths), 0.5)
        _seen(session, boxes)

    used = time.process_time()
    timed(ROUND, carry_out)
    times.setdefault(ROUND_CPU, []).append(time.process_time() - used)
    timed(JOURNAL, session.journal)
    session.end_journal()
    timed(SLIDER, slide)
    timed(UNDO, lambda: (session.undo(), _seen(session, boxes)))
    timed(REDO, lambda: (session.redo(), _seen(session, boxes)))
    timed(PROJECT, lambda: session.save_project(folder / "work.rgpt"))
    timed(COMPOSE, session.render)
    timed(JPEG, lambda: session.photo().write(folder / "out.jpg"))
    timed(TIFF, lambda: session.photo().write(folder / "out.tif"))
    return session


class _Timer:
    def __init__(self, times: dict[str, list[float]]) -> None:
        self._times = times

    def __call__(self, name: str, action: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = action()
        self._times.setdefault(name, []).append(time.perf_counter() - start)
        return result


def _first_view(photo: Photo) -> Any:
    shrink = min(1.0, VIEW_SIDE / max(photo.width, photo.height))
    size = max(1, round(photo.width * shrink)), max(1, round(photo.height * shrink))
    return cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA)


def _seen(session: Session, boxes: list[Box]) -> None:
    """Compose what has to be shown anew."""
    for box in boxes:
        session.render(box)


def _time_baselines(
    photo: Photo, mask: np.ndarray, times: dict[str, list[float]], runs: int
) -> None:
    timed = _Timer(times)
    small = np.asarray(photo.pixels if photo.depth == 8 else photo.pixels // 257, np.uint8)
    where = (mask > 0).astype(np.uint8)
    for _ in range(runs):
        timed(INPAINTING, lambda: cv2.inpaint(small, where, 3, cv2.INPAINT_TELEA))
        timed(SMOOTHING, lambda: cv2.bilateralFilter(small, 9, 75, 75))
