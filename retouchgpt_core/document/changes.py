"""From one state to the next: a round carried out, changed afterwards, or a mask erased by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from retouchgpt_core.document.rounds import (
    Round,
    edited,
    folded,
    holding,
    next_number,
    open_round,
)
from retouchgpt_core.document.state import EditState, FillKey
from retouchgpt_core.document.stroke import Stroke
from retouchgpt_core.document.turn import Choice, Turn
from retouchgpt_core.errors import RetouchError
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.retouch.brushing import without_stroke
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.masks import SoftMask, erased
from retouchgpt_core.vocabulary import Kind


def after(
    state: EditState,
    choice: Choice,
    fills: Mapping[FillKey, Fill],
    label: str,
    turn: Turn | None = None,
    kinds: Mapping[str, Kind] | None = None,
) -> EditState:
    """Return the state once a choice is carried out, as one more round.

    `turn` is the sentence that asked for it; `kinds` what the user called marks, which makes the
    round a fixed one.
    """
    if turn is not None:
        turn = replace(turn, marks=tuple(choice.marks[i] for i in choice.strengths))
    done = Round(
        number=next_number(state.rounds),
        label=label,
        strengths=choice.strengths,
        turn=turn,
        strokes=choice.strokes,
        kinds=kinds or {},
        fixed=kinds is not None,
    )
    strengths = {**state.strengths, **choice.strengths}
    return replace(
        state,
        marks={**state.marks, **choice.marks},
        strengths={i: s for i, s in strengths.items() if s > 0},
        fills={**state.fills, **fills} if fills else state.fills,
        rounds=(*state.rounds, done),
    )


def corrected(
    choice: Choice,
    painted: SoftMask,
    drawn: Stroke,
    mark: Mark | None,
    photo_size: tuple[int, int],
) -> Choice:
    """Return what a pending turn would change once a stroke has added `mark`, or erased if None."""
    marks, strengths = dict(choice.marks), dict(choice.strengths)
    if mark is not None:
        marks[mark.id] = mark
        drawn = replace(drawn, mark=mark.id)
        strengths[mark.id] = max(strengths.values(), default=1.0) or 1.0
    for mark_id in list(choice.strengths) if mark is None else ():
        left = erased(marks[mark_id], painted, photo_size)
        if left is None:
            del strengths[mark_id]
        else:
            marks[mark_id] = left
    return Choice(marks, strengths, (*choice.strokes, drawn))


def meant_still(choice: Choice, renamed: Mapping[str, Mark], plan: Plan) -> Choice:
    """Return what a pending turn would change of these marks under their new kinds."""
    marks = dict(choice.marks) | {i: m for i, m in renamed.items() if i in choice.marks}
    strengths = {
        i: s
        for i, s in choice.strengths.items()
        if i not in renamed or plan.selects(marks[i].kind, marks[i].region, i)
    }
    return replace(choice, marks=marks, strengths=strengths)


def with_round_changed(
    state: EditState,
    number: int,
    enabled: bool | None = None,
    strength: float | None = None,
    mark_ids: Sequence[str] | None = None,
) -> EditState:
    """Return the state with one past round switched on or off, or setting another strength.

    `strength` is for the strongest marks that the round sets, the others keeping their proportion
    (see `Round.scaled`), or for exactly `mark_ids` among them. What later rounds set stands;
    locked marks stay as they are. Raises RetouchError if there is no such round, or it cannot be
    changed so.
    """
    wished: dict[str, float] = {}
    try:
        if strength is not None and mark_ids is None:
            wished = open_round(state.rounds, number).scaled(strength)
        elif strength is not None:
            wished = dict.fromkeys(mark_ids or (), strength)
        rounds = edited(state.rounds, number, enabled, wished)
    except (KeyError, ValueError) as error:
        raise RetouchError("That round cannot be changed so.", "Choose another.") from error
    rounds = holding(rounds, {i: state.strengths.get(i, 0.0) for i in state.locks})
    return replace(state, strengths=folded(rounds), rounds=rounds)


def with_mark_added(
    state: EditState, number: int, mark: Mark, fills: Mapping[FillKey, Fill], drawn: Stroke
) -> EditState:
    """Return the state with a painted mark added to what one past round sets.

    It gets the round's largest strength, 1.0 if that is 0. Raises RetouchError as
    `with_round_changed` does.
    """
    one = changeable_round(state, number)
    strength = strength_added(one)
    new = replace(
        one,
        strengths={**one.strengths, mark.id: strength},
        strokes=(*one.strokes, replace(drawn, mark=mark.id, late=True)),
    )
    marks = {**state.marks, mark.id: mark}
    return _with_round(replace(state, marks=marks, fills={**state.fills, **fills}), one, new)


def strength_added(one: Round) -> float:
    """Return the strength that a mark painted on a round's mask gets."""
    return one.strength or 1.0


def with_round_erased(
    state: EditState, number: int, painted: SoftMask, drawn: Stroke, photo_size: tuple[int, int]
) -> EditState:
    """Return the state with a stroke taken off the masks of what one past round sets.

    Marks of other rounds, and locked ones, stay as they are; of the fills only masks change. A
    mark of which nothing is left is no longer set by the round. Returns the same state if the
    stroke hit none. Raises RetouchError as `with_round_changed` does.
    """
    one = changeable_round(state, number)
    marks, fills = dict(state.marks), dict(state.fills)
    strengths = dict(one.strengths)
    for mark_id in [i for i in one.strengths if i not in state.locks]:
        old = marks[mark_id]
        left = erased(old, painted, photo_size)
        if left is old:
            continue
        if left is None:
            del strengths[mark_id]
            continue
        marks[mark_id] = left
        if old.key in fills:
            fills[left.key] = without_stroke(fills[old.key], left)
    if strengths == one.strengths and marks == dict(state.marks):
        return state
    new = replace(one, strengths=strengths, strokes=(*one.strokes, replace(drawn, late=True)))
    return _with_round(replace(state, strengths={}, marks=marks, fills=fills), one, new)


def changeable_round(state: EditState, number: int) -> Round:
    """Return a past round that is open to change. Raises RetouchError otherwise."""
    try:
        return open_round(state.rounds, number)
    except (KeyError, ValueError) as error:
        raise RetouchError("That round cannot be changed so.", "Choose another.") from error


def _with_round(state: EditState, old: Round, new: Round) -> EditState:
    if new.turn is not None:
        marks = tuple(state.marks[i] for i in new.strengths)
        new = replace(new, turn=replace(new.turn, marks=marks))
    rounds = tuple(new if one is old else one for one in state.rounds)
    return replace(state, strengths=folded(rounds), rounds=rounds)


def as_opened(state: EditState, keep_locked: bool) -> EditState:
    """Return the state with nothing retouched; locked marks stay as they are if asked for."""
    held = {i: s for i, s in state.strengths.items() if keep_locked and i in state.locks}
    return replace(state, strengths=held, rounds=holding((), held))


def without_erased(
    state: EditState, painted: SoftMask, drawn: Stroke, photo_size: tuple[int, int]
) -> EditState:
    """Return the state with retouched skin taken back under a stroke; the same if it hit none."""
    marks, fills = dict(state.marks), dict(state.fills)
    gone: dict[str, float] = {}
    touched = False
    for mark_id in state.strengths:
        old = marks[mark_id]
        left = erased(old, painted, photo_size)
        if left is old:
            continue
        touched = True
        if left is None:
            gone[mark_id] = 0.0
            continue
        marks[mark_id] = left
        fills[left.key] = without_stroke(fills[old.key], left)
    if not touched:
        return state
    done = Round(next_number(state.rounds), "Eraser", gone, strokes=(drawn,), fixed=True)
    return replace(
        state,
        marks=marks,
        strengths={i: s for i, s in state.strengths.items() if i not in gone},
        fills=fills,
        rounds=(*state.rounds, done),
    )
