"""Glasses before a face: those that training faces wear, labelled, and drawn ones of any frame."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from retouchgpt_core.face.frame import FaceFrame
from retouchgpt_core.face.nets import CROP
from retouchgpt_core.face.regions import LEFT_IRIS, RIGHT_IRIS
from retouchgpt_core.training.face_classes import GLASSES, IGNORE

WORN = Path(__file__).with_name("worn_glasses.json")
"""Machine-made portraits with glasses, found by eye. Their rims were fitted (rounded rectangles,
both eyes' alike, where the picture has lines along them) and looked at one by one; where the fit
did not follow the rims there are none, and nothing is said about what lies around those eyes."""
_RIM = 0.06
"""Thickness of a labelled rim in IOD: about one cell of the network's map."""
_TEMPLES = (127, 356)
_AROUND_EYES = (*(70, 63, 105, 66, 107, 336, 296, 334, 293, 300, 356, 345, 280, 425), 5)
_AROUND_EYES_LOW = (205, 50, 116, 127)
_FINE = 4
"""Drawn glasses are made at so many times the crop's size, for frames thinner than its pixels."""
_VISIBLE = 0.12
"""Share of a pixel that a drawn frame must cover to be labelled."""


@dataclass(frozen=True, slots=True, eq=False)
class Worn:
    """Glasses in a training picture: `rims`, right and left of the picture's person, (n, 2) float32
    pixels each, or None where they are not known; `dark` if the lenses hide the eyes."""

    rims: tuple[np.ndarray, np.ndarray] | None
    dark: bool


@functools.cache
def worn_glasses() -> dict[tuple[str, int], Worn]:
    """By the file's key in landmarks.npz and the face's number in it."""
    table: dict[tuple[str, int], Worn] = {}
    for row in json.loads(WORN.read_text()):
        rims = row["rims"]
        pair = None if rims is None else _pair(rims)
        table[row["file"], row["face"]] = Worn(pair, row["dark"])
    return table


def _pair(rims: list[list[list[float]]]) -> tuple[np.ndarray, np.ndarray]:
    right, left = (np.array(rim, np.float32) for rim in rims)
    return right, left


def with_worn(
    skin: np.ndarray, landmarks: np.ndarray, worn: Worn, corner: np.ndarray, scale: float
) -> np.ndarray:
    """Return the skin map (n, n) uint8 with the glasses that the face wears.

    `landmarks` (478, 2) in the map; a pixel of the picture lies at (pixel - corner) * scale.
    """
    result = skin.copy()
    iod = FaceFrame.of(landmarks).iod
    if worn.rims is None:
        cv2.fillPoly(result, [_whole(landmarks[[*_AROUND_EYES, *_AROUND_EYES_LOW]])], (IGNORE,))
        return result
    right, left = ((rim - corner) * scale for rim in worn.rims)
    thick = max(2, round(_RIM * iod))
    outward = landmarks[LEFT_IRIS] - landmarks[RIGHT_IRIS]
    outward /= np.hypot(*outward)
    for rim, temple, side in ((right, _TEMPLES[0], -1), (left, _TEMPLES[1], 1)):
        # How low the arm reaches the ear is not known from the rim.
        hinge = rim[(rim @ outward * side).argmax()]
        cv2.line(result, _at(hinge), _at(landmarks[temple]), (IGNORE,), 4 * thick)
    inner = (right[(right @ outward).argmax()], left[(left @ outward).argmin()])
    cv2.line(result, _at(inner[0]), _at(inner[1]), (IGNORE,), 4 * thick)
    cv2.line(result, _at(inner[0]), _at(inner[1]), (GLASSES,), thick)
    for rim in (right, left):
        if worn.dark:
            cv2.fillPoly(result, [_whole(rim)], (GLASSES,))
        cv2.polylines(result, [_whole(rim)], True, (GLASSES,), thick)
    return result


def with_drawn(
    pixels: np.ndarray, skin: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw glasses on a crop: (CROP, CROP, 3) uint8 and its map, both anew.

    Frames from wire to thick plastic, dark, coloured, metal or clear; whole, half or without rims;
    with tinted or dark lenses, reflections, and a shadow on the skin.
    """
    style = _Style.draw(rng)
    frame, lenses = _shapes(landmarks, style, rng)
    image = pixels.astype(np.float32)
    iod = FaceFrame.of(landmarks).iod
    shadow = cv2.GaussianBlur(frame, (0, 0), 0.04 * iod + 0.3)
    drop = np.array([[1, 0, 0], [0, 1, 0.05 * iod]])
    shadow = cv2.warpAffine(shadow, drop, (CROP, CROP))
    image *= (1 - style.shadow * shadow)[..., None]
    inside = lenses[..., None]
    image = image * (1 - inside) + (image * (1 - style.tint) + style.lens * style.tint) * inside
    if style.reflection:
        image += _reflection(lenses, rng)[..., None]
    light = 1 + style.gloss * cv2.GaussianBlur(rng.normal(0, 1, (CROP, CROP)), (0, 0), 3) * 6
    cover = (frame * style.opacity)[..., None]
    image = image * (1 - cover) + np.clip(style.colour * light[..., None], 0, 255) * cover
    marked = skin.copy()
    # Two pixels wide at least: the network's map has every second pixel.
    seen = cv2.dilate((frame > _VISIBLE).astype(np.uint8), np.ones((2, 2), np.uint8)) > 0
    if style.tint > 0.6:
        seen |= lenses > 0.5
    marked[seen] = GLASSES
    return np.clip(image, 0, 255).astype(np.uint8), marked


@dataclass(frozen=True, slots=True, eq=False)
class _Style:
    colour: np.ndarray
    opacity: float
    thick: float
    """Of the frame, in IOD."""
    rim: str
    """whole, upper or none."""
    tint: float
    lens: np.ndarray
    reflection: bool
    shadow: float
    gloss: float

    @staticmethod
    def draw(rng: np.random.Generator) -> "_Style":
        kind = rng.random()
        if kind < 0.4:  # dark plastic or metal
            colour = rng.uniform(0, 80) * rng.uniform(0.7, 1.2, 3)
        elif kind < 0.6:  # silver, grey
            colour = rng.uniform(80, 235) * rng.uniform(0.93, 1.07, 3)
        elif kind < 0.8:  # gold, brown, horn
            colour = rng.uniform(70, 220) * np.array(
                [1.0, rng.uniform(0.6, 0.85), rng.uniform(0.3, 0.7)]
            )
        else:
            colour = rng.uniform(0, 256, 3)
        wire = rng.random() < 0.55
        sun = rng.random() < 0.12
        return _Style(
            colour=colour,
            opacity=float(rng.uniform(0.5, 1.0) if wire else rng.uniform(0.85, 1.0)),
            thick=float(rng.uniform(0.012, 0.035) if wire else rng.uniform(0.03, 0.09)),
            rim=str(rng.choice(["whole", "upper", "none"], p=[0.75, 0.13, 0.12])),
            tint=float(rng.uniform(0.65, 1.0) if sun else max(0.0, rng.normal(0.0, 0.08))),
            lens=rng.uniform(0, 70, 3) if sun else rng.uniform(40, 255, 3),
            reflection=bool(rng.random() < 0.25),
            shadow=float(rng.uniform(0, 0.4)),
            gloss=float(rng.uniform(0, 0.35)),
        )


def _shapes(
    landmarks: np.ndarray, style: _Style, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return (CROP, CROP) float32 in 0..1 twice: what the frame covers, and the lenses."""
    right, left = landmarks[RIGHT_IRIS], landmarks[LEFT_IRIS]
    across = (left - right) / 2
    down = np.array([-across[1], across[0]])
    bridge = landmarks[168]
    wide, high = rng.uniform(0.6, 0.9), rng.uniform(0.34, 0.8)
    squareness = rng.uniform(2.0, 5.0)
    low, out = rng.uniform(-0.06, 0.26), rng.uniform(-0.05, 0.12)
    narrow = rng.uniform(0, 0.3)
    angles = np.linspace(0, 2 * np.pi, 73)[:-1]
    cos, sin = np.cos(angles), np.sin(angles)
    x = wide * np.sign(cos) * np.abs(cos) ** (2 / squareness)
    y = high * np.sign(sin) * np.abs(sin) ** (2 / squareness)
    x = x * (1 - narrow * np.clip(sin, 0, 1) * (cos < 0))
    side_pixels = CROP * _FINE
    frame = np.zeros((side_pixels, side_pixels), np.uint8)
    lenses = np.zeros_like(frame)
    iod = 2 * float(np.hypot(*across))
    thick = max(1, round(style.thick * iod * _FINE))
    metal = max(1, round(min(style.thick, 0.03) * iod * _FINE))
    inner: list[np.ndarray] = []
    for eye, side, temple in ((right, -1, _TEMPLES[0]), (left, 1, _TEMPLES[1])):
        # A turned head shows the far lens narrower: as near as its eye is to the nose's bridge.
        span = float((eye - bridge) @ across) / float(across @ across) * side
        along = across * side * float(np.clip(0.4 + 0.6 * span, 0.45, 1.15))
        places = eye + np.outer(x + out, along) + np.outer(y + low, down)
        rim = (places * _FINE).round().astype(np.int32)
        cv2.fillPoly(lenses, [rim], (255,))
        if style.rim == "whole":
            cv2.polylines(frame, [rim], True, (255,), thick, cv2.LINE_AA)
        elif style.rim == "upper":
            cv2.polylines(frame, [rim[36:]], False, (255,), thick, cv2.LINE_AA)
        elif rng.random() < 0.5:
            cv2.polylines(frame, [rim], True, (90,), metal, cv2.LINE_AA)
        hinge = places[int(rng.integers(58, 72))]
        tip = landmarks[temple] + down * rng.uniform(-0.15, 0.25)
        cv2.line(frame, _at(hinge * _FINE), _at(tip * _FINE), (255,), thick, cv2.LINE_AA)
        inner.append(places[int(rng.integers(37, 44))])
    bow = (inner[0] + inner[1]) / 2 - down * rng.uniform(0, 0.12)
    arch = np.array([inner[0], bow, inner[1]]) * _FINE
    cv2.polylines(frame, [arch.round().astype(np.int32)], False, (255,), thick, cv2.LINE_AA)
    size = (CROP, CROP)
    covered = cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    glass = cv2.resize(lenses, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return covered, glass


def _reflection(lenses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(CROP, CROP) float32: bright bands or patches on the lenses, added to the picture."""
    angle, phase = rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi)
    ys, xs = np.mgrid[0:CROP, 0:CROP].astype(np.float32)
    wave = np.sin((xs * np.cos(angle) + ys * np.sin(angle)) / rng.uniform(2, 9) + phase)
    patch = cv2.GaussianBlur(rng.normal(0, 1, (CROP, CROP)), (0, 0), rng.uniform(2, 6))
    patch = patch / max(1e-6, float(patch.std()))
    bright = np.clip(wave + patch - rng.uniform(0.3, 1.5), 0, 1) * lenses
    return (bright * rng.uniform(20, 160)).astype(np.float32)


def _whole(points: np.ndarray) -> np.ndarray:
    return points.round().astype(np.int32)


def _at(point: np.ndarray) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


__all__ = ["WORN", "Worn", "with_drawn", "with_worn", "worn_glasses"]
