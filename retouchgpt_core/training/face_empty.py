"""Pictures without a face, for both networks: parts of pictures, broken faces, textures."""

from collections.abc import Sequence

import cv2
import numpy as np

from retouchgpt_core.face.frame import FaceFrame
from retouchgpt_core.training.face_faces import Face
from retouchgpt_core.training.face_textures import texture
from retouchgpt_core.training.face_warps import View, look


class EmptyPictures:
    """A stock of pictures without a face, slowly renewed; drawing each anew costs too much."""

    side = 160
    _STOCK = 320
    _RENEWED = 0.12

    def __init__(self, faces: Sequence[Face], rng: np.random.Generator) -> None:
        self._faces = faces
        self._rng = rng
        self._stock: list[np.ndarray] = []

    def draw(self, size: int) -> np.ndarray:
        """Return (size, size, 3) uint8, size at most 160: turned, mirrored and cut at random."""
        rng = self._rng
        if len(self._stock) < self._STOCK or rng.random() < self._RENEWED:
            fresh = empty_picture(self._faces, self.side, rng)
            if len(self._stock) < self._STOCK:
                self._stock.append(fresh)
            else:
                self._stock[int(rng.integers(self._STOCK))] = fresh
        picture = self._stock[int(rng.integers(len(self._stock)))]
        x, y = rng.integers(0, self.side - size + 1, 2)
        part = picture[y : y + size, x : x + size]
        part = np.rot90(part, int(rng.integers(4)))
        return part[:, ::-1].copy() if rng.random() < 0.5 else part.copy()


def _patch(face: Face, side: int, rng: np.random.Generator) -> np.ndarray:
    """A part of a training picture that keeps clear of most of its face."""
    frame = FaceFrame.of(face.landmarks)
    size = int(rng.uniform(0.5, 2.2) * frame.radius)
    left, top, right, bottom = (int(edge) for edge in face.inside)
    for _ in range(8):
        x = int(rng.integers(left, max(left + 1, right - size)))
        y = int(rng.integers(top, max(top + 1, bottom - size)))
        away = np.hypot(x + size / 2 - frame.x, y + size / 2 - frame.y)
        if away > 1.2 * frame.radius + 0.5 * size:
            break
    else:
        # Skin without a face: a piece of the cheek or forehead, too small to hold features.
        spot = face.landmarks[int(rng.choice([50, 280, 151, 101, 330]))]
        size = int(0.6 * frame.radius)
        x, y = int(spot[0] - size / 2), int(spot[1] - size / 2)
    part = face.pixels[max(0, y) : y + size, max(0, x) : x + size]
    if part.shape[0] < 4 or part.shape[1] < 4:
        part = face.pixels[:16, :16]
    part = np.rot90(part, int(rng.integers(4)))
    return cv2.resize(np.ascontiguousarray(part), (side, side), interpolation=cv2.INTER_LINEAR)


def empty_picture(faces: Sequence[Face], side: int, rng: np.random.Generator) -> np.ndarray:
    """Return (side, side, 3) uint8 without a face: textures, shapes, parts of pictures."""
    if rng.random() < 0.45:
        return texture(side, rng)
    if rng.random() < 0.3:
        return _many_small(faces, side, rng)
    kind = rng.random()
    if kind < 0.3:
        return _patch(faces[int(rng.integers(len(faces)))], side, rng)
    if kind < 0.55:
        # Parts of several pictures side by side, with hard edges and ellipses between them.
        picture = _patch(faces[int(rng.integers(len(faces)))], side, rng)
        for _ in range(int(rng.integers(2, 6))):
            shape = np.zeros((side, side), np.uint8)
            middle = tuple(int(c) for c in rng.integers(0, side, 2))
            axes = tuple(int(c) for c in rng.integers(side // 16 + 1, side // 2, 2))
            cv2.ellipse(shape, middle, axes, float(rng.uniform(0, 180)), 0, 360, 1, -1)
            part = _patch(faces[int(rng.integers(len(faces)))], side, rng)
            picture[shape > 0] = part[shape > 0]
        return picture
    if kind < 0.8:
        return _broken_face(faces[int(rng.integers(len(faces)))], side, rng)
    picture = np.full((side, side, 3), rng.integers(0, 256, 3), np.uint8)
    for _ in range(int(rng.integers(1, 14))):
        start, stop = rng.integers(0, side, (2, 2)).tolist()
        colour = [int(c) for c in rng.integers(0, 256, 3)]
        if rng.random() < 0.5:
            cv2.line(picture, start, stop, colour, int(rng.integers(1, 9)))
        else:
            cv2.circle(picture, start, int(rng.integers(2, side // 4)), colour, -1)
    return picture


def _many_small(faces: Sequence[Face], side: int, rng: np.random.Generator) -> np.ndarray:
    """A patchwork of pictures seen from far, sharp, with their faces broken."""
    count = int(rng.integers(2, 5))
    step = -(-side // count)
    picture = np.zeros((step * count, step * count, 3), np.uint8)
    for i in range(count):
        for j in range(count):
            face = faces[int(rng.integers(len(faces)))]
            tile = _broken_face(face, max(24, step), rng)[:step, :step]
            picture[i * step : (i + 1) * step, j * step : (j + 1) * step] = tile
    return picture[:side, :side]


def _broken_face(face: Face, side: int, rng: np.random.Generator) -> np.ndarray:
    """A head that is no face any more: tiles shuffled, features smeared away, or upside down."""
    zoom = side / float(rng.uniform(3.0, 6.0))
    kind = rng.random()
    roll = float(rng.uniform(1.9, 4.4)) if kind < 0.25 else 0.0
    pixels, landmarks, _, _ = look(face, View(roll, 0, zoom, (side / 2, side / 2)), side, rng)
    if kind < 0.25:
        return pixels
    if kind < 0.5:
        count = int(rng.integers(3, 6))
        step = side // count
        tiles = [
            pixels[i * step : (i + 1) * step, j * step : (j + 1) * step].copy()
            for i in range(count)
            for j in range(count)
        ]
        order = rng.permutation(len(tiles))
        for place, tile in enumerate(order):
            i, j = divmod(place, count)
            pixels[i * step : (i + 1) * step, j * step : (j + 1) * step] = tiles[int(tile)]
        return pixels
    if kind < 0.75:
        # The face wiped out: what is left is hair, neck, clothes.
        hole = np.zeros((side, side), np.uint8)
        cv2.fillConvexPoly(hole, cv2.convexHull(landmarks[:468].round().astype(np.int32)), 1)
        filler = (
            _patch(face, side, rng) if rng.random() < 0.5 else cv2.blur(pixels, (side // 3,) * 2)
        )
        pixels[hole > 0] = filler[hole > 0]
        return pixels
    # One half of a face's features alone: an eye, a mouth, a nose in close-up.
    spot = face.landmarks[int(rng.choice([468, 473, 13, 1, 152, 10, 234, 454]))]
    size = int(rng.uniform(0.5, 1.1) * FaceFrame.of(face.landmarks).radius)
    x, y = max(0, int(spot[0]) - size // 2), max(0, int(spot[1]) - size // 2)
    part = face.pixels[y : y + size, x : x + size]
    return cv2.resize(np.ascontiguousarray(part), (side, side), interpolation=cv2.INTER_LINEAR)
