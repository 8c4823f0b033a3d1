"""What the window shows and how: tool, brush, compared pictures, overlay, chosen marks."""

from collections.abc import Iterable
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from app.canvas.overlay import Emphasis, Overlay
from app.engine_port import MarkLike
from app.snapshot import DocumentState
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.vocabulary import SPOT_KINDS, TONE_KINDS, Kind


class Tool(StrEnum):
    """What the mouse does on the canvas."""

    LOOK = "look"
    BRUSH = "brush"
    ERASER = "eraser"
    LASSO = "lasso"
    FILL = "fill"
    FACE = "face"


class Compare(StrEnum):
    """How the photo before is shown next to the photo after."""

    OFF = "off"
    BEFORE = "before"
    SPLIT = "split"
    SIDE = "side"


BRUSH_STEP = 1.2
HARDNESS_STEP = 0.1


class ViewState(QObject):
    """The part of the session that no file and no history knows."""

    overlay_changed = Signal()
    tool_changed = Signal()
    view_changed = Signal()
    selection_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = DocumentState()
        self.overlay: Overlay | None = None
        self.tool = Tool.LOOK
        self.brush_radius = 20.0
        self.brush_hardness = 0.5
        self.compare = Compare.OFF
        self.overlay_shown = True
        self.overlay_opacity = 1.0
        self.hidden_kinds: frozenset[Kind] = frozenset()
        self.pointed_kind: Kind | None = None
        self.selected: tuple[str, ...] = ()

    def set_tool(self, tool: Tool) -> None:
        """Choose what the mouse does."""
        if tool is not self.tool:
            self.tool = tool
            self.tool_changed.emit()

    def set_brush_radius(self, radius: float) -> None:
        """Set the brush's radius in photo pixels (1 to 2000)."""
        self.brush_radius = min(max(radius, 1.0), 2000.0)
        self.tool_changed.emit()

    def scale_brush(self, factor: float) -> None:
        """Make the brush larger or smaller."""
        self.set_brush_radius(self.brush_radius * factor)

    def harden_brush(self, by: float) -> None:
        """Make the edge of what is added harder or softer."""
        self.set_hardness(self.brush_hardness + by)

    def set_hardness(self, hardness: float) -> None:
        """Set how hard the edge is; 0 is all soft (feathered), 1 a sharp edge."""
        self.brush_hardness = min(max(round(hardness, 2), 0.0), 1.0)
        self.tool_changed.emit()

    def set_compare(self, compare: Compare) -> None:
        """Choose how before and after are shown."""
        if compare is not self.compare:
            self.compare = compare
            self.view_changed.emit()

    def show_overlay(self, shown: bool) -> None:
        """Show or hide all marks."""
        if shown != self.overlay_shown:
            self.overlay_shown = shown
            self.view_changed.emit()

    def set_opacity(self, opacity: float) -> None:
        """Show all marks fainter (towards 0) or stronger (up to 2)."""
        self.overlay_opacity = min(max(opacity, 0.0), 2.0)
        self._emphasise()
        self.view_changed.emit()

    def hide_kinds(self, kinds: Iterable[Kind]) -> None:
        """Leave these kinds out of the overlay."""
        self.hidden_kinds = frozenset(kinds)
        self._emphasise()
        self.view_changed.emit()

    def point_at(self, kind: Kind | None) -> None:
        """Show all of a kind strongly, for as long as it is pointed at."""
        if kind is not self.pointed_kind:
            self.pointed_kind = kind
            self._emphasise()

    def _emphasise(self) -> None:
        if self.overlay is not None:
            self.overlay.show(self._emphasis())
            self.overlay_changed.emit()

    def _emphasis(self) -> Emphasis:
        deciding = self.state.pending is not None or self.state.mask_of is not None
        return Emphasis(self.hidden_kinds, self.pointed_kind, deciding, self.overlay_opacity)

    def select(self, mark_ids: Iterable[str]) -> None:
        """Choose the marks that "this one" means."""
        chosen = tuple(mark_ids)
        if chosen != self.selected:
            self.selected = chosen
            self.selection_changed.emit()

    def marks_in(self, box: Box) -> list[MarkLike]:
        """Return the shown spots and lines whose centre lies in a box of the photo."""
        return [
            m
            for m in self.state.marks
            if m.kind not in TONE_KINDS
            and m.kind not in self.hidden_kinds
            and box.contains(m.centre)
        ]

    def mark_at(self, point: Point) -> MarkLike | None:
        """Return the mark shown at a photo point, the smallest one if several lie there."""
        hits = [
            m
            for m in self.state.marks
            if m.kind in SPOT_KINDS
            and m.kind not in self.hidden_kinds
            and m.centre.distance(point) <= max(m.radius, 1.5)
        ]
        if hits:
            return min(hits, key=lambda m: m.radius)
        kind = self.overlay.kind_at(point) if self.overlay else None
        if kind is None or kind in self.hidden_kinds:
            return None
        areas = [m for m in self.state.marks if m.kind is kind and m.box.contains(point)]
        return min(areas, key=lambda m: m.centre.distance(point), default=None)
