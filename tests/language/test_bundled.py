"""The bundled weights on the development dialogues: the shares that they must not fall under."""

from pathlib import Path

import pytest

from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.interpreter import Interpreter
from retouchgpt_core.language.plan import Action
from tests.language.hand_set import TEST, Score, dialogues, score

WEIGHTS = Path(__file__).parents[2] / "weights" / "language"
SHARE, TEST_SHARE = 0.95, 0.85
"""Slightly under what the model card reports."""


@pytest.fixture(scope="module")
def interpreter() -> Interpreter:
    return Interpreter.load(WEIGHTS)


@pytest.fixture(scope="module")
def result(interpreter) -> Score:
    return score(interpreter)


def test_enough_plans_are_exactly_right(result):
    assert result.share >= SHARE, result.wrong


def test_sentences_that_nobody_tuned_on_are_understood(interpreter):
    assert score(interpreter, TEST).share >= TEST_SHARE


def test_no_edit_from_a_sentence_that_asks_for_none(interpreter):
    kinds = {"decline", "clarify"}
    for dialogue in dialogues():
        if dialogue["category"] in kinds:
            state = DialogueState()
            for text in dialogue["turns"]:
                plan = interpreter.interpret(text, state)
                assert plan.action is not Action.RETOUCH, (text, plan)


def test_its_files_stay_small():
    assert sum(f.stat().st_size for f in WEIGHTS.iterdir() if f.is_file()) < 12_000_000


def test_the_state_matters(interpreter):
    assert interpreter.interpret("a bit less", DialogueState()).action is Action.CLARIFY
    state = DialogueState()
    state = state.after(interpreter.interpret("soften the wrinkles on the forehead", state))
    plan = interpreter.interpret("a bit less", state)
    assert plan.action is Action.RETOUCH
    assert plan.edits[0].strength == pytest.approx(0.35)
