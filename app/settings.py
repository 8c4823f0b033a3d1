"""What the window remembers from one start to the next: recent photos, theme, size, the tour."""

from pathlib import Path
from typing import cast

from PySide6.QtCore import QByteArray, QObject, QStandardPaths, Signal

from app.settings_file import SettingsFile
from app.theme import Look

MOST_RECENT = 10


class Settings(QObject):
    """A file in the user's configuration folder; nothing else reads it."""

    recent_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        places = QStandardPaths.StandardLocation.GenericConfigLocation
        folder = Path(QStandardPaths.writableLocation(places)) / "RetouchGPT"
        self._file = SettingsFile(folder / "window.ini")

    def finish(self) -> None:
        """Wait until everything is in the file, before the program ends."""
        self._file.finish()

    @property
    def recent(self) -> list[Path]:
        """The photos that were opened last, newest first."""
        stored = self._file.value("recent", [])
        names = cast("list[str]", stored if isinstance(stored, list) else [stored])
        return [Path(n) for n in names if n]

    def remember(self, path: Path) -> None:
        """Put a photo on top of the recent ones."""
        kept = [p for p in self.recent if p != path]
        self._file.keep("recent", [str(p) for p in (path, *kept)][:MOST_RECENT])
        self.recent_changed.emit()

    def forget_recent(self) -> None:
        """Empty the list of recent photos."""
        self._file.keep("recent", [])
        self.recent_changed.emit()

    @property
    def look(self) -> Look:
        name = str(self._file.value("look", Look.SYSTEM))
        return Look(name) if name in tuple(Look) else Look.SYSTEM

    @look.setter
    def look(self, look: Look) -> None:
        self._file.keep("look", str(look))

    @property
    def device(self) -> str:
        """What the networks shall run on; "auto" is the fastest that there is."""
        return self.value("device", "auto")

    @device.setter
    def device(self, name: str) -> None:
        self.keep("device", name)

    @property
    def language_model(self) -> Path | None:
        """The folder of the language model that reads; None for the bundled one."""
        name = self.value("language_model", "")
        return Path(name) if name else None

    @language_model.setter
    def language_model(self, folder: Path | None) -> None:
        self.keep("language_model", "" if folder is None else str(folder))
        if folder is not None:
            self.keep("language_folder", str(folder))

    @property
    def toured(self) -> bool:
        """Whether the tour of the first start was seen."""
        return str(self._file.value("toured", "false")) == "true"

    @toured.setter
    def toured(self, toured: bool) -> None:
        self._file.keep("toured", "true" if toured else "false")

    @property
    def place(self) -> tuple[QByteArray, QByteArray] | None:
        """The window's geometry and the state of its docks."""
        geometry, docks = self._file.value("geometry"), self._file.value("docks")
        if isinstance(geometry, QByteArray) and isinstance(docks, QByteArray):
            return geometry, docks
        return None

    @place.setter
    def place(self, place: tuple[QByteArray, QByteArray]) -> None:
        geometry, docks = place
        self._file.keep("geometry", geometry)
        self._file.keep("docks", docks)

    def value(self, name: str, default: str) -> str:
        """Return a word that was kept under a name."""
        return str(self._file.value(name, default))

    def keep(self, name: str, value: str) -> None:
        """Keep a word under a name."""
        self._file.keep(name, value)
