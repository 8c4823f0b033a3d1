"""From clean crops to drawn ones with exact truth, and with a target that follows a plan."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn import functional

from retouchgpt_core.language.plan import Plan
from retouchgpt_core.synthesis.drawing import degrade
from retouchgpt_core.synthesis.drawing.distractors import lay_out_dots
from retouchgpt_core.synthesis.drawing.faces import FaceCrops
from retouchgpt_core.synthesis.drawing.lines import (
    lay_out_line_distractors,
    lay_out_lines,
    line_ink,
)
from retouchgpt_core.synthesis.drawing.noise import blurred
from retouchgpt_core.synthesis.drawing.plans import PlanSampler, sample_plan, selection_table
from retouchgpt_core.synthesis.drawing.recipes import (
    MOST_DENSITY,
    NO_KIND,
    NOTHING_DRAWN,
    PRESENCE,
    SRGB_DENSITY,
    VISIBLE,
)
from retouchgpt_core.synthesis.drawing.spots import Ink, lay_out_spots, spot_ink
from retouchgpt_core.synthesis.drawing.tones import Tones, lay_out_tones
from retouchgpt_core.vocabulary import KINDS, REGIONS


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn on a batch of crops, before any plan and before the camera's noise.

    ink: contributions of N pixels; crop, kind, region (M,) int64 of the instances that own them;
    tones: layers; visible (N,) bool. Recomposed for each plan, so that it can be served again.
    """

    crops: FaceCrops
    ink: Ink
    crop: torch.Tensor
    kind: torch.Tensor
    region: torch.Tensor
    tones: Tones
    cells: np.ndarray
    """(B, 14, 16) bool: kinds with something visible in a region."""

    @property
    def count(self) -> int:
        return self.crops.count


@dataclass(frozen=True, slots=True)
class DrawnBatch:
    """Drawn crops with their truth. B crops of S x S pixels, sRGB in [0, 1].

    image (B, 3, S, S) as photographed; target: only what the plan selects removed; clean: all
    removed; kind_masks (B, 14, S, S) soft, 0 where nothing changes by 2/255; requested
    (B, 1, S, S) soft mask of what the plan selects; labels (B, S, S) uint8; known (B, 1, S, S)
    float, 0 where "nothing here" is not certain; plans, texts: B each; iod (B,) pixels.
    """

    image: torch.Tensor
    target: torch.Tensor
    clean: torch.Tensor
    kind_masks: torch.Tensor
    requested: torch.Tensor
    labels: torch.Tensor
    known: torch.Tensor
    plans: list[Plan]
    texts: list[str]
    iod: torch.Tensor

    def to(self, device: torch.device | str) -> "DrawnBatch":
        """Return the same batch on another device."""
        names = ("image", "target", "clean", "kind_masks", "requested", "labels", "known", "iod")
        return replace(self, **{n: getattr(self, n).to(device) for n in names})


def draw_batch(
    crops: FaceCrops,
    rng: np.random.Generator,
    *,
    plan_sampler: PlanSampler = sample_plan,
    present: np.ndarray | None = None,
    degraded: bool = True,
) -> DrawnBatch:
    """Draw imperfections on clean crops, choose a plan for each, and degrade all alike.

    `present` (B, 14) bool fixes the kinds; otherwise they are drawn from PRESENCE, and nothing at
    all on NOTHING_DRAWN of the crops. Deterministic in `rng`'s state.
    """
    drawing = draw(crops, rng, present=present)
    return serve(drawing, rng, plan_sampler=plan_sampler, degraded=degraded)


def sample_presence(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return (count, 14) bool: the kinds to draw on each crop."""
    chance = np.array([PRESENCE[k] for k in KINDS])
    present = rng.random((count, len(KINDS))) < chance
    return present & (rng.random((count, 1)) >= NOTHING_DRAWN)


def draw(
    crops: FaceCrops, rng: np.random.Generator, *, present: np.ndarray | None = None
) -> Drawing:
    """Lay out and render imperfections and distractors. The crops must be on the CPU."""
    if present is None:
        present = sample_presence(crops.count, rng)
    generator = torch.Generator().manual_seed(int(rng.integers(1 << 62)))
    size, device = int(crops.image.shape[-1]), crops.image.device
    spots = lay_out_spots(crops, present, rng)
    dots = lay_out_dots(crops, rng)
    lines = lay_out_lines(crops, present, rng)
    stays = lay_out_line_distractors(crops, rng)
    inks: list[Ink] = []
    first = 0
    for part, render in ((spots, spot_ink), (dots, spot_ink), (lines, line_ink), (stays, line_ink)):
        inks += render(part, size, device, first)  # pyright: ignore[reportArgumentType]
        first += part.count
    tones = lay_out_tones(crops, present, rng, generator)
    owners = [
        torch.from_numpy(np.concatenate([getattr(p, n) for p in (spots, dots, lines, stays)]))
        for n in ("crop", "kind", "region")
    ]
    crop, kind, region = (o.long().to(device) for o in owners)
    ink = _visible_ink(_joined(inks, device), crops.image)
    cells = _cells(crops, ink, crop, kind, region, tones)
    return Drawing(crops, ink, crop, kind, region, tones, cells)


def serve(
    drawing: Drawing,
    rng: np.random.Generator,
    *,
    plan_sampler: PlanSampler = sample_plan,
    degraded: bool = True,
) -> DrawnBatch:
    """Choose a plan for each crop of a drawing and compose image, target and clean."""
    plans: list[Plan] = []
    texts: list[str] = []
    for cells in drawing.cells:
        kinds = [KINDS[i] for i in np.flatnonzero(cells.any(1))]
        regions = [REGIONS[i] for i in np.flatnonzero(cells.any(0))]
        plan = plan_sampler(rng, kinds, regions)
        plans.append(plan)
        texts.append(say(plan, rng))
    return compose(drawing, plans, texts, rng, degraded=degraded)


def say(plan: Plan, rng: np.random.Generator) -> str:
    """Return words for a plan: often its canonical sentence, else a person's way to put it."""
    from retouchgpt_core.language.sentence import canonical_sentence
    from retouchgpt_core.synthesis.dialogues import phrase_plan

    return canonical_sentence(plan) if rng.random() < 0.35 else phrase_plan(plan, rng)


def compose(
    drawing: Drawing,
    plans: Sequence[Plan],
    texts: Sequence[str],
    rng: np.random.Generator,
    *,
    degraded: bool = True,
) -> DrawnBatch:
    """Build the batch that these plans ask for; the same noise falls on all three pictures."""
    crops, ink = drawing.crops, drawing.ink
    b, size = drawing.count, int(crops.image.shape[-1])
    device = crops.image.device
    table = torch.from_numpy(selection_table(plans)).to(device)
    real = drawing.kind < NO_KIND
    selected = table[drawing.crop, drawing.kind.clamp(max=NO_KIND - 1), drawing.region.clamp(min=0)]
    selected &= real & (drawing.region >= 0)
    # 0 stays in all three, 1 is drawn but not asked for, 2 is asked for.
    group = torch.where(real, torch.where(selected, 2, 1), 0)[ink.owner]
    maps = torch.zeros(3 * b * size * size, 4, device=device)
    maps.index_add_(
        0, group * (b * size * size) + ink.pixel, torch.cat([ink.density, ink.gloss[:, None]], 1)
    )
    maps = maps.reshape(3, b, size, size, 4).permute(0, 1, 4, 2, 3)
    stays, left, asked = maps[0].clone(), maps[1].clone(), maps[2].clone()

    masks = torch.zeros(b * (NO_KIND + 1) * size * size, device=device)
    plane = size * size
    kind_of = drawing.kind[ink.owner]
    at = ink.pixel // plane * ((NO_KIND + 1) * plane) + kind_of * plane + ink.pixel % plane
    masks.scatter_reduce_(0, at, ink.cover, "amax")
    masks = masks.reshape(b, NO_KIND + 1, size, size)
    requested = torch.zeros(b * plane, device=device)
    requested.scatter_reduce_(0, ink.pixel, ink.cover * (group == 2), "amax")
    requested = requested.reshape(b, 1, size, size)

    tones = drawing.tones
    if len(tones.crop):
        share = _tone_share(tones, table, crops)
        stay = (tones.kind == NO_KIND)[:, None, None, None]
        stays.index_add_(0, tones.crop, tones.layers * stay)
        left.index_add_(0, tones.crop, tones.layers * ~stay)
        part = torch.zeros_like(asked).index_add_(0, tones.crop, tones.layers * share)
        left -= part
        asked += part
        cover = tones.cover
        flat = masks.reshape(-1, size, size)
        row = tones.crop * (NO_KIND + 1) + tones.kind
        # One layer a crop and kind, so nothing is overwritten twice.
        flat[row] = torch.maximum(flat[row], cover)
        wanted = cover * share[:, 0]
        requested[:, 0].scatter_reduce_(
            0, tones.crop[:, None, None].expand_as(wanted), wanted, "amax"
        )
    return _photographed(
        drawing, (stays, left, asked), masks[:, :NO_KIND], requested, list(plans), list(texts),
        rng, degraded,
    )  # fmt: skip


def _photographed(
    drawing: Drawing,
    maps: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    masks: torch.Tensor,
    requested: torch.Tensor,
    plans: list[Plan],
    texts: list[str],
    rng: np.random.Generator,
    degraded: bool,
) -> DrawnBatch:
    crops = drawing.crops
    base, b = crops.image, drawing.count
    stays, left, asked = maps
    clean = _inked(base, stays)
    target = _inked(base, stays + left)
    image = _inked(base, stays + left + asked)
    drawn_on = np.nonzero(drawing.cells.any(2))
    if degraded:
        image, target, clean, masks, requested = _degraded(
            (image, target, clean), masks, requested, (drawn_on[0], drawn_on[1]), rng
        )
    else:
        image, target, clean = (i.clamp(0, 1) for i in (image, target, clean))
        target = torch.where(_differs(image, target), target, image)
        clean = torch.where(_differs(image, clean), clean, image)
    seen = _differs(image, clean) if not degraded else (image != clean).any(1, keepdim=True)
    asked_here = (image != target).any(1, keepdim=True)
    masks = masks * seen
    requested = requested * asked_here
    drawn = masks.amax(1, keepdim=True) > 0
    known = (crops.known | drawn).float()
    assert image.shape[0] == b
    return DrawnBatch(
        image, target, clean, masks, requested, crops.labels, known, plans, texts, crops.iod
    )


def _differs(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (a - b).abs().amax(1, keepdim=True) >= VISIBLE


def _inked(base: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
    """Multiply by the pigment, then screen the gloss on. maps (B, 4, S, S): density, gloss."""
    shaded = base * torch.exp(-maps[:, :3].clamp(max=MOST_DENSITY))
    gloss = maps[:, 3:].clamp(0, 0.97)
    return shaded + gloss * (1 - shaded).clamp(min=0)


def _degraded(
    pictures: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    masks: torch.Tensor,
    requested: torch.Tensor,
    kinds: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Blur, grain and JPEG, alike on all three; where they hardly differ they become one.

    `kinds` are the rows (crop, kind) of `masks` that hold anything.
    """
    image, target, clean = pictures
    b, device = image.shape[0], image.device
    for chance in (0.4, 0.15):
        soft = np.flatnonzero(rng.random(b) < chance)
        share = rng.uniform(0.03, 0.25, len(soft)).astype(np.float32)
        if not len(soft):
            continue
        rows, amount = (torch.from_numpy(v).to(device) for v in (soft, share))
        for plane in (image, target, clean, requested):
            plane[rows] = degrade.blur(plane[rows], amount)
        # Masks follow, so that the truth covers the blurred rim.
        at = np.flatnonzero(np.isin(kinds[0], soft))
        crop, kind = (torch.from_numpy(k[at]).to(device) for k in kinds)
        each = torch.from_numpy(share[np.searchsorted(soft, kinds[0][at])]).to(device)
        masks[crop, kind] = degrade.blur(masks[crop, kind][:, None], each)[:, 0]
    asked = _differs(image, target) & (requested > 0)
    drawn = (_differs(image, clean) & (masks.amax(1, keepdim=True) > 0)) | asked
    generator = torch.Generator().manual_seed(int(rng.integers(1 << 62)))
    strength = np.where(rng.random(b) < 0.75, np.exp(rng.uniform(-6.2, -3.7, b)), 0.0)
    level = torch.from_numpy(strength.astype(np.float32)).to(device)
    noise = degrade.grain((b, 3, image.shape[2], image.shape[3]), level, generator)
    three = [(p + noise).clamp(0, 1) for p in (image, target, clean)]
    packed = np.flatnonzero(rng.random(b) < 0.35)
    if len(packed):
        rows = torch.from_numpy(packed).to(device)
        quality = torch.from_numpy(rng.uniform(55, 97, len(packed)).astype(np.float32)).to(device)
        for picture in three:
            picture[rows] = degrade.jpeg(picture[rows], quality)
    image, target, clean = three
    return (
        image,
        torch.where(asked, target, image),
        torch.where(drawn, clean, image),
        masks,
        requested,
    )


def _joined(inks: Sequence[Ink], device: torch.device) -> Ink:
    if not inks:
        none = torch.zeros(0, device=device)
        return Ink(none.long(), none.reshape(0, 3), none, none, none.long())
    return Ink(
        torch.cat([i.pixel for i in inks]),
        torch.cat([i.density for i in inks]),
        torch.cat([i.gloss for i in inks]),
        torch.cat([i.cover for i in inks]),
        torch.cat([i.owner for i in inks]),
    )


def _visible_ink(ink: Ink, base: torch.Tensor) -> Ink:
    """Bring densities to sRGB, drop covers that change nothing by 2/255, and empty pixels."""
    density = ink.density * SRGB_DENSITY
    plane = base.shape[-1] ** 2
    under = base.flatten(2)[ink.pixel // plane, :, ink.pixel % plane]
    after = under * torch.exp(-density.clamp(max=MOST_DENSITY))
    after = after + ink.gloss[:, None] * (1 - after)
    change = (after.clamp(0, 1) - under).abs().amax(1)
    cover = torch.where(change >= VISIBLE, ink.cover, 0.0)
    if base.device.type == "cpu":
        some = torch.nonzero((change > 0.25 / 255) | (cover > 0))[:, 0]
        return Ink(ink.pixel[some], density[some], ink.gloss[some], cover[some], ink.owner[some])
    return Ink(ink.pixel, density, ink.gloss, cover, ink.owner)


def _tone_share(tones: Tones, table: torch.Tensor, crops: FaceCrops) -> torch.Tensor:
    """Return (N, 1, S, S): how far the plan selects each layer, feathered about 0.1 IOD."""
    labels = crops.labels[tones.crop].long()
    lookup = torch.zeros(len(tones.crop), 32, device=table.device)
    lookup[:, 1 : 1 + len(REGIONS)] = (
        table[tones.crop, tones.kind.clamp(max=NO_KIND - 1)] & (tones.kind < NO_KIND)[:, None]
    ).float()
    inside = lookup.gather(1, labels.flatten(1)).reshape(labels.shape)
    small = functional.avg_pool2d(inside[:, None], 4)[:, 0]
    near = ((crops.iod[tones.crop] - 70) / 150).clamp(0, 1)[:, None, None]
    feather = torch.lerp(blurred(small, 1), blurred(blurred(small, 2), 1), near)
    wide = functional.interpolate(
        feather[:, None], size=labels.shape[1:], mode="bilinear", align_corners=False
    )
    return wide


def _cells(
    crops: FaceCrops,
    ink: Ink,
    crop: torch.Tensor,
    kind: torch.Tensor,
    region: torch.Tensor,
    tones: Tones,
) -> np.ndarray:
    """Return (B, 14, 16) bool: what is visibly drawn where."""
    cells = np.zeros((crops.count, len(KINDS), len(REGIONS)), bool)
    covered = torch.zeros(len(crop), device=ink.cover.device)
    covered.index_add_(0, ink.owner, ink.cover)
    k, r = kind.cpu().numpy(), region.cpu().numpy()
    seen = (covered.cpu().numpy() > 0.5) & (k < NO_KIND) & (r >= 0)
    cells[crop.cpu().numpy()[seen], k[seen], r[seen]] = True
    if len(tones.crop):
        cover = tones.cover[:, ::4, ::4].flatten(1)
        labels = crops.labels[tones.crop, ::4, ::4].flatten(1).long()
        sums = torch.zeros(len(tones.crop), 64, device=cover.device).scatter_add_(1, labels, cover)
        enough = (sums[:, 1 : 1 + len(REGIONS)] > 3).cpu().numpy()
        for b, k1, row in zip(tones.crop.tolist(), tones.kind.tolist(), enough, strict=True):
            if k1 < NO_KIND:
                cells[b, k1] |= row
    return cells
