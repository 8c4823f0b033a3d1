"""Training faces in memory: a square around each, its landmarks, and where its skin shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from retouchgpt_core.errors import UsageError
from retouchgpt_core.face.frame import FaceFrame
from retouchgpt_core.face.layout import LABEL_INDEX
from retouchgpt_core.face.regions import rasterise
from retouchgpt_core.geometry import Window
from retouchgpt_core.training.face_classes import HAIR, IGNORE, OTHER, SKIN
from retouchgpt_core.training.face_glasses import Worn, with_worn, worn_glasses

SIDE = 288
"""Side of a cached square in pixels."""
SPAN = 7.6
"""Side of a cached square in face radii (about 6 IOD): 38 px a radius, 48 px an IOD."""
HELD_OUT = 20
"""Each so-manyth training face is kept out of training, to watch the error."""
_FIRM = ("nose", "between_brows", "under_eye_left", "under_eye_right")
_CHEEKS = ("cheek_left", "cheek_right", "smile_line_left", "smile_line_right")


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One training face: `pixels` (SIDE, SIDE, 3) uint8 RGB, `landmarks` (478, 2) float32 in it,
    `map` (SIDE, SIDE) uint8 index into MAP_CLASSES or IGNORE, `inside` = left, top, right, bottom
    of the part that the picture covers, `worn`: whether it is known to wear glasses."""

    pixels: np.ndarray
    landmarks: np.ndarray
    map: np.ndarray
    inside: tuple[float, float, float, float]
    worn: bool = False


def read_rgb(path: Path) -> np.ndarray:
    """Return (H, W, 3) uint8 RGB.

    Raises UsageError if the file is not a picture.
    """
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise UsageError(f"{path} cannot be read as a picture.", "Check the data folder.")
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


def labelled(data: Path, part: str) -> Iterator[tuple[Path, np.ndarray]]:
    """Yield (file, (faces, 478, 2) landmarks) for the labels whose key begins with `part`.

    Raises UsageError if the folder has no landmarks.npz.
    """
    source = data / "landmarks.npz"
    if not source.exists():
        raise UsageError(f"{source} does not exist.", "Name the folder that holds landmarks.npz.")
    with np.load(source) as labels:
        for key in sorted(labels.files):
            if key.startswith(part):
                yield data / key, labels[key]


def load_faces(data: Path, part: str = "train/", limit: int | None = None) -> list[Face]:
    """Read, cut and label every face of a part of the data folder; about 0.1 s each."""
    faces: list[Face] = []
    for path, meshes in labelled(data, part):
        pixels = read_rgb(path)
        key = path.relative_to(data).as_posix()
        for number, mesh in enumerate(meshes):
            faces.append(cut_face(pixels, mesh, worn_glasses().get((key, number))))
        if limit is not None and len(faces) >= limit:
            return faces[:limit]
    return faces


def cut_face(pixels: np.ndarray, landmarks: np.ndarray, worn: Worn | None = None) -> Face:
    """Cut the square around one labelled face and find where its skin shows.

    `worn` are the glasses that it is known to wear.
    """
    frame = FaceFrame.of(landmarks)
    scale = SIDE / (SPAN * frame.radius)
    corner = np.array([frame.x, frame.y]) - SPAN * frame.radius / 2
    height, width = pixels.shape[:2]
    if scale < 0.6:
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        source = cv2.resize(pixels, small, interpolation=cv2.INTER_AREA)
        ratio = np.array([small[0] / width, small[1] / height])
    else:
        source, ratio = pixels, np.ones(2)
    step = scale / ratio
    shift = -corner * scale + 0.5 * step - 0.5
    matrix = np.array([[step[0], 0, shift[0]], [0, step[1], shift[1]]])
    square = cv2.warpAffine(
        source, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    local = ((landmarks - corner) * scale).astype(np.float32)
    edges = np.array([[0, 0], [width, height]]) - corner
    left, top, right, bottom = np.clip(edges * scale, 0, SIDE).ravel()
    inside = (float(left), float(top), float(right), float(bottom))
    skin = skin_map(square, local, inside)
    if worn is not None:
        skin = with_worn(skin, local, worn, corner, scale)
    return Face(square, local, skin, inside, worn is not None)


def _in(labels: np.ndarray, names: Sequence[str]) -> np.ndarray:
    return np.isin(labels, [LABEL_INDEX[name] for name in names])


def skin_map(
    pixels: np.ndarray, landmarks: np.ndarray, inside: tuple[float, float, float, float]
) -> np.ndarray:
    """Tell skin from hair and the rest by the face's own colours (GrabCut, seeded by regions).

    Returns (SIDE, SIDE) uint8: SKIN, HAIR (not skin, but where skin could be), OTHER, IGNORE.
    """
    # Half the size: a quarter of the time, and still finer than the network's own map.
    half = SIDE // 2
    regions = rasterise(landmarks, Window(0, 0, SIDE, half), reach=True)
    iod = FaceFrame.of(landmarks).iod / 2
    features = _in(regions, ("eye", "brow", "lip", "teeth", "nostril"))
    place = regions > 0
    size = max(3, round(0.16 * iod)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    inner = cv2.erode((_in(regions, _CHEEKS) | _in(regions, _FIRM)).astype(np.uint8), kernel) > 0
    firm = _in(regions, _FIRM) | inner
    around = cv2.dilate(place.astype(np.uint8), kernel, iterations=3) > 0
    cut = np.full(regions.shape, cv2.GC_BGD, np.uint8)
    cut[around] = cv2.GC_PR_BGD
    cut[place] = cv2.GC_PR_FGD
    cut[firm & ~features] = cv2.GC_FGD
    lab = cv2.cvtColor(
        cv2.resize(pixels, (half, half), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB
    )
    empty = np.zeros((1, 65))
    cv2.grabCut(lab, cut, (0, 0, 1, 1), empty, empty.copy(), 2, cv2.GC_INIT_WITH_MASK)
    skin = (cut == cv2.GC_FGD) | (cut == cv2.GC_PR_FGD) | features | firm
    kernel3 = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    skin = cv2.morphologyEx(skin.astype(np.uint8), cv2.MORPH_OPEN, kernel3)
    skin = cv2.morphologyEx(skin, cv2.MORPH_CLOSE, kernel3) > 0
    small = np.where(skin, SKIN, OTHER).astype(np.uint8)
    small[~skin & place & (regions != LABEL_INDEX["neck"])] = HAIR
    # Skin outside every place (ears, shoulders) says nothing about what is asked.
    small[skin & ~place] = IGNORE
    result = cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    outside = np.ones((SIDE, SIDE), bool)
    left, top, right, bottom = (round(edge) for edge in inside)
    outside[top:bottom, left:right] = False
    result[outside] = OTHER
    return result
