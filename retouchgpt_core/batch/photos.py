"""The photos that a folder or a pattern names."""

import glob
from pathlib import Path

from retouchgpt_core.errors import UsageError
from retouchgpt_core.photo.formats import RAW, WRITTEN


def photos_of(words: str) -> tuple[Path, ...]:
    """Return the photos of a folder (not of folders in it), of a pattern, or the file so named.

    In the order of their names. Raises UsageError if there is none.
    """
    place = Path(words)
    if place.is_dir():
        found = [p for p in place.iterdir() if p.suffix.lower() in {*WRITTEN, *RAW}]
    else:
        found = [Path(p) for p in glob.glob(words, recursive=True)]
    found = sorted(p for p in found if p.is_file())
    if not found:
        raise UsageError(
            f"There are no photos in {words}." if place.is_dir() else f"Nothing is called {words}.",
            "Name a folder, or a pattern in quotes such as 'shoot/*.jpg'.",
        )
    return tuple(found)
