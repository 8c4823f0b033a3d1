"""What sentences may never do, and that what they did can be done again elsewhere."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from retouchgpt_core.document.sidecar import read_sidecar
from retouchgpt_core.document.state import EditState
from retouchgpt_core.geometry import Box
from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.photo import Photo
from retouchgpt_core.replay import replay
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.masks import photo_mask
from retouchgpt_core.session import Session
from retouchgpt_core.vocabulary import FACE_REGIONS, Kind, Region
from tests.retouch.synthetic_face import painted

SIZE = (120, 90)
PHOTO = Photo.from_array(np.random.default_rng(1).integers(0, 65536, (90, 120, 3), np.uint16))
KINDS = (Kind.ACNE, Kind.MOLE, Kind.WRINKLE, Kind.SHINE)
REGIONS = (Region.CHEEK_LEFT, Region.CHIN)


def _opened() -> EditState:
    """Eight marks that overlap, two of each kind in two places, with their fills."""
    rng = np.random.default_rng(2)
    marks, fills = {}, {}
    for number in range(8):
        full = np.full((24, 30), 255, np.uint8)
        place = Box(3 + 11 * number, 4 + 7 * number, 30, 24)
        kind, region = KINDS[number % 4], REGIONS[number // 4]
        mark = painted(f"m{number}", place, full, kind, region, SIZE)
        mark = replace(mark, painted=False)
        shape = (mark.box.height, mark.box.width)
        mask = rng.integers(0, 256, shape).astype(np.uint8)
        delta = rng.normal(0, 0.2, (*shape, 3)).astype(np.float16)
        marks[mark.id] = mark
        fills[mark.key] = Fill(mark.id, mark.box, mask, delta, mark.layer, SIZE)
    return EditState(marks=marks, fills=fills)


OPENED = _opened()
NAMES = sorted(OPENED.marks)


class _NoReader:
    """Plans are handed over ready."""

    def interpret(self, text: str, dialogue: DialogueState) -> Plan:
        raise AssertionError((text, dialogue))


def _session() -> Session:
    """One whose fills are all there, so that no network is needed."""
    return Session(PHOTO, [], _NoReader(), state=OPENED)


STRENGTH = st.sampled_from([0.0, 0.3, 0.7, 1.0])
SOME = st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique=True).map(tuple)
PLACES = st.sampled_from([FACE_REGIONS, (Region.CHEEK_LEFT,), (Region.CHIN,)])
EDIT = st.one_of(
    st.builds(lambda kinds, places, s: Edit(kinds, places, strength=s), SOME, PLACES, STRENGTH),
    st.builds(lambda name, s: Edit((), (), (), (name,), s), st.sampled_from(NAMES), STRENGTH),
)
KEEP = st.one_of(
    st.builds(lambda kinds: Keep(kinds, FACE_REGIONS), SOME),
    st.builds(lambda name: Keep((), (), (), (name,)), st.sampled_from(NAMES)),
)
SENTENCE = st.builds(
    lambda edits, keep: Plan(Action.RETOUCH, tuple(edits), tuple(keep)),
    st.lists(EDIT, max_size=2),
    st.lists(KEEP, max_size=1),
)


def _say(session: Session, plan: Plan) -> None:
    session.propose_plan(plan, "a sentence")
    if session.pending is not None:
        session.apply()


@settings(max_examples=80, deadline=None)
@given(
    before=st.dictionaries(st.sampled_from(NAMES), STRENGTH),
    locked=st.sets(st.sampled_from(NAMES), min_size=1),
    sentences=st.lists(st.one_of(SENTENCE, st.just(Plan(Action.RESET))), min_size=1, max_size=5),
)
def test_no_sentence_touches_a_locked_mark(
    before: dict[str, float], locked: set[str], sentences: list[Plan]
) -> None:
    session = _session()
    session.set_strengths(before)
    session.set_locked(sorted(locked), True)
    held = {name: session.strengths.get(name, 0.0) for name in locked}
    bare = np.zeros((90, 120), bool)
    for name in (name for name, strength in held.items() if strength == 0.0):
        box, mask = photo_mask(session.state.marks[name])
        bare[box.slices] |= mask > 0
    for plan in sentences:
        _say(session, plan)
        assert {name: session.strengths.get(name, 0.0) for name in locked} == held
        assert session.locks == locked
        np.testing.assert_array_equal(session.render()[bare], PHOTO.pixels[bare])


@settings(max_examples=80, deadline=None)
@given(sentences=st.lists(SENTENCE, min_size=2, max_size=6))
def test_a_keep_stays_in_force_until_its_kind_is_named_again(sentences: list[Plan]) -> None:
    """A mark that was pointed at stays until it is pointed at again, whatever kind it is of."""
    session = _session()
    kinds: set[Kind] = set()
    marks: set[str] = set()
    for plan in sentences:
        before = dict(session.strengths)
        _say(session, plan)
        pointed_at = {name for edit in plan.edits for name in edit.marks or ()}
        kinds -= {kind for edit in plan.edits if edit.marks is None for kind in edit.kinds}
        kinds |= {kind for keep in plan.keep for kind in keep.kinds}
        marks -= pointed_at
        marks |= {name for keep in plan.keep for name in keep.marks or ()}
        for name, mark in OPENED.marks.items():
            if (mark.kind in kinds or name in marks) and name not in pointed_at:
                assert session.strengths.get(name) == before.get(name), (name, kinds, marks)


GESTURE = st.one_of(
    st.tuples(st.just("say"), SENTENCE),
    st.tuples(st.just("slide"), st.dictionaries(st.sampled_from(NAMES), STRENGTH, min_size=1)),
    st.tuples(st.just("lock"), st.sampled_from(NAMES)),
    st.tuples(st.just("switch"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("weaker"), st.integers(0, 9), STRENGTH),
    st.tuples(st.just("undo"), st.integers(1, 2)),
    st.tuples(st.just("reset")),
)


def _do(session: Session, gesture: Any) -> None:
    match gesture:
        case ("say", plan):
            _say(session, plan)
        case ("slide", strengths):
            session.set_strengths(strengths)
        case ("lock", name):
            session.set_locked([name], name not in session.locks)
        case ("switch" | "weaker" as what, at, value):
            if session.rounds:
                number = session.rounds[at % len(session.rounds)].number
                key = "enabled" if what == "switch" else "strength"
                session.set_round(number, **{key: value})
        case ("undo", count):
            session.undo(count)
        case _:
            session.reset(keep_locked=True)


@settings(max_examples=80, deadline=None)
@given(gestures=st.lists(GESTURE, min_size=1, max_size=8))
def test_a_sidecar_does_the_same_again(gestures: list[Any]) -> None:
    done, again = _session(), _session()
    for gesture in gestures:
        _do(done, gesture)
    with tempfile.TemporaryDirectory() as folder:
        done.save_sidecar(Path(folder) / "a.json")
        assert replay(again, read_sidecar(Path(folder) / "a.json")) == ()
    assert again.strengths == done.strengths
    assert again.locks == done.locks
    np.testing.assert_array_equal(again.render(), done.render())
    again.undo(1000)
    np.testing.assert_array_equal(again.render(), PHOTO.pixels)


@settings(max_examples=60, deadline=None)
@given(
    owners=st.lists(st.integers(0, 2), min_size=8, max_size=8),
    values=st.lists(STRENGTH, min_size=8, max_size=8),
    order=st.permutations(range(3)),
)
def test_rounds_that_set_different_marks_can_be_done_in_any_order(
    owners: list[int], values: list[float], order: list[int]
) -> None:
    def edits_of(owner: int) -> tuple[Edit, ...]:
        own = [n for n, each in enumerate(owners) if each == owner]
        return tuple(Edit((), (), (), (NAMES[n],), values[n]) for n in own)

    plans = [Plan(Action.RETOUCH, edits_of(owner)) for owner in range(3)]
    one, other = _session(), _session()
    for plan in plans:
        _say(one, plan)
    for index in order:
        _say(other, plans[index])
    assert one.strengths == other.strengths
    np.testing.assert_array_equal(one.render(), other.render())
