"""Do again, on a photo just opened, what a sidecar or a project says was done."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from retouchgpt_core.document.rounds import Round
from retouchgpt_core.document.sidecar import Sidecar
from retouchgpt_core.document.stroke import Stroke
from retouchgpt_core.errors import NothingThereError
from retouchgpt_core.session import Session

_POINTED_AT = "Marks that were pointed at belong to the other photo; they were left out."
_BRUSHED = "Brush strokes belong to the other photo; they were left out."
_LOCKED = "Locks on single marks belong to the other photo; they were left out."
_OTHER_WEIGHTS = (
    "Other weights find other marks: sentences and strokes were done again, "
    "single marks that were pointed at were not."
)


def replay(session: Session, sidecar: Sidecar) -> tuple[str, ...]:
    """Carry out every round of a sidecar on an open photo, each as a step that can be undone.

    On the same photo with the same weights the result is the same, bit for bit, unless rounds
    were changed after later ones had begun from them. On another photo every sentence is carried
    out on that photo's own marks. Returns sentences about what could not be carried over.
    """
    same_photo = sidecar.source.matches(session.original)
    same_marks = same_photo and dict(sidecar.kept.weights) == session.weights
    if same_marks:
        _again(session, sidecar)
        return ()
    return _elsewhere(session, sidecar, same_photo)


def _again(session: Session, sidecar: Sidecar) -> None:
    """The same photo and weights: every mark has the id that it had."""
    renamed: dict[str, str] = {}
    switched_off: list[int] = []
    numbers: dict[int, int] = {}
    for one in sidecar.rounds:
        if one.kinds:
            for mark_id, kind in one.kinds.items():
                session.set_kind([renamed.get(mark_id, mark_id)], kind)
            continue
        if one.turn is not None:
            plan = replace(one.turn.plan, then=None)
            session.propose_plan(plan, one.turn.text)
        _draw(session, one, renamed)
        wished = {renamed.get(i, i): strength for i, strength in one.strengths.items()}
        if one.turn is not None:
            session.choose(wished)
            session.apply()
        elif all(stroke.late for stroke in one.strokes):
            session.set_strengths(wished)
        numbers[one.number] = session.state.rounds[-1].number if session.state.rounds else 0
        if not one.enabled:
            switched_off.append(session.rounds[-1].number)
    for one in sidecar.rounds:
        for stroke in (each for each in one.strokes if each.late):
            _paint(session, stroke, renamed, numbers.get(one.number))
    for number in switched_off:
        session.set_round(number, enabled=False)
    session.set_locked([renamed.get(i, i) for i in sidecar.locks], True)


def _elsewhere(session: Session, sidecar: Sidecar, same_photo: bool) -> tuple[str, ...]:
    notes: dict[str, None] = {_OTHER_WEIGHTS: None} if same_photo else {}
    for one in (each for each in sidecar.rounds if each.enabled):
        plan = sidecar.as_plan(one)
        if plan is not None:
            session.propose_plan(plan, None if one.turn is None else one.turn.text)
        if same_photo:
            for stroke in one.strokes:
                _paint(session, stroke, {})
        elif one.strokes:
            notes[_BRUSHED] = None
        if plan is not None:
            session.apply()
        said = () if one.turn is None else (*one.turn.plan.edits, *one.turn.plan.keep)
        alone = plan is None and bool(one.strengths) and not one.strokes
        if alone or any(scope.marks is not None for scope in said):
            notes[_POINTED_AT] = None
    if sidecar.locks:
        notes[_LOCKED] = None
    return tuple(notes)


def _draw(session: Session, one: Round, renamed: dict[str, str]) -> None:
    """Draw the strokes that a round began with, and note which marks they paint now."""
    for stroke in (each for each in one.strokes if not each.late):
        _paint(session, stroke, renamed)


def _paint(
    session: Session, stroke: Stroke, renamed: dict[str, str], number: int | None = None
) -> None:
    """Draw a stroke, on the mask of a past round if a number is given."""
    known = _painted(session)
    drawn = stroke.points, stroke.radius, stroke.hardness, stroke.erase, stroke.shape
    with suppress(NothingThereError):  # other weights may see the face otherwise
        if number is None:
            session.brush(*drawn)
        else:
            session.brush_round(number, *drawn)
    new = [i for i in _painted(session) if i not in known]
    if new and stroke.mark:
        renamed[stroke.mark] = new[0]


def _painted(session: Session) -> Iterable[str]:
    return [mark.id for mark in session.marks if mark.painted]
