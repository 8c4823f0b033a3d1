"""Lessons from pairs: what a plan selects is as the retoucher left it, the rest as photographed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.language.sentence import canonical_sentence
from retouchgpt_core.synthesis.drawing import sample_plan
from retouchgpt_core.synthesis.drawing.batch import say
from retouchgpt_core.synthesis.drawing.faces import (
    IOD_RANGE,
    MAX_ENLARGED,
    MIRROR_LABELS,
    MIRROR_REGIONS,
)
from retouchgpt_core.synthesis.drawing.plans import PlanSampler, selection_table
from retouchgpt_core.training.pair_changes import WIDE
from retouchgpt_core.training.pair_store import PairFace, PairStore
from retouchgpt_core.training.retouch_data import MASK_THRESHOLD
from retouchgpt_core.training.retouch_step import Lesson
from retouchgpt_core.vocabulary import EVERYTHING, FACE_REGIONS, KINDS, REGIONS, Kind, Region

Map = NDArray[np.float32]
ALL_SHARE = 0.3
"""Share of the crops whose plan selects all that was changed."""
SERVINGS = 12
"""Crops that are cut from a pair, on average, before the next is read."""
AT_HAND = 8
"""Pairs that crops are cut from in turn."""
LEAST_SEEN = 12
"""Pixels from which a change is there in a crop, so that a plan may name it."""


def plan_for_pair(
    rng: np.random.Generator, kinds: Sequence[Kind], regions: Sequence[Region]
) -> Plan:
    """Draw a plan for what was changed: all of it, or some kinds or places, or what is absent."""
    if kinds and rng.random() < ALL_SHARE:
        named = tuple(k for k in KINDS if k in kinds or k in EVERYTHING)
        return Plan(Action.RETOUCH, (Edit(named, FACE_REGIONS),)).canonical()
    return sample_plan(rng, kinds, regions)


class PairLessons:
    """Lessons from the pairs of a store; deterministic in the seed."""

    def __init__(
        self, store: PairStore, size: int, seed: int, sampler: PlanSampler = plan_for_pair
    ) -> None:
        self.store, self.size, self.sampler = store, size, sampler
        self.rng = np.random.default_rng([seed, 2])
        self._faces: list[PairFace] = []

    def take(self, count: int) -> Lesson:
        """Return a lesson of `count` crops. Raises UsageError if no pair can be used."""
        crops = [pair_crop(self._face(), self.size, self.rng, self.sampler) for _ in range(count)]
        return joined(crops)

    def mixed(self, drawn: Iterator[Lesson], share: float) -> Iterator[Lesson]:
        """Yield drawn lessons in which `share` of the samples, anywhere, come from pairs."""
        for lesson in drawn:
            from_pairs = self.rng.random(len(lesson.texts)) < share
            yield self._replaced(lesson, from_pairs) if from_pairs.any() else lesson

    def alone(self, batch: int) -> Iterator[Lesson]:
        """Yield lessons from pairs alone, for ever."""
        while True:
            yield self.take(batch)

    def _replaced(self, lesson: Lesson, from_pairs: NDArray[np.bool_]) -> Lesson:
        ours = self.take(int(from_pairs.sum()))
        both = joined([lesson, ours])
        order = np.arange(len(lesson.texts))
        order[from_pairs] = len(lesson.texts) + np.arange(len(ours.texts))
        return _chosen(both, order)

    def _face(self) -> PairFace:
        if len(self._faces) < min(AT_HAND, len(self.store.files)):
            self._faces.append(self.store.any_face(self.rng))
            return self._faces[-1]
        chosen = int(self.rng.integers(len(self._faces)))
        if self.rng.random() * SERVINGS < 1 and len(self.store.files) > len(self._faces):
            self._faces[chosen] = self.store.any_face(self.rng)
        return self._faces[chosen]


def joined(lessons: Sequence[Lesson]) -> Lesson:
    """Return the samples of several lessons as one."""
    parts = {
        f.name: torch.cat([getattr(one, f.name) for one in lessons])
        for f in fields(Lesson)
        if isinstance(getattr(lessons[0], f.name), Tensor)
    }
    texts = [text for one in lessons for text in one.texts]
    plans = [plan for one in lessons for plan in one.plans]
    return Lesson(**parts, texts=texts, plans=plans)


def _chosen(lesson: Lesson, order: NDArray[np.int64]) -> Lesson:
    at = torch.from_numpy(order)
    parts = {
        f.name: getattr(lesson, f.name)[at]
        for f in fields(Lesson)
        if isinstance(getattr(lesson, f.name), Tensor)
    }
    texts, plans = [lesson.texts[i] for i in order], [lesson.plans[i] for i in order]
    return replace(lesson, **parts, texts=texts, plans=plans)


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """A square of a pair, mirrored or not, at its own resolution; covers in [0, 1], float32.

    The fields are those of Changes, and both pictures (h, w, 3) in [0, 1].
    """

    before: Map
    after: Map
    labels: NDArray[np.uint8]
    owner: NDArray[np.int64]
    kinds: NDArray[np.int64]
    regions: NDArray[np.int64]
    seen: Map
    spot_cover: Map
    tones: NDArray[np.int64]
    tone_cover: Map
    known: Map

    def present(self) -> tuple[list[Kind], list[Region]]:
        """Return the kinds that are seen to change here, and the regions where."""
        shown = np.bincount(self.owner[self.seen > 0.5], minlength=len(self.kinds) + 1)
        cells = {
            (int(kind), int(region))
            for kind, region, pixels in zip(self.kinds, self.regions, shown[1:], strict=True)
            if pixels >= LEAST_SEEN
        }
        wide = (self.tone_cover > 0.5) & (self.tones > 0)
        pairs, counts = np.unique(
            np.stack([self.tones[wide], self.labels[wide]]), axis=1, return_counts=True
        )
        for (kind, label), pixels in zip(pairs.T, counts, strict=True):
            if pixels >= LEAST_SEEN and 1 <= label <= len(REGIONS):
                cells.add((int(kind) - 1, int(label) - 1))
        kinds = sorted({kind for kind, _ in cells})
        regions = sorted({region for _, region in cells})
        return [KINDS[i] for i in kinds], [REGIONS[i] for i in regions]

    def selected(self, plan: Plan) -> tuple[Map, Map]:
        """Return 1 where a spot is selected by the plan, and where an area is, (h, w) each."""
        table = np.zeros((len(KINDS) + 1, 256), np.float32)
        table[1:, 1 : 1 + len(REGIONS)] = selection_table([plan])[0]
        spots = np.concatenate([[0.0], table[self.kinds + 1, self.regions + 1]])
        return spots.astype(np.float32)[self.owner], table[self.tones, self.labels]

    def kind_cover(self, index: int) -> Map:
        """Return how plainly a kind is seen at each pixel, (h, w)."""
        of_spots = np.concatenate([[-1], self.kinds])[self.owner] == index
        return np.maximum(self.seen * of_spots, self.tone_cover * (self.tones == index + 1))


def pair_crop(
    face: PairFace,
    size: int,
    rng: np.random.Generator,
    sampler: PlanSampler = plan_for_pair,
    iod_range: tuple[float, float] = IOD_RANGE,
) -> Lesson:
    """Cut one random crop, mirrored or not and re-lit, with a plan for what was changed in it.

    Returns a lesson of one sample. IOD is drawn as for drawn crops; three crops of four hold a
    change near their middle.
    """
    cut = _cut(face, _place(face, size, rng, iod_range), rng)
    plan = sampler(rng, *cut.present())
    text = _words(plan, rng)
    spot_named, tone_named = cut.selected(plan)
    spots, areas = _deltas(cut, face.iod)
    wanted = (spots * spot_named[..., None] + areas * tone_named[..., None]).astype(np.float32)
    asked = np.maximum(cut.seen * spot_named, cut.tone_cover * tone_named)
    fill = np.maximum(cut.spot_cover * spot_named, cut.tone_cover * tone_named)
    masks = np.stack([_fitted(cut.kind_cover(i), size) for i in range(len(KINDS))])
    known = _fitted(cut.known, size) * (masks.max(0) <= 0.0)
    labels = cv2.resize(cut.labels, (size, size), interpolation=cv2.INTER_NEAREST)
    return Lesson(
        image=_picture(cut.before, size),
        target=_picture(cut.before + wanted, size),
        clean=_picture(cut.before + spots + areas, size),
        kind_masks=torch.from_numpy((masks > MASK_THRESHOLD).astype(np.float32))[None],
        requested=_plane(_fitted(asked, size) > MASK_THRESHOLD),
        fill=_plane(_fitted(fill, size)),
        known=_plane(known > 0.99),
        labels=torch.from_numpy(np.asarray(labels, np.uint8))[None],
        texts=[text],
        plans=[plan],
    )


def _words(plan: Plan, rng: np.random.Generator) -> str:
    """Return words for a plan; people have none of their own for every kind at once."""
    every = any(set(edit.kinds) == set(KINDS) for edit in plan.edits)
    return canonical_sentence(plan) if every else say(plan, rng)


def _cut(face: PairFace, here: tuple[slice, slice], rng: np.random.Generator) -> _Cut:
    flip = rng.random() < 0.5
    changes = face.changes

    def part(plane: NDArray[Any]) -> NDArray[Any]:
        return np.ascontiguousarray(plane[here][:, ::-1] if flip else plane[here])

    def cover(plane: NDArray[np.uint8]) -> Map:
        return part(plane).astype(np.float32) / np.float32(255.0)

    before, after = _relit(part(face.rgb), part(face.retouched), rng)
    labels, regions = part(face.labels), changes.regions
    if flip:
        labels, regions = MIRROR_LABELS[labels], MIRROR_REGIONS[regions]
    return _Cut(
        before=before,
        after=after,
        labels=labels,
        owner=part(changes.owner).astype(np.int64),
        kinds=changes.kinds.astype(np.int64),
        regions=regions.astype(np.int64),
        seen=cover(changes.spot_seen),
        spot_cover=cover(changes.spot_cover),
        tones=part(changes.tones).astype(np.int64),
        tone_cover=cover(changes.tone_cover),
        known=part(changes.known).astype(np.float32),
    )


def _place(
    face: PairFace, size: int, rng: np.random.Generator, iod_range: tuple[float, float]
) -> tuple[slice, slice]:
    """Draw the square of the face that becomes a crop."""
    whole = face.labels.shape[0]
    top = min(iod_range[1], face.iod * MAX_ENLARGED)
    low = min(iod_range[0], top)
    iod = low * float(top / low) ** float(rng.random())
    side = max(8, min(round(size * face.iod / iod), whole))
    cut = face.changes
    changed = (cut.spot_seen > 0) | (cut.tones > 0)
    skin = (face.labels >= 1) & (face.labels <= len(REGIONS))
    ground = changed if changed.any() and rng.random() < 0.75 else skin
    places = np.flatnonzero(ground)
    middle = int(places[rng.integers(len(places))]) if len(places) else whole * (whole + 1) // 2
    corner = np.array(divmod(middle, whole)) - side * rng.uniform(0.25, 0.75, 2)
    y, x = (int(np.clip(c, 0, whole - side)) for c in corner)
    return slice(y, y + side), slice(x, x + side)


def _relit(
    before: NDArray[np.uint8], after: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[Map, Map]:
    """Return both pictures in [0, 1] under the same slightly other light."""
    gain = np.exp(rng.normal(0.0, 0.1) + rng.normal(0.0, 0.03, 3))
    bend = float(np.exp(rng.normal(0.0, 0.08)))
    level = (np.linspace(0.0, 1.0, 256)[:, None] ** bend * gain).clip(0.0, 1.0)
    curve: Map = level.astype(np.float32)
    channels = np.arange(3)
    return curve[before, channels], curve[after, channels]


def _deltas(cut: _Cut, iod: float) -> tuple[Map, Map]:
    """Return what the spots' removal adds and what the areas' adds, (h, w, 3) each.

    Both together are the retoucher's change; under a spot the area's share is what surrounds it.
    """
    change: Map = cut.after - cut.before
    cover, tone = cut.spot_cover[..., None], cut.tone_cover[..., None]
    free: Map = np.asarray(1.0 - cover, np.float32)
    if not (cover.any() and tone.any()):
        return change * cover, change * tone * free
    sigma = WIDE * iod
    weight = np.asarray(cv2.GaussianBlur(free[..., 0], (0, 0), sigma), np.float32)[..., None]
    around = np.asarray(cv2.GaussianBlur(change * free, (0, 0), sigma), np.float32)
    base = cover * around / np.maximum(weight, 1e-3) + free * change
    areas = np.asarray(tone * base, np.float32)
    return np.asarray(cover * (change - areas), np.float32), areas


def _fitted(plane: Map, size: int) -> Map:
    how = cv2.INTER_AREA if plane.shape[0] > size else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (size, size), interpolation=how), np.float32)


def _picture(values: Map, size: int) -> Tensor:
    return torch.from_numpy(_fitted(values.clip(0.0, 1.0), size).transpose(2, 0, 1).copy())[None]


def _plane(values: NDArray[Any]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))[None, None]
