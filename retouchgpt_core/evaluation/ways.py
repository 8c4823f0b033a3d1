"""The ways of retouching that are compared: nothing, two baselines, and ours with either mask."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.document.faces_at_work import heard, heard_again
from retouchgpt_core.document.selection import select_marks
from retouchgpt_core.evaluation.baselines import dark_spots, inpainted, smoothed
from retouchgpt_core.evaluation.drawn_set import DrawnPicture, everything
from retouchgpt_core.geometry import Box
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.language.sentence import canonical_sentence
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.analysis import analyse_face, probability_maps
from retouchgpt_core.retouch.compose import changed_mask, compose
from retouchgpt_core.retouch.detection import DEFAULT_THRESHOLDS, MarkThresholds
from retouchgpt_core.retouch.face_work import Asked, FaceWork, Networks
from retouchgpt_core.retouch.marks import Mark, feathered, photo_window
from retouchgpt_core.retouch.masks import photo_mask
from retouchgpt_core.retouch.request import gated
from retouchgpt_core.vocabulary import KINDS, REGIONS, TONE_KINDS, Kind, Region

NOTHING = "do nothing"
TELEA = "Telea on difference of Gaussians"
TELEA_TRUE = "Telea with the true mask (spots, lines)"
BILATERAL = "bilateral smoothing"
OURS_TRUE = "ours with the true mask"
OURS = "ours with its own mask"
WAYS = (NOTHING, TELEA, TELEA_TRUE, BILATERAL, OURS_TRUE, OURS)
_FEATHER_IOD = 1 / 128
"""The true masks reach this far, in IOD, over what the drawing visibly changes, softly."""

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a way made of a picture, (P, P, 3) uint8, and the mask that it claims, (P, P) bool."""

    picture: Picture
    mask: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the networks find on a photo: marks, and what they cover by kind, (14, P, P) bool."""

    work: FaceWork
    marks: tuple[Mark, ...]
    kinds: Mask


def read_face(
    photo: Photo,
    picture: DrawnPicture,
    networks: Networks,
    thresholds: MarkThresholds = DEFAULT_THRESHOLDS,
) -> Reading:
    """Analyse the picture's face on `photo` (drawn or clean) as the program does."""
    analysis = analyse_face(photo, picture.layout, networks.image)
    work = FaceWork(photo, analysis, networks)
    marks = tuple(work.find_marks(thresholds))
    side = photo.width
    _, any_map, _ = probability_maps(analysis)
    likely = np.asarray(cv2.resize(any_map, (side, side), interpolation=cv2.INTER_LINEAR))
    seen = likely >= min(thresholds.spot.edge, thresholds.line.edge)
    kinds = np.zeros((len(KINDS), side, side), bool)
    for mark in marks:
        box, mask = photo_mask(mark)
        part = kinds[KINDS.index(mark.kind)][box.slices]
        # A mark's margin is there for the fill; what is judged is what was seen.
        part |= mask >= 128 if mark.layer == "tone" else (mask > 0) & seen[box.slices]
    return Reading(work, marks, kinds)


def results(picture: DrawnPicture, reading: Reading) -> dict[str, Result]:
    """Retouch everything on a picture in each of the ways."""
    before, skin, iod = picture.before, picture.skin, float(picture.iod)
    spots = dark_spots(before, skin, iod)
    # Inpainting whole cheeks would make a straw man: Telea gets the spots and lines alone.
    drawn = np.zeros_like(skin)
    for mark in picture.marks:
        drawn[mark.box.slices] |= mark.changed
    return {
        NOTHING: Result(before, np.zeros_like(skin)),
        TELEA: Result(inpainted(before, spots, iod), spots),
        TELEA_TRUE: Result(inpainted(before, drawn, iod), drawn),
        BILATERAL: Result(smoothed(before, skin, iod), skin),
        OURS_TRUE: retouched(reading.work, everything(), true_masks(picture)),
        OURS: asked_of(reading, everything()),
    }


def asked_of(reading: Reading, plan: Plan) -> Result:
    """Retouch what a plan asks for, as a session does: plan and prediction network both choose."""
    work = reading.work
    marks = {m.id: m for m in reading.marks}
    covered = select_marks(plan, marks, (), (), (work.analysis.layout,))
    asked = Asked(canonical_sentence(plan), plan)
    meant = heard([work], asked, marks.values(), covered)
    chosen = gated(covered, heard_again([work], asked, marks.values(), covered, meant))
    return retouched(work, plan, [marks[i] for i in chosen], reading.marks)


def retouched(
    work: FaceWork, plan: Plan, marks: Sequence[Mark], known: Sequence[Mark] | None = None
) -> Result:
    """Fill these marks at full strength; `known` are all that there are."""
    photo = work.photo
    asked = Asked(canonical_sentence(plan), plan)
    fills = list(work.fills(asked, marks, marks if known is None else known))
    strengths = {f.mark_id: 1.0 for f in fills}
    mask = changed_mask((photo.width, photo.height), fills, strengths) > 0
    return Result(np.asarray(compose(photo, fills, strengths), np.uint8), mask)


def true_masks(picture: DrawnPicture) -> list[Mark]:
    """Return what is drawn as the marks that perfect detection would have found."""
    soften = _FEATHER_IOD * picture.iod
    size = (picture.photo.width, picture.photo.height)
    found: list[Mark | None] = []
    for number, mark in enumerate(picture.marks):
        outer = mark.box.pad(int(np.ceil(4 * soften)) + 2).clamp(*size)
        core = np.zeros((outer.height, outer.width), np.uint8)
        core[mark.box.relative_to(outer).slices] = mark.changed
        soft = feathered(core, soften, soften)
        found.append(_mark(f"t{number}", soft, outer, size, mark.kind, mark.region))
    whole = picture.photo.box
    for kind in TONE_KINDS:
        soft = picture.kind_masks[KINDS.index(kind)]
        found.append(_mark(f"t-{kind}", soft, whole, size, kind, REGIONS[0]))
    return [m for m in found if m is not None]


def _mark(
    mark_id: str, soft: NDArray[np.float32], box: Box, size: tuple[int, int], kind: Kind,
    region: Region,
) -> Mark | None:  # fmt: skip
    return Mark.from_window_mask(
        np.round(soft.clip(0, 1) * 255).astype(np.uint8),
        box,
        photo_window(size),
        size,
        id=mark_id,
        face=1,
        kind=kind,
        region=region,
        confidence=1.0,
    )
