"""Marks that stay as photographed stay so even where another mark's fill lies over them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.masks import photo_mask
from retouchgpt_core.retouch.tiled import Tiled

_Place = tuple[Box, NDArray[np.float32]]
"""How much of a fill is left around a held mark, (h, w) in [0, 1]."""
_RIM = 0.5
"""Width of the rim around a spared mark, over which other fills fade in, by the mark's radius."""


_MIDDLE = 0.5
"""How far a spot's middle reaches, by its radius."""
_COVERED = 128
"""Mask level from which a pixel belongs to a mark more than not."""


@dataclass(frozen=True, slots=True)
class Held:
    """Marks that stay as photographed.

    `locked` by the user: nothing of other fills lies over them. `kept` by a sentence: predicted
    fills of spots and lines leave out all that is more than half theirs, and where more of them
    lies than of the fill. `natural`: permanent marks that nobody spoke of; of them only the
    latter, unless the fill belongs to what is surely the same spot. Tone-like fills
    lie over kept and natural marks as over the skin around them: they are smooth, so that a mole
    keeps its contrast, and without them a disc of the old tone would surround it. What the user
    painted wins over both.
    """

    locked: tuple[Mark, ...] = ()
    kept: tuple[Mark, ...] = ()
    natural: tuple[Mark, ...] = ()


def spared(
    fills: Iterable[Fill],
    locked: Sequence[Mark],
    kept: Sequence[Mark] = (),
    natural: Sequence[Mark] = (),
    owners: Mapping[str, Mark] = MappingProxyType({}),
) -> tuple[Fill, ...]:
    """Return the fills without the places of marks held as in `Held`: 0 where those are.

    `owners` are the fills' own marks by id; a fill without one gives way to locked marks only.
    Around a locked mark a fill fades in, so that no border shows. A fill that touches no
    held mark is the same object.
    """
    fills = tuple(fills)
    every = (*locked, *kept, *natural)
    if not fills or not every:
        return fills
    first_kept, first_natural = len(locked), len(locked) + len(kept)
    places: dict[int, _Place] = {}
    left_out: dict[int, list[_Place]] = {}
    for at, number in _touching([f.box for f in fills], every):
        fill, mark, owner = fills[at], every[number], owners.get(fills[at].mark_id)
        if number >= first_kept and (owner is None or not _may_be_spared(owner, mark)):
            continue
        if number < first_kept:
            if number not in places:
                places[number] = _place(mark)
            left_out.setdefault(at, []).append(places[number])
        elif number < first_natural:
            left_out.setdefault(at, []).append(_owned(fill, mark, whole=True))
        elif owner is not None and not _same_spot(fill, owner, mark):
            left_out.setdefault(at, []).append(_owned(fill, mark))
    return tuple(_without(fill, left_out.get(at, ())) for at, fill in enumerate(fills))


def _touching(boxes: Sequence[Box], marks: Sequence[Mark]) -> Iterator[tuple[int, int]]:
    """Yield (box, mark) indices of boxes that reach into a mark's surroundings."""
    around = [m.box.pad(_rim(m)) for m in marks]
    a, b = (
        np.array([(e.x, e.y, e.right, e.bottom) for e in each]).reshape(-1, 1, 4)
        for each in (boxes, around)
    )
    b = b.reshape(1, -1, 4)
    meet = (a[..., :2] < b[..., 2:]).all(-1) & (b[..., :2] < a[..., 2:]).all(-1)
    for at, number in zip(*np.nonzero(meet), strict=True):
        yield int(at), int(number)


def _may_be_spared(owner: Mark, mark: Mark) -> bool:
    """Say whether a kept or natural mark is left out of a fill, whatever lies where.

    A line that is kept gives way to a spot on it, and to a line that crosses it: both were asked
    for, and a gap would show.
    """
    if owner.painted or owner.layer == "tone" or mark.layer == "tone":
        return False
    return mark.layer == "spot" or (owner.layer == "spot" and not _covers(mark, owner.centre))


def _same_spot(fill: Fill, owner: Mark, mark: Mark) -> bool:
    """Say whether a permanent mark is but a less sure name for the spot that a fill is of.

    It is if it lies in that spot's middle. At its edge, or surer than it, a mole is a mole; and no
    line is a mole.
    """
    return (
        owner.layer == "spot"
        and owner.confidence >= mark.confidence
        and owner.centre.distance(mark.centre) <= _MIDDLE * owner.radius
        and _level(fill.box, fill.mask, mark.centre)
    )


def _covers(mark: Mark, point: Point) -> bool:
    return _level(*photo_mask(mark), point) if mark.box.contains(point) else False


def _level(box: Box, mask: NDArray[np.uint8] | Tiled, point: Point) -> bool:
    x, y = int(point.x) - box.x, int(point.y) - box.y
    return (
        0 <= x < box.width
        and 0 <= y < box.height
        and bool(mask[y : y + 1, x : x + 1].max() >= _COVERED)
    )


def _rim(mark: Mark) -> int:
    return max(2, round(_RIM * mark.radius))


def _place(mark: Mark) -> _Place:
    """Return how much of other fills is left around a mark, (h, w) float32, 0 on the mark."""
    box, mask = photo_mask(mark)
    rim = _rim(mark)
    free = cv2.copyMakeBorder(
        (mask == 0).astype(np.uint8), rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=1
    )
    away = cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return box.pad(rim), np.clip(away / rim, 0.0, 1.0).astype(np.float32)


def _owned(fill: Fill, mark: Mark, whole: bool = False) -> _Place:
    """Return how much of a fill a mark leaves: nothing where the mark's mask is the larger.

    As between two spots that are both retouched, a pixel belongs to one of them; at the border of
    touching marks the fill keeps its own side. A `whole` mark keeps all that is more than half
    its own, whatever the fill's mask is there.
    """
    box, mask = photo_mask(mark)
    own = np.zeros(mask.shape, np.float32)
    both = box.intersection(fill.box)
    own[both.relative_to(box).slices] = fill.mask[both.relative_to(fill.box).slices]
    left = 2.0 * (own - mask) / np.maximum(own, 1.0)
    if whole:
        left = np.minimum(left, 2.0 - mask / np.float32(_COVERED / 2))
    return box, np.clip(left, 0.0, 1.0).astype(np.float32)


def _without(fill: Fill, places: Sequence[_Place]) -> Fill:
    def left(piece: Box, mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
        own: NDArray[np.uint8] | None = None
        for box, share in places:
            both = piece.intersection(box)
            if not both.empty:
                own = mask.copy() if own is None else own
                target = own[both.relative_to(piece).slices]
                target[:] = target * share[both.relative_to(box).slices]
        return mask if own is None else own

    return fill.masked(left) if places else fill


__all__ = ["Held", "spared"]
