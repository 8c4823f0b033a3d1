"""File endings: which are read, which are written, and what a retouched photo is called."""

from pathlib import Path

from retouchgpt_core.errors import PhotoWriteError
from retouchgpt_core.photo.content import PhotoFormat

WRITTEN: dict[str, PhotoFormat] = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WebP",
    ".avif": "AVIF",
    ".heic": "HEIC",
    ".heif": "HEIC",
}
RAW = frozenset(
    {".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dng", ".erf", ".fff", ".iiq", ".kdc", ".mef"}
    | {".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2"}
    | {".srf", ".srw", ".x3f"}
)


def format_for(path: Path) -> PhotoFormat:
    """Return the format that the file's extension names. Raises PhotoWriteError if unknown."""
    ending = path.suffix.lower()
    if ending in RAW:
        raise PhotoWriteError(
            f"{path.name} would be a camera RAW file, which only a camera writes.", "Use .tif."
        )
    found = WRITTEN.get(ending)
    if found is None:
        raise PhotoWriteError(
            f"{path.name} has no ending that says how to save it.",
            "Use .jpg, .png, .tif, .webp or .avif.",
        )
    return found
