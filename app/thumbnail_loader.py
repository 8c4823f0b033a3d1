"""Small pictures of files, read on threads of their own."""

from collections import OrderedDict
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader

KEPT = 600


class _Relay(QObject):
    loaded = Signal(Path, QImage)


class _Job(QRunnable):
    def __init__(self, path: Path, side: int, relay: _Relay, wanted: set[Path]) -> None:
        super().__init__()
        self._path = path
        self._side = side
        self._relay = relay
        self._wanted = wanted

    def run(self) -> None:
        if self._path in self._wanted:
            self._relay.loaded.emit(self._path, read_small(self._path, self._side))


class ThumbnailLoader(QObject):
    """Gives `loaded` for each path asked for; a null picture if Qt cannot read the file."""

    loaded = Signal(Path, QImage)

    def __init__(self, side: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self._cache: OrderedDict[Path, QImage] = OrderedDict()
        self._wanted: set[Path] = set()
        self._relay = _Relay()
        self._relay.loaded.connect(self._on_loaded, Qt.ConnectionType.QueuedConnection)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def ask(self, path: Path) -> QImage | None:
        """Return the picture if it is known, else read it in the background."""
        if path in self._cache:
            self._cache.move_to_end(path)
            return self._cache[path]
        if path not in self._wanted:
            self._wanted.add(path)
            self._pool.start(_Job(path, self._side, self._relay, self._wanted))
        return None

    def drop(self) -> None:
        """Forget what is still to be read."""
        self._pool.clear()
        self._wanted.clear()

    def stop(self) -> None:
        """End the threads."""
        self.drop()
        self._pool.waitForDone(5000)

    def _on_loaded(self, path: Path, image: QImage) -> None:
        self._wanted.discard(path)
        self._cache[path] = image
        while len(self._cache) > KEPT:
            self._cache.popitem(last=False)
        self.loaded.emit(path, image)


def read_small(path: Path, side: int) -> QImage:
    """Return a picture upright and at most `side` pixels wide and high, or a null one."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid():
        reader.setScaledSize(size.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if max(image.width(), image.height()) > side:
        image = image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio)
    return image.convertToFormat(QImage.Format.Format_RGB32) if not image.isNull() else image
