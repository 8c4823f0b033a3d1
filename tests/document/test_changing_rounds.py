"""Past rounds stay open to change; later ones and locks stand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retouchgpt_core.document.changes import (
    after,
    as_opened,
    with_mark_added,
    with_round_changed,
    with_round_erased,
    without_erased,
)
from retouchgpt_core.document.records import stroke_from, stroke_to_json
from retouchgpt_core.document.rounds import Round, folded
from retouchgpt_core.document.selection import standing_keeps
from retouchgpt_core.document.state import EditState
from retouchgpt_core.document.stroke import Stroke
from retouchgpt_core.document.turn import Choice, Turn, dialogue_of
from retouchgpt_core.errors import RetouchError
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.masks import SoftMask, stroke
from retouchgpt_core.vocabulary import Kind
from tests.retouch.synthetic_face import painted

SIZE = (200, 60)
NAMES = ("a", "b", "c", "d")
STRENGTH = st.sampled_from([0.0, 0.3, 0.7, 1.0])
ROUNDS = st.lists(st.dictionaries(st.sampled_from(NAMES), STRENGTH), min_size=1, max_size=6)


def _opened() -> EditState:
    marks, fills = {}, {}
    for number, name in enumerate(NAMES):
        full = np.full((20, 20), 255, np.uint8)
        mark = painted(name, Box(10 + 45 * number, 10, 20, 20), full, photo_size=SIZE)
        shape = (mark.box.height, mark.box.width)
        mask = np.full(shape, 255, np.uint8)
        delta = np.full((*shape, 3), 0.1, np.float16)
        fills[mark.key] = Fill(name, mark.box, mask, delta, mark.layer, SIZE)
        marks[name] = mark
    return EditState(marks=marks, fills=fills)


OPENED = _opened()


def _done(*rounds: dict[str, float], state: EditState = OPENED) -> EditState:
    for strengths in rounds:
        state = after(state, Choice({}, strengths), {}, "round")
    return state


@settings(max_examples=60, deadline=None)
@given(rounds=ROUNDS, data=st.data())
def test_a_round_that_is_off_is_as_if_it_had_never_been(
    rounds: list[dict[str, float]], data: st.DataObject
) -> None:
    state = _done(*rounds)
    assert dict(state.strengths) == folded(state.rounds)
    at = data.draw(st.integers(0, len(rounds) - 1))
    off = with_round_changed(state, at + 1, enabled=False)
    assert off.strengths == _done(*rounds[:at], *rounds[at + 1 :]).strengths
    assert with_round_changed(off, at + 1, enabled=True).strengths == state.strengths


def test_a_rounds_strength_yields_to_what_came_later() -> None:
    state = _done({"a": 1.0, "b": 1.0}, {"b": 0.3})
    half = with_round_changed(state, 1, strength=0.5)
    assert dict(half.strengths) == {"a": 0.5, "b": 0.3}
    one = with_round_changed(state, 1, strength=0.0, mark_ids=["a"])
    assert dict(one.strengths) == {"b": 0.3}
    assert dict(one.rounds[0].strengths) == {"a": 0.0, "b": 1.0}


def test_a_locked_mark_stays_when_its_round_goes() -> None:
    state = replace(_done({"a": 1.0, "b": 1.0}), locks=frozenset({"a"}))
    off = with_round_changed(state, 1, enabled=False)
    assert dict(off.strengths) == {"a": 1.0} == folded(off.rounds)
    unlocked = replace(off, locks=frozenset())
    assert dict(_done({"a": 0.3}, state=unlocked).strengths) == {"a": 0.3}
    assert dict(as_opened(state, keep_locked=True).strengths) == {"a": 1.0}
    assert not as_opened(state, keep_locked=False).strengths


def test_what_cannot_be_changed_is_refused() -> None:
    state = _done({"a": 1.0})
    for change in ({"number": 9}, {"number": 1, "strength": 1.5}):
        with pytest.raises(RetouchError):
            with_round_changed(state, **change)  # type: ignore[arg-type]
    with pytest.raises(RetouchError):
        with_round_changed(state, 1, strength=0.5, mark_ids=["b"])
    with pytest.raises(ValueError, match="strength of a"):
        Round(1, "x", {"a": float("nan")})


def test_erasing_is_a_fixed_round_that_earlier_ones_survive() -> None:
    state = _done({"a": 1.0, "b": 1.0})
    drawn = Stroke((Point(20, 20), Point(60, 20)), 40.0, 1.0, erase=True)
    painted_over = stroke(drawn.points, drawn.radius, SIZE, drawn.hardness)
    wiped = without_erased(state, painted_over, drawn, SIZE)
    assert not wiped.strengths
    assert wiped.rounds[-1].strokes == (drawn,)
    with pytest.raises(RetouchError):
        with_round_changed(wiped, wiped.rounds[-1].number, enabled=False)
    away = Stroke((Point(190, 5),), 2.0, 1.0, erase=True)
    untouched = without_erased(state, stroke(away.points, 2.0, SIZE, 1.0), away, SIZE)
    assert untouched is state


def test_part_of_a_mark_that_was_erased_stays_erased() -> None:
    state = _done({"a": 1.0})
    drawn = Stroke((Point(15, 20),), 6.0, 1.0, erase=True)
    cut = without_erased(state, stroke(drawn.points, 6.0, SIZE, 1.0), drawn, SIZE)
    assert dict(cut.strengths) == {"a": 1.0}
    assert cut.marks["a"].revision == 1
    (fill,) = cut.active_fills
    row, column = 20 - fill.box.y, 15 - fill.box.x
    assert fill.mask[row, column] == 0
    back = with_round_changed(with_round_changed(cut, 1, enabled=False), 1, enabled=True)
    assert back.active_fills == (fill,)


def _stroke_at(x: float, radius: float, erase: bool = True) -> tuple[Stroke, SoftMask]:
    drawn = Stroke((Point(x, 20),), radius, 1.0, erase=erase)
    return drawn, stroke(drawn.points, radius, SIZE, 1.0)


def test_erasing_from_a_past_round_leaves_other_rounds_alone() -> None:
    state = _done({"a": 1.0, "b": 0.7}, {"c": 1.0})
    drawn, hit = _stroke_at(15, 6.0)
    cut = with_round_erased(state, 1, hit, drawn, SIZE)
    assert dict(cut.strengths) == {"a": 1.0, "b": 0.7, "c": 1.0} == folded(cut.rounds)
    assert cut.rounds[0].strokes == (replace(drawn, late=True),)
    fill = cut.fills[cut.marks["a"].key]
    assert fill.mask[20 - fill.box.y, 15 - fill.box.x] == 0
    assert cut.fills[state.marks["a"].key] is state.fills[state.marks["a"].key]
    assert with_round_erased(state, 2, hit, drawn, SIZE) is state
    locked = replace(state, locks=frozenset({"a"}))
    assert with_round_erased(locked, 1, hit, drawn, SIZE) is locked


def test_a_mark_that_was_erased_whole_goes_back_to_what_earlier_rounds_set() -> None:
    state = _done({"a": 0.3}, {"a": 1.0, "b": 1.0})
    drawn, hit = _stroke_at(20, 30.0)
    cut = with_round_erased(state, 2, hit, drawn, SIZE)
    assert dict(cut.strengths) == {"a": 0.3, "b": 1.0} == folded(cut.rounds)
    assert cut.rounds[1].strengths.keys() == {"b"}


def test_what_is_painted_on_a_past_round_is_part_of_it() -> None:
    state = _done({"a": 0.7}, {"b": 1.0})
    mark = painted("p1", Box(150, 10, 12, 12), np.full((12, 12), 255, np.uint8), photo_size=SIZE)
    drawn, _ = _stroke_at(156, 6.0, erase=False)
    more = with_mark_added(state, 1, mark, {}, drawn)
    assert dict(more.strengths) == {"a": 0.7, "p1": 0.7, "b": 1.0} == folded(more.rounds)
    assert more.rounds[0].strokes == (replace(drawn, mark="p1", late=True),)
    off = with_round_changed(more, 1, enabled=False)
    assert dict(off.strengths) == {"b": 1.0}
    stroke_again = stroke_from(stroke_to_json(more.rounds[0].strokes[0]))
    assert stroke_again == more.rounds[0].strokes[0]
    assert "late" not in stroke_to_json(drawn)


def test_the_mask_of_a_round_that_is_fixed_or_missing_is_refused() -> None:
    state = _done({"a": 1.0})
    drawn, hit = _stroke_at(15, 6.0)
    wiped = without_erased(state, hit, drawn, SIZE)
    for number in (wiped.rounds[-1].number, 9):
        with pytest.raises(RetouchError):
            with_round_erased(wiped, number, hit, drawn, SIZE)


def _sentence(plan: Plan, *rounds: dict[str, float], state: EditState = OPENED) -> EditState:
    said = Turn("words", plan, "", (), SIZE)
    marks = {i: state.marks[i] for i in rounds[0]}
    state = after(state, Choice(marks, rounds[0]), {}, "sentence", said)
    return _done(*rounds[1:], state=state)


def test_what_was_asked_for_more_faintly_stays_fainter() -> None:
    state = _done({"a": 1.0, "b": 0.5, "c": 0.0})
    less = with_round_changed(state, 1, strength=0.6)
    assert dict(less.strengths) == {"a": 0.6, "b": 0.3}
    back = with_round_changed(less, 1, strength=1.0)
    assert dict(back.strengths) == pytest.approx({"a": 1.0, "b": 0.5})
    put_back = _done({"a": 0.0, "b": 0.0})
    assert dict(with_round_changed(put_back, 1, strength=0.4).strengths) == {"a": 0.4, "b": 0.4}


def test_the_dialogue_goes_on_from_what_rounds_say_now() -> None:
    kind, region = OPENED.marks["a"].kind, OPENED.marks["a"].region
    plan = Plan(Action.RETOUCH, (Edit((kind,), (region,)),), (Keep((Kind.MOLE,)),))
    state = _sentence(plan, {"a": 1.0, "b": 1.0}, {"c": 0.2})
    assert state.plans == (plan,)
    less = with_round_changed(state, 1, strength=0.6)
    assert less.plans[0].edits[0].strength == 0.6
    assert dialogue_of(less.plans, (), 1).strength_of(kind, region) == 0.6
    assert less.turns[0].plan is plan, "what was said stays what was said"
    off = with_round_changed(less, 1, enabled=False)
    assert off.plans == ()
    assert not standing_keeps(off.plans)
    assert with_round_changed(off, 1, enabled=True).plans == less.plans
    one = with_round_changed(state, 1, strength=0.3, mark_ids=["a"])
    assert one.plans == (plan,), "of marks that differ the sentence is told as it was"


def test_each_clause_has_the_strength_of_the_marks_it_decided_on() -> None:
    shine = replace(OPENED.marks["b"], kind=Kind.SHINE)
    opened = replace(OPENED, marks={**OPENED.marks, "b": shine})
    mark = opened.marks["a"]
    edits = (
        Edit((mark.kind,), (mark.region,)),
        Edit((Kind.SHINE,), (shine.region,), strength=0.5),
        Edit((Kind.SCAR,), strength=0.4),
    )
    state = _sentence(Plan(Action.RETOUCH, edits), {"a": 1.0, "b": 0.5}, state=opened)
    less = with_round_changed(state, 1, strength=0.5)
    assert [edit.strength for edit in less.plans[0].edits] == [0.5, 0.25, 0.4]
