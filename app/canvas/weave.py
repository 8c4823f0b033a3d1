"""Patterns that tell kinds apart without their colours: stripes, grids and dots in the overlay."""

from enum import IntEnum

import numpy as np

from retouchgpt_core.vocabulary import KINDS, Kind

LINES_ACROSS = 80
"""How often a pattern repeats along the longer side of an overlay."""
SMALLEST = 6


class Pattern(IntEnum):
    """What a kind's inside is drawn with."""

    PLAIN = 0
    RISING = 1
    FALLING = 2
    LEVEL = 3
    UPRIGHT = 4
    GRID = 5
    DOTS = 6


_PATTERNS: dict[Kind, Pattern] = {
    Kind.ACNE: Pattern.PLAIN,
    Kind.ACNE_MARK: Pattern.RISING,
    Kind.BLACKHEAD: Pattern.DOTS,
    Kind.SCAR: Pattern.FALLING,
    Kind.FRECKLE: Pattern.DOTS,
    Kind.MOLE: Pattern.GRID,
    Kind.AGE_SPOT: Pattern.LEVEL,
    Kind.WRINKLE: Pattern.UPRIGHT,
    Kind.DARK_CIRCLE: Pattern.UPRIGHT,
    Kind.EYE_BAG: Pattern.RISING,
    Kind.REDNESS: Pattern.RISING,
    Kind.SHINE: Pattern.UPRIGHT,
    Kind.TEXTURE: Pattern.GRID,
    Kind.STRAY_HAIR: Pattern.FALLING,
}


def pattern_of(kind: Kind) -> Pattern:
    """Return the kind's pattern."""
    return _PATTERNS[kind]


def period_for(height: int, width: int) -> int:
    """Return after how many codes a pattern repeats in an overlay of this size."""
    return max(SMALLEST, max(height, width) // LINES_ACROSS)


def woven(indices: np.ndarray, left: int, top: int, period: int) -> np.ndarray:
    """Return (h, w) bool: where the pattern of a kind's index has its line.

    `indices` (h, w) uint8 are KINDS + 1; `left`, `top` say where they lie, so that parts join.
    """
    height, width = indices.shape
    y = (np.arange(height) + top)[:, None] % period
    x = (np.arange(width) + left)[None, :] % period
    thick = max(1, period // 3)
    level, upright = np.broadcast_to(y < thick, (height, width)), x < thick
    lines = {
        Pattern.RISING: (x + y) % period < thick,
        Pattern.FALLING: (x - y) % period < thick,
        Pattern.LEVEL: level,
        Pattern.UPRIGHT: np.broadcast_to(upright, (height, width)),
        Pattern.GRID: (y < max(1, thick // 2)) | (x < max(1, thick // 2)),
        Pattern.DOTS: (np.abs(2 * y - period) < 1.3 * thick)
        & (np.abs(2 * x - period) < 1.3 * thick),
    }
    numbers = _NUMBERS[indices]
    drawn = np.zeros((height, width), bool)
    for pattern, where in lines.items():
        drawn |= (numbers == pattern) & where
    return drawn


_NUMBERS = np.zeros(256, np.uint8)
_NUMBERS[1 : len(KINDS) + 1] = [_PATTERNS[kind] for kind in KINDS]
