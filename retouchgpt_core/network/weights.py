"""Weights on disk: config.json and model.safetensors in half precision."""

import json
import os
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors import torch as safetensors_torch

from retouchgpt_core.errors import WeightsError
from retouchgpt_core.network.config import NetworkConfig
from retouchgpt_core.network.network import RetouchNetwork

CONFIG_NAME = "config.json"
WEIGHTS_NAME = "model.safetensors"
_MOST_HALF = 65000.0
_REMEDY = "Install the program again, or name a folder with weights of this version."


def save_network(network: RetouchNetwork, folder: Path) -> None:
    """Write config.json and model.safetensors (float16), each whole or not at all.

    A tensor that half precision cannot hold stays in single precision. The network must not be
    folded: what is written can be trained on. Raises ValueError for a number that is none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        name: _halved(name, value).contiguous().clone()
        for name, value in network.state_dict().items()
    }
    partial = folder / (WEIGHTS_NAME + ".part")
    safetensors_torch.save_file(state, partial)  # pyright: ignore[reportUnknownMemberType]
    partial.chmod(0o644)
    os.replace(partial, folder / WEIGHTS_NAME)
    text = json.dumps(network.config.to_json(), indent=2) + "\n"
    (folder / CONFIG_NAME).write_text(text, encoding="utf-8")


def load_network(folder: Path, device: torch.device | str = "cpu") -> RetouchNetwork:
    """Read a network ready for inference: float32, eval mode, norms folded, no gradients.

    Raises WeightsError if the files are missing, damaged or made for another network.
    """
    network = load_trainable(folder)
    return network.folded().requires_grad_(False).to(device)


def load_trainable(folder: Path) -> RetouchNetwork:
    """Read a network to train on, float32 on the CPU. Raises WeightsError like load_network."""
    tensors = load_tensors(folder)
    try:
        text = (folder / CONFIG_NAME).read_text(encoding="utf-8")
        network = RetouchNetwork(NetworkConfig.from_json(json.loads(text)))
        network.load_state_dict(tensors)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise _damaged(folder) from error
    return network


def load_tensors(folder: Path) -> dict[str, torch.Tensor]:
    """Read the tensors alone, float32 on the CPU, whatever network they were made for.

    Raises WeightsError if the files are missing or damaged.
    """
    config_path, weights_path = folder / CONFIG_NAME, folder / WEIGHTS_NAME
    if not (config_path.is_file() and weights_path.is_file()):
        raise WeightsError(f"The retoucher's weights are missing in {folder}.", _REMEDY)
    try:
        state = safetensors_torch.load_file(weights_path)  # pyright: ignore[reportUnknownMemberType]
    except (OSError, ValueError, SafetensorError) as error:
        raise _damaged(folder) from error
    return {name: _full(value) for name, value in state.items()}


def _damaged(folder: Path) -> WeightsError:
    return WeightsError(
        f"The retoucher's weights in {folder} are damaged or made for another version.", _REMEDY
    )


def _halved(name: str, value: torch.Tensor) -> torch.Tensor:
    if not value.is_floating_point():
        return value
    if not bool(torch.isfinite(value).all()):
        raise ValueError(f"{name} holds a number that is none")
    return value.half() if float(value.abs().amax()) < _MOST_HALF else value.float()


def _full(value: torch.Tensor) -> torch.Tensor:
    return value.float() if value.is_floating_point() else value
