"""Tones: dark circles, bags, redness, shine, rough texture; and shadows that are to stay."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch
from torch.nn import functional

from retouchgpt_core.synthesis.drawing.faces import FaceCrops
from retouchgpt_core.synthesis.drawing.noise import blurred, value_noise
from retouchgpt_core.synthesis.drawing.recipes import (
    HAEMOGLOBIN,
    MELANIN,
    NO_KIND,
    SRGB_DENSITY,
    VISIBLE,
)
from retouchgpt_core.vocabulary import KINDS, REGIONS, Kind, Region

MAX_BLOBS = 8
BLOB_FIELDS = ("x", "y", "along", "across", "cos", "sin", "power", "weight", "arc")


@dataclass(frozen=True, slots=True)
class Tones:
    """N tone layers: crop, kind (N,) int64; layers (N, 4, S, S); cover (shadows_from, S, S).

    Layers stand kind by kind (`segments`: first row, end row), at most one a crop and kind; from
    `shadows_from` on they are shadows that are to stay.

    A layer is density (red, green, blue; natural logarithm of the sRGB factor) and gloss, 0
    outside the skin. The soft cover is 1 from a change of 8/255 on, 0 below 2/255.
    """

    crop: torch.Tensor
    kind: torch.Tensor
    layers: torch.Tensor
    cover: torch.Tensor
    segments: tuple[tuple[int, int], ...]
    shadows_from: int


@dataclass(slots=True)
class _Plan:
    """Tone layers still as numbers: one row a layer."""

    crop: list[int] = field(default_factory=list[int])
    kind: list[int] = field(default_factory=list[int])
    blobs: list[np.ndarray] = field(default_factory=list[np.ndarray])
    colour: list[tuple[float, float, float]] = field(
        default_factory=list[tuple[float, float, float]]
    )
    noise: list[tuple[float, float, float]] = field(
        default_factory=list[tuple[float, float, float]]
    )
    """Strength of coarse noise, of fine noise, of fine noise's rough part alone."""
    gloss: list[float] = field(default_factory=list[float])


def lay_out_tones(
    crops: FaceCrops,
    present: np.ndarray,
    rng: np.random.Generator,
    generator: torch.Generator,
    *,
    distract: bool = True,
) -> Tones:
    """Choose and render tone layers where `present` (B, 14) says so, and a few cast shadows."""
    plan = _Plan()
    roll, iod, light = crops.roll.numpy(), crops.iod.numpy(), crops.light.numpy()
    size = crops.labels.shape[-1]
    frames = crops.frames.numpy().copy()
    frames[:, :, 4] = _visible_areas(crops)
    for name, draw in _DRAWN.items():
        k = KINDS.index(name)
        for b in np.flatnonzero(present[:, k]):
            blobs = draw(frames[b], float(roll[b]), light[b], rng)
            if not blobs:
                continue
            _add(plan, int(b), k, blobs, rng)
    for b in np.flatnonzero(rng.random(crops.count) < 0.1 * distract):
        _add_shadow(plan, int(b), size, float(iod[b]), rng)
    return _render(plan, crops, generator)


def _visible_areas(crops: FaceCrops) -> np.ndarray:
    """Return (B, 16) areas of each region's bare skin inside the crop, in IOD^2."""
    labels = np.where(crops.skin.numpy()[:, 0], crops.labels.numpy(), 0)[:, ::4, ::4]
    areas = np.stack([(labels == i + 1).sum((1, 2)) for i in range(len(REGIONS))], 1) * 16.0
    return areas / crops.iod.numpy()[:, None] ** 2


def _strength(low: float, middle: float, high: float, rng: np.random.Generator) -> float:
    a, b = (middle, high) if rng.random() < 0.5 else (low, middle)
    return float(a * (b / a) ** rng.random())


def _blob(
    frame: np.ndarray,
    roll: float,
    at: tuple[float, float],
    span: tuple[float, float],
    weight: float = 1.0,
    *,
    power: float = 2.0,
    lean: float = 0.0,
    arc: float = 0.0,
) -> np.ndarray:
    """One soft ellipse: `at` and `span` in half extents of the region's frame."""
    cos, sin = np.cos(roll), np.sin(roll)
    u, v = at[0] * frame[2], at[1] * frame[3]
    return np.array(
        [
            frame[0] + cos * u - sin * v,
            frame[1] + sin * u + cos * v,
            max(span[0] * frame[2], 1.0),
            max(span[1] * frame[3], 1.0),
            np.cos(roll + lean),
            np.sin(roll + lean),
            power,
            weight,
            arc,
        ],
        np.float32,
    )


def _some(
    rng: np.random.Generator, frames: np.ndarray, regions: list[Region], chance: float
) -> list[int]:
    """Return rows of some of these regions, at least one if any can be seen in the crop."""
    rows = [REGIONS.index(r) for r in regions]
    rows = [r for r in rows if frames[r, 4] > _SEEN]
    if not rows:
        return []
    return [r for r in rows if rng.random() < chance] or [rows[rng.integers(len(rows))]]


_SEEN = 0.006
"""Area in IOD^2 from which on a region of a crop is worth drawing on."""


_EYES = [Region.UNDER_EYE_LEFT, Region.UNDER_EYE_RIGHT]


def _dark_circles(
    frames: np.ndarray, roll: float, light: np.ndarray, rng: np.random.Generator
) -> list[np.ndarray]:
    del light
    blobs: list[np.ndarray] = []
    inner = rng.uniform(0.0, 0.5)
    for r in _some(rng, frames, _EYES, 0.9):
        side = 1.0 if REGIONS[r] is Region.UNDER_EYE_LEFT else -1.0
        drop = rng.uniform(-0.25, 0.1)
        blobs.append(_blob(frames[r], roll, (0.1 * side, drop), (1.15, 1.0), power=2.6, arc=0.25))
        # Deepest in the tear trough, at the inner corner.
        blobs.append(_blob(frames[r], roll, (0.6 * side, drop), (0.6, 0.75), inner, arc=0.2))
    return blobs


def _eye_bags(
    frames: np.ndarray, roll: float, light: np.ndarray, rng: np.random.Generator
) -> list[np.ndarray]:
    del light
    blobs: list[np.ndarray] = []
    low, bow = rng.uniform(0.15, 0.6), rng.uniform(0.3, 0.8)
    thick, puff = rng.uniform(0.16, 0.34), rng.uniform(0.3, 0.75)
    for r in _some(rng, frames, _EYES, 0.9):
        across = (1.05, thick)
        blobs.append(_blob(frames[r], roll, (0.0, low), across, power=3.0, arc=bow))
        blobs.append(
            _blob(frames[r], roll, (0.0, low - 2.2 * thick), (0.9, 1.5 * thick), -puff * 0.7,
                  power=2.6, arc=bow)
        )  # fmt: skip
    return blobs


def _redness(
    frames: np.ndarray, roll: float, light: np.ndarray, rng: np.random.Generator
) -> list[np.ndarray]:
    del light
    places = [
        Region.CHEEK_LEFT, Region.CHEEK_RIGHT, Region.NOSE, Region.CHIN, Region.FOREHEAD,
        Region.UPPER_LIP, Region.JAW_LEFT, Region.JAW_RIGHT,
    ]  # fmt: skip
    if rng.random() < 0.5:
        places = places[:3]
    return [
        _blob(
            frames[r], roll, (rng.normal(0, 0.35), rng.normal(0, 0.3)),
            (rng.uniform(0.5, 1.1), rng.uniform(0.45, 1.0)), rng.uniform(0.5, 1.0),
            lean=rng.normal(0, 0.4),
        )
        for r in _some(rng, frames, places, 0.45)
        for _ in range(2)
    ]  # fmt: skip


def _shine(
    frames: np.ndarray, roll: float, light: np.ndarray, rng: np.random.Generator
) -> list[np.ndarray]:
    """Highlights sit where the face looks towards the light: shifted that way in each region."""
    blobs: list[np.ndarray] = []
    places = [
        Region.FOREHEAD, Region.NOSE, Region.CHEEK_LEFT, Region.CHEEK_RIGHT, Region.CHIN,
        Region.UPPER_LIP, Region.BETWEEN_BROWS,
    ]  # fmt: skip
    for r in _some(rng, frames, places, 0.5):
        region = REGIONS[r]
        x, y = 0.35 * float(light[0]), -0.1 + 0.25 * float(light[1])
        weight = rng.uniform(0.5, 1.0)
        if region is Region.FOREHEAD:
            blobs.append(
                _blob(
                    frames[r],
                    roll,
                    (x + rng.normal(0, 0.2), y + rng.normal(0, 0.2)),
                    (rng.uniform(0.25, 0.7), rng.uniform(0.25, 0.6)),
                    weight,
                )
            )
            continue
        if region is Region.NOSE:
            blobs.append(
                _blob(frames[r], roll, (0.4 * x, -0.1), (rng.uniform(0.1, 0.25), 0.75), weight)
            )
            blobs.append(
                _blob(
                    frames[r],
                    roll,
                    (0.4 * x, 0.5),
                    (rng.uniform(0.15, 0.4), rng.uniform(0.12, 0.25)),
                    weight,
                )
            )
            continue
        side = {Region.CHEEK_LEFT: -1.0, Region.CHEEK_RIGHT: 1.0}.get(region, 0.0)
        blobs.append(
            _blob(frames[r], roll, (x + 0.1 * side, y - 0.35 + rng.normal(0, 0.1)),
                  (rng.uniform(0.3, 0.6), rng.uniform(0.15, 0.4)), weight, lean=-0.5 * side)
        )  # fmt: skip
    return blobs


def _rough(
    frames: np.ndarray, roll: float, light: np.ndarray, rng: np.random.Generator
) -> list[np.ndarray]:
    del light
    places = [
        Region.CHEEK_LEFT, Region.CHEEK_RIGHT, Region.NOSE, Region.FOREHEAD, Region.CHIN,
    ]  # fmt: skip
    return [
        _blob(frames[r], roll, (rng.normal(0, 0.2), rng.normal(0, 0.2)),
              (rng.uniform(0.7, 1.2), rng.uniform(0.7, 1.2)), power=3.0)
        for r in _some(rng, frames, places, 0.5)
    ]  # fmt: skip


_Draw = Callable[[np.ndarray, float, np.ndarray, np.random.Generator], list[np.ndarray]]
_DRAWN: dict[Kind, _Draw] = {
    Kind.DARK_CIRCLE: _dark_circles,
    Kind.EYE_BAG: _eye_bags,
    Kind.REDNESS: _redness,
    Kind.SHINE: _shine,
    Kind.TEXTURE: _rough,
}
_RANGES: dict[Kind, tuple[float, float, float]] = {
    Kind.DARK_CIRCLE: (0.09, 0.21, 0.55),
    Kind.EYE_BAG: (0.09, 0.21, 0.5),
    Kind.REDNESS: (0.06, 0.17, 0.5),
    Kind.SHINE: (0.09, 0.26, 0.75),
    Kind.TEXTURE: (0.03, 0.07, 0.16),
}


def _add(
    plan: _Plan, crop: int, kind: int, blobs: list[np.ndarray], rng: np.random.Generator
) -> None:
    name = KINDS[kind]
    strength = _strength(*_RANGES[name], rng)
    mix = {
        Kind.DARK_CIRCLE: rng.uniform(0.2, 1.0),
        Kind.REDNESS: rng.uniform(0.0, 0.3),
    }.get(name, 0.5)
    colour = np.array(HAEMOGLOBIN) * (1 - mix) + np.array(MELANIN) * mix
    if name is Kind.DARK_CIRCLE and rng.random() < 0.6:
        colour = np.array([0.85, 1.0, rng.uniform(0.65, 0.95)])  # the bluish, vascular sort
    if name in (Kind.EYE_BAG, Kind.TEXTURE):
        colour = np.array([0.85, 1.0, 1.03])
    colour = colour * np.exp(rng.normal(0, 0.08, 3)) * strength
    shine = name is Kind.SHINE
    coarse = {Kind.REDNESS: 0.45, Kind.SHINE: 0.35, Kind.DARK_CIRCLE: 0.15}.get(name, 0.1)
    fine = {Kind.REDNESS: 0.15, Kind.SHINE: 0.3}.get(name, 0.0)
    plan.crop.append(crop)
    plan.kind.append(kind)
    padded = np.zeros((MAX_BLOBS * 2, len(BLOB_FIELDS)), np.float32)
    padded[:, 2:4] = 1.0
    padded[:, 6] = 2.0
    some = blobs[: len(padded)]
    padded[: len(some)] = some
    plan.blobs.append(padded)
    plan.colour.append((0.0, 0.0, 0.0) if shine else (colour[0], colour[1], colour[2]))
    plan.noise.append((coarse, fine, 1.0 if name is Kind.TEXTURE else 0.0))
    plan.gloss.append(strength if shine else 0.0)


def _add_shadow(plan: _Plan, crop: int, size: int, iod: float, rng: np.random.Generator) -> None:
    """A broad soft shadow that is no imperfection."""
    blob = np.zeros((MAX_BLOBS * 2, len(BLOB_FIELDS)), np.float32)
    blob[:, 2:4] = 1.0
    blob[:, 6] = 2.0
    angle = rng.uniform(0, np.pi)
    where = rng.uniform(-0.2, 1.2, 2) * size
    blob[0] = (
        *where, rng.uniform(0.5, 1.5) * iod, rng.uniform(0.3, 0.6) * iod, np.cos(angle),
        np.sin(angle), rng.uniform(2, 6), 1.0, 0.0,
    )  # fmt: skip
    depth = rng.uniform(0.1, 0.5)
    plan.crop.append(crop)
    plan.kind.append(NO_KIND)
    plan.blobs.append(blob)
    plan.colour.append((depth * 0.9, depth, depth * 1.05))
    plan.noise.append((0.0, 0.0, 0.0))
    plan.gloss.append(0.0)


def _render(plan: _Plan, crops: FaceCrops, generator: torch.Generator) -> Tones:
    size = crops.labels.shape[-1]
    device = crops.image.device
    n = len(plan.crop)
    if not n:
        empty = torch.zeros(0, dtype=torch.long, device=device)
        return Tones(
            empty,
            empty,
            torch.zeros(0, 4, size, size, device=device),
            torch.zeros(0, size, size, device=device),
            (),
            0,
        )
    crop = torch.tensor(plan.crop, device=device)
    kind = torch.tensor(plan.kind, device=device)
    blobs = np.stack(plan.blobs)
    used = int((blobs[..., 7] != 0).any(0).sum())
    amount = _blobs(torch.from_numpy(blobs[:, :used]).to(device), size // 2)
    strengths = np.array(plan.noise, np.float32)
    coarse = value_noise(n, size // 2, 7, generator, device)
    amount = amount * (1 + _column(strengths[:, 0], device) * coarse).clamp(min=0)
    amount = functional.interpolate(
        amount[:, None], size=(size, size), mode="bilinear", align_corners=False
    )[:, 0]
    grainy, rough = (np.flatnonzero(strengths[:, i]) for i in (1, 2))
    if len(grainy):
        rows = torch.from_numpy(grainy).to(device)
        fine = value_noise(len(grainy), size, size // 5, generator, device)
        amount[rows] *= (1 + _column(strengths[grainy, 1], device) * fine).clamp(min=0)
    if len(rough):
        rows = torch.from_numpy(rough).to(device)
        amount[rows] *= _pores(len(rough), size, crops.iod[crop[rows]], generator, device)
    # Tones fade out over a few pixels at the edge of the skin; shadows fall on everything.
    skin = crops.skin[:, 0].float()
    skin = ((1.7 * blurred(skin, 3)).clamp(max=1) * skin)[crop]
    shadow = torch.from_numpy(np.flatnonzero(np.array(plan.kind) == NO_KIND)).to(device)
    skin[shadow] = 1.0
    amount *= skin
    colour = np.array([[*c, g] for c, g in zip(plan.colour, plan.gloss, strict=True)], np.float32)
    scale = torch.from_numpy(colour * np.array([SRGB_DENSITY] * 3 + [1], np.float32)).to(device)
    layers = amount[:, None] * scale[:, :, None, None]
    layers[:, 3].clamp_(0, 0.92)
    # Tails would be denormal numbers, which are slow.
    layers[layers.abs() < 1e-4] = 0.0
    kinds = np.array(plan.kind)
    last = int((kinds < NO_KIND).sum())
    edges = [0, *(np.flatnonzero(np.diff(kinds[:last])) + 1).tolist(), last] if last else [0]
    segments = tuple(pairwise(edges))
    cover = _cover(layers[:last], crops.image[crop[:last]])
    return Tones(crop, kind, layers, cover, segments, last)


def _column(values: np.ndarray, device: torch.device) -> torch.Tensor:
    return torch.from_numpy(values).to(device)[:, None, None]


def _cover(layers: torch.Tensor, under: torch.Tensor) -> torch.Tensor:
    """Return (N, S, S) soft cover, judged at half size: a tone has no finer outline."""
    if not len(layers):
        return layers[:, 0]
    small = functional.avg_pool2d(layers.abs(), 2)
    base = functional.avg_pool2d(under, 2)
    change = (base * (1 - torch.exp(-small[:, :3]))).amax(1) + small[:, 3] * (1 - base.amin(1))
    change = blurred(change, 1)
    cover = torch.where(change >= VISIBLE, (change / (4 * VISIBLE)).clamp(0, 1), 0.0)
    return functional.interpolate(cover[:, None], scale_factor=2.0, mode="nearest")[:, 0]


def _blobs(table: torch.Tensor, size: int) -> torch.Tensor:
    """Return (N, size, size) sums of soft ellipses given in pixels of twice that size."""
    axis = torch.arange(size, device=table.device, dtype=torch.float32) * 2 + 1
    amount = torch.zeros(len(table), size, size, device=table.device)
    for column in table.unbind(1):
        v = {f: column[:, i, None, None] for i, f in enumerate(BLOB_FIELDS)}
        dx, dy = axis[None, None, :] - v["x"], axis[None, :, None] - v["y"]
        along = (dx * v["cos"] + dy * v["sin"]) / v["along"]
        across = (dy * v["cos"] - dx * v["sin"]) / v["across"]
        across = across + v["arc"] * along.square() * v["along"] / v["across"] * 0.5
        reach = (along.square() + across.square()).clamp(min=1e-4)
        amount = amount + v["weight"] * torch.exp(-(reach ** (v["power"] / 2)).clamp(max=25))
    return amount


def _pores(
    n: int, size: int, iod: torch.Tensor, generator: torch.Generator, device: torch.device
) -> torch.Tensor:
    """Return (n, size, size) rough skin: dark pits of pore size and a coarser unevenness."""
    grain = torch.randn(n, size, size, generator=generator).to(device)
    fine, broad = blurred(grain, 1), blurred(grain, 3)
    near = ((iod - 70) / 150).clamp(0, 1)[:, None, None]
    pits = torch.lerp((fine - broad) * 3.2, (blurred(fine, 1) - blurred(broad, 1)) * 6.0, near)
    uneven = value_noise(n, size, 24, generator, device)
    return pits + 0.5 * uneven
