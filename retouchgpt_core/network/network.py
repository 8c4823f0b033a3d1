"""The retouching network: encoder, IIP, LBE and retoucher behind four calls."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retouchgpt_core.network.config import KIND_COUNT, MARK_INDEX, TONE_INDEX, NetworkConfig
from retouchgpt_core.network.encoder import Encoder, Pyramid
from retouchgpt_core.network.iip import Decoder, Evidence, Request, label_shares, per_place
from retouchgpt_core.network.layers import fold_norms, shrink
from retouchgpt_core.network.lbe import PromptEmbedding, PromptModel
from retouchgpt_core.network.retoucher import Fill, Retoucher


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is on the skin, before anybody asked for anything. Computed once a photo.

    any: (B, 1, H, W), probability of a spot or line. kinds: (B, 14, H, W), probability of each
    kind in KINDS' order; spot- and line-like kinds sum to `any`, tone-like kinds are independent.
    features and evidence: what the later calls need.
    """

    features: Pyramid
    evidence: Evidence
    any: Tensor
    kinds: Tensor


@dataclass(frozen=True, slots=True)
class Requested:
    """What the instruction asks for.

    mask: (B, 1, H, W), probability that this pixel is to be changed. kinds: (B, 14, H, W), the
    same for each kind (evidence x request). meant: (B, 15, H/8, W/8), whether the words mean that
    kind at that place, whatever is there; the last one is "nothing of this place".
    """

    mask: Tensor
    kinds: Tensor
    meant: Tensor


class RetouchNetwork(nn.Module):
    """See each method. All pictures are RGB in [0, 1], sRGB, H and W divisible by 32."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.request_head = Request(config)
        self.prompt_embedding = PromptEmbedding(config)
        self.retoucher = Retoucher(config)
        self.null_prompts = nn.Parameter(torch.zeros(1, config.prompts, config.latent))
        for part in self.modules():
            if isinstance(part, nn.Conv2d):
                part.weight.data = part.weight.data.contiguous(memory_format=torch.channels_last)

    def analyse(self, image: Tensor) -> Analysis:
        """Say what is on the skin. image: (B, 3, H, W).

        Raises ValueError for a size that is not divisible by 32.
        """
        if image.dim() != 4 or image.shape[1] != 3 or any(s % 32 for s in image.shape[-2:]):
            shape = tuple(image.shape)
            raise ValueError(f"expected (B, 3, H, W) with H and W divisible by 32, got {shape}")
        features = self.encoder(image)
        evidence = self.decoder(features)
        return Analysis(features, evidence, evidence.any.sigmoid(), evidence.kinds())

    def request_logits(
        self, analysis: Analysis, labels: Tensor, text_hidden: Tensor, text_mask: Tensor
    ) -> Tensor:
        """Return (B, 15, H/8, W/8): logits of "this kind is meant here", the last "nothing"."""
        shares = label_shares(labels)
        logits = self.request_head(
            per_place(shares),
            per_place(shrink(analysis.kinds, 8).detach()),
            per_place(analysis.evidence.context.detach()),
            text_hidden,
            text_mask,
        )
        return logits.transpose(1, 2).unflatten(2, shares.shape[-2:])

    def request(
        self, analysis: Analysis, labels: Tensor, text_hidden: Tensor, text_mask: Tensor
    ) -> Requested:
        """Say which of it the instruction asks for.

        labels: (B, H, W), region label of each pixel (0 background, 1 to 16 REGIONS, 17 to 24 no
        skin). text_hidden: (B, T, text_states * text_hidden), the language model's hidden states
        of the instruction; text_mask: (B, T) bool, True for a word.
        """
        return requested_from(
            analysis.kinds, self.request_logits(analysis, labels, text_hidden, text_mask)
        )

    def prompts(
        self,
        analysis: Analysis,
        mask: Tensor,
        kinds: Tensor,
        labels: Tensor,
        model: PromptModel,
        text_ids: Sequence[Sequence[int]],
    ) -> Tensor:
        """Fuse what is seen under the mask with the instruction: prompts (B, N, latent).

        mask: (B, 1, H, W), kinds: (B, 14, H, W), what is to be changed. text_ids: for each
        picture the instruction's tokens, as `model` counts them.
        """
        regions = label_shares(labels)[:, 1:17]
        visual = self.prompt_embedding.visual_tokens(
            analysis.evidence.context, shrink(mask, 8), shrink(kinds, 8), regions
        )
        return self.prompt_embedding(visual, model, text_ids)

    def fill(
        self, image: Tensor, analysis: Analysis, mask: Tensor, kinds: Tensor, prompts: Tensor
    ) -> Fill:
        """Retouch everything under the mask at strength 1.0.

        mask: (B, 1, H, W) in [0, 1]; nothing changes where it is 0. kinds: (B, 14, H, W), of which
        kind it is there: spots and lines are rebuilt from outside the mask, tones evened by a
        smooth residual (all zero counts as a spot). prompts: (B, N, latent), from prompts().
        """
        return self.retoucher(image, analysis.evidence.detail, mask, kinds, prompts)

    def without_prompts(self, batch: int) -> Tensor:
        """Return the learned prompts that stand for "no instruction", (batch, N, latent)."""
        return self.null_prompts.expand(batch, -1, -1)

    def folded(self) -> "RetouchNetwork":
        """Make the network ready for inference: eval mode, batch norms folded. Returns itself."""
        self.eval()
        fold_norms(self)
        return self

    def forward(self, image: Tensor) -> Analysis:
        return self.analyse(image)


def requested_from(kinds: Tensor, logits: Tensor) -> Requested:
    """Combine what is there (B, 14, H, W) with what is meant (B, 15, H/8, W/8 logits)."""
    meant = logits.sigmoid()
    coarse = meant[:, :KIND_COUNT] * (1.0 - meant[:, KIND_COUNT:])
    fine = F.interpolate(coarse, size=kinds.shape[-2:], mode="bilinear", align_corners=False)
    asked = kinds * fine
    marks = asked[:, list(MARK_INDEX)].sum(1, keepdim=True)
    tones = asked[:, list(TONE_INDEX)].amax(1, keepdim=True)
    return Requested(torch.maximum(marks, tones), asked, meant)
