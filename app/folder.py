"""The photos of a folder, in order, and which of them is open."""

import re
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.files import READABLE, proposed_path

_RESULT = re.compile(r" retouched( \d+)?$")
_ENDINGS = frozenset(pattern[1:] for pattern in READABLE.split())


class Folder(QObject):
    """Follows the open photo: its folder's photos are the next and previous ones."""

    changed = Signal()
    moved = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.place: Path | None = None
        self.photos: tuple[Path, ...] = ()
        self.current: Path | None = None

    def enter(self, place: Path) -> Path | None:
        """List a folder; returns its first photo, or None if there is none."""
        self.place = place
        self.photos = photos_in(place)
        self.changed.emit()
        return self.photos[0] if self.photos else None

    def follow(self, photo: Path) -> None:
        """Note which photo is open; another folder than the listed one is listed anew."""
        self.current = photo
        if photo.parent != self.place or photo not in self.photos:
            self.enter(photo.parent)
        self.moved.emit()

    def beside(self, step: int) -> Path | None:
        """Return the photo so many places after (or before) the open one."""
        if self.current not in self.photos:
            return None
        at = self.photos.index(self.current) + step
        return self.photos[at] if 0 <= at < len(self.photos) else None

    def rest(self) -> tuple[Path, ...]:
        """Return all photos but the open one."""
        return tuple(p for p in self.photos if p != self.current)


def photos_in(place: Path) -> tuple[Path, ...]:
    """Return the photos of a folder in the order of their names, numbers by value.

    What was saved beside an original as "... retouched" is left out: it is not to be done again.
    """
    try:
        files = [p for p in place.iterdir() if p.suffix.lower() in _ENDINGS]
    except OSError:
        return ()
    stems = {p.stem for p in files}
    kept = [p for p in files if p.name[0] != "." and not _is_result(p, stems)]
    return tuple(sorted(kept, key=lambda p: _by_number(p.name)))


def is_done(photo: Path) -> bool:
    """Say whether a retouched version was saved beside a photo."""
    return proposed_path(photo).exists()


def _is_result(photo: Path, stems: set[str]) -> bool:
    original = _RESULT.sub("", photo.stem)
    return original != photo.stem and original in stems


def _by_number(name: str) -> list[tuple[int, int, str]]:
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in parts]
