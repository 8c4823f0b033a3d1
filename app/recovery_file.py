"""The files that hold work which no other file holds yet."""

from pathlib import Path

from PySide6.QtCore import QStandardPaths


def recovery_folder() -> Path:
    """Return where recovery files lie."""
    place = QStandardPaths.StandardLocation.GenericDataLocation
    return Path(QStandardPaths.writableLocation(place)) / "RetouchGPT" / "recovery"


def delete_recovery(path: Path) -> None:
    """Delete a recovery file with what lies beside it."""
    for each in (path, path.with_suffix(".json"), path.with_suffix(".lock")):
        each.unlink(missing_ok=True)
