"""The window's state in one observable place. Widgets show it and own nothing of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal

from app.canvas.overlay import Overlay, OverlayPart
from app.engine_port import Backend
from app.i18n import tr
from app.requests import (
    Apply,
    Discard,
    GoTo,
    LoadEngine,
    OpenPhoto,
    Propose,
    Redo,
    Request,
    Reset,
    RetouchFile,
    SavePhoto,
    SetKind,
    SetLocked,
    SetStrength,
    Stroke,
    Undo,
)
from app.snapshot import (
    Change,
    DocumentState,
    Failure,
    FileOutcome,
    PhotoView,
    TurnStatus,
    TurnView,
)
from app.view_state import Compare, ViewState
from app.worker import Worker
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.language.plan import Action, Plan
from retouchgpt_core.vocabulary import Kind

STOP_WAIT_MS = 30_000
_ANSWERING = Plan(Action.EXPLAIN)


@dataclass(frozen=True, slots=True)
class Busy:
    """What is being done; `fraction` is negative while nobody knows how far it is."""

    words: str
    fraction: float


class AppSession(ViewState):
    """All that the window shows, and the requests that it makes to the worker."""

    photo_changed = Signal()
    state_changed = Signal()
    pixels_changed = Signal(object)
    turn_added = Signal(int)
    turn_changed = Signal(int)
    turns_cleared = Signal()
    busy_changed = Signal()
    failed = Signal(object)
    saved = Signal(object, object)
    file_done = Signal(int, object)
    device_changed = Signal()
    looking_changed = Signal()
    dirty_changed = Signal()

    def __init__(self, backend: Backend, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.photo: PhotoView | None = None
        self.turns: dict[int, TurnView] = {}
        self.busy: Busy | None = None
        self.device = ""
        self.analysed = False
        self.saved_path: Path | None = None
        self._saved_version = 0
        self._was_dirty = False
        self._revision = 0
        self._opened_at = 0
        self._outstanding: dict[int, Request] = {}
        self._progress: dict[int, Busy] = {}
        self._unfinished: set[int] = set()

        self._thread = QThread(self)
        self._thread.setObjectName("engine")
        self._worker = Worker(backend)
        self._worker.moveToThread(self._thread)
        self._thread.finished.connect(self._worker.deleteLater)
        self._worker.engine_ready.connect(self._on_engine)
        self._worker.opened.connect(self._on_opened)
        self._worker.changed.connect(self._on_changed)
        self._worker.saved.connect(self._on_saved)
        self._worker.file_done.connect(self._on_file)
        self._worker.failed.connect(self._on_failed)
        self._worker.progress.connect(self._on_progress)
        self._worker.finished.connect(self._on_finished)
        self._thread.start()

    # What the window may ask for.

    def warm_up(self) -> None:
        """Load the models while nobody waits for them."""
        self._submit(LoadEngine(self._next()))

    def open(self, path: Path) -> None:
        """Read a photo and look for marks on its faces; replaces what is open once it is read."""
        self._submit(OpenPhoto(self._next(), path))

    def say(self, text: str) -> int:
        """Send an instruction; returns the number of its chat turn."""
        return self._ask(text, None)

    def choose(self, plan: Plan, words: str) -> int:
        """Send a ready plan, such as one that a question offered."""
        return self._ask(words, plan)

    def revise(self, number: int, plan: Plan) -> None:
        """Change the plan of the pending turn; brush strokes on it are made again."""
        turn = self.turns.get(number)
        if turn is not None and number == self.state.pending:
            self._submit(Propose(self._next(), number, turn.text, plan, revises=True))

    def undo_turn(self, number: int) -> None:
        """Put back what a turn changed, also after later ones; what those changed stays."""
        for strength, ids in self._before_turn(number).items():
            label = tr("Undone: {words}", words=self.turns[number].text)
            self.set_strength(ids, strength, label)

    def _before_turn(self, number: int) -> dict[float, list[str]]:
        """Return which marks of a turn no later one set, by the strength they had before it."""
        order = [s.turn for s in self.state.steps[: self.state.position] if s.turn is not None]
        if number not in order:
            return {}
        place = order.index(number)
        later = {i for n in order[place + 1 :] if n in self.turns for i in self.turns[n].mark_ids}
        found: dict[float, list[str]] = {}
        for mark_id in self.turns[number].mark_ids:
            mark = self.state.mark(mark_id)
            if mark is None or mark_id in later or mark_id in self.state.locks:
                continue
            old = 0.0
            for earlier in (self.turns[n] for n in order[:place] if n in self.turns):
                if mark_id in earlier.mark_ids:
                    said = earlier.plan.strength_for(mark.kind, mark.region, mark_id)
                    old = 1.0 if said is None else said
            found.setdefault(old, []).append(mark_id)
        return found

    def apply(self) -> None:
        """Carry out the pending turn."""
        if self.state.pending is not None:
            self._submit(Apply(self._next()))

    def discard(self) -> None:
        """Drop the pending turn."""
        if self.state.pending is not None:
            self._submit(Discard(self._next()))

    def stroke(self, points: Sequence[Point], erase: bool, pressure: float = 1.0) -> None:
        """Send one finished brush stroke; points in photo pixels, pressure makes it thinner."""
        if points:
            radius, hardness = self.brush_radius * pressure, self.brush_hardness
            self._submit(Stroke(self._next(), tuple(points), radius, hardness, erase))

    def set_strength(
        self, mark_ids: Iterable[str], strength: float, label: str, plan: Plan | None = None
    ) -> None:
        """Set marks to a strength at once (one history step, called `label`).

        `plan` is what that means on any photo, if it is not about these marks alone.
        """
        ids = tuple(mark_ids)
        if ids:
            self._submit(SetStrength(self._next(), ids, strength, label, plan))

    def set_locked(
        self, mark_ids: Iterable[str], locked: bool, label: str, plan: Plan | None = None
    ) -> None:
        """Keep marks from every change, or free them again."""
        ids = tuple(mark_ids)
        if ids:
            self._submit(SetLocked(self._next(), ids, locked, label, plan))

    def set_kind(self, mark_ids: Iterable[str], kind: Kind, label: str) -> None:
        """Say what marks really are."""
        ids = tuple(mark_ids)
        if ids:
            self._submit(SetKind(self._next(), ids, kind, label))

    def undo(self) -> None:
        """Take one step back."""
        if self.state.can_undo:
            self._submit(Undo(self._next()))

    def redo(self) -> None:
        """Bring back one step."""
        if self.state.can_redo:
            self._submit(Redo(self._next()))

    def travel_to(self, position: int) -> None:
        """Go to the state after this many steps of the history."""
        if position != self.state.position:
            self._submit(GoTo(self._next(), position))

    def reset(self) -> None:
        """Go back to the photo as it was opened."""
        self._submit(Reset(self._next()))

    def save(self, path: Path, quality: int | None = None) -> None:
        """Write the retouched photo; `quality` (1 to 100) for formats that lose something."""
        self._submit(SavePhoto(self._next(), path, quality))

    def retouch_file(self, path: Path, target: Path, plans: Iterable[Plan], name: str) -> int:
        """Retouch a photo that is not open; `file_done` comes with the number returned here."""
        revision = self._next()
        self._unfinished.add(revision)
        self._submit(RetouchFile(revision, path, target, tuple(plans), name))
        return revision

    def cancel(self) -> None:
        """Stop what is being done."""
        self._worker.cancel_all()

    def stop(self) -> bool:
        """End the worker's thread; says whether it ended in time."""
        self._worker.cancel_all()
        self._thread.quit()
        return self._thread.wait(STOP_WAIT_MS)

    @property
    def dirty(self) -> bool:
        """Whether there is work that no file holds."""
        return self.photo is not None and self.state.version != self._saved_version

    @property
    def has_work(self) -> bool:
        """Whether a photo is open and analysed."""
        return self.photo is not None and self.analysed

    @property
    def looking(self) -> bool:
        """Whether a photo is being read or looked at."""
        return any(isinstance(r, OpenPhoto) for r in self._outstanding.values())

    @property
    def loading(self) -> bool:
        """Whether the models are not there yet but on their way."""
        on_the_way = (
            r for r in self._outstanding.values() if isinstance(r, LoadEngine | OpenPhoto)
        )
        return not self.device and any(on_the_way)

    # What the worker says.

    def _on_engine(self, device: str) -> None:
        self.device = device
        self.device_changed.emit()

    def _on_opened(self, revision: int, photo: PhotoView) -> None:
        self._opened_at = revision
        self.photo = photo
        self.analysed = False
        self.state = DocumentState()
        self.overlay = None
        self.turns.clear()
        self.saved_path = None
        self._saved_version = 0
        self.hidden_kinds = frozenset()
        self.pointed_kind = None
        self.compare = Compare.OFF
        self.select(())
        self.turns_cleared.emit()
        self.photo_changed.emit()
        self.state_changed.emit()
        self.view_changed.emit()
        self._tell_dirty()

    def _on_changed(self, change: Change) -> None:
        if change.revision < self._opened_at or self.photo is None:
            return
        first = not self.analysed
        was = self.state
        self.analysed = True
        self.state = change.state
        if first and change.state.faces:
            self.set_brush_radius(0.08 * max(face.iod for face in change.state.faces))
        if change.patches:
            self.photo.after.put(change.patches)
            area = Box(0, 0, 0, 0)
            for patch in change.patches:
                if patch.level == 0:
                    box = Box(patch.x, patch.y, patch.image.width(), patch.image.height())
                    area = area.union(box)
            self.pixels_changed.emit(area)
        if change.overlay is not None:
            self._take_overlay(change.overlay, change.whole_overlay)
        known = {m.id for m in change.state.marks}
        self.select(i for i in self.selected if i in known)
        if change.turn is not None:
            self._put_turn(change.turn)
            if change.turn.plan.action is Action.COMPARE:
                self.set_compare(Compare.SPLIT)
        self._settle_turns(was)
        self.state_changed.emit()
        self._tell_dirty()

    def _take_overlay(self, part: OverlayPart, whole: bool) -> None:
        if whole or self.overlay is None:
            self.overlay = Overlay(part, self._emphasis())
        else:
            self.overlay.show(self._emphasis())
            self.overlay.put(part)
        self.overlay_changed.emit()

    def _settle_turns(self, was: DocumentState) -> None:
        """Say of each turn whether it is pending, applied, undone or dropped.

        One that was just applied has changed what was pending, with what the brush made of it.
        """
        state = self.state
        done = {step.turn for step in state.steps[: state.position]}
        undone = {step.turn for step in state.steps[state.position :]} - done
        for number, turn in self.turns.items():
            status = turn.status
            if number == state.pending:
                status = TurnStatus.PENDING
            elif number in done:
                if status is TurnStatus.PENDING and was.pending == number:
                    turn = replace(turn, mark_ids=tuple(sorted(was.pending_marks)))
                gone = not any(state.strengths.get(i) for i in turn.mark_ids)
                meant = any(e.strength > 0 for e in turn.plan.edits) and turn.mark_ids
                status = TurnStatus.UNDONE if gone and meant else TurnStatus.APPLIED
            elif number in undone or status is TurnStatus.APPLIED:
                status = TurnStatus.UNDONE
            elif status is TurnStatus.PENDING:
                status = TurnStatus.DISCARDED
            if status is not turn.status:
                self._put_turn(replace(turn, status=status))

    def _on_saved(self, revision: int, path: Path, version: int, notes: tuple[str, ...]) -> None:
        if revision < self._opened_at:
            return
        request = self._outstanding.get(revision)
        if not isinstance(request, SavePhoto) or request.quality is None:
            self.saved_path = path
        self._saved_version = version
        self.saved.emit(path, notes)
        self._tell_dirty()

    def _on_file(self, revision: int, outcome: FileOutcome) -> None:
        self._unfinished.discard(revision)
        self.file_done.emit(revision, outcome)

    def _on_failed(self, failure: Failure) -> None:
        request = self._outstanding.get(failure.revision)
        if failure.turn is not None and failure.turn in self.turns:
            words = f"{failure.sentence} {failure.next_step}".strip()
            waiting = self.turns[failure.turn]
            self._put_turn(replace(waiting, reply=words, status=TurnStatus.FAILED))
            if not failure.details:
                return
        if failure.cancelled and not isinstance(request, OpenPhoto | Apply):
            return
        self.failed.emit(failure)

    def _on_progress(self, revision: int, words: str, fraction: float) -> None:
        if revision in self._outstanding:
            self._progress[revision] = Busy(words, fraction)
            self._tell_busy()

    def _on_finished(self, revision: int) -> None:
        request = self._outstanding.pop(revision, None)
        self._progress.pop(revision, None)
        if isinstance(request, LoadEngine | OpenPhoto):
            self.looking_changed.emit()
        if isinstance(request, Propose):
            turn = self.turns.get(request.turn)
            if turn is not None and turn.status is TurnStatus.WAITING:
                self._put_turn(replace(turn, reply="", status=TurnStatus.DISCARDED))
        if revision in self._unfinished:
            self._unfinished.discard(revision)
            self.file_done.emit(revision, None)
        self._tell_busy()

    # Keeping the books.

    def _next(self) -> int:
        self._revision += 1
        return self._revision

    def _submit(self, request: Request) -> None:
        self._outstanding[request.revision] = request
        if isinstance(request, LoadEngine | OpenPhoto):
            self.looking_changed.emit()
        self._worker.submit(request)
        self._tell_busy()

    def _ask(self, text: str, plan: Plan | None) -> int:
        number = self._next()
        turn = TurnView(number, text, "", plan or _ANSWERING, (), TurnStatus.WAITING)
        self._put_turn(turn)
        self._submit(Propose(number, number, text, plan, self.selected))
        return number

    def _put_turn(self, turn: TurnView) -> None:
        new = turn.number not in self.turns
        self.turns[turn.number] = turn
        (self.turn_added if new else self.turn_changed).emit(turn.number)

    def _tell_busy(self) -> None:
        busy = None
        if self._outstanding:
            first = min(self._outstanding)
            busy = self._progress.get(first) or Busy(tr(self._outstanding[first].words), -1.0)
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit()

    def _tell_dirty(self) -> None:
        if self.dirty != self._was_dirty:
            self._was_dirty = self.dirty
            self.dirty_changed.emit()
