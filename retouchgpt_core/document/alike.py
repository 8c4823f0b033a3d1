"""What is there in place of what was asked for: kinds that people, and networks, mistake."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from retouchgpt_core.document.selection import select_marks
from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.vocabulary import KINDS, Kind, Region

ALIKE: tuple[frozenset[Kind], ...] = (
    frozenset({Kind.ACNE, Kind.ACNE_MARK}),
    frozenset({Kind.MOLE, Kind.FRECKLE, Kind.AGE_SPOT}),
    frozenset({Kind.DARK_CIRCLE, Kind.EYE_BAG}),
)


def found_instead(
    plan: Plan,
    marks: Mapping[str, Mark],
    keeps: Sequence[Keep],
    locks: Collection[str],
    faces: Sequence[FaceLayout],
) -> tuple[Plan | None, Counter[tuple[Kind, Region]]]:
    """Return a plan for kinds alike where a plan's edits find nothing, and what it would change.

    A pimple on the mend passes for an acne mark, and the other way about: who asks for one and
    gets nothing is offered what is there in the same place. None if nothing is.
    """
    chosen = {marks[i] for i in select_marks(plan, marks, keeps, locks, faces)}
    others = [
        replace(edit, kinds=kinds)
        for edit in plan.edits
        if edit.marks is None
        and edit.strength > 0
        and not any(edit.covers(m.kind, m.region, m.id) for m in chosen)
        and (kinds := _alike(edit))
    ]
    if not others:
        return None, Counter()
    offer = Plan(Action.RETOUCH, tuple(others), plan.keep)
    there = [marks[i] for i in select_marks(offer, marks, keeps, locks, faces)]
    present = {m.kind for m in there if m not in chosen}
    edits = [replace(e, kinds=tuple(k for k in e.kinds if k in present)) for e in others]
    edits = [e for e in edits if e.kinds]
    if not edits:
        return None, Counter()
    counts = Counter((m.kind, m.region) for m in there if m not in chosen)
    return replace(offer, edits=tuple(edits)).canonical(), counts


def _alike(edit: Edit) -> tuple[Kind, ...]:
    near = {kind for group in ALIKE if group & set(edit.kinds) for kind in group}
    return tuple(k for k in KINDS if k in near - set(edit.kinds))


__all__ = ["ALIKE", "found_instead"]
