"""Messages of several wishes, corrections, remarks: their words and their drafts say the same."""

import random

import pytest

from retouchgpt_core.language.dialogue import DialogueState, resolve
from retouchgpt_core.language.draft import read_draft
from retouchgpt_core.language.grammar import is_valid
from retouchgpt_core.language.plan import Action, Plan
from retouchgpt_core.language.tokens import DECLINE, EDIT, END, KEEP, WHICH_FACE
from retouchgpt_core.synthesis.dialogues import (
    clauses,
    corrections,
    keyboard,
    people,
    refusals,
    sample_turns,
    wishes,
)


def plan_of(draft: tuple[str, ...], state: DialogueState | None = None) -> Plan:
    assert is_valid((*draft, END)), draft
    return resolve(read_draft(draft), state or DialogueState())


def test_wishes_are_many_and_each_has_its_words():
    rng = random.Random(3)
    counts = []
    for _ in range(400):
        text, draft = wishes.sequence(rng)
        plan = plan_of(draft)
        assert plan.action is Action.RETOUCH
        counts.append(draft.count(EDIT) + draft.count(KEEP))
        assert len(text.split()) >= counts[-1]
    assert max(counts) >= 5
    assert min(counts) == 2


@pytest.mark.parametrize("maker", [m for m, _ in wishes._WAYS])
def test_every_way_to_wish_is_grammatical(maker):
    rng = random.Random(8)
    for _ in range(150):
        text, draft = maker(rng)
        assert plan_of(draft).action is Action.RETOUCH
        assert "{" not in text


def test_a_complaint_is_as_strong_as_its_fix():
    rng = random.Random(4)
    for _ in range(200):
        text, draft = wishes.bare_state(rng)
        (edit,) = plan_of(draft).edits
        if "get rid of" in text:
            assert edit.strength == 1.0
        if text.endswith(", soften it"):
            assert edit.strength == 0.5


def test_the_share_that_is_left_is_what_is_not_taken():
    assert clauses.remaining(("<s2>",)) == ("<leave_percent>", "<d2>", "<d0>")
    assert plan_of((EDIT, "<acne>", *clauses.remaining(("<s2>",)))).edits[0].strength == 0.8
    assert clauses.remaining(("<third>",)) == ("<two_thirds>",)
    assert clauses.remaining(("<percent>", "<d3>", "<d5>"))[0] == "<leave_percent>"


@pytest.mark.parametrize(
    "maker", [refusals.declined, refusals.praise, refusals.more_of_it, refusals.elsewhere]
)
def test_what_asks_for_no_edit_has_none(maker):
    rng = random.Random(6)
    for _ in range(150):
        text, draft = maker(rng)
        assert draft[0] == DECLINE
        assert plan_of(draft).action is Action.DECLINE
        assert "{" not in text


def test_corrections_put_back_what_was_wrong():
    first = plan_of((EDIT, "<mole>", "<left>", "<at_cheek>", "<s10>"))
    state = DialogueState().after(first)
    rng = random.Random(1)
    wrong_side = plan_of(corrections._wrong_side(rng, ())[1], state)
    strengths = {r: e.strength for e in wrong_side.edits for r in e.regions}
    assert strengths == {"cheek_left": 0.0, "cheek_right": 1.0}
    wrong_kind = plan_of(corrections._wrong_kind(rng, ("<mole>",))[1], state)
    assert {e.regions for e in wrong_kind.edits} == {("cheek_left",)}


def test_a_named_person_is_asked_about_among_several():
    rng = random.Random(2)
    drafts = [people.someone(rng, 3)[1] for _ in range(60)]
    assert sum(d[0] == WHICH_FACE for d in drafts) > 40
    assert all(people.someone(rng, 1)[1][0] == EDIT for _ in range(60))


def test_some_dialogues_are_long_and_hold_together():
    rng = random.Random(0)
    longest = max((sample_turns(rng) for _ in range(3000)), key=len)
    assert len(longest) == 20
    assert longest[-1].state


def test_texting_and_telegrams_keep_the_wish():
    rng = random.Random(5)
    texts = {keyboard.texted("please remove the freckles under the eyes", rng) for _ in range(40)}
    assert any("pls" in t or "plz" in t for t in texts)
    short = {keyboard.telegraphic("remove the mole on the chin", rng) for _ in range(40)}
    assert "remove mole chin" in short
