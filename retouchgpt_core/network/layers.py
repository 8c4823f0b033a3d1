"""Convolutions with a norm that disappears at inference, and the residual block made of them."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval


class ConvNorm(nn.Module):
    """A 3x3 or 1x1 convolution, batch norm, and ReLU unless `act` is False.

    `fold()` merges the norm into the convolution: same result in eval mode, fewer passes.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, act: bool = True
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(outputs, momentum=0.05)
        self.act = act

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.conv(x))
        return F.relu(x, inplace=True) if self.act else x

    def fold(self) -> None:
        """Merge the norm into the convolution for good; only for inference."""
        if isinstance(self.norm, nn.BatchNorm2d):
            self.eval()
            self.conv = fuse_conv_bn_eval(self.conv, self.norm)
            self.norm = nn.Identity()


class Residual(nn.Module):
    """x + two 3x3 convolutions of the same width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = ConvNorm(width, width)
        self.second = ConvNorm(width, width, act=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(self.first(x)))


def fold_norms(module: nn.Module) -> None:
    """Fold every batch norm below `module` into its convolution."""
    for child in module.modules():
        if isinstance(child, ConvNorm):
            child.fold()


def enlarge(x: Tensor, by: int = 2) -> Tensor:
    """Upsample (B, C, H, W) bilinearly by a whole factor."""
    return F.interpolate(x, scale_factor=float(by), mode="bilinear", align_corners=False)


def shrink(x: Tensor, by: int) -> Tensor:
    """Average (B, C, H, W) over squares of `by` pixels."""
    return F.avg_pool2d(x, by) if by > 1 else x


def local_contrast(image: Tensor) -> Tensor:
    """Return how much denser each pixel is than the skin around it, (B, 3, H, W), about +-1.

    Pigment adds optical density, so a mark's contrast in log intensity does not depend on how
    light the skin is.
    """
    density = torch.log(image.clamp(0.0, 1.0) + 0.05)
    pooled = F.avg_pool2d(shrink(density, 8), 3, 1, 1, count_include_pad=False)
    return (density - enlarge(pooled, 8)) * 4.0


def surrounding_colour(image: Tensor, hole: Tensor) -> Tensor:
    """Fill a hole with the smooth colour of what surrounds it (push-pull over a pyramid).

    image (B, 3, H, W), hole (B, 1, H, W) in [0, 1]. Returns (B, 3, H, W); where hole is 1 the
    result does not depend on the image there, where it is 0 it equals the image.
    """
    keep = 1.0 - hole
    total, weight = image * keep, keep
    levels = [(total, weight)]
    while min(total.shape[-2:]) >= 4 and len(levels) < 6:
        total, weight = F.avg_pool2d(total, 2), F.avg_pool2d(weight, 2)
        levels.append((total, weight))
    mean = total.sum((2, 3), keepdim=True) / weight.sum((2, 3), keepdim=True).clamp_min(1e-4)
    filled = mean.expand_as(total)
    for total, weight in reversed(levels):
        if filled.shape[-2:] != total.shape[-2:]:
            filled = F.interpolate(
                filled, size=total.shape[-2:], mode="bilinear", align_corners=False
            )
        filled = total + (1.0 - weight) * filled
    return filled
