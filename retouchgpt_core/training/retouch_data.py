"""Where the retoucher's lessons come from: drawn faces by a process of their own, and sentences."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch.utils.data import DataLoader

from retouchgpt_core.language.plan import Plan
from retouchgpt_core.network.config import MARK_INDEX
from retouchgpt_core.synthesis.drawing import DrawnBatch, DrawnPool, FaceStore, sample_plan
from retouchgpt_core.synthesis.drawing.batch import say
from retouchgpt_core.training.retouch_step import Lesson
from retouchgpt_core.vocabulary import KINDS, REGIONS

MASK_THRESHOLD = 0.35
"""A pixel is marked where the drawing covers it by at least this much: targets are hard."""
SPOT_THRESHOLD = 0.12
"""A spot or line is filled whole from this cover on, so that its rim is not seen as skin."""


HELD_OUT = 12
"""Every 12th face is never drawn on for training; evaluation draws on these."""


def training_faces(data: Path, cache: Path | None) -> FaceStore:
    """Return the faces that training draws on."""
    store = FaceStore.load(data, cache=cache)
    return FaceStore([face for i, face in enumerate(store.faces) if i % HELD_OUT])


def held_out_faces(data: Path, cache: Path | None = None) -> FaceStore:
    """Return the faces that training never draws on."""
    store = FaceStore.load(data, cache=cache)
    return FaceStore(store.faces[::HELD_OUT])


def lesson_of(drawn: DrawnBatch) -> Lesson:
    """Return a drawn batch as the step needs it: hard truth, spots asked for whole."""
    marks = drawn.kind_masks[:, list(MARK_INDEX)].amax(1, keepdim=True)
    whole = ((marks > SPOT_THRESHOLD) & (drawn.requested > SPOT_THRESHOLD)).float()
    return Lesson(
        image=drawn.image,
        target=drawn.target,
        clean=drawn.clean,
        kind_masks=(drawn.kind_masks > MASK_THRESHOLD).float(),
        requested=(drawn.requested > MASK_THRESHOLD).float(),
        fill=torch.maximum(drawn.requested.float(), whole),
        known=drawn.known.float(),
        labels=drawn.labels,
        texts=drawn.texts,
        plans=drawn.plans,
    )


def drawn_lessons(
    data: Path, batch: int, size: int, seed: int, cache: Path | None = None
) -> Iterator[Lesson]:
    """Yield lessons for ever; drawing runs in a process of its own.

    cache: folder where the prepared faces are kept for the next sitting.
    """
    pool = DrawnPool(
        partial(training_faces, data, cache), batch=batch, size=size, seed=seed, servings=2.5
    )
    loader = DataLoader(pool, batch_size=None, num_workers=1, prefetch_factor=4)
    for drawn in loader:
        yield lesson_of(cast("DrawnBatch", drawn))


def spoken_plans(seed: int, count: int) -> Iterator[tuple[Sequence[str], Sequence[Plan]]]:
    """Yield sentences with what they mean, `count` at a time, for ever."""
    rng = np.random.default_rng([seed, 1])
    while True:
        plans = [
            sample_plan(
                rng,
                [k for k in KINDS if rng.random() < 0.35],
                [r for r in REGIONS if rng.random() < 0.4],
            )
            for _ in range(count)
        ]
        yield [say(plan, rng) for plan in plans], plans
