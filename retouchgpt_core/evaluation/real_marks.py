"""Real marks on real photographs: how many are found, as what, and what is found where none is."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from retouchgpt_core.errors import UsageError
from retouchgpt_core.face.layout import WINDOW_IODS, WINDOW_PIXELS, FaceLayout
from retouchgpt_core.face.regions import rasterise
from retouchgpt_core.geometry import Box, Window
from retouchgpt_core.network.network import RetouchNetwork
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.analysis import analyse_face, probability_maps
from retouchgpt_core.retouch.detection import DEFAULT_THRESHOLDS, MarkThresholds, marks_from_maps
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.vocabulary import SPOT_KINDS, Kind

MATCH_IOD = 0.025
"""A prediction matches a label within the larger of both radii and this share of the IOD."""
GROUPS: tuple[frozenset[Kind], ...] = (
    frozenset({Kind.ACNE, Kind.ACNE_MARK}),
    frozenset({Kind.MOLE, Kind.FRECKLE, Kind.AGE_SPOT}),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A predicted spot: centre and radius in photo pixels, kind, probability."""

    x: float
    y: float
    radius: float
    kind: Kind
    confidence: float


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A line of marks.jsonl with the photo's landmarks, (478, 2) photo pixels."""

    path: Path
    iod: float
    marks: tuple[dict[str, Any], ...]
    not_marks: tuple[dict[str, Any], ...]
    freckle_field: bool
    landmarks: np.ndarray


Finder = Callable[[LabelledPhoto], Sequence[Found]]


@dataclass(slots=True)
class RealMarks:
    """Counts over all photos. `sure` labels only; unsure ones count neither way."""

    photos: int = 0
    sure: int = 0
    found: int = 0
    found_as_group: int = 0
    on_not_marks: int = 0
    unlabelled: int = 0
    unlabelled_photos: int = 0
    moles: int = 0
    moles_as_acne: int = 0
    by_kind: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])

    def table(self) -> str:
        """Return the figures as a Markdown table."""
        rows = [
            ("photos", f"{self.photos}"),
            ("sure labels", f"{self.sure}"),
            ("found", _share(self.found, self.sure)),
            ("found as what they are (two groups)", _share(self.found_as_group, self.sure)),
            ("moles taken for acne", _share(self.moles_as_acne, self.moles)),
            (
                "predictions a photo on places labelled as no mark",
                _mean(self.on_not_marks, self.photos),
            ),
            (
                "predictions a photo on unlabelled places (no freckle fields)",
                _mean(self.unlabelled, self.unlabelled_photos),
            ),
        ]
        rows += [
            (f"{kind}: taken for", ", ".join(f"{name} {n}" for name, n in counts.most_common()))
            for kind, counts in sorted(self.by_kind.items())
        ]
        lines = ["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)]
        return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part / max(1, whole):.2f} ({part} of {whole})"


def _mean(total: int, photos: int) -> str:
    return f"{total / max(1, photos):.1f}"


def labelled_photos(data: Path) -> tuple[LabelledPhoto, ...]:
    """Read marks.jsonl and the landmarks. Raises UsageError if they are not in `data`."""
    try:
        lines = (data / "marks.jsonl").read_text(encoding="utf-8").splitlines()
        with np.load(data / "landmarks.npz") as archive:
            records = [json.loads(line) for line in lines if line.strip()]
            faces = {r["photo"]: np.asarray(archive[r["photo"]][0]) for r in records}
    except (OSError, KeyError) as error:
        raise UsageError(
            f"There are no labelled photographs in {data}.", "Name the data folder with --data DIR."
        ) from error
    return tuple(
        LabelledPhoto(
            data / r["photo"],
            float(r["iod"]),
            tuple(r["marks"]),
            tuple(r["not_marks"]),
            "freckle_field" in r["notes"],
            faces[r["photo"]],
        )
        for r in records
    )


def measure(photos: Iterable[LabelledPhoto], finder: Finder) -> RealMarks:
    """Run the finder on each photo and compare with its labels."""
    total = RealMarks()
    for photo in photos:
        compare(photo, finder(photo), total)
    return total


def compare(photo: LabelledPhoto, found: Sequence[Found], total: RealMarks) -> None:
    """Add one photo's figures. Each prediction explains one label, the nearest first."""
    total.photos += 1
    free = list(found)
    taken: set[int] = set()
    for mark in sorted(photo.marks, key=lambda m: not m["sure"]):
        match = _nearest(mark, free, photo.iod, taken)
        if match is not None:
            taken.add(match)
        if mark["sure"]:
            _score(mark, None if match is None else free[match], total)
    rest = [f for i, f in enumerate(free) if i not in taken]
    # A second prediction on the same label is no mistake about what is there.
    rest = [f for f in rest if not any(_matches(m, f, photo.iod) for m in photo.marks)]
    wrong = [f for f in rest if any(_matches(m, f, photo.iod) for m in photo.not_marks)]
    total.on_not_marks += len(wrong)
    if not photo.freckle_field:
        total.unlabelled_photos += 1
        total.unlabelled += len(rest) - len(wrong)


def _score(mark: dict[str, Any], match: Found | None, total: RealMarks) -> None:
    kind = Kind(mark["kind"])
    total.sure += 1
    total.moles += kind is Kind.MOLE
    named = "nothing" if match is None else str(match.kind)
    total.by_kind.setdefault(str(kind), Counter())[named] += 1
    if match is None:
        return
    total.found += 1
    total.found_as_group += match.kind is kind or any(
        kind in group and match.kind in group for group in GROUPS
    )
    total.moles_as_acne += kind is Kind.MOLE and match.kind in GROUPS[0]


def _distance(mark: dict[str, Any], found: Found) -> float:
    return float(np.hypot(mark["x"] - found.x, mark["y"] - found.y))


def _matches(mark: dict[str, Any], found: Found, iod: float) -> bool:
    return _distance(mark, found) <= max(mark["radius"], found.radius, MATCH_IOD * iod)


def _nearest(
    mark: dict[str, Any], found: Sequence[Found], iod: float, taken: set[int]
) -> int | None:
    near = [i for i, f in enumerate(found) if i not in taken and _matches(mark, f, iod)]
    return min(near, key=lambda i: _distance(mark, found[i]), default=None)


def network_finder(
    network: RetouchNetwork, thresholds: MarkThresholds = DEFAULT_THRESHOLDS
) -> Finder:
    """Return a finder that looks as the program does: both looks, then single marks.

    The face's layout comes from the labelled landmarks, so that only the marks are judged.
    """

    def find(photo: LabelledPhoto) -> list[Found]:
        picture = Photo.read(photo.path)
        layout = layout_of(photo, picture)
        with torch.inference_mode():
            analysis = analyse_face(picture, layout, network)
            look, anything, kinds = probability_maps(analysis)
        size = (picture.width, picture.height)
        marks = marks_from_maps(anything, kinds, look.label_map, layout, size, thresholds)
        return [found_spot(mark) for mark in marks if mark.kind in SPOT_KINDS]

    return find


def layout_of(photo: LabelledPhoto, picture: Photo) -> FaceLayout:
    """Return the face's layout as its labelled landmarks give it."""
    middle = photo.landmarks[:468]
    low, high = middle.min(0), middle.max(0)
    size = WINDOW_IODS * photo.iod
    corner = (low + high) / 2 - size / 2
    window = Window(float(corner[0]), float(corner[1]), size, WINDOW_PIXELS)
    box = Box.from_edges(*low.tolist(), *high.tolist()).clamp(picture.width, picture.height)
    labels = rasterise(photo.landmarks, window)
    return FaceLayout(1, box, 1.0, photo.landmarks, photo.iod, window, labels)


def found_spot(mark: Mark) -> Found:
    """Return a mark as the comparison needs it."""
    return Found(mark.centre.x, mark.centre.y, mark.radius, mark.kind, mark.confidence)
