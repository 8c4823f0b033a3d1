"""Writing a draft: a language model chooses among what the grammar allows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.grammar import Grammar
from retouchgpt_core.language.model import PlanModel
from retouchgpt_core.language.serial import state_tokens
from retouchgpt_core.language.steps import Steps
from retouchgpt_core.language.tokens import CLARIFY, END, PLAN, PLAN_TOKENS, SAID, TOKEN_IDS

MAX_DRAFT_TOKENS = 96


@dataclass(frozen=True, slots=True)
class Written:
    """A draft and how sure the model is of it.

    `probability` is the product of the chosen tokens' probabilities among all plan tokens.
    `doubt` is the draft up to the least sure choice, and the second choice there; None if every
    token was forced.
    """

    tokens: tuple[str, ...]
    probability: float
    doubt: tuple[str, ...] | None


class Writer(Protocol):
    """Something that writes drafts."""

    def write(self, text: str, state: DialogueState, start: Sequence[str] = ()) -> Written:
        """Write the draft for what was said, going on from `start`."""
        ...


class BundledWriter:
    """Writes drafts with the bundled model, one token a step; forced tokens cost none."""

    def __init__(self, model: PlanModel) -> None:
        self.model = model

    @torch.no_grad()
    def write(self, text: str, state: DialogueState, start: Sequence[str] = ()) -> Written:
        before = state_tokens(state.rounds, state.face_count, bool(state.selected))
        ids = [TOKEN_IDS[t] for t in (*before, SAID)] + self.model.word_ids(text)
        waiting = [*ids, TOKEN_IDS[PLAN]]
        steps = Steps(self.model.network)

        def chances(draft: Sequence[str], options: Sequence[str]) -> Tensor:
            fed = [*waiting, *(TOKEN_IDS[t] for t in draft)]
            fresh = torch.tensor([fed[steps.known :]], device=self.model.device)
            shares = steps.feed(fresh, logits_to_keep=1)[: len(PLAN_TOKENS)].softmax(0)
            return shares[[TOKEN_IDS[t] for t in options]]

        return write_draft(chances, start)


def write_draft(
    chances: Callable[[Sequence[str], Sequence[str]], Tensor], start: Sequence[str] = ()
) -> Written:
    """Write greedily. `chances(draft, options)` gives each option's probability, (options,)."""
    grammar = Grammar()
    tokens: list[str] = []
    for token in start:
        grammar.push(token)
        tokens.append(token)
    probability = 1.0
    doubt: tuple[float, tuple[str, ...]] | None = None
    while not grammar.done:
        options = grammar.allowed()
        if len(tokens) >= MAX_DRAFT_TOKENS and END in options:
            options = (END,)
        if len(tokens) >= 2 * MAX_DRAFT_TOKENS:
            return Written((CLARIFY, "<ask_what>", END), 0.0, None)
        if len(options) == 1:
            chosen = options[0]
        else:
            shares = chances(tokens, options)
            best = shares.topk(2)
            chosen = options[int(best.indices[0])]
            first, second = float(best.values[0]), float(best.values[1])
            probability *= first
            if doubt is None or first - second < doubt[0]:
                doubt = first - second, (*tokens, options[int(best.indices[1])])
        grammar.push(chosen)
        tokens.append(chosen)
    return Written(tuple(tokens), probability, None if doubt is None else doubt[1])
