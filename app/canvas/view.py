"""The canvas: the photo with its marks, and the mouse on it."""

import math
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.canvas.mark_menu import MarkMenu
from app.canvas.paint import CanvasPainter
from app.canvas.viewport import Viewport
from app.i18n import tr
from app.session import AppSession
from app.theme import Theme
from app.view_state import Compare, Tool
from app.words import mark_words, sure_words
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.vocabulary import TONE_KINDS

WHEEL_ZOOM = 1.25
BRUSH_STEP = 1.2
NEAR_SPLIT = 8
CLICK_SLACK = 4
BEFORE_KEY = Qt.Key.Key_X


class Canvas(QWidget):
    """Shows the session's photo. Left drag does what the tool says; space or middle drag pans."""

    zoom_changed = Signal()
    file_dropped = Signal(Path)

    def __init__(self, session: AppSession, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._painter = CanvasPainter(session, theme)
        self.viewport = Viewport(1, 1, 1, 1)
        self.split = 0.5
        self._stroke: list[Point] = []
        self._sent: list[Point] = []
        self._pan_from: QPointF | None = None
        self._pressed_at: QPointF | None = None
        self._dragging_split = False
        self._space = False
        self._held_before = False
        self._mouse: QPointF | None = None
        self._hovered: str | None = None
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Photo"))
        session.photo_changed.connect(self._on_photo)
        session.pixels_changed.connect(self._on_pixels)
        session.overlay_changed.connect(self._on_overlay)
        session.state_changed.connect(self.update)
        session.view_changed.connect(self.update)
        session.selection_changed.connect(self.update)
        session.tool_changed.connect(self._on_tool)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(760, 640)

    # What the window's actions do.

    def fit(self) -> None:
        """Show the whole photo."""
        self._show(self.viewport.fit())

    def actual_size(self) -> None:
        """Show one photo pixel on each device pixel, around the mouse or the middle."""
        self._zoom_to(1.0 / self.devicePixelRatioF())

    def zoom_by(self, factor: float) -> None:
        """Zoom around the mouse or the middle."""
        self._zoom_to(self.viewport.scale * factor)

    def look_at(self, box: Box) -> None:
        """Move a part of the photo into the middle, closer if it is small."""
        view = self.viewport
        room = min(view.across / max(box.width, 1), view.down / max(box.height, 1)) / 3
        self._show(view.centred_on(box.centre, min(max(room, view.fit_scale), 2.0)))

    @property
    def zoom(self) -> float:
        """Device pixels per photo pixel."""
        return self.viewport.scale * self.devicePixelRatioF()

    # What the session says.

    def _on_photo(self) -> None:
        photo = self._session.photo
        self._hovered = None
        self._stroke.clear()
        self._sent.clear()
        if photo is not None:
            self.viewport = Viewport.fitted(photo.width, photo.height, self.width(), self.height())
        self.zoom_changed.emit()
        self._on_tool()

    def _on_pixels(self, box: Box) -> None:
        self._sent.clear()
        left, top = self.viewport.to_window(Point(box.x, box.y))
        right, bottom = self.viewport.to_window(Point(box.right, box.bottom))
        self.update(
            QRectF(left, top, right - left, bottom - top).toAlignedRect().adjusted(-2, -2, 2, 2)
        )

    def _on_overlay(self) -> None:
        self._sent.clear()
        self.update()

    def _on_tool(self) -> None:
        self._set_cursor()
        self.update()

    # Painting.

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._painter.background(painter, event.rect())
        if self._session.photo is None:
            painter.end()
            return
        compare = Compare.BEFORE if self._held_before else self._session.compare
        self._painter.photo(painter, self.viewport, event.rect(), compare, self.split)
        if compare is not Compare.BEFORE:
            self._painter.marks(painter, self.viewport, self._hovered, compare, self.split)
            self._painter.stroke(
                painter,
                self.viewport,
                self._stroke or self._sent,
                self._session.tool is Tool.ERASER,
            )
        self._painter.labels(painter, self.viewport, compare, self.split)
        if self._mouse is not None and self._brushing and self._pan_from is None:
            self._painter.ring(painter, self.viewport, self._mouse)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.viewport = self.viewport.resized(event.size().width(), event.size().height())
        self.zoom_changed.emit()

    # The mouse.

    @property
    def _brushing(self) -> bool:
        return self._session.tool is not Tool.LOOK and self._session.has_work and not self._space

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._session.photo is None:
            return
        at = event.position()
        middle = event.button() is Qt.MouseButton.MiddleButton
        if middle or (event.button() is Qt.MouseButton.LeftButton and self._space):
            self._pan_from = at
        elif event.button() is Qt.MouseButton.LeftButton:
            if self._on_split_line(at):
                self._dragging_split = True
            elif self._brushing:
                self._stroke = [self.viewport.to_photo(at.x(), at.y())]
                self.update()
            else:
                self._pressed_at = at
                self._pan_from = at
        elif event.button() is Qt.MouseButton.RightButton:
            self._menu(at, areas=True)
        self._set_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        before, self._mouse = self._mouse, at
        if self._dragging_split:
            self.split = min(max(at.x() / max(1, self.width()), 0.02), 0.98)
            self.update()
        elif self._pan_from is not None:
            self._drag(at)
        elif self._stroke:
            self._stroke.append(self.viewport.to_photo(at.x(), at.y()))
            self._update_ring(before, at)
        elif self._brushing:
            self._update_ring(before, at)
        else:
            self._hover(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        pressed, self._pressed_at = self._pressed_at, None
        self._dragging_split = False
        self._pan_from = None
        if self._stroke and event.button() is Qt.MouseButton.LeftButton:
            self._sent, self._stroke = self._stroke, []
            self._session.stroke(self._sent, self._session.tool is Tool.ERASER)
            self.update()
        elif pressed is not None and event.button() is Qt.MouseButton.LeftButton:
            self._menu(at)
        self._set_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._brushing or event.button() is not Qt.MouseButton.LeftButton:
            self.mousePressEvent(event)
        elif self.viewport.is_fit:
            self.actual_size()
        else:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if self._session.photo is None or not notches:
            return
        self._mouse = event.position()
        self._zoom_to(self.viewport.scale * math.pow(WHEEL_ZOOM, notches))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        del event
        self._mouse = None
        self._set_hovered(None)
        self.update()

    def _drag(self, at: QPointF) -> None:
        assert self._pan_from is not None
        moved = at - self._pan_from
        if self._pressed_at is not None:
            if (at - self._pressed_at).manhattanLength() < CLICK_SLACK:
                return
            self._pressed_at = None
            self._set_cursor()
        self._pan_from = at
        self._show(self.viewport.panned(moved.x(), moved.y()))

    def _hover(self, at: QPointF) -> None:
        point = self.viewport.to_photo(at.x(), at.y())
        shown = self._session.overlay_shown and self._session.has_work
        mark = self._session.mark_at(point) if shown else None
        self._set_hovered(mark.id if mark else None)
        lines: list[str] = []
        if mark is not None:
            lines = [mark_words(mark), sure_words(mark)]
            if mark.id in self._session.state.locks:
                lines.append(tr("kept: you locked it"))
            elif mark.id in self._session.state.pending_marks:
                lines.append(tr("will change"))
            elif self._session.state.strengths.get(mark.id, 0.0) > 0:
                percent = round(100 * self._session.state.strengths[mark.id])
                lines.append(tr("retouched at {percent} %", percent=percent))
        self.setToolTip("\n".join(line for line in lines if line))
        self._set_cursor()

    def _set_hovered(self, mark_id: str | None) -> None:
        if mark_id != self._hovered:
            self._hovered = mark_id
            self.update()

    def _menu(self, at: QPointF, areas: bool = False) -> None:
        """Open the menu of the mark there; that of a whole area only when asked for."""
        if not self._session.has_work or not self._session.overlay_shown:
            return
        mark = self._session.mark_at(self.viewport.to_photo(at.x(), at.y()))
        if mark is not None and (areas or mark.kind not in TONE_KINDS):
            menu = MarkMenu(self._session, mark, self)
            menu.popup(self.mapToGlobal(QPoint(round(at.x()) + 4, round(at.y()) + 4)))

    def _on_split_line(self, at: QPointF) -> bool:
        split = self._session.compare is Compare.SPLIT
        return split and abs(at.x() - self.split * self.width()) <= NEAR_SPLIT

    # The keyboard.

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            self._set_cursor()
        elif event.key() == BEFORE_KEY and not event.modifiers():
            if not event.isAutoRepeat():
                self.hold_before(True)
        elif event.key() in _ARROWS and self._session.photo is not None:
            dx, dy = _ARROWS[Qt.Key(event.key())]
            self._show(self.viewport.panned(dx * 60, dy * 60))
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Space:
            self._space = False
            self._set_cursor()
        elif event.key() == BEFORE_KEY:
            self.hold_before(False)
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = False
        self.hold_before(False)
        super().focusOutEvent(event)

    def hold_before(self, held: bool) -> None:
        """Show the photo before for as long as a key or a button is held."""
        if held != self._held_before:
            self._held_before = held
            self.update()

    # Dropping a file.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls():
            if url.isLocalFile():
                event.acceptProposedAction()
                self.file_dropped.emit(Path(url.toLocalFile()))
                return

    # Small steps.

    def _zoom_to(self, scale: float) -> None:
        at = self._mouse or QPointF(self.width() / 2, self.height() / 2)
        self._show(self.viewport.zoomed(scale, at.x(), at.y()))

    def _show(self, viewport: Viewport) -> None:
        if self._session.photo is not None and viewport != self.viewport:
            self.viewport = viewport
            self.zoom_changed.emit()
            self.update()

    def _update_ring(self, before: QPointF | None, at: QPointF) -> None:
        radius = self._session.brush_radius * self.viewport.scale + 4
        area = QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius)
        if before is not None:
            area |= QRectF(before.x() - radius, before.y() - radius, 2 * radius, 2 * radius)
        self.update(area.toAlignedRect())

    def _set_cursor(self) -> None:
        if self._pan_from is not None and self._pressed_at is None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._space:
            shape = Qt.CursorShape.OpenHandCursor
        elif self._dragging_split or (self._mouse and self._on_split_line(self._mouse)):
            shape = Qt.CursorShape.SplitHCursor
        elif self._brushing:
            shape = Qt.CursorShape.BlankCursor
            if self._session.brush_radius * self.viewport.scale < 3:
                shape = Qt.CursorShape.CrossCursor
        elif self._hovered:
            shape = Qt.CursorShape.PointingHandCursor
        else:
            shape = Qt.CursorShape.ArrowCursor
        self.setCursor(shape)


_ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
