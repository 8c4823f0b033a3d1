"""Plans for training: which of what is drawn an instruction selects."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.vocabulary import (
    BLEMISHES,
    COMPOSITE_REGIONS,
    EVERYTHING,
    FACE_REGIONS,
    KINDS,
    NATURAL_PRESET,
    PERMANENT_KINDS,
    REGIONS,
    Kind,
    Region,
    in_kind_order,
    in_region_order,
)

PlanSampler = Callable[[np.random.Generator, Sequence[Kind], Sequence[Region]], Plan]
"""(rng, kinds present, regions present) -> a plan for that crop."""

_SELECTS_NOTHING = 0.08


def sample_plan(
    rng: np.random.Generator,
    kinds_present: Iterable[Kind],
    regions_present: Iterable[Region],
) -> Plan:
    """Draw one retouch plan for a crop, in canonical form, every strength 1.

    Kinds: one, several, all, the blemishes, everything, the natural preset, now and then only
    absent ones. Regions: the whole face, one, several, one side, a composite place. A keep clause
    about one time in five. What is present is preferred, so that most plans have work to do.
    """
    kinds_here = list(in_kind_order(kinds_present))
    regions_here = [r for r in in_region_order(regions_present)] or list(FACE_REGIONS)
    kinds = _kinds(rng, kinds_here)
    regions = _regions(rng, regions_here)
    keep: tuple[Keep, ...] = ()
    if rng.random() < 0.2:
        spared = [k for k in kinds if k in kinds_here] if rng.random() < 0.5 else kinds_here
        if spared and (len(kinds) > 1 or rng.random() < 0.3):
            kind = spared[rng.integers(len(spared))]
            if rng.random() < 0.6:
                left = tuple(k for k in kinds if k is not kind)
                kinds = left or kinds
                if left:
                    keep = (Keep((kind,), FACE_REGIONS),)
            else:
                place = _one(rng, regions_here)
                keep = (Keep((kind,), (place,)),)
    return Plan(Action.RETOUCH, (Edit(tuple(kinds), tuple(regions)),), keep).canonical()


def selection_table(plans: Sequence[Plan]) -> np.ndarray:
    """Return (B, 14, 16) bool: does plan b change kind k in region r (faces are not told apart)."""
    table = np.zeros((len(plans), len(KINDS), len(REGIONS)), bool)
    for rows, plan in zip(table, plans, strict=True):
        for edit in plan.edits:
            rows[np.ix_(*_indices(edit.kinds, edit.regions))] = edit.strength > 0
        for keep in plan.keep:
            rows[np.ix_(*_indices(keep.kinds, keep.regions))] = False
    return table


def _indices(kinds: Sequence[Kind], regions: Sequence[Region]) -> tuple[list[int], list[int]]:
    return [_KIND_ROW[k] for k in kinds], [_REGION_ROW[r] for r in regions]


_KIND_ROW: Mapping[Kind, int] = {k: i for i, k in enumerate(KINDS)}
_REGION_ROW: Mapping[Region, int] = {r: i for i, r in enumerate(REGIONS)}


def _one(rng: np.random.Generator, regions: Sequence[Region]) -> Region:
    return regions[int(rng.integers(len(regions)))]


def _kinds(rng: np.random.Generator, here: Sequence[Kind]) -> list[Kind]:
    absent = [k for k in KINDS if k not in here]
    how = rng.random()
    if not here or (how < _SELECTS_NOTHING and absent):
        n = int(rng.integers(1, 3))
        pool = absent or list(KINDS)
        return [pool[i] for i in rng.permutation(len(pool))[:n]]
    if how < 0.42:
        return [here[int(rng.integers(len(here)))]]
    if how < 0.58:
        pool = [*here, *(k for k in absent if rng.random() < 0.15)]
        n = int(rng.integers(1, len(pool) + 1))
        return [pool[i] for i in rng.permutation(len(pool))[:n]]
    if how < 0.68:
        return list(BLEMISHES)
    if how < 0.78:
        return list(EVERYTHING)
    if how < 0.84:
        return [kind for kinds, _ in NATURAL_PRESET for kind in kinds]
    permanent = list(in_kind_order(PERMANENT_KINDS))
    if how < 0.89:
        return permanent
    named = [k for k in permanent if k in here] or permanent
    return [*EVERYTHING, named[int(rng.integers(len(named)))]]


def _regions(rng: np.random.Generator, here: Sequence[Region]) -> list[Region]:
    how = rng.random()
    if how < 0.5:
        return list(FACE_REGIONS)
    if how < 0.75:
        return [_one(rng, here)]
    if how < 0.85:
        n = int(rng.integers(1, len(here) + 1))
        return [here[i] for i in rng.permutation(len(here))[:n]]
    if how < 0.93:
        names = [n for n, places in COMPOSITE_REGIONS.items() if set(places) & set(here)]
        if names:
            return list(COMPOSITE_REGIONS[names[int(rng.integers(len(names)))]])
    if how < 0.97:
        side = "_left" if rng.random() < 0.5 else "_right"
        return [r for r in FACE_REGIONS if r.endswith(side)]
    spared = _one(rng, here)
    return [r for r in FACE_REGIONS if r is not spared] or list(FACE_REGIONS)
