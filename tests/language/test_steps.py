"""Feeding a model piece by piece gives what feeding it whole gives, without a warning."""

import logging
import warnings

import pytest
import torch

from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.model import PlanModel
from retouchgpt_core.language.steps import Steps
from retouchgpt_core.language.writer import BundledWriter


def test_pieces_read_as_the_whole():
    network = PlanModel.tiny().network
    ids = torch.tensor([[3, 80, 90, 100, 4, 7]])
    whole = network(input_ids=ids, use_cache=False).logits[0, -1]
    steps = Steps(network)
    with torch.no_grad():
        steps.feed(ids[:, :4])
        ahead = steps.feed(ids[:, 4:])
    assert steps.known == 6
    assert ahead.tolist() == pytest.approx(whole.tolist(), abs=1e-4)


def test_writing_is_quiet(caplog):
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        BundledWriter(PlanModel.tiny()).write("remove the acne", DialogueState())
    assert not [r for r in caplog.records if "deprecated" in r.message]
