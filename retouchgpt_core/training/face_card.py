"""Measures the face networks on photographs that no training saw, and writes their model card."""

import csv
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from retouchgpt_core.face.finder import FaceFinder
from retouchgpt_core.face.frame import corrected_iod
from retouchgpt_core.face.layout import LABEL_INDEX, WINDOW_IODS, FaceLayout
from retouchgpt_core.face.regions import eye_distance, rasterise
from retouchgpt_core.face.weights import load_nets
from retouchgpt_core.geometry import Window
from retouchgpt_core.photo import Photo
from retouchgpt_core.training.face_empty import empty_picture
from retouchgpt_core.training.face_faces import IGNORE, cut_face, labelled, load_faces, read_rgb
from retouchgpt_core.training.face_warps import relight
from retouchgpt_core.vocabulary import FACE_REGIONS

_LARGEST = 1800
"""Photos are measured at this longer side at most, except for the close-up."""
_FOUND_WITHIN = 0.3
_EMPTY_PICTURES = 200


@dataclass(frozen=True, slots=True)
class SetFigures:
    """One set of photographs: errors by IOD (mean over 478 points, worst photo, irises), faces
    missed, faces too many, mean IoU of the face's regions, CPU seconds a photo."""

    photos: int
    error: float
    worst: float
    irises: float
    missed: int
    extra: int
    overlap: float
    seconds: float


def _unchanged(pixels: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return pixels, points


def _scaled(iod: float) -> Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    def change(pixels: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        scale = iod / eye_distance(points)
        smaller = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return smaller, points * np.float32(scale)

    return change


def _worn(pixels: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Roll up to 25 degrees, other light, blur, grain, JPEG; the photo at IOD 100."""
    pixels, points = _scaled(100.0)(pixels, points)
    rng = np.random.default_rng(int(points[0, 0] * 1000) % 2**31)
    height, width = pixels.shape[:2]
    angle = float(rng.uniform(-25, 25))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    turned = cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    return relight(turned, rng), moved.astype(np.float32)


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
    change: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]] = _unchanged,
) -> SetFigures:
    """Measure on photographs with one labelled face each, changed first if asked."""
    errors: list[float] = []
    irises: list[float] = []
    overlaps: list[float] = []
    missed = extra = 0
    spent = 0.0
    for path, meshes in photos:
        pixels, points = change(read_rgb(path), meshes[0])
        photo = Photo.from_array(pixels)
        begin = time.process_time()
        faces = finder.find(photo)
        spent += time.process_time() - begin
        iod = eye_distance(points)
        near = [
            (float(np.hypot(*(face.landmarks - points).T).mean()) / iod, face) for face in faces
        ]
        error, face = min(near, key=lambda pair: pair[0], default=(np.inf, None))
        if face is None or error > _FOUND_WITHIN:
            missed += 1
            extra += len(faces)
            continue
        extra += len(faces) - 1
        errors.append(error)
        apart = np.hypot(*(face.landmarks[[468, 473]] - points[[468, 473]]).T).mean()
        irises.append(float(apart) / iod)
        overlaps.append(_overlap(face, points))
    return SetFigures(
        len(photos),
        float(np.mean(errors)),
        float(np.max(errors)),
        float(np.mean(irises)),
        missed,
        extra,
        float(np.mean(overlaps)),
        spent / max(1, len(photos)),
    )


def false_faces(finder: FaceFinder, data: Path, count: int = _EMPTY_PICTURES) -> int:
    """Count the faces found in drawn pictures that hold none (parts from photos/london)."""
    rng = np.random.default_rng(11)
    faces = load_faces(data, "photos/london/0", limit=20)
    pictures = (relight(empty_picture(faces, 320, rng), rng) for _ in range(count))
    return sum(len(finder.find(Photo.from_array(picture))) for picture in pictures)


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


def write_card(data: Path, weights: Path) -> None:
    """Measure everything and write `weights`/README.md; takes some minutes."""
    cv2.setNumThreads(1)
    finder = FaceFinder.load(weights)
    london = list(labelled(data, "photos/london"))
    canada = list(labelled(data, "photos/canada"))
    close = list(labelled(data, "photos/highres"))
    some = canada + london[::4]
    rows = [
        ("photos/london", measure_set(finder, london)),
        ("photos/canada", measure_set(finder, canada)),
        ("photos/highres (15 MP, turned)", measure_set(finder, close)),
        ("canada + a quarter of london at IOD 36", measure_set(finder, some, _scaled(36.0))),
        ("the same worn: roll, light, blur, JPEG", measure_set(finder, some, _worn)),
    ]
    lines = [
        f"| {name} | {f.photos} | {f.error:.2%} | {f.worst:.2%} | {f.irises:.2%} | {f.missed} | "
        f"{f.extra} | {f.overlap:.2f} | {f.seconds:.2f} |"
        for name, f in rows
    ]
    nets = load_nets(weights)
    counts = [sum(p.numel() for p in net.parameters()) for net in nets]
    wrong = false_faces(finder, data)
    agreement = map_agreement(finder, canada)
    crops, pictures = _samples(weights / "curve.csv")
    text = _CARD.format(
        crops=f"{crops:,}",
        pictures=f"{pictures:,}",
        detector=f"{counts[0]:,}",
        landmarks=f"{counts[1]:,}",
        table="\n".join(lines),
        wrong=wrong,
        empty=_EMPTY_PICTURES,
        agreement=f"{agreement:.1%}",
        config=json.dumps(json.loads((weights / "config.json").read_text())),
    )
    (weights / "README.md").write_text(text)


def _samples(curve: Path) -> tuple[int, int]:
    """Add up the crops and pictures of all runs that a curve records."""
    if not curve.exists():
        return 0, 0
    with curve.open(newline="") as file:
        rows = list(csv.DictReader(file))
    crops = pictures = 0
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        if following is None or float(following["seconds"]) < float(row["seconds"]):
            crops += int(row["landmark_images"])
            pictures += int(row["detector_images"])
    return crops, pictures


_CARD = """\
# Face layout

Two small convolutional networks: a detector of face centres and sizes ({detector} parameters)
and a network that lays out one face in a 128 px crop ({landmarks} parameters): 478 points in the
order of the MediaPipe face mesh, whether there is a face, and a map of skin, hair, glasses and the
rest. Regions are polygons over the points (`retouchgpt_core/face/regions.json`), cut to visible
skin by the map and by the face's own colours. Both nets: `model.safetensors`, float16.

Config: `{config}`

## Trained on

1,841 machine-made portraits (StyleGAN and diffusion models, nobody's likeness: 624 from
thispersondoesnotexist, 1,086 studio faces balanced over eight groups, 200 diverse CC0 portraits,
28 SFHQ, MIT; one in twenty kept out), turned, rolled, squeezed, cut, covered and relit at random,
and drawn pictures without a face. The points' labels are another detector's output, not hand-made
truth; the map's labels are GrabCut seeded by the regions. {crops} crops and {pictures} pictures
were drawn, on one processor core. No real photograph was trained on.
Licence: MIT, as the program. Made again by `train_face` (`retouchgpt_core/training/face.py`).

## Measured

Real photographs of consenting adults (Face Research Lab London Set and a Canadian set, CC BY 4.0;
one Pexels portrait), seen by no training; the thresholds of the finder and of the hair test were
set while looking at some of them. Error = mean distance of the 478 points from their
labels by the distance between the irises; regions = mean IoU of the 15 face regions against
polygons over the labelled points; seconds = processor time on one core of a busy machine.

| set | photos | error | worst photo | irises | missed | too many | regions | seconds |
|---|---|---|---|---|---|---|---|---|
{table}

The drawn pictures without a face hold scrambled and wiped faces, pebbles, print and cloth.
False faces in {empty} drawn pictures without a face: {wrong}. Skin or not, inside the regions,
as GrabCut says on photos/canada: {agreement} of the pixels.

## Intended use and limits

To find where on a face an edit may act. Not for telling who someone is, nor age, sex or origin.
Upright faces from about 80 px, rolled up to some 35 degrees, turned up to some 45. Real photographs
with several people, faces turned far, hands before faces, dark or overexposed pictures could not
be checked on real material. Light or grey fringes are only partly told from skin; the neck is
found for a short way below the chin only; thin spectacle frames count as skin. Statues, dolls and
pictures of faces may count as faces. In the photographs measured skin tones run from very light to
very dark, but the set of one tone is too small to quote an error for it.
"""
