"""Handing memory back to the system once it is free."""

import ctypes
import gc
import sys
from contextlib import suppress


def give_back_memory() -> None:
    """Collect what nothing refers to, and let the C library return free memory to the system.

    glibc keeps freed blocks for later otherwise: hundreds of megabytes after a large photo.
    """
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)
