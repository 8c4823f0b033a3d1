"""How the networks look at a photo: in parts where it is large, with folded normalisation."""

import numpy as np
import pytest
import torch

from retouchgpt_core.face.crops import Overview
from retouchgpt_core.face.nets import DetectorNet, LandmarkNet, fused
from retouchgpt_core.geometry import Window
from retouchgpt_core.photo import Photo


@pytest.mark.parametrize("size", [(3200, 2000), (2400, 3600), (3100, 3100)])
def test_a_large_photo_read_in_parts_looks_as_read_at_once(size: tuple[int, int]) -> None:
    width, height = size
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    waves = np.stack([np.sin(columns / 60), np.cos(rows / 45), np.sin((columns + rows) / 80)], -1)
    photo = Photo.from_array((waves * 100 + 128).astype(np.uint8))
    overview = Overview.of(photo, 640)
    longest = max(size)
    at_once = photo.window(Window((width - longest) / 2, (height - longest) / 2, longest, 640))
    assert np.abs(overview.level(640) - at_once).max() < 0.02


def _worked(net: torch.nn.Module) -> torch.nn.Module:
    """Give a random net statistics that are not those it starts with."""
    torch.manual_seed(3)
    for part in net.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(part.weight, 0.5, 1.5)
            torch.nn.init.normal_(part.bias, 0, 0.2)
            assert part.running_mean is not None
            assert part.running_var is not None
            part.running_mean.normal_(0, 0.3)
            part.running_var.uniform_(0.5, 2.0)
    return net.eval()


def test_folding_the_normalisation_changes_no_output() -> None:
    detector, landmarks = _worked(DetectorNet()), _worked(LandmarkNet())
    picture, crop = torch.rand(1, 3, 96, 160), torch.rand(2, 3, 128, 128)
    with torch.inference_mode():
        heat, output = detector(picture), landmarks(crop)
        assert torch.allclose(fused(detector)(picture), heat, atol=1e-3, rtol=1e-3)
        after = fused(landmarks)(crop)
        for name in ("points", "anchors", "presence", "map"):
            assert torch.allclose(getattr(after, name), getattr(output, name), atol=1e-3, rtol=1e-3)
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in detector.modules())
