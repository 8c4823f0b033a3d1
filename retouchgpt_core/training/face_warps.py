"""Faces seen anew: turned, rolled, squeezed, cut; with other light, grain and JPEG."""

from dataclasses import dataclass

import cv2
import numpy as np

from retouchgpt_core.face.frame import FaceFrame
from retouchgpt_core.training.face_faces import IGNORE, OTHER, Face

_GRID = 96
_REACH = 3.4
"""Half the width, in radii, of the grid on which a turn is inverted."""


@dataclass(frozen=True, slots=True)
class View:
    """How a face is looked at: `roll` and `yaw` in radians, `zoom` in output pixels a radius,
    centre in output pixels, `squeeze` (x, y) and `shear` in the face's own frame."""

    roll: float
    yaw: float
    zoom: float
    centre: tuple[float, float]
    squeeze: tuple[float, float] = (1.0, 1.0)
    shear: float = 0.0


def _depth(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A head's depth in radii over the frontal plane: a bowl with a nose on it."""
    skull = 1.15 * (1.0 - (x / 1.75) ** 2 - 0.35 * ((y + 0.15) / 1.9) ** 2)
    nose = 0.42 * np.exp(-((x / 0.2) ** 2) - ((y - 0.05) / 0.28) ** 2)
    eyes = -0.1 * np.exp(-(((np.abs(x) - 0.62) / 0.35) ** 2) - ((y + 0.65) / 0.25) ** 2)
    return np.maximum(skull, -1.2) + nose + eyes


def _turned(x: np.ndarray, y: np.ndarray, yaw: float) -> np.ndarray:
    return x * np.cos(yaw) + _depth(x, y) * np.sin(yaw) - 0.75 * np.sin(yaw)


def _unturn_table(yaw: float) -> np.ndarray:
    """(grid, grid): for a turned (y, x'), the frontal x that is seen there."""
    axis = np.linspace(-_REACH, _REACH, _GRID)
    grid_x, grid_y = np.meshgrid(axis, axis)
    seen = _turned(grid_x, grid_y, yaw)
    if yaw >= 0:
        seen = np.maximum.accumulate(seen, axis=1)
    else:
        seen = np.minimum.accumulate(seen[:, ::-1], axis=1)[:, ::-1]
    seen = seen + np.linspace(0, 1e-4, _GRID)
    return np.stack([np.interp(axis, row, axis) for row in seen]).astype(np.float32)


def _own_axes(view: View) -> np.ndarray:
    """2x2: from the face's frame (radii) to output pixels."""
    cos, sin = np.cos(view.roll), np.sin(view.roll)
    stretch = np.array([[view.squeeze[0], view.shear], [0.0, view.squeeze[1]]])
    return view.zoom * np.array([[cos, -sin], [sin, cos]]) @ stretch


def look(
    face: Face, view: View, size: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Render a face under a view.

    Returns pixels (size, size, 3) uint8, landmarks (478, 2) float32 in them, the skin map
    (size, size) uint8, and where the source picture covers (size, size) bool.
    """
    frame = FaceFrame.of(face.landmarks)
    axes = _own_axes(view)
    inverse = np.linalg.inv(axes)
    cells = np.arange(size, dtype=np.float32) + 0.5
    u, v = np.meshgrid(cells - view.centre[0], cells - view.centre[1])
    x = (inverse[0, 0] * u + inverse[0, 1] * v).astype(np.float32)
    y = (inverse[1, 0] * u + inverse[1, 1] * v).astype(np.float32)
    points = (face.landmarks - np.array([frame.x, frame.y])) / frame.radius
    if abs(view.yaw) > 0.02:
        to_grid = (_GRID - 1) / (2 * _REACH)
        table = _unturn_table(view.yaw)
        x = cv2.remap(
            table,
            (x + _REACH) * np.float32(to_grid),
            (y + _REACH) * np.float32(to_grid),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        points = np.stack([_turned(points[:, 0], points[:, 1], view.yaw), points[:, 1]], 1)
    map_x = (x * frame.radius + frame.x).astype(np.float32)
    map_y = (y * frame.radius + frame.y).astype(np.float32)
    shrink = frame.radius / view.zoom
    source = face.pixels
    if shrink > 1.4:
        source = cv2.blur(source, (round(shrink) | 1, round(shrink) | 1))
    pixels = cv2.remap(
        source, map_x - 0.5, map_y - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    skin = cv2.remap(
        face.map,
        map_x - 0.5,
        map_y - 0.5,
        cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(OTHER,),
    )
    left, top, right, bottom = face.inside
    covered = (map_x > left) & (map_x < right) & (map_y > top) & (map_y < bottom)
    landmarks = points @ axes.T + np.array(view.centre)
    # Where the edge is repeated nothing is known, and the finder cuts it off by itself.
    skin[~covered] = IGNORE
    if rng.random() < 0.5 and not covered.all():
        pixels[~covered] = rng.integers(0, 256, 3) if rng.random() < 0.5 else 128
        skin[~covered] = OTHER
    return pixels, landmarks.astype(np.float32), skin, covered


def relight(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change light, colour, sharpness, grain and compression of (H, W, 3) uint8."""
    height, width = pixels.shape[:2]
    image = pixels.astype(np.float32) * np.float32(1 / 255)
    if rng.random() < 0.6:
        image **= np.float32(np.exp(rng.normal(0, 0.35)))
    gain = np.exp(rng.normal(0, 0.12, 3)) * np.exp(rng.normal(0, 0.2))
    image *= gain.astype(np.float32)
    if rng.random() < 0.35:
        angle = rng.uniform(0, 2 * np.pi)
        ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
        side = np.cos(angle) * (xs / width - 0.5) + np.sin(angle) * (ys / height - 0.5)
        edge = 1 / (1 + np.exp(-(side - rng.uniform(-0.2, 0.2)) * rng.uniform(4, 40)))
        image *= (1 - rng.uniform(0.2, 0.75) * edge)[..., None].astype(np.float32)
    if rng.random() < 0.2:
        grey = image @ np.array([0.3, 0.59, 0.11], np.float32)
        image = image + (grey[..., None] - image) * np.float32(rng.uniform(0.5, 1.0))
    if rng.random() < 0.15:
        image = (image - 0.5) * np.float32(rng.uniform(0.4, 0.8)) + np.float32(
            rng.uniform(0.35, 0.6)
        )
    kind = rng.random()
    if kind < 0.25:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.8))
    elif kind < 0.35:
        small = rng.uniform(0.3, 0.8)
        reduced = cv2.resize(image, None, fx=small, fy=small, interpolation=cv2.INTER_AREA)
        image = cv2.resize(reduced, (width, height), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.4:
        noise = rng.standard_normal((height, width, 3), np.float32)
        image = image + noise * np.float32(rng.uniform(0.005, 0.06))
    result = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
    if rng.random() < 0.3:
        quality = int(rng.integers(25, 90))
        done, coded = cv2.imencode(".jpg", result, [cv2.IMWRITE_JPEG_QUALITY, quality])
        decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR) if done else None
        if decoded is not None:
            return decoded
    return result


def hidden_under(skin: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """Return the skin map with what a drawn cover hides marked as OTHER."""
    result = skin.copy()
    result[cover] = OTHER
    return result


__all__ = ["View", "hidden_under", "look", "relight"]
