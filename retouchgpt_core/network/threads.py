"""How many processors share a calculation."""

from collections.abc import Generator
from contextlib import contextmanager

import torch


@contextmanager
def on_one_thread(wanted: bool = True) -> Generator[None]:
    """Calculate on the calling thread alone while this lasts, if `wanted`.

    For something small: sharing it gains nothing even on an idle machine, and on a busy one each
    of its many steps waits until the system lets the other threads run. The results are the same.
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
