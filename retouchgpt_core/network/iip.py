"""IIP: what is on the skin, and which part of it the instruction asks for."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retouchgpt_core.network.config import (
    KIND_COUNT,
    LABEL_COUNT,
    MARK_INDEX,
    TONE_INDEX,
    NetworkConfig,
)
from retouchgpt_core.network.encoder import Pyramid
from retouchgpt_core.network.layers import ConvNorm, enlarge, shrink


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the instruction-free decoder sees, as logits.

    any: (B, 1, H, W), a spot or line here. marks: (B, 9, H/2, W/2), which of the spot- and
    line-like kinds (MARK_INDEX), given that one is here. tones: (B, 5, H/4, W/4), one sigmoid for
    each tone-like kind (TONE_INDEX). context: (B, widths[3], H/8, W/8) and detail:
    (B, widths[2], H/4, W/4), the decoder's features.
    """

    any: Tensor
    marks: Tensor
    tones: Tensor
    context: Tensor
    detail: Tensor

    def kinds(self) -> Tensor:
        """Return the probability of each kind at each pixel, (B, 14, H, W)."""
        size = self.any.shape[-2:]
        share = F.interpolate(
            self.marks.softmax(1), size=size, mode="bilinear", align_corners=False
        )
        tone = F.interpolate(self.tones.sigmoid(), size=size, mode="bilinear", align_corners=False)
        found = share.new_empty(share.shape[0], KIND_COUNT, *size)
        found[:, list(MARK_INDEX)] = share * self.any.sigmoid()
        found[:, list(TONE_INDEX)] = tone
        return found


class Decoder(nn.Module):
    """The instruction-free half: a top-down path with lateral adds to full resolution."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        w1, w2, w4, w8, w16 = config.widths
        self.down16 = ConvNorm(w16, w8, 1)
        self.context = ConvNorm(w8, w8)
        self.down8 = ConvNorm(w8, w4, 1)
        self.detail = ConvNorm(w4, w4)
        self.down4 = ConvNorm(w4, w2, 1)
        self.fine = ConvNorm(w2, w2)
        self.down2 = ConvNorm(w2, w1, 1)
        self.full = ConvNorm(w1, w1)
        self.any = nn.Conv2d(w1, 1, 1)
        self.tone = nn.Sequential(ConvNorm(w4, 32), nn.Conv2d(32, len(TONE_INDEX), 1))
        self.mark_context = nn.Conv2d(w4, len(MARK_INDEX), 1)
        self.mark_detail = nn.Sequential(ConvNorm(w2, 32), nn.Conv2d(32, len(MARK_INDEX), 1))
        prior = self.any.bias
        if prior is not None:
            nn.init.constant_(prior, -3.0)

    def forward(self, pyramid: Pyramid) -> Evidence:
        s1, s2, s4, s8, s16 = pyramid.levels
        context = self.context(s8 + enlarge(self.down16(s16)))
        detail = self.detail(s4 + enlarge(self.down8(context)))
        fine = self.fine(s2 + enlarge(self.down4(detail)))
        full = self.full(s1 + enlarge(self.down2(fine)))
        marks = self.mark_detail(fine) + enlarge(self.mark_context(detail))
        return Evidence(self.any(full), marks, self.tone(detail), context, detail)


class _Reading(nn.Module):
    """One layer: places read the words of the instruction, then think."""

    def __init__(self, width: int, heads: int = 4) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.read = nn.MultiheadAttention(width, heads, batch_first=True)
        self.think_norm = nn.LayerNorm(width)
        self.think = nn.Sequential(
            nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width)
        )

    def forward(self, places: Tensor, words: Tensor, absent: Tensor) -> Tensor:
        read, _ = self.read(
            self.norm(places), words, words, key_padding_mask=absent, need_weights=False
        )
        places = places + read
        return places + self.think(self.think_norm(places))


class Request(nn.Module):
    """The instruction-conditioned half: does the instruction mean this kind at this place?

    Places on the stride-8 grid are described by the region of the face that they lie in, by what
    was found there and by the encoder's features; they attend to the language model's hidden
    states. The answer is one logit a kind, and one for "nothing of this".
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        width = config.request_width
        self.region = nn.Linear(LABEL_COUNT, width)
        self.evidence = nn.Linear(KIND_COUNT, width)
        self.feature = nn.Linear(config.widths[3], width, bias=False)
        self.words = nn.Linear(config.text_states * config.text_hidden, width)
        self.words_norm = nn.LayerNorm(width)
        self.layers = nn.ModuleList(_Reading(width) for _ in range(config.request_layers))
        self.norm = nn.LayerNorm(width)
        self.answer = nn.Linear(width, KIND_COUNT + 1)
        nn.init.zeros_(self.feature.weight)
        nn.init.zeros_(self.evidence.weight)

    def forward(
        self,
        labels: Tensor,
        found: Tensor | None,
        features: Tensor | None,
        text_hidden: Tensor,
        text_mask: Tensor,
    ) -> Tensor:
        """Return logits (B, P, 15): is kind k meant at place p; the last one says "nothing".

        labels: (B, P, 25) share of each region label at the place. found: (B, P, 14) or None,
        features: (B, P, widths[3]) or None. text_hidden: (B, T, text_states * text_hidden);
        text_mask: (B, T) bool, True for a word.
        """
        places = self.region(labels)
        if found is not None:
            places = places + self.evidence(found)
        if features is not None:
            places = places + self.feature(features)
        words = self.words_norm(self.words(text_hidden))
        for layer in self.layers:
            places = layer(places, words, ~text_mask)
        return self.answer(self.norm(places))


def label_shares(labels: Tensor, stride: int = 8) -> Tensor:
    """Return the share of each region label in each square of the grid, (B, 25, H/8, W/8).

    labels: (B, H, W), any integer type.
    """
    step = stride // 2
    coarse = labels[:, step // 2 :: step, step // 2 :: step].long()
    shares = F.one_hot(coarse.clamp(0, LABEL_COUNT - 1), LABEL_COUNT)
    return shrink(shares.permute(0, 3, 1, 2).to(torch.float32), 2)  # (B, H, W, L) -> (B, L, H, W)


def per_place(grid: Tensor) -> Tensor:
    """Turn (B, C, H, W) into (B, H * W, C)."""
    return grid.flatten(2).transpose(1, 2)
