"""Smooth random fields on the drawing device."""

import torch
from torch.nn import functional


def value_noise(
    count: int, size: int, cells: int, generator: torch.Generator, device: torch.device
) -> torch.Tensor:
    """Return (count, size, size) smooth noise of mean 0 and deviation near 1.

    `cells` is the number of lattice cells a side; interpolation is bilinear.
    """
    lattice = torch.randn(count, 1, cells + 3, cells + 3, generator=generator).to(device)
    wide = functional.interpolate(lattice, size=(size, size), mode="bilinear", align_corners=False)
    return wide[:, 0] * 1.5


def blurred(plane: torch.Tensor, radius: int) -> torch.Tensor:
    """Return (N, H, W) averaged over (2 radius + 1)^2 boxes, edges replicated."""
    if radius < 1:
        return plane
    side = 2 * radius + 1
    padded = functional.pad(plane[:, None], (radius,) * 4, mode="replicate")
    rows = functional.avg_pool2d(padded, (1, side), stride=1)
    return functional.avg_pool2d(rows, (side, 1), stride=1)[:, 0]
