"""The window with somebody at it: what a person does, and how long each thing takes to be seen."""

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.canvas.viewport import Viewport
from app.engine_port import Backend, MarkLike
from app.session import AppSession
from app.settings import Settings
from app.theme import Look, Theme
from app.view_state import Tool
from app.window import MainWindow
from retouchgpt_core.geometry import Point
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.vocabulary import BLEMISHES, SPOT_KINDS

PATIENCE = 900.0
"""Seconds that anything may take before the bench gives up."""
SIZE = 1440, 900
_LEFT = Qt.MouseButton.LeftButton
_NONE = Qt.KeyboardModifier.NoModifier


class Hands:
    """A window, and real events on its canvas. Call `close` at the end."""

    def __init__(self, application: QApplication, backend: Backend) -> None:
        self._application = application
        self.theme = Theme(application, Look.DARK)
        self.session = AppSession(backend)
        self.window = MainWindow(self.session, self.theme, Settings(application))
        self.window.resize(*SIZE)
        self.window.show()
        self.canvas = self.window.canvas
        self._shown = 0
        self.session.pixels_changed.connect(self._count)
        self.session.overlay_changed.connect(self._count)
        self.wait(self.window.isVisible)

    def _count(self, *_: object) -> None:
        self._shown += 1

    def close(self) -> None:
        """Close the window and end its thread."""
        self.window.close_without_asking()
        self.window.deleteLater()
        self.session.deleteLater()
        self.theme.deleteLater()
        self._application.processEvents()

    def wait(self, what: Callable[[], bool]) -> None:
        """Let the window work until something holds. Raises TimeoutError with what it says."""
        end = time.perf_counter() + PATIENCE
        while not what():
            if time.perf_counter() > end:
                raise TimeoutError(self.window.stage.banner.sentence.text() or "nothing happened")
            self._application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 2)
            time.sleep(0.0005)

    def idle(self) -> bool:
        return self.session.busy is None

    def timed(self, what: Callable[[], object], seen: Callable[[], bool]) -> float:
        """Return the seconds from doing something until it is painted."""
        start = time.perf_counter()
        what()
        self.wait(seen)
        self.canvas.repaint()
        return time.perf_counter() - start

    # Photos

    def open(self, path: Path) -> tuple[float, float]:
        """Open a photo; returns the seconds to the first view, and to the marks on it."""
        start = time.perf_counter()
        before = self.session.photo
        self.window.open(path)
        self.wait(lambda: self.session.photo is not before and self.session.photo is not None)
        self.canvas.repaint()
        first = time.perf_counter() - start
        self.wait(lambda: self.session.analysed and self.idle())
        self.canvas.repaint()
        return first, time.perf_counter() - start

    # Frames

    def drag(self, frames: int) -> tuple[list[float], list[Viewport]]:
        """Pan to and fro at 1:1; returns the seconds of each frame, and where it looked."""
        self.session.set_tool(Tool.LOOK)
        self.canvas.magnify(1.0)
        middle = self._middle()
        self._mouse(QEvent.Type.MouseButtonPress, middle)
        found: tuple[list[float], list[Viewport]] = [], []
        for frame in range(frames):
            step = frame % 40
            reach = 9.0 * (step if step < 20 else 40 - step)
            at = middle + QPointF(reach, reach / 2)
            self._frame(lambda at=at: self._mouse(QEvent.Type.MouseMove, at), found)
        self._mouse(QEvent.Type.MouseButtonRelease, middle + QPointF(50, 50))
        return found

    def zoom(self, frames: int) -> tuple[list[float], list[Viewport]]:
        """Turn the wheel in and out again over the middle of the whole photo."""
        self.canvas.fit()
        found: tuple[list[float], list[Viewport]] = [], []
        for frame in range(frames):
            notch = 1 if frame % 24 < 12 else -1
            self._frame(lambda n=notch: self._wheel(n), found)
        self.canvas.fit()
        return found

    def plain(self, views: list[Viewport]) -> list[float]:
        """Draw the same views with one QPainter call each, from the whole picture."""
        photo = self.session.photo
        assert photo is not None
        whole = photo.after.levels[0]
        target = QImage(self.canvas.size(), QImage.Format.Format_RGB32)
        times: list[float] = []
        for view in views:
            start = time.perf_counter()
            painter = QPainter(target)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.translate(view.left, view.top)
            painter.scale(view.scale, view.scale)
            painter.drawImage(0, 0, whole)
            painter.end()
            times.append(time.perf_counter() - start)
        return times

    def _frame(self, what: Callable[[], None], found: tuple[list[float], list[Viewport]]) -> None:
        start = time.perf_counter()
        what()
        self.canvas.repaint()
        found[0].append(time.perf_counter() - start)
        found[1].append(self.canvas.viewport)

    # Retouching

    def spots(self) -> list[MarkLike]:
        """Return the found spots that are as photographed, the surest first."""
        state = self.session.state
        free = (m for m in state.marks if m.kind in SPOT_KINDS and not m.painted)
        return sorted(
            (m for m in free if not state.strengths.get(m.id)), key=lambda m: -m.confidence
        )

    def propose(self, strength: float = 1.0) -> None:
        """Propose to retouch all blemishes."""
        plan = Plan(Action.RETOUCH, (Edit(BLEMISHES, strength=strength),)).canonical()
        self.session.choose(plan, "Remove the blemishes")
        self.wait(self.idle)

    def apply(self) -> None:
        """Carry out what is proposed."""
        self.session.apply()
        self.wait(self.idle)

    def stroke(self, mark: MarkLike, tool: Tool = Tool.BRUSH) -> tuple[list[float], float]:
        """Paint over a spot with the mouse, or click on it with the fill.

        Returns the seconds of each frame while the button is down, and from its release until
        what it does is painted.
        """
        self.session.set_tool(tool)
        self.session.set_brush_radius(max(1.3 * mark.radius, 2.0))
        self.canvas.magnify(1.0)
        view = self.canvas.viewport
        self.canvas.viewport = view.centred_on(mark.centre, view.scale)
        across = max(0.3 * mark.radius, 1.0)
        points = [Point(mark.centre.x + across * s, mark.centre.y) for s in (-1, -0.5, 0, 0.5, 1)]
        places = [QPointF(*self.canvas.viewport.to_window(p)) for p in points]
        frames: tuple[list[float], list[Viewport]] = [], []
        self._shown = 0
        start = time.perf_counter()
        self._mouse(QEvent.Type.MouseButtonPress, places[2])
        if tool is not Tool.FILL:
            for at in places:
                self._frame(lambda at=at: self._mouse(QEvent.Type.MouseMove, at), frames)
            start = time.perf_counter()
        self._mouse(QEvent.Type.MouseButtonRelease, places[2])
        self.wait(lambda: self._shown > 0 or (self.idle() and time.perf_counter() > start + 0.05))
        self.canvas.repaint()
        taken = time.perf_counter() - start
        self.wait(self.idle)
        self.session.set_tool(Tool.LOOK)
        return frames[0], taken

    def undo(self) -> float:
        """Take a step back; returns the seconds until it is seen."""
        self._shown = 0
        taken = self.timed(self.session.undo, lambda: self._shown > 0)
        self.wait(self.idle)
        return taken

    # Events

    def _middle(self) -> QPointF:
        return QPointF(self.canvas.width() / 2, self.canvas.height() / 2)

    def _mouse(self, kind: QEvent.Type, at: QPointF) -> None:
        button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else _LEFT
        held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else _LEFT
        event = QMouseEvent(kind, at, self.canvas.mapToGlobal(at), button, held, _NONE)
        QApplication.sendEvent(self.canvas, event)

    def _wheel(self, notches: int) -> None:
        at = self._middle()
        event = QWheelEvent(
            *(at, self.canvas.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches)),
            *(Qt.MouseButton.NoButton, _NONE, Qt.ScrollPhase.NoScrollPhase, False),
        )
        QApplication.sendEvent(self.canvas, event)
