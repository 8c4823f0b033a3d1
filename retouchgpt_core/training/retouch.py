"""Training the retouching network within a time budget, from drawn imperfections."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor

from retouchgpt_core.language.plan import Plan
from retouchgpt_core.network.config import NetworkConfig
from retouchgpt_core.network.iip import Request
from retouchgpt_core.network.lbe import PromptEmbedding
from retouchgpt_core.network.network import RetouchNetwork
from retouchgpt_core.network.weights import load_tensors, save_network
from retouchgpt_core.training.pair_store import find_pairs
from retouchgpt_core.training.retouch_calibration import SHOWN, TRAINED, calibrate
from retouchgpt_core.training.retouch_data import drawn_lessons, spoken_plans
from retouchgpt_core.training.retouch_folds import folded_faces
from retouchgpt_core.training.retouch_norms import mend_norms, settle_norms
from retouchgpt_core.training.retouch_pairs import PairLessons
from retouchgpt_core.training.retouch_real import (
    RealFace,
    RealLesson,
    real_faces,
    real_lesson,
)
from retouchgpt_core.training.retouch_state import (
    AveragedWeights,
    Clock,
    Curves,
    load_checkpoint,
    save_checkpoint,
)
from retouchgpt_core.training.retouch_step import LOSS_WEIGHTS, Lesson, RetouchStep, Shown
from retouchgpt_core.training.retouch_words import Words, language_stamp, teach_words

PEAK_RATE = 1.2e-3
WARM_PEAK_RATE = 5e-4
"""For weights that have been trained before: a higher one spends half the run on mending what it
broke."""
WARM_STEPS = 100
CLIP_NORM = 5.0
REREADING_RATE = 1e-3
READ_WELL = 0.2
"""Loss on words alone under which the request head needs no lessons of its own."""
SAID_AT_ONCE = 8
"""Sentences that a step teaches the request head without a picture."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run is carried out. Seconds are wall-clock; `fills` of the `batch` are retouched.

    `reals` crops of labelled photographs join each batch, if the data folder holds any; `pairs` is
    the share of the batch that comes from pairs of photographs. A request head that is new to the
    language model first reads for `reading` steps, and every run ends with `rereading` steps of
    words alone.
    """

    batch: int = 8
    fills: int = 2
    reals: int = 4
    pairs: float = 0.0
    reading: int = 1500
    rereading: int = 2500
    size: int = 160
    save_every: float = 120.0
    sheet_every: float = 240.0
    log_every: int = 20
    max_steps: int | None = None


def train_retouch(
    *,
    data: Path,
    out: Path,
    minutes: float,
    seed: int = 0,
    resume: bool = True,
    threads: int = 2,
    runs: Path | None = None,
    options: RunOptions | None = None,
    config: NetworkConfig | None = None,
    start_from: Path | None = None,
) -> None:
    """Train until the budget is spent; `out` then holds the averaged weights.

    data: folder of the training faces. out: folder of the weights; the bundled language model is
    looked for in `language` beside it and joins in as soon as it is there. runs: checkpoints,
    curves and picture sheets (default `runs/retouch` beside the weights' folder); a run that was
    stopped goes on from there if `resume`. start_from: folder of weights that a new run begins
    with.

    Raises WeightsError if `start_from` holds none.
    """
    Run(
        data,
        out,
        runs or out.parent.parent / "runs" / "retouch",
        minutes,
        seed,
        threads,
        options or RunOptions(),
        config,
        start_from,
    ).train(resume)


class Run:
    """One training run, over as many sittings as it takes."""

    def __init__(
        self,
        data: Path,
        out: Path,
        runs: Path,
        minutes: float,
        seed: int,
        threads: int,
        options: RunOptions,
        config: NetworkConfig | None,
        start_from: Path | None = None,
    ) -> None:
        torch.set_num_threads(threads)
        torch.manual_seed(seed)  # pyright: ignore[reportUnknownMemberType]
        self.data, self.out, self.runs = data, out, runs
        self.minutes, self.seed, self.options = minutes, seed, options
        self.accelerator = Accelerator()
        self.words = Words.find(out.parent / "language")
        base = config or NetworkConfig()
        if self.words is not None:
            base = replace(base, text_hidden=self.words.model.hidden_size)
        self.network = RetouchNetwork(base)
        self.average = AveragedWeights(self.network)
        self.optimizer = self._new_optimizer()
        self.step_count, self.crops = 0, 0
        self.clock = Clock(0.0)
        self.curves = Curves(runs / "curves.csv")
        self.rng = random.Random(seed)
        self.start_from = start_from
        if start_from is not None:
            self._start_from(start_from)

    def _start_from(self, folder: Path) -> None:
        """Take over published weights, as they were before calibration; a head that is built
        otherwise starts anew."""
        fresh, known = self.network.state_dict(), load_tensors(folder)
        head = {name for name in fresh if name.startswith("request_head.")}
        if any(name not in known or known[name].shape != fresh[name].shape for name in head):
            known = {name: value for name, value in known.items() if name not in head}
        self.network.load_state_dict({**fresh, **known})
        mend_norms(self.network)
        calibrate(self.network, SHOWN, TRAINED)
        self.average = AveragedWeights(self.network)

    def _new_optimizer(self) -> torch.optim.Optimizer:
        thin = [p for p in self.network.parameters() if p.dim() < 2]
        thick = [p for p in self.network.parameters() if p.dim() >= 2]
        groups: list[dict[str, Any]] = [
            {"params": thick, "weight_decay": 1e-2},
            {"params": thin, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=PEAK_RATE, betas=(0.9, 0.98))

    def train(self, resume: bool) -> None:
        self.runs.mkdir(parents=True, exist_ok=True)
        if resume:
            self._restore()
        sitting = self.seed + 7919 * self.step_count
        self.rng = random.Random(sitting)
        module = RetouchStep(self.network, self.options.fills, sitting)
        step, optimizer = self.accelerator.prepare(module, self.optimizer)
        said = spoken_plans(sitting, SAID_AT_ONCE)
        if self.words is not None and self.curves.means.get("words", 1.0) > READ_WELL:
            self._teach_words(self.words, sitting)
        photographed = real_faces(self.data) if self.options.reals else []
        if photographed:
            photographed += folded_faces(self.data)
        saved = pictured = self.clock.seconds
        faces = self.runs.parent / "faces"
        for lesson in self._lessons(sitting, faces):
            now = self.clock.seconds
            if self._spent():
                break
            rate = self._rate(now)
            for group in optimizer.param_groups:
                group["lr"] = rate
            real = self._real(photographed)
            self._learn(step, optimizer, _moved(lesson, self.accelerator.device), said, real)
            if self.step_count % self.options.log_every == 0:
                self.accelerator.print(self.curves.write(self.step_count, self.crops, now, rate))
            if now - pictured > self.options.sheet_every and module.shown is not None:
                pictured = now
                save_sheet(lesson, module.shown, self.runs / f"sheet-{self.step_count:06d}.jpg")
            if now - saved > self.options.save_every:
                saved = now
                self._save()
                if self._language_has_changed():
                    break
        self._save()
        if self._language_has_changed() and not self._spent():
            return self._again()
        if self.accelerator.is_main_process:
            averaged = cast("RetouchNetwork", self.average.applied_to(self.network))
            settle_norms(averaged, self._lessons(sitting + 1, faces), self.words, sitting)
            self._reread(averaged, sitting)
            calibrate(averaged)
            save_network(averaged, self.out)
        return None

    def _lessons(self, sitting: int, faces: Path) -> Iterator[Lesson]:
        """Return what is learned from: drawn faces, pairs of photographs, or some of each."""
        batch, size, share = self.options.batch, self.options.size, self.options.pairs
        if share <= 0.0:
            return drawn_lessons(self.data, batch, size, sitting, faces)
        weights = [part.parent for part in (self.start_from, self.out) if part is not None]
        store = find_pairs(self.data, weights, self.runs.parent / "pairs")
        pairs = PairLessons(store, size, sitting)
        if share >= 1.0:
            return pairs.alone(batch)
        return pairs.mixed(drawn_lessons(self.data, batch, size, sitting, faces), share)

    def _spent(self) -> bool:
        late = self.clock.seconds >= 60.0 * self.minutes
        return late or self.step_count == self.options.max_steps

    def _again(self) -> None:
        """Go on with the new language model: only what reads it starts anew."""
        Run(
            self.data,
            self.out,
            self.runs,
            self.minutes,
            self.seed,
            torch.get_num_threads(),
            self.options,
            self.network.config,
        ).train(resume=True)

    def _learn(
        self,
        step: Any,
        optimizer: Any,
        lesson: Lesson,
        said: Iterator[tuple[Sequence[str], Sequence[Plan]]],
        real: RealLesson | None,
    ) -> None:
        self.network.train()
        spoken = None if self.words is None else next(said)
        losses = cast("dict[str, Tensor]", step(lesson, self.words, spoken, real))
        total = torch.stack(list(losses.values())).sum()
        optimizer.zero_grad()
        self.accelerator.backward(total)
        norm = self.accelerator.clip_grad_norm_(self.network.parameters(), CLIP_NORM)
        if norm is not None and bool(torch.isfinite(norm)):
            optimizer.step()
            self.average.update(self.network)
        self.step_count += 1
        self.crops += lesson.image.shape[0] * self.accelerator.num_processes
        self.curves.note({name: float(value.detach()) for name, value in losses.items()})

    def _teach_words(self, words: Words, seed: int) -> None:
        """Bring a request head that cannot read this language model yet up to it, words first."""
        head = self.network.request_head
        loss = teach_words(head, words, spoken_plans(seed + 1, 24), self.rng, self.options.reading)
        self.accelerator.print(f"reads the language model with a loss of {loss:.4f}")
        self.curves.means["words"] = LOSS_WEIGHTS["words"] * loss
        for name, value in head.state_dict().items():
            self.average.values[f"request_head.{name}"] = value.clone()

    def _reread(self, averaged: RetouchNetwork, seed: int) -> None:
        """End with words alone: sentences cost a hundredth of a drawn face, so it reads many."""
        if self.words is None or not self.options.rereading:
            return
        loss = teach_words(
            averaged.request_head,
            self.words,
            spoken_plans(seed + 2, 24),
            self.rng,
            self.options.rereading,
            REREADING_RATE,
        )
        self.accelerator.print(f"reads it at the end with a loss of {loss:.4f}")

    def _real(self, faces: list[RealFace]) -> RealLesson | None:
        if not faces:
            return None
        lesson = real_lesson(faces, self.options.reals, self.options.size, self.rng)
        device = self.accelerator.device
        names = ("image", "truth", "weight", "kinds", "toneless", "tones")
        return replace(lesson, **{name: getattr(lesson, name).to(device) for name in names})

    def _rate(self, seconds: float) -> float:
        done = min(1.0, seconds / (60.0 * self.minutes))
        warm = min(1.0, (self.step_count + 1) / WARM_STEPS)
        peak = PEAK_RATE if self.start_from is None else WARM_PEAK_RATE
        return peak * warm * (0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * done)))

    def _language_has_changed(self) -> bool:
        stamp = language_stamp(self.out.parent / "language")
        return stamp is not None and (self.words is None or stamp != self.words.stamp)

    def _save(self) -> None:
        if not self.accelerator.is_main_process:
            return
        save_checkpoint(
            self.runs,
            {
                "network": self.network.state_dict(),
                "average": self.average.values,
                "average_steps": self.average.steps,
                "optimizer": self.optimizer.state_dict(),
                "step": self.step_count,
                "crops": self.crops,
                "seconds": self.clock.seconds,
                "means": self.curves.means,
                "language": None if self.words is None else self.words.stamp,
            },
        )
        averaged = self.average.applied_to(self.network)
        save_network(cast("RetouchNetwork", averaged), self.runs / "weights")

    def _restore(self) -> None:
        state = load_checkpoint(self.runs)
        if state is None:
            return
        stamp = None if self.words is None else self.words.stamp
        if state["language"] == stamp:
            self.network.load_state_dict(state["network"])
            self.average.values = state["average"]
            self.optimizer.load_state_dict(state["optimizer"])
        else:
            self._restore_pictures(state)
        self.average.steps = state["average_steps"]
        self.step_count, self.crops = state["step"], state["crops"]
        self.clock = Clock(state["seconds"])
        self.curves.means = state["means"]
        if state["language"] != stamp:
            self.curves.means.pop("words", None)

    def _restore_pictures(self, state: dict[str, Any]) -> None:
        """Take over everything but the parts that read the language model."""
        fresh = self.network.state_dict()
        readers = {
            name
            for part, kind in (("request_head", Request), ("prompt_embedding", PromptEmbedding))
            if isinstance(getattr(self.network, part), kind)
            for name in fresh
            if name.startswith(part + ".")
        }
        for source, target in (("network", fresh), ("average", self.average.values)):
            for name, value in state[source].items():
                if name not in readers:
                    target[name] = value
        self.network.load_state_dict(fresh)
        named = {id(p): name for name, p in self.network.named_parameters()}
        order = [named[id(p)] for g in self.optimizer.param_groups for p in g["params"]]
        kept = {
            i: moments
            for i, moments in state["optimizer"]["state"].items()
            if order[i] not in readers
        }
        self.optimizer.load_state_dict({**state["optimizer"], "state": kept})


def _moved(lesson: Lesson, device: torch.device) -> Lesson:
    tensors = ("image", "target", "clean", "kind_masks", "requested", "fill", "known", "labels")
    return replace(lesson, **{name: getattr(lesson, name).to(device) for name in tensors})


def save_sheet(lesson: Lesson, shown: Shown, path: Path, rows: int = 4) -> None:
    """Write a sheet: photo, target, result, fill mask, anything found, drawn kinds."""
    lines: list[np.ndarray] = []
    for i in range(min(rows, shown.result.shape[0])):
        drawn = lesson.kind_masks[i].amax(0, keepdim=True)
        tiles = [
            lesson.image[i],
            shown.target[i],
            shown.result[i].clamp(0, 1),
            shown.mask[i].expand(3, -1, -1),
            shown.analysis.any[i].detach().expand(3, -1, -1),
            drawn.expand(3, -1, -1),
        ]
        lines.append(np.concatenate([t.cpu().numpy().transpose(1, 2, 0) for t in tiles], 1))
    sheet = (np.concatenate(lines, 0) * 255.0 + 0.5).astype(np.uint8)
    cv2.imwrite(str(path), sheet[..., ::-1])
