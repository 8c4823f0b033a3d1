"""The language side of training the retoucher: hidden states, token ids, what the words mean."""

import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retouchgpt_core.language.model import PlanModel
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.network.config import KIND_COUNT, LABEL_COUNT
from retouchgpt_core.network.iip import Request
from retouchgpt_core.synthesis.drawing.plans import selection_table
from retouchgpt_core.vocabulary import REGIONS

PLAN_SHARE = 0.75
"""Share of the samples that see the plan's tokens after the words; the rest see words only."""


def meaning(plan: Plan) -> Tensor:
    """Return (25, 15): does the plan change kind k on label l; the last column: nothing there."""
    table = torch.zeros(LABEL_COUNT, KIND_COUNT + 1)
    table[1 : 1 + len(REGIONS), :KIND_COUNT] = torch.from_numpy(
        selection_table([plan])[0].T
    ).float()
    table[:, KIND_COUNT] = (table[:, :KIND_COUNT].sum(1) == 0).float()
    return table


def meant_at(plans: Sequence[Plan], shares: Tensor) -> Tensor:
    """Return (B, 15, h, w): what the plans mean at each place, from its region shares
    (B, 25, h, w)."""
    tables = torch.stack([meaning(p) for p in plans]).to(shares)  # (B, 25, 15)
    meant = tables.transpose(1, 2) @ shares.flatten(2)
    return (meant > 0.5).to(shares.dtype).unflatten(2, shares.shape[2:])


class Words:
    """A frozen language model and the folder that it came from."""

    def __init__(self, model: PlanModel, stamp: str) -> None:
        self.model, self.stamp = model, stamp

    @classmethod
    def find(cls, folder: Path) -> "Words | None":
        """Load the bundled language model, or return None if it has not been trained yet."""
        stamp = language_stamp(folder)
        return None if stamp is None else cls(PlanModel.load(folder), stamp)

    def read(
        self, texts: Sequence[str], plans: Sequence[Plan], rng: random.Random
    ) -> tuple[Tensor, Tensor, list[list[int]]]:
        """Return states (B, T, hidden), mask (B, T) and the token ids that were read."""
        shown = [p if rng.random() < PLAN_SHARE else None for p in plans]
        items = list(zip(texts, shown, strict=True))
        states, mask = self.model.encode_batch(items)
        return states, mask, [self.model.token_ids(t, p) for t, p in items]


def language_stamp(folder: Path) -> str | None:
    """Return what tells one training of the language model from the next, None if there is none."""
    path = folder / "model.safetensors"
    if not path.is_file():
        return None
    status = path.stat()
    return f"{status.st_size}-{int(status.st_mtime)}"


def words_loss(
    head: Request, words: Words, texts: Sequence[str], plans: Sequence[Plan], rng: random.Random
) -> Tensor:
    """Teach the request head from words alone: one place for each region label, no picture."""
    states, mask, _ = words.read(texts, plans, rng)
    places = torch.eye(LABEL_COUNT).expand(len(texts), -1, -1)
    logits = head(places, None, None, states, mask)
    truth = torch.stack([meaning(p) for p in plans])
    return F.binary_cross_entropy_with_logits(logits, truth)


def teach_words(
    head: Request,
    words: Words,
    said: Iterator[tuple[Sequence[str], Sequence[Plan]]],
    rng: random.Random,
    steps: int = 500,
    peak_rate: float = 3e-3,
) -> float:
    """Teach a request head that has never read this language model; return its last mean loss.

    Words alone need no picture, so this takes seconds where the joint training takes minutes.
    """
    optimizer = torch.optim.AdamW(head.parameters(), lr=peak_rate, weight_decay=1e-2)
    mean = 0.0
    for step in range(steps):
        warm = min(1.0, (step + 1) / 30)
        rate = peak_rate * warm * (0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * step / steps)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = words_loss(head, words, *next(said), rng)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(head.parameters(), 1.0)
        optimizer.step()
        mean = float(loss.detach()) if step == 0 else 0.95 * mean + 0.05 * float(loss.detach())
    return mean
