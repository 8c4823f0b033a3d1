"""How much memory this process has used, and how busy the machine is besides."""

import os
import sys
from pathlib import Path


def peak_memory() -> int:
    """Return the most memory that this process has had resident so far, in bytes."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        words = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()
        return int(words[1]) * 1024
    except (OSError, StopIteration):
        import resource  # not on Windows, where the file above is missing too

        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used if sys.platform == "darwin" else used * 1024


def machine_load() -> float | None:
    """Return how many processes wanted a processor in the last minute, or None if unknown."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None
