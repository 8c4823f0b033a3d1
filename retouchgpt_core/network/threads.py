"""How many processors share a calculation."""

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

MOST_ABREAST = 4
"""Threads that calculate side by side at most: each holds the memory of what it works on."""
_In = TypeVar("_In")
_Out = TypeVar("_Out")


@contextmanager
def on_one_thread(wanted: bool = True) -> Generator[None]:
    """Calculate on the calling thread alone while this lasts, if `wanted`.

    For something small: sharing it gains nothing even on an idle machine, and on a busy one each
    of its many steps waits until the system lets the other threads run. Nor do the last bits of
    the results depend then on how many processors there are.
    """
    before = torch.get_num_threads()
    if not wanted or before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def abreast(
    work: Callable[[_In], _Out], of: Sequence[_In], workers: int | None = None
) -> Iterator[_Out]:
    """Give the results of something small for each of many, in their order.

    Each is done on one thread, several side by side: none waits for another at its every step.
    `workers` None: as many as torch may use. What was not begun when the caller stops is left.
    """
    if workers is None:
        workers = torch.get_num_threads()
    workers = min(workers, MOST_ABREAST, len(of))
    if workers <= 1:
        for each in of:
            with on_one_thread():
                done = work(each)
            yield done
        return
    with on_one_thread():  # threads that begin now calculate alone too
        pool = ThreadPoolExecutor(workers, "retouching")
        try:
            yield from pool.map(work, of)
        finally:
            pool.shutdown(cancel_futures=True)
