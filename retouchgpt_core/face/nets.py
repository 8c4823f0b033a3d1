"""The two networks of the face layout: where faces are, and what lies where on one."""

from dataclasses import dataclass
from typing import cast

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from retouchgpt_core.face.regions import MESH_POINTS

MAP_CLASSES: tuple[str, ...] = ("other", "skin", "hair", "glasses")
"""Classes of the dense map, in the order of its channels."""
ANCHORS: tuple[int, ...] = (
    *(10, 109, 338, 54, 284, 127, 356, 234, 454, 93, 323, 58, 288, 172, 397, 136, 365, 149, 378),
    *(152, 33, 133, 159, 145, 263, 362, 386, 374, 468, 473, 70, 105, 107, 300, 334, 336, 168, 6),
    *(197, 5, 1, 2, 98, 327, 129, 358, 61, 291, 0, 17, 13, 14, 50, 280),
)
"""Mesh points that the network seeks in the picture; the others follow from them."""
CROP = 128
"""Side of the landmark network's input in pixels."""
CROP_RADII = 4.7
"""Side of that crop in face radii (about 3.7 IOD)."""
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
        return cast(torch.Tensor, self.head(self.body((x * 4.0).sub_(2.0))))


@dataclass(frozen=True, slots=True)
class LandmarkOutput:
    """`points` (B, 478, 2) in crop units, -1 to 1 between the crop's edges; `anchors` (B,
    len(ANCHORS), 2) likewise, before the face's shape corrects them; `presence` (B,) logit that
    the crop holds a face; `map` (B, len(MAP_CLASSES), side/2, side/2) logits."""

    points: torch.Tensor
    anchors: torch.Tensor
    presence: torch.Tensor
    map: torch.Tensor


class LandmarkNet(nn.Module):
    """Lays out the face in a square crop: landmarks, presence, and a dense map.

    Input (B, 3, 128, 128) in [0, 1]. Some points are sought as heat maps (their centre of mass);
    all points are a linear image of those plus a learned basis of corrections.
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
        self.spread = nn.Linear(len(ANCHORS) * 2, MESH_POINTS * 2, bias=False)
        self.up4 = nn.Conv2d(w4, w3, 1)
        self.up3 = nn.Sequential(_conv(w3, 48), nn.Conv2d(48, w2, 1))
        self.fuse2 = _conv(w2, 48)
        self.heat = nn.Conv2d(48, len(ANCHORS), 1)
        self.up2 = nn.Conv2d(48, w1, 1)
        self.map = nn.Sequential(_conv(w1, w1), nn.Conv2d(w1, len(MAP_CLASSES), 1))

    def forward(self, x: torch.Tensor) -> LandmarkOutput:
        x1 = self.stem((x * 4.0).sub_(2.0))
        x2 = self.stage2(x1)
        x3 = self.stage3(x2)
        x4 = self.stage4(x3)
        trunk = self.trunk(self.squeeze(x4))
        up = x3 + nn.functional.interpolate(self.up4(x4), scale_factor=2.0, mode="nearest")
        up = x2 + nn.functional.interpolate(self.up3(up), scale_factor=2.0, mode="nearest")
        fused = self.fuse2(up)
        anchors = _centre_of_mass(self.heat(fused))
        points = self.spread(anchors.flatten(1)) + self.basis(self.coefficients(trunk))
        up = x1 + nn.functional.interpolate(self.up2(fused), scale_factor=2.0, mode="nearest")
        return LandmarkOutput(
            points.view(-1, MESH_POINTS, 2), anchors, self.presence(trunk)[:, 0], self.map(up)
        )


def fused(net: nn.Module) -> nn.Module:
    """Fold each normalisation into the convolution before it, in place; for use, not training.

    The outputs stay the same but for rounding; a third of the memory and some time are saved.
    """
    for part in net.modules():
        if not isinstance(part, nn.Sequential):
            continue
        for index in range(len(part) - 1):
            conv, norm = part[index], part[index + 1]
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                part[index] = fuse_conv_bn_eval(conv.eval(), norm.eval())
                part[index + 1] = nn.Identity()
    return net


_SHARPNESS = 5.0
"""Heat maps start flat; this lets them become peaks in few steps."""


def _centre_of_mass(heat: torch.Tensor) -> torch.Tensor:
    # (B, N, side, side) -> (B, N, 2), x and y in -1..1
    side = heat.shape[-1]
    chance = (heat.flatten(2) * _SHARPNESS).softmax(-1).view(heat.shape)
    cells = (torch.arange(side, device=heat.device, dtype=heat.dtype) + 0.5) * (2 / side) - 1
    x = (chance.sum(2) * cells).sum(-1)
    y = (chance.sum(3) * cells).sum(-1)
    return torch.stack([x, y], -1)
