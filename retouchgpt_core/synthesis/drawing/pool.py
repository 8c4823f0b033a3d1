"""Drawn crops kept in memory and served again with new plans, so that drawing is no brake."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from retouchgpt_core.synthesis.drawing.batch import Drawing, DrawnBatch, draw, serve
from retouchgpt_core.synthesis.drawing.faces import (
    IOD_RANGE,
    MIRROR_LABELS,
    MIRROR_REGIONS,
    FaceCrops,
    FaceStore,
)
from retouchgpt_core.synthesis.drawing.plans import PlanSampler, sample_plan


class DrawnPool(IterableDataset[DrawnBatch]):
    """Endless drawn batches for a loader: `DataLoader(pool, batch_size=None, num_workers=1)`.

    Each drawing of `batch` crops is served `servings` times on average: mirrored or not, re-lit,
    with a fresh plan, fresh words and fresh noise. `capacity` drawings are kept, as fp16. `faces`
    is a store or, so that a worker opens its own, a function that returns one. Deterministic by
    `seed` and the worker's number.
    """

    def __init__(
        self,
        faces: FaceStore | Callable[[], FaceStore],
        *,
        batch: int = 16,
        size: int = 192,
        seed: int = 0,
        servings: float = 3.0,
        capacity: int = 48,
        iod_range: tuple[float, float] = IOD_RANGE,
        plan_sampler: PlanSampler = sample_plan,
    ) -> None:
        super().__init__()
        self.faces = faces
        self.batch, self.size, self.seed = batch, size, seed
        self.servings, self.capacity = servings, capacity
        self.iod_range = iod_range
        self.plan_sampler = plan_sampler

    def __iter__(self) -> Iterator[DrawnBatch]:
        worker = get_worker_info()
        if worker is not None:
            torch.set_num_threads(1)
        rng = np.random.default_rng([self.seed, 0 if worker is None else worker.id])
        store = self.faces if isinstance(self.faces, FaceStore) else self.faces()
        kept: list[Drawing] = []
        while True:
            if not kept or rng.random() * self.servings < 1:
                crops = store.sample(self.batch, self.size, rng, iod_range=self.iod_range)
                fresh = draw(crops, rng)
                if len(kept) < self.capacity:
                    kept.append(packed(fresh))
                else:
                    kept[int(rng.integers(len(kept)))] = packed(fresh)
                yield serve(fresh, rng, plan_sampler=self.plan_sampler)
                continue
            again = unpacked(kept[int(rng.integers(len(kept)))])
            if rng.random() < 0.5:
                again = mirrored_drawing(again)
            yield serve(relit(again, rng), rng, plan_sampler=self.plan_sampler)


def packed(drawing: Drawing) -> Drawing:
    """Return the drawing with its large maps in fp16."""
    return _cast(drawing, torch.float16)


def unpacked(drawing: Drawing) -> Drawing:
    """Return a packed drawing ready to be served."""
    return _cast(drawing, torch.float32)


def _cast(drawing: Drawing, dtype: torch.dtype) -> Drawing:
    ink, tones = drawing.ink, drawing.tones
    return replace(
        drawing,
        crops=replace(drawing.crops, image=drawing.crops.image.to(dtype)),
        ink=replace(
            ink, density=ink.density.to(dtype), gloss=ink.gloss.to(dtype), cover=ink.cover.to(dtype)
        ),
        tones=replace(tones, layers=tones.layers.to(dtype), cover=tones.cover.to(dtype)),
    )


def mirrored_crops(crops: FaceCrops) -> FaceCrops:
    """Return the crops mirrored left to right, their labels and frames with the sides swapped."""
    size = crops.image.shape[-1]
    swap = torch.from_numpy(MIRROR_LABELS).to(crops.labels.device)
    order = torch.from_numpy(MIRROR_REGIONS).to(crops.frames.device)
    frames = crops.frames[:, order].clone()
    frames[..., 0] = size - frames[..., 0]
    frames[..., 5] *= -1
    turned = torch.tensor([-1.0, 1.0], device=crops.light.device)
    return replace(
        crops,
        image=crops.image.flip(-1),
        labels=swap[crops.labels.flip(-1).long()],
        skin=crops.skin.flip(-1),
        known=crops.known.flip(-1),
        light=crops.light * turned,
        frames=frames,
        roll=-crops.roll,
    )


def mirrored_drawing(drawing: Drawing) -> Drawing:
    """Return a drawing mirrored left to right, regions and all."""
    size = drawing.crops.image.shape[-1]
    order = torch.from_numpy(MIRROR_REGIONS).to(drawing.region.device)
    ink, tones = drawing.ink, drawing.tones
    column = ink.pixel % size
    return replace(
        drawing,
        crops=mirrored_crops(drawing.crops),
        ink=replace(ink, pixel=ink.pixel - column + (size - 1 - column)),
        region=torch.where(drawing.region >= 0, order[drawing.region.clamp(min=0)], drawing.region),
        tones=replace(tones, layers=tones.layers.flip(-1), cover=tones.cover.flip(-1)),
        cells=drawing.cells[:, :, MIRROR_REGIONS],
    )


def relit(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """Return a drawing whose base has another exposure (+-0.2 stops) and white balance (3 %)."""
    crops = drawing.crops
    gain = np.exp(rng.normal(0, 0.06, (crops.count, 1)) + rng.normal(0, 0.015, (crops.count, 3)))
    factor = torch.from_numpy(gain.astype(np.float32)).to(crops.image.device)
    image = (crops.image * factor[:, :, None, None]).clamp(0, 1)
    return replace(drawing, crops=replace(crops, image=image))
