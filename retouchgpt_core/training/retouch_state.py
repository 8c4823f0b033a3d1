"""What a training run of the retoucher remembers: averaged weights, checkpoints, curves."""

import csv
import os
import time
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from torch import nn

CHECKPOINT_NAME = "checkpoint.pt"
CURVES_NAME = "curves.csv"
_SMOOTHING = 0.97


class AveragedWeights:
    """An exponential moving average of a network's weights and norms' statistics."""

    def __init__(self, network: nn.Module, decay: float = 0.998) -> None:
        self.decay, self.steps = decay, 0
        self.values = deepcopy(network.state_dict())

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for name, value in network.state_dict().items():
            mean = self.values[name]
            if mean.is_floating_point() and mean.shape == value.shape:
                mean.lerp_(value, 1.0 - decay)
            else:
                self.values[name] = value.clone()

    def applied_to(self, network: nn.Module) -> nn.Module:
        """Return a copy of the network that holds the averages."""
        copy = deepcopy(network)
        copy.load_state_dict(self.values)
        return copy.eval()


class Curves:
    """Smoothed losses, a line of CSV now and then."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.means: dict[str, float] = {}

    def note(self, losses: dict[str, float]) -> None:
        for name, value in losses.items():
            if value == value:  # a NaN would stay for ever
                old = self.means.get(name, value)
                self.means[name] = _SMOOTHING * old + (1.0 - _SMOOTHING) * value

    def write(self, step: int, crops: int, seconds: float, rate: float) -> str:
        """Append a line (step, crops, seconds, learning rate, name=value ...); return it."""
        values = [f"{name}={value:.4f}" for name, value in sorted(self.means.items())]
        row = [str(step), str(crops), f"{seconds:.0f}", f"{rate:.2e}", *values]
        with self.path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(row)
        return " ".join(row)


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Write the run's state whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / (CHECKPOINT_NAME + ".part")
    torch.save(state, partial)
    os.replace(partial, folder / CHECKPOINT_NAME)


def load_checkpoint(folder: Path) -> dict[str, Any] | None:
    """Return the run's state, None if there is none."""
    path = folder / CHECKPOINT_NAME
    if not path.is_file():
        return None
    return torch.load(path, map_location="cpu", weights_only=True)


class Clock:
    """Seconds of training over all sittings of a run."""

    def __init__(self, before: float) -> None:
        self._before, self._start = before, time.monotonic()

    @property
    def seconds(self) -> float:
        return self._before + time.monotonic() - self._start
