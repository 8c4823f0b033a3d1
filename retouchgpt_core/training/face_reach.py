"""Measures the finder on photographs that no training saw, and on made pictures."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import cv2
import numpy as np

from retouchgpt_core.face.finder import FaceFinder
from retouchgpt_core.face.frame import corrected_iod
from retouchgpt_core.face.layout import LABEL_INDEX, WINDOW_IODS, FaceLayout
from retouchgpt_core.face.pose import HeadPose, head_pose
from retouchgpt_core.face.regions import eye_distance, mirror_order, rasterise
from retouchgpt_core.geometry import Window
from retouchgpt_core.photo import Photo
from retouchgpt_core.training.face_classes import IGNORE
from retouchgpt_core.training.face_empty import empty_picture
from retouchgpt_core.training.face_faces import cut_face, load_faces, read_rgb
from retouchgpt_core.training.face_pictures import Group
from retouchgpt_core.training.face_warps import relight
from retouchgpt_core.vocabulary import FACE_REGIONS

_FOUND_WITHIN = 0.3
"""Mean distance of the points from their labels, by IOD, beyond which a face was not found."""
_SMALLEST_HEIGHT = 40.0
_CROWN, _CHIN = 10, 152
Change = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Changes a photo's pixels, and its points with them."""


@dataclass(frozen=True, slots=True)
class SetFigures:
    """One set of photographs: errors by IOD (mean over 478 points, worst photo, irises), faces
    missed, faces too many, mean IoU of the face's regions, faces whose left and right are swapped,
    CPU seconds a photo; mean angle in degrees between the heads' poses by found and by labelled
    points, the largest of yaw, pitch and roll."""

    photos: int
    error: float
    worst: float
    irises: float
    missed: int
    extra: int
    overlap: float
    swapped: int
    seconds: float
    pose: float


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """Made group pictures: faces of 40 px or more in them, those missed, finds that are no face,
    mean error of the found ones by IOD, faces with swapped sides."""

    faces: int
    missed: int
    extra: int
    error: float
    swapped: int


def unchanged(pixels: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a photo as it is."""
    return pixels, points


def scaled(iod: float) -> Change:
    """Return a change to so many pixels between the irises."""

    def change(pixels: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        scale = iod / eye_distance(points)
        smaller = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return smaller, points * np.float32(scale)

    return change


def worn(pixels: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Roll up to 45 degrees, half in shadow, blurred, grainy, JPEG; the photo at IOD 100."""
    pixels, points = scaled(100.0)(pixels, points)
    rng = np.random.default_rng(int(points[0, 0] * 1000) % 2**31)
    height, width = pixels.shape[:2]
    turned, moved = rolled(pixels, points, float(rng.uniform(-45, 45)))
    angle, edge = rng.uniform(0, 2 * np.pi), rng.uniform(4, 40)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    middle = moved.mean(0)
    side = np.cos(angle) * (xs - middle[0]) / width + np.sin(angle) * (ys - middle[1]) / height
    shadow = rng.uniform(0.4, 0.75) / (1 + np.exp(-side * edge))
    dark = (turned * (1 - shadow)[..., None]).astype(np.uint8)
    blurred = cv2.GaussianBlur(dark, (0, 0), float(rng.uniform(0.8, 2.0)))
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 70))]
    coded = cv2.imencode(".jpg", relight(blurred, rng), quality)[1]
    # Coded and read in the same order of channels: no swap is needed.
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)), moved


def rolled(pixels: np.ndarray, points: np.ndarray, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """Turn a photo around its face's middle; its edges are repeated."""
    height, width = pixels.shape[:2]
    middle = points.mean(0)
    matrix = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), degrees, 1.0)
    turned = cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return turned, (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


def swapped_sides(found: np.ndarray, truth: np.ndarray) -> bool:
    """Say whether points fit a face better when its left and right are exchanged."""
    other = found[mirror_order()]
    return bool(np.hypot(*(other - truth).T).mean() < np.hypot(*(found - truth).T).mean())


def _overlap(face: FaceLayout, points: np.ndarray) -> float:
    """Mean IoU of the 15 face regions: polygons from the found against the labelled points."""
    centre = points[:468].mean(0)
    size = WINDOW_IODS * corrected_iod(points)
    window = Window(float(centre[0] - size / 2), float(centre[1] - size / 2), size, 384)
    found, truth = rasterise(face.landmarks, window), rasterise(points, window)
    shares: list[float] = []
    for region in FACE_REGIONS:
        one, two = found == LABEL_INDEX[region], truth == LABEL_INDEX[region]
        both = int((one | two).sum())
        if both:
            shares.append(int((one & two).sum()) / both)
    return float(np.mean(shares))


def measure_set(
    finder: FaceFinder,
    photos: Sequence[tuple[Path, np.ndarray]],
    change: Change = unchanged,
) -> SetFigures:
    """Measure on photographs with one labelled face each, changed first if asked."""
    errors: list[float] = []
    irises: list[float] = []
    overlaps: list[float] = []
    angles: list[float] = []
    missed = extra = swapped = 0
    spent = 0.0
    for path, meshes in photos:
        pixels, points = change(read_rgb(path), meshes[0])
        photo = Photo.from_array(pixels)
        begin = time.process_time()
        faces = finder.find(photo)
        spent += time.process_time() - begin
        iod = eye_distance(points)
        error, face = _nearest(faces, points, iod)
        if face is None:
            missed += 1
            extra += len(faces)
            continue
        extra += len(faces) - 1
        errors.append(error)
        apart = np.hypot(*(face.landmarks[[468, 473]] - points[[468, 473]]).T).mean()
        irises.append(float(apart) / iod)
        overlaps.append(_overlap(face, points))
        angles.append(_angle(head_pose(face.landmarks), head_pose(points)))
        swapped += swapped_sides(face.landmarks, points)
    return SetFigures(
        len(photos),
        float(np.mean(errors)),
        float(np.max(errors)),
        float(np.mean(irises)),
        missed,
        extra,
        float(np.mean(overlaps)),
        swapped,
        spent / max(1, len(photos)),
        float(np.mean(angles)),
    )


def _angle(one: HeadPose, other: HeadPose) -> float:
    pairs = zip(astuple(one), astuple(other), strict=True)
    return max(abs(a - b) for a, b in pairs)


def _nearest(
    faces: Sequence[FaceLayout], points: np.ndarray, iod: float
) -> tuple[float, FaceLayout | None]:
    near = [(float(np.hypot(*(face.landmarks - points).T).mean()) / iod, face) for face in faces]
    error, face = min(near, key=lambda pair: pair[0], default=(np.inf, None))
    return (error, face) if error <= _FOUND_WITHIN else (error, None)


def measure_groups(finder: FaceFinder, groups: Iterable[Group]) -> GroupFigures:
    """Look for every face of made group pictures; each find counts for one face at most."""
    count = missed = extra = swapped = 0
    errors: list[float] = []
    for group in groups:
        left = list(finder.find(Photo.from_array(group.pixels)))
        for points in group.faces:
            iod = corrected_iod(points)
            error, face = _nearest(left, points, iod)
            if face is not None:
                left.remove(face)
            if float(np.hypot(*(points[_CHIN] - points[_CROWN]))) < _SMALLEST_HEIGHT:
                continue
            count += 1
            if face is None:
                missed += 1
                continue
            errors.append(error)
            swapped += swapped_sides(face.landmarks, points)
        extra += len(left)
    return GroupFigures(count, missed, extra, float(np.mean(errors or [np.nan])), swapped)


def false_faces(
    finder: FaceFinder, pictures: Iterable[tuple[str, np.ndarray]]
) -> tuple[dict[str, int], dict[str, int]]:
    """Count pictures, and the faces found in them, by the pictures' kind."""
    seen: dict[str, int] = {}
    found: dict[str, int] = {}
    for kind, picture in pictures:
        seen[kind] = seen.get(kind, 0) + 1
        found[kind] = found.get(kind, 0) + len(finder.find(Photo.from_array(picture)))
    return seen, found


def broken_faces(data: Path, count: int) -> Iterable[tuple[str, np.ndarray]]:
    """Yield harder pictures: real faces whose parts are shuffled, wiped out or turned over."""
    rng = np.random.default_rng(11)
    faces = load_faces(data, "photos/london/0", limit=20)
    for _ in range(count):
        yield "broken faces", relight(empty_picture(faces, 320, rng), rng)


def map_agreement(finder: FaceFinder, photos: Sequence[tuple[Path, np.ndarray]]) -> float:
    """Return the share of the regions' pixels where finder and GrabCut agree on skin or not."""
    same = total = 0
    regions = [LABEL_INDEX[region] for region in FACE_REGIONS]
    for path, meshes in photos:
        cut = cut_face(read_rgb(path), meshes[0])
        faces = finder.find(Photo.from_array(cut.pixels))
        if not faces:
            continue
        window = Window(0, 0, cut.pixels.shape[0], cut.pixels.shape[0])
        places = np.isin(rasterise(cut.landmarks, window, reach=True), regions)
        ours = faces[0]
        rows, columns = np.nonzero(places & (cut.map != IGNORE))
        x, y = ours.window.to_window(0.5, 0.5)
        at_x = np.clip(x + columns * ours.window.scale, 0, 511).astype(int)
        at_y = np.clip(y + rows * ours.window.scale, 0, 511).astype(int)
        skin = np.isin(ours.labels[at_y, at_x], regions)
        same += int((skin == (cut.map[rows, columns] == 1)).sum())
        total += len(rows)
    return same / max(1, total)
