"""Batch norms of averaged weights: measured anew once training is over."""

from collections.abc import Iterable
from itertools import islice

import torch
from torch import nn

from retouchgpt_core.network.network import RetouchNetwork
from retouchgpt_core.training.retouch_step import Lesson, RetouchStep
from retouchgpt_core.training.retouch_words import Words

LESSONS = 60


def mend_norms(network: nn.Module) -> int:
    """Start the statistics anew of norms that hold a number that is none; returns how many."""
    broken = [n for n in _norms(network) if not _finite(n)]
    for norm in broken:
        norm.reset_running_stats()
    return len(broken)


def settle_norms(
    network: RetouchNetwork,
    lessons: Iterable[Lesson],
    words: Words | None,
    seed: int,
    count: int = LESSONS,
) -> None:
    """Measure the retoucher's norms with these weights, over `count` lessons.

    A moving average of weights has other activations than any of the weights that it is made of,
    and the statistics of single small batches scatter (as `torch.optim.swa_utils.update_bn`, for
    a part of a network and with all fills of a batch). Only the norms' statistics change.
    """
    norms = _norms(network.retoucher)
    usual = [norm.momentum for norm in norms]
    network.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches
        norm.train()
    with torch.no_grad():
        for number, lesson in enumerate(islice(lessons, count)):
            RetouchStep(network, lesson.image.shape[0], seed + number)(lesson, words)
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
    network.eval()


def _norms(module: nn.Module) -> list[nn.BatchNorm2d]:
    return [m for m in module.modules() if isinstance(m, nn.BatchNorm2d)]


def _finite(norm: nn.BatchNorm2d) -> bool:
    held = (norm.running_mean, norm.running_var)
    return all(value is None or bool(torch.isfinite(value).all()) for value in held)
