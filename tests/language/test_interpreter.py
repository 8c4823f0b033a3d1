"""Any text, any weights: a valid plan, and doubt asks instead of acting."""

import pytest

from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.interpreter import Interpreter
from retouchgpt_core.language.model import PlanModel
from retouchgpt_core.language.plan import Action, Plan
from retouchgpt_core.language.writer import BundledWriter, Written

ODD = [
    "",
    "   ",
    "???",
    "😀😀",
    "x" * 10000,
    "remove " * 2000,
    "<end> <edit>",
    "\x00\ud800",
    "删除痘痘",
    "1e9%",
]


class Scripted:
    """A writer whose drafts are given."""

    def __init__(self, *drafts: Written) -> None:
        self.drafts = list(drafts)
        self.starts: list[tuple[str, ...]] = []

    def write(self, text, state, start=()):  # noqa: ARG002
        self.starts.append(tuple(start))
        return self.drafts.pop(0)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("text", ODD)
def test_random_weights_write_valid_plans(seed, text):
    interpreter = Interpreter(BundledWriter(PlanModel.tiny(seed)), threshold=0.0)
    plan = interpreter.interpret(text, DialogueState(face_count=2, selected=("m",)))
    assert plan == plan.canonical() == Plan.from_json(plan.to_json())
    assert 0 <= plan.confidence <= 1


def test_nothing_said_asks_without_the_model():
    plan = Interpreter(Scripted()).interpret(" ?! ", DialogueState())
    assert plan.action is Action.CLARIFY
    assert plan.options == ()
    assert plan.reply


def test_doubt_offers_both_readings():
    writer = Scripted(
        Written(("<edit>", "<acne>", "<s10>", "<end>"), 0.1, ("<edit>", "<scar>")),
        Written(("<edit>", "<scar>", "<s10>", "<end>"), 0.1, None),
    )
    plan = Interpreter(writer).interpret("remove the thingies", DialogueState())
    assert plan.action is Action.CLARIFY
    assert plan.options is not None
    assert [str(o.edits[0].kinds[0]) for o in plan.options] == ["acne", "scar"]
    assert "acne" in plan.reply
    assert writer.starts[1] == ("<edit>", "<scar>")


def test_certainty_acts_and_declines_say_what_is_possible():
    sure = Scripted(Written(("<edit>", "<acne>", "<s10>", "<end>"), 0.9, None))
    plan = Interpreter(sure).interpret("remove the acne", DialogueState())
    assert plan.action is Action.RETOUCH
    assert plan.confidence == 0.9
    no = Scripted(Written(("<decline>", "<topic_teeth>", "<end>"), 0.05, None))
    plan = Interpreter(no).interpret("whiten my teeth", DialogueState())
    assert plan.action is Action.DECLINE
    assert "teeth" in plan.reply


def test_a_broken_draft_asks():
    plan = Interpreter(Scripted(Written(("<acne>",), 1.0, None))).interpret("x", DialogueState())
    assert plan.action is Action.CLARIFY
