"""Fills on the disk instead of in memory: the same arrays, mapped from a temporary file."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.tiled import Tiled

_ALIGNED = 64


def is_spilled(fill: Fill) -> bool:
    """Say whether the fill's arrays lie on the disk; so they do if there is nothing of them."""
    if isinstance(fill.delta, Tiled):
        return all(isinstance(values, np.memmap) for _, values in fill.delta.tiles)
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
            places = [_write(file, array) for fill in fills for array in _arrays(fill)]
            file.flush()
            mapped = np.memmap(file, np.uint8, mode="r")
    except OSError:
        return []
    there = iter(places)
    return [_moved(fill, mapped, there) for fill in fills]


def _write(file: IO[bytes], array: np.ndarray) -> int:
    """Append an array at an aligned place, and return the place."""
    place = file.tell()
    data = np.ascontiguousarray(array).tobytes()
    file.write(data + bytes(-len(data) % _ALIGNED))
    return place


def _arrays(fill: Fill) -> list[NDArray[Any]]:
    """Return what is written of a fill, in the order in which `_moved` reads it."""
    pair = fill.delta, fill.mask
    return [v for p in pair for v in ([t for _, t in p.tiles] if isinstance(p, Tiled) else [p])]


def _moved(fill: Fill, mapped: NDArray[np.uint8], places: Iterator[int]) -> Fill:
    def there(array: NDArray[Any]) -> NDArray[Any]:
        place = next(places)
        return mapped[place : place + array.nbytes].view(array.dtype).reshape(array.shape)

    delta, mask = (
        p.mapped(there) if isinstance(p, Tiled) else there(p) for p in (fill.delta, fill.mask)
    )
    return replace(fill, delta=delta, mask=mask)
