"""Samples for the two networks: crops of one face, pictures of several, and of none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retouchgpt_core.face.frame import FaceFrame
from retouchgpt_core.face.nets import CROP, CROP_RADII, STRIDE
from retouchgpt_core.face.regions import mirrored_landmarks
from retouchgpt_core.training.face_classes import IGNORE, OTHER
from retouchgpt_core.training.face_covers import covered
from retouchgpt_core.training.face_empty import EmptyPictures
from retouchgpt_core.training.face_faces import Face
from retouchgpt_core.training.face_warps import View, framed, look, relight


@dataclass(frozen=True, slots=True, eq=False)
class CropSample:
    """`pixels` (CROP, CROP, 3) uint8, `points` (478, 2) in -1..1, `iod` in the same unit, `map`
    (CROP/2, CROP/2) uint8, `face`: whether there is one."""

    pixels: np.ndarray
    points: np.ndarray
    iod: float
    map: np.ndarray
    face: bool


@dataclass(frozen=True, slots=True, eq=False)
class PictureSample:
    """`pixels` (side, side, 3) uint8, `target` (4, side/8, side/8) float32: centre heat in 0..1,
    offset x and y, log radius in cells; `weight` (side/8, side/8): 1 where the last three count;
    `known` (side/8, side/8): 0 where neither face nor no face is certain."""

    pixels: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    known: np.ndarray


_FAR_ROLL = 0.9
"""The finder answers for faces rolled by 45 degrees (0.79)."""


def _turn(rng: np.random.Generator) -> tuple[float, float]:
    """Draw yaw and pitch in radians: to one side as often as straight, seldom up or down."""
    kind = rng.random()
    if kind < 0.5:
        return float(rng.uniform(-1.0, 1.0)), 0.0
    return (0.0, float(rng.uniform(-0.4, 0.4))) if kind < 0.65 else (0.0, 0.0)


def crop_sample(
    faces: Sequence[Face],
    empty: EmptyPictures,
    rng: np.random.Generator,
    mistaken: Sequence[np.ndarray] = (),
) -> CropSample:
    """Draw one crop for the landmark network; a quarter hold no face.

    `mistaken` are crops ((CROP, CROP, 3) uint8) that the detector took for a face.
    """
    if rng.random() < 0.25:
        if mistaken and rng.random() < 0.6:
            pixels = mistaken[int(rng.integers(len(mistaken)))]
        else:
            pixels = empty.draw(CROP)
        blank = np.full((CROP // 2, CROP // 2), IGNORE, np.uint8)
        return CropSample(relight(pixels, rng), np.zeros((478, 2), np.float32), 1.0, blank, False)
    face = faces[int(rng.integers(len(faces)))]
    zoom = CROP / CROP_RADII * float(np.exp(rng.normal(0, 0.12)))
    roll = float(rng.normal(0, 0.12) if rng.random() < 0.6 else rng.uniform(-_FAR_ROLL, _FAR_ROLL))
    shift = np.clip(rng.normal(0, 0.05, 2), -0.13, 0.13) * CROP
    squeeze = (1.0, 1.0)
    if rng.random() < 0.5:
        squeeze = (float(rng.uniform(0.72, 1.1)), float(rng.uniform(0.88, 1.1)))
    shear = float(rng.normal(0, 0.07)) if rng.random() < 0.4 else 0.0
    centre = (CROP / 2 + float(shift[0]), CROP / 2 + float(shift[1]))
    yaw, pitch = _turn(rng)
    view = framed(face, View(roll, yaw, zoom, centre, squeeze, shear, pitch))
    pixels, landmarks, skin, shown = look(face, view, CROP, rng)
    if rng.random() < 0.3 and not shown.all():
        backdrop = empty.draw(CROP)
        pixels[~shown] = backdrop[~shown]
        skin[~shown] = OTHER
    pixels, skin = covered(pixels, skin, landmarks, empty, rng)
    pixels, skin = _cut(pixels, skin, rng)
    if rng.random() < 0.5:
        pixels, skin = np.ascontiguousarray(pixels[:, ::-1]), skin[:, ::-1]
        landmarks = mirrored_landmarks(landmarks, CROP)
    points = landmarks * np.float32(2 / CROP) - np.float32(1)
    iod = FaceFrame.of(points).iod
    return CropSample(relight(pixels, rng), points, iod, np.ascontiguousarray(skin[::2, ::2]), True)


def _cut(
    pixels: np.ndarray, skin: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Let the picture end across the face, its edge repeated as `Photo.window` does."""
    if rng.random() > 0.18:
        return pixels, skin
    depth = int(CROP * rng.uniform(0.05, 0.33))
    turns = int(rng.integers(4))
    pixels, skin = np.rot90(pixels, turns).copy(), np.rot90(skin, turns).copy()
    pixels[:depth] = pixels[depth]
    skin[:depth] = IGNORE
    return (
        np.ascontiguousarray(np.rot90(pixels, -turns)),
        np.ascontiguousarray(np.rot90(skin, -turns)),
    )


def picture_sample(
    faces: Sequence[Face],
    empty: EmptyPictures,
    rng: np.random.Generator,
    side: int = EmptyPictures.side,
) -> PictureSample:
    """Draw one picture for the detector: none to five faces of radius 7 to 50 px."""
    cells = side // STRIDE
    target = np.zeros((4, cells, cells), np.float32)
    weight = np.zeros((cells, cells), np.float32)
    known = np.ones((cells, cells), np.float32)
    pixels = empty.draw(side)
    count = int(rng.choice([0, 1, 2, 3, 5], p=[0.34, 0.3, 0.18, 0.11, 0.07]))
    placed: list[tuple[float, float, float]] = []
    for index in range(count):
        top = 50.0 if count == 1 else 26.0
        radius = float(np.exp(rng.uniform(np.log(6.0), np.log(top))))
        where = rng.uniform(0.1, 0.9, 2) * side if radius < 40 else rng.uniform(0.3, 0.7, 2) * side
        x, y = float(where[0]), float(where[1])
        if any(np.hypot(x - a, y - b) < 1.9 * (radius + c) for a, b, c in placed):
            continue
        roll = float(
            rng.normal(0, 0.15) if rng.random() < 0.7 else rng.uniform(-_FAR_ROLL, _FAR_ROLL)
        )
        squeeze = (float(rng.uniform(0.75, 1.08)), float(rng.uniform(0.9, 1.08)))
        yaw, pitch = _turn(rng)
        face = faces[int(rng.integers(len(faces)))]
        view = framed(face, View(roll, yaw, radius, (x, y), squeeze, pitch=pitch))
        drawn, landmarks, _, shown = look(face, view, side, rng)
        frame = FaceFrame.of(landmarks)
        if index == 0 and rng.random() < 0.6:
            pixels = drawn if rng.random() < 0.6 else np.where(shown[..., None], drawn, pixels)
        else:
            # A head cut out roughly, hair and all.
            ys, xs = np.mgrid[0:side, 0:side].astype(np.float32)
            reach = float(rng.uniform(1.7, 2.2)) * frame.radius
            far = np.hypot((xs - frame.x) * 1.2, ys - (frame.y - 0.15 * frame.radius)) / reach
            blend = np.clip((1.0 - far) * 6, 0, 1) * shown
            pixels = (pixels + (drawn.astype(np.float32) - pixels) * blend[..., None]).astype(
                np.uint8
            )
        placed.append((frame.x, frame.y, frame.radius))
    for x, y, radius in placed:
        _mark(target, weight, known, x / STRIDE, y / STRIDE, radius / STRIDE)
    if rng.random() < 0.5:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        target = np.ascontiguousarray(target[:, :, ::-1])
        target[1] *= -1
        weight, known = weight[:, ::-1].copy(), known[:, ::-1].copy()
    return PictureSample(relight(pixels, rng), target, weight, known)


def _mark(
    target: np.ndarray, weight: np.ndarray, known: np.ndarray, x: float, y: float, radius: float
) -> None:
    cells = weight.shape[0]
    centres = np.arange(cells, dtype=np.float32) + 0.5
    dx, dy = x - centres[None, :], y - centres[:, None]
    far = np.hypot(dx, dy)
    spread = max(0.55, 0.22 * radius)
    heat = np.exp(-((far / spread) ** 2) / 2)
    ix, iy = int(x), int(y)
    if 0 <= ix < cells and 0 <= iy < cells:
        heat[iy, ix] = 1.0
    np.maximum(target[0], heat, out=target[0])
    near = far < max(0.9, 0.35 * radius)
    target[1][near] = np.broadcast_to(dx, near.shape)[near]
    target[2][near] = np.broadcast_to(dy, near.shape)[near]
    target[3][near] = np.log(radius)
    weight[near] = 1.0
    if radius * STRIDE < 7.5:
        known[far < 2.5] = 0.0


__all__ = ["CropSample", "PictureSample", "crop_sample", "picture_sample"]
