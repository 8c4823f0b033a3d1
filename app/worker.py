"""The one object that owns the engine, on a thread of its own."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal

from app.canvas.screen_colours import profile_name
from app.desk import Desk
from app.engine_port import Backend, Progress, RoundLike, SessionLike, TurnLike
from app.engine_work import EngineWork
from app.i18n import tr
from app.memory import give_back_memory
from app.recovery_file import delete_recovery
from app.requests import (
    AddFace,
    Apply,
    ChooseModel,
    ClosePhoto,
    Discard,
    DropSafe,
    GoTo,
    KeepSafe,
    LoadEngine,
    OpenPhoto,
    OpenProject,
    Propose,
    Redo,
    Release,
    Request,
    Reset,
    RetouchFile,
    SavePhoto,
    SaveProject,
    SetKind,
    SetLocked,
    SetRound,
    SetScreen,
    SetStrength,
    ShowMask,
    Stroke,
    SwitchLine,
    TryRound,
    Undo,
    UseDevice,
)
from app.screen_profile import no_profile
from app.snapshot import Change, FileOutcome, TurnStatus, TurnView
from app.words import mask_words, plan_words, round_words, stroke_words
from retouchgpt_core.errors import CancelledError, NothingThereError, RetouchError
from retouchgpt_core.geometry import Box
from retouchgpt_core.language.plan import Action, Plan

SAME_STRENGTH = 0.005
"""Strengths nearer to each other than this are shown as the same percentage."""


class Worker(EngineWork):
    """Carries out what the window asks for, and tells it what came of it."""

    opened = Signal(int, object)
    closed = Signal(int)
    saved = Signal(int, object, int, object)
    file_done = Signal(int, object)
    screen_set = Signal(object, object)
    tried = Signal(int, object)

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self._screen: bytes | None = None
        self._handlers = {
            LoadEngine: self._load,
            ChooseModel: self._choose_model,
            UseDevice: self._use_device,
            Release: self._release,
            OpenPhoto: self._open,
            ClosePhoto: self._close,
            SetScreen: self._set_screen,
            Propose: self._propose,
            Apply: self._apply,
            Discard: self._discard,
            Stroke: self._stroke,
            ShowMask: self._show_mask,
            SetStrength: self._set_strength,
            SetRound: self._set_round,
            TryRound: self._try_round,
            SetLocked: self._set_locked,
            SetKind: self._set_kind,
            Undo: self._undo,
            Redo: self._redo,
            GoTo: self._go_to,
            SwitchLine: self._switch_line,
            Reset: self._reset,
            SavePhoto: self._save,
            RetouchFile: self._retouch_file,
            OpenProject: self._open_project,
            AddFace: self._add_face,
            SaveProject: self._save_project,
            KeepSafe: self._keep_safe,
            DropSafe: self._drop_safe,
        }

    # What each request does.

    def _open(self, request: OpenPhoto) -> None:
        self._tell(request, tr("Reading {name}", name=request.path.name), -1.0)
        desk = Desk(self._backend.read_photo(request.path), request.path, self._screen)
        view = desk.view()
        if request.cancel.is_set():
            raise CancelledError
        self._desk = desk
        self.opened.emit(request.revision, view)
        engine = self._loaded(request)
        self._tell(request, tr("Looking at the face"), -1.0)
        session = engine.open(desk.photo, self._reporting(request), request.cancel.is_set)
        if request.cancel.is_set():
            raise CancelledError
        desk.start(session)
        self.changed.emit(desk.change(request.revision))

    def _close(self, request: ClosePhoto) -> None:
        self._desk = None
        self.closed.emit(request.revision)
        give_back_memory()

    def _set_screen(self, request: SetScreen) -> None:
        profile = request.profile
        if profile.icc is not None:
            try:
                profile = replace(profile, name=profile_name(profile.icc) or profile.name)
            except ValueError as error:
                raise no_profile(profile.name) from error
        same, self._screen = profile.icc == self._screen, profile.icc
        pictures = None if same or self._desk is None else self._desk.show_on(profile.icc)
        self.screen_set.emit(profile, pictures)

    def _add_face(self, request: AddFace) -> None:
        desk = self._desk
        if desk is None:
            raise RetouchError(tr("No photo is open."), tr("Open one with Ctrl+O."))
        boxes = (*desk.boxes, request.box)
        session = self._loaded(request).open(
            desk.photo, self._reporting(request), request.cancel.is_set, boxes=boxes
        )
        desk.boxes = boxes
        desk.start(session)
        self.changed.emit(desk.change(request.revision))

    def _open_project(self, request: OpenProject) -> None:
        engine = self._loaded(request)
        photo = self._backend.read_photo(request.photo) if request.photo is not None else None
        session = engine.open_project(
            request.path, photo, self._reporting(request), request.cancel.is_set
        )
        place = request.photo or session.original.path or request.path
        desk = Desk(session.original, Path(os.path.normpath(place)), self._screen)
        view = desk.view()
        if request.cancel.is_set():
            raise CancelledError
        self._desk = desk
        self.opened.emit(request.revision, view)
        desk.start(session)
        earlier = _earlier(session)
        said = [one for one in session.rounds if one.turn is not None]
        numbers = {id(turn): view.number for turn, view in zip(session.turns, earlier, strict=True)}
        desk.note_rounds([numbers[id(one.turn)] for one in said], said)
        change = desk.change(request.revision)
        self.changed.emit(replace(change, earlier=earlier))

    def _at_work(self) -> tuple[Desk, SessionLike]:
        """Return the open photo with its session, whose networks are there."""
        self._document()
        self._wake()
        return self._document()

    def _document(self) -> tuple[Desk, SessionLike]:
        """Return the open photo with its session, which may have let go of its networks."""
        if self._desk is None:
            raise RetouchError(tr("No photo is open."), tr("Open one with Ctrl+O."))
        if self._desk.session is None:
            raise RetouchError(
                tr("There is no face to work on in this photo."),
                tr("Open a portrait in which the face is at least 80 pixels wide."),
            )
        return self._desk, self._desk.session

    def _propose(self, request: Propose) -> None:
        desk, session = self._at_work()
        touched = bool(session.strengths)
        if request.plan is not None:
            strokes = desk.strokes if request.revises else []
            turn = session.propose_plan(request.plan)
            desk.strokes = []
            for stroke in strokes:
                if session.pending is not None and stroke is not None:
                    with suppress(NothingThereError):
                        self._paint(desk, session, stroke)
        else:
            turn = session.propose(
                request.text, request.selected, self._reporting(request), request.cancel.is_set
            )
        if self._is_stale(request):
            session.discard()
            raise CancelledError
        self._follow(desk, turn.plan, touched)
        empty = session.pending is not None and not session.pending.mark_ids
        if empty and not request.revises:
            self._settle_empty(desk, session, request.turn)
        self.changed.emit(self._answered(desk, session, request, request.turn, turn))

    @staticmethod
    def _answered(
        desk: Desk, session: SessionLike, request: Request, number: int, turn: TurnLike
    ) -> Change:
        """Describe the document with a turn that was just understood."""
        waiting = session.pending is not None
        if session.pending is not None:
            desk.pending = (number, session.pending)
        text = request.text if isinstance(request, Propose) else turn.text
        status = TurnStatus.PENDING if waiting else TurnStatus.ANSWERED
        view = TurnView(
            number, text, turn.reply, turn.plan, tuple(turn.mark_ids), status, turn.instead
        )
        return desk.change(request.revision, view)

    @staticmethod
    def _settle_empty(desk: Desk, session: SessionLike, number: int) -> None:
        """Don't ask about a turn that changes no mark; remember what it says to keep."""
        pending = session.pending
        if pending is not None and pending.plan.keep:
            session.apply()
            desk.log.push(plan_words(pending.plan), number, replace(pending.plan, then=None))
        else:
            session.discard()

    @staticmethod
    def _follow(desk: Desk, plan: Plan | None, touched: bool) -> None:
        """Count along where a chat turn went through the history by itself."""
        while plan is not None:
            count = 1 if plan.count is None else plan.count
            if plan.action is Action.UNDO:
                desk.log.travel(-count)
            elif plan.action is Action.REDO:
                desk.log.travel(count)
            elif plan.action is Action.RESET and touched:
                desk.log.push(tr("Back to the original"), plan=Plan(Action.RESET))
            plan = plan.then

    def _apply(self, request: Apply) -> None:
        desk, session = self._at_work()
        pending = desk.pending
        if pending is None or session.pending is None:
            raise RetouchError(tr("Nothing is waiting to be applied."), tr("Say what to retouch."))
        meant = session.pending.plan
        touched = bool(session.strengths)
        known = {one.number for one in session.rounds}
        turn = session.apply(self._reporting(request), request.cancel.is_set)
        desk.note_rounds([pending[0]], [o for o in session.rounds if o.number not in known])
        desk.log.push(plan_words(meant), pending[0], replace(meant, then=None))
        if meant.then is None:
            self.changed.emit(desk.change(request.revision))
        else:
            self._follow(desk, turn.plan, touched)
            self.changed.emit(self._answered(desk, session, request, request.revision, turn))

    def _discard(self, request: Discard) -> None:
        desk, session = self._at_work()
        session.discard()
        self.changed.emit(desk.change(request.revision))

    def _stroke(self, request: Stroke) -> None:
        desk, session = self._at_work()
        pending = session.pending is not None
        if request.turn is not None:
            self._stroke_on(desk, session, request, request.turn)
            return
        before = tuple(session.marks), dict(session.strengths)
        box = self._paint(desk, session, request)
        if not pending and before != (tuple(session.marks), dict(session.strengths)):
            desk.log.push(stroke_words(request.shape, request.erase))
        self.changed.emit(desk.change_in(request.revision, box))

    def _stroke_on(self, desk: Desk, session: SessionLike, request: Stroke, turn: int) -> None:
        """Change the mask of a turn that was applied."""
        number = self._round(desk, session, turn).number
        before = session.rounds
        box = session.brush_round(
            number, request.points, request.radius, request.hardness, request.erase, request.shape
        )
        if session.rounds != before:
            desk.log.push(mask_words(request.erase))
        self.changed.emit(desk.change_in(request.revision, box))

    def _show_mask(self, request: ShowMask) -> None:
        desk, _ = self._document()
        desk.mask_of = request.turn
        self.changed.emit(desk.change(request.revision))

    @staticmethod
    def _paint(desk: Desk, session: SessionLike, stroke: Stroke) -> Box:
        """Make a stroke; on a proposal it is remembered, to be made again if that is revised."""
        box = session.brush(
            stroke.points, stroke.radius, stroke.hardness, stroke.erase, stroke.shape
        )
        if session.pending is not None:
            desk.correct(stroke, box)
        return box

    def _set_strength(self, request: SetStrength) -> None:
        desk, session = self._at_work()
        before = session.strengths
        session.set_strength(request.mark_ids, request.strength)
        if session.strengths is not before:  # a step was made, even if to the same values
            desk.log.push(request.label, plan=request.plan)
        self.changed.emit(desk.change(request.revision))

    def _set_round(self, request: SetRound) -> None:
        desk, session = self._at_work()
        one = self._round(desk, session, request.turn)
        strength = request.strength
        if strength is not None and abs(strength - one.strength) < SAME_STRENGTH:
            strength = None  # dragged back to where it was
        if strength is not None or request.enabled not in (None, one.enabled):
            session.set_round(one.number, request.enabled, strength)
            plan = session.plan_now(one.number)
            words = "" if plan is None else plan_words(plan)
            desk.log.push(round_words(words, request.enabled), request.turn)
        self.changed.emit(desk.change(request.revision))

    def _try_round(self, request: TryRound) -> None:
        desk = self._desk
        number = None if desk is None else desk.round_of(request.turn)
        if desk is not None and number is not None:
            self._at_work()
            self.tried.emit(request.revision, desk.try_round(number, request.strength))

    @staticmethod
    def _round(desk: Desk, session: SessionLike, turn: int) -> RoundLike:
        number = desk.round_of(turn)
        if number is None:
            raise RetouchError(tr("That round is not there any more."), tr("Choose another."))
        return next(one for one in session.rounds if one.number == number)

    def _set_locked(self, request: SetLocked) -> None:
        desk, session = self._at_work()
        before = session.locks
        session.set_locked(request.mark_ids, request.locked)
        if session.locks != before:
            desk.log.push(request.label, plan=request.plan)
            if session.pending is not None and request.locked:
                desk.correct(None, Box(0, 0, 0, 0))
        self.changed.emit(desk.change(request.revision))

    def _set_kind(self, request: SetKind) -> None:
        desk, session = self._at_work()
        before = tuple(session.marks)
        session.set_kind(request.mark_ids, request.kind)
        if tuple(session.marks) != before:
            desk.log.push(request.label)
            if session.pending is not None:
                desk.correct(None, Box(0, 0, 0, 0))
        self.changed.emit(desk.change(request.revision))

    def _undo(self, request: Undo) -> None:
        desk, session = self._at_work()
        pending = session.pending is not None
        done = session.undo()
        desk.uncorrect()
        desk.log.travel(0 if pending else -done)
        self.changed.emit(desk.change(request.revision))

    def _redo(self, request: Redo) -> None:
        desk, session = self._at_work()
        pending = session.pending is not None
        done = session.redo()
        desk.recorrect()
        desk.log.travel(0 if pending else done)
        self.changed.emit(desk.change(request.revision))

    def _go_to(self, request: GoTo) -> None:
        desk, session = self._at_work()
        session.discard()
        steps = request.position - desk.log.position
        if steps < 0:
            desk.log.travel(-session.undo(-steps))
        elif steps > 0:
            desk.log.travel(session.redo(steps))
        self.changed.emit(desk.change(request.revision))

    def _switch_line(self, request: SwitchLine) -> None:
        desk, session = self._at_work()
        session.switch_branch(request.number)
        desk.log.switch(request.number)
        self.changed.emit(desk.change(request.revision))

    def _reset(self, request: Reset) -> None:
        desk, session = self._at_work()
        touched = bool(session.strengths)
        session.reset()
        if touched:
            desk.log.push(tr("Back to the original"), plan=Plan(Action.RESET))
        self.changed.emit(desk.change(request.revision))

    def _save(self, request: SavePhoto) -> None:
        if self._desk is None:
            raise RetouchError(tr("No photo is open."), tr("Open one with Ctrl+O."))
        session = self._desk.session
        if request.layers and session is not None:
            session.save_layers(request.path)
            self.saved.emit(request.revision, request.path, self._desk.log.version, ())
            return
        photo = session.photo() if session is not None else self._desk.photo
        notes: tuple[str, ...] = ()
        if request.copy is not None:
            photo, notes = self._backend.copied(photo, request.copy)
        notes += photo.write(request.path, quality=request.quality)
        self.saved.emit(request.revision, request.path, self._desk.log.version, notes)

    def _save_project(self, request: SaveProject) -> None:
        desk, session = self._document()
        session.save_project(request.path)
        self.saved.emit(request.revision, request.path, desk.log.version, ())

    def _keep_safe(self, request: KeepSafe) -> None:
        _, session = self._document()
        session.save_project(request.path)
        if request.replaces is not None:
            delete_recovery(request.replaces)

    def _drop_safe(self, request: DropSafe) -> None:
        delete_recovery(request.path)

    def _retouch_file(self, request: RetouchFile) -> None:
        """Retouch and save a photo that is not open; what fails is an outcome like any other."""

        def tell(words: str, fraction: float) -> None:
            self._tell(request, f"{request.name}: {words}", fraction)

        engine = self._loaded(request)
        tell(tr("Reading"), -1.0)
        try:
            photo = self._backend.read_photo(request.path)
            session = engine.open(photo, tell, request.cancel.is_set)
            for plan in request.plans:
                _carry_out(session, plan, tell, request.cancel.is_set)
            changed = sum(1 for s in session.strengths.values() if s > 0)
            session.photo().write(request.target)
            outcome = FileOutcome(request.path, request.target, changed)
        except CancelledError:
            raise
        except RetouchError as error:
            outcome = FileOutcome(request.path, None, 0, error.sentence)
        self.file_done.emit(request.revision, outcome)


def _earlier(session: SessionLike) -> tuple[TurnView, ...]:
    """Return a project's rounds for the chat, numbered below everything that is said now."""
    turns = list(session.turns)
    status = TurnStatus.EARLIER
    return tuple(
        TurnView(place - len(turns), t.text, t.reply, t.plan, tuple(t.mark_ids), status)
        for place, t in enumerate(turns)
    )


def _carry_out(
    session: SessionLike, plan: Plan, progress: Progress, cancelled: Callable[[], bool]
) -> None:
    """Do to a photo what a step of another one's history did."""
    if plan.action is Action.RESET:
        session.reset()
        return
    session.propose_plan(plan)
    if session.pending is not None:
        session.apply(progress, cancelled)
