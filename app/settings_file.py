"""A settings file that is read at once and written on a thread of its own."""

import threading
from pathlib import Path

from PySide6.QtCore import QSettings


class SettingsFile:
    """Values by name. What is kept is known at once, and in the file a little later.

    Only the latest value of a name is written; other names in the file stay as they are there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        file = QSettings(str(path), QSettings.Format.IniFormat)
        self._values = {name: file.value(name) for name in file.allKeys()}
        self._lock = threading.Lock()
        self._unwritten: dict[str, object] = {}
        self._writer: threading.Thread | None = None

    def value(self, name: str, default: object = None) -> object:
        """Return what was kept under a name."""
        return self._values.get(name, default)

    def keep(self, name: str, value: object) -> None:
        """Keep a value; the program does not end before it is written."""
        if name in self._values and self._values[name] == value:
            return
        self._values[name] = value
        with self._lock:
            self._unwritten[name] = value
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="settings")
                self._writer.start()

    def finish(self) -> None:
        """Wait until everything is in the file."""
        with self._lock:
            writer = self._writer
        if writer is not None:
            writer.join()

    def _write(self) -> None:
        while True:
            with self._lock:
                values, self._unwritten = self._unwritten, {}
                if not values:
                    self._writer = None
                    return
            file = QSettings(str(self._path), QSettings.Format.IniFormat)
            for name, value in values.items():
                file.setValue(name, value)
            file.sync()
