"""Norms of averaged weights: measured anew, and mended where they hold no number."""

import itertools

import pytest
import torch

from retouchgpt_core.network.network import RetouchNetwork
from retouchgpt_core.network.weights import load_trainable, save_network
from retouchgpt_core.training.retouch_norms import mend_norms, settle_norms
from tests.training.test_retouch_training import SMALL, lesson


def test_norms_get_the_statistics_of_what_they_see() -> None:
    torch.manual_seed(1)
    network = RetouchNetwork(SMALL)
    norm = network.retoucher.up4.norm
    norm.running_var.fill_(float("inf"))
    assert mend_norms(network) == 1
    analysis = [v.clone() for v in network.encoder.state_dict().values()]
    settle_norms(network, itertools.repeat(lesson()), None, seed=3, count=3)
    assert not torch.allclose(norm.running_var, torch.ones_like(norm.running_var))
    assert torch.isfinite(norm.running_var).all()
    after = network.encoder.state_dict().values()
    assert all(torch.equal(a, b) for a, b in zip(analysis, after, strict=True))
    assert norm.momentum == 0.05


def test_what_half_precision_cannot_hold_is_kept_whole(tmp_path) -> None:
    network = RetouchNetwork(SMALL)
    network.retoucher.up4.norm.running_var.fill_(2.5e6)
    save_network(network, tmp_path)
    again = load_trainable(tmp_path)
    assert float(again.retoucher.up4.norm.running_var[0]) == pytest.approx(2.5e6)
    network.retoucher.up4.norm.running_var[0] = float("nan")
    with pytest.raises(ValueError, match="running_var holds a number that is none"):
        save_network(network, tmp_path)
