"""The table of what steers the network: every row is measured, and nothing stays switched off."""

from pathlib import Path

import torch

from retouchgpt_core.evaluation.ablation import WAYS, measure_steering
from retouchgpt_core.language.model import PlanModel
from retouchgpt_core.network.weights import load_network
from tests.synthesis.drawn_faces import drawn_store

WEIGHTS = Path(__file__).parents[2] / "weights"


def test_each_way_of_running_is_a_row_and_suppression_is_what_keeps_marks_out() -> None:
    torch.set_num_threads(1)
    network = load_network(WEIGHTS / "retouch")
    language = PlanModel.load(WEIGHTS / "language")
    table = measure_steering(network, language, drawn_store(), crops=8, size=128)
    rows = {r.split("|")[1].strip(): r.split("|")[2:5] for r in table.splitlines()[2:]}
    assert list(rows) == ["photo as it is", *(way.name for way in WAYS)]
    assert float(rows["photo as it is"][0]) == 0.0
    error = {name: float(cells[2].replace("dB", "")) for name, cells in rows.items()}
    assert error["what the mask covers not suppressed"] < error["as trained (words and plan)"] - 1.0
    assert network.retoucher.suppresses
