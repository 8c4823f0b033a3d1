"""The canvas as something to look at: the photo, its marks, zoom, and both ways to compare."""

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.canvas.cursor import draw_band
from app.canvas.navigator import Navigator
from app.canvas.paint import CanvasPainter
from app.canvas.viewport import Viewport
from app.i18n import tr
from app.session import AppSession
from app.theme import Theme
from app.view_state import Compare
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.vocabulary import Shape


class Surface(QWidget):
    """Shows the session's photo through a viewport.

    Side by side, the viewport describes the left half, and the right half shows the same part.
    """

    zoom_changed = Signal()

    def __init__(self, session: AppSession, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._painter = CanvasPainter(session, theme)
        self._navigator = Navigator()
        self.viewport = Viewport(1, 1, 1, 1)
        self.split = 0.5
        self.hover_words: tuple[str, ...] = ()
        self._stroke: list[Point] = []
        self._sent: list[Point] = []
        self._pressure = 1.0
        self._shape = Shape.BRUSH
        self._erasing = False
        self._dots = self.devicePixelRatioF()
        self._band: tuple[QPointF, QPointF] | None = None
        self._held_before = False
        self._mouse: QPointF | None = None
        self._hovered: str | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Photo"))
        session.photo_changed.connect(self._on_photo)
        session.pixels_changed.connect(self._on_pixels)
        session.overlay_changed.connect(self._on_overlay)
        session.state_changed.connect(self.update)
        session.view_changed.connect(self._on_view)
        session.selection_changed.connect(self.update)
        session.failed.connect(self._on_overlay)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(760, 640)

    # What the window's actions do.

    def fit(self) -> None:
        """Show the whole photo."""
        self._show(self.viewport.fit())

    def magnify(self, times: float) -> None:
        """Show a photo pixel on `times` device pixels, around the mouse or the middle."""
        self._zoom_to(times / self.devicePixelRatioF())

    def zoom_by(self, factor: float) -> None:
        """Zoom around the mouse or the middle."""
        self._zoom_to(self.viewport.scale * factor)

    def look_at(self, box: Box) -> None:
        """Move a part of the photo into the middle, closer if it is small."""
        view = self.viewport
        room = min(view.across / max(box.width, 1), view.down / max(box.height, 1)) / 3
        self._show(view.centred_on(box.centre, min(max(room, view.fit_scale), 2.0)))

    def hold_before(self, held: bool) -> None:
        """Show the photo before for as long as a key or a button is held."""
        if held != self._held_before:
            self._held_before = held
            self.update()

    @property
    def zoom(self) -> float:
        """Device pixels per photo pixel."""
        return self.viewport.scale * self.devicePixelRatioF()

    # Where things are.

    @property
    def _beside(self) -> bool:
        return self._session.compare is Compare.SIDE and self._session.photo is not None

    @property
    def _pane(self) -> float:
        """How wide the part of the window is that the viewport describes."""
        return self.width() / 2 if self._beside else float(self.width())

    def _local(self, at: QPointF) -> QPointF:
        """Map a window point into the viewport: either half shows the same part of the photo."""
        return at - QPointF(self._pane, 0) if self._beside and at.x() >= self._pane else at

    @property
    def seen(self) -> Viewport:
        """The viewport as it is drawn: the photo's corner lies on a whole device pixel."""
        corner, dots = self.mapTo(self.window(), QPoint(0, 0)), self.devicePixelRatioF()
        return self.viewport.on_dots(dots, corner.x() * dots, corner.y() * dots)

    # What the session says.

    def _on_photo(self) -> None:
        photo = self._session.photo
        self._hovered = None
        self.hover_words = ()
        self._stroke.clear()
        self._sent.clear()
        self._band = None
        if photo is not None:
            self.viewport = Viewport.fitted(photo.width, photo.height, self._pane, self.height())
        self.zoom_changed.emit()
        self.update()

    def _on_view(self) -> None:
        if self._session.photo is not None and self.viewport.across != self._pane:
            self.viewport = self.viewport.resized(self._pane, self.height())
            self.zoom_changed.emit()
        self.update()

    def _on_pixels(self, box: Box) -> None:
        self._sent.clear()
        if self._beside:
            self.update()
            return
        left, top = self.viewport.to_window(Point(box.x, box.y))
        right, bottom = self.viewport.to_window(Point(box.right, box.bottom))
        self.update(
            QRectF(left, top, right - left, bottom - top).toAlignedRect().adjusted(-2, -2, 2, 2)
        )

    def _on_overlay(self) -> None:
        self._sent.clear()
        self.update()

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._painter.background(painter, event.rect())
        if self._session.photo is None:
            painter.end()
            return
        compare = Compare.BEFORE if self._held_before else self._session.compare
        if compare is Compare.SIDE:
            self._paint_beside(painter)
        else:
            self._paint_pane(painter, event.rect(), compare)
            self._painter.labels(painter, self.viewport, compare, self.split)
        if self._band is not None:
            draw_band(painter, QRectF(*self._band).normalized())
        self._navigator.paint(painter, self.viewport, self._session.photo.after)
        painter.end()

    def _paint_beside(self, painter: QPainter) -> None:
        pane = round(self._pane)
        for left, compare in ((0, Compare.BEFORE), (pane, Compare.OFF)):
            painter.save()
            painter.setClipRect(QRect(left, 0, pane, self.height()))
            painter.translate(left, 0)
            self._paint_pane(painter, QRect(0, 0, pane, self.height()), compare)
            painter.restore()
        self._painter.divide(painter, pane, self.height())

    def _paint_pane(self, painter: QPainter, area: QRect, compare: Compare) -> None:
        placed = painter.deviceTransform()
        view = self.viewport.on_dots(placed.m11(), placed.dx(), placed.dy())
        self._painter.photo(painter, view, area, compare, self.split)
        if compare is not Compare.BEFORE:
            self._painter.marks(painter, view, self._hovered, compare, self.split)
            drawn = self._stroke or self._sent
            self._painter.stroke(painter, view, drawn, self._erasing, self._pressure, self._shape)
        if self._mouse is not None and self._ring_shown:
            self._painter.ring(painter, view, self._local(self._mouse))
        if compare is not Compare.BEFORE and self._hovered:
            self._painter.plate(painter, view, self._hovered, self.hover_words)

    @property
    def _ring_shown(self) -> bool:
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        del event
        self.viewport = self.viewport.resized(self._pane, self.height())
        self.zoom_changed.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self._on_dots()
        return super().event(event)

    def _on_dots(self) -> None:
        """Keep 1:1 what it is when the window comes to a screen of another density."""
        was, self._dots = self._dots, self.devicePixelRatioF()
        self._show(self.viewport.redotted(was, self._dots))
        self.zoom_changed.emit()

    # Small steps.

    def _zoom_to(self, scale: float) -> None:
        at = self._local(self._mouse) if self._mouse else QPointF(self._pane / 2, self.height() / 2)
        self._show(self.viewport.zoomed(scale, at.x(), at.y()))

    def _show(self, viewport: Viewport) -> None:
        if self._session.photo is not None and viewport != self.viewport:
            self.viewport = viewport
            self.zoom_changed.emit()
            self.update()

    def _navigate(self, at: QPointF) -> bool:
        """Move to where the navigator was pressed; says whether it was."""
        point = self._navigator.point_at(at, self.viewport)
        if point is not None:
            self._show(self.viewport.centred_on(point, self.viewport.scale))
        return point is not None

    def _update_ring(self, before: QPointF | None, at: QPointF) -> None:
        if self._beside:
            self.update()
            return
        radius = self._session.brush_radius * self.viewport.scale + 4
        area = QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius)
        if before is not None:
            area |= QRectF(before.x() - radius, before.y() - radius, 2 * radius, 2 * radius)
        self.update(area.toAlignedRect())

    def _on_screen(self, at: QPointF) -> QPoint:
        return self.mapToGlobal(QPoint(round(at.x()) + 4, round(at.y()) + 4))
