"""The small picture in the corner that says which part of the photo is in sight."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.canvas.pyramid import Pyramid
from app.canvas.viewport import Viewport
from retouchgpt_core.geometry import Point

SIDE = 132.0
MARGIN = 12.0


class Navigator:
    """Shown once a part of the photo is out of sight; a press on it goes there."""

    @staticmethod
    def place(view: Viewport) -> QRectF | None:
        """Return where the picture lies in the window, or None while all is in sight."""
        whole = view.visible()
        if whole.width >= view.width and whole.height >= view.height:
            return None
        scale = SIDE / max(view.width, view.height)
        width, height = view.width * scale, view.height * scale
        if width > view.across / 3 or height > view.down / 3:
            return None
        return QRectF(MARGIN, view.down - MARGIN - height, width, height)

    def point_at(self, at: QPointF, view: Viewport) -> Point | None:
        """Return the photo point under a window point, or None beside the picture."""
        place = self.place(view)
        if place is None or not place.contains(at):
            return None
        scale = view.width / place.width()
        return Point((at.x() - place.x()) * scale, (at.y() - place.y()) * scale)

    def paint(self, painter: QPainter, view: Viewport, pyramid: Pyramid) -> None:
        """Draw the picture and a frame around what is in sight."""
        place = self.place(view)
        if place is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 160))
        painter.drawRect(place.adjusted(-3, -3, 3, 3))
        small = pyramid.levels[-1]
        painter.drawImage(place, small, QRectF(small.rect()))
        seen, scale = view.visible(), place.width() / view.width
        frame = QRectF(
            place.x() + seen.x * scale,
            place.y() + seen.y * scale,
            seen.width * scale,
            seen.height * scale,
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((QColor(0, 0, 0, 170), 3), (QColor(255, 255, 255), 1)):
            painter.setPen(QPen(colour, width))
            painter.drawRect(frame)
        painter.restore()
