"""What finding faces costs: time on a large group picture, and memory on top of torch."""

import multiprocessing
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

SIZE = (6000, 4000)
"""24 megapixels."""
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True, slots=True)
class FindTime:
    """Seconds of one find, medians: on the clock, and of one core's work."""

    clock: float
    core: float


def time_to_find(weights: Path, pixels: np.ndarray, threads: int, runs: int = 3) -> FindTime:
    """Time finding in a picture: on the clock with so many threads, in core time with one."""
    import torch

    from retouchgpt_core.face.finder import FaceFinder
    from retouchgpt_core.photo import Photo

    before, before_cv = torch.get_num_threads(), cv2.getNumThreads()
    finder, photo = FaceFinder.load(weights), Photo.from_array(pixels)
    medians: list[float] = []
    for count, clock in ((threads, time.perf_counter), (1, time.process_time)):
        torch.set_num_threads(count)
        cv2.setNumThreads(count)
        spent: list[float] = []
        for _ in range(runs + 1):
            begin = clock()
            finder.find(photo)
            spent.append(clock() - begin)
        medians.append(float(np.median(spent[1:])))  # the first also warms caches
    torch.set_num_threads(before)
    cv2.setNumThreads(before_cv)
    return FindTime(*medians)


def memory_to_find(weights: Path, pixels: np.ndarray) -> float | None:
    """Return the MB that finding takes above torch and the picture itself, at its peak.

    Measured in a process of its own, which holds torch and the picture before; None where the
    system does not tell (other than Linux).
    """
    if not _STATUS.exists():
        return None
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, context.Pool(1) as pool:
        file = Path(folder) / "picture.npy"
        np.save(file, pixels)
        return pool.apply(_peak, (weights, file))


def _peak(weights: Path, file: Path) -> float:
    import torch

    torch.set_num_threads(1)
    pixels = np.load(file)
    _CLEAR.write_text("5")  # the peak starts anew from what is held now
    before = _status("VmRSS")

    from retouchgpt_core.face.finder import FaceFinder
    from retouchgpt_core.photo import Photo

    pixels.flags.writeable = False
    FaceFinder.load(weights).find(Photo(pixels))
    return _status("VmHWM") - before


def _status(name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+) kB", _STATUS.read_text())
    return int(found[1]) * 1024 / 1e6 if found else float("nan")


__all__ = ["SIZE", "FindTime", "memory_to_find", "time_to_find"]
