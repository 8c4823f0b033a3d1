"""A lock on a folder that ends with the process, however it ends."""

import sys
from pathlib import Path
from typing import IO

_NAME = "lock"


class FolderLock:
    """Holds a folder for this process. Raises OSError if another one holds it already."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / _NAME).open("w+b")
        try:
            _lock(self._file)
        except OSError:
            self._file.close()
            raise

    def release(self) -> None:
        """Let go of the folder."""
        self._file.close()

    @staticmethod
    def is_held(folder: Path) -> bool:
        """Say whether a running process holds the folder."""
        try:
            FolderLock(folder).release()
        except OSError:
            return True
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
