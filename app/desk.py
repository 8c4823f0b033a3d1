"""One open photo on the worker's thread: the engine's session and the pictures made from it."""

from pathlib import Path

import numpy as np

from app.canvas.overlay import VISIBLE_FROM, OverlayPart, encode, step_for
from app.canvas.pyramid import Patch, Pyramid, patches, screen_transform
from app.engine_port import PhotoLike, SessionLike, TurnLike
from app.snapshot import Change, DocumentState, FaceView, PhotoView, TurnView
from app.step_log import StepLog
from retouchgpt_core.geometry import Box
from retouchgpt_core.vocabulary import KINDS

CELL = 256
"""Pictures are renewed in squares of this many photo pixels; a multiple of every level's grid."""


class Desk:
    """Holds the session of the open photo and tells the window what changed in it."""

    def __init__(self, photo: PhotoLike, path: Path) -> None:
        self.path = path
        self.photo = photo
        self.height, self.width = photo.pixels.shape[:2]
        self.log = StepLog()
        self.pending: tuple[int, TurnLike] | None = None
        self._to_screen, self._profile = screen_transform(photo.icc)
        self._levels = 0
        self._session: SessionLike | None = None
        self._shown = np.zeros((-(-self.height // CELL), -(-self.width // CELL)), bool)
        self._overlay_box = Box.of_size(self.width, self.height)
        self._pending_kinds: list[tuple[int, Box]] = []

    @property
    def session(self) -> SessionLike | None:
        return self._session

    def start(self, session: SessionLike) -> None:
        """Take over the session that the analysis gave."""
        self._session = session

    def view(self) -> PhotoView:
        """Return the photo's facts and two pictures of it, both as photographed."""
        before = Pyramid.build(self._to_screen(self.photo.pixels))
        self._levels = len(before.levels)
        return PhotoView(
            path=self.path,
            width=self.width,
            height=self.height,
            depth=self.photo.depth,
            format=self.photo.format,
            profile=self._profile,
            before=before,
            after=before.copied(),
        )

    def state(self) -> DocumentState:
        """Return what the window may know."""
        session = self._session
        if session is None:
            return DocumentState()
        if session.pending is None:
            self.pending = None
            self.log.settle(session.can_undo, session.can_redo)
        pending_marks = self._pending_marks(session)
        self._pending_kinds = [
            (KINDS.index(m.kind) + 1, m.box) for m in session.marks if m.id in pending_marks
        ]
        return DocumentState(
            marks=tuple(session.marks),
            faces=tuple(FaceView(f.number, f.box, f.iod) for f in session.faces),
            strengths=dict(session.strengths),
            locks=frozenset(session.locks),
            pending=self.pending[0] if self.pending else None,
            pending_marks=pending_marks,
            steps=self.log.steps,
            position=self.log.position,
            can_undo=session.can_undo,
            can_redo=session.can_redo,
        )

    @staticmethod
    def _pending_marks(session: SessionLike) -> frozenset[str]:
        """Return the marks that will change, after what the brush added and took away."""
        if session.pending is None:
            return frozenset()
        meant = set(session.pending.mark_ids)
        return frozenset(
            mark.id
            for mark in session.marks
            if (mark.id in meant or (mark.painted and mark.id not in session.strengths))
            and mark.id not in session.locks
            and session.pending_mask(mark.box).any()
        )

    def change(self, revision: int, turn: TurnView | None = None, pixels: bool = True) -> Change:
        """Describe everything anew; `pixels` False where only the overlay can have changed."""
        state = self.state()
        return Change(
            revision,
            state,
            patches=self._renewed() if pixels else (),
            overlay=self._overlay(state),
            turn=turn,
        )

    def change_in(self, revision: int, box: Box, pixels: bool) -> Change:
        """Describe what a stroke changed inside a box of the photo."""
        state = self.state()
        box = box.clamp(self.width, self.height)
        whole = self._overlay_area(state) != self._overlay_box
        overlay = self._overlay(state) if whole else self._overlay_part(box)
        return Change(
            revision,
            state,
            patches=self._renewed(box) if pixels else (),
            overlay=overlay,
            whole_overlay=whole,
        )

    def _renewed(self, box: Box | None = None) -> tuple[Patch, ...]:
        """Render the cells that are or were retouched; only those that `box` touches, if given."""
        assert self._session is not None
        area = Box.of_size(self.width, self.height)
        if box is not None:
            area = _on_grid(box, CELL).intersection(area)
        if area.empty:
            return ()
        rows = slice(area.y // CELL, -(-area.bottom // CELL))
        columns = slice(area.x // CELL, -(-area.right // CELL))
        now = _cells(self._session.mask(area))
        dirty = now | self._shown[rows, columns]
        self._shown[rows, columns] = now
        made: list[Patch] = []
        for run in _runs(dirty):
            place = Box(
                run.x * CELL + area.x, run.y * CELL + area.y, run.width * CELL, run.height * CELL
            ).clamp(self.width, self.height)
            made += patches(self._to_screen(self._session.render(place)), place, self._levels)
        return tuple(made)

    def _overlay(self, state: DocumentState) -> OverlayPart:
        self._overlay_box = self._overlay_area(state)
        return self._codes(self._overlay_box, step_for(self._overlay_box))

    def _overlay_part(self, box: Box) -> OverlayPart | None:
        step = step_for(self._overlay_box)
        local = box.pad(2 * step).intersection(self._overlay_box)
        if local.empty:
            return None
        moved = _on_grid(local.relative_to(self._overlay_box), step)
        place = Box(
            moved.x + self._overlay_box.x, moved.y + self._overlay_box.y, moved.width, moved.height
        ).intersection(self._overlay_box)
        return self._codes(place, step)

    def _codes(self, box: Box, step: int) -> OverlayPart:
        assert self._session is not None
        kinds = self._session.overlay(box, step)
        pending = self._session.pending_mask(box)[::step, ::step]
        if self._pending_kinds:
            kinds = self._as_pending(kinds, box, step, pending >= VISIBLE_FROM)
        applied = self._session.mask(box)[::step, ::step]
        return OverlayPart(box, step, encode(kinds, pending, applied))

    def _as_pending(self, kinds: np.ndarray, box: Box, step: int, will: np.ndarray) -> np.ndarray:
        """Give what will change the kind that changes, also under a mark that stays as it is."""
        changing = np.zeros(256, bool)
        changing[[index for index, _ in self._pending_kinds]] = True
        covered = will & ~changing[kinds]
        if not covered.any():
            return kinds
        kinds = kinds.copy()
        for index, place in self._pending_kinds:
            part = place.intersection(box).relative_to(box)
            rows = slice(part.y // step, -(-part.bottom // step))
            columns = slice(part.x // step, -(-part.right // step))
            kinds[rows, columns][covered[rows, columns]] = index
        return kinds

    def _overlay_area(self, state: DocumentState) -> Box:
        """Return where marks can be: the faces with the neck, and whatever was painted."""
        area = Box(0, 0, 0, 0)
        for face in state.faces:
            area = area.union(face.box.pad(round(face.iod)))
        for mark in state.marks:
            area = area.union(mark.box)
        area = area.clamp(self.width, self.height)
        return Box.of_size(self.width, self.height) if area.empty else area


def _cells(mask: np.ndarray) -> np.ndarray:
    """Return (rows, columns) bool: which CELL squares of an (H, W) mask hold anything."""
    height, width = mask.shape
    rows = np.logical_or.reduceat(mask != 0, np.arange(0, height, CELL), axis=0)
    return np.logical_or.reduceat(rows, np.arange(0, width, CELL), axis=1)


def _runs(cells: np.ndarray) -> list[Box]:
    """Return the true cells as horizontal runs, in cells."""
    found: list[Box] = []
    for row, line in enumerate(cells):
        edges = np.flatnonzero(np.diff(np.concatenate(([False], line, [False]))))
        found += [
            Box(int(start), row, int(stop - start), 1)
            for start, stop in zip(edges[::2], edges[1::2], strict=True)
        ]
    return found


def _on_grid(box: Box, grid: int) -> Box:
    left, top = box.x // grid * grid, box.y // grid * grid
    return Box(
        left,
        top,
        -(-box.right // grid) * grid - left,
        -(-box.bottom // grid) * grid - top,
    )
