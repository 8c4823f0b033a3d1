"""Real, labelled marks as a small share of the lessons; half of the people are never shown."""

import json
import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from retouchgpt_core.face.regions import rasterise
from retouchgpt_core.geometry import Window
from retouchgpt_core.network.config import KIND_COUNT, LABEL_COUNT, MARK_INDEX, TONE_INDEX
from retouchgpt_core.network.iip import Evidence
from retouchgpt_core.photo import Photo
from retouchgpt_core.synthesis.drawing.portrait import drawn_sample
from retouchgpt_core.training.retouch_losses import weighted_entropy
from retouchgpt_core.vocabulary import KINDS, LINE_KINDS, REGIONS, TONE_KINDS, Kind, Region

STORED_PIXELS = 832
"""A face is kept as a square of 4 IOD at this size, IOD 208 px."""
SPOT_IOD = 0.012
"""Least radius of a mark in IOD; the labels' radius is a guess, so only its core is taught."""
NOT_MARK_IOD = 0.02
UNLABELLED_WEIGHT = 0.5
NOT_MARK_WEIGHT, WIDE_WEIGHT, MARK_WEIGHT = 2.0, 1.5, 1.5
WIDE_NOT_MARKS = Path(__file__).with_name("retouch_not_marks.json")
"""Wide places (x, y, radius in photo pixels) that weights of this project took for acne, scars or
age spots and that were then judged by eye to be none: stubble, shadows beside the nose and at the
corners of the mouth, shine. Only people of the training half, and people without other labels."""
DRAWN_ON_PHOTOGRAPHS = tuple(k for k in KINDS if k in TONE_KINDS or k in LINE_KINDS)
UNKNOWN_SKIN = "freckle_field"
"""Note of a photograph whose unlabelled skin says nothing."""
LABELLED_SHARE, PARTLY_KNOWN_SHARE = 2, 2
"""Times that a version of a labelled photograph, and a photograph without labels of marks, is put
among those that crops are cut from."""
SHOWN = {Kind.ACNE: 12, Kind.ACNE_MARK: 6, Kind.MOLE: 6, Kind.FRECKLE: 2}
"""How often crops are cut around a mark: pimples are few among the labels, freckles many."""
DRAWN_VERSIONS = 4
"""How often each photograph is drawn upon."""
DRAWN_CORE = 0.35
"""Cover from which a drawn kind is taught as present; below it nothing is said."""
_CHEEKS = (Region.CHEEK_LEFT, Region.CHEEK_RIGHT)
_UNDER_EYES = (Region.UNDER_EYE_LEFT, Region.UNDER_EYE_RIGHT)
AREAS: dict[Kind, tuple[tuple[tuple[str, ...], tuple[Region, ...]], ...]] = {
    Kind.DARK_CIRCLE: ((("dark_circle_left", "dark_circle_right"), _UNDER_EYES),),
    Kind.EYE_BAG: ((("eye_bag",), _UNDER_EYES),),
    Kind.REDNESS: ((("redness_cheeks",), _CHEEKS), (("redness_nose",), (Region.NOSE,))),
    Kind.SHINE: (
        (("shine_forehead",), (Region.FOREHEAD,)),
        (("shine_nose_cheeks",), (Region.NOSE, *_CHEEKS)),
    ),
}
"""Where a photograph's area labels, all of them "none", say that a tone-like kind is absent."""


@dataclass(frozen=True, slots=True)
class RealFace:
    """A photographed face: rgb (P, P, 3) uint8; truth, weight (P, P) float32; kinds (P, P) int16,
    the mark's kind where it is certain, -1 elsewhere; labels (P, P) uint8; toneless (5, 25)
    float32, 1 where a tone-like kind (TONE_INDEX) is certainly absent from a label; tones
    (5, P/4, P/4) uint8, 255 where one of them has been drawn."""

    rgb: np.ndarray
    truth: np.ndarray
    weight: np.ndarray
    kinds: np.ndarray
    centres: np.ndarray
    labels: np.ndarray
    toneless: np.ndarray
    tones: np.ndarray


@dataclass(frozen=True, slots=True)
class RealLesson:
    """image (B, 3, S, S); truth, weight (B, 1, S, S); kinds (B, S, S) int64, -1 for unknown;
    toneless (B, 5, S, S), 1 where a tone-like kind (TONE_INDEX) is certainly absent unless tones
    (B, 5, S/4, S/4), in [0, 1], says that it has been drawn there."""

    image: Tensor
    truth: Tensor
    weight: Tensor
    kinds: Tensor
    toneless: Tensor
    tones: Tensor


def is_for_training(line: int) -> bool:
    """Say whether the person on this line of marks.jsonl may be shown; the others are for tests."""
    return line % 2 == 0


def real_faces(data: Path) -> list[RealFace]:
    """Read the training half of the labelled photographs; empty if there are none."""
    path = data / "marks.jsonl"
    if not path.is_file():
        return []
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    records = [json.loads(line) for line in lines]
    labelled = {record["photo"] for record in records}
    wide = {r["photo"]: r for r in json.loads(WIDE_NOT_MARKS.read_text(encoding="utf-8"))}
    unseen: dict[str, Any] = {"marks": [], "not_marks": [], "areas": {}, "notes": UNKNOWN_SKIN}
    others = [{**unseen, **r} for r in wide.values() if r["photo"] not in labelled]
    with np.load(data / "landmarks.npz") as archive:
        plain = [
            _real_face(
                data,
                {**record, "wide": wide.get(record["photo"], {}).get("wide", [])},
                np.asarray(archive[record["photo"]][0]),
            )
            for number, record in enumerate(records)
            if is_for_training(number)
        ]
        known_in_part = [
            _real_face(data, record, np.asarray(archive[record["photo"]][0]))
            for record in others
            if (data / record["photo"]).is_file()
        ]
    versions = [v for number, face in enumerate(plain) for v in _versions(face, number)]
    return versions * LABELLED_SHARE + known_in_part * PARTLY_KNOWN_SHARE


def _versions(face: RealFace, number: int) -> list[RealFace]:
    """Return the face as it is and drawn upon, one as often as the other."""
    seeds = range(100 * number, 100 * number + DRAWN_VERSIONS)
    return [face] * DRAWN_VERSIONS + [with_drawn(face, seed) for seed in seeds]


def _real_face(data: Path, record: dict[str, Any], landmarks: np.ndarray) -> RealFace:
    middle = landmarks[:468]
    centre = (middle.min(0) + middle.max(0)) / 2
    size = 4.0 * float(record["iod"])
    window = Window(centre[0] - size / 2, centre[1] - size / 2, size, STORED_PIXELS)
    rgb = (Photo.read(data / record["photo"]).window(window) * 255.0 + 0.5).astype(np.uint8)
    labels = rasterise(landmarks, window)
    skin = ((labels >= 1) & (labels <= 16)).astype(np.float32)
    freckled = UNKNOWN_SKIN in record["notes"]
    weight = skin * (0.0 if freckled else UNLABELLED_WEIGHT)
    truth = np.zeros_like(weight)
    kinds = np.full(weight.shape, -1, np.int16)
    unit = window.scale * float(record["iod"])
    centres: list[tuple[float, float]] = []
    for place in record["not_marks"]:
        x, y = window.to_window(place["x"], place["y"])
        cv2.circle(weight, (round(x), round(y)), round(NOT_MARK_IOD * unit), NOT_MARK_WEIGHT, -1)
        centres.append((x, y))
    for place_x, place_y, radius in record.get("wide", ()):
        x, y = window.to_window(place_x, place_y)
        cv2.circle(weight, (round(x), round(y)), round(radius * window.scale), WIDE_WEIGHT, -1)
        centres += [(x, y)] * 3
    for mark in record["marks"]:
        x, y = window.to_window(mark["x"], mark["y"])
        radius = max(mark["radius"] * window.scale, SPOT_IOD * unit)
        at = (round(x), round(y))
        cv2.circle(weight, at, round(2.0 * radius), 0.0, -1)
        if mark["sure"]:
            core = max(2, round(0.7 * radius))
            cv2.circle(truth, at, core, 1.0, -1)
            cv2.circle(weight, at, core, MARK_WEIGHT, -1)
            cv2.circle(kinds, at, core, KINDS.index(mark["kind"]), -1)
            centres += [(x, y)] * SHOWN.get(Kind(mark["kind"]), 4)
    inside = [c for c in centres if 0 <= c[0] < STORED_PIXELS and 0 <= c[1] < STORED_PIXELS]
    return RealFace(
        rgb,
        truth,
        weight,
        kinds,
        np.array(inside or [(STORED_PIXELS / 2,) * 2]),
        labels.astype(np.uint8),
        _toneless(record["areas"]),
        np.zeros((len(TONE_INDEX), STORED_PIXELS // 4, STORED_PIXELS // 4), np.uint8),
    )


def with_drawn(face: RealFace, seed: int) -> RealFace:
    """Return the photograph with some tones and lines drawn over it, and their truth.

    Without such lessons a network learns that photographs never have what only drawings show.
    """
    rng = random.Random(seed)
    kinds = [kind for kind in DRAWN_ON_PHOTOGRAPHS if rng.random() < 0.5]
    drawn = drawn_sample(face.rgb, face.labels, seed, kinds=kinds, iod=STORED_PIXELS / 4.0)
    masks = drawn.kind_masks[0].numpy()
    truth, weight, known = face.truth.copy(), face.weight.copy(), face.kinds.copy()
    for index in MARK_INDEX:
        weight[masks[index] > 0] = 0.0
    for index in MARK_INDEX:
        core = masks[index] > DRAWN_CORE
        truth[core], weight[core], known[core] = 1.0, MARK_WEIGHT, index
    tones = F.avg_pool2d(drawn.kind_masks[:, list(TONE_INDEX)], 4)[0]
    rgb = drawn.image[0].permute(1, 2, 0).clamp(0.0, 1.0)
    return replace(
        face,
        rgb=(rgb * 255.0 + 0.5).to(torch.uint8).numpy(),
        truth=truth,
        weight=weight,
        kinds=known,
        tones=(tones * 255.0 + 0.5).to(torch.uint8).numpy(),
    )


def _toneless(areas: dict[str, str]) -> np.ndarray:
    table = np.zeros((len(TONE_INDEX), LABEL_COUNT), np.float32)
    for row, index in enumerate(TONE_INDEX):
        for names, regions in AREAS.get(KINDS[index], ()):
            if all(areas.get(name) == "none" for name in names):
                table[row, [1 + REGIONS.index(r) for r in regions]] = 1.0
    return table


def real_lesson(faces: list[RealFace], count: int, size: int, rng: random.Random) -> RealLesson:
    """Cut random crops around labelled places, at IOD 100 to 208 px, mirrored and re-lit."""
    parts = [_crop(rng.choice(faces), size, rng) for _ in range(count)]
    image, truth, weight, kinds, toneless, tones = (np.stack(p) for p in zip(*parts, strict=True))
    return RealLesson(
        torch.from_numpy(image).permute(0, 3, 1, 2),
        torch.from_numpy(truth)[:, None],
        torch.from_numpy(weight)[:, None],
        torch.from_numpy(kinds.astype(np.int64)),
        torch.from_numpy(toneless),
        torch.from_numpy(tones),
    )


def _crop(face: RealFace, size: int, rng: random.Random) -> tuple[np.ndarray, ...]:
    side = min(STORED_PIXELS, round(size * 2.08 ** rng.random()))
    x, y = face.centres[rng.randrange(len(face.centres))]
    left = int(np.clip(x - side * rng.uniform(0.2, 0.8), 0, STORED_PIXELS - side))
    top = int(np.clip(y - side * rng.uniform(0.2, 0.8), 0, STORED_PIXELS - side))
    here = slice(top, top + side), slice(left, left + side)
    flip = slice(None, None, -1) if rng.random() < 0.5 else slice(None)

    def fitted(plane: np.ndarray, how: int) -> np.ndarray:
        resized = cv2.resize(plane[here], (size, size), interpolation=how)
        return np.ascontiguousarray(resized[:, flip])

    gain = np.exp([rng.gauss(0, 0.12) + rng.gauss(0, 0.03) for _ in range(3)])
    rgb = fitted(face.rgb, cv2.INTER_AREA).astype(np.float32) / 255.0
    rgb = np.clip(rgb ** np.exp(rng.gauss(0, 0.08)) * gain, 0.0, 1.0).astype(np.float32)
    near = cv2.INTER_NEAREST
    toneless = face.toneless[:, fitted(face.labels, near)]
    quarter = slice(top // 4, (top + side) // 4), slice(left // 4, (left + side) // 4)
    small = (size // 4, size // 4)
    tones = np.stack([cv2.resize(t[quarter], small)[:, flip] for t in face.tones])
    return (
        rgb,
        fitted(face.truth, near),
        fitted(face.weight, near),
        fitted(face.kinds, near),
        toneless,
        tones.astype(np.float32) / 255.0,
    )


def real_losses(evidence: Evidence, lesson: RealLesson) -> dict[str, Tensor]:
    """Compare what was seen with the labels, where there are any."""
    losses = {"real": weighted_entropy(evidence.any, lesson.truth, lesson.weight)}
    order = torch.full((KIND_COUNT,), -1, dtype=torch.long)
    order[list(MARK_INDEX)] = torch.arange(len(MARK_INDEX))
    kinds = lesson.kinds[:, ::2, ::2]
    known = kinds >= 0
    if bool(known.any()):
        scores = evidence.marks.permute(0, 2, 3, 1)[known]
        truth = order[kinds[known]]
        counts = torch.bincount(truth, minlength=len(MARK_INDEX)).to(scores.dtype)
        losses["real_marks"] = F.cross_entropy(
            scores, truth, weight=counts.clamp_min(1.0).pow(-0.5), label_smoothing=0.05
        )
    else:
        losses["real_marks"] = evidence.marks.sum() * 0.0
    there = (lesson.tones > DRAWN_CORE).to(lesson.tones.dtype)
    edge = (lesson.tones > 0) & (there == 0)
    known = torch.maximum(lesson.toneless[..., 1::4, 1::4], there).masked_fill(edge, 0.0)
    entropy = F.binary_cross_entropy_with_logits(evidence.tones, there, reduction="none") * known
    losses["real_tones"] = entropy.sum() / known.sum().clamp_min(1.0)
    return losses


def evidence_part(evidence: Evidence, some: slice) -> Evidence:
    """Return the evidence of some samples of the batch."""
    return Evidence(
        evidence.any[some],
        evidence.marks[some],
        evidence.tones[some],
        evidence.context[some],
        evidence.detail[some],
    )
