"""Files that are written whole or not at all."""

import errno
import os
import re
import secrets
import stat
import time
from contextlib import suppress
from pathlib import Path

from retouchgpt_core.errors import PhotoWriteError

_ABANDONED = 3600.0
"""Seconds after which a temporary file is taken for one whose program was killed while saving."""


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` at `path` by way of a temporary file in the same folder, synced to the disk.

    Whatever was at `path` stays untouched until the new file is complete. A link stays one: what
    it leads to is replaced. Raises PhotoWriteError with a sentence, leaving nothing behind, if the
    folder is missing, is not a folder, may not be written to or is full, or the file there is
    protected against writing.
    """
    path = _where(path)
    temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.tmp")
    _sweep(path)
    try:
        if path.is_dir():
            raise PhotoWriteError(f"{path} is a folder.", "Name a file inside it.")
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "protected", str(path))
        _write_and_sync(temporary, data, _mode_of(path))
        os.replace(temporary, path)
    except OSError as error:
        raise _explained(error, path) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    _sync_folder(path.parent)


def _sweep(path: Path) -> None:
    """Remove what a program left behind that was killed while saving this very file."""
    left = re.compile(rf"\.{re.escape(path.name[:80])}\.[0-9a-f]{{12}}\.tmp")
    with suppress(OSError):
        for other in path.parent.iterdir():
            if left.fullmatch(other.name):
                with suppress(OSError):
                    if time.time() - other.stat().st_mtime > _ABANDONED:
                        other.unlink()


def _where(path: Path) -> Path:
    try:
        return path.resolve() if os.path.islink(path) else path
    except (OSError, RuntimeError) as error:  # links that lead to each other
        raise PhotoWriteError(
            f"{path} is a link that leads nowhere.", "Choose another name."
        ) from error


def _mode_of(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None


def _write_and_sync(path: Path, data: bytes, mode: int | None) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        path.chmod(mode)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable where the system allows it (Windows does not)."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _explained(error: OSError, path: Path) -> PhotoWriteError:
    folder = path.parent
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return PhotoWriteError(
                f"The folder {folder} does not exist.", "Create it or choose another one."
            )
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return PhotoWriteError(
                f"{path} may not be written.", "Choose another name, or another folder."
            )
        case errno.ENOSPC | errno.EDQUOT:
            return PhotoWriteError(
                f"The disk is full; {path.name} was not saved.",
                "Free some space or choose another disk.",
            )
        case errno.ENAMETOOLONG:
            return PhotoWriteError(f"The name {path.name[:40]}... is too long.", "Shorten it.")
        case _:
            reason = error.strerror or "the system gave no reason"
            return PhotoWriteError(
                f"{path} could not be written: {reason}.", "Choose another place and try again."
            )
