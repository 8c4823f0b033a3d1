"""A switch: a check box that looks like what it does, on or off at once."""

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QWidget

from app.theme import Theme

TRACK = QSize(30, 16)
_GAP = 8
_RING = 3
"""Room around the track for the ring that shows the focus."""


class Switch(QCheckBox):
    """Space or a click turns it; its text says what it stands at."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("switch")
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        words = self.fontMetrics().size(Qt.TextFlag.TextSingleLine, self.text())
        height = max(TRACK.height(), words.height()) + 2 * _RING
        return QSize(TRACK.width() + 2 * _RING + _GAP + words.width(), height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        on = self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = (self.height() - TRACK.height()) / 2
        track = QRectF(_RING, top, TRACK.width(), TRACK.height())
        if self.hasFocus():
            painter.setPen(QPen(self._theme.colour("focus"), 1.5))
            ring = track.adjusted(-2, -2, 2, 2)
            painter.drawRoundedRect(ring, ring.height() / 2, ring.height() / 2)
        edge = self._theme.colour("accent" if on else "muted")
        painter.setPen(QPen(edge, 1))
        painter.setBrush(edge if on else Qt.BrushStyle.NoBrush)
        inside = track.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(inside, inside.height() / 2, inside.height() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("on_accent" if on else "muted"))
        knob = QRectF(0, 0, TRACK.height() - 6, TRACK.height() - 6)
        half = TRACK.height() / 2
        knob.moveCenter(QPoint(0, 0))
        knob.translate(track.right() - half if on else track.left() + half, track.center().y())
        painter.drawEllipse(knob)
        painter.setPen(self.palette().color(self.foregroundRole()))
        words = self.rect().adjusted(TRACK.width() + 2 * _RING + _GAP, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()
