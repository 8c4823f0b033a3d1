"""`retouchgpt bench photo`: what the photo's size costs, each size in a fresh process."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from retouchgpt_core.errors import NoFaceError
from retouchgpt_core.evaluation import photo_steps as steps
from retouchgpt_core.evaluation.photo_steps import SizeReport, measure_file
from retouchgpt_core.evaluation.sized_photo import sized_photo
from retouchgpt_core.photo import Photo

SIZES = (12.0, 24.0, 100.0)
"""Megapixels."""
GOAL_AT = 24.0
GOALS = {
    steps.VIEW: 1.0,
    steps.ROUND: 1.5,
    steps.JOURNAL: 2.0,
    steps.SLIDER: 0.08,
    steps.UNDO: 0.05,
    steps.JPEG: 3.0,
}
"""Seconds that a step may take at GOAL_AT megapixels, on two cores."""
PEAK_GOALS = {24.0: 2.0, 100.0: 4.0}
"""Gigabytes that a whole edit may take, by megapixels."""
GROWTH_GOAL = 1.3
"""How much more a round may cost on the largest photo than on the smallest."""
_GIGA = 1e9


@dataclass(frozen=True, slots=True)
class Setup:
    """How each size is measured: how often, and with which weights on which device."""

    runs: int = 3
    weights: Path | None = None
    lang_model: Path | None = None
    device: str = "auto"


def measure_sizes(
    portrait: Photo,
    enlarged: int,
    sizes: Sequence[float],
    setup: Setup,
    told: Callable[[str], None] = lambda _: None,
) -> list[SizeReport]:
    """Measure the same face in photos of these megapixels; files go to a temporary folder.

    Each size runs in a process of its own, so that peak memory is that of one edit. `told` hears
    which one. `enlarged`: how many times the portrait's own size its face gets. Raises
    NoFaceError.
    """
    found: list[SizeReport] = []
    with TemporaryDirectory(prefix="retouchgpt-bench-") as name:
        folder = Path(name)
        for size in sizes:
            told(f"{size:g} MP")
            path = folder / f"{size:g}.jpg"
            sized_photo(portrait, size, enlarged).write(path)
            found.append(_in_a_fresh_process(path, folder, setup))
            for file in folder.glob("*.*"):
                file.unlink()
    return found


def table(reports: Sequence[SizeReport]) -> str:
    """Return Markdown: a row a step, a column a size, then how each grew and what was aimed at."""
    first, last = reports[0], reports[-1]
    head = ["step (ms, median)", *(f"{r.megapixels:.0f} MP" for r in reports), "growth", "goal"]
    rows = [head, ["---"] * len(head)]
    for step in first.seconds:
        times = [r.seconds[step] for r in reports]
        growth = f"x {last.seconds[step] / max(first.seconds[step], 1e-9):.2f}"
        rows.append([step, *(f"{1000 * t:.0f}" for t in times), growth, _goal(step)])
    peaks = [f"{r.peak / _GIGA:.2f}" for r in reports]
    goals = ", ".join(f"{g:g} GB at {s:g} MP" for s, g in PEAK_GOALS.items())
    rows.append(["peak memory (GB)", *peaks, f"x {last.peak / first.peak:.2f}", goals])
    loaded = [f"{r.before / _GIGA:.2f}" for r in reports]
    rows.append(["of that before opening (GB)", *loaded, "", ""])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def ratio_table(reports: Sequence[SizeReport]) -> str:
    """Return Markdown: how long our round takes beside what OpenCV does to the same photo."""
    head = ["a round / ...", *(f"{r.megapixels:.0f} MP" for r in reports)]
    rows = [head, ["---"] * len(head)]
    for baseline in (steps.INPAINTING, steps.SMOOTHING):
        ratios = [r.seconds[steps.ROUND] / max(r.seconds[baseline], 1e-9) for r in reports]
        rows.append([baseline, *(f"{ratio:.2f}" for ratio in ratios)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def verdict(reports: Sequence[SizeReport]) -> str:
    """Return a sentence for each goal that was not met, or one that says that all were.

    Goals are for certain sizes; without one of those and a second size there is nothing to judge.
    """
    said: list[str] = []
    judged = 0
    for report in reports:
        size = min((GOAL_AT, *PEAK_GOALS), key=lambda s: abs(s - report.megapixels))
        if abs(size - report.megapixels) > 0.02 * size:
            continue
        judged += 1
        for step, goal in GOALS.items() if size == GOAL_AT else ():
            if (taken := report.seconds[step]) > goal:
                said.append(f"{step}: {taken:.3f} s at {size:g} MP, at most {goal:g} aimed at.")
        if report.peak > PEAK_GOALS[size] * _GIGA:
            peak = report.peak / _GIGA
            said.append(f"Peak memory: {peak:.2f} GB at {size:g} MP, not {PEAK_GOALS[size]:g}.")
    first, last = reports[0], reports[-1]
    if first is not last:
        judged += 1
        growth = last.seconds[steps.ROUND] / max(first.seconds[steps.ROUND], 1e-9)
        if growth > GROWTH_GOAL:
            said.append(f"A round costs {growth:.2f} times as much on the largest photo.")
    if not judged:
        return "There is no goal for this size alone."
    return "\n".join(said) or "Every goal was met."


def _goal(step: str) -> str:
    growth = f"x {GROWTH_GOAL:g}; " if step == steps.ROUND else ""
    goal = GOALS.get(step)
    return "" if goal is None else f"{growth}{1000 * goal:.0f} at {GOAL_AT:g} MP"


def _in_a_fresh_process(path: Path, folder: Path, setup: Setup) -> SizeReport:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        answer: Any = pool.submit(
            _measured, path, folder, setup.runs, setup.weights, setup.lang_model, setup.device
        ).result()
    if isinstance(answer, str):
        raise NoFaceError(answer, "Name a portrait whose face is upright: bench photo PHOTO.")
    return answer


def _measured(path: Path, folder: Path, *setup: Any) -> SizeReport | str:
    try:
        return measure_file(path, folder, *setup)
    except NoFaceError as error:  # errors with two sentences cannot be pickled
        return error.sentence
