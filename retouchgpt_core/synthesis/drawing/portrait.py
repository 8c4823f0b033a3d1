"""Imperfections on one whole picture at its own size, with exact truth."""

from collections.abc import Sequence

import numpy as np

from retouchgpt_core.face.regions import rasterise
from retouchgpt_core.geometry import Window
from retouchgpt_core.language.plan import Action, Plan
from retouchgpt_core.synthesis.drawing.batch import Drawing, DrawnBatch, compose, draw
from retouchgpt_core.synthesis.drawing.faces import (
    height_corrected_iod,
    stack_crops,
    stored_face,
    whole_face,
)
from retouchgpt_core.vocabulary import KINDS, Kind

_MULTIPLE = 16


def drawn_sample(
    photo: np.ndarray,
    face: np.ndarray,
    seed: int,
    *,
    kinds: Sequence[Kind] = KINDS,
    plan: Plan | None = None,
    iod: float | None = None,
    degraded: bool = False,
) -> DrawnBatch:
    """Draw these kinds on a whole portrait; the batch has one sample of the photo's size.

    `photo` (H, W, 3) uint8 RGB; `face` is (478, 2) landmarks in its pixels, or its (H, W) uint8
    label map (then `iod` in pixels is needed). `plan` chooses what the target leaves out (None:
    nothing is selected). Fields are as in DrawnBatch. Without `degraded`, whatever lies outside
    the masks equals the photo. Deterministic by `seed`. Raises ValueError for another shape.
    """
    drawing = drawn_portrait(photo, face, seed, kinds=kinds, iod=iod)
    height, width = photo.shape[:2]
    chosen = no_plan() if plan is None else plan
    rng = np.random.default_rng([seed, 1])
    batch = compose(drawing, [chosen], [""], rng, degraded=degraded)
    fields = {
        name: getattr(batch, name)[..., :height, :width]
        for name in ("image", "target", "clean", "kind_masks", "requested", "labels", "known")
    }
    return DrawnBatch(**fields, plans=batch.plans, texts=batch.texts, iod=batch.iod)


def drawn_portrait(
    photo: np.ndarray,
    face: np.ndarray,
    seed: int,
    *,
    kinds: Sequence[Kind] = KINDS,
    iod: float | None = None,
) -> Drawing:
    """Return what `drawn_sample` composes: square, padded to a multiple of 16 pixels."""
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8:
        raise ValueError(f"photo must be (H, W, 3) uint8, got {photo.shape} {photo.dtype}")
    side = -(-max(photo.shape[:2]) // _MULTIPLE) * _MULTIPLE
    below, beside = side - photo.shape[0], side - photo.shape[1]
    square = np.pad(photo, ((0, below), (0, beside), (0, 0)), mode="edge")
    if face.shape == photo.shape[:2]:
        if iod is None:
            raise ValueError("a label map needs its iod")
        labels = np.pad(face.astype(np.uint8), ((0, below), (0, beside)))
    else:
        iod = height_corrected_iod(face) if iod is None else iod
        labels = rasterise(face, Window(0, 0, side, side), iod=iod)
    store = stored_face("portrait", square, labels, iod, seed=seed)
    crops = stack_crops([whole_face(store)])
    present = np.array([[kind in kinds for kind in KINDS]])
    return draw(crops, np.random.default_rng(seed), present=present, distract=False)


def no_plan() -> Plan:
    """Return a retouch plan that selects nothing."""
    return Plan(Action.RETOUCH)
