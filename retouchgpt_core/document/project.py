"""The project file: everything that was found and done, so that work can go on another day.

A zip archive: `project.json` (versioned), the marks' masks as 8-bit PNG, the fills in tiles, each a
mask and a 16-bit PNG that holds the delta's half floats bit for bit, and the photo's own file if
that was asked for.
"""

import io
import json
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from retouchgpt_core.document.older import upgraded
from retouchgpt_core.document.pictures import Packed, Pictures
from retouchgpt_core.document.records import box_from, box_to_json, document_of, parsed, state_of
from retouchgpt_core.document.source import Source, photo_hash
from retouchgpt_core.document.state import EditState
from retouchgpt_core.errors import PhotoReadError, PlanError, ProjectError
from retouchgpt_core.geometry import Box
from retouchgpt_core.photo import Photo
from retouchgpt_core.photo.atomic import write_atomically
from retouchgpt_core.retouch.tiled import Pixels

__all__ = ["Kept", "Project", "load_project", "open_project", "photo_hash", "save_project"]

FORMAT, VERSION = "rgpt", 3
_DOCUMENT = "project.json"
_MAX_DOCUMENT = 64 << 20
_MAX_ENTRIES = 100_000
_MAX_TOTAL = 8 << 30
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
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
"""What a damaged or hostile file can make the readers raise: zipfile answers an unknown compression
with NotImplementedError, an encrypted entry with RuntimeError."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a project keeps besides the photo and its state.

    `weights` maps a part's name to a fingerprint of the weights that made the fills (empty if
    unknown); `boxes` were drawn by hand around faces, in photo pixels.
    """

    weights: Mapping[str, str] = field(default_factory=dict[str, str])
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Project:
    """A project that was opened."""

    photo: Photo
    state: EditState
    kept: Kept


NOTHING_ELSE = Kept()


_PACKERS = min(4, os.cpu_count() or 1)
"""Threads that pack pictures side by side: the codec lets others work meanwhile."""


def save_project(
    path: str | Path,
    photo: Photo,
    state: EditState,
    kept: Kept = NOTHING_ELSE,
    with_photo: bool = False,
    packed: Packed | None = None,
) -> None:
    """Write the state of an edited photo, whole or not at all.

    `with_photo` puts a copy of the photo's file in; `packed` knows pictures from the last time.
    Raises PhotoWriteError with a sentence, ProjectError if that file cannot be read any more.
    """
    path = Path(path)
    packed = packed or Packed()
    packed.start()
    buffer = io.BytesIO()
    inside = ""
    pictures: list[tuple[str, Future[bytes]]] = []
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive,
        ThreadPoolExecutor(_PACKERS, "packing") as pool,
    ):
        if with_photo and photo.path is not None:
            inside = f"photo/original{photo.path.suffix.lower()}"
            archive.writestr(inside, _file_of(photo.path))

        def keep(what: str, number: int, pixels: Pixels) -> str:
            name = f"{what}s/{number}.png"
            pictures.append((name, pool.submit(packed.png, pixels)))
            return name

        document = {
            "format": FORMAT,
            "version": VERSION,
            "weights": dict(kept.weights),
            "boxes": [box_to_json(box) for box in kept.boxes],
            "source": Source.of(photo, path.absolute().parent, inside).to_json(),
            **document_of(state, keep),
        }
        for name, png in pictures:
            archive.writestr(name, png.result())
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        archive.writestr(_DOCUMENT, text, zipfile.ZIP_DEFLATED)
    write_atomically(path, buffer.getvalue())


def open_project(path: str | Path, photo: Photo | None = None) -> Project:
    """Open a project with its photo: the one given, its own copy, or the file it was made from.

    Raises PhotoMissingError if the photo is nowhere to be found and none is given, ProjectError
    with a sentence otherwise: no such file, damaged, hostile, of a newer version, or made for
    another photo than the one given.
    """
    path = Path(path)
    with explained(path), zipfile.ZipFile(path) as archive:
        document = _document_in(archive, path.name)
        source = Source.from_json(document["source"])
        if photo is None:
            photo = _copy_in(archive, source, path) or source.find(path)
        elif not source.matches(photo):
            raise ProjectError(
                f"{path.name} was made for {source.shown_name}, and this is not the same picture.",
                "Open the photo that it was made for.",
            )
        size = photo.width, photo.height
        pictures = Pictures(lambda name, most: _entry(archive, name, most), size)
        state = state_of(document, pictures, size)
        return Project(photo, state, kept_in(document, size))


def is_project(path: Path) -> bool:
    """Say whether a file looks like a project; one that cannot be read does not."""
    try:
        with path.open("rb") as file:
            return file.read(2) == b"PK"
    except OSError:
        return False


def load_project(path: str | Path, photo: Photo) -> EditState:
    """Read the state that was saved for this photo; raises ProjectError as `open_project` does."""
    return open_project(path, photo).state


def kept_in(document: Mapping[str, Any], size: tuple[int, int]) -> Kept:
    """Read it from a document; raises KeyError, TypeError or ValueError if it is damaged."""
    weights = {str(part): str(mark) for part, mark in document["weights"].items()}
    boxes = tuple(box_from(values) for values in document["boxes"])
    if any(box.empty or box.clamp(*size).empty for box in boxes):
        raise ValueError("a face outside the photo")
    return Kept(weights, boxes)


def document_in(path: Path) -> dict[str, Any]:
    """Return a project's JSON in the present version's form; raises ProjectError."""
    with explained(path), zipfile.ZipFile(path) as archive:
        return _document_in(archive, path.name)


@contextmanager
def explained(path: Path) -> Generator[None]:
    """Turn whatever a damaged file makes of its readers into one sentence."""
    try:
        yield
    except ProjectError:
        raise
    except FileNotFoundError as error:
        raise ProjectError(f"There is no file {path}.", "Check the name.") from error
    except PermissionError as error:
        raise ProjectError(f"{path} may not be read.", "Ask its owner, or copy it.") from error
    except MemoryError as error:
        raise ProjectError(
            f"There is not enough memory to open {path.name}.", "Close other programs first."
        ) from error
    except _DAMAGE as error:
        raise ProjectError(
            f"{path.name} is not a project, or it is damaged.", "Open an earlier copy of it."
        ) from error


def _document_in(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    entries = archive.infolist()
    if len(entries) > _MAX_ENTRIES or sum(entry.file_size for entry in entries) > _MAX_TOTAL:
        raise ValueError("too much in the archive")
    if any(entry.compress_type not in _COMPRESSIONS for entry in entries):
        raise ValueError("another compression")
    document = parsed(_entry(archive, _DOCUMENT, _MAX_DOCUMENT))
    if document["format"] != FORMAT:
        raise ValueError("another format")
    version = document["version"]
    if not isinstance(version, int) or version < 1:
        raise ValueError(f"version {version}")
    if version > VERSION:
        raise ProjectError(
            f"{name} was made by a newer version of the program.", "Update the program first."
        )
    return upgraded(document)


def _entry(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    if archive.getinfo(name).file_size > most:
        raise ValueError(f"{name} is longer than what it should hold")
    return archive.read(name)  # never unpacked to a place that a name asks for


def _copy_in(archive: zipfile.ZipFile, source: Source, path: Path) -> Photo | None:
    """Return the photo inside the project; None if there is none, or it is another picture."""
    if not source.inside:
        return None
    if archive.getinfo(source.inside).compress_type != zipfile.ZIP_STORED:
        raise ValueError("a packed photo")  # as it lies there it cannot unpack to more than it is
    data = _entry(archive, source.inside, _MAX_TOTAL)
    with tempfile.TemporaryDirectory(prefix="retouchgpt-project-") as folder:
        file = Path(folder) / f"photo{Path(source.inside).suffix[:8]}"
        file.write_bytes(data)
        try:
            photo = Photo.read(file)
        except PhotoReadError:
            return None
    if not source.matches(photo):
        return None
    return replace(photo, path=path.absolute().parent / (source.name or file.name))


def _file_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be read any more, so no copy of it was saved.",
            "Save the project without the photo.",
        ) from error
