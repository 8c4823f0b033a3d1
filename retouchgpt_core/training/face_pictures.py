"""Pictures on which finding is measured: groups of faces, and everything but faces."""

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from retouchgpt_core.face.frame import FaceFrame
from retouchgpt_core.training.face_faces import HELD_OUT, Face, labelled, read_rgb
from retouchgpt_core.training.face_textures import texture
from retouchgpt_core.training.face_warps import View, framed, look, relight

_SHIPPED = {
    "skimage": (
        *("data/brick.png", "data/cell.png", "data/chelsea.png", "data/chessboard_RGB.png"),
        *("data/clock_motion.png", "data/coffee.png", "data/coins.png", "data/color.png"),
        *("data/grass.png", "data/gravel.png", "data/horse.png", "data/hubble_deep_field.jpg"),
        *("data/ihc.png", "data/logo.png", "data/microaneurysms.png", "data/moon.png"),
        *("data/motorcycle_left.png", "data/motorcycle_right.png", "data/page.png"),
        *("data/phantom.png", "data/retina.jpg", "data/rocket.jpg", "data/text.png"),
    ),
    "matplotlib": (
        *("mpl-data/sample_data/Minduka_Present_Blue_Pack.png", "mpl-data/sample_data/logo2.png"),
        *("mpl-data/images/matplotlib_large.png", "mpl-data/images/subplots_large.png"),
    ),
}
"""Pictures without a face inside packages: those of them that are installed are used."""
_SIDE = 480
_PLAIN = 14.0
"""Standard deviation of a wall without anything on it."""
_HAIR_TOP = (10, 109, 338, 67, 297)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A made picture of several people: `pixels` (H, W, 3) uint8, each face's points (478, 2)."""

    pixels: np.ndarray
    faces: tuple[np.ndarray, ...]


def shipped_pictures() -> list[np.ndarray]:
    """Return the pictures without a face that installed packages carry, uint8 RGB."""
    found: list[np.ndarray] = []
    for package, names in _SHIPPED.items():
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            continue
        folder = Path(next(iter(spec.submodule_search_locations)))
        found.extend(read_rgb(folder / name) for name in names if (folder / name).exists())
    return found


def pictures_without_faces(
    shipped: Sequence[np.ndarray], data: Path, count: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield (kind, (480, 480, 3) uint8): three in ten each from packages, photos and drawings.

    Of photos/ and of the training pictures that are kept out what lies around the faces is taken:
    backgrounds, clothes, hands, and hair alone. The rest is noise. Half of all are relit. Always
    the same pictures for the same folder.
    """
    rng = np.random.default_rng(20)
    close = [*labelled(data, "photos/highres")]  # a hand at a chin
    around = [*labelled(data, "photos/"), *_kept_out(data), *(close * 8)]
    for index in range(count):
        place = index % 10
        if place < 3 and shipped:
            kind, picture = "packages", _part(shipped[index // 10 % len(shipped)], rng)
        elif place < 6:
            path, meshes = around[int(rng.integers(len(around)))]
            kind, picture = _beside(read_rgb(path), meshes, rng)
        elif place < 9:
            kind, picture = "drawn", texture(_SIDE, rng)
        else:
            kind, picture = "noise", _noise(rng)
        yield kind, relight(picture, rng) if rng.random() < 0.5 else picture


def _kept_out(data: Path) -> Iterator[tuple[Path, np.ndarray]]:
    """Yield the training pictures of which no training sees a face."""
    index = 0
    for path, meshes in labelled(data, "train/"):
        places = range(index, index + len(meshes))
        index += len(meshes)
        if all(place % HELD_OUT == 0 for place in places):
            yield path, meshes


def _sized(picture: np.ndarray) -> np.ndarray:
    how = cv2.INTER_AREA if picture.shape[0] > _SIDE else cv2.INTER_LINEAR
    return cv2.resize(np.ascontiguousarray(picture), (_SIDE, _SIDE), interpolation=how)


def _part(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A square of a picture, from half of its shorter side up to all of it."""
    height, width = picture.shape[:2]
    side = int(min(height, width) * rng.uniform(0.5, 1.0))
    y, x = int(rng.integers(0, height - side + 1)), int(rng.integers(0, width - side + 1))
    return _sized(picture[y : y + side, x : x + side])


def _beside(
    pixels: np.ndarray, meshes: np.ndarray, rng: np.random.Generator
) -> tuple[str, np.ndarray]:
    """A part of a photograph clear of its faces' skin; if none fits, the hair above one."""
    height, width = pixels.shape[:2]
    for _ in range(60):
        side = int(min(height, width) * rng.uniform(0.12, 0.45))
        x, y = int(rng.integers(0, width - side + 1)), int(rng.integers(0, height - side + 1))
        low, high = meshes.min(1), meshes.max(1)
        clear = (
            (low[:, 0] > x + side) | (high[:, 0] < x) | (low[:, 1] > y + side) | (high[:, 1] < y)
        )
        part = pixels[y : y + side, x : x + side]
        if clear.all() and part.std((0, 1)).mean() > _PLAIN and rng.random() < 0.8:
            return "photos", _sized(part)
    top = meshes[0][list(_HAIR_TOP)].min(0)
    side = max(24, int(0.5 * FaceFrame.of(meshes[0]).radius))
    x, y = int(max(0, top[0])), int(max(0, top[1] - 1.3 * side))
    part = pixels[y : y + side, x : x + side]
    return "hair", _sized(part)


def _noise(rng: np.random.Generator) -> np.ndarray:
    grain = int(np.exp(rng.uniform(np.log(8), np.log(_SIDE))))
    values = rng.integers(0, 256, (grain, grain, 3), np.uint8)
    return cv2.resize(values, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)


def group_picture(
    faces: Sequence[Face],
    backdrops: Sequence[np.ndarray],
    count: int,
    rng: np.random.Generator,
    size: tuple[int, int] = (1600, 1067),
) -> Group:
    """Paste heads into one picture, side by side in rows; their light follows the place.

    Faces are 40 px high or more, rolled up to 45 degrees, a third turned up to 45. `size` is
    (width, height).
    """
    width, height = size
    rows = max(1, round(float(np.sqrt(count * height / width))))
    columns = -(-count // rows)
    cell = min(width / columns, height / rows)
    backdrop = _part(backdrops[int(rng.integers(len(backdrops)))], rng)
    picture = cv2.resize(backdrop, (width, height), interpolation=cv2.INTER_CUBIC)
    points: list[np.ndarray] = []
    for index in range(count):
        # A frontal face is 3.4 radii high; a head with hair takes about 4.5.
        largest = min(cell / 4.8, 90.0)
        radius = float(np.exp(rng.uniform(np.log(13.0), np.log(max(14.0, largest)))))
        free = np.array([width / columns, height / rows]) / 2 - 2.2 * radius
        middle = (np.array([index % columns, index // columns]) + 0.5) * [
            width / columns,
            height / rows,
        ]
        middle = middle + rng.uniform(-1, 1, 2) * np.maximum(0.0, free)
        roll = float(rng.uniform(-0.785, 0.785) if rng.random() < 0.5 else rng.normal(0, 0.1))
        yaw = float(rng.uniform(-0.785, 0.785)) if rng.random() < 0.33 else 0.0
        face = faces[int(rng.integers(len(faces)))]
        side = int(5.4 * radius) + 1
        view = framed(face, View(roll, yaw, radius, (side / 2, side / 2)))
        head, landmarks, _, shown = look(face, view, side, rng)
        corner = (middle - side / 2).astype(int)
        _paste(picture, head, shown, landmarks, corner, rng)
        points.append((landmarks + corner).astype(np.float32))
    return Group(relight(picture, rng), tuple(points))


def _paste(
    picture: np.ndarray,
    head: np.ndarray,
    shown: np.ndarray,
    landmarks: np.ndarray,
    corner: np.ndarray,
    rng: np.random.Generator,
) -> None:
    height, width = picture.shape[:2]
    side = head.shape[0]
    frame = FaceFrame.of(landmarks)
    ys, xs = np.mgrid[0:side, 0:side].astype(np.float32)
    far = np.hypot((xs - frame.x) * 1.15, ys - (frame.y - 0.1 * frame.radius))
    blend = np.clip((float(rng.uniform(2.0, 2.3)) * frame.radius - far) / 3, 0, 1) * shown
    x, y = max(0, int(corner[0])), max(0, int(corner[1]))
    right, bottom = min(width, int(corner[0]) + side), min(height, int(corner[1]) + side)
    own = (
        slice(y - int(corner[1]), bottom - int(corner[1])),
        slice(x - int(corner[0]), right - int(corner[0])),
    )
    place = picture[y:bottom, x:right].astype(np.float32)
    light = place.mean((0, 1)) / max(1.0, float(place.mean()))
    matched = head[own] * (0.75 + 0.25 * light)
    mixed = place + (np.clip(matched, 0, 255) - place) * blend[own][..., None]
    picture[y:bottom, x:right] = mixed.astype(np.uint8)


__all__ = ["Group", "group_picture", "pictures_without_faces", "shipped_pictures"]
