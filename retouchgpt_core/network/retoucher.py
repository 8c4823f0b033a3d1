"""The retoucher: skin under a mask rebuilt from the skin around it, tones evened."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retouchgpt_core.network.config import KIND_COUNT, MARK_INDEX, TONE_INDEX, NetworkConfig
from retouchgpt_core.network.layers import ConvNorm, enlarge, shrink, surrounding_colour

COVERED = 1e-3
"""Weight left to a token that the mask covers entirely, so that no softmax runs empty."""
GLOBAL_GRID = 4


@dataclass(frozen=True, slots=True)
class Fill:
    """Strength 1.0 of a retouch.

    result: (B, 3, H, W), the photo with everything under the mask retouched (not clamped).
    delta: (B, 3, H, W), result - photo; 0 where the mask is 0. rebuilt: (B, 3, H, W), skin made
    of the surroundings alone. core: (B, 1, H, W) in [0, 1], how much of the result is rebuilt.
    """

    result: Tensor
    delta: Tensor
    rebuilt: Tensor
    core: Tensor


def spot_likeness(kinds: Tensor) -> Tensor:
    """Return how far a pixel is to be rebuilt rather than evened, (B, 1, H, W) in [0, 1].

    A spot inside a red area is a spot: the tone-like kinds count a quarter. Where nothing is known
    (a brush stroke on clean skin) it is a spot.
    """
    spot = kinds[:, list(MARK_INDEX)].sum(1, keepdim=True)
    tone = kinds[:, list(TONE_INDEX)].amax(1, keepdim=True)
    return (spot + 0.02) / (spot + 0.02 + 0.25 * tone)


def core_of(mask: Tensor, kinds: Tensor) -> Tensor:
    """Return what of the mask is to be rebuilt, (B, 1, H, W): a ramp over 0.15 to 0.45."""
    return ((mask * spot_likeness(kinds) - 0.15) / 0.3).clamp(0.0, 1.0)


def hole_of(core: Tensor, grow: int = 2) -> Tensor:
    """Return the pixels that the rebuilder may not see: the core's support, grown by `grow` px."""
    return F.max_pool2d((core > 0.0).to(core.dtype), 2 * grow + 1, 1, grow)


def film_grain(height: int, width: int, like: Tensor) -> Tensor:
    """Return the fixed unit-variance noise that fills are textured with, (1, 2, height, width)."""
    generator = torch.Generator().manual_seed(7)
    tile = torch.randn(1, 2, 128, 128, generator=generator).to(like)
    return tile.repeat(1, 1, -(-height // 128), -(-width // 128))[..., :height, :width]


class _Block(nn.Module):
    """Shifted-window attention from imperfection to normal skin, then to the prompts, then MLP."""

    def __init__(self, config: NetworkConfig, shift: bool) -> None:
        super().__init__()
        width = config.latent
        self.heads, self.window = config.heads, config.window
        self.shift = config.window // 2 if shift else 0
        self.norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)
        side = 2 * config.window - 1
        self.position = nn.Parameter(torch.zeros(config.heads, side, side))
        self.prompt_norm = nn.LayerNorm(width)
        self.prompt_query = nn.Linear(width, width)
        self.prompt_key_value = nn.Linear(width, 2 * width)
        self.prompt_out = nn.Linear(width, width)
        self.think_norm = nn.LayerNorm(width)
        self.think = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.style = nn.Linear(width, 2 * width)
        nn.init.zeros_(self.style.weight)
        nn.init.zeros_(self.style.bias)

    def forward(self, x: Tensor, hole: Tensor, prompts: Tensor) -> Tensor:
        """x (B, H, W, C), hole (B, H, W, 1) in [0, 1], prompts (B, N, C) -> (B, H, W, C)."""
        y = x + self._rebuild(x, hole)
        y = y + self._listen(self.prompt_norm(y), prompts)
        y = y + self.think(self.think_norm(y))
        alpha, beta = self.style(prompts.mean(1))[:, None, None].chunk(2, -1)
        return (1.0 + alpha) * y + beta

    def _rebuild(self, x: Tensor, hole: Tensor) -> Tensor:
        height, width = x.shape[1:3]
        seen = self.norm(x)
        queries = self.query(seen * (0.25 + hole))
        normal = 1.0 - hole
        key_value = self.key_value(seen * normal)
        far, far_weight = _overview(key_value, normal)
        bottom, right = -height % self.window, -width % self.window
        pad = (0, 0, 0, right, 0, bottom)
        parts = [F.pad(queries, pad), F.pad(key_value, pad), F.pad(normal, pad)]
        if self.shift:
            parts = [p.roll((-self.shift, -self.shift), (1, 2)) for p in parts]
        q, kv, weight = (_windows(p, self.window) for p in parts)
        count = q.shape[0] // x.shape[0]
        kv = torch.cat([kv, far.repeat_interleave(count, 0)], 1)
        weight = torch.cat([weight, far_weight.repeat_interleave(count, 0)], 1)
        bias = self._bias(height + bottom, width + right, x.shape[0], far.shape[1], x)
        bias = bias + (weight.clamp_min(0.0) + COVERED).log().transpose(1, 2)[:, None]
        mixed = _attend(q, kv, self.heads, bias)
        y = _unwindow(mixed, height + bottom, width + right, self.window)
        if self.shift:
            y = y.roll((self.shift, self.shift), (1, 2))
        return self.out(y[:, :height, :width])

    def _listen(self, x: Tensor, prompts: Tensor) -> Tensor:
        batch, height, width, channels = x.shape
        queries = self.prompt_query(x).reshape(batch, height * width, channels)
        heard = _attend(queries, self.prompt_key_value(prompts), self.heads, None)
        return self.prompt_out(heard).reshape(batch, height, width, channels)

    def _bias(self, height: int, width: int, batch: int, far: int, like: Tensor) -> Tensor:
        """Relative position, and no attention across the seam of a shifted picture."""
        size = self.window
        steps = torch.arange(size)
        offset = steps[:, None] - steps[None, :] + size - 1  # (q, k)
        rows = offset[:, None, :, None].expand(size, size, size, size).reshape(size**2, size**2)
        cols = offset[None, :, None, :].expand(size, size, size, size).reshape(size**2, size**2)
        bias = F.pad(self.position[:, rows, cols], (0, far))[None]
        if not self.shift:
            return bias
        here = _windows(_seam(height, width, self.shift), size)
        apart = (here != here.transpose(1, 2)).to(like.dtype) * -1e4  # (n, 64, 64)
        return bias + F.pad(apart, (0, far)).repeat(batch, 1, 1)[:, None].to(like.device)


def _seam(height: int, width: int, shift: int) -> Tensor:
    """Number the parts of a rolled picture that were no neighbours before, (1, H, W, 1)."""
    seam = torch.zeros(1, height, width, 1)
    seam[:, height - shift :] += 1.0
    seam[:, :, width - shift :] += 2.0
    return seam


def _overview(key_value: Tensor, normal: Tensor) -> tuple[Tensor, Tensor]:
    """Pool normal skin into a 4x4 grid of tokens that every window can reach.

    key_value (B, H, W, 2C) already weighted by normal (B, H, W, 1). Returns (B, 16, 2C) and their
    weights (B, 16, 1).
    """
    total = F.adaptive_avg_pool2d(key_value.permute(0, 3, 1, 2), GLOBAL_GRID).flatten(2)
    weight = F.adaptive_avg_pool2d(normal.permute(0, 3, 1, 2), GLOBAL_GRID).flatten(2)
    pooled = total / weight.clamp_min(COVERED)
    return pooled.transpose(1, 2), weight.transpose(1, 2)


def _windows(x: Tensor, size: int) -> Tensor:
    """(B, H, W, C) -> (B * windows, size * size, C)."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height // size, size, width // size, size, channels)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, channels)


def _unwindow(x: Tensor, height: int, width: int, size: int) -> Tensor:
    """(B * windows, size * size, C) -> (B, H, W, C)."""
    channels = x.shape[-1]
    x = x.reshape(-1, height // size, width // size, size, size, channels)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, height, width, channels)


def _attend(q: Tensor, key_value: Tensor, heads: int, bias: Tensor | None) -> Tensor:
    """Multi-head attention; (B, Q, C), (B, K, 2C), bias broadcast to (B, h, Q, K)."""
    batch, length, channels = q.shape
    k, v = key_value.chunk(2, -1)
    split = [t.reshape(batch, -1, heads, channels // heads).transpose(1, 2) for t in (q, k, v)]
    if bias is not None:
        bias = bias.expand(batch, heads, length, k.shape[1])
    mixed = F.scaled_dot_product_attention(*split, attn_mask=bias)
    return mixed.transpose(1, 2).reshape(batch, length, channels)


class Retoucher(nn.Module):
    """Rebuilds spots and lines from their surroundings; evens tones by a smooth residual.

    The rebuilding path sees the photo only outside the hole: it has its own thin stem, so that
    nothing of a spot reaches the result through the encoder's receptive field or a skip.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.suppresses = True
        """Off only to measure what it is good for: then the rebuilding sees what is covered."""
        w2, w4, width = config.widths[1], config.widths[2], config.latent
        self.stem2 = ConvNorm(18, w2, stride=1)
        self.stem4 = nn.Sequential(ConvNorm(w2, w4, stride=2), ConvNorm(w4, w4))
        self.stem8 = ConvNorm(w4, width, stride=2)
        self.blocks = nn.ModuleList(_Block(config, shift=i % 2 == 1) for i in range(config.blocks))
        self.up4 = ConvNorm(width, w4, 1)
        self.join4 = ConvNorm(2 * w4 + 1, w4)
        self.up2 = ConvNorm(w4, w2, 1)
        self.join2 = ConvNorm(2 * w2 + 9, w2 + 8)
        self.full = nn.Conv2d(w2 + 8, 12, 3, 1, 1)
        self.polish = nn.Sequential(ConvNorm(9, 16), nn.Conv2d(16, 3, 3, 1, 1))
        self.tone = ConvNorm(w4 + 1 + KIND_COUNT, w4)
        self.tone_style = nn.Linear(width, 2 * w4)
        self.tone_out = nn.Sequential(ConvNorm(w4, 32), nn.Conv2d(32, 3, 3, 1, 1))
        for last in (self.full, self.polish[-1], self.tone_out[-1]):
            if isinstance(last, nn.Conv2d):
                nn.init.normal_(last.weight, std=1e-3)

    def rebuild(self, image: Tensor, hole: Tensor, prompts: Tensor) -> Tensor:
        """Return skin for the hole, (B, 3, H, W), made of what lies outside it.

        image (B, 3, H, W); hole (B, 1, H, W), 0 or 1; prompts (B, N, C). Does not depend on the
        image where hole is 1.
        """
        base = surrounding_colour(image, hole)
        noise = film_grain(*image.shape[-2:], like=image).expand(image.shape[0], -1, -1, -1)
        packed = F.pixel_unshuffle(torch.cat([base * 2.0 - 1.0, hole], 1), 2)
        grain = F.pixel_unshuffle(noise, 2)  # (B, 8, H/2, W/2)
        open2 = 1.0 - F.max_pool2d(hole, 2)
        open4 = 1.0 - F.max_pool2d(hole, 4)
        closed8 = shrink(hole, 8)
        s2 = self.stem2(
            torch.cat([packed, grain[:, ::4]], 1).contiguous(memory_format=torch.channels_last)
        )
        s4 = self.stem4(s2)
        x = self.stem8(s4).permute(0, 2, 3, 1)  # (B, C, H/8, W/8) -> (B, H/8, W/8, C)
        covered = closed8.permute(0, 2, 3, 1)
        for block in self.blocks:
            x = block(x, covered, prompts)
        y = enlarge(self.up4(x.permute(0, 3, 1, 2)))
        y = self.join4(torch.cat([y, s4 * open4, open4], 1))
        y = enlarge(self.up2(y))
        y = self.join2(torch.cat([y, s2 * open2, open2, grain], 1))
        rough = F.pixel_shuffle(self.full(y), 2)
        polish = self.polish(torch.cat([base * 2.0 - 1.0, rough, hole, noise], 1))
        return base + rough + polish

    def rebuild_under(
        self, image: Tensor, mask: Tensor, kinds: Tensor, prompts: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return skin for what of a mask is spots or lines, and how much that is: rebuilt, core.

        image (B, 3, H, W); mask (B, 1, H, W); kinds (B, 14, H, W); prompts (B, N, C). Returns
        (B, 3, H, W) and (B, 1, H, W) in [0, 1].
        """
        core = core_of(mask, kinds)
        hole = hole_of(core)
        return self.rebuild(image, hole if self.suppresses else 0.0 * hole, prompts), core

    def even(self, detail: Tensor, mask: Tensor, kinds: Tensor, prompts: Tensor) -> Tensor:
        """Return the smooth change of tone, (B, 3, H, W), predicted at stride 4.

        detail (B, widths[2], H/4, W/4) of the analysis; mask (B, 1, H, W); kinds (B, 14, H, W).
        """
        asked = shrink(torch.cat([mask, kinds * mask], 1), 4)
        y = self.tone(torch.cat([detail, asked], 1))
        alpha, beta = self.tone_style(prompts.mean(1))[:, :, None, None].chunk(2, 1)
        y = y * (1.0 + alpha) + beta
        return enlarge(self.tone_out(y), 4)

    def forward(
        self, image: Tensor, detail: Tensor, mask: Tensor, kinds: Tensor, prompts: Tensor
    ) -> Fill:
        """Retouch what the mask covers; see RetouchNetwork.fill."""
        rebuilt, core = self.rebuild_under(image, mask, kinds, prompts)
        tone = self.even(detail, mask, kinds, prompts)
        delta = core * (rebuilt - image) + (1.0 - core) * mask * tone
        return Fill(image + delta, delta, rebuilt, core)
