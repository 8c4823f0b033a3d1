"""The canvas as something to work on: mouse, pen, keys and files that are dropped on it."""

import math
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.canvas.mark_menu import MarkMenu
from app.canvas.surface import Surface
from app.engine_port import MarkLike
from app.session import AppSession
from app.theme import Theme
from app.view_state import BRUSH_STEP, HARDNESS_STEP, Compare, Tool
from app.words import fate_words, mark_words, sure_words
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.vocabulary import TONE_KINDS, Shape

WHEEL_ZOOM = 1.25
NEAR_SPLIT = 8
CLICK_SLACK = 4
BEFORE_KEY = Qt.Key.Key_X
_SHIFT, _CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class Canvas(Surface):
    """Left drag does what the tool says; space or middle drag pans.

    With the look tool, a click opens a mark's menu and Shift+drag chooses the marks in a box.
    Ctrl turns what a tool adds into what it takes away, and the other way round for the eraser.
    """

    file_dropped = Signal(Path)
    image_dropped = Signal(object)

    def __init__(self, session: AppSession, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(session, theme, parent)
        self._pan_from: QPointF | None = None
        self._pressed_at: QPointF | None = None
        self._dragging_split = False
        self._navigating = False
        self._space = False
        self._pressures: list[float] = []
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        session.tool_changed.connect(self._on_tool)
        session.state_changed.connect(self._hover_again)

    def _on_tool(self) -> None:
        self._set_cursor()
        self.update()

    # The mouse.

    @property
    def _brushing(self) -> bool:
        return self._drawing and self._session.tool in (Tool.BRUSH, Tool.ERASER)

    @property
    def _drawing(self) -> bool:
        """Whether a left press adds to the mask or takes away from it."""
        return self._session.tool in _SHAPES and self._session.has_work and not self._space

    @property
    def _ring_shown(self) -> bool:
        return self._brushing and self._pan_from is None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._session.photo is None:
            return
        at = event.position()
        middle = event.button() is Qt.MouseButton.MiddleButton
        left = event.button() is Qt.MouseButton.LeftButton
        if middle or (left and self._space):
            self._pan_from = at
        elif left:
            self._press(at, event.modifiers())
        elif event.button() is Qt.MouseButton.RightButton:
            self._menu(at, areas=True)
        self._set_cursor()

    def _press(self, at: QPointF, held: Qt.KeyboardModifier) -> None:
        if self._navigate(at):
            self._navigating = True
        elif self._on_split_line(at):
            self._dragging_split = True
        elif self._drawing:
            self._begin(at, bool(held & _CONTROL))
        elif self._session.tool is Tool.FACE or (held & _SHIFT and self._session.has_work):
            self._band = (at, at)
        else:
            self._pressed_at = at
            self._pan_from = at

    def _begin(self, at: QPointF, turned: bool) -> None:
        """Begin a stroke or an outline; a click on a blemish is done at once."""
        local = self._local(at)
        point = self.seen.to_photo(local.x(), local.y())
        erase = (self._session.tool is Tool.ERASER) != turned
        shape = _SHAPES[self._session.tool]
        if shape is Shape.FILL:
            self._session.stroke([point], erase, shape=shape)
            return
        self._stroke, self._erasing, self._shape = [point], erase, shape
        self.update()

    def _end(self) -> None:
        """Send the stroke that was drawn; an outline around nothing is none."""
        drawn, self._stroke = self._stroke, []
        least = CLICK_SLACK / self.viewport.scale
        if self._shape is Shape.BRUSH or _extent(drawn) >= least:
            self._sent = drawn
            self._session.stroke(drawn, self._erasing, self._pressure, self._shape)
        self._pressures.clear()
        self._pressure = 1.0
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        before, self._mouse = self._mouse, at
        if self._navigating:
            self._navigate(at)
        elif self._dragging_split:
            self.split = min(max(at.x() / max(1, self.width()), 0.02), 0.98)
            self.update()
        elif self._band is not None:
            self._band = (self._band[0], at)
            self.update()
        elif self._pan_from is not None:
            self._drag(at)
        elif self._stroke:
            local = self._local(at)
            self._stroke.append(self.seen.to_photo(local.x(), local.y()))
            if self._shape is Shape.LASSO:
                self.update()
            else:
                self._update_ring(before, at)
        elif self._brushing:
            self._update_ring(before, at)
        elif not self._drawing or self._session.tool is Tool.FILL:
            self._hover(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        pressed, self._pressed_at = self._pressed_at, None
        self._dragging_split = self._navigating = False
        self._pan_from = None
        left = event.button() is Qt.MouseButton.LeftButton
        if self._band is not None:
            band, self._band = QRectF(*self._band).normalized(), None
            self.update()
            if self._session.tool is Tool.FACE:
                self._add_face(band)
            else:
                self._choose_in(band)
        elif self._stroke and left:
            self._end()
        elif pressed is not None and left:
            self._menu(at)
        self._set_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._session.tool is Tool.FILL and self._drawing:
            return  # the first click has done it
        if self._drawing or event.button() is not Qt.MouseButton.LeftButton:
            self.mousePressEvent(event)
        elif self.viewport.is_fit:
            self.magnify(1.0)
        else:
            self.fit()

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Let a pen's pressure make the stroke thinner; the rest comes as mouse events."""
        if self._brushing and event.pressure() > 0:
            self._pressures.append(event.pressure())
            mean = sum(self._pressures) / len(self._pressures)
            self._pressure = 0.4 + 0.6 * mean
        event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom; with a tool that paints, Ctrl changes its size and Shift its hardness."""
        notches = (event.angleDelta().y() or event.angleDelta().x()) / 120
        if self._session.photo is None or not notches:
            return
        self._mouse = event.position()
        if self._drawing and event.modifiers() & _CONTROL:
            self._session.scale_brush(BRUSH_STEP**notches)
        elif self._drawing and event.modifiers() & _SHIFT:
            self._session.harden_brush(HARDNESS_STEP * notches)
        else:
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
        local = self._local(at)
        shown = self._session.overlay_shown and self._session.has_work
        point = self.seen.to_photo(local.x(), local.y())
        mark = self._session.mark_at(point) if shown else None
        if mark is not None and not self._tinted(mark):
            mark = None
        words: tuple[str, ...] = ()
        if mark is not None:
            lines = (mark_words(mark), sure_words(mark), fate_words(mark, self._session.state))
            words = tuple(line for line in lines if line)
        self._set_hovered(mark.id if mark else None, words)
        self._set_cursor()

    def _tinted(self, mark: MarkLike) -> bool:
        """Say whether a mark can be seen: areas that were only found are not, they are all over."""
        state = self._session.state
        touched = mark.id in state.pending_marks or state.strengths.get(mark.id, 0.0) > 0
        return touched or mark.kind not in TONE_KINDS

    def _hover_again(self) -> None:
        """Say anew what lies under the mouse, since it may have changed."""
        resting = self._mouse is not None and not self._stroke and self._pan_from is None
        if resting and self._mouse is not None and not self._drawing:
            self._hover(self._mouse)

    def _set_hovered(self, mark_id: str | None, words: tuple[str, ...] = ()) -> None:
        if (mark_id, words) != (self._hovered, self.hover_words):
            self._hovered, self.hover_words = mark_id, words
            self.update()

    def _menu(self, at: QPointF, areas: bool = False) -> None:
        """Open the menu of the mark there; that of a whole area only when asked for."""
        session, local = self._session, self._local(at)
        if not session.has_work or not session.overlay_shown:
            return
        mark = session.mark_at(self.seen.to_photo(local.x(), local.y()))
        if mark is None or (not areas and mark.kind in TONE_KINDS):
            session.select(())
            return
        chosen = session.selected if mark.id in session.selected else (mark.id,)
        marks = [m for m in session.state.marks if m.id in chosen]
        MarkMenu(session, marks, self).popup(self._on_screen(at))

    def _choose_in(self, band: QRectF) -> None:
        """Choose the spots and lines in a box, and offer what can be done to them."""
        marks = self._session.marks_in(self._box_of(band))
        self._session.select(m.id for m in marks)
        if marks:
            MarkMenu(self._session, marks, self).popup(self._on_screen(band.bottomRight()))

    def _box_of(self, band: QRectF) -> Box:
        """Map a box in the window into the photo."""
        start = self._local(band.topLeft())
        first = self.seen.to_photo(start.x(), start.y())
        end = start + QPointF(band.width(), band.height())
        last = self.seen.to_photo(end.x(), end.y())
        return Box.from_edges(first.x, first.y, last.x, last.y)

    def _add_face(self, band: QRectF) -> None:
        """Look at the face in a box that was drawn around it."""
        photo = self._session.photo
        if photo is not None and min(band.width(), band.height()) > CLICK_SLACK:
            self._session.add_face(self._box_of(band).clamp(photo.width, photo.height))
            self._session.set_tool(Tool.LOOK)

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
        elif event.key() == Qt.Key.Key_Escape:
            self._band = None
            self._stroke.clear()
            self._session.select(())
            self.update()
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

    # Dropping a file or a picture.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        if data.hasImage() or any(url.isLocalFile() for url in data.urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls():
            if url.isLocalFile():
                event.acceptProposedAction()
                self.file_dropped.emit(Path(url.toLocalFile()))
                return
        if event.mimeData().hasImage():
            event.acceptProposedAction()
            self.image_dropped.emit(event.mimeData().imageData())

    def _set_cursor(self) -> None:
        if self._pan_from is not None and self._pressed_at is None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._space:
            shape = Qt.CursorShape.OpenHandCursor
        elif self._dragging_split or (self._mouse and self._on_split_line(self._mouse)):
            shape = Qt.CursorShape.SplitHCursor
        elif self._session.tool is Tool.FACE or (self._drawing and not self._brushing):
            shape = Qt.CursorShape.CrossCursor
        elif self._brushing:
            shape = Qt.CursorShape.BlankCursor
            if self._session.brush_radius * self.viewport.scale < 3:
                shape = Qt.CursorShape.CrossCursor
        elif self._hovered:
            shape = Qt.CursorShape.PointingHandCursor
        else:
            shape = Qt.CursorShape.ArrowCursor
        self.setCursor(shape)


def _extent(points: Sequence[Point]) -> float:
    """Return the longer side of the box around points."""
    across = [p.x for p in points]
    down = [p.y for p in points]
    return max(max(across) - min(across), max(down) - min(down))


_SHAPES = {
    Tool.BRUSH: Shape.BRUSH,
    Tool.ERASER: Shape.BRUSH,
    Tool.LASSO: Shape.LASSO,
    Tool.FILL: Shape.FILL,
}
_ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
