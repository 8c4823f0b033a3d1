"""Measure detection and retouching on drawn pictures, one record a picture."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.evaluation.baselines import dark_spots, spots_of
from retouchgpt_core.evaluation.detection_score import Spot, SpotScore, overlap, score_spots
from retouchgpt_core.evaluation.drawn_set import CleanFace, DrawnPicture, drawn_pictures
from retouchgpt_core.evaluation.fill_score import (
    Residue,
    changed_area,
    colour_error,
    residues,
    squared_error,
    texture_ratios,
)
from retouchgpt_core.evaluation.ways import Reading, Result, asked_of, read_face, results
from retouchgpt_core.retouch.face_work import Networks
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.vocabulary import KINDS, SPOT_KINDS, TONE_KINDS

ASKED, NOT_ASKED = 0.35, 0.05
"""Covers from which a pixel counts as asked for, and up to which it counts as not asked for."""
TONE_ROWS = [i for i, k in enumerate(KINDS) if k in TONE_KINDS]
MARK_ROWS = [i for i, k in enumerate(KINDS) if k not in TONE_KINDS]


@dataclass(frozen=True, slots=True)
class WayScore:
    """One way on one picture. Errors are over the changed area."""

    squared_error: float
    mark_error: float
    """The same where spots and lines are drawn and no area is."""
    colour_error: float
    residues: tuple[Residue, ...]
    texture: tuple[float, ...]
    changed_outside: int
    """Pixels that differ outside the mask that the way claims."""
    other_skin: float
    """Mean change of the skin on which nothing is drawn, in levels of 255."""


@dataclass(frozen=True, slots=True)
class PictureScore:
    """Everything measured on one drawn picture."""

    name: str
    tone: int
    iod: int
    spots: SpotScore
    filter_spots: SpotScore
    areas: tuple[tuple[int, int], ...]
    """Intersection and union in pixels for each kind, in KINDS' order."""
    false_edits: int
    """Spots and lines found on the undrawn face where it certainly has none."""
    base_finds: int
    """All spots and lines found on the undrawn face."""
    ways: dict[str, WayScore]
    skin_texture: tuple[float, ...]
    asked_energy: float
    other_energy: float


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A picture with its results and score; results are dropped once they are drawn."""

    picture: DrawnPicture
    results: dict[str, Result]
    score: PictureScore


def measure_pictures(faces: Iterable[CleanFace], networks: Networks) -> Iterator[Measured]:
    """Draw on each face, retouch it in each way, and compare with the truth."""
    for number, face in enumerate(faces):
        for picture in drawn_pictures(face, number):
            yield measure_picture(picture, networks)


def measure_picture(picture: DrawnPicture, networks: Networks) -> Measured:
    """Measure one drawn picture."""
    reading = read_face(picture.photo, picture, networks)
    base = read_face(picture.clean, picture, networks)
    made = results(picture, reading)
    before, clean, skin = picture.before, picture.truth, picture.skin
    area = changed_area(before, clean)
    drawn = np.abs(before.astype(np.int16) - clean).max(2) > 0
    iod = float(picture.iod)
    lines, tones = _covered(picture, MARK_ROWS), _covered(picture, TONE_ROWS)
    asked_energy, other_energy = _selectivity(picture, reading)
    score = PictureScore(
        name=picture.name,
        tone=picture.tone,
        iod=picture.iod,
        spots=score_spots(picture.spots, _spots(reading), _spots(base), iod),
        filter_spots=score_spots(
            picture.spots,
            spots_of(dark_spots(before, skin, iod)),
            spots_of(dark_spots(clean, skin, iod)),
            iod,
        ),
        areas=tuple(
            overlap(picture.area(kind), reading.kinds[k], base.kinds[k], picture.ignored)
            for k, kind in enumerate(KINDS)
        ),
        false_edits=sum(_is_known(picture, m) for m in base.marks if m.layer != "tone"),
        base_finds=sum(m.layer != "tone" for m in base.marks),
        ways={
            name: WayScore(
                squared_error(result.picture, clean, area),
                squared_error(result.picture, clean, area & lines & ~tones),
                colour_error(result.picture, clean, area),
                tuple(residues(before, result.picture, clean, picture.marks)),
                tuple(texture_ratios(result.picture, picture.marks, skin, drawn, iod)),
                int((_change(result.picture, before) > 0)[~result.mask].sum()),
                float(_change(result.picture, before)[skin & ~drawn].mean()),
            )
            for name, result in made.items()
        },
        skin_texture=tuple(texture_ratios(clean, picture.marks, skin, drawn, iod)),
        asked_energy=asked_energy,
        other_energy=other_energy,
    )
    return Measured(picture, made, score)


def _selectivity(picture: DrawnPicture, reading: Reading) -> tuple[float, float]:
    """Return the energy changed in what the picture's plan asks for, and in the rest of it.

    Both are 0 where either is empty, so that every picture that counts has both to choose from.
    """
    drawn = picture.kind_masks.max(0)
    asked = (picture.asked > ASKED) & (drawn > ASKED)
    other = (picture.asked <= NOT_ASKED) & (drawn > ASKED)
    if not asked.any() or not other.any():
        return 0.0, 0.0
    result = asked_of(reading, picture.plan).picture
    energy = ((result.astype(np.float64) - picture.before) ** 2).sum(2)
    return float(energy[asked].sum()), float(energy[other].sum())


def _covered(picture: DrawnPicture, rows: list[int]) -> NDArray[np.bool_]:
    return picture.kind_masks[rows].max(0) > 0


def _spots(reading: Reading) -> list[Spot]:
    return [
        Spot(m.centre.x, m.centre.y, m.radius, m.kind, m.confidence)
        for m in reading.marks
        if m.kind in SPOT_KINDS
    ]


def _is_known(picture: DrawnPicture, mark: Mark) -> bool:
    rows, columns = picture.known.shape
    y, x = min(int(mark.centre.y), rows - 1), min(int(mark.centre.x), columns - 1)
    return bool(picture.known[max(0, y), max(0, x)])


def _change(result: NDArray[np.uint8], before: NDArray[np.uint8]) -> NDArray[np.int16]:
    return np.abs(result.astype(np.int16) - before).max(2)
