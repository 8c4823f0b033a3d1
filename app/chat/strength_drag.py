"""A strength that is changed by dragging it, with the arrow keys, or from a short list."""

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from app.i18n import tr
from app.words import capital, strength_words
from retouchgpt_core.vocabulary import (
    STRENGTH_REMOVE,
    STRENGTH_SLIGHT,
    STRENGTH_SOFTEN,
    STRENGTH_STRONG,
)

PIXELS_A_PERCENT = 1.5
SLACK = 4
KEY_STEP = 0.05
_LIST = (STRENGTH_REMOVE, STRENGTH_STRONG, STRENGTH_SOFTEN, STRENGTH_SLIGHT, 0.0)


class StrengthDrag(QToolButton):
    """Shows a strength (0 to 1); `changed` is sent once it was set to another one."""

    changed = Signal(float)

    def __init__(self, strength: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strength")
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setToolTip(tr("Drag to change the strength, or click for a list"))
        self.setAccessibleName(tr("Strength"))
        self._from: QPointF | None = None
        self._dragging = False
        self._sent = self.strength = strength
        self._show()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._from, self._dragging = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is None:
            return
        moved = event.position().x() - self._from.x()
        if self._dragging or abs(moved) >= SLACK:
            self._dragging = True
            percent = round(100 * self._sent + moved / PIXELS_A_PERCENT)
            self.strength = min(max(percent, 0), 100) / 100
            self._show()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        del event
        pressed, self._from = self._from is not None, None
        if self._dragging:
            self._dragging = False
            self._send()
        elif pressed:
            self.open_list()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: KEY_STEP, Qt.Key.Key_Down: -KEY_STEP}.get(Qt.Key(event.key()))
        if step is not None:
            self._set(round(min(max(self.strength + step, 0.0), 1.0), 3))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space):
            self.open_list()
        else:
            super().keyPressEvent(event)

    def open_list(self) -> QMenu:
        """Offer the strengths that words stand for."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for strength in _LIST:
            action = menu.addAction(capital(strength_words(strength)))
            action.setCheckable(True)
            action.setChecked(strength == self.strength)
            action.triggered.connect(lambda _checked=False, s=strength: self._set(s))
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))
        return menu

    def _set(self, strength: float) -> None:
        self.strength = strength
        self._show()
        self._send()

    def _show(self) -> None:
        self.setText(strength_words(self.strength))

    def _send(self) -> None:
        if self.strength != self._sent:
            self._sent = self.strength
            self.changed.emit(self.strength)
