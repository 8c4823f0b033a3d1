"""Which marks a sentence may touch: kinds, places, faces, keeps, locks."""

import numpy as np
import pytest

from retouchgpt_core.document.selection import faces_meant, select_marks, standing_keeps
from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.geometry import Box, Point, Window
from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.vocabulary import EVERYTHING, FACE_REGIONS, Kind, Region


def _face(number: int, x: int, side: int) -> FaceLayout:
    window = Window(x, 0, side, 512)
    nothing = np.zeros((478, 2), np.float32)
    labels = np.zeros((512, 512), np.uint8)
    return FaceLayout(number, Box(x, 10, side, side), 0.9, nothing, side / 4, window, labels)


FACES = (_face(1, 0, 100), _face(2, 300, 180), _face(3, 900, 90))


def _mark(mark_id: str, kind: Kind, region: Region, face: int = 1) -> Mark:
    box = Box(0, 0, 4, 4)
    full = np.full((4, 4), 255, np.uint8)
    place = Point(2.0, 2.0)
    return Mark(mark_id, face, kind, region, place, 2.0, box, 0.9, Window(0, 0, 40, 40), box, full)


MARKS = {
    mark.id: mark
    for mark in (
        _mark("acne-left", Kind.ACNE, Region.CHEEK_LEFT),
        _mark("acne-right", Kind.ACNE, Region.CHEEK_RIGHT),
        _mark("acne-neck", Kind.ACNE, Region.NECK),
        _mark("mole-left", Kind.MOLE, Region.CHEEK_LEFT),
        _mark("shine", Kind.SHINE, Region.FOREHEAD),
        _mark("acne-2", Kind.ACNE, Region.CHEEK_LEFT, face=2),
        _mark("acne-3", Kind.ACNE, Region.CHEEK_LEFT, face=3),
    )
}


def _plan(*edits: Edit, keep: tuple[Keep, ...] = ()) -> Plan:
    return Plan(Action.RETOUCH, edits, keep)


def _chosen(
    plan: Plan, keeps: tuple[Keep, ...] = (), locks: frozenset[str] = frozenset()
) -> dict[str, float]:
    return select_marks(plan, MARKS, keeps, locks, FACES)


def test_kinds_and_places() -> None:
    cheek = Edit((Kind.ACNE,), (Region.CHEEK_LEFT,), strength=0.5)
    assert _chosen(_plan(cheek)) == {"acne-left": 0.5, "acne-2": 0.5, "acne-3": 0.5}
    face = Edit((Kind.ACNE,), FACE_REGIONS)
    assert "acne-neck" not in _chosen(_plan(face))
    assert _chosen(_plan()) == {}


def test_permanent_marks_only_by_name() -> None:
    assert "mole-left" not in _chosen(_plan(Edit(EVERYTHING)))
    assert _chosen(_plan(Edit((Kind.MOLE,)))) == {"mole-left": 1.0}


@pytest.mark.parametrize(
    ("selectors", "numbers"),
    [
        ((), {1, 2, 3}),
        (("left",), {1}),
        (("middle",), {2}),
        (("right",), {3}),
        (("largest",), {2}),
        ((3,), {3}),
        ((4,), set()),
        (("left", 3), {1, 3}),
    ],
)
def test_faces(selectors: tuple[str | int, ...], numbers: set[int]) -> None:
    assert faces_meant(selectors, FACES) == numbers
    edit = Edit((Kind.ACNE,), (Region.CHEEK_LEFT,), selectors)
    ids = {1: "acne-left", 2: "acne-2", 3: "acne-3"}
    assert set(_chosen(_plan(edit))) == {ids[n] for n in numbers}


def test_one_face_answers_to_every_word() -> None:
    for word in ("left", "middle", "right", "largest", 1):
        assert faces_meant((word,), FACES[:1]) == {1}


def test_two_people_are_treated_differently() -> None:
    plan = _plan(
        Edit((Kind.ACNE,), (Region.CHEEK_LEFT,), (), strength=0.5),
        Edit((Kind.ACNE,), (Region.CHEEK_LEFT,), ("right",), strength=1.0),
    )
    for form in (plan, plan.canonical()):
        assert _chosen(form) == {"acne-left": 0.5, "acne-2": 0.5, "acne-3": 1.0}


def test_a_keep_wins_over_kinds_but_not_over_a_clicked_mark() -> None:
    keep = Keep((Kind.ACNE,), (Region.CHEEK_LEFT,), ("left",))
    everywhere = Edit((Kind.ACNE,), (Region.CHEEK_LEFT, Region.CHEEK_RIGHT))
    expected = {"acne-right", "acne-2", "acne-3"}
    assert set(_chosen(_plan(everywhere, keep=(keep,)))) == expected
    assert set(_chosen(_plan(everywhere), (keep,))) == expected
    clicked = Edit((), (), (), ("acne-left",), 0.7)
    assert _chosen(_plan(clicked), (keep,)) == {"acne-left": 0.7}


def test_a_lock_always_wins() -> None:
    clicked = Edit((), (), (), ("acne-left", "shine"), 1.0)
    assert _chosen(_plan(clicked), locks=frozenset({"acne-left"})) == {"shine": 1.0}
    assert _chosen(_plan(Edit((Kind.SHINE,))), locks=frozenset({"shine"})) == {}


def test_zero_puts_back() -> None:
    assert _chosen(_plan(Edit((Kind.SHINE,), strength=0.0))) == {"shine": 0.0}


def test_a_keep_stands_until_its_kind_is_named_again() -> None:
    moles = Keep((Kind.MOLE, Kind.FRECKLE))
    first = _plan(Edit((Kind.ACNE,)), keep=(moles,))
    second = _plan(Edit((Kind.SHINE,)))
    third = _plan(Edit((Kind.MOLE,), (Region.NOSE,)))
    kinds = {k for keep in standing_keeps([first, second]) for k in keep.kinds}
    assert kinds == {Kind.MOLE, Kind.FRECKLE}
    kinds = {k for keep in standing_keeps([first, second, third]) for k in keep.kinds}
    assert kinds == {Kind.FRECKLE}
    assert standing_keeps([first, Plan(Action.RESET)]) == ()
    assert standing_keeps([first, Plan(Action.EXPLAIN)]) == standing_keeps([first])
    # What a round keeps itself stands, also if it names the kind.
    both = _plan(Edit((Kind.MOLE,)), keep=(Keep((Kind.MOLE,), (Region.NOSE,)),))
    assert standing_keeps([first, both])[-1] == Keep((Kind.MOLE,), (Region.NOSE,))
    assert standing_keeps([]) == ()


def test_a_kept_mark_stands_until_that_mark_is_named() -> None:
    kept = _plan(Edit((Kind.ACNE,)), keep=(Keep((), (), (), ("acne-left", "shine")),))
    again = _plan(Edit((), (), (), ("acne-left",), 1.0))
    assert set(
        _chosen(_plan(Edit((Kind.ACNE,), (Region.CHEEK_LEFT,))), standing_keeps([kept]))
    ) == {
        "acne-2",
        "acne-3",
    }
    assert standing_keeps([kept, again]) == (Keep((), (), (), ("shine",)),)
