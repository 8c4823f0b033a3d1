"""Fills on the disk instead of in memory: the same arrays, mapped from a temporary file."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from typing import IO

import numpy as np

from retouchgpt_core.retouch.fills import Fill

_ALIGNED = 64


def is_spilled(fill: Fill) -> bool:
    """Say whether the fill's arrays lie on the disk."""
    return isinstance(fill.delta, np.memmap)


def spilled(fills: Sequence[Fill]) -> list[Fill]:
    """Return equal fills whose arrays lie in one temporary file, in the same order.

    The file has no name (or goes with the process) and ends with the last fill. Returns an empty
    list if the disk does not take it: the fills then stay where they are.
    """
    if not fills:
        return []
    try:
        with tempfile.TemporaryFile(prefix="retouchgpt-history-") as file:
            places = [(_write(file, fill.delta), _write(file, fill.mask)) for fill in fills]
            file.flush()
            mapped = np.memmap(file, np.uint8, mode="r")
    except OSError:
        return []
    return [
        _moved(fill, mapped, delta, mask) for fill, (delta, mask) in zip(fills, places, strict=True)
    ]


def _write(file: IO[bytes], array: np.ndarray) -> int:
    """Append an array at an aligned place, and return the place."""
    place = file.tell()
    data = np.ascontiguousarray(array).tobytes()
    file.write(data + bytes(-len(data) % _ALIGNED))
    return place


def _moved(fill: Fill, mapped: np.ndarray, delta: int, mask: int) -> Fill:
    shape = fill.mask.shape
    ends = delta + fill.delta.nbytes, mask + fill.mask.nbytes
    return replace(
        fill,
        mask=mapped[mask : ends[1]].reshape(shape),
        delta=mapped[delta : ends[0]].view(np.float16).reshape(*shape, 3),
    )
