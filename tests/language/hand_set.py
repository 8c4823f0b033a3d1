"""The dialogues written by hand, and the share of plans that come out right.

`python -m tests.language.hand_set WEIGHTS [--set dev|second|test] [--wrong | --totals]
[THRESHOLD]` prints that share by category and a table of how far a plan's confidence can be
trusted. The sentences that went wrong are shown for the two development sets only, unless asked
for: whoever reads those of the test set will tune on them.
"""

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.interpreter import Interpreter
from retouchgpt_core.language.plan import Action, Plan
from retouchgpt_core.language.sentence import canonical_sentence

DEV = Path(__file__).parent / "dev_dialogues.jsonl"
# The second development set, written apart from the generator and from the other two sets:
# weights and thresholds may be chosen on it.
SECOND = Path(__file__).parent / "second_dev_dialogues.jsonl"
TEST = Path(__file__).parent / "test_dialogues.jsonl"
SETS = {"dev": DEV, "second": SECOND, "test": TEST}
BINS = (0.0, 0.35, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
_NO_EDIT = ("clarify", "decline")


@dataclass
class Score:
    """Turns asked and turns right, by category; what came out where it was wrong.

    `answers` counts the turns where a question or a refusal was wanted, by that action, and
    `answers_right` those that got it; `uncalled` those that became an edit.
    """

    asked: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str, Plan]] = field(default_factory=list)
    confidence: list[tuple[float, bool]] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    answers_right: Counter[str] = field(default_factory=Counter)
    uncalled: int = 0

    @property
    def share(self) -> float:
        return self.right.total() / self.asked.total()


def dialogues(path: Path = DEV) -> list[dict[str, Any]]:
    """Read a set: category, face count, turns, the plans wanted, marks selected (if any)."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def opening(dialogue: dict[str, Any]) -> DialogueState:
    """Return the state in which a dialogue's first turn is said."""
    return DialogueState(
        face_count=dialogue["faces"], selected=tuple(dialogue.get("selected") or ())
    )


def is_right(plan: Plan, wanted: dict[str, Any]) -> bool:
    """Compare in canonical form; a wanted clarify without "options" takes any two or more."""
    if wanted["action"] == "clarify" and "options" not in wanted:
        return plan.action is Action.CLARIFY and len(plan.options or ()) >= 2
    if wanted["action"] == "clarify":
        return plan.action is Action.CLARIFY
    return plan == Plan.from_json(wanted).canonical()


def score(interpreter: Interpreter, path: Path = DEV) -> Score:
    """Play every dialogue; after a wrong turn go on from what was wanted."""
    found = Score()
    for dialogue in dialogues(path):
        state = opening(dialogue)
        for text, wanted in zip(dialogue["turns"], dialogue["plans"], strict=True):
            plan = interpreter.interpret(text, state)
            right = is_right(plan, wanted)
            found.asked[dialogue["category"]] += 1
            found.right[dialogue["category"]] += right
            found.confidence.append((plan.confidence, right))
            if wanted["action"] in _NO_EDIT:
                found.answers[wanted["action"]] += 1
                found.answers_right[wanted["action"]] += right
                found.uncalled += plan.action is Action.RETOUCH
            if not right:
                found.wrong.append((dialogue["category"], text, plan))
            if wanted["action"] != "clarify":
                state = state.after(Plan.from_json(wanted))
    return found


def totals(result: Score) -> list[str]:
    """Return the share by category, then over all, then of questions and refusals."""
    rows = [(name, result.right[name], n) for name, n in result.asked.items()]
    rows.append(("all", result.right.total(), result.asked.total()))
    rows += [(f"wanted: {a}", result.answers_right[a], n) for a, n in result.answers.items()]
    lines = [f"{name:16} {right:4} / {n:4}  {right / n:6.1%}" for name, right, n in rows]
    return [*lines, f"edits from turns that ask for none: {result.uncalled}"]


def calibration(result: Score) -> list[str]:
    """Return, by bin of confidence, how many plans, their mean confidence, the share right."""
    lines = ["confidence    plans   mean   right"]
    for low, high in pairwise(BINS):
        last = high == BINS[-1]
        held = [(c, r) for c, r in result.confidence if low <= c and (c < high or last)]
        if held:
            mean = sum(c for c, _ in held) / len(held)
            right = sum(r for _, r in held) / len(held)
            lines.append(f"{low:.2f} to {high:.2f}  {len(held):5}  {mean:.3f}  {right:6.1%}")
    return lines


def wrong(result: Score) -> list[str]:
    """Return what came out wrong: category, confidence, what was said, what was understood."""
    return [
        f"{category:9} {plan.confidence:.2f}  {text!r} -> {canonical_sentence(plan)}"
        for category, text, plan in result.wrong
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Score a language model on the hand-written sets.")
    parser.add_argument("weights", type=Path)
    parser.add_argument("threshold", type=float, nargs="?")
    parser.add_argument("--set", choices=SETS, default="dev", dest="name")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--wrong", action="store_true", help="show the sentences that went wrong")
    shown.add_argument("--totals", action="store_true", help="show no sentence")
    asked = parser.parse_args()

    interpreter = Interpreter.load(asked.weights)
    if asked.threshold is not None:
        interpreter.threshold = asked.threshold
    result = score(interpreter, SETS[asked.name])
    lines = [*totals(result), "", *calibration(result)]
    if asked.wrong or (asked.name != "test" and not asked.totals):
        lines += ["", *wrong(result)]
    sys.stdout.write("\n".join(lines) + "\n")
