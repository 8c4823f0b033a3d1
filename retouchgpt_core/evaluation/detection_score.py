"""Was what is there found, and is what was found there? Spots by centre, areas by overlap."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.vocabulary import Kind

MATCH_IOD = 0.025
"""Spots match within the larger of both radii and this share of the IOD."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A spot in picture pixels; `kind` None where the method names none.

    `contrast` [0, 1] is how much some channel changes there; `counts` says whether missing it is
    a mistake (a true spot that is too faint, too small or hidden counts neither way).
    """

    x: float
    y: float
    radius: float
    kind: Kind | None
    contrast: float = 1.0
    counts: bool = True


@dataclass(frozen=True, slots=True)
class TrueSpot:
    """A true spot that counts, and what it was found as."""

    kind: Kind
    contrast: float
    found: bool
    found_as: Kind | None


@dataclass(frozen=True, slots=True)
class FoundSpot:
    """A found spot, and which kind is truly there; None where nothing is."""

    kind: Kind | None
    truth: Kind | None


@dataclass(frozen=True, slots=True)
class SpotScore:
    """One picture's spots, both ways."""

    truth: tuple[TrueSpot, ...] = ()
    found: tuple[FoundSpot, ...] = ()


def matches(one: Spot, other: Spot, iod: float) -> bool:
    """Say whether two spots are the same place."""
    reach = max(one.radius, other.radius, MATCH_IOD * iod)
    return math.hypot(one.x - other.x, one.y - other.y) <= reach


def paired(truth: Sequence[Spot], found: Sequence[Spot], iod: float) -> dict[int, int]:
    """Pair each true spot with at most one found spot, the nearest pairs first: truth -> found.

    True spots that count choose before those that do not.
    """
    candidates = sorted(
        (not t.counts, math.hypot(t.x - f.x, t.y - f.y), i, j)
        for i, t in enumerate(truth)
        for j, f in enumerate(found)
        if matches(t, f, iod)
    )
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, i, j in candidates:
        if i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    return pairs


def score_spots(
    truth: Sequence[Spot], found: Sequence[Spot], base: Sequence[Spot], iod: float
) -> SpotScore:
    """Compare found spots with true ones; `base` is what is found before anything was drawn.

    At a place that the base already triggers neither a true nor a found spot counts. A second
    find on a true spot counts neither way; nor does one on a true spot that does not count.
    """
    fresh = [f for f in found if not any(matches(f, b, iod) for b in base)]
    free = [t for t in truth if not any(matches(t, b, iod) for b in base)]
    pairs = paired(free, fresh, iod)
    true_spots = tuple(
        TrueSpot(t.kind, t.contrast, i in pairs, fresh[pairs[i]].kind if i in pairs else None)
        for i, t in enumerate(free)
        if t.counts and t.kind is not None
    )
    explained = {j: free[i] for i, j in pairs.items()}
    found_spots: list[FoundSpot] = []
    for j, f in enumerate(fresh):
        if j in explained:
            if explained[j].counts:
                found_spots.append(FoundSpot(f.kind, explained[j].kind))
        elif not any(matches(f, t, iod) for t in truth):
            found_spots.append(FoundSpot(f.kind, None))
    return SpotScore(true_spots, tuple(found_spots))


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Return the interval of a proportion (Wilson 1927), 95 % unless told otherwise."""
    if total == 0:
        return 0.0, 1.0
    share, squared = hits / total, z * z
    middle = (share + squared / (2 * total)) / (1 + squared / total)
    spread = math.sqrt(share * (1 - share) / total + squared / (4 * total * total))
    half = z * spread / (1 + squared / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def overlap(
    truth: NDArray[np.bool_],
    found: NDArray[np.bool_],
    base: NDArray[np.bool_],
    ignored: NDArray[np.bool_],
) -> tuple[int, int]:
    """Return (intersection, union) in pixels of two masks of a kind, (H, W) each.

    What the undrawn base triggers and what is ignored counts neither way.
    """
    judged = ~(base | ignored)
    both = int((truth & found & judged).sum())
    return both, int(((truth | found) & judged).sum())


def resampled_interval(
    parts: Sequence[tuple[float, float]], rounds: int = 500, seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % interval of sum(first) / sum(second), pictures drawn with replacement."""
    table = np.asarray(parts, np.float64).reshape(-1, 2)
    if not len(table) or table[:, 1].sum() == 0:
        return 0.0, 1.0
    picks = np.random.default_rng(seed).integers(len(table), size=(rounds, len(table)))
    sums = table[picks].sum(1)
    ratios = sums[:, 0] / np.maximum(sums[:, 1], 1e-9)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)
