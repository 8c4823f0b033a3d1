"""What the canvas draws over the photo: the brush's ring, a live stroke, rings and small labels."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen

_DARK = QColor(0, 0, 0, 150)
_BRIGHT = QColor(255, 255, 255, 235)
ADD = QColor(255, 157, 46, 120)
TAKE = QColor(20, 20, 22, 130)


def draw_ring(painter: QPainter, at: QPointF, radius: float, dashed: bool = False) -> None:
    """Draw a circle that shows on every background; radius in window pixels."""
    radius = max(radius, 1.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_DARK, 3))
    painter.drawEllipse(at, radius, radius)
    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    painter.setPen(QPen(_BRIGHT, 1.3, style))
    painter.drawEllipse(at, radius, radius)


def draw_stroke(painter: QPainter, points: Sequence[QPointF], radius: float, erase: bool) -> None:
    """Draw a stroke while the mouse is down; lengths in window pixels."""
    if not points:
        return
    path = QPainterPath(points[0])
    for point in points[1:]:
        path.lineTo(point)
    if len(points) == 1:
        path.lineTo(points[0] + QPointF(0.01, 0))
    pen = QPen(TAKE if erase else ADD, 2 * radius)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)


def draw_outline(painter: QPainter, points: Sequence[QPointF], erase: bool) -> None:
    """Draw a lasso's outline while it is drawn, closed as it will be; in window pixels."""
    if not points:
        return
    path = QPainterPath(points[0])
    for point in points[1:]:
        path.lineTo(point)
    path.setFillRule(Qt.FillRule.WindingFill)
    painter.fillPath(path, TAKE if erase else ADD)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_DARK, 3))
    painter.drawPath(path)
    painter.setPen(QPen(_BRIGHT, 1.3))
    painter.drawPath(path)
    painter.setPen(QPen(_BRIGHT, 1.3, Qt.PenStyle.DashLine))
    painter.drawLine(points[-1], points[0])


def draw_plate(
    painter: QPainter, lines: Sequence[str], corner: QPointF, room: QRectF, mark: QRectF
) -> None:
    """Draw lines on a dark plate at a corner, or on the mark's other side if there is no room."""
    font = QFont(painter.font())
    font.setPointSizeF(9.5)
    painter.setFont(font)
    size = painter.fontMetrics().size(0, "\n".join(lines))
    plate = QRectF(corner.x(), corner.y(), size.width() + 20, size.height() + 13)
    if plate.right() > room.right():
        plate.moveRight(mark.left() - 8)
    plate.moveTop(min(max(plate.top(), room.top()), room.bottom() - plate.height()))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(18, 19, 21, 225))
    painter.drawRoundedRect(plate, 7, 7)
    painter.setPen(QColor(240, 240, 240))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, "\n".join(lines))


def draw_band(painter: QPainter, band: QRectF) -> None:
    """Draw the box in which marks are being chosen."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(QColor(255, 255, 255, 28))
    painter.setPen(QPen(_DARK, 3))
    painter.drawRect(band)
    painter.setPen(QPen(_BRIGHT, 1, Qt.PenStyle.DashLine))
    painter.drawRect(band)


def draw_label(painter: QPainter, text: str, corner: QPointF, right: bool = False) -> None:
    """Draw words in a small dark plate whose top-left (or top-right) corner is given."""
    font = QFont(painter.font())
    font.setPointSizeF(9.5)
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    size = painter.fontMetrics().size(0, text)
    plate = QRectF(corner.x(), corner.y(), size.width() + 18, size.height() + 9)
    if right:
        plate.moveRight(corner.x())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(18, 19, 21, 205))
    painter.drawRoundedRect(plate, 7, 7)
    painter.setPen(QColor(240, 240, 240))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def draw_padlock(painter: QPainter, at: QPointF) -> None:
    """Draw a small lock, for marks that are kept."""
    painter.setPen(QPen(_DARK, 3.4))
    body = QRectF(at.x() - 4.5, at.y() - 2, 9, 7)
    arc = QRectF(at.x() - 3, at.y() - 6.5, 6, 8)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(arc, 0, 180 * 16)
    painter.drawRoundedRect(body, 1.5, 1.5)
    painter.setPen(QPen(_BRIGHT, 1.4))
    painter.drawArc(arc, 0, 180 * 16)
    painter.setBrush(_BRIGHT)
    painter.drawRoundedRect(body, 1.5, 1.5)
