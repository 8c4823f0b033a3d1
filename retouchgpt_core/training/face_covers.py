"""Things worn or held before a face: glasses, strands, beards, hats, masks, hands."""

import cv2
import numpy as np

from retouchgpt_core.face.frame import FaceFrame
from retouchgpt_core.face.nets import CROP
from retouchgpt_core.training.face_classes import HAIR, SKIN
from retouchgpt_core.training.face_empty import EmptyPictures
from retouchgpt_core.training.face_glasses import with_drawn
from retouchgpt_core.training.face_warps import hidden_under

_BEARD = (*(234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152), *(377, 400, 378, 379, 365, 397))
_BEARD_TOP = (*(288, 361, 323, 454, 425, 391, 393, 164, 167, 165, 205),)
_MASK = (*_BEARD, 288, 361, 323, 454, 347, 6, 118)
_BROW_LINE = (*(127, 21, 68, 104, 69, 108, 151, 337, 299, 333, 298), 251, 356)


def covered(
    pixels: np.ndarray,
    skin: np.ndarray,
    landmarks: np.ndarray,
    empty: EmptyPictures,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Put something before about half of all faces; what it hides is no skin.

    `pixels` (CROP, CROP, 3) uint8 and `skin` (CROP, CROP) uint8 of `face_faces`, `landmarks`
    (478, 2) in them. Returns both anew.
    """
    kind = rng.random()
    if kind < 0.08:
        return _with_blob(pixels, skin, landmarks, empty, rng)
    if kind < 0.23:
        return with_drawn(pixels, skin, landmarks, rng)
    if kind < 0.37:
        return _with_strands(pixels, skin, landmarks, rng)
    if kind < 0.43:
        return _with_hand(pixels, skin, landmarks, rng)
    if kind < 0.48:
        return _with_hat(pixels, skin, landmarks, empty, rng)
    if kind < 0.51:
        return _with_mask(pixels, skin, landmarks, empty, rng)
    if kind < 0.57:
        return _with_beard(pixels, skin, landmarks, rng)
    return pixels, skin


def _with_blob(
    pixels: np.ndarray,
    skin: np.ndarray,
    landmarks: np.ndarray,
    empty: EmptyPictures,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Something in front of the face: a blob of another picture."""
    other = empty.draw(CROP)
    cover = np.zeros((CROP, CROP), np.uint8)
    angle = rng.uniform(0, 2 * np.pi)
    frame = FaceFrame.of(landmarks)
    away = frame.radius * rng.uniform(0.6, 1.5)
    middle = (int(frame.x + away * np.cos(angle)), int(frame.y + away * np.sin(angle)))
    wide, high = frame.radius * rng.uniform(0.25, 0.7), frame.radius * rng.uniform(0.3, 1.1)
    size = (int(wide) + 1, int(high) + 1)
    cv2.ellipse(cover, middle, size, float(rng.uniform(0, 180)), 0, 360, 1, -1)
    pixels[cover > 0] = other[cover > 0]
    return pixels, hidden_under(skin, cover > 0)


def _with_hand(
    pixels: np.ndarray, skin: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A palm and some fingers in a tone near the face's own, from below or from the side."""
    own = skin == SKIN
    tone = np.median(pixels[own], 0) if own.sum() > 40 else rng.uniform(60, 230, 3)
    tone = np.clip(tone * rng.uniform(0.75, 1.2) * rng.uniform(0.94, 1.06, 3), 0, 255)
    frame = FaceFrame.of(landmarks)
    angle = float(rng.uniform(-0.3, np.pi + 0.3))  # from below and the sides, not from above
    outward = np.array([np.cos(angle), np.sin(angle)])
    beside = np.array([-outward[1], outward[0]])
    palm = np.array([frame.x, frame.y]) + outward * frame.radius * rng.uniform(1.5, 2.1)
    picture = pixels.astype(np.float32)
    cover = np.zeros((CROP, CROP), np.uint8)
    thick = frame.radius * float(rng.uniform(0.17, 0.27))
    whole = (int(2.3 * thick), int(1.8 * thick))
    parts = [(palm, palm, 4 * thick), (palm, palm + outward * 4 * thick, 3.2 * thick)]
    for finger in range(int(rng.integers(0, 5))):
        root = palm + beside * thick * (finger - 1.5) * 1.05
        tip = root - outward * frame.radius * rng.uniform(0.5, 1.2)
        parts.append((root, tip + beside * rng.normal(0, thick), thick))
    cv2.ellipse(cover, _whole(palm), whole, float(np.degrees(angle)), 0, 360, 1, -1)
    for start, stop, width in parts:
        shape = np.zeros((CROP, CROP), np.uint8)
        cv2.line(shape, _whole(start), _whole(stop), 1, max(1, round(width)), cv2.LINE_8)
        # Round: lighter along its middle, darker at its rim, with a shadow below.
        depth = cv2.distanceTransform(shape, cv2.DIST_L2, 3) / max(1.0, width / 2)
        shade = cv2.GaussianBlur(shape.astype(np.float32), (0, 0), 0.25 * width + 1)
        picture *= (1 - 0.35 * shade * (shape == 0))[..., None]
        light = (0.72 + 0.36 * np.sqrt(np.clip(depth, 0, 1)))[..., None]
        picture = np.where(shape[..., None] > 0, tone * light, picture)
        cover |= shape
    result = np.clip(picture, 0, 255).astype(np.uint8)
    return result, hidden_under(skin, cover > 0)


def _under_cloth(
    pixels: np.ndarray,
    skin: np.ndarray,
    corners: np.ndarray,
    empty: EmptyPictures,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Lay cloth over the polygon of `corners`."""
    cover = np.zeros((CROP, CROP), np.uint8)
    cv2.fillPoly(cover, [corners.round().astype(np.int32)], 1)
    pixels[cover > 0] = _cloth(pixels, empty, rng)[cover > 0]
    return pixels, hidden_under(skin, cover > 0)


def _with_hat(
    pixels: np.ndarray,
    skin: np.ndarray,
    landmarks: np.ndarray,
    empty: EmptyPictures,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """A cap, a band or a scarf over the forehead, down to somewhere above the brows."""
    up = landmarks[10] - landmarks[152]
    low = landmarks[list(_BROW_LINE)] + up * float(rng.uniform(-0.02, 0.16))
    width = landmarks[356] - landmarks[127]
    low[0] -= 0.1 * width
    low[-1] += 0.1 * width
    tall = float(rng.uniform(0.12, 0.7))
    corners = np.concatenate([low, low[::-1] + up * tall])
    return _under_cloth(pixels, skin, corners, empty, rng)


def _with_mask(
    pixels: np.ndarray,
    skin: np.ndarray,
    landmarks: np.ndarray,
    empty: EmptyPictures,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """A mask or scarf over nose, mouth and chin."""
    down = landmarks[152] - landmarks[10]
    corners = landmarks[list(_MASK)] + down * float(rng.uniform(-0.02, 0.06))
    return _under_cloth(pixels, skin, corners, empty, rng)


def _cloth(pixels: np.ndarray, empty: EmptyPictures, rng: np.random.Generator) -> np.ndarray:
    """(CROP, CROP, 3) uint8: plain cloth shaded as the face is, or any picture without a face."""
    if rng.random() < 0.4:
        return empty.draw(CROP)
    shade = cv2.GaussianBlur(pixels.mean(2).astype(np.float32), (0, 0), 9)
    plain = rng.uniform(10, 255, 3) * (0.5 + 0.5 * shade / max(1.0, float(shade.max())))[..., None]
    grain = rng.standard_normal((CROP, CROP, 1)) * rng.uniform(0, 8)
    return np.clip(plain + grain, 0, 255).astype(np.uint8)


def _with_beard(
    pixels: np.ndarray, skin: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Dense short hair on jaw, chin and upper lip, in the colour of hair; the lips stay bare."""
    place = np.zeros((CROP, CROP), np.uint8)
    line = landmarks[[*_BEARD, *_BEARD_TOP]].round().astype(np.int32)
    cv2.fillPoly(place, [line], 1)
    lips = [
        61,
        185,
        40,
        39,
        37,
        0,
        267,
        269,
        270,
        409,
        291,
        375,
        321,
        405,
        314,
        17,
        84,
        181,
        91,
        146,
    ]
    cv2.fillPoly(place, [landmarks[lips].round().astype(np.int32)], 0)
    light = rng.uniform(10, 110) if rng.random() < 0.8 else rng.uniform(110, 210)
    colour = light * np.array([1.0, rng.uniform(0.7, 1), rng.uniform(0.5, 1)])
    grain = rng.normal(1.0, 0.25, (CROP, CROP)).astype(np.float32)
    grain = cv2.GaussianBlur(grain, (0, 0), 0.6)
    dense = cv2.GaussianBlur(place.astype(np.float32), (0, 0), float(rng.uniform(0.7, 2.5)))
    share = (dense * float(rng.uniform(0.75, 1.0)))[..., None]
    hair = np.clip(colour * grain[..., None], 0, 255)
    result = (pixels + (hair - pixels) * share).astype(np.uint8)
    marked = skin.copy()
    marked[(dense > 0.6) & (skin == SKIN)] = HAIR
    return result, marked


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


__all__ = ["covered"]
