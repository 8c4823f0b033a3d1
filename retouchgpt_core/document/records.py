"""An edited photo as a JSON document and named pictures, for the project file and the journal."""

import json
import math
import re
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.document.pictures import Pictures
from retouchgpt_core.document.rounds import Round
from retouchgpt_core.document.selection import FacePlace
from retouchgpt_core.document.state import EditState, FillKey
from retouchgpt_core.document.stroke import Stroke
from retouchgpt_core.document.turn import Turn
from retouchgpt_core.geometry import Box, Point, Window
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import Mark, photo_window
from retouchgpt_core.retouch.tiled import Pixels, Tiled
from retouchgpt_core.vocabulary import Kind, Region, Shape

_FAR = 1e7
"""No place or size in a photo is as large as this, in pixels."""
_ID = re.compile(r"[\w-]{1,64}")
_LAYERS = ("spot", "line", "tone")
Keep = Callable[[str, int, Pixels], str]
"""Stores a picture ("mask", "delta" ..., a number, its pixels) and returns the name it is under.

One picture comes as the same object each time.
"""


def document_of(state: EditState, keep: Keep) -> dict[str, Any]:
    """Return the state as JSON; its pictures are handed to `keep`."""
    pool = {m.key: m for one in state.turns for m in one.marks}
    pool |= {mark.key: mark for mark in state.marks.values()}
    numbers = {key: number for number, key in enumerate(pool)}
    tiles = count()
    return {
        "marks": [
            _mark_to_json(mark) | {"mask": keep("mask", n, mark.mask)}
            for n, mark in enumerate(pool.values())
        ],
        "current": [numbers[mark.key] for mark in state.marks.values()],
        "strengths": dict(state.strengths),
        "locks": sorted(state.locks),
        "faces": [[face.number, *box_to_json(face.box)] for face in state.faces],
        "rounds": [round_to_json(one, lambda t: _numbers(t, numbers)) for one in state.rounds],
        "fills": [
            {
                "mark": key[0],
                "revision": key[1],
                "box": box_to_json(fill.box),
                "layer": fill.layer,
                "tiles": [
                    {
                        "box": box_to_json(place),
                        "mask": keep("fill", number := next(tiles), mask),
                        "delta": keep("delta", number, delta),
                    }
                    for place, mask, delta in fill.pieces()
                ],
            }
            for key, fill in state.fills.items()
        ],
    }


def state_of(document: Mapping[str, Any], pictures: Pictures, size: tuple[int, int]) -> EditState:
    """Return the state that a document of the present version holds.

    `size` is the photo's (width, height). Raises ValueError, KeyError, TypeError and the like for
    one that is damaged; nothing in it is taken on trust.
    """
    marks = [_mark_from(entry, pictures, size) for entry in document["marks"]]
    fills = dict(_fill_from(entry, pictures, size) for entry in document["fills"])

    def numbered(numbers: Any) -> tuple[Mark, ...]:
        return tuple(marks[_index(i, marks)] for i in numbers)

    current = [marks[_index(i, marks)] for i in document["current"]]
    return EditState(
        marks={mark.id: mark for mark in current},
        strengths=_strengths_from(document["strengths"]),
        locks=frozenset(str(i) for i in document["locks"]),
        fills=fills,
        rounds=tuple(round_from(entry, numbered, size) for entry in document["rounds"]),
        faces=tuple(
            FacePlace(int(number), box_from(box)) for number, *box in document.get("faces", ())
        ),
    )


def parsed(text: bytes | str) -> Any:
    """Parse JSON that must hold finite numbers only; ValueError otherwise."""
    return json.loads(text, parse_constant=_finite, parse_float=_finite)


def box_to_json(box: Box) -> list[int]:
    """Return [x, y, width, height]."""
    return [box.x, box.y, box.width, box.height]


def box_from(values: list[int]) -> Box:
    """Read a box back; ValueError if it is none."""
    x, y, width, height = (int(v) for v in values)
    return Box(x, y, width, height)


def stroke_to_json(stroke: Stroke) -> dict[str, Any]:
    """Return a stroke as JSON, in photo pixels."""
    entry: dict[str, Any] = {
        "points": [[p.x, p.y] for p in stroke.points],
        "radius": stroke.radius,
        "hardness": stroke.hardness,
        "erase": stroke.erase,
        "mark": stroke.mark,
    }
    if stroke.shape is not Shape.BRUSH:
        entry["shape"] = str(stroke.shape)
    return entry | {"late": True} if stroke.late else entry


def stroke_from(entry: Mapping[str, Any]) -> Stroke:
    """Read a stroke back; ValueError if it lies nowhere near a photo."""
    points = tuple(Point(_near(x), _near(y)) for x, y in entry["points"])
    radius, hardness = _near(entry["radius"]), float(entry["hardness"])
    if not points or radius <= 0 or not 0 <= hardness <= 1:
        raise ValueError("a stroke that cannot be")
    shape = Shape(entry.get("shape", Shape.BRUSH))
    erase, late = bool(entry["erase"]), bool(entry.get("late", False))
    return Stroke(points, radius, hardness, erase, str(entry["mark"]), shape, late)


def _numbers(turn: Turn, numbers: Mapping[FillKey, int]) -> list[int]:
    return [numbers[mark.key] for mark in turn.marks]


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} in the document")
    return value


def _near(value: Any) -> float:
    if not abs(number := float(value)) < _FAR:
        raise ValueError(f"a place or size of {value}")
    return number


def _index(number: object, marks: list[Mark]) -> int:
    if not isinstance(number, int) or not 0 <= number < len(marks):
        raise ValueError(f"there is no mark {number}")
    return number


def _strengths_from(entry: Mapping[str, Any]) -> dict[str, float]:
    return {str(i): float(strength) for i, strength in entry.items()}


def round_to_json(one: Round, marks: Callable[[Turn], list[int]]) -> dict[str, Any]:
    """Return a round as JSON; `marks` numbers those that a turn changes."""
    turn = one.turn
    return {
        "number": one.number,
        "label": one.label,
        "strengths": dict(one.strengths),
        "strokes": [stroke_to_json(stroke) for stroke in one.strokes],
        "kinds": {i: str(kind) for i, kind in one.kinds.items()},
        "enabled": one.enabled,
        "fixed": one.fixed,
        "turn": None
        if turn is None
        else {
            "text": turn.text,
            "plan": turn.plan.to_json(),
            "reply": turn.reply,
            "marks": marks(turn),
        },
    }


def round_from(
    entry: Mapping[str, Any],
    marks: Callable[[Any], tuple[Mark, ...]],
    size: tuple[int, int],
) -> Round:
    """Read a round back; `marks` finds those that a turn changes by their numbers."""
    said = entry["turn"]
    turn = None
    if said is not None:
        turn = Turn(
            text=str(said["text"]),
            plan=Plan.from_json(said["plan"]),
            reply=str(said["reply"]),
            marks=marks(said["marks"]),
            photo_size=size,
        )
    return Round(
        number=int(entry["number"]),
        label=str(entry["label"]),
        strengths=_strengths_from(entry["strengths"]),
        turn=turn,
        strokes=tuple(stroke_from(each) for each in entry["strokes"]),
        kinds={str(i): Kind(kind) for i, kind in entry["kinds"].items()},
        enabled=bool(entry["enabled"]),
        fixed=bool(entry["fixed"]),
    )


def _mark_to_json(mark: Mark) -> dict[str, Any]:
    window = mark.mask_window
    return {
        "id": mark.id,
        "revision": mark.revision,
        "face": mark.face,
        "kind": str(mark.kind),
        "region": str(mark.region),
        "centre": [mark.centre.x, mark.centre.y],
        "radius": mark.radius,
        "box": box_to_json(mark.box),
        "confidence": mark.confidence,
        "painted": mark.painted,
        "window": [window.x, window.y, window.size, window.pixels],
        "mask_box": box_to_json(mark.mask_box),
    }


def _mark_from(entry: Mapping[str, Any], pictures: Pictures, size: tuple[int, int]) -> Mark:
    x, y, side, pixels = entry["window"]
    window = Window(_near(x), _near(y), _near(side), int(pixels))
    if not (window.size > 0 and 0 < window.pixels <= max(4096, photo_window(size).pixels)):
        raise ValueError("a window of no size")
    box, mask_box = box_from(entry["box"]), box_from(entry["mask_box"])
    if box.empty or box.clamp(*size) != box:
        raise ValueError("a mark outside the photo")
    if mask_box.empty or max(mask_box.width, mask_box.height) > max(4096, *size):
        raise ValueError("a mask larger than the photo")
    if max(abs(mask_box.x), abs(mask_box.y)) > _FAR or not _ID.fullmatch(str(entry["id"])):
        raise ValueError("a mark that cannot be")
    return Mark(
        id=str(entry["id"]),
        face=int(entry["face"]),
        kind=Kind(entry["kind"]),
        region=Region(entry["region"]),
        centre=Point(_near(entry["centre"][0]), _near(entry["centre"][1])),
        radius=_near(entry["radius"]),
        box=box,
        confidence=float(entry["confidence"]),
        mask_window=window,
        mask_box=mask_box,
        mask=pictures.read(entry["mask"], (mask_box.height, mask_box.width), np.uint8),
        painted=bool(entry["painted"]),
        revision=int(entry["revision"]),
    )


def _fill_from(
    entry: Mapping[str, Any], pictures: Pictures, size: tuple[int, int]
) -> tuple[FillKey, Fill]:
    box = box_from(entry["box"])
    if box.empty or box.clamp(*size) != box or entry["layer"] not in _LAYERS:
        raise ValueError("a fill that cannot be")
    tiles = [_tile_from(each, pictures, box) for each in entry["tiles"]]
    if sum(place.area for place, _, _ in tiles) > box.area:
        raise ValueError("tiles over each other")
    if [place for place, _, _ in tiles] == [Box.of_size(box.width, box.height)]:
        _, mask, delta = tiles[0]
    else:
        shape = (box.height, box.width)
        mask = Tiled(shape, np.dtype(np.uint8), tuple((p, m) for p, m, _ in tiles))
        delta = Tiled((*shape, 3), np.dtype(np.float16), tuple((p, d) for p, _, d in tiles))
    fill = Fill(str(entry["mark"]), box, mask, delta, str(entry["layer"]), size)
    return (fill.mark_id, int(entry["revision"])), fill.sparse()


def _tile_from(
    entry: Mapping[str, Any], pictures: Pictures, box: Box
) -> tuple[Box, NDArray[np.uint8], NDArray[np.float16]]:
    """Return one tile of a fill in `box`: its place there, its mask, its delta."""
    where = box_from(entry["box"])
    place = where.relative_to(box)
    if where.empty or place.clamp(box.width, box.height) != place:
        raise ValueError("a tile outside its fill")
    mask = pictures.read(entry["mask"], (place.height, place.width), np.uint8)
    bits = pictures.read(entry["delta"], (place.height, place.width, 3), np.uint16)
    delta = np.ascontiguousarray(bits).view(np.float16)
    if not np.isfinite(delta).all():
        raise ValueError("a fill with values that are no numbers")
    mask.flags.writeable = delta.flags.writeable = False
    return place, mask, delta
