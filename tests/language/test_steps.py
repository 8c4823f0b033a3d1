"""Feeding a model piece by piece gives what feeding it whole gives, without a warning."""

import logging
import warnings

import pytest
import torch

from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.model import PlanModel
from retouchgpt_core.language.steps import Steps
from retouchgpt_core.language.writer import BundledWriter, likeliest, write_draft


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


def test_going_back_forgets():
    network = PlanModel.tiny().network
    steps = Steps(network)
    with torch.no_grad():
        steps.feed(torch.tensor([[3, 80, 90, 100, 4]]))
        steps.go_back_to([3, 80, 70, 60])
        assert steps.known == 2
        ahead = steps.feed(torch.tensor([[70, 60]]))
        whole = network(input_ids=torch.tensor([[3, 80, 70, 60]]), use_cache=False).logits[0, -1]
    assert ahead.tolist() == pytest.approx(whole.tolist(), abs=1e-4)


def test_the_likeliest_draft_wins_over_the_likeliest_first_word():
    table = {
        (): {"<undo>": 0.55, "<edit>": 0.45},
        ("<undo>",): {"<end>": 0.5, "<then>": 0.3, "<n2>": 0.2},
    }

    def chances(draft, options):
        known = table.get(tuple(draft), {})
        rest = (1 - sum(known.values())) / max(1, len(options) - len(known))
        if not known:
            return torch.tensor([0.999] + [0.001 / len(options)] * (len(options) - 1))
        return torch.tensor([known.get(o, max(rest, 0.0)) for o in options])

    first = write_draft(chances)
    assert first.tokens == ("<undo>", "<end>")
    best = likeliest(chances, first)
    assert best.tokens[0] == "<edit>"
    assert best.probability > first.probability
    assert best.doubt == ("<undo>",)
    assert write_draft(chances, floor=0.6).probability == 0.0
