"""RetouchGPT's core: photographs, faces, language, networks and documents, without a window."""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retouchgpt_core.engine import Engine
    from retouchgpt_core.photo import Photo

__all__ = ["Engine", "Photo"]
__version__ = "0.1.0"

# Torch's threads spin at each step until the last of them is done, which on a machine that is busy
# with something else makes a face take up to five times as long; asleep they cost an idle one
# nothing that can be measured. It is read as torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def __getattr__(name: str) -> Any:
    """Import `Engine` (torch) and `Photo` only when they are asked for."""
    if name == "Engine":
        from retouchgpt_core.engine import Engine

        return Engine
    if name == "Photo":
        from retouchgpt_core.photo import Photo

        return Photo
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
