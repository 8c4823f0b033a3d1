"""Writing a draft: a language model chooses among what the grammar allows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.grammar import Grammar
from retouchgpt_core.language.model import PlanModel, weights_memory
from retouchgpt_core.language.pieces import merged, pieces
from retouchgpt_core.language.serial import state_tokens
from retouchgpt_core.language.steps import Steps
from retouchgpt_core.language.tokens import (
    CLARIFY,
    EDIT,
    END,
    KEEP,
    PLAN,
    PLAN_TOKENS,
    SAID,
    TOKEN_IDS,
)

MAX_DRAFT_TOKENS = 96
SURE = 0.8
"""From this probability on, no other draft is tried."""
BRANCHES = 3
_LIKELY = 0.1

Branch = tuple[float, tuple[str, ...]]
"""The probability of a draft's beginning, and that beginning."""
Chances = Callable[[Sequence[str], Sequence[str]], Tensor]
"""Given a draft's beginning and what may come next, each option's probability, (options,)."""


@dataclass(frozen=True, slots=True)
class Written:
    """A draft and how sure the model is of it.

    `probability` is the product of the chosen tokens' probabilities among all plan tokens.
    `doubt` is the draft up to the least sure choice, and the second choice there; None if every
    token was forced. `branches` are other beginnings that were likely, the likeliest first.
    """

    tokens: tuple[str, ...]
    probability: float
    doubt: tuple[str, ...] | None
    branches: tuple[Branch, ...] = ()


class Writer(Protocol):
    """Something that writes drafts."""

    @property
    def memory(self) -> int:
        """Bytes that the model's weights take."""
        ...

    def write(self, text: str, state: DialogueState, start: Sequence[str] = ()) -> Written:
        """Write the draft for what was said, going on from `start`."""
        ...


class BundledWriter:
    """Writes drafts with the bundled model, one token a step; forced tokens cost none."""

    def __init__(self, model: PlanModel) -> None:
        self.model = model

    @property
    def memory(self) -> int:
        return weights_memory(self.model.network)

    def write(self, text: str, state: DialogueState, start: Sequence[str] = ()) -> Written:
        whole = self._write(text, state, start)
        if start or whole.probability >= SURE or whole.tokens[0] not in (EDIT, KEEP):
            return whole
        return self._in_pieces(text, state, whole) or whole

    def _in_pieces(self, text: str, state: DialogueState, whole: Written) -> Written | None:
        """Read request by request; None unless that makes a likelier draft."""
        parts = pieces(text) if state.face_count == 1 else []
        if len(parts) < 2:
            return None
        read: list[Written] = []
        probability = 1.0
        for part in parts:
            read.append(self._write(part, state, (), whole.probability / probability))
            probability *= read[-1].probability
            if probability <= whole.probability:
                return None
        tokens = merged([r.tokens for r in read])
        if tokens is None:
            return None
        pairs = enumerate(zip(tokens, whole.tokens, strict=False))
        parting = next((i for i, (new, old) in pairs if new != old), None)
        doubt = None if parting is None else whole.tokens[: parting + 1]
        return Written(tokens, probability, doubt)

    @torch.no_grad()
    def _write(
        self, text: str, state: DialogueState, start: Sequence[str] = (), floor: float = 0.0
    ) -> Written:
        before = state_tokens(state.rounds, state.face_count, bool(state.selected))
        ids = [TOKEN_IDS[t] for t in (*before, SAID)] + self.model.word_ids(text)
        waiting = [*ids, TOKEN_IDS[PLAN]]
        steps = Steps(self.model.network)

        def chances(draft: Sequence[str], options: Sequence[str]) -> Tensor:
            fed = [*waiting, *(TOKEN_IDS[t] for t in draft)]
            steps.go_back_to(fed)
            fresh = torch.tensor([fed[steps.known :]], device=self.model.device)
            shares = steps.feed(fresh, logits_to_keep=1)[: len(PLAN_TOKENS)].softmax(0)
            return shares[[TOKEN_IDS[t] for t in options]]

        first = write_draft(chances, start, 1.0, floor)
        return first if start or first.probability >= SURE else likeliest(chances, first)


def likeliest(chances: Chances, first: Written) -> Written:
    """Go on from the other likely beginnings too, and return the likeliest of the drafts.

    Token by token, the likeliest choices do not always make the likeliest draft.
    """
    best = first
    for probability, beginning in first.branches[:BRANCHES]:
        if probability <= best.probability:
            break
        other = write_draft(chances, beginning, probability, best.probability)
        if other.probability > best.probability:
            best = replace(other, doubt=first.tokens[: len(beginning)])
    return best


def write_draft(
    chances: Chances, start: Sequence[str] = (), given: float = 1.0, floor: float = 0.0
) -> Written:
    """Write greedily, going on from `start`, whose probability is `given`.

    Gives up, with probability 0, once the draft is no likelier than `floor`.
    """
    grammar = Grammar()
    tokens: list[str] = []
    for token in start:
        grammar.push(token)
        tokens.append(token)
    probability = given
    doubt: tuple[float, tuple[str, ...]] | None = None
    branches: list[Branch] = []
    while not grammar.done:
        options = grammar.allowed()
        if len(tokens) >= MAX_DRAFT_TOKENS and END in options:
            options = (END,)
        if len(tokens) >= 2 * MAX_DRAFT_TOKENS or probability <= floor:
            return Written((CLARIFY, "<ask_what>", END), 0.0, None)
        if len(options) == 1:
            chosen = options[0]
        else:
            shares = chances(tokens, options)
            best = shares.topk(2)
            chosen = options[int(best.indices[0])]
            first, second = float(best.values[0]), float(best.values[1])
            beginning = (*tokens, options[int(best.indices[1])])
            if second > _LIKELY * first:
                branches.append((probability * second, beginning))
            if doubt is None or first - second < doubt[0]:
                doubt = first - second, beginning
            probability *= first
        grammar.push(chosen)
        tokens.append(chosen)
    return Written(
        tuple(tokens),
        probability,
        None if doubt is None else doubt[1],
        tuple(sorted(branches, reverse=True)),
    )
