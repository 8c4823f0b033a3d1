"""Samples for the two networks: crops of one face, pictures of several, and of none."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from retouchgpt_core.face.frame import FaceFrame
from retouchgpt_core.face.nets import CROP, CROP_RADII, STRIDE
from retouchgpt_core.face.regions import LEFT_IRIS, RIGHT_IRIS, mirrored_landmarks
from retouchgpt_core.training.face_empty import EmptyPictures
from retouchgpt_core.training.face_faces import GLASSES, HAIR, IGNORE, OTHER, SKIN, Face
from retouchgpt_core.training.face_warps import View, hidden_under, look, relight


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


def _yaw(rng: np.random.Generator) -> float:
    return float(rng.uniform(-0.85, 0.85)) if rng.random() < 0.55 else 0.0


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
    roll = float(rng.normal(0, 0.12) if rng.random() < 0.6 else rng.uniform(-0.7, 0.7))
    shift = np.clip(rng.normal(0, 0.05, 2), -0.13, 0.13) * CROP
    squeeze = (1.0, 1.0)
    if rng.random() < 0.5:
        squeeze = (float(rng.uniform(0.72, 1.1)), float(rng.uniform(0.88, 1.1)))
    shear = float(rng.normal(0, 0.07)) if rng.random() < 0.4 else 0.0
    centre = (CROP / 2 + float(shift[0]), CROP / 2 + float(shift[1]))
    view = View(roll, _yaw(rng), zoom, centre, squeeze, shear)
    pixels, landmarks, skin, covered = look(face, view, CROP, rng)
    # Recentre as the finder does: on the mean of the points that the view really shows.
    if rng.random() < 0.3 and not covered.all():
        backdrop = empty.draw(CROP)
        pixels[~covered] = backdrop[~covered]
        skin[~covered] = OTHER
    pixels, skin = _cover(pixels, skin, landmarks, empty, rng)
    pixels, skin = _cut(pixels, skin, rng)
    if rng.random() < 0.5:
        pixels, skin = np.ascontiguousarray(pixels[:, ::-1]), skin[:, ::-1]
        landmarks = mirrored_landmarks(landmarks, CROP)
    points = landmarks * np.float32(2 / CROP) - np.float32(1)
    iod = FaceFrame.of(points).iod
    return CropSample(relight(pixels, rng), points, iod, np.ascontiguousarray(skin[::2, ::2]), True)


def _cover(
    pixels: np.ndarray,
    skin: np.ndarray,
    landmarks: np.ndarray,
    empty: EmptyPictures,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    kind = rng.random()
    radius = FaceFrame.of(landmarks).radius
    if kind < 0.14:
        # Something in front of the face: a blob of another picture.
        other = empty.draw(CROP)
        cover = np.zeros((CROP, CROP), np.uint8)
        angle = rng.uniform(0, 2 * np.pi)
        frame = FaceFrame.of(landmarks)
        away = radius * rng.uniform(0.6, 1.5)
        middle = (int(frame.x + away * np.cos(angle)), int(frame.y + away * np.sin(angle)))
        size = (int(radius * rng.uniform(0.25, 0.7)) + 1, int(radius * rng.uniform(0.3, 1.1)) + 1)
        cv2.ellipse(cover, middle, size, float(rng.uniform(0, 180)), 0, 360, 1, -1)
        pixels[cover > 0] = other[cover > 0]
        return pixels, hidden_under(skin, cover > 0)
    if kind < 0.26:
        return _with_glasses(pixels, skin, landmarks, rng)
    if kind < 0.46:
        return _with_strands(pixels, skin, landmarks, rng)
    return pixels, skin


def _with_glasses(
    pixels: np.ndarray, skin: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    right, left = landmarks[RIGHT_IRIS], landmarks[LEFT_IRIS]
    across = left - right
    iod = float(np.hypot(*across))
    angle = float(np.degrees(np.arctan2(across[1], across[0])))
    thick = max(1, round(iod * rng.uniform(0.02, 0.09)))
    frame = np.zeros((CROP, CROP), np.uint8)
    size = (iod * float(rng.uniform(0.33, 0.44)), iod * float(rng.uniform(0.22, 0.4)))
    drop = float(rng.uniform(0, 0.12)) * np.array([-across[1], across[0]])
    for eye, ear in ((right, landmarks[127]), (left, landmarks[356])):
        middle = eye + drop
        axes = (int(size[0]), int(size[1]))
        at = (int(middle[0]), int(middle[1]))
        cv2.ellipse(frame, at, axes, angle, 0, 360, 1, thick)
        outer = middle + (size[0] if eye is left else -size[0]) * across / iod
        cv2.line(frame, _whole(outer), _whole(ear), 1, thick)
    inner = across / iod * size[0]
    cv2.line(frame, _whole(right + drop + inner), _whole(left + drop - inner), 1, thick)
    colour = rng.integers(0, 256 if rng.random() < 0.3 else 90, 3)
    pixels[frame > 0] = colour
    result = skin.copy()
    result[frame > 0] = GLASSES
    return pixels, result


def _whole(point: np.ndarray) -> tuple[int, int]:
    return int(point[0]), int(point[1])


def _with_strands(
    pixels: np.ndarray, skin: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Hair across the forehead or along a cheek, in the colour of the face's own hair."""
    own = skin == HAIR
    if own.sum() > 12:
        colour = np.median(pixels[own], 0)
    else:
        colour = rng.uniform(10, 120) * np.array([1.0, rng.uniform(0.7, 1), rng.uniform(0.5, 1)])
    crown, chin = landmarks[10], landmarks[152]
    down = chin - crown
    side = np.array([-down[1], down[0]])
    hair = np.zeros((CROP, CROP), np.uint8)
    start = float(rng.uniform(-0.45, 0.45))
    width = float(rng.uniform(0.05, 0.5))
    length = float(rng.uniform(0.1, 0.3)) if abs(start) < 0.3 else float(rng.uniform(0.2, 0.8))
    lean = float(rng.normal(0, 0.15))
    count = int(rng.integers(3, 40))
    if rng.random() < 0.4:
        # A whole fringe, or a lock swept across.
        start, width, count = float(rng.normal(0, 0.12)), float(rng.uniform(0.4, 0.9)), 110
        length = float(rng.uniform(0.12, 0.28))
    texture = pixels.copy()
    for _ in range(count):
        at = start + rng.uniform(-0.5, 0.5) * width
        root = crown + side * at - down * 0.2
        tip = crown + side * (at + lean + rng.normal(0, 0.03)) + down * length * rng.uniform(0.6, 1)
        middle = (root + tip) / 2 + side * rng.normal(0, 0.03)
        curve = np.array([root, middle, tip]).round().astype(np.int32)
        thick = int(rng.integers(1, 4))
        cv2.polylines(hair, [curve], False, 1, thick)
        shade = np.clip(colour * rng.uniform(0.6, 1.3), 0, 255)
        cv2.polylines(texture, [curve], False, [float(c) for c in shade], thick)
    pixels[hair > 0] = texture[hair > 0]
    result = skin.copy()
    result[(hair > 0) & (skin == SKIN)] = HAIR
    return pixels, result


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
        roll = float(rng.normal(0, 0.15) if rng.random() < 0.7 else rng.uniform(-0.75, 0.75))
        squeeze = (float(rng.uniform(0.75, 1.08)), float(rng.uniform(0.9, 1.08)))
        view = View(roll, _yaw(rng), radius, (x, y), squeeze)
        face = faces[int(rng.integers(len(faces)))]
        drawn, landmarks, _, covered = look(face, view, side, rng)
        frame = FaceFrame.of(landmarks)
        if index == 0 and rng.random() < 0.6:
            pixels = drawn if rng.random() < 0.6 else np.where(covered[..., None], drawn, pixels)
        else:
            # A head cut out roughly, hair and all.
            ys, xs = np.mgrid[0:side, 0:side].astype(np.float32)
            reach = float(rng.uniform(1.7, 2.2)) * frame.radius
            far = np.hypot((xs - frame.x) * 1.2, ys - (frame.y - 0.15 * frame.radius)) / reach
            blend = np.clip((1.0 - far) * 6, 0, 1) * covered
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
