"""One open photo on the worker's thread: the engine's session and the pictures made from it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.canvas.overlay import VISIBLE_FROM, OverlayPart, encode, step_for
from app.canvas.pyramid import Patch, Pyramid, patches
from app.canvas.screen_colours import screen_transform
from app.canvas.weave import period_for
from app.engine_port import BlendedLike, MarkLike, PhotoLike, RoundLike, SessionLike, TurnLike
from app.requests import Stroke
from app.snapshot import Change, DocumentState, FaceView, PhotoView, RoundView, TurnView
from app.step_log import StepLog
from retouchgpt_core.geometry import Box
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.vocabulary import KINDS, TONE_KINDS

FEATHER = 0.2
"""How far around a mark's box its blending may reach, in distances between the eyes."""
CELL = 256
"""Pictures are renewed in squares of this many photo pixels; a multiple of every level's grid."""


class Desk:
    """Holds the session of the open photo and tells the window what changed in it."""

    def __init__(self, photo: PhotoLike, path: Path, screen: bytes | None = None) -> None:
        """`screen` is the screen's ICC profile, None for sRGB."""
        self.path = path
        self.photo = photo
        self.height, self.width = photo.pixels.shape[:2]
        self.log = StepLog()
        self.resting = False
        """Whether the session has let go of its networks."""
        self.pending: tuple[int, TurnLike] | None = None
        self._to_screen, self._profile = screen_transform(photo.icc, screen)
        self._levels = 0
        self._session: SessionLike | None = None
        self._shown = np.zeros((-(-self.height // CELL), -(-self.width // CELL)), bool)
        self._overlay_box = Box.of_size(self.width, self.height)
        self._pending_kinds: list[tuple[int, Box]] = []
        self._corrected: list[Box] = []
        self.boxes: tuple[Box, ...] = ()
        """Drawn by hand around faces that were missed."""
        self.strokes: list[Stroke | None] = []
        """Strokes on the proposal; None for another correction of it."""
        self._unmade: list[Stroke | None] = []
        self._rounds: dict[int, tuple[int, Plan]] = {}
        self.mask_of: int | None = None
        """The applied turn whose mask is shown as what strokes change."""
        self._drawn: dict[str, tuple[MarkLike, float, str]] = {}

    @property
    def session(self) -> SessionLike | None:
        return self._session

    def start(self, session: SessionLike) -> None:
        """Take over the session that the analysis gave."""
        self._session = session
        self.resting = False

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
            notes=self.photo.notes,
        )

    def show_on(self, screen: bytes | None) -> tuple[Pyramid, Pyramid]:
        """Make both pictures anew for a screen of another profile: before, after."""
        self._to_screen, _ = screen_transform(self.photo.icc, screen)
        before = Pyramid.build(self._to_screen(self.photo.pixels))
        if self._session is None or not self._shown.any():
            return before, before.copied()
        return before, Pyramid.build(self._to_screen(self._session.render()))

    def state(self) -> DocumentState:
        """Return what the window may know."""
        session = self._session
        if session is None:
            return DocumentState()
        if session.pending is None:
            self.pending = None
            self._corrected.clear()
            self.strokes = []
            self._unmade = []
            self.log.settle(session.can_undo, session.can_redo)
        pending_marks = self._pending_marks(session)
        rounds = self._round_views(session)
        edited = None if self.mask_of is None else rounds.get(self.mask_of)
        if session.pending is not None or edited is None or not edited.enabled:
            self.mask_of = edited = None
        shown = pending_marks if edited is None else edited.marks
        self._pending_kinds = [
            (KINDS.index(m.kind) + 1, m.box) for m in session.marks if m.id in shown
        ]
        return DocumentState(
            marks=tuple(session.marks),
            faces=tuple(FaceView(f.number, f.box, f.iod) for f in session.faces),
            strengths=dict(session.strengths),
            locks=frozenset(session.locks),
            pending=self.pending[0] if self.pending else None,
            pending_marks=pending_marks,
            rounds=rounds,
            mask_of=self.mask_of,
            steps=self.log.steps,
            position=self.log.position,
            can_undo=session.can_undo,
            can_redo=session.can_redo,
            left=self.log.left if len(session.branches) == len(self.log.lines) else (),
        )

    def change(self, revision: int, turn: TurnView | None = None) -> Change:
        """Describe everything anew."""
        state = self.state()
        return Change(
            revision, state, patches=self._renewed(), overlay=self._overlay(state), turn=turn
        )

    def change_in(self, revision: int, box: Box) -> Change:
        """Describe what a stroke changed inside a box of the photo."""
        state = self.state()
        box = box.clamp(self.width, self.height)
        whole = self._overlay_area(state) != self._overlay_box
        overlay = self._overlay(state) if whole else self._overlay_part(box)
        return Change(revision, state, self._renewed(), overlay, whole_overlay=whole)

    def correct(self, stroke: Stroke | None, box: Box) -> None:
        """Remember a correction of the proposal."""
        self.strokes.append(stroke)
        self._unmade = []
        self._corrected.append(box)

    def uncorrect(self) -> None:
        """Forget the last correction, which was undone."""
        if self.strokes:
            self._unmade.append(self.strokes.pop())

    def recorrect(self) -> None:
        """Remember a correction that was made again."""
        if self._unmade:
            self.strokes.append(self._unmade.pop())

    def _pending_marks(self, session: SessionLike) -> frozenset[str]:
        """Return the marks that will change, after what the brush added and took away.

        Only spots and lines under a stroke are looked at again: they may be gone altogether.
        """
        if session.pending is None:
            return frozenset()
        meant = set(session.pending.mark_ids)
        found: set[str] = set()
        for mark in session.marks:
            added = mark.painted and mark.id not in session.strengths
            if (mark.id in meant or added) and mark.id not in session.locks:
                touched = any(not mark.box.intersection(b).empty for b in self._corrected)
                unsure = touched and (added or mark.kind not in TONE_KINDS)
                if not unsure or session.pending_mask(mark.box).any():
                    found.add(mark.id)
        return frozenset(found)

    def note_rounds(self, turns: Sequence[int], rounds: Sequence[RoundLike]) -> None:
        """Remember which of the session's rounds the chat's turns are, in the same order."""
        for turn, one in zip(turns, rounds, strict=False):
            if one.turn is not None:
                self._rounds[turn] = one.number, one.turn.plan

    def round_of(self, turn: int) -> int | None:
        """Return the number of a turn's round, None if it is not in force or cannot be changed."""
        number, plan = self._rounds.get(turn, (0, None))
        rounds = () if self._session is None else self._session.rounds
        there = (one.turn for one in rounds if one.number == number)
        return number if any(t is not None and t.plan is plan for t in there) else None

    def _round_views(self, session: SessionLike) -> dict[int, RoundView]:
        turns = {self.round_of(turn): turn for turn in self._rounds}
        views: dict[int, RoundView] = {}
        settled = set(session.locks)
        for one in reversed(session.rounds):
            turn, plan = turns.get(one.number), session.plan_now(one.number)
            if turn is not None and plan is not None:
                marks = frozenset(one.strengths)
                views[turn] = RoundView(marks, one.strength, one.enabled, marks - settled, plan)
            if one.enabled:
                settled.update(one.strengths)
        return views

    def try_round(self, number: int, strength: float) -> tuple[Patch, ...]:
        """Render what a round at another strength changes; `change` goes back to what is."""
        assert self._session is not None
        return self._renewed(self._session.try_round(number, strength))

    def _renewed(self, shown: BlendedLike | None = None) -> tuple[Patch, ...]:
        """Render the squares under marks that are blended otherwise than they were drawn.

        `shown` is what to render, the session as it is by default.
        """
        session = self._session
        assert session is not None
        shown = shown or session
        known = {mark.id: mark for mark in session.marks}
        # A mark that is held as photographed is left out of the others that lie over it.
        held = dict(shown.held)
        there = {i for i, s in shown.strengths.items() if s > 0} | held.keys()
        now = {
            i: (known[i], shown.strengths.get(i, 0.0), held.get(i, "")) for i in there if i in known
        }
        changed = [i for i in now.keys() | self._drawn.keys() if now.get(i) != self._drawn.get(i)]
        boxes = [each[i][0].box for i in changed for each in (now, self._drawn) if i in each]
        self._drawn = now
        around = round(FEATHER * max((f.iod for f in session.faces), default=0.0)) + 16
        dirty = np.zeros_like(self._shown)
        for box in boxes:
            part = box.pad(around).clamp(self.width, self.height)
            rows = slice(part.y // CELL, -(-part.bottom // CELL))
            dirty[rows, part.x // CELL : -(-part.right // CELL)] = True
        made: list[Patch] = []
        for run in _runs(dirty):
            place = Box(run.x * CELL, run.y * CELL, run.width * CELL, CELL).clamp(
                self.width, self.height
            )
            cells = slice(run.x, run.x + run.width)
            touched = _cells(shown.mask(place))[0]
            needed = touched | self._shown[run.y, cells]
            self._shown[run.y, cells] = touched
            for part in _runs(needed[None]):
                made += self._rendered(shown, Box(run.x + part.x, run.y, part.width, 1))
        return tuple(made)

    def _rendered(self, shown: BlendedLike, cells: Box) -> tuple[Patch, ...]:
        place = Box(cells.x * CELL, cells.y * CELL, cells.width * CELL, cells.height * CELL)
        place = place.clamp(self.width, self.height)
        return patches(self._to_screen(shown.render(place)), place, self._levels)

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
        number = None if self.mask_of is None else self.round_of(self.mask_of)
        if self._session.pending is None and number is None:
            pending = np.zeros_like(kinds)
        else:
            whole = (
                self._session.pending_mask(box)
                if number is None
                else self._session.round_mask(number, box)
            )
            pending = whole[::step, ::step]
            kinds = self._as_pending(kinds, box, step, pending >= VISIBLE_FROM)
        applied = self._session.mask(box)[::step, ::step]
        if number is not None:  # strokes change it: it is to be seen apart from the rest
            applied = np.where(pending >= VISIBLE_FROM, 0, applied).astype(np.uint8)
        corner = box.x // step, box.y // step
        whole = self._overlay_box
        period = period_for(whole.height // step, whole.width // step)
        return OverlayPart(box, step, encode(kinds, pending, applied, corner, period))

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
