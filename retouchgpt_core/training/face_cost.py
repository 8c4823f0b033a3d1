"""What finding faces costs: time on a large group picture, and memory on top of torch."""

import multiprocessing
import resource
import sys
import time
from pathlib import Path

import cv2
import numpy as np

SIZE = (6000, 4000)
"""24 megapixels."""


def time_to_find(weights: Path, pixels: np.ndarray, threads: int, runs: int = 3) -> float:
    """Return the wall seconds of the median find in a picture, on so many threads."""
    import torch

    from retouchgpt_core.face.finder import FaceFinder
    from retouchgpt_core.photo import Photo

    before, before_cv = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    finder, photo = FaceFinder.load(weights), Photo.from_array(pixels)
    spent: list[float] = []
    for _ in range(runs + 1):
        begin = time.perf_counter()
        finder.find(photo)
        spent.append(time.perf_counter() - begin)
    torch.set_num_threads(before)
    cv2.setNumThreads(before_cv)
    return float(np.median(spent[1:]))  # the first also warms caches


def memory_to_find(weights: Path, pixels: np.ndarray) -> float:
    """Return the MB that finding takes above torch and the picture itself, at its peak.

    Measured in a process of its own that imports torch and makes the picture first.
    """
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_peak, (weights, pixels))


def _peak(weights: Path, pixels: np.ndarray) -> float:
    import torch

    torch.set_num_threads(1)
    unit = 1 if sys.platform == "darwin" else 1024
    # Another copy stands for the photo, which freezes its own.
    copy = pixels.copy()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    del copy

    from retouchgpt_core.face.finder import FaceFinder
    from retouchgpt_core.photo import Photo

    FaceFinder.load(weights).find(Photo.from_array(pixels))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (after - before) * unit / 1e6


__all__ = ["SIZE", "memory_to_find", "time_to_find"]
