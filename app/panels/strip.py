"""The film strip: the photos of a folder as small pictures, the open one marked."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.folder import Folder, is_done
from app.i18n import tr
from app.theme import Theme
from app.thumbnail_loader import ThumbnailLoader

SIDE = 84


class FilmStrip(QListWidget):
    """`chosen` is sent when a photo is clicked or Enter is pressed on it.

    Pictures are read only for what is in sight.
    """

    chosen = Signal(Path)

    def __init__(self, folder: Folder, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self._folder = folder
        self._theme = theme
        self._loader = ThumbnailLoader(2 * SIDE, self)
        self._loader.loaded.connect(self._on_loaded)
        self._items: dict[Path, QListWidgetItem] = {}
        self.setAccessibleName(tr("Photos of the folder"))
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setFlow(QListWidget.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListWidget.Movement.Static)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setGridSize(QSize(SIDE + 22, SIDE + 30))
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setFixedHeight(SIDE + 46)
        self.itemActivated.connect(self._choose)
        self.itemClicked.connect(self._choose)
        self.horizontalScrollBar().valueChanged.connect(self._read_what_is_in_sight)
        folder.changed.connect(self._fill)
        folder.moved.connect(self._mark)
        theme.changed.connect(self._fill)

    def settle(self) -> None:
        """Say anew which photos have a retouched version."""
        for path, item in self._items.items():
            self._name(path, item)

    def stop(self) -> None:
        """End reading pictures."""
        self._loader.stop()

    def _fill(self) -> None:
        self._loader.drop()
        self.clear()
        self._items.clear()
        empty = self._theme.pixmap("photo", "muted", SIDE // 2)
        for path in self._folder.photos:
            item = QListWidgetItem(QIcon(empty), path.name)
            item.setData(Qt.ItemDataRole.UserRole, path)
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
            item.setSizeHint(QSize(SIDE + 18, SIDE + 26))
            self._name(path, item)
            self.addItem(item)
            self._items[path] = item
        self._mark()
        self._read_what_is_in_sight()

    @staticmethod
    def _name(path: Path, item: QListWidgetItem) -> None:
        done = is_done(path)
        item.setText(f"\u2713 {path.name}" if done else path.name)
        item.setToolTip(tr("{name}: retouched", name=path.name) if done else path.name)

    def _mark(self) -> None:
        item = self._items.get(self._folder.current) if self._folder.current else None
        self.blockSignals(True)
        if item is None:
            self.clearSelection()
        else:
            self.setCurrentItem(item)
        self.blockSignals(False)
        if item is not None:
            self.scrollToItem(item, QListWidget.ScrollHint.PositionAtCenter)
        self._read_what_is_in_sight()

    def _read_what_is_in_sight(self) -> None:
        shown = self.viewport().rect().adjusted(-SIDE, 0, SIDE, 0)
        for path, item in self._items.items():
            if self.isVisible() and self.visualItemRect(item).intersects(shown):
                image = self._loader.ask(path)
                if image is not None:
                    self._show(item, image)

    def _on_loaded(self, path: Path, image: QImage) -> None:
        item = self._items.get(path)
        if item is not None:
            self._show(item, image)

    def _show(self, item: QListWidgetItem, image: QImage) -> None:
        if image.isNull():
            return
        pixmap = QPixmap(2 * SIDE, 2 * SIDE)
        pixmap.fill(QColor(0, 0, 0, 0))
        painter = QPainter(pixmap)
        painter.drawImage((2 * SIDE - image.width()) // 2, 2 * SIDE - image.height(), image)
        painter.end()
        pixmap.setDevicePixelRatio(2.0)
        icon = QIcon(pixmap)
        icon.addPixmap(pixmap, QIcon.Mode.Selected)
        item.setIcon(icon)

    def _choose(self, item: QListWidgetItem) -> None:
        path = item.data(Qt.ItemDataRole.UserRole)
        if path != self._folder.current:
            self._mark()
            self.chosen.emit(path)

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # pyright: ignore[reportArgumentType]
        self._read_what_is_in_sight()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # pyright: ignore[reportArgumentType]
        self._read_what_is_in_sight()
