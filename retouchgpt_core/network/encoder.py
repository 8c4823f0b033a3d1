"""The encoder: a convolutional pyramid over the photo, computed once."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from retouchgpt_core.network.config import NetworkConfig
from retouchgpt_core.network.layers import ConvNorm, Residual, local_contrast


@dataclass(frozen=True, slots=True)
class Pyramid:
    """Features at strides 1, 2, 4, 8, 16: levels[i] is (B, widths[i], H / 2^i, W / 2^i)."""

    levels: tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


class Encoder(nn.Module):
    """RGB and its local contrast in, features at strides 1 to 16 out.

    image: (B, 3, H, W) in [0, 1], sRGB, H and W divisible by 32.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        w = config.widths
        self.stem = ConvNorm(6, w[0])
        self.stages = nn.ModuleList(
            nn.Sequential(
                ConvNorm(w[i], w[i + 1], stride=2), *[Residual(w[i + 1]) for _ in range(depth)]
            )
            for i, depth in enumerate(config.depths)
        )

    def forward(self, image: Tensor) -> Pyramid:
        seen = torch.cat([image * 2.0 - 1.0, local_contrast(image)], 1)
        s1 = self.stem(seen.contiguous(memory_format=torch.channels_last))
        s2 = self.stages[0](s1)
        s4 = self.stages[1](s2)
        s8 = self.stages[2](s4)
        return Pyramid((s1, s2, s4, s8, self.stages[3](s8)))
