"""What a brush stroke means: a painted mark, or a piece taken back from a fill."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.errors import NothingThereError
from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.retouch.analysis import kinds_at
from retouchgpt_core.retouch.blemish import blemish_at
from retouchgpt_core.retouch.face_work import FaceWork
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import Mark, photo_window
from retouchgpt_core.retouch.masks import SoftMask, photo_mask, united
from retouchgpt_core.vocabulary import KINDS, SPOT_KINDS, Kind, Region

_SEEN_FROM = 64
"""A spot lies under a point from this mask value on."""


def painted_id(number: int) -> str:
    """Return the id of the mark that is painted as the `number`th."""
    return f"p{number}"


def last_painted(ids: Iterable[str]) -> int:
    """Return the largest number of a painted mark among these ids; 0 if there is none."""
    numbers = [i[1:] for i in ids if i.startswith("p")]
    return max((int(n) for n in numbers if n.isdecimal()), default=0)


def painted_mark(
    mark_id: str, painted: SoftMask, works: Sequence[FaceWork], photo_size: tuple[int, int]
) -> Mark:
    """Return the mark that a stroke paints: of the spot-like kind that most likely lies under it.

    It belongs to the nearest face; outside that face's regions it counts to its nearest region.
    """
    box, mask = painted
    rows, columns = np.nonzero(mask)
    centre = Point(box.x + float(columns.mean()) + 0.5, box.y + float(rows.mean()) + 0.5)
    work = min(works, key=lambda w: w.analysis.layout.box.centre.distance(centre))
    mark = Mark.from_window_mask(
        mask,
        box,
        photo_window(photo_size),
        photo_size,
        id=mark_id,
        face=work.number,
        kind=_likely_kind(work, centre),
        region=_region_near(work, centre),
        confidence=1.0,
        painted=True,
    )
    if mark is None:
        raise ValueError("a stroke outside the photo paints no mark")
    return mark


def mark_under(
    pixels: NDArray[Any],
    point: Point,
    faces: Sequence[FaceLayout],
    marks: Iterable[Mark],
    feather: float,
) -> SoftMask:
    """Return all of the blemish under a photo point: what stands out there, and a spot's mask.

    `pixels` (H, W, 3) are the photo's; `feather` is the edge's width in photo pixels. Raises
    NothingThereError if there is neither.
    """
    size = pixels.shape[1], pixels.shape[0]
    face = min(faces, key=lambda f: f.box.centre.distance(point))
    found = blemish_at(pixels, point, face.iod, feather)
    parts = [] if found is None else [found]
    spots = (m for m in marks if m.kind in SPOT_KINDS and m.box.contains(point))
    for place, mask in map(photo_mask, spots):
        if mask[int(point.y) - place.y, int(point.x) - place.x] >= _SEEN_FROM:
            parts.append((place, mask))
    if not parts:
        raise NothingThereError(
            "Nothing stands out from the skin there.", "Paint over it with the brush."
        )
    box = Box(0, 0, 0, 0)
    for place, _ in parts:
        box = box.union(place)
    box = box.clamp(*size)
    return box, united(parts, box)


def without_stroke(fill: Fill, mark: Mark) -> Fill:
    """Return the fill for a mark that was partly erased; the deltas stay as they are."""
    box, mask = photo_mask(mark)
    delta = np.zeros((box.height, box.width, 3), np.float16)
    both = box.intersection(fill.box)
    delta[both.relative_to(box).slices] = fill.delta[both.relative_to(fill.box).slices]
    return replace(fill, box=box, mask=mask, delta=delta).sparse()


def _likely_kind(work: FaceWork, centre: Point) -> Kind:
    spots = [k for k in KINDS if k in SPOT_KINDS]
    here = kinds_at(work.analysis, centre, spots)
    return Kind.ACNE if here is None else max(spots, key=lambda k: here[k])


def _region_near(work: FaceWork, centre: Point) -> Region:
    layout = work.analysis.layout
    found = layout.region_at(centre)
    if found is not None:
        return found
    labels = layout.labels
    rows, columns = np.nonzero((labels >= 1) & (labels <= len(Region)))
    if not len(rows):
        return Region.FOREHEAD
    x, y = layout.window.to_window(centre.x, centre.y)
    nearest = int(np.argmin((columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2))
    return tuple(Region)[int(labels[rows[nearest], columns[nearest]]) - 1]
