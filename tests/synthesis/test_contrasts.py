"""Messages whose wishes lean on one another: their words and their drafts say the same."""

import random

import pytest

from retouchgpt_core.language.plan import Action
from retouchgpt_core.synthesis.dialogues import clauses, contrasts, keyboard
from retouchgpt_core.vocabulary import Kind, Region
from tests.synthesis.drafts import plan_of


@pytest.mark.parametrize("maker", [m for m, _ in contrasts._WAYS])
def test_every_contrast_is_grammatical(maker):
    rng = random.Random(8)
    for _ in range(200):
        text, draft = maker(rng)
        assert plan_of(draft).action is Action.RETOUCH
        assert "{" not in text


def test_what_stands_around_it_lies_in_the_same_place():
    rng = random.Random(2)
    for _ in range(100):
        _, draft = contrasts.same_place(rng)
        assert len({edit.regions for edit in plan_of(draft).edits}) == 1


def test_what_stays_is_kept_and_what_goes_is_edited():
    rng = random.Random(5)
    for maker in (contrasts.short_pair, contrasts.not_but, contrasts.no_work):
        for _ in range(100):
            _, draft = maker(rng)
            plan = plan_of(draft)
            kept = {kind for keep in plan.keep for kind in keep.kinds}
            assert kept
            assert not kept & {kind for edit in plan.edits for kind in edit.kinds}


def test_another_strength_in_one_place_holds_there_alone():
    rng = random.Random(6)
    several = 0
    for _ in range(200):
        _, draft = contrasts.but_there(rng)
        strengths = {}
        for edit in plan_of(draft).edits:
            for region in edit.regions:
                assert region not in strengths
                strengths[region] = edit.strength
        several += len(set(strengths.values())) == 2
        assert set(strengths) >= set(Region) - {Region.NECK}
    assert several > 120


def test_smoothing_that_is_not_wanted_keeps_the_texture():
    rng = random.Random(9)
    seen = 0
    for _ in range(200):
        text, draft = contrasts.only_this(rng)
        if "no smoothing" in text:
            seen += 1
            assert any(Kind.TEXTURE in keep.kinds for keep in plan_of(draft).keep)
    assert seen >= 4


def test_notes_are_written_in_sentences():
    rng = random.Random(3)
    text = keyboard.sentence_case("hi! i think the t-zone shines. soften it", rng)
    assert text.rstrip(".") == "Hi! I think the T-zone shines. Soften it"


def test_the_viewers_side_is_the_pictures_side():
    rng = random.Random(4)
    seen = 0
    for _ in range(2000):
        words, tokens = clauses.sided_place(rng)
        if "viewer's" in words:
            seen += 1
            side = "left" if "viewer's left" in words else "right"
            assert tokens[0] == f"<{side}>"
    assert seen >= 3
