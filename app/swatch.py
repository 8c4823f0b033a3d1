"""A kind's colour and pattern as a small round picture, for lists and chips: the legend."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPixmap

from app.canvas.weave import Pattern, pattern_of
from app.palette import kind_colour
from retouchgpt_core.vocabulary import Kind

_BRUSHES = {
    Pattern.RISING: Qt.BrushStyle.BDiagPattern,
    Pattern.FALLING: Qt.BrushStyle.FDiagPattern,
    Pattern.LEVEL: Qt.BrushStyle.HorPattern,
    Pattern.UPRIGHT: Qt.BrushStyle.VerPattern,
    Pattern.GRID: Qt.BrushStyle.CrossPattern,
    Pattern.DOTS: Qt.BrushStyle.Dense6Pattern,
}


def swatch(kind: Kind, size: int) -> QPixmap:
    """Return the kind's spot of colour with its pattern; size in device-independent pixels."""
    ratio = 2.0
    side = round(size * ratio)
    pixmap = QPixmap(QSize(side, side))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    spot = QRectF(1, 1, side - 2, side - 2)
    painter.setPen(QColor(0, 0, 0, 110))
    painter.setBrush(kind_colour(kind))
    painter.drawEllipse(spot)
    style = _BRUSHES.get(pattern_of(kind))
    if style is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(QColor(0, 0, 0, 150), style))
        painter.drawEllipse(spot)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
