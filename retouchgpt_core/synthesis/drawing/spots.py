"""Spots: where they lie and what they are (arrays over all instances), then their pixels."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from retouchgpt_core.synthesis.drawing.faces import FaceCrops
from retouchgpt_core.synthesis.drawing.recipes import NO_KIND, SPOTS, SpotRecipe, pigment
from retouchgpt_core.vocabulary import KINDS, REGIONS, Kind

HALF_SIZES = (3, 5, 8, 12, 18, 28, 44)
"""Half sides of the square stamps in pixels; an instance takes the smallest that holds it."""
CELL = 4
"""Positions are drawn on a grid of this many pixels, then jittered."""


@dataclass(frozen=True, slots=True)
class Ink:
    """Pixels of instances, ready to be accumulated: N contributions, M instances.

    pixel (N,) int64 into the flattened (B, S, S); density (N, 3), natural logarithm of the sRGB
    factor; gloss (N,) screened on; cover (N,) [0, 1]; owner (N,) int64 rows of the instances.
    """

    pixel: torch.Tensor
    density: torch.Tensor
    gloss: torch.Tensor
    cover: torch.Tensor
    owner: torch.Tensor


@dataclass(frozen=True, slots=True)
class Spots:
    """M spots as arrays: crop, kind (NO_KIND: distractor), region (M,) int; values (M, P)."""

    crop: np.ndarray
    kind: np.ndarray
    region: np.ndarray
    values: dict[str, np.ndarray]

    @property
    def count(self) -> int:
        return len(self.crop)


def lay_out_spots(crops: FaceCrops, present: np.ndarray, rng: np.random.Generator) -> Spots:
    """Choose spots for each crop and kind where `present` (B, 14) bool says so."""
    labels = crops.labels.numpy()
    skin = crops.skin.numpy()[:, 0]
    iod = crops.iod.numpy()
    weights = _skin_cells(labels, skin)
    area = skin.mean((1, 2)) * labels.shape[-1] ** 2 / iod**2
    crop: list[np.ndarray] = []
    kind: list[np.ndarray] = []
    place: list[np.ndarray] = []
    for name, recipe in SPOTS.items():
        k = KINDS.index(name)
        for b in np.flatnonzero(present[:, k]):
            n = _how_many(recipe, float(area[b]), rng)
            cells = _places(weights[b], labels[b], recipe, n, rng)
            crop.append(np.full(len(cells), b))
            kind.append(np.full(len(cells), k))
            place.append(cells)
    if not crop:
        return _spots(crops, np.zeros(0, int), np.zeros(0, int), np.zeros((0, 2)), rng)
    crop_of, kind_of = np.concatenate(crop), np.concatenate(kind)
    xy = np.concatenate(place)
    inside = skin[crop_of, xy[:, 1].astype(int), xy[:, 0].astype(int)]
    return _spots(crops, crop_of[inside], kind_of[inside], xy[inside], rng)


def _skin_cells(labels: np.ndarray, skin: np.ndarray) -> np.ndarray:
    rows = skin[:, CELL // 2 :: CELL, CELL // 2 :: CELL]
    return rows.astype(np.float32) + 0 * labels[:, :1, :1]


def _how_many(recipe: SpotRecipe, area: float, rng: np.random.Generator) -> int:
    mean, most = recipe.counts
    spread = mean * min(1.6, max(0.25, area)) * np.exp(rng.normal(0, 0.7))
    if most >= 100 and rng.random() < 0.3:
        spread *= 4  # a field of them
    return int(np.clip(round(spread), 1, most))


def _places(
    weight: np.ndarray, labels: np.ndarray, recipe: SpotRecipe, n: int, rng: np.random.Generator
) -> np.ndarray:
    """Return (<= n, 2) x, y on skin, gathered by noise and the regions' weights."""
    size = weight.shape[0]
    noise = cv2.resize(
        rng.normal(0, 1, (rng.integers(4, 9),) * 2).astype(np.float32),
        (size, size),
        interpolation=cv2.INTER_CUBIC,
    )
    table = np.ones(256, np.float32)
    for region, value in recipe.places.items():
        table[REGIONS.index(region) + 1] = value
    cell_labels = labels[CELL // 2 :: CELL, CELL // 2 :: CELL]
    density = weight * np.exp(recipe.cluster * noise) * table[cell_labels]
    total = density.sum()
    if total <= 0:
        return np.zeros((0, 2))
    cumulative = np.cumsum(density.ravel()) / total
    cell = np.minimum(np.searchsorted(cumulative, rng.random(n)), cumulative.size - 1)
    corner = np.stack([cell % size, cell // size], 1) * float(CELL)
    return corner + rng.uniform(0, CELL, corner.shape)


def _log_uniform(lo: np.ndarray, hi: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw log-uniform between bounds of one sign, uniform where one of them is 0."""
    at = rng.random(lo.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.sign(hi) * np.abs(lo) ** (1 - at) * np.abs(hi) ** at
    return np.where((lo * hi) > 0, log, lo + at * (hi - lo))


def _spots(
    crops: FaceCrops, crop: np.ndarray, kind: np.ndarray, xy: np.ndarray, rng: np.random.Generator
) -> Spots:
    m = len(crop)
    recipes = [SPOTS.get(k) for k in KINDS]

    def column(pick: str, index: int | None = None) -> np.ndarray:
        values = [0.0 if r is None else getattr(r, pick) for r in recipes]
        if index is not None:
            values = [0.0 if r is None else getattr(r, pick)[index] for r in recipes]
        return np.array(values, np.float64)[kind]

    def drawn(pick: str) -> np.ndarray:
        return _log_uniform(column(pick, 0), column(pick, 1), rng)

    unit = crops.iod.numpy()[crop] / 100
    x, y = xy[:, 0].astype(int), xy[:, 1].astype(int)
    under = crops.image.numpy()[crop, :, y, x]
    dark = np.clip((0.5 - under.mean(1)) / 0.3, 0, 1) if m else np.zeros(0)
    strong = rng.random(m) < 0.5
    density = np.where(
        strong,
        _log_uniform(column("density", 1), column("density", 2), rng),
        _log_uniform(column("density", 0), column("density", 1), rng),
    )
    # A face's own freckles, marks and moles look alike: share part of size, strength and colour.
    common = rng.normal(0, 1, (crops.count, len(KINDS), 3))[crop, kind]
    density = density * np.exp(0.15 * common[:, 0])
    melanin = drawn("melanin") + 0.12 * common[:, 1]
    red = np.isin(kind, [KINDS.index(Kind.ACNE), KINDS.index(Kind.ACNE_MARK)])
    melanin = np.clip(np.where(red, melanin + (1 - melanin) * 0.75 * dark, melanin), 0, 1.4)
    radius = drawn("radius") * np.exp(0.12 * common[:, 2])
    radius_px = np.maximum(radius * unit, 0.55)
    scar = kind == KINDS.index(Kind.SCAR)
    raised = rng.random(m) < column("raised")
    relief = np.where(raised, drawn("relief"), 0.0)
    relief = np.where(scar & (rng.random(m) < 0.2), -0.6 * relief, relief)
    # A scar's skin is paler or pinker than its surroundings, about as often.
    density = np.where(scar & (rng.random(m) < 0.4), -0.5 * density, density)
    angle = rng.uniform(0, np.pi, m)
    values = {
        "x": xy[:, 0],
        "y": xy[:, 1],
        "radius": radius_px,
        "density": density,
        "sharp": drawn("sharp"),
        "broken": drawn("broken"),
        "stretch": drawn("stretch"),
        "cos": np.cos(angle),
        "sin": np.sin(angle),
        "halo": drawn("halo"),
        "halo_share": drawn("halo_share"),
        "relief": relief,
        "gloss": np.where(rng.random(m) < column("glossy"), drawn("gloss"), 0.0),
        "pustule": np.where(rng.random(m) < column("pustule"), rng.uniform(0.35, 1.0, m), 0.0),
        "pustule_size": rng.uniform(0.3, 0.6, m),
        "lobe": np.where(rng.random(m) < column("lobe"), rng.uniform(0.4, 1.0, m), 0.0),
        "lobe_x": rng.normal(0, 0.75, m),
        "lobe_y": rng.normal(0, 0.75, m),
        "lobe_size": rng.uniform(0.4, 0.9, m),
        "mottled": drawn("mottled"),
        "phase": rng.uniform(0, 2 * np.pi, m),
        "wave": rng.uniform(1.2, 2.6, m),
    }
    for channel, name in enumerate(("red", "green", "blue")):
        values[name] = pigment(melanin, np.random.default_rng(rng.integers(1 << 31)))[:, channel]
    light = crops.light.numpy()[crop] * 0.8 + np.array([0.0, -0.5])
    values["light_x"], values["light_y"] = light[:, 0], light[:, 1]
    region = crops.labels.numpy()[crop, y, x].astype(int) - 1
    return Spots(crop, kind, region, {k: v.astype(np.float32) for k, v in values.items()})


def spot_ink(spots: Spots, size: int, device: torch.device, first_row: int = 0) -> list[Ink]:
    """Render spots as ink, one Ink a stamp size; owners count from `first_row`."""
    if not spots.count:
        return []
    value = spots.values
    reach = (
        value["radius"]
        * np.maximum(
            1.5 * value["stretch"] * (1 + value["broken"]) + value["lobe"] * 0.5,
            np.where(value["halo_share"] > 0, 2.1 * value["halo"], 0.0),
        )
        + 0.5
    )
    bucket = np.minimum(np.searchsorted(HALF_SIZES, reach), len(HALF_SIZES) - 1)
    inks: list[Ink] = []
    for i, half in enumerate(HALF_SIZES):
        rows = np.flatnonzero(bucket == i)
        if len(rows):
            inks.append(_stamp(spots, rows, half, size, device, first_row))
    return inks


def _stamp(
    spots: Spots, rows: np.ndarray, half: int, size: int, device: torch.device, first_row: int
) -> Ink:
    table = torch.from_numpy(np.stack([v[rows] for v in spots.values.values()])).to(device)
    v = {k: column[:, None] for k, column in zip(spots.values, table, strict=True)}
    crop = torch.from_numpy(spots.crop[rows]).to(device)[:, None]
    step = torch.arange(-half, half + 1, device=device, dtype=torch.float32)
    grid_y, grid_x = (g.reshape(1, -1) for g in torch.meshgrid(step, step, indexing="ij"))
    px, py = v["x"].floor() + grid_x, v["y"].floor() + grid_y
    inside = (px >= 0) & (py >= 0) & (px < size) & (py < size)
    # Offsets in radii, from the pixel's centre.
    dx, dy = (px + 0.5 - v["x"]) / v["radius"], (py + 0.5 - v["y"]) / v["radius"]
    along = (dx * v["cos"] + dy * v["sin"]) / v["stretch"]
    across = dy * v["cos"] - dx * v["sin"]
    waves = (
        torch.sin(v["wave"] * (1.7 * along + across) + v["phase"])
        + torch.sin(1.6 * v["wave"] * (along - 1.4 * across) + 2.3 * v["phase"])
        + 0.6 * torch.sin(2.9 * v["wave"] * (0.4 * along + across) + 4.1 * v["phase"])
    ) * 0.45
    squared = along * along + across * across
    rho = squared.sqrt()
    core = torch.sigmoid(v["sharp"] * (1 - rho + v["broken"] * waves))
    lobe = ((along - v["lobe_x"]).square() + (across - v["lobe_y"]).square()).sqrt()
    second = v["lobe"] * torch.sigmoid(
        v["sharp"] * (v["lobe_size"] - lobe + 0.7 * v["broken"] * waves)
    )
    # A rim that reaches the stamp's edge fades out there.
    edge = torch.maximum(grid_x.abs(), grid_y.abs()) / (half + 0.5)
    fade = ((1 - edge) * 5).clamp(0, 1)
    core = torch.maximum(core, second) * fade
    halo = (
        v["halo_share"]
        * torch.exp(-(squared / v["halo"].square()).clamp(max=25))
        * fade
        * (1 + 0.3 * waves)
    )
    pus = v["pustule"] * torch.sigmoid(9 * (v["pustule_size"] - rho))
    tone = v["density"] * (core * (1 + v["mottled"] * waves) * (1 - 0.85 * pus) + halo * (1 - core))
    bump = torch.exp(-0.9 * squared.clamp(max=25)) * fade
    shade = -v["relief"] * bump * (dx * v["light_x"] + dy * v["light_y"]) * 1.4
    shade = torch.where(shade < 0, 0.55 * shade, shade)  # shadows go deeper than lit slopes
    gloss_x, gloss_y = dx - 0.4 * v["light_x"], dy - 0.4 * v["light_y"]
    gloss = v["gloss"] * torch.exp(-6 * (gloss_x.square() + gloss_y.square()).clamp(max=5)) * fade
    density = torch.stack(
        [
            tone * v["red"] + shade - 0.20 * pus * fade,
            tone + shade - 0.19 * pus * fade,
            tone * v["blue"] + shade - 0.09 * pus * fade,
        ],
        -1,
    )
    strength = v["density"].abs() + 0.5 * v["relief"].abs()
    cover = (2 * (density.abs().amax(-1) + gloss) / strength).clamp(0, 1)
    pixel = (crop * size + py.clamp(0, size - 1)) * size + px.clamp(0, size - 1)
    zero = inside.to(core.dtype)
    owner = torch.from_numpy(rows + first_row).to(device)[:, None].expand_as(pixel)
    return Ink(
        pixel.long().reshape(-1),
        (density * zero[..., None]).reshape(-1, 3),
        (gloss * zero).reshape(-1),
        (cover * zero).reshape(-1),
        owner.reshape(-1),
    )


__all__ = ["NO_KIND", "Ink", "Spots", "lay_out_spots", "spot_ink"]
