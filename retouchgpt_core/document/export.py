"""What is written beside a photo: the mask as a picture, the plans as JSON."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.language.plan import Plan
from retouchgpt_core.photo.atomic import write_atomically

_CODECS = cast("Any", imagecodecs)


def write_mask(path: str | Path, mask: NDArray[np.uint8]) -> None:
    """Write a (H, W) uint8 mask as an 8-bit greyscale PNG, whole or not at all.

    Raises PhotoWriteError with a sentence, ValueError for an array of another kind.
    """
    if mask.ndim != 2 or mask.dtype != np.uint8:
        raise ValueError(f"a mask is (H, W) uint8, got {mask.shape} {mask.dtype}")
    write_atomically(Path(path), bytes(_CODECS.png_encode(np.ascontiguousarray(mask), level=6)))


def write_plans(path: str | Path, plans: Sequence[Plan]) -> None:
    """Write plans as a JSON list, in the order of the rounds, whole or not at all.

    Raises PhotoWriteError with a sentence.
    """
    text = json.dumps([plan.to_json() for plan in plans], ensure_ascii=False, indent=2)
    write_atomically(Path(path), f"{text}\n".encode())
