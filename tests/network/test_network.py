"""What the retouching network promises, on a small random one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from retouchgpt_core.errors import WeightsError
from retouchgpt_core.network.config import MARK_INDEX, TONE_INDEX, NetworkConfig
from retouchgpt_core.network.layers import surrounding_colour
from retouchgpt_core.network.network import Analysis, RetouchNetwork, requested_from
from retouchgpt_core.network.retoucher import core_of, hole_of
from retouchgpt_core.network.weights import load_network, load_trainable, save_network
from retouchgpt_core.vocabulary import KINDS, Kind

CONFIG = NetworkConfig(widths=(8, 8, 16, 24, 32), text_hidden=20, request_width=16, latent=16)


class Reader:
    """A language model small enough to check by hand: queries see the mean of what precedes."""

    hidden_size = CONFIG.text_hidden

    def prompt_states(
        self, visual: torch.Tensor, text_ids: Sequence[Sequence[int]], queries: torch.Tensor
    ) -> torch.Tensor:
        words = torch.tensor([[float(sum(ids) % 7)] for ids in text_ids])
        return queries + visual.mean(1, keepdim=True) + words[:, None]


@pytest.fixture(scope="module")
def network() -> RetouchNetwork:
    torch.manual_seed(3)
    net = RetouchNetwork(CONFIG)
    for name, value in net.named_parameters():
        if name.startswith("retoucher") and value.dim() > 1:
            torch.nn.init.normal_(value, std=0.08)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            mean, spread = module.running_mean, module.running_var
            assert mean is not None
            assert spread is not None
            torch.nn.init.uniform_(mean, -0.2, 0.2)
            torch.nn.init.uniform_(spread, 0.5, 1.5)
    return net.eval()


def picture(height: int = 64, width: int = 96, batch: int = 1) -> torch.Tensor:
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(5))


def spot_mask(height: int = 64, width: int = 96) -> torch.Tensor:
    mask = torch.zeros(1, 1, height, width)
    mask[..., 20:32, 30:44] = 1.0
    return mask


def as_kind(mask: torch.Tensor, kind: Kind) -> torch.Tensor:
    kinds = torch.zeros(1, len(KINDS), *mask.shape[-2:])
    kinds[:, KINDS.index(kind)] = mask[:, 0]
    return kinds


@torch.no_grad()
def test_shapes_and_probabilities(network: RetouchNetwork) -> None:
    analysis = network.analyse(picture(batch=2))
    assert analysis.any.shape == (2, 1, 64, 96)
    assert analysis.kinds.shape == (2, 14, 64, 96)
    assert analysis.kinds.min() >= 0.0
    assert analysis.kinds.max() <= 1.0
    marks = analysis.kinds[:, list(MARK_INDEX)].sum(1, keepdim=True)
    assert torch.allclose(marks, analysis.any, atol=1e-5)


@torch.no_grad()
def test_a_size_that_does_not_fit_is_named(network: RetouchNetwork) -> None:
    with pytest.raises(ValueError, match=r"\(1, 3, 60, 96\)"):
        network.analyse(picture(60))


@torch.no_grad()
def test_nothing_inside_the_hole_reaches_what_is_rebuilt(network: RetouchNetwork) -> None:
    image, mask = picture(), spot_mask()
    kinds = as_kind(mask, Kind.ACNE)
    prompts = network.without_prompts(1) + 0.3
    hole = hole_of(core_of(mask, kinds))
    other = torch.where(hole > 0, 1.0 - image, image)
    first = network.fill(image, network.analyse(image), mask, kinds, prompts)
    second = network.fill(other, network.analyse(other), mask, kinds, prompts)
    assert torch.equal(first.rebuilt, second.rebuilt)
    inside = (mask > 0).expand_as(image)
    assert torch.allclose(first.result[inside], second.result[inside], atol=1e-6)
    around = image.clone()
    around[..., 34:38, 30:44] = 0.0
    third = network.fill(around, network.analyse(around), mask, kinds, prompts)
    assert not torch.allclose(first.rebuilt[inside], third.rebuilt[inside], atol=1e-3)


@torch.no_grad()
def test_where_the_mask_is_zero_nothing_changes(network: RetouchNetwork) -> None:
    image, mask = picture(), spot_mask()
    for kind in (Kind.MOLE, Kind.SHINE):
        fill = network.fill(
            image, network.analyse(image), mask, as_kind(mask, kind), network.without_prompts(1)
        )
        outside = (mask == 0).expand_as(image)
        assert torch.equal(fill.delta[outside], torch.zeros_like(fill.delta[outside]))
        assert fill.delta[~outside].abs().max() > 0
        assert torch.allclose(fill.result, image + fill.delta)


def test_tones_are_evened_and_spots_rebuilt() -> None:
    mask = spot_mask()
    assert core_of(mask, as_kind(mask, Kind.ACNE)).max() == 1.0
    assert core_of(mask, as_kind(mask, Kind.REDNESS)).max() == 0.0
    both = as_kind(mask, Kind.REDNESS) + as_kind(mask, Kind.ACNE)
    assert core_of(mask, both).max() == 1.0
    assert core_of(mask, torch.zeros(1, 14, 64, 96)).max() == 1.0


@torch.no_grad()
def test_a_masked_photo_can_be_covered_entirely(network: RetouchNetwork) -> None:
    image, mask = picture(), torch.ones(1, 1, 64, 96)
    kinds = as_kind(mask, Kind.ACNE)
    fill = network.fill(image, network.analyse(image), mask, kinds, network.without_prompts(1))
    assert torch.isfinite(fill.result).all()


def test_surrounding_colour_keeps_what_is_seen_and_interpolates_the_rest() -> None:
    ramp = torch.linspace(0, 1, 64).expand(1, 3, 64, 64).clone()
    hole = torch.zeros(1, 1, 64, 64)
    hole[..., 28:36, 28:36] = 1.0
    filled = surrounding_colour(torch.where(hole > 0, torch.ones_like(ramp), ramp), hole)
    assert torch.allclose(filled[..., :28, :], ramp[..., :28, :], atol=1e-5)
    assert (filled - ramp).abs().max() < 0.1


def test_a_request_selects_by_kind_and_place() -> None:
    kinds = torch.zeros(1, 14, 32, 64)
    acne, mole, shine = (KINDS.index(k) for k in (Kind.ACNE, Kind.MOLE, Kind.SHINE))
    kinds[:, acne, 8, 8] = kinds[:, acne, 8, 56] = kinds[:, mole, 24, 8] = 1.0
    kinds[:, shine, 20:, 40:] = 0.7
    logits = torch.full((1, 15, 4, 8), -20.0)
    logits[:, acne, :, :4] = 20.0
    asked = requested_from(kinds, logits)
    assert asked.mask[0, 0, 8, 8] > 0.99
    assert asked.mask[0, 0, 8, 56] < 0.01
    assert asked.mask[0, 0, 24, 8] < 0.01
    assert asked.mask[0, 0, 25, 50] < 0.01
    assert asked.kinds[0, acne, 8, 8] > 0.99
    logits[:, 14] = 20.0
    assert requested_from(kinds, logits).mask.max() < 0.01


@torch.no_grad()
def test_padding_words_do_not_change_the_request(network: RetouchNetwork) -> None:
    analysis = network.analyse(picture())
    labels = torch.randint(0, 25, (1, 64, 96), dtype=torch.uint8)
    hidden = torch.randn(1, 5, 3 * CONFIG.text_hidden)
    padded = torch.cat([hidden, torch.full((1, 3, 3 * CONFIG.text_hidden), 9.0)], 1)
    mask = torch.tensor([[True] * 5 + [False] * 3])
    plain = network.request(analysis, labels, hidden, mask[:, :5])
    assert torch.allclose(
        plain.meant, network.request(analysis, labels, padded, mask).meant, atol=1e-5
    )
    other = network.request(analysis, labels, hidden.flip(1) + 1.0, mask[:, :5])
    assert not torch.allclose(plain.meant, other.meant, atol=1e-4)


def test_prompts_hear_words_and_see_the_mask_and_learn(network: RetouchNetwork) -> None:
    image, mask = picture(), spot_mask()
    labels = torch.full((1, 64, 96), 8, dtype=torch.uint8)
    kinds = as_kind(mask, Kind.ACNE)
    analysis = network.analyse(image)
    first = network.prompts(analysis, mask, kinds, labels, Reader(), [[1, 2]])
    assert first.shape == (1, CONFIG.prompts, CONFIG.latent)
    assert not torch.allclose(
        first, network.prompts(analysis, mask, kinds, labels, Reader(), [[1, 3]])
    )
    assert not torch.allclose(
        first, network.prompts(analysis, 0 * mask, 0 * kinds, labels, Reader(), [[1, 2]])
    )
    network.zero_grad()
    network.fill(image, analysis, mask, kinds, first).delta.square().mean().backward()
    gradient = network.prompt_embedding.queries.grad
    assert gradient is not None
    assert gradient.abs().max() > 0
    network.zero_grad()


def test_tone_kinds_and_mark_kinds_share_the_vocabulary() -> None:
    assert sorted(TONE_INDEX + MARK_INDEX) == list(range(len(KINDS)))


@torch.no_grad()
def test_saved_and_loaded_is_the_same_network(network: RetouchNetwork, tmp_path: Path) -> None:
    save_network(network, tmp_path)
    before: Analysis = network.analyse(picture())
    after = load_network(tmp_path).analyse(picture())
    assert torch.allclose(before.kinds, after.kinds, atol=5e-3)
    assert (tmp_path / "model.safetensors").stat().st_size < 16e6


def test_missing_and_unfitting_weights_are_said_in_a_sentence(
    network: RetouchNetwork, tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match="missing"):
        load_network(tmp_path)
    save_network(network, tmp_path)
    save_network(RetouchNetwork(replace(CONFIG, latent=32)), tmp_path / "other")
    (tmp_path / "config.json").write_bytes((tmp_path / "other" / "config.json").read_bytes())
    with pytest.raises(WeightsError, match="damaged or made for another version"):
        load_trainable(tmp_path)
    (tmp_path / "config.json").write_text('{"colour": 3}')
    with pytest.raises(WeightsError, match="colour"):
        load_trainable(tmp_path)
