"""The arithmetic of a dialogue: less, more, the other side, back again."""

import pytest

from retouchgpt_core.language.dialogue import DialogueState, resolve
from retouchgpt_core.language.draft import read_draft
from retouchgpt_core.language.plan import Action, Plan
from retouchgpt_core.vocabulary import FACE_REGIONS, Kind, Region


def turn(state: DialogueState, draft: str) -> tuple[Plan, DialogueState]:
    plan = resolve(read_draft([*draft.split(), "<end>"]), state)
    return plan, state.after(plan)


def play(*drafts: str, faces: int = 1, selected: tuple[str, ...] = ()) -> Plan:
    state = DialogueState(face_count=faces, selected=selected)
    plan = Plan(Action.CLARIFY)
    for draft in drafts:
        plan, state = turn(state, draft)
    return plan


@pytest.mark.parametrize(
    ("word", "wanted"),
    [("<less>", 0.3), ("<bit_less>", 0.42), ("<more>", 0.8), ("<bit_more>", 0.72), ("<s0>", 0.0)],
)
def test_relative_strength(word, wanted):
    plan = play("<edit> <shine> <at_nose> <s6>", f"<edit> <same> {word}")
    (edit,) = plan.edits
    assert (edit.kinds, edit.regions) == ((Kind.SHINE,), (Region.NOSE,))
    assert edit.strength == pytest.approx(wanted)


def test_less_twice_and_more_at_the_top():
    assert play("<edit> <acne> <s10>", "<edit> <same> <less>", "<edit> <same> <less>").edits[
        0
    ].strength == pytest.approx(0.25)
    assert play("<edit> <acne> <s10>", "<edit> <same> <more>").edits[0].strength == 1.0


def test_less_in_one_place_leaves_the_others():
    drafts = ("<edit> <eye_bag> <at_under_eye> <s5>", "<edit> <same> <left> <at_half> <less>")
    (edit,) = play(*drafts).edits
    assert edit.regions == (Region.UNDER_EYE_LEFT,)
    assert edit.strength == 0.25


def test_the_other_side_and_the_same_elsewhere():
    first = "<edit> <acne> <left> <at_cheek> <s8>"
    (edit,) = play(first, "<edit> <same> <other_side> <as_before>").edits
    assert (edit.regions, edit.strength) == ((Region.CHEEK_RIGHT,), 0.8)
    (edit,) = play(first, "<edit> <same> <at_forehead> <as_before>").edits
    assert (edit.kinds, edit.regions, edit.strength) == ((Kind.ACNE,), (Region.FOREHEAD,), 0.8)
    (edit,) = play(first, "<edit> <blackhead> <same_place> <s10>").edits
    assert (edit.kinds, edit.regions) == ((Kind.BLACKHEAD,), (Region.CHEEK_LEFT,))


def test_less_shine_asks_for_more_retouching():
    assert play("<edit> <shine> <reduce>").edits[0].strength == 0.5
    assert play("<edit> <shine> <s5>", "<edit> <shine> <reduce>").edits[0].strength == 0.75


def test_references_to_nothing_ask():
    for draft in (
        "<edit> <same> <less>",
        "<edit> <acne> <same_place> <s10>",
        "<edit> <marked> <s5>",
    ):
        plan = play(draft)
        assert plan.action is Action.CLARIFY
        assert plan.options == ()


def test_undo_redo_and_reset_move_what_less_refers_to():
    state = DialogueState()
    _, state = turn(state, "<edit> <acne> <s10>")
    _, state = turn(state, "<edit> <shine> <s4>")
    _, state = turn(state, "<undo>")
    assert turn(state, "<edit> <same> <less>")[0].edits[0].kinds == (Kind.ACNE,)
    assert state.strength_of(Kind.SHINE, Region.NOSE) is None
    _, state = turn(state, "<redo>")
    assert state.strength_of(Kind.SHINE, Region.NOSE) == 0.4
    _, state = turn(state, "<reset>")
    assert not state.strengths
    _, state = turn(state, "<undo>")
    assert state.strength_of(Kind.SHINE, Region.NOSE) == 0.4


def test_undo_and_then_something_else():
    plan = play("<edit> <acne> <s10>", "<undo> <then> <edit> <scar> <s10>")
    assert plan.action is Action.UNDO
    assert plan.count == 1
    assert plan.then is not None
    assert plan.then.edits[0].kinds == (Kind.SCAR,)


def test_keeping_what_was_changed_puts_it_back():
    (edit,) = play("<edit> <freckle> <s10>", "<keep> <freckle>").edits
    assert (edit.kinds, edit.strength) == ((Kind.FRECKLE,), 0.0)
    plan = play("<edit> <acne> <s10>", "<keep> <freckle>")
    assert plan.edits == ()
    assert plan.keep[0].kinds == (Kind.FRECKLE,)


def test_a_keep_of_just_what_is_softened_does_not_undo_it():
    plan = play("<edit> <texture> <s3> <keep> <texture>")
    assert plan.edits
    assert not plan.keep
    plan = play("<edit> <texture> <s3> <keep> <texture> <at_nose>")
    assert [k.regions for k in plan.keep] == [(Region.NOSE,)]
    assert play("<edit> <acne> <s10> <keep> <acne>").keep
    plan = play("<edit> <texture> <s3> <keep> <texture> <mole>")
    assert [k.kinds for k in plan.keep] == [(Kind.MOLE,)]
    plan = play("<edit> <shine> <redness> <s3> <keep> <redness>")
    assert [k.kinds for k in plan.keep] == [(Kind.REDNESS,)]


def test_a_keep_stays_in_force_until_its_kind_is_named():
    swept = play("<edit> <acne> <s10> <keep> <redness>", "<edit> <everything> <s10>")
    assert swept.keep[0].kinds == (Kind.REDNESS,)
    named = play("<edit> <acne> <s10> <keep> <redness>", "<edit> <redness> <s10>")
    assert named.keep == ()


def test_an_unnamed_person_is_asked_about_only_among_several():
    draft = "<which_face> <edit> <wrinkle> <s5>"
    assert play(draft).action is Action.RETOUCH
    plan = play(draft, faces=3)
    assert plan.action is Action.CLARIFY
    assert [o.edits[0].faces for o in plan.options or ()] == [(1,), (2,), (3,)]


def test_kinds_that_could_be_meant_become_options():
    plan = play("<either> <mole> <age_spot> <acne_mark> <at_chin> <s10>")
    assert [o.edits[0].kinds for o in plan.options or ()] == [
        (Kind.MOLE,),
        (Kind.AGE_SPOT,),
        (Kind.ACNE_MARK,),
    ]


def test_a_selection_is_named_by_its_marks():
    plan = play("<edit> <marked> <s10>", selected=("m7",))
    assert plan.edits[0].marks == ("m7",)


def test_later_clauses_overwrite():
    plan = play("<edit> <wrinkle> <s10> <edit> <wrinkle> <at_forehead> <s5>")
    by_strength = {e.strength: set(e.regions) for e in plan.edits}
    assert by_strength[0.5] == {Region.FOREHEAD}
    assert by_strength[1.0] == set(FACE_REGIONS) - {Region.FOREHEAD}


def test_what_is_put_back_is_what_was_changed():
    first = "<edit> <mole> <left> <at_cheek> <at_neck> <s10>"
    for second in ("<edit> <mole> <s0>", "<keep> <mole>"):
        (edit,) = play(first, second).edits
        assert (edit.regions, edit.strength) == ((Region.CHEEK_LEFT, Region.NECK), 0.0)
    (edit,) = play(first, "<edit> <any_kind> <at_neck> <s0>").edits
    assert (edit.kinds, edit.regions) == ((Kind.MOLE,), (Region.NECK,))
    (edit,) = play("<edit> <acne> <s10>", "<edit> <mole> <s0>").edits
    assert edit.regions == FACE_REGIONS


def test_less_of_a_kind_reaches_wherever_it_was_changed():
    (edit,) = play("<edit> <wrinkle> <at_neck> <s10>", "<edit> <wrinkle> <less>").edits
    assert (edit.regions, edit.strength) == ((Region.NECK,), 0.5)


def test_less_lessens_what_still_stands_and_not_what_was_put_back():
    first, back = "<edit> <acne> <s10>", "<edit> <acne> <at_chin> <s0>"
    edits = play(first, back, "<edit> <same> <bit_less>").edits
    assert {edit.strength for edit in edits} == {0.7}
    assert not any(Region.CHIN in edit.regions for edit in edits)
    plan = play(first, "<edit> <acne> <s0>", "<edit> <same> <less>")
    assert (plan.action, plan.options) == (Action.CLARIFY, ())
