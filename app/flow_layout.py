"""A layout that fills rows from the left and goes on below, as words do."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Rows of widgets of their own size; `gap` pixels between them.

    Qt asks for the same sizes many times while it lays out, so they are remembered.
    """

    def __init__(self, parent: QWidget | None = None, gap: int = 5) -> None:
        super().__init__(parent)
        self._gap = gap
        self._items: list[QLayoutItem] = []
        self._hint: QSize | None = None
        self._arranged: dict[int, list[list[tuple[QLayoutItem, QSize]]]] = {}
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem, /) -> None:
        self._items.append(item)
        self.invalidate()

    def invalidate(self) -> None:
        """Forget what was remembered: something in it has another size now."""
        self._hint = None
        self._arranged.clear()
        super().invalidate()

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int, /) -> QLayoutItem | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int, /) -> QLayoutItem | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._hint = None
        self._arranged.clear()
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int, /) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        """Return the size on one row."""
        if self._hint is None:
            hints = [item.sizeHint() for item in self._items]
            width = sum(h.width() for h in hints) + self._gap * max(len(hints) - 1, 0)
            height = max((h.height() for h in hints), default=0)
            self._hint = QSize(width, height)
        return self._hint.grownBy(self.contentsMargins())

    def minimumSize(self) -> QSize:
        size = QSize(0, 0)
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size.grownBy(self.contentsMargins())

    def setGeometry(self, rect: QRect, /) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def _arrange(self, rect: QRect, move: bool) -> int:
        inside = rect.marginsRemoved(self.contentsMargins())
        y = inside.y()
        for row in self._rows(inside.width()):
            height = max(size.height() for _, size in row)
            x = inside.x()
            for item, size in row:
                if move:
                    aside = (height - size.height()) // 2
                    item.setGeometry(QRect(QPoint(x, y + aside), size))
                x += size.width() + self._gap
            y += height + self._gap
        below = self.contentsMargins().bottom()
        return max(y - self._gap, inside.y()) + below - rect.y()

    def _rows(self, room: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        """Say what comes on each row of `room` pixels, and how large."""
        if room not in self._arranged:
            self._arranged[room] = self._filled(room)
        return self._arranged[room]

    def _filled(self, room: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        rows: list[list[tuple[QLayoutItem, QSize]]] = []
        left = 0
        for item in self._items:
            size = item.sizeHint()
            width = min(size.width(), room)
            height = item.heightForWidth(width) if item.hasHeightForWidth() else size.height()
            if not rows or width > left:
                rows.append([])
                left = room
            rows[-1].append((item, QSize(width, height)))
            left -= width + self._gap
        return rows
