"""The drawn faces that quality is measured on: the same ones every time.

Seed, sizes, kinds and limits are frozen. The ranges are the generator's own; `fingerprint` says
whether two reports were made on the same drawings.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.errors import UsageError
from retouchgpt_core.evaluation.detection_score import Spot
from retouchgpt_core.evaluation.true_marks import MIN_CHANGE, TrueMark, true_marks
from retouchgpt_core.face.layout import SKIN_LABELS, WINDOW_IODS, WINDOW_PIXELS, FaceLayout
from retouchgpt_core.face.regions import MESH_POINTS, rasterise
from retouchgpt_core.geometry import Box, Window
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.photo import Photo
from retouchgpt_core.synthesis.drawing import compose, draw
from retouchgpt_core.synthesis.drawing.batch import DrawnBatch
from retouchgpt_core.synthesis.drawing.faces import (
    StoredFace,
    height_corrected_iod,
    stack_crops,
    stored_face,
    typology_angle,
    whole_face,
)
from retouchgpt_core.vocabulary import FACE_REGIONS, KINDS, REGIONS, SPOT_KINDS, TONE_KINDS, Kind

SEED = 20240
IODS = (128, 256)
TONE_EDGES = (-30.0, 10.0, 28.0, 41.0, 55.0)
TONE_NAMES = ("dark", "brown", "tan", "intermediate", "light", "very light")
"""Individual typology angle in degrees, six groups (Chardon, Cretois and Hourseau 1991)."""
KIND_SETS: tuple[tuple[Kind, ...], ...] = (
    (Kind.ACNE, Kind.ACNE_MARK, Kind.MOLE, Kind.WRINKLE, Kind.REDNESS),
    (Kind.FRECKLE, Kind.MOLE, Kind.AGE_SPOT, Kind.DARK_CIRCLE, Kind.STRAY_HAIR),
    (Kind.ACNE, Kind.BLACKHEAD, Kind.SCAR, Kind.MOLE, Kind.EYE_BAG, Kind.SHINE),
    (Kind.ACNE_MARK, Kind.AGE_SPOT, Kind.SCAR, Kind.WRINKLE, Kind.TEXTURE, Kind.STRAY_HAIR),
)
"""Kinds that are drawn together, as they may stand together on a face; each in at least one."""
TONE_CORE = 0.35
"""Cover from which a pixel belongs to an area."""


@dataclass(frozen=True, slots=True, eq=False)
class CleanFace:
    """A face to draw on, as its window of 4 IOD shows it: rgb (P, P, 3), labels (P, P), uint8."""

    name: str
    rgb: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    @property
    def tone(self) -> int:
        """The skin's group by its individual typology angle, a row of TONE_NAMES."""
        return tone_group(typology_angle(self.rgb, np.isin(self.labels, sorted(SKIN_LABELS))))


@dataclass(frozen=True, slots=True, eq=False)
class DrawnPicture:
    """A drawn face with its truth; all maps in the photo's pixels, (P, P).

    `photo` and `clean` differ only where something is drawn. kind_masks (14, P, P) float32 soft;
    asked (P, P) float32: what `plan` selects; ignored (P, P) bool: too faint or hidden to count;
    known (P, P) bool: the undrawn face certainly has no mark of its own there.
    """

    name: str
    tone: int
    iod: int
    photo: Photo
    clean: Photo
    layout: FaceLayout
    marks: tuple[TrueMark, ...]
    kind_masks: NDArray[np.float32]
    plan: Plan
    asked: NDArray[np.float32]
    ignored: NDArray[np.bool_]
    known: NDArray[np.bool_]

    @property
    def before(self) -> NDArray[np.uint8]:
        return np.asarray(self.photo.pixels, np.uint8)

    @property
    def truth(self) -> NDArray[np.uint8]:
        return np.asarray(self.clean.pixels, np.uint8)

    @property
    def spots(self) -> tuple[Spot, ...]:
        return tuple(m.spot for m in self.marks if m.kind in SPOT_KINDS)

    @property
    def skin(self) -> NDArray[np.bool_]:
        side = self.photo.width
        labels = cv2.resize(self.layout.labels, (side, side), interpolation=cv2.INTER_NEAREST)
        return np.isin(labels, sorted(SKIN_LABELS))

    def area(self, kind: Kind) -> NDArray[np.bool_]:
        """Return where this kind is drawn, (P, P) bool."""
        return self.kind_masks[KINDS.index(kind)] > TONE_CORE


def tone_group(angle: float) -> int:
    """Return the row of TONE_NAMES for an individual typology angle in degrees."""
    return int(np.digitize(angle, TONE_EDGES))


def chosen_faces(stored: Sequence[StoredFace], count: int) -> list[StoredFace]:
    """Return `count` faces, the tone groups in turn while they last; fewer if there are fewer."""
    order = np.random.default_rng(SEED).permutation(len(stored))
    groups: list[list[StoredFace]] = [[] for _ in TONE_NAMES]
    for index in order:
        groups[tone_group(stored[index].ita)].append(stored[index])
    rounds = [g[i] for i in range(max(map(len, groups), default=0)) for g in groups if i < len(g)]
    return rounds[:count]


def clean_faces(data: Path, stored: Sequence[StoredFace]) -> Iterator[CleanFace]:
    """Read faces from their files in DATA/train, at the finest size that is drawn on.

    Raises UsageError if the landmarks are missing.
    """
    side = int(WINDOW_IODS * max(IODS))
    try:
        with np.load(data / "landmarks.npz") as archive:
            meshes = [np.asarray(archive[f"train/{s.name}"], np.float32)[0] for s in stored]
    except (OSError, KeyError) as error:
        raise UsageError(
            f"The faces' landmarks are not in {data}.", "Name the data folder with --data DIR."
        ) from error
    for face, mesh in zip(stored, meshes, strict=True):
        size = WINDOW_IODS * height_corrected_iod(mesh)
        corner = (mesh[:468].min(0) + mesh[:468].max(0)) / 2 - size / 2
        window = Window(float(corner[0]), float(corner[1]), size, side)
        seen = Photo.read(data / "train" / face.name).window(window)
        rgb = np.round(seen.clip(0, 1) * 255).astype(np.uint8)
        yield CleanFace(face.name, rgb, rasterise(mesh, window))


def drawn_pictures(face: CleanFace, number: int) -> Iterator[DrawnPicture]:
    """Draw on a face at each size; `number` (its place in the list) sets the kinds."""
    for row, iod in enumerate(IODS):
        kinds = KIND_SETS[(number + number // len(TONE_NAMES) + row) % len(KIND_SETS)]
        yield drawn_picture(face, iod, kinds, seed=(SEED, number, iod))


def drawn_picture(
    face: CleanFace, iod: int, kinds: Sequence[Kind], seed: Sequence[int]
) -> DrawnPicture:
    """Draw these kinds on a face at this IOD in pixels. Deterministic by `seed`."""
    side = int(WINDOW_IODS * iod)
    how = cv2.INTER_AREA if side < face.rgb.shape[0] else cv2.INTER_CUBIC
    rgb = np.asarray(cv2.resize(face.rgb, (side, side), interpolation=how), np.uint8)
    labels = _labels_at(face.labels, side)
    crops = stack_crops([whole_face(stored_face(face.name, rgb, labels, float(iod)))])
    rng = np.random.default_rng(seed)
    drawing = draw(crops, rng, present=np.array([[kind in kinds for kind in KINDS]]))
    plan = half_of(kinds, rng)
    batch = compose(drawing, [plan], [""], rng, degraded=False)
    marks = true_marks(drawing)
    ignored = np.zeros((side, side), bool)
    for mark in marks:
        if not mark.counts:
            ignored[mark.box.slices] |= mark.changed
    _ignore_faint_areas(batch, ignored)
    layout = FaceLayout(
        1,
        Box.of_size(side, side),
        1.0,
        np.zeros((MESH_POINTS, 2), np.float32),
        float(iod),
        Window(0.0, 0.0, float(side), WINDOW_PIXELS),
        _labels_at(face.labels, WINDOW_PIXELS),
    )
    return DrawnPicture(
        name=face.name,
        tone=face.tone,
        iod=iod,
        photo=_photo(batch.image[0].numpy()),
        clean=_photo(batch.clean[0].numpy()),
        layout=layout,
        marks=tuple(marks),
        kind_masks=np.asarray(batch.kind_masks[0].numpy(), np.float32),
        plan=plan,
        asked=np.asarray(batch.requested[0, 0].numpy(), np.float32),
        ignored=ignored,
        known=np.asarray(crops.known[0, 0].numpy(), bool),
    )


def half_of(kinds: Sequence[Kind], rng: np.random.Generator) -> Plan:
    """Return a plan for half of what is drawn: some kinds everywhere, or all on one side."""
    if rng.random() < 0.5:
        some = rng.permutation(len(kinds))[: len(kinds) // 2]
        return everything(tuple(kinds[i] for i in some))
    side = "_left" if rng.random() < 0.5 else "_right"
    places = tuple(r for r in FACE_REGIONS if r.endswith(side))
    return Plan(Action.RETOUCH, (Edit(tuple(kinds), places),)).canonical()


def everything(kinds: Sequence[Kind] = KINDS) -> Plan:
    """Return the plan that removes these kinds from the face and the neck."""
    return Plan(Action.RETOUCH, (Edit(tuple(kinds), REGIONS),)).canonical()


def fingerprint(pictures: Sequence[DrawnPicture], before: int = 0) -> int:
    """Return a checksum of these drawings, continued from `before`."""
    for picture in pictures:
        before = zlib.crc32(picture.before.tobytes(), before)
    return before


def _ignore_faint_areas(batch: DrawnBatch, ignored: NDArray[np.bool_]) -> None:
    change = (batch.image - batch.clean).abs().amax(1)[0].numpy()
    for kind in TONE_KINDS:
        mask = batch.kind_masks[0, KINDS.index(kind)].numpy() > 0
        if mask.any() and change[mask].max() < MIN_CHANGE:
            ignored |= mask


def _labels_at(labels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(labels, (side, side), interpolation=cv2.INTER_NEAREST), np.uint8)


def _photo(picture: NDArray[np.float32]) -> Photo:
    """(3, H, W) in [0, 1] -> Photo of 8 bits."""
    return Photo.from_array(np.round(picture.transpose(1, 2, 0).clip(0, 1) * 255).astype(np.uint8))
