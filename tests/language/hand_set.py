"""The development dialogues, written by hand, and the share of plans that come out right."""

import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.interpreter import Interpreter
from retouchgpt_core.language.plan import Action, Plan

FILE = Path(__file__).parent / "dev_dialogues.jsonl"


@dataclass
class Score:
    """Turns asked and turns right, by category; what came out where it was wrong."""

    asked: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str, Plan]] = field(default_factory=list)
    confidence: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.right.total() / self.asked.total()


def dialogues() -> list[dict[str, Any]]:
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def is_right(plan: Plan, wanted: dict[str, Any]) -> bool:
    """Compare in canonical form; a wanted clarify without "options" takes any two or more."""
    if wanted["action"] == "clarify" and "options" not in wanted:
        return plan.action is Action.CLARIFY and len(plan.options or ()) >= 2
    if wanted["action"] == "clarify":
        return plan.action is Action.CLARIFY
    return plan == Plan.from_json(wanted).canonical()


def score(interpreter: Interpreter) -> Score:
    """Play every dialogue; after a wrong turn go on from what was wanted."""
    found = Score()
    for dialogue in dialogues():
        state = DialogueState(face_count=dialogue["faces"])
        for text, wanted in zip(dialogue["turns"], dialogue["plans"], strict=True):
            plan = interpreter.interpret(text, state)
            right = is_right(plan, wanted)
            found.asked[dialogue["category"]] += 1
            found.right[dialogue["category"]] += right
            found.confidence.append((plan.confidence, right))
            if not right:
                found.wrong.append((dialogue["category"], text, plan))
            known = wanted["action"] != "clarify"
            state = state.after(Plan.from_json(wanted) if known else plan)
    return found


if __name__ == "__main__":
    from retouchgpt_core.language.sentence import canonical_sentence

    interpreter = Interpreter.load(Path(sys.argv[1]))
    if len(sys.argv) > 2:
        interpreter.threshold = float(sys.argv[2])
    result = score(interpreter)
    lines = [f"{name:10} {result.right[name]:3} / {n}" for name, n in result.asked.items()]
    lines.append(f"all        {result.right.total():3} / {result.asked.total()}")
    for category, text, plan in result.wrong:
        said = f"{text!r} -> {canonical_sentence(plan)}"
        lines.append(f"{category:9} {plan.confidence:.2f}  {said}")
    sys.stdout.write("\n".join(lines) + "\n")
