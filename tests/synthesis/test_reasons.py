"""Messages that say what bothers, and wishes under headings: words and drafts agree."""

import random

import pytest

from retouchgpt_core.language.plan import Action
from retouchgpt_core.synthesis.dialogues import reasons
from tests.synthesis.drafts import plan_of


@pytest.mark.parametrize("maker", [m for m, _ in reasons._WAYS])
def test_every_message_is_grammatical(maker):
    rng = random.Random(8)
    for _ in range(200):
        text, draft = maker(rng)
        assert plan_of(draft).action is Action.RETOUCH
        assert "{" not in text
        assert text.strip()


def test_what_does_not_bother_is_kept_and_never_edited():
    rng = random.Random(3)
    for _ in range(200):
        _, draft = reasons.bothers(rng)
        plan = plan_of(draft)
        edited = {(k, r) for e in plan.edits for k in e.kinds for r in e.regions}
        kept = {(k, r) for e in plan.keep for k in e.kinds for r in e.regions}
        assert kept
        assert edited
        assert not kept & edited
        _, draft = reasons.no_need(rng)
        assert not plan_of(draft).edits
        assert plan_of(draft).keep


def test_things_under_a_heading_lie_in_one_place():
    rng = random.Random(4)
    for _ in range(100):
        _, draft = reasons.under_heading(rng)
        plan = plan_of(draft)
        assert len({edit.regions for edit in plan.edits}) == 1
        assert len({k for edit in plan.edits for k in edit.kinds}) >= 2


def test_one_kind_gets_each_place_its_own_strength():
    rng = random.Random(5)
    several = 0
    for _ in range(100):
        _, draft = reasons.each_place(rng)
        plan = plan_of(draft)
        assert len({edit.kinds for edit in plan.edits}) == 1
        several += len({edit.strength for edit in plan.edits}) > 1
    assert several > 70
