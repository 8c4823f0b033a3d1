"""From what was said to a plan: the model writes, the dialogue resolves, doubt asks."""

from dataclasses import replace
from pathlib import Path
from typing import Protocol

import torch

from retouchgpt_core.errors import PlanError, WeightsError
from retouchgpt_core.language.dialogue import DialogueState, resolve
from retouchgpt_core.language.draft import Draft, read_draft
from retouchgpt_core.language.model import PlanModel
from retouchgpt_core.language.plan import Action, Plan
from retouchgpt_core.language.replies import clarify_reply, decline_reply, doubt_reply
from retouchgpt_core.language.writer import BundledWriter, Writer, Written

THRESHOLD = 0.35
"""Below this probability a retouch is asked about; chosen on the development dialogues."""


class Understands(Protocol):
    """Something that turns what was said into a plan."""

    def interpret(self, text: str, dialogue: DialogueState) -> Plan:
        """Return the canonical, resolved plan; never raises for any text."""
        ...


class Interpreter:
    """Understands instructions. `threshold` 0 never doubts."""

    def __init__(self, writer: Writer, threshold: float = THRESHOLD) -> None:
        self.writer = writer
        self.threshold = threshold

    @classmethod
    def load(
        cls, weights: Path, lang_model: Path | None = None, device: str = "cpu"
    ) -> "Interpreter":
        """Load the bundled model of `weights`, or the local model in `lang_model`.

        `device` "auto" is the CPU for the bundled model, and CUDA where there is any for another.
        Raises WeightsError with a sentence if either cannot be read, or the device is not there.
        """
        usable = {"auto", "cpu"} | ({"cuda"} if torch.cuda.is_available() else set())
        usable |= {"mps"} if torch.backends.mps.is_available() else set()
        if device.split(":")[0] not in usable:
            raise WeightsError(f"This machine has no device called {device}.", "Use --device auto.")
        if device == "auto":
            device = "cuda" if lang_model is not None and "cuda" in usable else "cpu"
        if lang_model is None:
            return cls(BundledWriter(PlanModel.load(weights, device, writing=True)))
        from retouchgpt_core.language.plugged import PluggedWriter

        # The probabilities of an untrained reader of this grammar say little: it is not doubted.
        return cls(PluggedWriter.load(lang_model, device), threshold=0.0)

    def interpret(self, text: str, dialogue: DialogueState) -> Plan:
        """Return the canonical, resolved plan for what was said.

        `reply` is set where nothing will be done (decline, clarify); what a retouch did is told
        by the document. Never raises for any text.
        """
        if not any(c.isalnum() for c in text):
            return Plan(Action.CLARIFY, options=(), confidence=1.0, reply=clarify_reply("what"))
        written = self.writer.write(text, dialogue)
        draft, plan = _read(written, dialogue)
        plan = replace(plan, confidence=written.probability)
        if plan.action is Action.DECLINE:
            return replace(plan, reply=decline_reply(draft.topic))
        if plan.action is Action.CLARIFY:
            reason = draft.topic if draft.action is Action.CLARIFY else _missing(draft)
            return replace(plan, reply=clarify_reply(reason, plan.options or ()))
        if plan.action is Action.RETOUCH and written.probability < self.threshold:
            return self._asked_back(plan, written, text, dialogue)
        return plan

    def _asked_back(self, plan: Plan, written: Written, text: str, dialogue: DialogueState) -> Plan:
        """Turn a doubtful retouch into a question between the two likeliest readings."""
        options: tuple[Plan, ...] = ()
        if written.doubt is not None:
            second = self.writer.write(text, dialogue, written.doubt)
            other = _read(second, dialogue)[1]
            if other.action is Action.RETOUCH and other != plan:
                first = replace(plan, confidence=1.0)
                options = first, replace(other, confidence=1.0)
        return Plan(
            Action.CLARIFY,
            options=options,
            confidence=written.probability,
            reply=doubt_reply(options),
        )


def _read(written: Written, dialogue: DialogueState) -> tuple[Draft, Plan]:
    try:
        draft = read_draft(written.tokens)
        return draft, resolve(draft, dialogue)
    except PlanError:
        return Draft(Action.CLARIFY, topic="what"), Plan(Action.CLARIFY, options=())


def _missing(draft: Draft) -> str:
    """Say why a draft could not be resolved: it named a selection, or an earlier round."""
    clauses = [*draft.edits, *draft.keeps]
    return "which_mark" if any("<marked>" in c.whats for c in clauses) else "reference"
