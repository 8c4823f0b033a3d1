"""The journal: work as it happens, on the disk, so that a crash or a cut cable loses no step.

A folder for each open photo: `document.json`, replaced whole after every step, and the pictures
that it names, those that a step adds in one pack that is synced before the document names it. So
whatever moment a process ends at, the folder holds the last finished step. A lock that ends with
the process tells work that was left behind from work that goes on.
"""

import io
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from retouchgpt_core.document.folder_lock import FolderLock
from retouchgpt_core.document.older import in_tiles
from retouchgpt_core.document.pictures import Pictures, png
from retouchgpt_core.document.project import Kept, Project, explained, kept_in
from retouchgpt_core.document.records import box_to_json, document_of, parsed, state_of
from retouchgpt_core.document.source import Source
from retouchgpt_core.document.state import EditState
from retouchgpt_core.errors import PhotoWriteError, ProjectError
from retouchgpt_core.photo import Photo
from retouchgpt_core.photo.atomic import write_atomically
from retouchgpt_core.retouch.tiled import Pixels

FORMAT, VERSION = "rgpt-journal", 2
_DOCUMENT = "document.json"
_MAX_DOCUMENT = 64 << 20
_PICTURE = re.compile(r"(\d{1,9}\.pack):(\d{1,12}):(\d{1,12})")
_Known = tuple[Pixels, str]
"""A picture, held on to so that its id cannot become another's, and the name it is under."""


class Journal:
    """Writes one photo's work. `write` after every step; `close` once nothing can be lost."""

    def __init__(self, root: Path, photo: Photo, kept: Kept) -> None:
        """Begin a folder below `root`, which is made if it is missing. Raises PhotoWriteError."""
        self.folder = root / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{token_hex(4)}"
        try:
            self.folder.mkdir(parents=True)
            self._lock = FolderLock(self.folder)
        except OSError as error:
            raise PhotoWriteError(
                f"{root} cannot be written to, so work is not kept against a crash.",
                "Make room there, or save the project yourself now and then.",
            ) from error
        self._source = Source.of(photo, self.folder)
        self._kept = kept
        self._written: dict[int, _Known] = {}
        self._packs = 0
        self._state: EditState | None = None

    def write(self, state: EditState, label: str = "") -> bool:
        """Bring the folder up to a state; `label` names its last step. False if it is already.

        What was written before stays valid until the new document is complete. Raises
        PhotoWriteError with a sentence: the disk is full, or the folder is gone.
        """
        if state is self._state:
            return False
        pack = f"{self._packs}.pack"
        new = io.BytesIO()
        named: dict[int, _Known] = {}

        def keep(_what: str, _number: int, pixels: Pixels) -> str:
            known = self._written.get(id(pixels)) or named.get(id(pixels))
            if known is None:
                data = png(pixels)
                known = pixels, f"{pack}:{new.tell()}:{len(data)}"
                new.write(data)
            named[id(pixels)] = known
            return known[1]

        document = {
            "format": FORMAT,
            "version": VERSION,
            "label": label,
            "weights": dict(self._kept.weights),
            "boxes": [box_to_json(box) for box in self._kept.boxes],
            "source": self._source.to_json(),
            **document_of(state, keep),
        }
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        if new.tell():
            write_atomically(self.folder / pack, new.getvalue())
            self._packs += 1
        write_atomically(self.folder / _DOCUMENT, text.encode())
        unused = _packs_of(self._written) - _packs_of(named)
        self._written, self._state = named, state
        for name in unused:
            with suppress(OSError):
                (self.folder / name).unlink()
        return True

    def close(self) -> None:
        """Remove the folder: the work was saved, or is not wanted."""
        self._lock.release()
        discard(self.folder)


@dataclass(frozen=True, slots=True)
class Left:
    """Work that a process left behind: of which photo, and when its last step was written."""

    folder: Path
    source: Source
    label: str
    written: datetime


def left_behind(root: Path) -> list[Left]:
    """Return the work below `root` that no running process goes on with, the newest first.

    Folders that hold nothing readable are passed over; `discard` removes them.
    """
    found: list[Left] = []
    for folder in _folders(root):
        with suppress(ProjectError):
            document = _document_in(folder)
            source = Source.from_json(document["source"])
            when = datetime.fromtimestamp((folder / _DOCUMENT).stat().st_mtime, UTC)
            found.append(Left(folder, source, str(document["label"]), when))
    return sorted(found, key=lambda left: left.written, reverse=True)


def recovered(left: Left, photo: Photo | None = None) -> Project:
    """Return the work as of its last finished step, with its photo.

    Raises PhotoMissingError if the photo is nowhere to be found and none is given, ProjectError
    if the folder is damaged or the photo given is another picture.
    """
    with explained(left.folder):
        document = _document_in(left.folder)
        source = Source.from_json(document["source"])
        if photo is None:
            photo = source.find(left.folder / _DOCUMENT)
        elif not source.matches(photo):
            raise ProjectError(
                f"This is not the picture {source.shown_name} that was being worked on.",
                "Open the photo that it was.",
            )
        size = photo.width, photo.height
        pictures = Pictures(lambda name, most: _picture_in(left.folder, name, most), size)
        return Project(photo, state_of(document, pictures, size), kept_in(document, size))


def discard(folder: Path) -> None:
    """Remove a folder of the journal with all that is in it."""
    shutil.rmtree(folder, ignore_errors=True)


def _packs_of(known: Mapping[Any, _Known]) -> set[str]:
    return {name.partition(":")[0] for _, name in known.values()}


def _folders(root: Path) -> Iterator[Path]:
    try:
        folders = sorted(path for path in root.iterdir() if (path / _DOCUMENT).is_file())
    except OSError:
        return
    for folder in folders:
        if not FolderLock.is_held(folder):
            yield folder


def _document_in(folder: Path) -> dict[str, Any]:
    with explained(folder):
        path = folder / _DOCUMENT
        if path.stat().st_size > _MAX_DOCUMENT:
            raise ValueError("too long a document")
        document = parsed(path.read_bytes())
        if document["format"] != FORMAT or document["version"] not in (1, VERSION):
            raise ValueError("another format")
        return in_tiles(document) if document["version"] == 1 else document


def _picture_in(folder: Path, name: str, most: int) -> bytes:
    found = _PICTURE.fullmatch(name)
    if found is None:
        raise ValueError(f"{name} is no picture of the journal")
    start, length = int(found[2]), int(found[3])
    if length > most:
        raise ValueError(f"{name} is longer than its picture")
    with (folder / found[1]).open("rb") as file:
        file.seek(start)
        return file.read(length)
