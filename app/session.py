"""The window's state in one observable place. Widgets show it and own nothing of it."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QThread, QTimer, Signal

from app.asking import Asking, Busy
from app.canvas.overlay import Overlay, OverlayPart
from app.canvas.pyramid import Patch, Pyramid
from app.engine_port import Backend
from app.i18n import tr
from app.requests import (
    AddFace,
    Apply,
    LoadEngine,
    OpenPhoto,
    OpenProject,
    Propose,
    SavePhoto,
    SaveProject,
)
from app.screen_profile import ScreenProfile
from app.snapshot import (
    Change,
    DocumentState,
    Failure,
    FileOutcome,
    ModelState,
    PhotoView,
    TurnStatus,
)
from app.view_state import Compare
from app.worker import Worker
from retouchgpt_core.geometry import Box
from retouchgpt_core.language.plan import Action

STOP_WAIT_MS = 30_000
IDLE_MS = 15 * 60_000
"""After so long without a request the models are released."""


class AppSession(Asking):
    """All that the window shows, and the requests that it makes to the worker."""

    photo_changed = Signal()
    state_changed = Signal()
    pixels_changed = Signal(object)
    turns_cleared = Signal()
    failed = Signal(object)
    saved = Signal(object, object)
    file_done = Signal(int, object)
    device_changed = Signal()
    screen_changed = Signal()
    noticed = Signal(str, str)

    def __init__(self, backend: Backend, parent: QObject | None = None) -> None:
        super().__init__(Worker(backend), parent)
        self.saved_path: Path | None = None
        self.project_path: Path | None = None
        self._opened_at = 0

        self._thread = QThread(self)
        self._thread.setObjectName("engine")
        self._worker.moveToThread(self._thread)
        self._thread.finished.connect(self._worker.deleteLater)
        self._worker.engine_ready.connect(self._on_engine)
        self._worker.devices_known.connect(self._on_devices)
        self._worker.model_changed.connect(self._on_model)
        self._worker.noticed.connect(self.noticed)
        self._worker.opened.connect(self._on_opened)
        self._worker.closed.connect(self._on_closed)
        self._worker.screen_set.connect(self._on_screen)
        self._worker.changed.connect(self._on_changed)
        self._worker.tried.connect(self._on_tried)
        self._worker.saved.connect(self._on_saved)
        self._worker.file_done.connect(self._on_file)
        self._worker.failed.connect(self._on_failed)
        self._worker.progress.connect(self._on_progress)
        self._worker.finished.connect(self._on_finished)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_MS)
        self._idle.timeout.connect(self.release)
        self.busy_changed.connect(self._on_busy)
        self._thread.start()

    def stop(self) -> bool:
        """End the worker's thread; says whether it ended in time."""
        self._idle.stop()
        self._worker.cancel_all()
        self._thread.quit()
        return self._thread.wait(STOP_WAIT_MS)

    # What the worker says.

    def _on_engine(self, device: str) -> None:
        self.device = device
        self.device_changed.emit()

    def _on_devices(self, devices: dict[str, str]) -> None:
        self.devices = devices
        self.device_changed.emit()

    def _on_model(self, model: ModelState) -> None:
        self.model = model
        self.model_changed.emit()

    def _on_busy(self) -> None:
        if self.busy is None:
            self._idle.start()
        else:
            self._idle.stop()

    def _on_opened(self, revision: int, photo: PhotoView) -> None:
        request = self._outstanding.get(revision)
        self.rescued = isinstance(request, OpenProject) and request.rescued
        self.project_path = None
        if isinstance(request, OpenProject) and not request.rescued:
            self.project_path = request.path
        self._begin_with(photo, revision)

    def _on_closed(self, revision: int) -> None:
        self.rescued = False
        self.project_path = None
        self._begin_with(None, revision)

    def _begin_with(self, photo: PhotoView | None, revision: int) -> None:
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

    def _on_screen(self, profile: ScreenProfile, pictures: tuple[Pyramid, Pyramid] | None) -> None:
        self.screen = profile
        if pictures is not None and self.photo is not None:
            before, after = pictures
            self.photo = replace(self.photo, before=before, after=after)
            self.pixels_changed.emit(Box.of_size(self.photo.width, self.photo.height))
        self.screen_changed.emit()

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
            self._put(self.photo, change.patches)
        if change.overlay is not None:
            self._take_overlay(change.overlay, change.whole_overlay)
        known = {m.id for m in change.state.marks}
        self.select(i for i in self.selected if i in known)
        for turn in change.earlier:
            self._put_turn(turn)
        if change.turn is not None:
            self._put_turn(change.turn)
            if change.turn.plan.action is Action.COMPARE:
                self.set_compare(Compare.SPLIT)
        self._settle_turns(was)
        self.state_changed.emit()
        self._tell_dirty()

    def _on_tried(self, revision: int, patches: tuple[Patch, ...]) -> None:
        if revision >= self._opened_at and self.photo is not None and patches:
            self._put(self.photo, patches)

    def _put(self, photo: PhotoView, patches: tuple[Patch, ...]) -> None:
        photo.after.put(patches)
        area = Box(0, 0, 0, 0)
        for patch in patches:
            if patch.level == 0:
                box = Box(patch.x, patch.y, patch.image.width(), patch.image.height())
                area = area.union(box)
        self.pixels_changed.emit(area)

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
            old, now = was.rounds.get(number), state.rounds.get(number)
            if old is not None and now is not None and old.marks != now.marks:  # it was brushed
                turn = replace(turn, mark_ids=tuple(sorted(now.marks)))
                self._put_turn(turn)
            if status is TurnStatus.EARLIER:
                continue
            if number == state.pending:
                status = TurnStatus.PENDING
            elif number in done:
                if status is TurnStatus.PENDING and was.pending == number:
                    turn = replace(turn, mark_ids=tuple(sorted(was.pending_marks)))
                off = now is not None and not now.enabled
                gone = not off and not any(state.strengths.get(i) for i in turn.mark_ids)
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
        if isinstance(request, SavePhoto) and request.copy is not None:
            self.saved.emit(path, notes)  # another picture: the work itself is in no file yet
            return
        self.rescued = False
        if isinstance(request, SaveProject):
            self.project_path = path
        elif not isinstance(request, SavePhoto) or not (request.quality or request.layers):
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
        if isinstance(request, LoadEngine | OpenPhoto | AddFace):
            self.looking_changed.emit()
        if isinstance(request, Propose):
            turn = self.turns.get(request.turn)
            if turn is not None and turn.status is TurnStatus.WAITING:
                words = tr("This was not read: something else was said meanwhile.")
                self._put_turn(replace(turn, reply=words, status=TurnStatus.FAILED))
        if revision in self._unfinished:
            self._unfinished.discard(revision)
            self.file_done.emit(revision, None)
        self._tell_busy()
