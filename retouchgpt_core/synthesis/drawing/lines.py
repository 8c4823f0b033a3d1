"""Lines: wrinkles in bundles along the face's folds, stray hairs, and lines that are to stay."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from retouchgpt_core.face.layout import LABEL_INDEX
from retouchgpt_core.synthesis.drawing.faces import FaceCrops
from retouchgpt_core.synthesis.drawing.recipes import NO_KIND
from retouchgpt_core.synthesis.drawing.spots import Ink
from retouchgpt_core.vocabulary import KINDS, REGIONS, Kind, Region

HALF_LENGTHS = (8, 16, 32, 64, 110)
HALF_WIDTHS = (3, 6, 11, 20)
_WRINKLE, _HAIR = KINDS.index(Kind.WRINKLE), KINDS.index(Kind.STRAY_HAIR)
FIELDS = (
    "x", "y", "angle", "half", "bend", "wave", "wave_phase", "wave_length", "sigma", "density",
    "shoulder", "shoulder_away", "red", "blue", "gloss", "uneven", "soft_ends",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lines:
    """M lines as arrays: crop, kind, region (M,) int; values (M, len(FIELDS)) float32.

    A line is y(t) = bend t^2 + wave sin(t), t from -half to half pixels, turned by `angle` about
    (x, y). `shoulder` is the brightening beside it, `shoulder_away` pixels off (signed).
    """

    crop: np.ndarray
    kind: np.ndarray
    region: np.ndarray
    values: np.ndarray

    @property
    def count(self) -> int:
        return len(self.crop)


_Row = dict[str, float]


def _line(rng: np.random.Generator, **given: float) -> _Row:
    row: _Row = {
        "bend": 0.0,
        "wave": 0.0,
        "wave_phase": rng.uniform(0, 6.28),
        "wave_length": 30.0,
        "sigma": 1.0,
        "density": 0.2,
        "shoulder": 0.0,
        "shoulder_away": 2.0,
        "red": 0.85,
        "blue": 1.03,
        "gloss": 0.0,
        "uneven": 0.3,
        "soft_ends": 1.0,
    }
    return row | given


def lay_out_lines(crops: FaceCrops, present: np.ndarray, rng: np.random.Generator) -> Lines:
    """Choose wrinkles and stray hairs where `present` (B, 14) says so."""
    rows: list[_Row] = []
    where: list[tuple[int, int, int]] = []
    frames, roll, iod = crops.frames.numpy(), crops.roll.numpy(), crops.iod.numpy()
    labels, light = crops.labels.numpy(), crops.light.numpy()
    size = labels.shape[-1]
    for b in np.flatnonzero(present[:, _WRINKLE]):
        visible = _visible_regions(labels[b])
        folds = [r for r in _FOLDS if visible[REGIONS.index(r)] > 60]
        if not folds:
            continue
        chosen = [r for r in folds if rng.random() < 0.55] or [folds[rng.integers(len(folds))]]
        strength = _wrinkle_density(rng)
        for region in chosen:
            r = REGIONS.index(region)
            unit = float(iod[b]) / 100
            bundle = _FOLDS[region](frames[b, r], float(roll[b]), unit, rng)
            for row in bundle:
                _finish_wrinkle(row, strength, unit, light[b], rng)
            rows += bundle
            where += [(int(b), _WRINKLE, r)] * len(bundle)
    for b in np.flatnonzero(present[:, _HAIR]):
        hairs, regions = _stray_hairs(labels[b], float(iod[b]) / 100, size, rng)
        rows += hairs
        where += [(int(b), _HAIR, r) for r in regions]
    return _lines(rows, where)


def lay_out_line_distractors(
    crops: FaceCrops, rng: np.random.Generator, *, share: float = 1.0
) -> Lines:
    """Choose lines that stay: frames of glasses, hairs of lashes and brows, stubble."""
    rows: list[_Row] = []
    where: list[tuple[int, int, int]] = []
    labels, iod = crops.labels.numpy(), crops.iod.numpy()
    for b in range(crops.count):
        unit = float(iod[b]) / 100
        if rng.random() < 0.02 * share:
            found = np.argwhere(np.isin(labels[b], _AROUND_EYES))
            if len(found):
                y, x = found[rng.integers(len(found))]
                rows += _glasses(float(x), float(y), float(crops.roll[b]), unit, rng)
                where += [(b, NO_KIND, -1)] * (len(rows) - len(where))
        if rng.random() < 0.1 * share:
            found = np.argwhere(np.isin(labels[b], _HAIRY))
            for y, x in found[rng.integers(len(found), size=8)] if len(found) else ():
                rows.append(
                    _line(
                        rng, x=float(x), y=float(y), angle=rng.uniform(0, 3.14),
                        half=rng.uniform(2, 6) * unit, bend=rng.normal(0, 0.04) / unit,
                        sigma=max(0.45, 0.3 * unit), density=rng.uniform(0.1, 0.6),
                    )
                )  # fmt: skip
                where.append((b, NO_KIND, -1))
        if rng.random() < STUBBLED * share:
            rows += _stubble(labels[b], float(crops.roll[b]), unit, rng)
            where += [(b, NO_KIND, -1)] * (len(rows) - len(where))
    return _lines(rows, where)


STUBBLED = 0.25
"""Share of the crops that show where beards grow on which stubble is drawn."""
_BEARDED = tuple(
    LABEL_INDEX[r]
    for r in (
        Region.UPPER_LIP, Region.CHIN, Region.JAW_LEFT, Region.JAW_RIGHT,
        Region.SMILE_LINE_LEFT, Region.SMILE_LINE_RIGHT,
    )
)  # fmt: skip


def _stubble(labels: np.ndarray, roll: float, unit: float, rng: np.random.Generator) -> list[_Row]:
    """A patch of short hairs where beards grow, thinning out, with the grey of roots below it.

    A hair of one to three days is 0.3 to 1 mm long and 0.05 to 0.15 mm thick (IOD about 63 mm);
    what lies under the skin shows as a soft bluish shade.
    """
    found = np.argwhere(np.isin(labels, _BEARDED))
    if len(found) < 30:
        return []
    middle = found[rng.integers(len(found))]
    reach = rng.uniform(6, 40) * unit
    near = found[((found - middle) ** 2).sum(1) < (2 * reach) ** 2]
    dark = 0.04 * 10.0 ** rng.random()
    slant = roll + np.pi / 2 + rng.normal(0, 0.4)
    away = ((near - middle) ** 2).sum(1) / reach**2
    chance = np.exp(-0.5 * away)
    hairs = int(min(350, rng.uniform(0.08, 0.5) * len(near) / unit**2))
    rows: list[_Row] = []
    for y, x in near[rng.choice(len(near), size=hairs, p=chance / chance.sum())]:
        rows.append(
            _line(
                rng, x=float(x) + rng.uniform(0, 1), y=float(y) + rng.uniform(0, 1),
                angle=slant + rng.normal(0, 0.35), half=max(0.8, rng.uniform(0.4, 1.6) * unit),
                sigma=max(0.42, rng.uniform(0.15, 0.3) * unit),
                density=dark * float(np.exp(rng.normal(0, 0.4))), red=rng.uniform(0.95, 1.1),
                blue=rng.uniform(0.9, 1.0), uneven=0.1, soft_ends=0.5,
            )
        )  # fmt: skip
    for y, x in near[rng.choice(len(near), size=rng.integers(0, 10), p=chance / chance.sum())]:
        rows.append(
            _line(
                rng, x=float(x), y=float(y), angle=roll + rng.normal(0, 0.5),
                half=rng.uniform(4, 12) * unit, sigma=min(4.0, rng.uniform(1.5, 4.0) * unit),
                density=rng.uniform(0.02, 0.1), red=rng.uniform(1.0, 1.25),
                blue=rng.uniform(0.85, 1.0),
            )
        )  # fmt: skip
    return rows


_AROUND_EYES = (
    LABEL_INDEX["eye"],
    *(REGIONS.index(Region(f"under_eye_{s}")) + 1 for s in ("left", "right")),
)
_HAIRY = tuple(LABEL_INDEX[n] for n in ("brow", "eye"))


def _lines(rows: Sequence[_Row], where: Sequence[tuple[int, int, int]]) -> Lines:
    at = np.array(where, np.int64).reshape(-1, 3)
    values = np.array([[row[f] for f in FIELDS] for row in rows], np.float32)
    return Lines(at[:, 0], at[:, 1], at[:, 2], values.reshape(-1, len(FIELDS)))


def _visible_regions(labels: np.ndarray) -> np.ndarray:
    return np.bincount(labels.ravel(), minlength=len(REGIONS) + 1)[1 : len(REGIONS) + 1]


def _wrinkle_density(rng: np.random.Generator) -> float:
    low, high = (0.15, 0.45) if rng.random() < 0.5 else (0.045, 0.15)
    return float(low * (high / low) ** rng.random())


def _finish_wrinkle(
    row: _Row, strength: float, unit: float, light: np.ndarray, rng: np.random.Generator
) -> None:
    """Give a fold its depth, its lit shoulder on the side that faces the light, its flush."""
    row["sigma"] = max(0.55, row["sigma"] * unit * float(np.exp(rng.normal(0, 0.25))))
    row["density"] = strength * float(np.exp(rng.normal(0, 0.35)))
    row["shoulder"] = row["density"] * rng.uniform(0.15, 0.5)
    normal = np.array([-np.sin(row["angle"]), np.cos(row["angle"])])
    # Light from above falls on the slope below a crease, which looks up towards it.
    side = -float(np.sign(normal @ (light + np.array([0.0, -0.6])))) or 1.0
    row["shoulder_away"] = side * row["sigma"] * rng.uniform(1.6, 2.4)
    row["red"], row["blue"] = rng.uniform(0.7, 0.95), rng.uniform(0.98, 1.12)


def _offset(frame: np.ndarray, roll: float, along: float, across: float) -> tuple[float, float]:
    cos, sin = np.cos(roll), np.sin(roll)
    u, v = along * frame[2], across * frame[3]
    return float(frame[0] + cos * u - sin * v), float(frame[1] + sin * u + cos * v)


def _horizontal(
    frame: np.ndarray, roll: float, unit: float, rng: np.random.Generator
) -> list[_Row]:
    """Forehead and neck: two to five long lines over each other, broken into pieces."""
    rows: list[_Row] = []
    n = int(rng.integers(2, 6))
    bend = rng.normal(0.25, 0.5) * 0.12
    for level in np.linspace(-0.65, 0.75, n) + rng.normal(0, 0.06, n):
        for _ in range(int(rng.integers(1, 4))):
            half = frame[2] * rng.uniform(0.2, 0.75)
            x, y = _offset(frame, roll, rng.normal(0, 0.22), float(level))
            rows.append(
                _line(
                    rng, x=x, y=y, angle=roll + rng.normal(0, 0.04), half=half,
                    bend=bend / max(float(frame[2]), 1.0), wave=rng.uniform(0.3, 1.6) * unit,
                    wave_length=rng.uniform(22, 55) * unit, sigma=0.75, uneven=0.3,
                )
            )  # fmt: skip
    return rows


def _vertical(frame: np.ndarray, roll: float, unit: float, rng: np.random.Generator) -> list[_Row]:
    """Between the brows: one to three upright furrows."""
    rows: list[_Row] = []
    for along in rng.choice([-0.45, 0.0, 0.45], size=rng.integers(1, 4), replace=False):
        x, y = _offset(frame, roll, float(along) + rng.normal(0, 0.08), rng.normal(0.1, 0.15))
        lean = -0.25 * float(along) + rng.normal(0, 0.08)
        rows.append(
            _line(
                rng, x=x, y=y, angle=roll + np.pi / 2 + lean,
                half=float(frame[3]) * rng.uniform(0.45, 0.95), bend=rng.normal(0, 0.004),
                wave=0.4 * unit, wave_length=14 * unit, sigma=0.9, uneven=0.4,
            )
        )  # fmt: skip
    return rows


def _crows_feet(
    frame: np.ndarray, roll: float, unit: float, rng: np.random.Generator, side: float
) -> list[_Row]:
    """A fan from the outer corner of the eye; `side` is -1 at the picture's left."""
    rows: list[_Row] = []
    corner = _offset(frame, roll, -side * 0.85, 0.35)
    for spread in np.linspace(-0.6, 0.75, int(rng.integers(3, 7))):
        angle = roll + side * float(spread + rng.normal(0, 0.07))
        half = rng.uniform(5, 11) * unit
        reach = side * (half + rng.uniform(2, 6) * unit)
        rows.append(
            _line(
                rng, x=corner[0] + float(np.cos(angle)) * reach,
                y=corner[1] + float(np.sin(angle)) * reach, angle=angle, half=half,
                bend=side * rng.normal(0.006, 0.004) / unit, wave=0.3 * unit,
                wave_length=9 * unit, sigma=0.55, uneven=0.4,
            )
        )  # fmt: skip
    return rows


def _under_eye(frame: np.ndarray, roll: float, unit: float, rng: np.random.Generator) -> list[_Row]:
    """Fine lines that hang below the lid."""
    rows: list[_Row] = []
    for level in np.linspace(-0.3, 0.7, int(rng.integers(2, 5))):
        x, y = _offset(frame, roll, rng.normal(0, 0.2), float(level + rng.normal(0, 0.08)))
        rows.append(
            _line(
                rng, x=x, y=y, angle=roll + rng.normal(0, 0.1),
                half=float(frame[2]) * rng.uniform(0.3, 0.75),
                bend=-rng.uniform(0.1, 0.3) / max(float(frame[2]), 1.0), wave=0.25 * unit,
                wave_length=9 * unit, sigma=0.5, uneven=0.4,
            )
        )  # fmt: skip
    return rows


def _smile(
    frame: np.ndarray, roll: float, unit: float, rng: np.random.Generator, side: float
) -> list[_Row]:
    """The fold from the wing of the nose to the corner of the mouth, sometimes a second one."""
    rows: list[_Row] = []
    axis = float(np.arctan2(frame[6], frame[5]))
    if np.sin(axis - roll) < 0:
        axis += np.pi
    # The face's own fold runs down and outwards; a region that says otherwise is too small.
    axis = roll + np.pi / 2 - side * float(np.clip(side * (roll + np.pi / 2 - axis), 0.1, 0.8))
    half = float(np.hypot(frame[2], frame[3]))
    for i in range(int(rng.integers(1, 3))):
        away = -side * i * rng.uniform(4, 8) * unit
        rows.append(
            _line(
                rng, x=float(frame[0]) - away, y=float(frame[1]), angle=axis,
                half=half * rng.uniform(0.55, 1.0) * (0.6 if i else 1.0),
                bend=side * rng.uniform(0.0, 0.22) / max(half, 1.0), wave=0.3 * unit,
                wave_length=20 * unit, sigma=1.2 if i == 0 else 0.7, uneven=0.3,
            )
        )  # fmt: skip
    return rows


_Fold = Callable[[np.ndarray, float, float, np.random.Generator], list[_Row]]


def _left(fold: Callable[..., list[_Row]], side: float) -> _Fold:
    def at(frame: np.ndarray, roll: float, unit: float, rng: np.random.Generator) -> list[_Row]:
        return fold(frame, roll, unit, rng, side)

    return at


_FOLDS: dict[Region, _Fold] = {
    Region.FOREHEAD: _horizontal,
    Region.BETWEEN_BROWS: _vertical,
    Region.TEMPLE_LEFT: _left(_crows_feet, -1.0),
    Region.TEMPLE_RIGHT: _left(_crows_feet, 1.0),
    Region.UNDER_EYE_LEFT: _under_eye,
    Region.UNDER_EYE_RIGHT: _under_eye,
    Region.SMILE_LINE_LEFT: _left(_smile, -1.0),
    Region.SMILE_LINE_RIGHT: _left(_smile, 1.0),
    Region.NECK: _horizontal,
}


def _stray_hairs(
    labels: np.ndarray, unit: float, size: int, rng: np.random.Generator
) -> tuple[list[_Row], list[int]]:
    found = np.argwhere((labels > 0) & (labels <= len(REGIONS)))
    if not len(found):
        return [], []
    rows: list[_Row] = []
    regions: list[int] = []
    dark, lean = rng.random() < 0.75, rng.uniform(0, np.pi)
    n = int(rng.integers(1, 6))
    for y, x in found[rng.integers(len(found), size=n)]:
        half = min(rng.uniform(12, 70) * unit, size * 0.55)
        rows.append(
            _line(
                rng, x=float(x), y=float(y), angle=lean + rng.normal(0, 0.5), half=half,
                bend=rng.normal(0, 0.35) / half, wave=rng.uniform(0, 2) * unit,
                wave_length=rng.uniform(25, 60) * unit,
                sigma=max(0.42, rng.uniform(0.22, 0.5) * unit),
                density=rng.uniform(0.25, 1.0) if dark else rng.uniform(0.0, 0.1),
                gloss=0.0 if dark else rng.uniform(0.12, 0.4), red=rng.uniform(0.85, 1.0),
                shoulder=-rng.uniform(0.0, 0.12) if dark else 0.0,
                shoulder_away=rng.normal(0, 3) * unit, uneven=0.15, soft_ends=0.5,
            )
        )  # fmt: skip
        regions.append(int(labels[y, x]) - 1)
    return rows, regions


def _glasses(x: float, y: float, roll: float, unit: float, rng: np.random.Generator) -> list[_Row]:
    """Upper and lower rim of one lens and a piece of the bridge."""
    sigma = max(0.6, rng.uniform(0.6, 1.3) * unit)
    ink = {"sigma": sigma, "density": rng.uniform(0.8, 1.8), "uneven": 0.0, "soft_ends": 0.1}
    ink |= {"red": 1.0, "blue": 1.0, "shoulder": 0.0, "shoulder_away": 2 * sigma}
    half = rng.uniform(28, 40) * unit
    tall = rng.uniform(20, 32) * unit
    return [
        _line(rng, x=x, y=y - tall, angle=roll, half=half, bend=0.12 / half, **ink),
        _line(rng, x=x, y=y + tall, angle=roll, half=half, bend=-0.3 / half, **ink),
        _line(rng, x=x + half * 1.25, y=y, angle=roll, half=half * 0.3, bend=0.5 / half, **ink),
    ]


def line_ink(lines: Lines, size: int, device: torch.device, first_row: int = 0) -> list[Ink]:
    """Render lines as ink: each covers, column by column, a strip along its longer axis."""
    if not lines.count:
        return []
    field = {f: lines.values[:, i] for i, f in enumerate(FIELDS)}
    slope = np.abs(np.cos(field["angle"]))
    half = field["half"] * np.maximum(slope, np.sqrt(1 - slope**2)) + 1
    width = 1.42 * (3.2 * field["sigma"] + np.abs(field["shoulder_away"])) + 1
    length_class = np.minimum(np.searchsorted(HALF_LENGTHS, half), len(HALF_LENGTHS) - 1)
    width_class = np.minimum(np.searchsorted(HALF_WIDTHS, width), len(HALF_WIDTHS) - 1)
    inks: list[Ink] = []
    for i, half_length in enumerate(HALF_LENGTHS):
        for j, half_width in enumerate(HALF_WIDTHS):
            rows = np.flatnonzero((length_class == i) & (width_class == j))
            if len(rows):
                strip = (half_length, half_width)
                inks.append(_strip(lines, rows, strip, size, device, first_row))
    return inks


def _strip(
    lines: Lines,
    rows: np.ndarray,
    strip: tuple[int, int],
    size: int,
    device: torch.device,
    first_row: int,
) -> Ink:
    table = torch.from_numpy(lines.values[rows].T.copy()).to(device)
    v = {f: column[:, None, None] for f, column in zip(FIELDS, table, strict=True)}
    crop = torch.from_numpy(lines.crop[rows]).to(device)[:, None, None]
    cos, sin = v["angle"].cos(), v["angle"].sin()
    upright = sin.abs() > cos.abs()
    # (u, w): along the longer picture axis and across it. A unit of t moves u by `run`.
    run, rise = torch.where(upright, sin, cos), torch.where(upright, cos, sin)
    u0, w0 = torch.where(upright, v["y"], v["x"]), torch.where(upright, v["x"], v["y"])
    flip = torch.where(upright, -1.0, 1.0)
    at = torch.arange(-strip[0], strip[0] + 1, device=device, dtype=torch.float32)[None, :, None]
    off = torch.arange(-strip[1], strip[1] + 1, device=device, dtype=torch.float32)[None, None]
    u = u0.floor() + 0.5 + at
    t = (u - u0) / run
    turn = 6.2832 / v["wave_length"]
    lift = v["bend"] * t * t + v["wave"] * torch.sin(t * turn + v["wave_phase"])
    tilt = 2 * v["bend"] * t + v["wave"] * turn * torch.cos(t * turn + v["wave_phase"])
    # Where the curve crosses this column, to first order in its own bow.
    centre = w0 + (u - u0) * rise / run + flip * lift / run
    w = centre.floor() + 0.5 + off
    away = (w - centre) * (flip * run) / (1 + tilt * tilt).sqrt()
    along = (t / v["half"]).abs()
    ends = ((1 - along) / (0.04 + 0.5 * v["soft_ends"])).clamp(0, 1)
    uneven = 1 + v["uneven"] * (
        torch.sin(t * turn * 0.9 + 2 * v["wave_phase"]) + torch.sin(t * turn * 0.37)
    )
    profile = torch.exp(-0.5 * (away / (v["sigma"] * (0.45 + 0.55 * ends))).square().clamp(max=50))
    beside = torch.exp(
        -0.5 * ((away - v["shoulder_away"]) / (1.3 * v["sigma"])).square().clamp(max=50)
    )
    taper = ends * (2 - ends) * uneven.clamp(0.05, 2)
    tone = taper * (v["density"] * profile - v["shoulder"] * beside)
    gloss = taper * v["gloss"] * profile
    x, y = torch.where(upright, w, u).floor(), torch.where(upright, u, w).floor()
    inside = (x >= 0) & (y >= 0) & (x < size) & (y < size) & (along < 1)
    zero = inside.to(tone.dtype)
    density = torch.stack([tone * v["red"], tone, tone * v["blue"]], -1) * zero[..., None]
    peak = v["density"] + v["gloss"]
    cover = (2.5 * (tone.abs() + gloss) / peak).clamp(0, 1) * zero
    pixel = ((crop * size + y.clamp(0, size - 1)) * size + x.clamp(0, size - 1)).long()
    owner = torch.from_numpy(rows + first_row).to(device)[:, None, None].expand_as(pixel)
    return Ink(
        pixel.reshape(-1),
        density.reshape(-1, 3),
        (gloss * zero).reshape(-1),
        cover.reshape(-1),
        owner.reshape(-1),
    )
