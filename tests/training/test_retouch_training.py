"""Training the retoucher: what the losses reward, what the words mean, what a step touches."""

import math
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from retouchgpt_core.language.model import PlanModel
from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.network.config import KIND_COUNT, LABEL_COUNT, NetworkConfig
from retouchgpt_core.network.network import RetouchNetwork
from retouchgpt_core.training import retouch
from retouchgpt_core.training.retouch import RunOptions, train_retouch
from retouchgpt_core.training.retouch_calibration import calibrate
from retouchgpt_core.training.retouch_losses import dice_loss, fill_losses, weighted_entropy
from retouchgpt_core.training.retouch_state import AveragedWeights, load_checkpoint
from retouchgpt_core.training.retouch_step import Lesson, RetouchStep, random_blots, soft_edges
from retouchgpt_core.training.retouch_words import Words, meaning, meant_at
from retouchgpt_core.vocabulary import KINDS, REGIONS, Kind, Region

SMALL = NetworkConfig(
    widths=(8, 8, 16, 24, 32), text_hidden=32, request_width=16, latent=16, blocks=2
)
ACNE_LEFT = Plan(
    Action.RETOUCH,
    (Edit((Kind.ACNE, Kind.MOLE), (Region.CHEEK_LEFT,)),),
    (Keep((Kind.MOLE,)),),
)


def lesson(batch: int = 2, size: int = 64) -> Lesson:
    generator = torch.Generator().manual_seed(1)
    clean = 0.6 + 0.05 * torch.randn(batch, 3, size, size, generator=generator)
    spot = torch.zeros(batch, 1, size, size)
    spot[..., 20:28, 20:28] = 1.0
    kinds = torch.zeros(batch, KIND_COUNT, size, size)
    kinds[:, KINDS.index(Kind.ACNE)] = spot[:, 0]
    labels = torch.full((batch, size, size), 1 + REGIONS.index(Region.CHEEK_LEFT))
    return Lesson(
        image=clean - 0.3 * spot,
        target=clean,
        clean=clean,
        kind_masks=kinds,
        requested=spot,
        fill=spot,
        known=torch.ones_like(spot),
        labels=labels.to(torch.uint8),
        texts=["remove the acne on the left cheek, keep the mole"] * batch,
        plans=[ACNE_LEFT] * batch,
    )


def test_meaning_follows_kind_place_and_keep() -> None:
    table = meaning(ACNE_LEFT)
    assert table.shape == (LABEL_COUNT, KIND_COUNT + 1)
    cheek = 1 + REGIONS.index(Region.CHEEK_LEFT)
    assert table[cheek, KINDS.index(Kind.ACNE)] == 1.0
    assert table[cheek, KINDS.index(Kind.MOLE)] == 0.0
    assert table[:, :KIND_COUNT].sum() == 1.0
    assert table[cheek, KIND_COUNT] == 0.0
    assert table[0, KIND_COUNT] == 1.0


def test_putting_back_means_nothing_is_asked() -> None:
    plan = Plan(Action.RETOUCH, (Edit((Kind.ACNE,), (Region.CHIN,), strength=0.0),))
    assert meaning(plan)[:, :KIND_COUNT].sum() == 0.0


def test_a_place_means_what_most_of_it_is() -> None:
    shares = torch.zeros(1, LABEL_COUNT, 1, 2)
    shares[0, 1 + REGIONS.index(Region.CHEEK_LEFT), 0] = torch.tensor([0.8, 0.2])
    meant = meant_at([ACNE_LEFT], shares)
    assert meant[0, KINDS.index(Kind.ACNE), 0].tolist() == [1.0, 0.0]


def test_a_blur_is_worse_than_texture_of_the_right_power() -> None:
    generator = torch.Generator().manual_seed(0)
    target = 0.5 + 0.04 * torch.randn(1, 3, 48, 48, generator=generator)
    other = 0.5 + 0.04 * torch.randn(1, 3, 48, 48, generator=generator)
    mask = torch.ones(1, 1, 48, 48)
    blur = fill_losses(torch.full_like(target, 0.5), target, mask)
    textured = fill_losses(other, target, mask)
    exact = fill_losses(target, target, mask)
    assert textured["texture"] < 0.3 * blur["texture"]
    assert all(value < 1e-6 for value in exact.values())


def test_outside_the_mask_a_fill_costs_nothing() -> None:
    image = torch.rand(1, 3, 32, 32)
    losses = fill_losses(image, torch.rand(1, 3, 32, 32), torch.zeros(1, 1, 32, 32))
    assert sum(losses.values()) == 0.0


def test_losses_prefer_the_truth() -> None:
    truth = torch.zeros(1, 1, 16, 16)
    truth[..., 4:8, 4:8] = 1.0
    weight = torch.ones_like(truth)
    right, wrong = (truth - 0.5) * 12, (0.5 - truth) * 12
    assert weighted_entropy(right, truth, weight) < 0.1 * weighted_entropy(wrong, truth, weight)
    assert dice_loss(truth, truth, weight) < 0.01 < 0.9 < dice_loss(1 - truth, truth, weight)
    assert dice_loss(truth, torch.zeros_like(truth), weight) == 0.0


def test_blots_lie_on_skin_with_one_kind_each() -> None:
    labels = torch.zeros(3, 64, 64, dtype=torch.uint8)
    labels[:, 20:44, 20:44] = 9
    blots, kinds = random_blots(torch.rand(3, 3, 64, 64), labels, random.Random(6))
    assert blots.sum() > 0
    assert ((kinds.sum(1, keepdim=True) > 0) == (blots > 0)).all()
    again, _ = random_blots(torch.rand(3, 3, 64, 64), labels, random.Random(6))
    assert torch.equal(blots, again)
    none, _ = random_blots(torch.rand(3, 3, 64, 64), labels * 0, random.Random(6))
    assert none.sum() == 0


def test_soft_edges_stay_near_the_mask() -> None:
    mask = torch.zeros(1, 1, 32, 32)
    mask[..., 12:20, 12:20] = 1.0
    for seed in range(8):
        soft = soft_edges(mask, random.Random(seed))
        assert soft.min() >= 0.0
        assert soft.max() <= 1.0
        assert soft[..., 16, 16] == 1.0
        assert soft[..., 5, 5] == 0.0


def test_one_step_teaches_every_part_and_leaves_the_language_model_alone() -> None:
    torch.manual_seed(0)
    words = Words(PlanModel.tiny(hidden=SMALL.text_hidden), "tiny")
    network = RetouchNetwork(SMALL)
    step = RetouchStep(network, fills=2, seed=3)
    losses: dict[str, torch.Tensor] = {}
    for _ in range(4):  # prompts are dropped now and then, so a part may wait for its turn
        losses = step(lesson(), words, (["remove the acne"], [ACNE_LEFT]))
        torch.stack(list(losses.values())).sum().backward()
    silent = [n for n, p in network.named_parameters() if p.grad is None]
    assert silent in ([], ["null_prompts"])
    assert all(p.grad is None for p in words.model.network.parameters())
    assert {"any", "marks", "tones", "meant", "asked_dice", "words", "colour", "texture"} <= set(
        losses
    )


@torch.no_grad()
def test_calibration_moves_two_probabilities_and_keeps_the_kinds() -> None:
    network = RetouchNetwork(SMALL).eval()
    image = torch.rand(1, 3, 64, 64)
    before = network.analyse(image)
    calibrate(network, trained=(0.9, 0.5), shown=(0.5, 0.1))
    after = network.analyse(image)
    logit = before.evidence.any
    expected = -math.log(9.0) + logit * 1.0
    assert torch.allclose(after.evidence.any, expected, atol=1e-3)
    assert torch.equal(before.evidence.marks, after.evidence.marks)


def test_averages_follow_the_network() -> None:
    network = RetouchNetwork(SMALL)
    average = AveragedWeights(network, decay=0.5)
    with torch.no_grad():
        network.null_prompts.add_(1.0)
    for _ in range(40):
        average.update(network)
    copy = average.applied_to(network)
    assert isinstance(copy, RetouchNetwork)
    assert torch.allclose(copy.null_prompts, network.null_prompts, atol=1e-3)
    assert not copy.training


def test_a_run_stops_saves_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lessons(data: Path, batch: int, size: int, seed: int, cache: Path) -> Iterator[Lesson]:
        del data, seed, cache
        while True:
            yield lesson(batch, size)

    def sentences(seed: int, count: int) -> Iterator[tuple[list[str], list[Plan]]]:
        del seed
        while True:
            yield ["remove the acne"] * count, [ACNE_LEFT] * count

    monkeypatch.setattr(retouch, "drawn_lessons", lessons)
    monkeypatch.setattr(retouch, "spoken_plans", sentences)
    out, runs = tmp_path / "weights" / "retouch", tmp_path / "runs"
    PlanModel.tiny(hidden=32).save(tmp_path / "weights" / "language")
    for steps in (2, 3):
        train_retouch(
            data=tmp_path,
            out=out,
            minutes=5,
            threads=1,
            runs=runs,
            options=RunOptions(
                batch=2, fills=1, size=64, log_every=1, max_steps=steps, reading=2, rereading=2
            ),
            config=SMALL,
        )
        state = load_checkpoint(runs)
        assert state is not None
        assert state["step"] == steps
    assert (out / "model.safetensors").is_file()
    assert len((runs / "curves.csv").read_text().splitlines()) == 3
