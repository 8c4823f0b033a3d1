"""What is offered where something was asked for that is not there."""

import numpy as np

from retouchgpt_core.document.alike import found_instead
from retouchgpt_core.geometry import Box, Point, Window
from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.language.replies import instead_reply
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.vocabulary import FACE_REGIONS, Kind, Region

LEFT, RIGHT = Region.CHEEK_LEFT, Region.CHEEK_RIGHT


def _mark(name: str, kind: Kind, region: Region) -> Mark:
    box = Box(0, 0, 4, 4)
    full = np.full((4, 4), 255, np.uint8)
    return Mark(
        name, 1, kind, region, Point(2.0, 2.0), 2.0, box, 0.9, Window(0, 0, 40, 40), box, full
    )


MARKS = {
    m.id: m
    for m in (
        _mark("a", Kind.ACNE_MARK, LEFT),
        _mark("b", Kind.ACNE_MARK, LEFT),
        _mark("c", Kind.ACNE, RIGHT),
        _mark("d", Kind.MOLE, LEFT),
    )
}


def _asked(*edits: Edit, keep: tuple[Keep, ...] = ()) -> Plan:
    return Plan(Action.RETOUCH, edits, keep).canonical()


def test_acne_marks_are_offered_where_no_pimple_is() -> None:
    offer, counts = found_instead(_asked(Edit((Kind.ACNE,), (LEFT,))), MARKS, (), (), ())
    assert offer == _asked(Edit((Kind.ACNE_MARK,), (LEFT,)))
    assert counts == {(Kind.ACNE_MARK, LEFT): 2}
    assert instead_reply(counts) == "But 2 acne marks are there."


def test_nothing_is_offered_where_what_was_asked_for_is_there_or_nothing_is_alike() -> None:
    for edit in (
        Edit((Kind.ACNE,), (RIGHT,)),
        Edit((Kind.ACNE, Kind.ACNE_MARK), FACE_REGIONS),
        Edit((Kind.SHINE,), FACE_REGIONS),
        Edit((Kind.ACNE,), (Region.CHIN,)),
    ):
        assert found_instead(_asked(edit), MARKS, (), (), ()) == (None, {})


def test_what_is_kept_or_locked_is_not_offered() -> None:
    edit = Edit((Kind.FRECKLE,), (LEFT,))
    assert found_instead(_asked(edit), MARKS, (), (), ())[0] is not None
    keep = Keep((Kind.MOLE,), FACE_REGIONS)
    assert found_instead(_asked(edit, keep=(keep,)), MARKS, (), (), ())[0] is None
    assert found_instead(_asked(edit), MARKS, (keep,), (), ())[0] is None
    assert found_instead(_asked(edit), MARKS, (), ("d",), ())[0] is None


def test_one_of_two_wishes_is_answered_with_what_is_there() -> None:
    plan = _asked(Edit((Kind.ACNE,), (LEFT,)), Edit((Kind.MOLE,), (LEFT,), strength=0.5))
    offer, counts = found_instead(plan, MARKS, (), (), ())
    assert offer == _asked(Edit((Kind.ACNE_MARK,), (LEFT,)))
    assert counts.total() == 2
