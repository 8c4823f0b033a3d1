"""The face networks' files: config.json and model.safetensors (fp16)."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from retouchgpt_core.errors import WeightsError
from retouchgpt_core.face.nets import DetectorNet, LandmarkNet

CONFIG: dict[str, Any] = {
    "format": 1,
    "detector": {"widths": [16, 24, 48], "blocks": 4},
    "landmarks": {"widths": [16, 32, 64, 96], "components": 80},
}


def build_nets(config: dict[str, Any]) -> tuple[DetectorNet, LandmarkNet]:
    """Return the two networks that a config describes, with random weights."""
    detector, landmarks = config["detector"], config["landmarks"]
    return (
        DetectorNet(tuple(detector["widths"]), detector["blocks"]),
        LandmarkNet(tuple(landmarks["widths"]), landmarks["components"]),
    )


def save_nets(folder: Path, detector: nn.Module, landmarks: nn.Module) -> None:
    """Write config.json and model.safetensors; each file is replaced whole."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, torch.Tensor] = {}
    for name, net in (("detector", detector), ("landmarks", landmarks)):
        for key, value in net.state_dict().items():
            if not key.endswith("num_batches_tracked"):
                tensors[f"{name}.{key}"] = value.detach().cpu().half().contiguous()
    partial = folder / "model.safetensors.partial"
    save_file(tensors, partial)
    partial.replace(folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")


def load_nets(folder: Path) -> tuple[DetectorNet, LandmarkNet]:
    """Read both networks as float32, ready for use (eval mode).

    Raises WeightsError if a file is missing or does not fit.
    """
    try:
        config = json.loads((folder / "config.json").read_text())
        tensors = load_file(folder / "model.safetensors")
        detector, landmarks = build_nets(config)
        for name, net in (("detector", detector), ("landmarks", landmarks)):
            own = {
                key.removeprefix(f"{name}."): value.float()
                for key, value in tensors.items()
                if key.startswith(f"{name}.")
            }
            missing, unexpected = net.load_state_dict(own, strict=False)
            missing = [key for key in missing if not key.endswith("num_batches_tracked")]
            if missing or unexpected:
                raise KeyError(f"{name}: missing {missing[:3]}, unexpected {unexpected[:3]}")
    except (OSError, KeyError, ValueError, RuntimeError, SafetensorError) as error:
        raise WeightsError(
            f"The face weights in {folder} cannot be used ({error}).",
            "Install the program again, or name another folder with --weights.",
        ) from error
    return detector.eval(), landmarks.eval()
