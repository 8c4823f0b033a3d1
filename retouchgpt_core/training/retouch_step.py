"""One training step of the retoucher: everything it is taught from one batch of drawn faces."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retouchgpt_core.language.plan import Plan
from retouchgpt_core.network.config import KIND_COUNT, MARK_INDEX
from retouchgpt_core.network.iip import label_shares
from retouchgpt_core.network.network import Analysis, RetouchNetwork, requested_from
from retouchgpt_core.training.retouch_losses import (
    evidence_losses,
    fill_losses,
    request_losses,
)
from retouchgpt_core.training.retouch_real import RealLesson, evidence_part, real_losses
from retouchgpt_core.training.retouch_words import Words, meant_at, words_loss

LOSS_WEIGHTS: dict[str, float] = {
    "any": 1.0,
    "any_dice": 0.5,
    "marks": 0.5,
    "tones": 0.5,
    "tones_dice": 0.3,
    "real": 0.8,
    "real_marks": 0.2,
    "real_tones": 0.3,
    "meant": 1.0,
    "asked_dice": 0.3,
    "words": 1.0,
    "colour": 1.0,
    "edges": 1.0,
    "texture": 1.0,
}


@dataclass(frozen=True, slots=True)
class Lesson:
    """A batch of drawn faces as the step needs it.

    image, target, clean (B, 3, S, S); kind_masks (B, 14, S, S) and requested (B, 1, S, S) in
    {0, 1}; fill (B, 1, S, S) in [0, 1], the mask that turns image into target; known (B, 1, S, S);
    labels (B, S, S); what was said, and its plan, for each sample.
    """

    image: Tensor
    target: Tensor
    clean: Tensor
    kind_masks: Tensor
    requested: Tensor
    fill: Tensor
    known: Tensor
    labels: Tensor
    texts: Sequence[str]
    plans: Sequence[Plan]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a step looked like, for picture sheets."""

    analysis: Analysis
    mask: Tensor
    result: Tensor
    target: Tensor


class RetouchStep(nn.Module):
    """The network with its losses; forward takes a Lesson and returns named, weighted losses."""

    def __init__(self, network: RetouchNetwork, fills: int, seed: int) -> None:
        super().__init__()
        self.network = network
        self.fills = fills
        self.rng = random.Random(seed)
        self.shown: Shown | None = None

    def forward(
        self,
        lesson: Lesson,
        words: Words | None = None,
        said: tuple[Sequence[str], Sequence[Plan]] | None = None,
        real: RealLesson | None = None,
    ) -> dict[str, Tensor]:
        """Return the weighted losses. `said`: further sentences with plans, for the words alone;
        `real`: labelled photographs, for the analysis alone."""
        net = self.network
        count = lesson.image.shape[0]
        seen = lesson.image if real is None else torch.cat([lesson.image, real.image])
        both = net.analyse(seen)
        analysis = _part(both, slice(0, count))
        losses = evidence_losses(analysis.evidence, lesson.kind_masks, lesson.known)
        if real is not None:
            losses.update(real_losses(evidence_part(both.evidence, slice(count, None)), real))
        ids: list[list[int]] | None = None
        if words is not None:
            states, mask, ids = words.read(lesson.texts, lesson.plans, self.rng)
            logits = net.request_logits(analysis, lesson.labels, states, mask)
            meant = meant_at(lesson.plans, label_shares(lesson.labels))
            asked = requested_from(analysis.kinds.detach(), logits)
            losses.update(request_losses(logits, meant, asked.mask, lesson.requested))
            if said is not None:
                losses["words"] = words_loss(net.request_head, words, *said, self.rng)
        losses.update(self._fills(lesson, analysis, words, ids))
        return {name: LOSS_WEIGHTS[name] * value for name, value in losses.items()}

    def _fills(
        self,
        lesson: Lesson,
        analysis: Analysis,
        words: Words | None,
        ids: list[list[int]] | None,
    ) -> dict[str, Tensor]:
        net, some = self.network, slice(0, self.fills)
        image, target = lesson.image[some], lesson.target[some]
        part = _part(analysis, some)
        requested, drawn = lesson.fill[some], lesson.kind_masks[some]
        kinds = F.max_pool2d(drawn, 3, 1, 1) * (requested > 0)
        if self.rng.random() < 0.4:  # what will be known in use: the network's own evidence
            kinds = 0.5 * kinds + 0.5 * part.kinds.detach() * (requested > 0)
        mask = soft_edges(requested, self.rng)
        blots, blot_kinds = random_blots(image, lesson.labels[some], self.rng)
        target = torch.where(blots > 0, lesson.clean[some], target)
        mask, kinds = torch.maximum(mask, blots), torch.where(blots > 0, blot_kinds, kinds)
        if words is None or ids is None or self.rng.random() < 0.2:
            prompts = net.without_prompts(image.shape[0])
        else:
            prompts = net.prompts(
                part, mask, kinds, lesson.labels[some], words.model, ids[: self.fills]
            )
        fill = net.fill(image, part, mask, kinds, prompts)
        self.shown = Shown(part, mask.detach(), fill.result.detach(), target)
        return fill_losses(fill.result, target, mask)


def soft_edges(mask: Tensor, rng: random.Random) -> Tensor:
    """Return the mask a little grown, with soft edges, as masks are in use."""
    grown = F.max_pool2d(mask, 3, 1, 1) if rng.random() < 0.7 else mask
    if rng.random() < 0.3:
        grown = F.max_pool2d(grown, 3, 1, 1)
    soft = F.avg_pool2d(grown, 3, 1, 1)
    return torch.maximum(soft, mask) if rng.random() < 0.7 else soft


def random_blots(image: Tensor, labels: Tensor, rng: random.Random) -> tuple[Tensor, Tensor]:
    """Draw a few discs and strokes on skin; what they cover is to be rebuilt as it is.

    Returns (B, 1, H, W) in {0, 1} and their kinds (B, 14, H, W): any spot- or line-like one.
    """
    batch, _, height, width = image.shape
    rows = torch.arange(height, dtype=torch.float32)[:, None]
    cols = torch.arange(width, dtype=torch.float32)[None]
    blots = torch.zeros(batch, 1, height, width)
    kinds = torch.zeros(batch, KIND_COUNT, height, width)
    for sample in range(batch):
        skin = ((labels[sample] >= 1) & (labels[sample] <= 16)).nonzero()
        for _ in range(rng.randrange(0, 4) if len(skin) else 0):
            y, x = (float(v) for v in skin[rng.randrange(len(skin))])
            radius = 2.0 * 2.0 ** rng.uniform(0.0, 2.4)
            stretch = rng.choice((1.0, 1.0, 1.3, 4.0))
            angle = rng.uniform(0.0, 3.1416)
            along, across = torch.tensor(angle).cos(), torch.tensor(angle).sin()
            u = (cols - x) * along + (rows - y) * across
            v = (rows - y) * along - (cols - x) * across
            size = radius if stretch < 2.0 else 0.5 * radius
            disc = ((u / (size * stretch)) ** 2 + (v / size) ** 2 < 1.0).to(blots.dtype)
            blots[sample, 0] = torch.maximum(blots[sample, 0], disc)
            kind = rng.choice(MARK_INDEX)
            kinds[sample, kind] = torch.maximum(kinds[sample, kind], disc)
    return blots, kinds


def _part(analysis: Analysis, some: slice) -> Analysis:
    """Return the analysis of some samples of the batch."""
    pyramid = analysis.features
    s1, s2, s4, s8, s16 = (level[some] for level in pyramid.levels)
    return Analysis(
        type(pyramid)((s1, s2, s4, s8, s16)),
        evidence_part(analysis.evidence, some),
        analysis.any[some],
        analysis.kinds[some],
    )
