"""Training the language model: it learns, goes on where it stopped, and writes what loads."""

import csv

import pytest
import torch

from retouchgpt_core.language import model
from retouchgpt_core.language.model import PlanModel
from retouchgpt_core.training import language


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(language, "POOL", 96)
    monkeypatch.setattr(language, "BATCH", 16)
    monkeypatch.setattr(language, "PART", 8)
    monkeypatch.setattr(language, "TOKENIZER_DIALOGUES", 60)
    monkeypatch.setattr(language, "WARM_UP_STEPS", 4)
    monkeypatch.setattr(language, "LOG_EVERY", 2)


SIZE = {"hidden": 32, "layers": 1, "heads": 2}


def test_it_learns_and_goes_on(small, tmp_path):  # noqa: ARG001
    language.train_language(out=tmp_path, minutes=0.05, **SIZE)
    rows = list(csv.DictReader((tmp_path / "curve.csv").open(encoding="utf-8")))
    assert float(rows[-1]["loss"]) < 0.9 * float(rows[0]["loss"])
    first = PlanModel.load(tmp_path)
    assert first.hidden_size == 32
    (tmp_path / "writer.safetensors").write_bytes(b"of the weights before")

    figures = language.train_language(out=tmp_path, minutes=0.09, **SIZE)
    assert figures["step"] > float(rows[-1]["step"])
    again = PlanModel.load(tmp_path, writing=True)
    assert again.tokenizer.to_str() == first.tokenizer.to_str()
    assert not (tmp_path / "writer.safetensors").exists()


def test_a_checkpoint_holds_everything(small, tmp_path):  # noqa: ARG001
    run = language._Run(tmp_path, 3, (32, 1, 2), resume=False)
    for parts in run.batches():
        run.learn(parts, 1e-3)
    run.save()
    other = language._Run(tmp_path, 3, (32, 1, 2), resume=True)
    assert other.step == run.step
    run.tokenizer.model.dropout = other.tokenizer.model.dropout = 0.0
    ahead = [next(run.batches()), next(other.batches())]
    losses = [r.learn(parts, 1e-3)[0] for r, parts in zip((run, other), ahead, strict=True)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def test_it_starts_from_what_was_trained_before(small, tmp_path):  # noqa: ARG001
    language.train_language(out=tmp_path / "first", minutes=0.03, **SIZE)
    before = PlanModel.load(tmp_path / "first")
    out = tmp_path / "second"
    out.mkdir()
    run = language._Run(out, 1, (64, None, 4), resume=True, start_from=tmp_path / "first")
    assert run.network.config.hidden_size == 32
    run.export()
    after = PlanModel.load(out)
    assert after.tokenizer.to_str() == before.tokenizer.to_str()
    ahead = [m.encode("remove the acne") for m in (before, after)]
    assert torch.allclose(*ahead, atol=1e-3)


def test_a_deeper_model_starts_as_the_one_it_grew_from():
    shallow = PlanModel.tiny(seed=3, hidden=32, layers=3)
    settings = {**shallow.network.config.to_dict(), "num_hidden_layers": 5}
    sizes = {key: settings[key] for key in model._SETTINGS}
    deep = model.build_network(sizes)
    deep.load_state_dict(language._grown(shallow.network, 5))
    ids = torch.arange(1, 40)[None]
    assert torch.allclose(deep(ids).logits, shallow.network(ids).logits, atol=1e-5)
    deep(ids).logits.square().sum().backward()
    new = deep.model.layers[1].mlp.down_proj.weight
    assert new.abs().max() == 0
    assert new.grad.abs().max() > 0


def test_a_model_cannot_start_shallower_than_it_was():
    with pytest.raises(ValueError, match="2 layers from weights that have 3"):
        language._grown(PlanModel.tiny(layers=3).network, 2)
