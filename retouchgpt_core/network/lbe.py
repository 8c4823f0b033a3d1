"""LBE: what is seen and what is asked, fused by the frozen language model into prompts."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from retouchgpt_core.network.config import KIND_COUNT, REGION_COUNT, NetworkConfig

VISUAL_TOKENS = KIND_COUNT + REGION_COUNT + 2


class PromptModel(Protocol):
    """The part of a language model that LBE needs; gradients flow to `visual` and `queries`."""

    @property
    def hidden_size(self) -> int: ...

    def prompt_states(
        self, visual: Tensor, text_ids: Sequence[Sequence[int]], queries: Tensor
    ) -> Tensor:
        """Read [visual; instruction; queries], return the last hidden states at the queries.

        visual (B, V, hidden), text_ids: B lists of token ids, queries (B, N, hidden) ->
        (B, N, hidden).
        """
        ...


class PromptEmbedding(nn.Module):
    """Visual tokens, pooled under the mask, through the language model to N prompts."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        inner, hidden = config.widths[3], config.text_hidden
        self.enter = nn.Linear(inner + 1, hidden)
        self.role = nn.Parameter(torch.randn(1, VISUAL_TOKENS, hidden) * 0.02)
        self.queries = nn.Parameter(torch.randn(1, config.prompts, hidden) * 0.02)
        self.leave = nn.Linear(hidden, config.latent)
        self.norm = nn.LayerNorm(config.latent)

    def visual_tokens(
        self, features: Tensor, mask: Tensor, kinds: Tensor, regions: Tensor
    ) -> Tensor:
        """Pool features into 14 + 16 + 2 tokens, (B, 32, hidden).

        features (B, C, h, w); mask (B, 1, h, w), kinds (B, 14, h, w) and regions (B, 16, h, w)
        at the same stride, in [0, 1]. Each token also carries how much of the mask it stands for.
        """
        everywhere = torch.ones_like(mask)
        weights = torch.cat([kinds * mask, regions * mask, everywhere, mask], 1).flatten(2)
        amount = weights.sum(2, keepdim=True)  # (B, 32, 1)
        pooled = weights @ features.flatten(2).transpose(1, 2) / (amount + 1e-3)
        area = (amount + 1.0).log() * 0.2
        return self.enter(torch.cat([pooled, area], 2)) + self.role

    def forward(
        self, visual: Tensor, model: PromptModel, text_ids: Sequence[Sequence[int]]
    ) -> Tensor:
        """Return the imperfection prompts, (B, N, latent)."""
        queries = self.queries.expand(visual.shape[0], -1, -1)
        states = model.prompt_states(visual, text_ids, queries)
        return self.norm(self.leave(states.float()))
