"""Faces seen anew: turned, rolled, squeezed, cut; with other light, grain and JPEG."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from retouchgpt_core.face.frame import FaceFrame
from retouchgpt_core.training.face_classes import IGNORE, OTHER
from retouchgpt_core.training.face_depth import REACH, depth_at
from retouchgpt_core.training.face_faces import Face

_GRID = 144
_FRONTAL = 0.02
"""Turns under this, in radians, are left out."""


@dataclass(frozen=True, slots=True)
class View:
    """How a face is looked at: `roll`, `yaw` and `pitch` in radians (one of the last two is 0),
    `zoom` in output pixels a radius, centre in output pixels, `squeeze` (x, y) and `shear` in the
    face's own frame."""

    roll: float
    yaw: float
    zoom: float
    centre: tuple[float, float]
    squeeze: tuple[float, float] = (1.0, 1.0)
    shear: float = 0.0
    pitch: float = 0.0

    def __post_init__(self) -> None:
        if self.yaw and self.pitch:
            raise ValueError("a face is turned to the side or tilted, not both at once")


def _turned(x: np.ndarray, y: np.ndarray, yaw: float) -> np.ndarray:
    return x * np.cos(yaw) + depth_at(x, y) * np.sin(yaw)


def _tilted(x: np.ndarray, y: np.ndarray, pitch: float) -> np.ndarray:
    return y * np.cos(pitch) + depth_at(x, y) * np.sin(pitch)


def _inverse(seen: np.ndarray, angle: float) -> np.ndarray:
    """For rows of places seen, from the frontal ones in order: the frontal place of each."""
    axis = np.linspace(-REACH, REACH, _GRID)
    if angle >= 0:
        seen = np.maximum.accumulate(seen, axis=1)
    else:
        seen = np.minimum.accumulate(seen[:, ::-1], axis=1)[:, ::-1]
    seen = seen + np.linspace(0, 1e-4, _GRID)
    return np.stack([np.interp(axis, row, axis) for row in seen]).astype(np.float32)


def _frontal_places(x: np.ndarray, y: np.ndarray, view: View) -> tuple[np.ndarray, np.ndarray]:
    """Return the frontal (x, y), in radii, of what is seen at (x, y) of a turned face."""
    axis = np.linspace(-REACH, REACH, _GRID)
    across, down = np.meshgrid(axis, axis)
    if abs(view.yaw) > _FRONTAL:
        table = _inverse(_turned(across, down, view.yaw), view.yaw)
    elif abs(view.pitch) > _FRONTAL:
        table = _inverse(_tilted(across, down, view.pitch).T, view.pitch).T.copy()
    else:
        return x, y
    to_grid = np.float32((_GRID - 1) / (2 * REACH))
    columns, rows = (x + np.float32(REACH)) * to_grid, (y + np.float32(REACH)) * to_grid
    found = cv2.remap(table, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return (found, y) if view.yaw else (x, found)


def _points_seen(landmarks: np.ndarray, view: View) -> np.ndarray:
    """Return (478, 2) points as the view turns them, in radii from the frontal face's middle."""
    frame = FaceFrame.of(landmarks)
    points = (landmarks - np.array([frame.x, frame.y])) / frame.radius
    x, y = points.T
    if abs(view.yaw) > _FRONTAL:
        x = _turned(x, y, view.yaw)
    elif abs(view.pitch) > _FRONTAL:
        y = _tilted(x, y, view.pitch)
    return np.stack([x, y], 1)


def framed(face: Face, view: View) -> View:
    """Move and scale a view so that the points it shows have their mean at `centre` and a root
    mean square distance of `zoom` from it, as where the finder looks."""
    seen = FaceFrame.of(_points_seen(face.landmarks, view) @ _own_axes(view).T)
    scale = view.zoom / seen.radius
    middle = (view.centre[0] - seen.x * scale, view.centre[1] - seen.y * scale)
    return replace(view, zoom=view.zoom * scale, centre=middle)


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
    x, y = _frontal_places(x, y, view)
    points = _points_seen(face.landmarks, view)
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


__all__ = ["View", "framed", "hidden_under", "look", "relight"]
