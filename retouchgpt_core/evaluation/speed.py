"""How long each part of a round takes, beside a well-known baseline in the same run."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from retouchgpt_core.engine import Engine
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.photo import Photo
from retouchgpt_core.vocabulary import BLEMISHES

BASELINE = "OpenCV inpainting (Telea) on the same mask"


@dataclass(frozen=True, slots=True)
class Timing:
    """A step's median over several runs, in seconds of wall-clock time."""

    name: str
    seconds: float


def time_round(engine: Engine, photo: Photo, runs: int = 3) -> list[Timing]:
    """Time opening, understanding, retouching, re-blending and a baseline on one photo.

    Returns one Timing a step, in order; the baseline is the last. Raises NoFaceError.
    """
    steps: dict[str, list[float]] = {}

    def timed(name: str, action: Callable[[], object]) -> None:
        start = time.perf_counter()
        action()
        steps.setdefault(name, []).append(time.perf_counter() - start)

    plan = Plan(Action.RETOUCH, (Edit(BLEMISHES),))
    words = "remove the acne and the acne marks, keep the moles"
    engine.open(photo)  # the first run pays for memory and caches
    for _ in range(runs):
        timed("find the faces", lambda: engine.faces(photo))
        timed("find the faces and analyse them", lambda: engine.open(photo))
        session = engine.open(photo)
        timed("understand an instruction and choose marks", lambda s=session: s.propose(words))
        session.propose_plan(plan)
        timed("retouch all blemishes", session.apply)
        ids = list(session.strengths)
        timed("change their strength", lambda s=session, i=ids: s.set_strength(i, 0.5))
        timed("compose the whole photo", session.render)
        mask = (session.mask() > 0).astype(np.uint8)
        small = np.asarray(photo.pixels if photo.depth == 8 else photo.pixels // 257, np.uint8)
        timed(BASELINE, lambda p=small, m=mask: cv2.inpaint(p, m, 3, cv2.INPAINT_TELEA))
    return [Timing(name, statistics.median(values)) for name, values in steps.items()]


def table(timings: list[Timing]) -> str:
    """Return Markdown rows: step, milliseconds, ratio to the baseline."""
    baseline = next(t.seconds for t in timings if t.name == BASELINE)
    rows = [
        f"| {t.name} | {1000 * t.seconds:.0f} | {t.seconds / max(baseline, 1e-9):.2f} |"
        for t in timings
    ]
    return "\n".join(["| step | ms (median) | x baseline |", "|---|---|---|", *rows])
