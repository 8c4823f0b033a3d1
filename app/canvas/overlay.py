"""The tinted marks over the photo: codes made on the worker's thread, colours in the window."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtGui import QImage, QPainter

from app.canvas.weave import SMALLEST, Pattern, pattern_of, woven
from app.palette import code_colour
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.vocabulary import KINDS, TONE_KINDS, Kind

KIND_BITS = 0x0F
PAINTED_INDEX = 15
STATE_SHIFT = 4
FOUND, PENDING, APPLIED = range(3)
EDGE = 0x40
WEAVE = 0x80
GROUND, LINE = 0.5, 1.7
"""How opaque a pattern's ground and lines are, relative to a plain inside."""
VISIBLE_FROM = 16
"""Mask values below this are not drawn (they may still change a pixel by a grain)."""
LONGEST_SIDE = 2048
"""Codes are sampled so that no side is longer."""


@dataclass(frozen=True, slots=True)
class OverlayPart:
    """Codes (h, w) uint8 for a box of the photo, one every `step` pixels.

    A code is the kind's index + 1 (15: painted), the state << 4, EDGE on outlines and WEAVE on the
    lines of the kind's pattern; 0 is bare.
    """

    box: Box
    step: int
    codes: np.ndarray


def step_for(box: Box) -> int:
    """Return how many photo pixels one code stands for, so that LONGEST_SIDE is kept."""
    return max(1, -(-max(box.width, box.height) // LONGEST_SIDE))


def encode(
    kinds: np.ndarray,
    pending: np.ndarray,
    applied: np.ndarray,
    corner: tuple[int, int] = (0, 0),
    period: int = SMALLEST,
) -> np.ndarray:
    """Make (h, w) uint8 codes from kind indices and the two masks, all (h, w) uint8.

    `corner` (left, top) is where they lie among all codes, `period` how far patterns repeat.
    """
    will = pending >= VISIBLE_FROM
    done = (applied >= VISIBLE_FROM) & ~will
    codes = np.minimum(kinds, PAINTED_INDEX).astype(np.uint8)
    codes[(will | done) & (codes == 0)] = PAINTED_INDEX
    codes[will] |= PENDING << STATE_SHIFT
    codes[done] |= APPLIED << STATE_SHIFT
    rank = _RANK[codes]
    edge = np.zeros(codes.shape, bool)
    for one, other in ((_BELOW, _ABOVE), (_RIGHT, _LEFT)):
        differs = codes[one] != codes[other]
        edge[one] |= differs & (rank[one] >= rank[other])
        edge[other] |= differs & (rank[other] >= rank[one])
    lines = woven(codes & KIND_BITS, *corner, period)
    codes[edge & (codes > 0)] |= EDGE
    codes[lines & (codes > 0)] |= WEAVE
    return codes


_ABOVE, _BELOW = np.s_[:-1], np.s_[1:]
_LEFT, _RIGHT = np.s_[:, :-1], np.s_[:, 1:]


def _ranks() -> np.ndarray:
    """Return (256,) uint8: of two neighbours, the one of higher rank has the outline."""
    rank = np.zeros(256, np.uint8)
    for index in range(1, PAINTED_INDEX + 1):
        area = index <= len(KINDS) and KINDS[index - 1] in TONE_KINDS
        rank[index | FOUND << STATE_SHIFT] = 1 if area else 2
        rank[index | APPLIED << STATE_SHIFT] = 3
        rank[index | PENDING << STATE_SHIFT] = 4
    return rank


_RANK = _ranks()


@dataclass(frozen=True, slots=True)
class Emphasis:
    """What the overlay shows strongly, faintly or not at all.

    `hidden` kinds are left out unless they will change; `pointed` is shown as a whole, found or
    applied; with `deciding`, what is only found steps back behind what will change. `opacity`
    makes all of it fainter (towards 0) or stronger (up to 2).
    """

    hidden: frozenset[Kind] = frozenset()
    pointed: Kind | None = None
    deciding: bool = False
    opacity: float = 1.0

    def alphas(self, index: int, state: int) -> tuple[float, float]:
        """Return how opaque the inside and the outline of a kind's index in a state are."""
        kind = KINDS[index - 1] if index <= len(KINDS) else None
        if state == PENDING:
            return 0.42, 1.0
        if kind is not None and kind is self.pointed:
            return 0.34, 0.95
        if state == APPLIED or kind in self.hidden or kind in TONE_KINDS:
            return 0.0, 0.0
        return (0.0, 0.28) if self.deciding else (0.16, 0.75)


class Overlay:
    """The codes of the whole overlay and the picture that shows them.

    Areas that were only found have no outline: on a real face they would cover all of it.
    """

    def __init__(self, part: OverlayPart, emphasis: Emphasis | None = None) -> None:
        self.box = part.box
        self.step = part.step
        self.codes = part.codes.copy()
        self.emphasis = emphasis or Emphasis()
        self._table = _colour_table(self.emphasis)
        self.image = _coloured(self.codes, self._table)
        """Premultiplied ARGB, one pixel for every code."""

    def show(self, emphasis: Emphasis) -> None:
        """Draw with another emphasis."""
        if emphasis != self.emphasis:
            self.emphasis = emphasis
            self._table = _colour_table(emphasis)
            self.image = _coloured(self.codes, self._table)

    def put(self, part: OverlayPart) -> None:
        """Replace the codes of a part; its box must lie on this overlay's grid."""
        left, top = (part.box.x - self.box.x) // self.step, (part.box.y - self.box.y) // self.step
        height, width = part.codes.shape
        rows, columns = slice(top, top + height), slice(left, left + width)
        self.codes[rows, columns] = part.codes
        painter = QPainter(self.image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(left, top, _coloured(part.codes, self._table))
        painter.end()

    def kind_at(self, point: Point) -> Kind | None:
        """Return the kind drawn at a photo point."""
        index = self._code(point) & KIND_BITS
        return KINDS[index - 1] if 0 < index <= len(KINDS) else None

    def pending_at(self, point: Point) -> bool:
        """Say whether the point is part of what will change."""
        return (self._code(point) >> STATE_SHIFT) & 3 == PENDING

    def _code(self, point: Point) -> int:
        if not self.box.contains(point):
            return 0
        row, column = int(point.y - self.box.y) // self.step, int(point.x - self.box.x) // self.step
        height, width = self.codes.shape
        return int(self.codes[min(row, height - 1), min(column, width - 1)])


def _coloured(codes: np.ndarray, table: Sequence[int]) -> QImage:
    """Return (h, w) uint8 codes in their colours; Qt looks them up several times faster."""
    height, width = codes.shape
    rows = np.ascontiguousarray(codes)
    indexed = QImage(rows.data, width, height, width, QImage.Format.Format_Indexed8)
    indexed.setColorTable(table)
    image = indexed.convertToFormat(QImage.Format.Format_ARGB32)
    # The table's colours are premultiplied, which a table of Qt's cannot say.
    image.reinterpretAsFormat(QImage.Format.Format_ARGB32_Premultiplied)
    return image


@lru_cache(8)
def _colour_table(emphasis: Emphasis) -> Sequence[int]:
    """Return the premultiplied ARGB of each of the 256 codes."""
    table = [0] * 256
    for state in (FOUND, PENDING, APPLIED):
        for index in range(1, PAINTED_INDEX + 1):
            colour = code_colour(index)
            channels = (colour.red(), colour.green(), colour.blue())
            inside, outline = emphasis.alphas(index, state)
            plain = index > len(KINDS) or pattern_of(KINDS[index - 1]) is Pattern.PLAIN
            ground = inside if plain else GROUND * inside
            parts = ((0, ground), (WEAVE, LINE * inside), (EDGE, outline), (EDGE | WEAVE, outline))
            for edge, strength in parts:
                alpha = min(strength * emphasis.opacity, 1.0)
                red, green, blue = (round(c * alpha) for c in channels)
                packed = round(255 * alpha) << 24 | red << 16 | green << 8 | blue
                table[index | state << STATE_SHIFT | edge] = packed
    return table
