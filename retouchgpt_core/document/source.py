"""Which photo a project belongs to, and where it may be now."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from retouchgpt_core.errors import PhotoMissingError, PhotoReadError
from retouchgpt_core.photo import Photo

_SHOWN_NAME = 120


@dataclass(frozen=True, slots=True)
class Source:
    """What a project says of its photo: file name, place (seen from the project), size, pixels.

    `place` is "" if unknown; `depth` in bits; `sha256` is `photo_hash`'s; `inside` the name of the
    copy in the project, "" if there is none.
    """

    name: str
    place: str
    width: int
    height: int
    depth: int
    sha256: str
    inside: str = ""

    @classmethod
    def of(cls, photo: Photo, beside: Path, inside: str = "") -> "Source":
        """Describe a photo for a document in the folder `beside`."""
        place = ""
        if photo.path is not None:
            try:
                place = Path(os.path.relpath(photo.path, beside)).as_posix()
            except ValueError:  # another drive
                place = photo.path.absolute().as_posix()
        name = "" if photo.path is None else photo.path.name
        sha256 = photo_hash(photo)
        return cls(name, place, photo.width, photo.height, photo.depth, sha256, inside)

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> "Source":
        """Read it from a document; raises KeyError, TypeError or ValueError if it is damaged."""
        return cls(
            name=Path(str(entry["name"])[:_SHOWN_NAME]).name,
            place=str(entry.get("place", "")),
            width=int(entry["width"]),
            height=int(entry["height"]),
            depth=int(entry["depth"]),
            sha256=str(entry["sha256"]),
            inside=str(entry.get("inside", "")),
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "name": self.name,
            "place": self.place,
            "width": self.width,
            "height": self.height,
            "depth": self.depth,
            "sha256": self.sha256,
            "inside": self.inside,
        }

    @property
    def shown_name(self) -> str:
        """What to call the photo in a sentence."""
        return self.name or "another photo"

    def matches(self, photo: Photo) -> bool:
        """Say whether it is this photo, pixel for pixel; the file's name does not count."""
        if (photo.width, photo.height, photo.depth) != (self.width, self.height, self.depth):
            return False
        return photo_hash(photo) == self.sha256

    def find(self, document: Path) -> Photo:
        """Return the photo from where it was, or from beside the document.

        Raises PhotoMissingError if it is in neither place, or is not the same picture any more.
        """
        for path in self._places(document):
            try:
                photo = Photo.read(path)
            except PhotoReadError:
                continue
            if self.matches(photo):
                return photo
        raise PhotoMissingError(
            f"The photo {self.shown_name} of {document.name} is not where it was.",
            "Say where it is now.",
        )

    def _places(self, document: Path) -> Iterator[Path]:
        named = [name for name in (self.place, self.name) if name and "\0" not in name]
        for path in dict.fromkeys(document.absolute().parent / name for name in named):
            if path.is_file():  # a regular one: no pipe and no device is ever opened
                yield path


def photo_hash(photo: Photo) -> str:
    """Return the SHA-256 of the photo's size, depth and pixels; the file's name does not count."""
    found = hashlib.sha256(f"{photo.width} {photo.height} {photo.depth} ".encode())
    found.update(np.ascontiguousarray(photo.pixels).data)
    return found.hexdigest()
