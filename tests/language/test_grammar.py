"""Whatever chooses the tokens, a draft ends, reads and resolves to a canonical plan."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retouchgpt_core.errors import PlanError
from retouchgpt_core.language.dialogue import DialogueState, resolve
from retouchgpt_core.language.draft import read_draft
from retouchgpt_core.language.grammar import Grammar, is_valid
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.language.serial import plan_tokens
from retouchgpt_core.language.tokens import END, PLAN_TOKENS
from retouchgpt_core.vocabulary import Kind, Region


def random_draft(rng: random.Random) -> list[str]:
    grammar = Grammar()
    tokens: list[str] = []
    while not grammar.done:
        token = rng.choice(grammar.allowed())
        grammar.push(token)
        tokens.append(token)
    return tokens


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 5), st.booleans())
def test_every_walk_resolves_to_a_canonical_plan(seed, faces, selected):
    rng = random.Random(seed)
    state = DialogueState(face_count=faces, selected=("a", "b") if selected else ())
    for _ in range(3):
        plan = resolve(read_draft(random_draft(rng)), state)
        assert plan == plan.canonical()
        assert plan == Plan.from_json(plan.to_json())
        assert plan.options is None or len(plan.options) in (0, 2, 3, 4)
        state = state.after(plan)
        assert all(0 <= s <= 1 for s in state.strengths.values())


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**9))
def test_a_resolved_plan_reads_back_from_its_own_tokens(seed):
    rng = random.Random(seed)
    plan = resolve(read_draft(random_draft(rng)), DialogueState())
    while plan.action is not Action.RETOUCH or plan.then or not plan.edits:
        plan = resolve(read_draft(random_draft(rng)), DialogueState())
    again = resolve(read_draft(plan_tokens(plan)), DialogueState())
    assert {(e.kinds, e.regions, e.faces) for e in again.edits} == {
        (e.kinds, e.regions, e.faces) for e in plan.edits
    }
    assert again.keep == plan.keep


def test_what_the_grammar_forbids():
    assert is_valid(["<edit>", "<acne>", "<s10>", "<end>"])
    assert not is_valid(["<edit>", "<s10>", "<end>"])
    assert not is_valid(["<edit>", "<acne>", "<end>"])
    assert not is_valid(["<edit>", "<acne>", "<left>", "<at_nose>", "<s10>", "<end>"])
    assert not is_valid(["<either>", "<acne>", "<s10>", "<end>"])
    assert not is_valid(["<edit>", "<acne>", "<s10>"])
    with pytest.raises(PlanError):
        Grammar().push(END)
    with pytest.raises(PlanError):
        read_draft(["<acne>"])


def test_sides_are_those_of_the_picture():
    def regions(*tokens: str) -> tuple[Region, ...]:
        plan = resolve(read_draft(["<edit>", "<acne>", *tokens, "<s10>", "<end>"]), DialogueState())
        return plan.edits[0].regions

    assert regions("<left>", "<at_cheek>") == (Region.CHEEK_LEFT,)
    assert regions("<own_left>", "<at_cheek>") == (Region.CHEEK_RIGHT,)
    assert regions("<at_cheek>") == (Region.CHEEK_LEFT, Region.CHEEK_RIGHT)
    half = regions("<own_right>", "<at_half>")
    assert half
    assert all(r.endswith("_left") for r in half)
    assert Region.FOREHEAD not in regions("<except>", "<at_forehead>")


def test_shares_are_read_as_said():
    def strength(*tokens: str) -> float:
        plan = resolve(read_draft(["<edit>", "<shine>", *tokens, "<end>"]), DialogueState())
        return plan.edits[0].strength

    assert strength("<percent>", "<d3>", "<d5>") == 0.35
    assert strength("<leave_percent>", "<d2>", "<d0>") == 0.8
    assert strength("<third>") == 0.333


def test_token_names_are_unique():
    assert len(set(PLAN_TOKENS)) == len(PLAN_TOKENS)


def test_a_mark_outside_the_face_words_keeps_its_place():
    plan = Plan(Action.RETOUCH, (Edit((Kind.MOLE,), (Region.NECK, Region.CHIN)),)).canonical()
    assert resolve(read_draft(plan_tokens(plan)), DialogueState()) == plan
