"""Do the words steer the network? Masks with the plan's gate off, words shuffled, prompts zeroed.

Measured on faces that training never drew on, with drawings from a fixed seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from retouchgpt_core.language.model import PlanModel
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.network.network import Analysis, RetouchNetwork
from retouchgpt_core.network.retoucher import Fill
from retouchgpt_core.synthesis.drawing import DrawnBatch, FaceStore, draw_batch

SEED = 20240
ASKED, DRAWN = 0.35, 0.35
"""Covers of the drawing from which a pixel counts as asked for, or as drawn."""
CHANCE_TO_CHANGE = 0.25
"""IIP's probability from which a pixel counts as masked: the edge of a mark."""


@dataclass(slots=True)
class Steering:
    """Sums over all crops for one way of running the network."""

    name: str
    overlap: float = 0.0
    union: float = 0.0
    asked_energy: float = 0.0
    other_energy: float = 0.0
    errors: list[float] = field(default_factory=list[float])
    """Mean squared error inside the truly changed area under the true mask, a value a crop."""

    def row(self) -> str:
        """Return a line of the Markdown table."""
        share = self.overlap / max(self.union, 1.0)
        selectivity = self.asked_energy / max(self.other_energy, 1e-9)
        psnr = -10.0 * float(np.mean(np.log10(np.maximum(self.errors, 1e-9))))
        return f"| {self.name} | {share:.2f} | {selectivity:.1f} | {psnr:.2f} dB |"


@dataclass(frozen=True, slots=True)
class Way:
    """One way of running the network: which words it reads, which prompts it hears."""

    name: str
    with_plan: bool = True
    shuffled: bool = False
    wordless: bool = False
    """IIP reads an instruction without any words, and no plan."""
    prompts: str = "own"
    """own, zero, or shuffled (the prompts of another picture)."""
    suppressed: bool = True
    """Whether what the mask covers is hidden from the rebuilding."""


WAYS: tuple[Way, ...] = (
    Way("as trained (words and plan)"),
    Way("words alone, no plan", with_plan=False),
    Way("instructions shuffled between pictures", shuffled=True),
    Way("no words at all", wordless=True),
    Way("prompts set to zero", prompts="zero"),
    Way("prompts of another picture", prompts="shuffled"),
    Way("what the mask covers not suppressed", suppressed=False),
)


def measure_steering(
    network: RetouchNetwork,
    language: PlanModel,
    faces: FaceStore,
    crops: int = 64,
    size: int = 192,
    ways: Sequence[Way] = WAYS,
    batch: int = 8,
) -> str:
    """Return the Markdown table: mask IoU, selectivity, PSNR in the changed area, for each way.

    The mask is IIP's own, with no gate by the plan. Selectivity is the energy changed in what was
    drawn and asked for over that in what was drawn and not asked for. PSNR is taken with the true
    mask, over the area that the target changes; the first row leaves the photo as it is.
    """
    rng = np.random.default_rng(SEED)
    nothing = Steering("photo as it is")
    tallies = [Steering(way.name) for way in ways]
    done = 0
    while done < crops:
        drawn = draw_batch(faces.sample(batch, size, rng, iod_range=(100.0, 160.0)), rng)
        done += batch
        nothing.errors += _errors(drawn, drawn.image)
        with torch.inference_mode():
            for way, tally in zip(ways, tallies, strict=True):
                _add(network, language, drawn, way, tally)
    head = "| | mask IoU | selectivity | PSNR where changed |\n| --- | --- | --- | --- |"
    return "\n".join([head, nothing.row(), *(tally.row() for tally in tallies)])


def _add(
    network: RetouchNetwork, language: PlanModel, drawn: DrawnBatch, way: Way, tally: Steering
) -> None:
    order = list(range(len(drawn.texts)))
    said = order[1:] + order[:1] if way.shuffled else order
    items: list[tuple[str, Plan | None]] = [
        (drawn.texts[i], drawn.plans[i] if way.with_plan else None) for i in said
    ]
    if way.wordless:
        items = [("", None)] * len(order)
    analysis = network.analyse(drawn.image)
    states, present = language.encode_batch(items)
    asked = network.request(analysis, drawn.labels, states, present)
    ids = [language.token_ids(text, plan) for text, plan in items]
    truth = (drawn.requested > ASKED).float()
    mask = (asked.mask > CHANCE_TO_CHANGE).float()
    tally.overlap += float((mask * truth).sum())
    tally.union += float(torch.maximum(mask, truth).sum())

    prompts = network.prompts(analysis, asked.mask, asked.kinds, drawn.labels, language, ids)
    prompts = _heard(prompts, way)
    own = _filled(network, drawn.image, analysis, asked.mask, asked.kinds, prompts, way)
    energy = own.delta.square().sum(1, keepdim=True)
    marked = (drawn.kind_masks.amax(1, keepdim=True) > DRAWN).float()
    other = marked * (1.0 - truth)
    both = (truth.sum((1, 2, 3)) > 0) & (other.sum((1, 2, 3)) > 0)
    tally.asked_energy += float((energy * truth)[both].sum())
    tally.other_energy += float((energy * other)[both].sum())

    kinds = drawn.kind_masks * (drawn.requested > 0)
    prompts = network.prompts(analysis, drawn.requested, kinds, drawn.labels, language, ids)
    prompts = _heard(prompts, way)
    exact = _filled(network, drawn.image, analysis, drawn.requested, kinds, prompts, way)
    tally.errors += _errors(drawn, exact.result)


def _filled(
    network: RetouchNetwork,
    image: Tensor,
    analysis: Analysis,
    mask: Tensor,
    kinds: Tensor,
    prompts: Tensor,
    way: Way,
) -> Fill:
    network.retoucher.suppresses = way.suppressed
    try:
        return network.fill(image, analysis, mask, kinds, prompts)
    finally:
        network.retoucher.suppresses = True


def _heard(prompts: Tensor, way: Way) -> Tensor:
    if way.prompts == "zero":
        return torch.zeros_like(prompts)
    return prompts.roll(1, 0) if way.prompts == "shuffled" else prompts


def _errors(drawn: DrawnBatch, result: Tensor) -> list[float]:
    """Return the mean squared error of each crop over what the target changes, where it does."""
    changed = ((drawn.target - drawn.image).abs().amax(1, keepdim=True) > 2 / 255).float()
    area = changed.sum((1, 2, 3)) * 3.0
    error = ((result.clamp(0, 1) - drawn.target).square() * changed).sum((1, 2, 3))
    return [float(e / a) for e, a in zip(error, area, strict=True) if a > 60]
