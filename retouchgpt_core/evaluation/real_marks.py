"""Real marks on real photographs: how many are found, as what, and what is found where none is."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from retouchgpt_core.errors import UsageError
from retouchgpt_core.face.regions import rasterise
from retouchgpt_core.geometry import Window
from retouchgpt_core.network.network import RetouchNetwork
from retouchgpt_core.photo import Photo
from retouchgpt_core.vocabulary import KINDS, SPOT_KINDS, Kind

MATCH_IOD = 0.025
"""A prediction matches a label within the larger of both radii and this share of the IOD."""
GROUPS: tuple[frozenset[Kind], ...] = (
    frozenset({Kind.ACNE, Kind.ACNE_MARK}),
    frozenset({Kind.MOLE, Kind.FRECKLE, Kind.AGE_SPOT}),
)
WINDOW_IODS = 4.0
SKIN_LABELS = range(1, 17)


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
    network: RetouchNetwork, pixels: int = 512, threshold: float = 0.5, least_area: int = 4
) -> Finder:
    """Return a finder that reads spots off the network's own maps, one look at `pixels`.

    A spot is a connected place where "anything" is above the threshold; its kind is the one with
    most probability there; lines are not counted.
    """

    def find(photo: LabelledPhoto) -> list[Found]:
        middle = photo.landmarks[:468]
        centre = (middle.min(0) + middle.max(0)) / 2
        size = WINDOW_IODS * photo.iod
        window = Window(centre[0] - size / 2, centre[1] - size / 2, size, pixels)
        image = Photo.read(photo.path).window(window)
        labels = rasterise(photo.landmarks, window)
        with torch.inference_mode():
            batch = torch.from_numpy(image).permute(2, 0, 1)[None]
            analysis = network.analyse(batch)
        return spots_of(
            analysis.any[0, 0].numpy(),
            analysis.kinds[0].numpy(),
            labels,
            window,
            threshold,
            least_area,
        )

    return find


def spots_of(
    anything: np.ndarray,
    kinds: np.ndarray,
    labels: np.ndarray,
    window: Window,
    threshold: float,
    least_area: int,
) -> list[Found]:
    """Read spots off maps: any (P, P), kinds (14, P, P), labels (P, P), all of the window."""
    skin = np.isin(labels, list(SKIN_LABELS))
    # cv2 types its results as Any | Mat sequences
    count, places, stats, centres = cv2.connectedComponentsWithStats(
        ((anything > threshold) & skin).astype(np.uint8), connectivity=8
    )
    spots: list[Found] = []
    for number in range(1, count):
        if stats[number, cv2.CC_STAT_AREA] < least_area:
            continue
        inside = places == number
        kind = KINDS[int(kinds[:, inside].sum(1).argmax())]
        if kind not in SPOT_KINDS:
            continue
        x, y = window.to_photo(float(centres[number][0]) + 0.5, float(centres[number][1]) + 0.5)
        radius = float(np.sqrt(stats[number, cv2.CC_STAT_AREA] / np.pi)) / window.scale
        spots.append(Found(x, y, radius, kind, float(anything[inside].max())))
    return spots
