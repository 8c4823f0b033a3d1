"""Drawn pictures without a face: fabrics, pebbles, grass, print, walls, eye-like blobs."""

import cv2
import numpy as np

_GLYPHS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:%&$#@?!"


def _colour(rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.35:
        # Near skin, wood and sand: what is most easily taken for a face.
        light = rng.uniform(50, 240)
        return light * np.array([1.0, rng.uniform(0.6, 0.9), rng.uniform(0.4, 0.8)])
    return rng.uniform(0, 255, 3)


def _list(colour: np.ndarray) -> list[float]:
    return [float(value) for value in np.clip(colour, 0, 255)]


def _noise(side: int, rng: np.random.Generator) -> np.ndarray:
    """(side, side) in 0..1 with a random balance of coarse and fine."""
    fall = rng.uniform(0.3, 1.5)
    total = np.zeros((side, side), np.float32)
    octave = 2
    while octave <= side:
        grain = rng.standard_normal((octave, octave)).astype(np.float32)
        total += cv2.resize(grain, (side, side), interpolation=cv2.INTER_LINEAR) * np.float32(
            octave**-fall
        )
        octave *= 2
    low, high = np.percentile(total, (2, 98))
    return np.clip((total - low) / (high - low + 1e-6), 0, 1)


def _painted(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(side, side) in 0..1 to colours: a ramp over two to four of them."""
    count = int(rng.integers(2, 5))
    stops = np.stack([_colour(rng) for _ in range(count)])
    where = np.linspace(0, 1, count)
    table = np.stack([np.interp(np.linspace(0, 1, 256), where, stops[:, c]) for c in range(3)], 1)
    return table.astype(np.uint8)[(values * 255).astype(np.uint8)]


def _pebbles(side: int, rng: np.random.Generator) -> np.ndarray:
    picture = _painted(_noise(side, rng), rng)
    base = _colour(rng)
    count = int(np.exp(rng.uniform(np.log(4), np.log(160))))
    size = side * 0.6 / np.sqrt(count)
    regular = rng.random() < 0.4
    columns = max(1, int(np.sqrt(count)))
    for index in range(count):
        if regular:
            step = side / columns
            middle = np.array([index % columns + 0.5, index // columns + 0.5]) * step
            middle += rng.normal(0, 0.06 * step, 2)
        else:
            middle = rng.uniform(0, side, 2)
        at = (int(middle[0]), int(middle[1]))
        axes = np.maximum(2, size * rng.uniform(0.5, 1.0, 2))
        lean = float(rng.uniform(0, 180))
        tone = base * rng.uniform(0.6, 1.3)
        whole = (int(axes[0]), int(axes[1]))
        cv2.ellipse(picture, at, whole, lean, 0, 360, _list(tone * 0.6), -1, cv2.LINE_AA)
        inner = (max(1, int(axes[0] * 0.85)), max(1, int(axes[1] * 0.85)))
        cv2.ellipse(picture, at, inner, lean, 0, 360, _list(tone), -1, cv2.LINE_AA)
        for _ in range(int(rng.integers(0, 6))):
            spot = middle + rng.normal(0, 0.4, 2) * axes
            dot = max(1, int(axes.min() * rng.uniform(0.08, 0.3)))
            mark = _list(tone * rng.uniform(0.3, 1.4))
            cv2.circle(picture, (int(spot[0]), int(spot[1])), dot, mark, -1, cv2.LINE_AA)
    return picture


def _waves(side: int, rng: np.random.Generator) -> np.ndarray:
    ys, xs = np.mgrid[0:side, 0:side].astype(np.float32)
    angle, pitch = rng.uniform(0, np.pi), np.exp(rng.uniform(np.log(3), np.log(50)))
    bend = _noise(side, rng) * rng.uniform(0, 3)
    values = np.sin((np.cos(angle) * xs + np.sin(angle) * ys) / pitch * 2 * np.pi + bend)
    if rng.random() < 0.4:
        values = values * np.sin((np.cos(angle) * ys - np.sin(angle) * xs) / pitch * 2 * np.pi)
    return _painted((values * 0.5 + 0.5).astype(np.float32), rng)


def _print(side: int, rng: np.random.Generator) -> np.ndarray:
    picture = np.full((side, side, 3), rng.integers(150, 256), np.uint8)
    picture = np.clip(picture * (0.7 + 0.3 * _noise(side, rng)[..., None]), 0, 255).astype(np.uint8)
    size = float(rng.uniform(0.3, 2.0))
    line = max(6, int(26 * size))
    for row in range(line, side + line, line):
        text = "".join(rng.choice(list(_GLYPHS), int(rng.integers(3, 30))))
        start = (int(rng.integers(-10, 30)), row)
        thick = max(1, round(size * rng.uniform(1, 2.5)))
        cv2.putText(picture, text, start, 0, size, _list(rng.uniform(0, 90, 3)), thick, cv2.LINE_AA)
    return picture if rng.random() < 0.7 else 255 - picture


def _blots(side: int, rng: np.random.Generator) -> np.ndarray:
    values = _noise(side, rng)
    levels = int(rng.integers(2, 5))
    return _painted(np.floor(values * levels).clip(0, levels - 1) / max(1, levels - 1), rng)


def _walls(side: int, rng: np.random.Generator) -> np.ndarray:
    """Houses, shelves, machines: rectangles in rows, and straight lines."""
    picture = _painted(_noise(side, rng), rng)
    for _ in range(int(rng.integers(2, 9))):
        columns, rows = rng.integers(1, 8, 2)
        left, top = rng.uniform(-0.2, 0.8, 2) * side
        pitch = rng.uniform(6, 40, 2)
        inner = pitch * rng.uniform(0.3, 0.95, 2)
        colour = _list(_colour(rng))
        for i in range(int(columns)):
            for j in range(int(rows)):
                x, y = left + i * pitch[0], top + j * pitch[1]
                corner = (int(x + inner[0]), int(y + inner[1]))
                cv2.rectangle(picture, (int(x), int(y)), corner, colour, -1)
    for _ in range(int(rng.integers(0, 10))):
        start, stop = rng.integers(-20, side + 20, (2, 2)).tolist()
        cv2.line(picture, start, stop, _list(_colour(rng)), int(rng.integers(1, 7)), cv2.LINE_AA)
    return picture


def _strands(side: int, rng: np.random.Generator) -> np.ndarray:
    """Grass, fur, hair, branches."""
    picture = _painted(_noise(side, rng), rng)
    base, spread = _colour(rng), rng.uniform(0.1, 3.0)
    angle = rng.uniform(0, 2 * np.pi)
    length = side * rng.uniform(0.08, 0.6)
    for _ in range(int(rng.integers(60, 400))):
        start = rng.uniform(-0.1, 1.1, 2) * side
        way = angle + rng.normal(0, spread, 2).cumsum() * 0.3
        points = [start]
        for turn in way:
            points.append(points[-1] + length / 2 * np.array([np.cos(turn), np.sin(turn)]))
        curve = np.array(points).round().astype(np.int32)
        tone = _list(base * rng.uniform(0.4, 1.6))
        cv2.polylines(picture, [curve], False, tone, int(rng.integers(1, 4)), cv2.LINE_AA)
    return picture


def _stones(side: int, rng: np.random.Generator) -> np.ndarray:
    seeds = np.full((side, side), 255, np.uint8)
    count = int(np.exp(rng.uniform(np.log(8), np.log(250))))
    seeds[rng.integers(0, side, count), rng.integers(0, side, count)] = 0
    far, cells = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5)
    base = _colour(rng)
    tones = base * rng.uniform(0.5, 1.4, (int(cells.max()) + 1, 1))
    shade = np.clip(1.15 - far / (far.max() + 1e-6) * rng.uniform(0, 1.2), 0.2, 1.2)
    picture = (
        tones[np.asarray(cells, np.intp)]
        * shade[..., None]
        * (0.75 + 0.5 * _noise(side, rng)[..., None])
    )
    return np.clip(picture, 0, 255).astype(np.uint8)


def _false_features(side: int, rng: np.random.Generator) -> np.ndarray:
    """Ovals with dark marks that are not placed as eyes and mouth are."""
    picture = _painted(_noise(side, rng), rng)
    for _ in range(int(rng.integers(1, 6))):
        size = side * float(np.exp(rng.uniform(np.log(0.06), np.log(0.45))))
        middle = rng.uniform(0.1, 0.9, 2) * side
        at = (int(middle[0]), int(middle[1]))
        tone = _colour(rng)
        lean = float(rng.uniform(-30, 30))
        axes = (int(size * rng.uniform(0.6, 1)) + 1, int(size) + 1)
        cv2.ellipse(picture, at, axes, lean, 0, 360, _list(tone), -1, cv2.LINE_AA)
        for _ in range(int(rng.integers(1, 8))):
            spot = middle + rng.normal(0, 0.4, 2) * size
            flat = (max(1, int(size * rng.uniform(0.03, 0.3))), max(1, int(size * 0.08)))
            mark = _list(tone * rng.uniform(0.1, 0.7))
            turn = float(rng.uniform(0, 180))
            cv2.ellipse(
                picture, (int(spot[0]), int(spot[1])), flat, turn, 0, 360, mark, -1, cv2.LINE_AA
            )
    return cv2.GaussianBlur(picture, (0, 0), 1.0) if rng.random() < 0.5 else picture


def _cloud(side: int, rng: np.random.Generator) -> np.ndarray:
    return _painted(_noise(side, rng), rng)


_KINDS = (
    *(_cloud, _pebbles, _waves, _print, _blots),
    *(_walls, _strands, _stones, _false_features),
)


def texture(side: int, rng: np.random.Generator) -> np.ndarray:
    """Draw (side, side, 3) uint8 RGB: one drawn texture, or two with an edge between them."""
    picture = _KINDS[int(rng.integers(len(_KINDS)))](side, rng)
    if rng.random() < 0.4:
        other = _KINDS[int(rng.integers(len(_KINDS)))](side, rng)
        edge = _noise(side, rng) > rng.uniform(0.3, 0.7)
        picture = np.where(edge[..., None], other, picture)
    if rng.random() < 0.5:
        light = 0.55 + 0.6 * cv2.GaussianBlur(_noise(side, rng), (0, 0), side / 8)
        picture = np.clip(picture * light[..., None], 0, 255).astype(np.uint8)
    return np.ascontiguousarray(picture)


__all__ = ["texture"]
