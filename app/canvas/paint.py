"""How the canvas is painted: photo, marks, stroke, ring and labels."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.canvas.cursor import (
    draw_label,
    draw_outline,
    draw_padlock,
    draw_plate,
    draw_ring,
    draw_stroke,
)
from app.canvas.pyramid import Pyramid
from app.canvas.viewport import Viewport
from app.i18n import tr
from app.session import AppSession
from app.theme import Theme
from app.view_state import Compare
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.vocabulary import Shape

SHARP_FROM = 2.0
"""From this many device pixels a photo pixel on, photo pixels are drawn as squares."""


def _whole(scale: float) -> float:
    """Return a scale without the rounding error that a whole one picked up on the way."""
    return float(round(scale)) if math.isclose(scale, round(scale), rel_tol=1e-9) else scale


class CanvasPainter:
    """Paints what the session holds; keeps nothing."""

    def __init__(self, session: AppSession, theme: Theme) -> None:
        self._session = session
        self._theme = theme

    def background(self, painter: QPainter, area: QRect) -> None:
        """Fill with the neutral grey that photos are judged against."""
        painter.fillRect(area, self._theme.colour("canvas"))

    def photo(
        self, painter: QPainter, view: Viewport, area: QRect, compare: Compare, split: float
    ) -> None:
        """Draw the photo's part in `area`, before and after as `compare` says."""
        photo = self._session.photo
        assert photo is not None
        before = photo.before
        if compare is not Compare.SPLIT:
            self._pyramid(painter, view, area, before if compare is Compare.BEFORE else photo.after)
            return
        line = round(split * view.across)
        left = area.intersected(QRect(0, 0, line, round(view.down)))
        right = area.intersected(QRect(line, 0, round(view.across) - line, round(view.down)))
        self._pyramid(painter, view, left, before)
        self._pyramid(painter, view, right, photo.after)
        painter.setPen(QPen(QColor(0, 0, 0, 110), 3))
        painter.drawLine(line, 0, line, round(view.down))
        painter.setPen(QPen(QColor(255, 255, 255, 230), 1))
        painter.drawLine(line, 0, line, round(view.down))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_ring(painter, QPointF(line, view.down / 2), 11)

    def _pyramid(self, painter: QPainter, view: Viewport, area: QRect, pyramid: Pyramid) -> None:
        if area.isEmpty():
            return
        to_device = painter.deviceTransform()
        dots = to_device.m11()
        first = view.to_photo(area.left() - 1, area.top() - 1)
        last = view.to_photo(area.right() + 2, area.bottom() + 2)
        box = Box.from_edges(first.x, first.y, last.x, last.y).clamp(view.width, view.height)
        if box.empty:
            return
        level = view.level(len(pyramid.levels), dots)
        halves = Box.from_edges(
            box.x >> level,
            box.y >> level,
            -(-box.right >> level),
            -(-box.bottom >> level),
        )
        corner = to_device.map(QPointF(view.left, view.top))
        scale = _whole(view.scale * dots * 2**level)
        target = QRectF(
            round(corner.x()) + halves.x * scale,
            round(corner.y()) + halves.y * scale,
            halves.width * scale,
            halves.height * scale,
        )
        painter.save()
        painter.setClipRect(area)
        # In device pixels, so that none of Qt's own scaling comes between photo and screen.
        painter.setWorldTransform(to_device.inverted()[0] * painter.worldTransform())
        smooth = scale < SHARP_FROM and scale != 1.0
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        source = QRectF(halves.x, halves.y, halves.width, halves.height)
        painter.drawImage(target, pyramid.levels[level], source)
        painter.restore()

    def marks(
        self,
        painter: QPainter,
        view: Viewport,
        hovered: str | None,
        compare: Compare,
        split: float,
    ) -> None:
        """Draw the overlay, rings around hovered and selected marks, locks on kept ones."""
        overlay = self._session.overlay
        judging = compare is Compare.SPLIT and self._session.state.pending is None
        if overlay is None or not self._session.overlay_shown or judging:
            return
        painter.save()
        if compare is Compare.SPLIT:
            line = round(split * view.across)
            painter.setClipRect(line, 0, round(view.across) - line, round(view.down))
        left, top = view.to_window(Point(overlay.box.x, overlay.box.y))
        image = overlay.image
        scale = view.scale * overlay.step
        target = QRectF(left, top, image.width() * scale, image.height() * scale)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < SHARP_FROM * 2)
        painter.drawImage(target, image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for mark_id in {hovered, *self._session.selected} - {None}:
            mark = self._session.state.mark(str(mark_id))
            if mark is not None:
                x, y = view.to_window(mark.centre)
                radius = max(mark.radius * view.scale * 1.35, 9.0)
                draw_ring(painter, QPointF(x, y), radius, dashed=mark_id != hovered)
        for mark_id in self._session.state.locks:
            mark = self._session.state.mark(mark_id)
            if mark is not None and mark.kind not in self._session.hidden_kinds:
                x, y = view.to_window(mark.centre)
                draw_padlock(painter, QPointF(x, y))
        painter.restore()

    def plate(self, painter: QPainter, view: Viewport, hovered: str, lines: Sequence[str]) -> None:
        """Say beside the hovered mark what it is and what will happen to it."""
        mark = self._session.state.mark(hovered)
        if mark is None or not lines or not self._session.overlay_shown:
            return
        x, y = view.to_window(mark.centre)
        reach = max(mark.radius * view.scale * 1.35, 9.0)
        reach = min(reach, view.across / 4)
        around = QRectF(x - reach, y - reach, 2 * reach, 2 * reach)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRectF(8, 8, view.across - 16, view.down - 16)
        draw_plate(painter, lines, QPointF(around.right() + 8, y - 16), room, around)

    def stroke(
        self,
        painter: QPainter,
        view: Viewport,
        points: Sequence[Point],
        erase: bool,
        pressure: float = 1.0,
        shape: Shape = Shape.BRUSH,
    ) -> None:
        """Draw the stroke that is under way or that the worker has not answered yet."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        drawn = [QPointF(*view.to_window(p)) for p in points]
        if shape is Shape.LASSO:
            draw_outline(painter, drawn, erase)
            return
        draw_stroke(painter, drawn, self._session.brush_radius * pressure * view.scale, erase)

    def ring(self, painter: QPainter, view: Viewport, at: QPointF) -> None:
        """Draw the brush's outline at the mouse."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self._session.brush_radius * view.scale
        draw_ring(painter, at, radius)
        inner = radius * self._session.brush_hardness
        if self._session.brush_hardness < 1 and inner > 4:
            painter.setPen(QPen(QColor(255, 255, 255, 130), 1, Qt.PenStyle.DotLine))
            painter.drawEllipse(at, inner, inner)

    def labels(self, painter: QPainter, view: Viewport, compare: Compare, split: float) -> None:
        """Say which side is before and which after."""
        if compare in (Compare.OFF, Compare.SIDE):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if compare is Compare.BEFORE:
            draw_label(painter, tr("Before"), QPointF(14, 14))
            return
        line = split * view.across
        draw_label(painter, tr("Before"), QPointF(line - 14, 14), right=True)
        draw_label(painter, tr("After"), QPointF(line + 14, 14))

    @staticmethod
    def divide(painter: QPainter, middle: int, height: int) -> None:
        """Draw the border of two halves and say which is which."""
        painter.setPen(QPen(QColor(0, 0, 0, 200), 2))
        painter.drawLine(middle, 0, middle, height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_label(painter, tr("Before"), QPointF(14, 14))
        draw_label(painter, tr("After"), QPointF(middle + 14, 14))
