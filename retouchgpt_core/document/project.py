"""The project file: everything that was found and done, so that work can go on another day.

A zip archive: `project.json` (versioned), the marks' masks as 8-bit PNG, the fills' deltas as
16-bit PNG that holds the half floats bit for bit. The photo itself is not in it, only its hash.
"""

import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.document.state import EditState
from retouchgpt_core.document.turn import Turn
from retouchgpt_core.errors import PlanError, ProjectError
from retouchgpt_core.geometry import Box, Point, Window
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.photo import Photo
from retouchgpt_core.photo.atomic import write_atomically
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import Mark, photo_window
from retouchgpt_core.vocabulary import Kind, Region

FORMAT, VERSION = "rgpt", 1
_DOCUMENT = "project.json"
_MAX_DOCUMENT = 64 << 20
_MAX_ENTRIES = 100_000
_MAX_TOTAL = 8 << 30
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CODECS = cast("Any", imagecodecs)
_DAMAGE = (
    KeyError,
    TypeError,
    ValueError,
    IndexError,
    OverflowError,
    RuntimeError,
    EOFError,
    OSError,
    NotImplementedError,
    AttributeError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    PlanError,
)


def save_project(path: str | Path, photo: Photo, state: EditState) -> None:
    """Write the state of an edited photo, whole or not at all.

    Raises PhotoWriteError with a sentence.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        pool = {mark.key: mark for turn in state.turns for mark in turn.marks}
        pool |= {mark.key: mark for mark in state.marks.values()}
        keys = {key: number for number, key in enumerate(pool)}
        for key, number in keys.items():
            archive.writestr(f"masks/{number}.png", _png(pool[key].mask))
        fills = list(state.fills.items())
        for number, (_, fill) in enumerate(fills):
            archive.writestr(f"fills/{number}-mask.png", _png(fill.mask))
            archive.writestr(f"fills/{number}-delta.png", _png(fill.delta.view(np.uint16)))
        document = {
            "format": FORMAT,
            "version": VERSION,
            "source": {
                "name": "" if photo.path is None else photo.path.name,
                "width": photo.width,
                "height": photo.height,
                "depth": photo.depth,
                "sha256": photo_hash(photo),
            },
            "marks": [_mark_to_json(mark) for mark in pool.values()],
            "current": [keys[mark.key] for mark in state.marks.values()],
            "strengths": dict(state.strengths),
            "locks": sorted(state.locks),
            "turns": [
                {
                    "text": turn.text,
                    "plan": turn.plan.to_json(),
                    "reply": turn.reply,
                    "marks": [keys[mark.key] for mark in turn.marks],
                }
                for turn in state.turns
            ],
            "fills": [
                {
                    "mark": key[0],
                    "revision": key[1],
                    "box": _box_to_json(fill.box),
                    "layer": fill.layer,
                }
                for key, fill in fills
            ],
        }
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        archive.writestr(_DOCUMENT, text, zipfile.ZIP_DEFLATED)
    write_atomically(Path(path), buffer.getvalue())


def load_project(path: str | Path, photo: Photo) -> EditState:
    """Read a state that was saved for this photo.

    Raises ProjectError with a sentence: no such file, damaged, hostile, of a newer version, or
    made for another photo.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            return _state_from(archive, photo, path.name)
    except ProjectError:
        raise
    except FileNotFoundError as error:
        raise ProjectError(f"There is no file {path}.", "Check the name.") from error
    except MemoryError as error:
        raise ProjectError(
            f"There is not enough memory to open {path.name}.", "Close other programs first."
        ) from error
    except _DAMAGE as error:
        raise ProjectError(
            f"{path.name} is not a project, or it is damaged.", "Open an earlier copy of it."
        ) from error


def photo_hash(photo: Photo) -> str:
    """Return the SHA-256 of the photo's size, depth and pixels; the file's name does not count."""
    found = hashlib.sha256(f"{photo.width} {photo.height} {photo.depth} ".encode())
    found.update(np.ascontiguousarray(photo.pixels).data)
    return found.hexdigest()


def _state_from(archive: zipfile.ZipFile, photo: Photo, name: str) -> EditState:
    entries = archive.infolist()
    if len(entries) > _MAX_ENTRIES or sum(entry.file_size for entry in entries) > _MAX_TOTAL:
        raise ValueError("too much in the archive")
    if any(entry.compress_type not in _COMPRESSIONS for entry in entries):
        raise ValueError("another compression")
    if archive.getinfo(_DOCUMENT).file_size > _MAX_DOCUMENT:
        raise ValueError("too long a document")
    document = json.loads(archive.read(_DOCUMENT), parse_constant=_refuse_constant)
    if document["format"] != FORMAT:
        raise ValueError("another format")
    if int(document["version"]) > VERSION:
        raise ProjectError(
            f"{name} was made by a newer version of the program.", "Update the program first."
        )
    if document["source"]["sha256"] != photo_hash(photo):
        made_for = str(document["source"]["name"]) or "another photo"
        raise ProjectError(
            f"{name} was made for {made_for}, and this is not the same picture.",
            "Open the photo that it was made for.",
        )
    size = (photo.width, photo.height)
    marks = [
        _mark_from(entry, _mask(archive, f"masks/{number}.png", entry["mask_box"], size), size)
        for number, entry in enumerate(document["marks"])
    ]
    fills = [
        _fill_from(archive, number, entry, size) for number, entry in enumerate(document["fills"])
    ]
    current = [marks[_index(i, marks)] for i in document["current"]]
    return EditState(
        marks={mark.id: mark for mark in current},
        strengths={str(i): float(s) for i, s in document["strengths"].items()},
        locks=frozenset(str(i) for i in document["locks"]),
        fills=dict(fills),
        turns=tuple(
            Turn(
                text=str(turn["text"]),
                plan=Plan.from_json(turn["plan"]),
                reply=str(turn["reply"]),
                marks=tuple(marks[_index(i, marks)] for i in turn["marks"]),
                photo_size=size,
            )
            for turn in document["turns"]
        ),
    )


def _refuse_constant(word: str) -> float:
    raise ValueError(f"{word} in the document")


def _index(number: object, marks: list[Mark]) -> int:
    if not isinstance(number, int) or not 0 <= number < len(marks):
        raise ValueError(f"there is no mark {number}")
    return number


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
        "box": _box_to_json(mark.box),
        "confidence": mark.confidence,
        "painted": mark.painted,
        "window": [window.x, window.y, window.size, window.pixels],
        "mask_box": _box_to_json(mark.mask_box),
    }


def _mark_from(entry: Mapping[str, Any], mask: NDArray[np.uint8], size: tuple[int, int]) -> Mark:
    x, y, side, pixels = entry["window"]
    window = Window(float(x), float(y), float(side), int(pixels))
    if not (window.size > 0 and 0 < window.pixels <= max(4096, photo_window(size).pixels)):
        raise ValueError("a window of no size")
    box = _box_from(entry["box"])
    if box.empty or box.clamp(*size) != box:
        raise ValueError("a mark outside the photo")
    return Mark(
        id=str(entry["id"]),
        face=int(entry["face"]),
        kind=Kind(entry["kind"]),
        region=Region(entry["region"]),
        centre=Point(float(entry["centre"][0]), float(entry["centre"][1])),
        radius=float(entry["radius"]),
        box=box,
        confidence=float(entry["confidence"]),
        mask_window=window,
        mask_box=_box_from(entry["mask_box"]),
        mask=mask,
        painted=bool(entry["painted"]),
        revision=int(entry["revision"]),
    )


def _fill_from(
    archive: zipfile.ZipFile, number: int, entry: Mapping[str, Any], size: tuple[int, int]
) -> tuple[tuple[str, int], Fill]:
    box = _box_from(entry["box"])
    if box.clamp(*size) != box or entry["layer"] not in ("spot", "line", "tone"):
        raise ValueError("a fill that cannot be")
    mask = _mask(archive, f"fills/{number}-mask.png", entry["box"], size)
    bits = _decoded(archive, f"fills/{number}-delta.png", (box.height, box.width, 3), np.uint16)
    delta = np.ascontiguousarray(bits).view(np.float16)
    if not np.isfinite(delta).all():
        raise ValueError("a fill with values that are no numbers")
    fill = Fill(str(entry["mark"]), box, mask, delta, str(entry["layer"]), size)
    return (fill.mark_id, int(entry["revision"])), fill


def _mask(
    archive: zipfile.ZipFile, name: str, box: list[int], size: tuple[int, int]
) -> NDArray[np.uint8]:
    place = _box_from(box)
    if place.empty or max(place.width, place.height) > max(4096, *size):
        raise ValueError("a mask larger than the photo")
    return _decoded(archive, name, (place.height, place.width), np.uint8)


def _decoded(
    archive: zipfile.ZipFile, name: str, shape: tuple[int, ...], dtype: type[Any]
) -> NDArray[Any]:
    """Decode a PNG entry, its header checked before anything is unpacked."""
    expected = int(np.prod(shape)) * np.dtype(dtype).itemsize
    if archive.getinfo(name).file_size > 2 * expected + 65536:
        raise ValueError("an entry longer than its picture")
    data = archive.read(name)
    width, height, depth = struct.unpack(">IIB", data[16:25])
    if (height, width) != shape[:2] or depth != 8 * np.dtype(dtype).itemsize:
        raise ValueError(f"a picture of {width} x {height} at {depth} bits")
    pixels = cast("NDArray[Any]", _CODECS.png_decode(data))
    if pixels.shape != shape or pixels.dtype != dtype:
        raise ValueError(f"a picture of shape {pixels.shape}")
    return pixels


def _png(array: NDArray[Any]) -> bytes:
    return bytes(_CODECS.png_encode(np.ascontiguousarray(array), level=3))


def _box_to_json(box: Box) -> list[int]:
    return [box.x, box.y, box.width, box.height]


def _box_from(values: list[int]) -> Box:
    x, y, width, height = (int(v) for v in values)
    return Box(x, y, width, height)
