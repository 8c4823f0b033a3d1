"""Made-up dialogues: grammatical, resolvable, varied, and true to their plans."""

import random

import pytest

from retouchgpt_core.language.grammar import is_valid
from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.language.tokens import DECLINE_TOPICS, END, KIND_TOKENS, PLAN_TOKENS
from retouchgpt_core.synthesis.dialogues import dialogues as dialogues_module
from retouchgpt_core.synthesis.dialogues import phrase_plan, sample_dialogue, sample_turns
from retouchgpt_core.synthesis.dialogues.keyboard import with_typos
from retouchgpt_core.synthesis.dialogues.phrases import phrases
from retouchgpt_core.vocabulary import KINDS, Kind, Region

_FILES = ("phrases", "declines", "noise", "wishes", "contrasts", "reasons", "letters")


@pytest.fixture(scope="module")
def turns():
    rng = random.Random(5)
    return [turn for _ in range(1500) for turn in sample_turns(rng)]


def test_drafts_are_grammatical_and_plans_canonical(turns):
    for turn in turns:
        assert is_valid((*turn.draft, END)), turn
        assert turn.plan == turn.plan.canonical()
        assert turn.text.strip()
        assert "{" not in turn.text, turn.text
        assert set(turn.state) <= set(PLAN_TOKENS)


def test_every_action_kind_and_region_occurs(turns):
    assert {t.plan.action for t in turns} == set(Action)
    edits = [e for t in turns for e in t.plan.edits]
    assert {k for e in edits for k in e.kinds} == set(KINDS)
    assert {r for e in edits for r in e.regions} == set(Region)
    assert any(t.plan.then for t in turns)
    assert any(t.plan.options for t in turns)
    assert {s for e in edits for s in (e.strength,)} >= {0.0, 0.3, 0.5, 0.8, 1.0}


def test_dialogues_repeat_with_their_seed():
    first = [sample_dialogue(random.Random(9)) for _ in range(3)]
    assert first == [sample_dialogue(random.Random(9)) for _ in range(3)]
    texts = {t for n in range(300) for t, _ in sample_dialogue(random.Random(n))}
    assert len(texts) > 300


def test_no_sentence_of_the_development_set_is_a_phrase():
    import json
    from pathlib import Path

    file = Path(__file__).parents[1] / "language" / "dev_dialogues.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    long = {t.lower() for row in rows for t in row["turns"] if len(t.split()) > 6}
    flat = json.dumps([phrases(n) for n in _FILES]).lower()
    assert not [t for t in long if t in flat]


def test_the_phrase_files_match_the_vocabulary():
    assert {f"<{k}>" for k in phrases("phrases")["kinds"]} == set(KIND_TOKENS) - {"<any_kind>"}
    assert set(phrases("declines")["topics"]) == set(DECLINE_TOPICS)


def test_a_phrase_for_a_plan_names_it():
    rng = random.Random(2)
    plan = Plan(
        Action.RETOUCH,
        (Edit((Kind.BLACKHEAD,), (Region.NOSE,), strength=0.35),),
        (Keep((Kind.MOLE,)),),
    )
    texts = [phrase_plan(plan, rng) for _ in range(40)]
    assert len(set(texts)) > 35
    assert sum("35" in t for t in texts) > 35
    assert sum("nos" in t.lower() for t in texts) > 30
    own = Plan(Action.RETOUCH, (Edit((Kind.ACNE,), (Region.CHEEK_LEFT,)),))
    sides = [phrase_plan(own, rng).lower() for _ in range(200)]
    assert any("left" in s for s in sides)
    assert any("right" in s for s in sides)
    with pytest.raises(ValueError, match="retouch"):
        phrase_plan(Plan(Action.UNDO, count=1), rng)


def test_a_plan_of_all_kinds_has_words_too(monkeypatch):
    # A typo might hit the word.
    monkeypatch.setattr(dialogues_module, "as_typed", lambda text, _: text)
    plan = Plan(Action.RETOUCH, (Edit(tuple(Kind)),), (Keep(tuple(Kind), (Region.NOSE,)),))
    rng = random.Random(3)
    assert all("mark" in phrase_plan(plan, rng).lower() for _ in range(40))


def test_typos_leave_digits():
    rng = random.Random(0)
    assert all("35" in with_typos("reduce redness by 35 %", rng, 3) for _ in range(50))


def test_numbers_are_spelled_in_many_ways():
    from retouchgpt_core.synthesis.dialogues.clauses import amount, spelled

    assert [spelled(n) for n in (7, 10, 12, 20, 65)] == [
        "seven",
        "ten",
        "twelve",
        "twenty",
        "sixty-five",
    ]
    rng = random.Random(4)
    said = [amount(rng) for _ in range(20000)]
    wanted = {
        "sixty-five percent": ("<percent>", "<d6>", "<d5>"),
        "point six": ("<s6>",),
        "0,4": ("<s4>",),
        "7/10": ("<s7>",),
        ".3": ("<s3>",),
    }
    for words, strength in wanted.items():
        assert {tokens for said_so, tokens in said if said_so == words} == {strength}
