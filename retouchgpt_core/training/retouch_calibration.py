"""Bring the trained probabilities to the scale on which marks are told from skin.

Training counts marked pixels several times, so that faint marks are learned at all; marks that a
photographer sees and pores part a little above what it calls 0.80 (chosen on labelled photographs).
"""

import math

import torch

from retouchgpt_core.network.network import RetouchNetwork

TRAINED = (0.80, 0.4)
"""A mark's surest place and its edge, as the trained network says them."""
SHOWN = (0.45, 0.25)
"""The same two afterwards: lines count from the first of them, spots from 0.5 (MarkThresholds)."""


def calibrate(
    network: RetouchNetwork,
    trained: tuple[float, float] = TRAINED,
    shown: tuple[float, float] = SHOWN,
) -> None:
    """Rescale the logit of "anything here" in place, so that `trained` becomes `shown`."""
    (peak, edge), (peak_shown, edge_shown) = trained, shown
    scale = (_logit(peak_shown) - _logit(edge_shown)) / (_logit(peak) - _logit(edge))
    shift = _logit(peak_shown) - scale * _logit(peak)
    head = network.decoder.any
    with torch.no_grad():
        head.weight.mul_(scale)
        if head.bias is not None:
            head.bias.mul_(scale).add_(shift)


def _logit(probability: float) -> float:
    return math.log(probability / (1.0 - probability))
