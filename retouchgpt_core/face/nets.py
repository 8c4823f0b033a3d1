"""The two networks of the face layout: where faces are, and what lies where on one."""

from dataclasses import dataclass
from typing import cast

import torch
from torch import nn

from retouchgpt_core.face.regions import MESH_POINTS

MAP_CLASSES: tuple[str, ...] = ("other", "skin", "hair", "glasses")
"""Classes of the dense map, in the order of its channels."""
STRIDE = 8
"""Photo pixels (at the level looked at) between two cells of the detector's maps."""


def _conv(inputs: int, outputs: int, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.SiLU(inplace=True),
    )


class _Residual(nn.Module):
    def __init__(self, width: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, dilation, dilation, bias=False),
            nn.BatchNorm2d(width),
            nn.SiLU(inplace=True),
        )
        self.second = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        )
        self.act = nn.SiLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, self.act(x + self.second(self.first(x))))


class DetectorNet(nn.Module):
    """Finds face centres at one level of the pyramid.

    Input (B, 3, H, W) in [0, 1], H and W divisible by 8. Output (B, 4, H/8, W/8): logit that a
    face's centre lies in the cell, offset of the centre from the cell's centre in cells (x, y),
    natural logarithm of the face's radius (`FaceFrame.radius`) in cells.
    """

    def __init__(self, widths: tuple[int, int, int] = (16, 24, 48), blocks: int = 4) -> None:
        super().__init__()
        low, mid, high = widths
        self.body = nn.Sequential(
            _conv(3, low, 2),
            _conv(low, mid, 2),
            _conv(mid, high, 2),
            *[_Residual(high, (1, 2, 4, 2, 1)[i % 5]) for i in range(blocks)],
            _conv(high, high),
        )
        self.head = nn.Conv2d(high, 4, 1)
        nn.init.constant_(cast(torch.Tensor, self.head.bias)[:1], -4.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, self.head(self.body(x * 4.0 - 2.0)))


@dataclass(frozen=True, slots=True)
class LandmarkOutput:
    """`points` (B, 478, 2) in crop units, -1 to 1 between the crop's edges; `presence` (B,) logit
    that the crop holds a face; `map` (B, len(MAP_CLASSES), side/2, side/2) logits."""

    points: torch.Tensor
    presence: torch.Tensor
    map: torch.Tensor


class LandmarkNet(nn.Module):
    """Lays out the face in a square crop: landmarks, presence, and a dense map.

    Input (B, 3, 128, 128) in [0, 1]. Landmarks are a mean plus a learned linear basis.
    """

    def __init__(
        self, widths: tuple[int, int, int, int] = (16, 32, 64, 96), components: int = 80
    ) -> None:
        super().__init__()
        w1, w2, w3, w4 = widths
        self.stem = _conv(3, w1, 2)
        self.stage2 = nn.Sequential(_conv(w1, w2, 2), _Residual(w2))
        self.stage3 = nn.Sequential(_conv(w2, w3, 2), _Residual(w3), _Residual(w3))
        self.stage4 = nn.Sequential(_conv(w3, w4, 2), _Residual(w4), _Residual(w4))
        self.squeeze = _conv(w4, 32, kernel=1)
        self.trunk = nn.Sequential(nn.Flatten(), nn.Linear(32 * 64, 256), nn.SiLU())
        self.coefficients = nn.Linear(256, components)
        self.presence = nn.Linear(256, 1)
        self.basis = nn.Linear(components, MESH_POINTS * 2)
        self.up4 = nn.Conv2d(w4, w3, 1)
        self.up3 = nn.Sequential(_conv(w3, 48), nn.Conv2d(48, w2, 1))
        self.up2 = nn.Sequential(_conv(w2, w2), nn.Conv2d(w2, w1, 1))
        self.map = nn.Sequential(_conv(w1, w1), nn.Conv2d(w1, len(MAP_CLASSES), 1))

    def forward(self, x: torch.Tensor) -> LandmarkOutput:
        x1 = self.stem(x * 4.0 - 2.0)
        x2 = self.stage2(x1)
        x3 = self.stage3(x2)
        x4 = self.stage4(x3)
        trunk = self.trunk(self.squeeze(x4))
        points = self.basis(self.coefficients(trunk)).view(-1, MESH_POINTS, 2)
        up = x3 + nn.functional.interpolate(self.up4(x4), scale_factor=2.0, mode="nearest")
        up = x2 + nn.functional.interpolate(self.up3(up), scale_factor=2.0, mode="nearest")
        up = x1 + nn.functional.interpolate(self.up2(up), scale_factor=2.0, mode="nearest")
        return LandmarkOutput(points, self.presence(trunk)[:, 0], self.map(up))
