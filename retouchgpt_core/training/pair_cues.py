"""What size, place and colour say about a change that the networks have no name for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.vocabulary import REGIONS, UNDER_EYES, Kind, Region

Pixels = NDArray[np.intp]
WIDEST_SPOT = 0.09
"""Radius in IOD of a disc of the same area; what is wider and no line is an area's tone."""
LINE_LENGTH, LINE_RATIO = 0.08, 4.0
"""A line is at least this long in IOD, and this many times as long as wide."""
PIMPLE_CHANGE = 20 / 255
MOLE_CHANGE = 30 / 255
MOLE_RADIUS, PORE_RADIUS = 0.012, 0.012


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A photograph (P, P, 3), what was added to retouch it (P, P, 3), labels (P, P), IOD in px."""

    source: NDArray[np.float32]
    change: NDArray[np.float32]
    labels: NDArray[np.uint8]
    iod: float

    def lighter_and_less_red(self, rows: Pixels, columns: Pixels) -> tuple[float, float]:
        """Return by how much retouching made these pixels lighter, and less red."""
        red, green, blue = (float(v) for v in self.change[rows, columns].mean(0))
        return (red + green + blue) / 3.0, (green + blue) / 2.0 - red


def mark_kind(rows: Pixels, columns: Pixels, label: int, evidence: Evidence) -> Kind | None:
    """Name a spot or line by its shape and colour; None if it is too wide for one."""
    radius = float(np.sqrt(len(rows) / np.pi)) / evidence.iod
    length, width = _extent(rows, columns)
    if length >= LINE_LENGTH * evidence.iod and length >= LINE_RATIO * width:
        return Kind.WRINKLE
    if radius > WIDEST_SPOT:
        return None
    lighter, less_red = evidence.lighter_and_less_red(rows, columns)
    if less_red > 0.5 * abs(lighter):
        return Kind.ACNE if less_red + abs(lighter) > PIMPLE_CHANGE else Kind.ACNE_MARK
    if lighter < 0.0:
        return Kind.SCAR
    if radius < PORE_RADIUS and REGIONS[label - 1] is Region.NOSE:
        return Kind.BLACKHEAD
    if lighter > MOLE_CHANGE and radius > MOLE_RADIUS:
        return Kind.MOLE
    return Kind.ACNE_MARK


def tone_kind(rows: Pixels, columns: Pixels, label: int, evidence: Evidence) -> Kind:
    """Name an area's change by its place and colour."""
    lighter, less_red = evidence.lighter_and_less_red(rows, columns)
    if less_red > 0.5 * abs(lighter):
        return Kind.REDNESS
    if lighter < 0.0:
        return Kind.SHINE
    return Kind.DARK_CIRCLE if REGIONS[label - 1] in UNDER_EYES else Kind.TEXTURE


def _extent(rows: Pixels, columns: Pixels) -> tuple[float, float]:
    """Return the length and width of the ellipse with these pixels' moments."""
    if len(rows) < 3:
        return float(len(rows)), 1.0
    spread = np.linalg.eigvalsh(
        np.cov(np.stack([rows, columns]).astype(np.float64)) + np.eye(2) / 12
    )
    return 4.0 * float(np.sqrt(spread[1])), 4.0 * float(np.sqrt(spread[0]))
