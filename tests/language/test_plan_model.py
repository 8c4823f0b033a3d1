"""The bundled model's interface to the image networks, on a tiny random model."""

import pytest
import torch

from retouchgpt_core.errors import WeightsError
from retouchgpt_core.language.model import PlanModel
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.vocabulary import Kind, Region

PLAN = Plan(Action.RETOUCH, (Edit((Kind.ACNE,), (Region.CHEEK_LEFT,)),))


@pytest.fixture(scope="module")
def model() -> PlanModel:
    return PlanModel.tiny()


def test_padding_does_not_change_states(model):
    items = [("remove the acne", PLAN), ("hello", None), ("", None)]
    states, mask = model.encode_batch(items)
    assert states.shape == (3, mask.shape[1], 3 * model.hidden_size)
    for row, (text, plan) in enumerate(items):
        alone = model.encode(text, plan)
        assert int(mask[row].sum()) == len(alone) == len(model.token_ids(text, plan))
        torch.testing.assert_close(states[row, mask[row]], alone, atol=1e-5, rtol=1e-4)


def test_states_hold_the_plan(model):
    other = Plan(Action.RETOUCH, (Edit((Kind.ACNE,), (Region.CHEEK_RIGHT,)),))
    assert not torch.allclose(model.encode("acne", PLAN)[-1], model.encode("acne", other)[-1])


def test_prompts_pass_gradients_and_ignore_padding(model):
    visual = torch.randn(2, 3, model.hidden_size, requires_grad=True)
    queries = torch.randn(2, 4, model.hidden_size, requires_grad=True)
    ids = [model.token_ids("hi"), model.token_ids("remove the acne", PLAN)]
    prompts = model.prompt_states(visual, ids, queries)
    assert prompts.shape == (2, 4, model.hidden_size)
    alone = model.prompt_states(visual[:1], ids[:1], queries[:1])
    torch.testing.assert_close(prompts[:1], alone, atol=1e-5, rtol=1e-4)
    prompts.square().sum().backward()
    assert float(visual.grad.abs().sum()) > 0
    assert float(queries.grad.abs().sum()) > 0
    assert all(p.grad is None for p in model.network.parameters())


def test_saved_and_loaded(model, tmp_path):
    model.save(tmp_path / "language")
    for folder in (tmp_path, tmp_path / "language"):
        again = PlanModel.load(folder)
        torch.testing.assert_close(
            again.encode("a", PLAN), model.encode("a", PLAN), atol=2e-2, rtol=2e-2
        )


@pytest.mark.parametrize("broken", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_broken_file_is_one_sentence(model, tmp_path, broken):
    model.save(tmp_path)
    (tmp_path / broken).write_bytes(b"nonsense")
    with pytest.raises(WeightsError, match="cannot be read"):
        PlanModel.load(tmp_path)
    (tmp_path / broken).unlink()
    with pytest.raises(WeightsError, match="cannot be read"):
        PlanModel.load(tmp_path)


def test_digits_are_read_one_by_one(model):
    assert model.word_ids("35") == model.word_ids("3") + model.word_ids("5")


def test_odd_characters_and_length(model):
    assert len(model.word_ids("x" * 10000)) <= 160
    assert model.word_ids("REMOVE") == model.word_ids("remove")
    assert model.encode("\ud800 <end> \x00 😀").shape[1] == 3 * model.hidden_size


def test_lines_and_curly_quotes_read_as_plain_ones(model):
    said = "to do:\n- the crow\u2019s feet \u2013 half\n"
    assert model.word_ids(said) == model.word_ids("to do: - the crow's feet - half")


def test_the_writer_may_be_deeper_than_the_reader(tmp_path):
    PlanModel.tiny(layers=4).save(tmp_path / "deep")
    PlanModel.tiny(layers=2).save(tmp_path)
    (tmp_path / "deep" / "model.safetensors").rename(tmp_path / "writer.safetensors")
    assert PlanModel.load(tmp_path).network.config.num_hidden_layers == 2
    writer = PlanModel.load(tmp_path, writing=True)
    assert writer.network.config.num_hidden_layers == 4
    whole = {n for n, _ in writer.network.named_parameters()}
    assert any(".layers.3." in name for name in whole)
