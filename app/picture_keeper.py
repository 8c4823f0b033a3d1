"""Pictures without a file, pasted or dropped: kept in a file, so that they open like any other."""

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QStandardPaths, QThreadPool, Signal
from PySide6.QtGui import QImage


def pasted_folder() -> Path:
    """Return where pasted pictures are kept."""
    cache = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericCacheLocation)
    return Path(cache) / "RetouchGPT" / "pasted"


class _Job(QRunnable):
    def __init__(self, image: QImage, path: Path, keeper: "PictureKeeper") -> None:
        super().__init__()
        self._image = image
        self._path = path
        self._keeper = keeper

    def run(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        done = self._image.save(str(self._path))
        (self._keeper.kept if done else self._keeper.refused).emit(self._path)


class PictureKeeper(QObject):
    """Writes pictures on a thread of its own; `kept` is sent with the file's path."""

    kept = Signal(Path)
    refused = Signal(Path)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def keep(self, image: QImage) -> None:
        """Write a picture as PNG."""
        name = f"{datetime.now():%Y-%m-%d %H.%M.%S.%f}"[:-3]
        self._pool.start(_Job(image, pasted_folder() / f"Pasted {name}.png", self))

    def stop(self) -> None:
        """Wait for what is being written."""
        self._pool.waitForDone(5000)
