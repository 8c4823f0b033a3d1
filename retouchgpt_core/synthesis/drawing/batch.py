"""From clean crops to drawn ones with exact truth, and with a target that follows a plan."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

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
    crops: FaceCrops,
    rng: np.random.Generator,
    *,
    present: np.ndarray | None = None,
    distract: bool = True,
) -> Drawing:
    """Lay out and render imperfections and distractors. The crops must be on the CPU."""
    if present is None:
        present = sample_presence(crops.count, rng)
    generator = torch.Generator().manual_seed(int(rng.integers(1 << 62)))
    size, device = int(crops.image.shape[-1]), crops.image.device
    spots = lay_out_spots(crops, present, rng)
    dots = lay_out_dots(crops, rng, share=float(distract))
    lines = lay_out_lines(crops, present, rng)
    stays = lay_out_line_distractors(crops, rng, share=float(distract))
    inks: list[Ink] = []
    first = 0
    for part, render in ((spots, spot_ink), (dots, spot_ink), (lines, line_ink), (stays, line_ink)):
        inks += render(part, size, device, first)  # pyright: ignore[reportArgumentType]
        first += part.count
    tones = lay_out_tones(crops, present, rng, generator, distract=distract)
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

    return (
        canonical_sentence(plan)
        if rng.random() < 0.35
        else phrase_plan(plan, Random(int(rng.integers(1 << 62))))
    )


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
    plane = size * size
    maps = torch.zeros(3 * b * plane, 4, device=device)
    maps.index_add_(
        0, group * (b * plane) + ink.pixel, torch.cat([ink.density, ink.gloss[:, None]], 1)
    )
    stays, left, asked = maps.reshape(3, b, size, size, 4).permute(0, 1, 4, 2, 3).contiguous()
    kind_of = drawing.kind[ink.owner]
    masks = torch.zeros(b * NO_KIND * plane, device=device)
    at = ink.pixel // plane * (NO_KIND * plane) + kind_of * plane + ink.pixel % plane
    cover = torch.where(group > 0, ink.cover, 0.0)
    masks.scatter_reduce_(0, at.clamp(max=masks.numel() - 1), cover, "amax")
    masks = masks.reshape(b, NO_KIND, size, size)
    both = torch.zeros(2, b * plane, device=device)
    both[0].scatter_reduce_(0, ink.pixel, cover, "amax")
    both[1].scatter_reduce_(0, ink.pixel, torch.where(group == 2, cover, 0.0), "amax")
    covered, requested = both.reshape(2, b, size, size)
    _add_tones(drawing, table, (stays, left, asked), masks, covered, requested)

    base = crops.image
    pictures = [_inked(base, stays), _inked(base, stays + left), _inked(base, stays + left + asked)]
    present = np.nonzero(drawing.cells.any(2))
    rows = torch.from_numpy(present[0]).to(device), torch.from_numpy(present[1]).to(device)
    covers = torch.stack([covered, requested], 1)
    if degraded:
        _blur(pictures, covers, masks, present, rng)
    clean, target, image = pictures
    drawn = (_differs(image, clean) & (covers[:, :1] > 0)) | (
        _differs(image, target) & (covers[:, 1:] > 0)
    )
    asked_here = _differs(image, target) & (covers[:, 1:] > 0)
    if degraded:
        clean, target, image = _photographed(pictures, rng)
    else:
        # No noise hides the invisible rest of what was drawn: outside the masks nothing differs.
        image, target = (torch.where(drawn, p, clean) for p in (image, target))
    clean, target, image = (picture.clamp(0, 1) for picture in (clean, target, image))
    masks[rows] *= drawn[rows[0], 0]
    return DrawnBatch(
        image,
        torch.where(asked_here, target, image),
        torch.where(drawn, clean, image),
        masks,
        covers[:, 1:] * asked_here,
        crops.labels,
        (crops.known | (drawn & (covers[:, :1] > 0))).float(),
        list(plans),
        list(texts),
        crops.iod,
    )


def _add_tones(
    drawing: Drawing,
    table: torch.Tensor,
    maps: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    masks: torch.Tensor,
    covered: torch.Tensor,
    requested: torch.Tensor,
) -> None:
    """Add the tone layers to the maps, in place; one layer a crop and kind, shadows last."""
    tones = drawing.tones
    stays, left, asked = maps
    n = tones.shadows_from
    if n < len(tones.crop):
        stays.index_add_(0, tones.crop[n:], tones.layers[n:])
    if not n:
        return
    crop, kind, cover = tones.crop[:n], tones.kind[:n], tones.cover
    share = _tone_share(crop, kind, table, drawing.crops)
    wanted = tones.layers[:n] * share
    left.index_add_(0, crop, tones.layers[:n] - wanted)
    asked.index_add_(0, crop, wanted)
    masks[crop, kind] = cover
    for start, stop in tones.segments:
        rows, part = crop[start:stop], cover[start:stop]
        covered[rows] = torch.maximum(covered[rows], part)
        requested[rows] = torch.maximum(requested[rows], part * share[start:stop, 0])


def _blur(
    pictures: list[torch.Tensor],
    covers: torch.Tensor,
    masks: torch.Tensor,
    present: tuple[np.ndarray, ...],
    rng: np.random.Generator,
) -> None:
    """Blur some samples in place, all pictures alike, and the masks with them.

    `present` are the rows (crop, kind) of `masks` that hold anything.
    """
    device = masks.device
    for chance in (0.4, 0.15):
        soft = np.flatnonzero(rng.random(len(masks)) < chance)
        share = rng.uniform(0.03, 0.25, len(soft)).astype(np.float32)
        if not len(soft):
            continue
        rows, amount = (torch.from_numpy(v).to(device) for v in (soft, share))
        for planes in (*pictures, covers):
            planes[rows] = degrade.blur(planes[rows], amount)
        at = np.flatnonzero(np.isin(present[0], soft))
        crop, kind = (torch.from_numpy(k[at]).to(device) for k in present)
        each = torch.from_numpy(share[np.searchsorted(soft, present[0][at])]).to(device)
        masks[crop, kind] = degrade.blur(masks[crop, kind][:, None], each)[:, 0]


def _photographed(pictures: list[torch.Tensor], rng: np.random.Generator) -> list[torch.Tensor]:
    """Lay the same grain over all pictures and send some through JPEG."""
    b, _, height, width = pictures[0].shape
    device = pictures[0].device
    generator = torch.Generator().manual_seed(int(rng.integers(1 << 62)))
    grainy = np.flatnonzero(rng.random(b) < 0.75)
    strength = np.exp(rng.uniform(-6.2, -3.7, len(grainy))).astype(np.float32)
    if len(grainy):
        rows = torch.from_numpy(grainy).to(device)
        level = torch.from_numpy(strength).to(device)
        noise = degrade.grain((len(grainy), 3, height, width), level, generator)
        for picture in pictures:
            picture.index_add_(0, rows, noise)
    packed = np.flatnonzero(rng.random(b) < 0.35)
    quality = rng.uniform(55, 97, len(packed)).astype(np.float32)
    if len(packed):
        rows, level = (torch.from_numpy(v).to(device) for v in (packed, quality))
        for picture in pictures:
            picture[rows] = degrade.jpeg(picture[rows].clamp(0, 1), level)
    return pictures


def _differs(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (a - b).abs().amax(1, keepdim=True) >= VISIBLE


def _inked(base: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
    """Multiply by the pigment, then screen the gloss on. maps (B, 4, S, S): density, gloss."""
    shaded = base * torch.exp(-maps[:, :3].clamp(max=MOST_DENSITY))
    gloss = maps[:, 3:].clamp(0, 0.97)
    return shaded + gloss * (1 - shaded).clamp(min=0)


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


def _tone_share(
    crop: torch.Tensor, kind: torch.Tensor, table: torch.Tensor, crops: FaceCrops
) -> torch.Tensor:
    """Return (N, 1, S, S): how far the plan selects each layer, feathered about 0.1 IOD."""
    labels = crops.labels[crop].long()
    lookup = torch.zeros(len(crop), 32, device=table.device)
    lookup[:, 1 : 1 + len(REGIONS)] = table[crop, kind].float()
    inside = lookup.gather(1, labels.flatten(1)).reshape(labels.shape)
    # What is no region (an eye, the background) counts neither way.
    skin = ((labels > 0) & (labels <= len(REGIONS))).float()
    small = functional.avg_pool2d(torch.stack([inside, skin], 1), 4).flatten(0, 1)
    near = ((crops.iod[crop] - 70) / 150).clamp(0, 1).repeat_interleave(2)[:, None, None]
    feather = torch.lerp(blurred(small, 1), blurred(blurred(small, 2), 1), near)
    wide = functional.interpolate(
        feather[:, None], size=labels.shape[1:], mode="bilinear", align_corners=False
    )
    mine, all_skin = wide.reshape(len(crop), 2, 1, *labels.shape[1:]).unbind(1)
    return (mine / all_skin.clamp(min=0.02)).clamp(0, 1)


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
    n = tones.shadows_from
    if n:
        cover = tones.cover[:, ::4, ::4].flatten(1)
        labels = crops.labels[tones.crop[:n], ::4, ::4].flatten(1).long()
        sums = torch.zeros(n, 64, device=cover.device).scatter_add_(1, labels, cover)
        enough = (sums[:, 1 : 1 + len(REGIONS)] > 3).cpu().numpy()
        cells[tones.crop[:n].cpu().numpy(), tones.kind[:n].cpu().numpy()] |= enough
    return cells
