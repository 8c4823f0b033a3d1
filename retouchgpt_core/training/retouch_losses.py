"""What the retouching network is told: is anything here, what is it, was it meant, is it skin."""

import torch
from torch import Tensor
from torch.nn import functional as F

from retouchgpt_core.network.config import MARK_INDEX, TONE_INDEX
from retouchgpt_core.network.iip import Evidence
from retouchgpt_core.network.layers import shrink

POSITIVE_WEIGHT = 5.0
"""Weight of marked pixels in cross-entropies; without it everything stays under 0.2."""
UNKNOWN_WEIGHT = 0.2
"""Weight of unmarked pixels where the base itself may carry something."""
INSIDE_WEIGHT = 20.0


def dice_loss(probability: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Return the mean over samples and channels that hold something of 1 - Dice.

    All (B, C, H, W); 0 if nothing holds anything.
    """
    p, t = probability * weight, truth * weight
    overlap = 2.0 * (p * t).sum((2, 3)) + 1.0
    dice = 1.0 - overlap / (p.square().sum((2, 3)) + t.sum((2, 3)) + 1.0)
    present = (truth.sum((2, 3)) > 0).to(dice.dtype)
    return (dice * present).sum() / present.sum().clamp_min(1.0)


def weighted_entropy(logits: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Return binary cross-entropy with marked pixels counted POSITIVE_WEIGHT times."""
    pixel = F.binary_cross_entropy_with_logits(
        logits, truth, pos_weight=logits.new_tensor(POSITIVE_WEIGHT), reduction="none"
    )
    return (pixel * weight).sum() / weight.expand_as(pixel).sum().clamp_min(1.0)


def evidence_losses(evidence: Evidence, kind_masks: Tensor, known: Tensor) -> dict[str, Tensor]:
    """Compare what was seen with what was drawn.

    kind_masks (B, 14, H, W) in {0, 1}; known (B, 1, H, W), 1 where the base is certainly clean.
    """
    marks = kind_masks[:, list(MARK_INDEX)]
    anything = marks.amax(1, keepdim=True)
    trust = torch.maximum(anything, UNKNOWN_WEIGHT + (1.0 - UNKNOWN_WEIGHT) * known)
    losses = {
        "any": weighted_entropy(evidence.any, anything, trust),
        "any_dice": dice_loss(evidence.any.sigmoid(), anything, trust),
        "marks": _mark_entropy(evidence.marks, shrink(marks, 2)),
    }
    tones = (shrink(kind_masks[:, list(TONE_INDEX)], 4) > 0.5).to(known.dtype)
    trust = torch.maximum(tones, UNKNOWN_WEIGHT + (1.0 - UNKNOWN_WEIGHT) * shrink(known, 4))
    losses["tones"] = weighted_entropy(evidence.tones, tones, trust)
    losses["tones_dice"] = dice_loss(evidence.tones.sigmoid(), tones, trust)
    return losses


def _mark_entropy(logits: Tensor, marks: Tensor) -> Tensor:
    """Cross-entropy of the kind where one is, the kinds balanced against each other."""
    amount, truth = marks.max(1)  # (B, H/2, W/2)
    here = amount > 0.3
    if not bool(here.any()):
        return logits.sum() * 0.0
    chosen, kinds = logits.permute(0, 2, 3, 1)[here], truth[here]
    counts = torch.bincount(kinds, minlength=len(MARK_INDEX)).to(logits.dtype)
    weight = counts.clamp_min(1.0).pow(-0.7)
    return F.cross_entropy(chosen, kinds, weight=weight, label_smoothing=0.02)


def request_losses(
    logits: Tensor, meant: Tensor, asked: Tensor, truth: Tensor
) -> dict[str, Tensor]:
    """Compare what the words were taken to mean with what they mean.

    logits, meant (B, 15, h, w): per kind and place, the last "nothing of this place"; asked, truth
    (B, 1, H, W): the requested mask, predicted and drawn.
    """
    entropy = F.binary_cross_entropy_with_logits(logits, meant)
    return {
        "meant": entropy,
        "asked_dice": dice_loss(asked, truth, torch.ones_like(truth)),
    }


def fill_losses(result: Tensor, target: Tensor, mask: Tensor) -> dict[str, Tensor]:
    """Compare the composed photo with its target, inside the mask.

    result, target (B, 3, H, W); mask (B, 1, H, W). Colour by L1; edges by L1 of differences;
    texture by the local power of the high band, which no blur can have.
    """
    inside = (mask > 0.05).to(result.dtype)
    area = inside.sum((1, 2, 3)).clamp_min(30.0)
    colour = ((result - target).abs().mean(1, keepdim=True) * inside).sum((1, 2, 3)) / area
    edges = sum(
        (
            (result.diff(dim=d) - target.diff(dim=d)).abs().mean(1, keepdim=True)
            * inside.narrow(d, 1, inside.shape[d] - 1)
        ).sum((1, 2, 3))
        / area
        for d in (2, 3)
    )
    power = ((_texture(result) - _texture(target)).abs() * inside).sum((1, 2, 3)) / area
    return {
        "colour": INSIDE_WEIGHT * colour.mean(),
        "edges": 0.2 * INSIDE_WEIGHT * torch.as_tensor(edges).mean(),
        "texture": 1.5 * INSIDE_WEIGHT * power.mean(),
    }


def _texture(image: Tensor) -> Tensor:
    """Return the local standard deviation of the luminance's high band, (B, 1, H, W)."""
    luminance = image.mean(1, keepdim=True)
    band = luminance - F.avg_pool2d(luminance, 5, 1, 2, count_include_pad=False)
    power = F.avg_pool2d(band.square(), 9, 1, 4, count_include_pad=False)
    return (power + 1e-6).sqrt()
