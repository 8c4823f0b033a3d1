"""`retouchgpt train language`: teach a small Llama to write plans, on made-up dialogues."""

import csv
import json
import math
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import torch
from safetensors.torch import load_file, save_file  # pyright: ignore[reportUnknownVariableType]
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import LlamaForCausalLM

from retouchgpt_core.language.model import WRITER_FILE, PlanModel, build_network, network_settings
from retouchgpt_core.language.tokenizer import train_tokenizer
from retouchgpt_core.language.tokens import END, PAD, PLAN, PLAN_TOKENS, SAID, TOKEN_IDS
from retouchgpt_core.synthesis.dialogues import Sample, sample_turns

HIDDEN, LAYERS, HEADS = 128, 4, 4
TOKENIZER_DIALOGUES = 12000
POOL = 2048
BATCH = 48
PART = 24
PEAK_RATE = 2.5e-3
WARM_PEAK_RATE = 1.2e-3
"""For weights that have been trained before."""
WARM_UP_STEPS = 150
EMA_DECAY = 0.998
BPE_DROPOUT = 0.06
LOG_EVERY = 100

Batch = tuple[Tensor, Tensor]
"""Token ids (B, T) and targets (B, T), -100 where nothing is learned."""


def train_language(
    *,
    out: Path,
    minutes: float,
    seed: int = 0,
    resume: bool = True,
    threads: int = 1,
    hidden: int = HIDDEN,
    layers: int | None = None,
    heads: int = HEADS,
    peak_rate: float | None = None,
    start_from: Path | None = None,
) -> dict[str, float]:
    """Train for `minutes` (in all, earlier runs that are resumed counted in).

    A new run begins with the tokenizer and the weights in `start_from` (those that write plans),
    else from nothing; it then has their width, and a lower peak rate unless one is given. With
    more `layers` than those weights have, layers that change nothing yet are put between theirs.

    Writes config.json, tokenizer.json, model.safetensors and curve.csv to `out`, and a checkpoint
    to `out`/checkpoint from which another run goes on. Returns the last measured figures.
    """
    torch.set_num_threads(threads)
    out.mkdir(parents=True, exist_ok=True)
    run = _Run(out, seed, (hidden, layers, heads), resume, start_from)
    if peak_rate is None:
        peak_rate = PEAK_RATE if start_from is None else WARM_PEAK_RATE
    budget = minutes * 60
    began = time.monotonic() - run.elapsed
    figures: dict[str, float] = {}
    losses: list[float] = []
    hits: list[float] = []
    seen = 0
    mark = time.monotonic()
    while time.monotonic() - began < budget:
        for parts in run.batches():
            share = min(1.0, (time.monotonic() - began) / budget)
            rate = peak_rate * min(1.0, (run.step + 1) / WARM_UP_STEPS)
            rate *= 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share))
            loss, right = run.learn(parts, rate)
            losses.append(loss)
            hits.append(right)
            seen += sum(ids.numel() for ids, _ in parts)
            if run.step % LOG_EVERY == 0:
                figures = {
                    "step": run.step,
                    "minutes": (time.monotonic() - began) / 60,
                    "loss": sum(losses) / len(losses),
                    "exact": sum(hits) / len(hits),
                    "rate": rate,
                    "tokens_per_second": seen / (time.monotonic() - mark),
                }
                _log(out / "curve.csv", figures)
                losses, hits, seen, mark = [], [], 0, time.monotonic()
            if share >= 1.0:
                break
        run.elapsed = time.monotonic() - began
        run.save()
    run.export()
    return figures


class _Run:
    """Network, averaged network, optimiser and the state of chance: all that a resume needs."""

    def __init__(
        self,
        out: Path,
        seed: int,
        size: tuple[int, int | None, int],
        resume: bool,
        start_from: Path | None = None,
    ) -> None:
        self.out = out
        self.rng = random.Random(seed)
        self.step = 0
        self.elapsed = 0.0
        torch.manual_seed(seed)  # pyright: ignore[reportUnknownMemberType]
        folder = out / "checkpoint"
        going_on = resume and (folder / "state.json").is_file()
        start = None if start_from is None else PlanModel.load(start_from, writing=True)
        if going_on:
            self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        elif start is not None:
            self.tokenizer = start.tokenizer
            (out / "curve.csv").unlink(missing_ok=True)
        else:
            self.tokenizer = train_tokenizer(
                _sentences(random.Random(seed + 1), TOKENIZER_DIALOGUES)
            )
            (out / "curve.csv").unlink(missing_ok=True)
        self.tokenizer.model.dropout = BPE_DROPOUT
        hidden, layers, heads = size
        if start is not None:
            had = start.network.config
            hidden, heads = had.hidden_size, had.num_attention_heads
            layers = layers or had.num_hidden_layers
        layers = layers or LAYERS
        settings = network_settings(self.tokenizer.get_vocab_size(), hidden, layers, heads)
        self.network = build_network(settings)
        if start is not None:
            self.network.load_state_dict(_grown(start.network, layers))
        self.average = build_network(settings)
        self.average.load_state_dict(self.network.state_dict())
        decayed = [p for p in self.network.parameters() if p.ndim > 1]
        plain = [p for p in self.network.parameters() if p.ndim <= 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}],
            lr=PEAK_RATE,
            betas=(0.9, 0.98),
        )
        if going_on:
            self._restore(folder)

    def learn(self, parts: list[Batch], rate: float) -> tuple[float, float]:
        """Take one step; return the loss and the share of plans written without a mistake."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        network: LlamaForCausalLM = self.network
        self.optimiser.zero_grad(set_to_none=True)
        whole = sum(int((targets >= 0).sum()) for _, targets in parts)
        total, exact = 0.0, 0
        for ids, targets in parts:
            loss, right = _plan_loss(network, ids, targets)
            (loss / whole).backward()
            total += loss.item()
            exact += right
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        decay = min(EMA_DECAY, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            pairs = zip(self.average.parameters(), network.parameters(), strict=True)
            for kept, new in pairs:
                kept.lerp_(new, 1 - decay)
        return total / whole, exact / sum(len(ids) for ids, _ in parts)

    def batches(self) -> Iterator[list[Batch]]:
        """Make up a pool of turns and yield it in batches, each in parts of like length."""
        rows: list[tuple[list[int], int]] = []
        while len(rows) < POOL:
            rows += [self._row(sample) for sample in sample_turns(self.rng)]
        self.rng.shuffle(rows)
        for start in range(0, len(rows), BATCH):
            # Every step sees the same mixture; the parts of like length only save padding.
            group = sorted(rows[start : start + BATCH], key=lambda row: len(row[0]))
            yield [_batch(group[i : i + PART]) for i in range(0, len(group), PART)]

    def _row(self, sample: Sample) -> tuple[list[int], int]:
        words = self.tokenizer.encode(sample.text, add_special_tokens=False).ids
        before = [TOKEN_IDS[t] for t in (*sample.state, SAID)]
        after = [TOKEN_IDS[t] for t in (PLAN, *sample.draft, END)]
        return [*before, *words, *after], len(before) + len(words)

    def save(self) -> None:
        folder = self.out / "checkpoint"
        folder.mkdir(exist_ok=True)
        tensors: dict[str, Tensor] = {}
        for name, network in (("network", self.network), ("average", self.average)):
            for key, value in network.state_dict().items():
                if key != "lm_head.weight":
                    tensors[f"{name}/{key}"] = value.contiguous()
        slots = cast("dict[int, dict[str, Tensor]]", self.optimiser.state_dict()["state"])
        for index, slot in slots.items():
            for key, value in slot.items():
                tensors[f"optimiser/{index}/{key}"] = value.contiguous()
        save_file(tensors, folder / "state.safetensors.new")
        (folder / "state.safetensors.new").replace(folder / "state.safetensors")
        state = {"step": self.step, "elapsed": self.elapsed, "chance": self.rng.getstate()}
        (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
        self.tokenizer.save(str(folder / "tokenizer.json"))

    def _restore(self, folder: Path) -> None:
        tensors = load_file(folder / "state.safetensors")
        for name, network in (("network", self.network), ("average", self.average)):
            part = {k.split("/", 1)[1]: v for k, v in tensors.items() if k.startswith(f"{name}/")}
            network.load_state_dict(part, strict=False)
            network.tie_weights()
        slots: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith("optimiser/"):
                _, index, slot = key.split("/")
                slots.setdefault(int(index), {})[slot] = value
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": slots})
        state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        self.step, self.elapsed = state["step"], state["elapsed"]
        version, internal, gauss = state["chance"]
        self.rng.setstate((version, tuple(internal), gauss))

    def export(self) -> None:
        """Write the averaged network as the bundled weights."""
        tokenizer = Tokenizer.from_str(self.tokenizer.to_str())
        tokenizer.model.dropout = None
        card = {"steps": self.step, "minutes": round(self.elapsed / 60, 1)}
        PlanModel(self.average, tokenizer).save(self.out, {"training": card})
        (self.out / WRITER_FILE).unlink(missing_ok=True)  # it belonged to the weights before


def _grown(network: LlamaForCausalLM, layers: int) -> dict[str, Tensor]:
    """Return the network's state with `layers` layers, the new ones without any effect yet.

    A new layer is a copy of the one below it that adds nothing to the stream, so that the deeper
    network starts as the shallow one and learns what the further layers are good for (as "depth
    growing" in Net2Net, Chen et al. 2016). Raises ValueError for fewer layers than it has.
    """
    had = network.config.num_hidden_layers
    if layers < had:
        raise ValueError(f"{layers} layers from weights that have {had}")
    state = network.state_dict()
    grown = {key: value for key, value in state.items() if ".layers." not in key}
    first = [-(-old * layers // had) for old in range(had)]
    for new in range(layers):
        old = max(number for number, place in enumerate(first) if place <= new)
        for key, value in state.items():
            if f".layers.{old}." not in key:
                continue
            adds = key.endswith(("o_proj.weight", "down_proj.weight"))
            silent = adds and new != first[old]
            name = key.replace(f".layers.{old}.", f".layers.{new}.")
            grown[name] = torch.zeros_like(value) if silent else value.clone()
    return grown


def _plan_loss(network: LlamaForCausalLM, ids: Tensor, targets: Tensor) -> tuple[Tensor, int]:
    """Return the summed cross-entropy of the plans' tokens, and how many plans were exact."""
    states = network.model(input_ids=ids, use_cache=False).last_hidden_state
    rows, columns = (targets >= 0).nonzero(as_tuple=True)
    words = cast("nn.Embedding", network.get_input_embeddings()).weight[: len(PLAN_TOKENS)]
    logits = states[rows, columns] @ words.T
    wanted = targets[rows, columns]
    misses = (logits.detach().argmax(1) != wanted).to(torch.float32)
    wrong = torch.zeros(len(ids)).index_add_(0, rows, misses)
    return F.cross_entropy(logits, wanted, reduction="sum"), int((wrong == 0).sum())


def _batch(group: list[tuple[list[int], int]]) -> Batch:
    longest = max(len(ids) for ids, _ in group)
    ids = torch.full((len(group), longest), TOKEN_IDS[PAD], dtype=torch.long)
    targets = torch.full((len(group), longest), -100, dtype=torch.long)
    for number, (row, start) in enumerate(group):
        whole = torch.tensor(row, dtype=torch.long)
        ids[number, : len(row)] = whole
        targets[number, start : len(row) - 1] = whole[start + 1 :]
    return ids, targets


def _sentences(rng: random.Random, count: int) -> Iterator[str]:
    for _ in range(count):
        for sample in sample_turns(rng):
            yield sample.text


def _log(path: Path, figures: dict[str, float]) -> None:
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(figures))
        if new:
            writer.writeheader()
        writer.writerow({key: round(value, 6) for key, value in figures.items()})
