"""The steps of one photo done to others, one after the other, while the window stays in use."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.files import free_path
from app.i18n import tr, tr_count
from app.session import AppSession
from app.snapshot import DocumentState, FileOutcome, TurnStatus, TurnView
from retouchgpt_core.language.plan import Plan


def recipe_of(state: DocumentState, turns: Iterable[TurnView] = ()) -> tuple[tuple[Plan, ...], int]:
    """Return the plans of the steps in force that mean something on another photo.

    Of `turns`, those count that were done before the project was opened. Also returned is how
    many steps mean nothing elsewhere: brush strokes, and what was done to single marks.
    """
    earlier = [t for t in turns if t.status is TurnStatus.EARLIER]
    said = [_as_now(state, t.number, replace(t.plan, then=None)) for t in earlier]
    plans = [plan for plan in said if plan is not None and _carries(plan)]
    bound = sum(1 for plan in said if plan is not None and not _carries(plan))
    for step in state.steps[: state.position]:
        if step.plan is None:
            bound += step.turn is None  # else it changed an earlier one, which says so itself
        elif (plan := _as_now(state, step.turn, step.plan)) is not None:
            if _carries(plan):
                plans.append(plan)
            else:
                bound += 1
    return tuple(plans), bound


def _as_now(state: DocumentState, turn: int | None, plan: Plan) -> Plan | None:
    """Return what a turn's plan means now: at its changed strengths, None if it is off."""
    view = None if turn is None else state.rounds.get(turn)
    if view is None:
        return plan
    return replace(view.plan, then=None) if view.enabled else None


def _carries(plan: Plan) -> bool:
    return all(scope.marks is None for scope in (*plan.edits, *plan.keep))


class BatchRun(QObject):
    """Sends one photo at a time, so that what the user does meanwhile is not kept waiting."""

    done = Signal(object)
    moved = Signal()

    def __init__(self, session: AppSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._waiting: list[Path] = []
        self._plans: tuple[Plan, ...] = ()
        self._revision: int | None = None
        self._count = 0
        self.outcomes: list[FileOutcome] = []
        session.file_done.connect(self._on_done)

    @property
    def running(self) -> bool:
        return self._revision is not None

    def start(self, photos: Sequence[Path], plans: Sequence[Plan]) -> None:
        """Begin with these photos; each is saved beside its original."""
        self._waiting = list(photos)
        self._plans = tuple(plans)
        self._count = len(photos)
        self.outcomes = []
        self._next()

    def _next(self) -> None:
        if not self._waiting:
            self._revision = None
            self.done.emit(tuple(self.outcomes))
            return
        path = self._waiting.pop(0)
        number = self._count - len(self._waiting)
        words = tr("{name} ({number} of {count})", name=path.name, number=number, count=self._count)
        self._revision = self._session.retouch_file(path, free_path(path), self._plans, words)
        self.moved.emit()

    def _on_done(self, revision: int, outcome: FileOutcome | None) -> None:
        if revision != self._revision:
            return
        if outcome is None:
            self._waiting.clear()
        else:
            self.outcomes.append(outcome)
        self._next()


def summary(outcomes: Sequence[FileOutcome], count: int) -> tuple[str, list[str]]:
    """Return a sentence and its details about what a run did with `count` photos."""
    saved = [o for o in outcomes if o.target is not None]
    sentence = tr_count("1 photo was saved.", "{count} photos were saved.", len(saved))
    if len(outcomes) < count:
        sentence += " " + tr("The run was stopped before the others.")
    failed = [f"{o.path.name}: {o.reason}" for o in outcomes if o.target is None]
    same = sum(1 for o in saved if not o.changed)
    notes = [*failed]
    if same:
        words = ("On one of them nothing was found to change.",)
        notes.append(tr_count(words[0], "On {count} of them nothing was found to change.", same))
    return sentence, notes
