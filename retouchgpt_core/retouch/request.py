"""Which marks the instruction asks for, as the prediction network (IIP) reads it."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.network.config import KIND_COUNT
from retouchgpt_core.network.network import Requested
from retouchgpt_core.retouch.analysis import Look
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.masks import window_mask
from retouchgpt_core.vocabulary import KINDS

ASKED = 0.2
"""IIP's probability from which a mark counts as asked for when nothing gates it."""
ASKED_GATED = 0.05
"""The same for a mark that the plan covers: only what IIP clearly denies is left out."""


def asked_for(look: Look, requested: Requested, marks: Sequence[Mark]) -> dict[str, float]:
    """Return IIP's probability that each mark is meant, id -> [0, 1].

    It is the mean over the mark's mask of "this kind is meant at this place".
    """
    meant = requested.meant[0].float().cpu().numpy()  # (15, P/8, P/8)
    per_kind = meant[:KIND_COUNT] * (1.0 - meant[KIND_COUNT:])
    return {mark.id: _mean_under(look, mark, per_kind[KINDS.index(mark.kind)]) for mark in marks}


def gated(covered: Mapping[str, float], asked: Mapping[str, float]) -> dict[str, float]:
    """Return the strengths of the marks that the plan covers and IIP does not deny."""
    return {
        mark: strength
        for mark, strength in covered.items()
        if strength == 0.0 or asked.get(mark, 1.0) >= ASKED_GATED
    }


def ungated(asked: Mapping[str, float]) -> dict[str, float]:
    """Return what IIP alone asks for, at full strength (the debug switch)."""
    return {mark: 1.0 for mark, probability in asked.items() if probability >= ASKED}


def _mean_under(look: Look, mark: Mark, meant: NDArray[np.float32]) -> float:
    """Average a map of squares (P / step on each side) over a mark's mask."""
    if mark.mask_window == look.window:
        weight, left, top = mark.mask, mark.mask_box.x, mark.mask_box.y
    else:
        weight, left, top = window_mask([mark], look.window), 0, 0
    rows, columns = np.nonzero(weight)
    if not len(rows):
        return 0.0
    step = look.window.pixels // meant.shape[0]
    values = meant[(rows + top) // step, (columns + left) // step]
    return float(np.average(values, weights=weight[rows, columns]))
