"""What the rounds say now: the plans that the dialogue goes on from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from retouchgpt_core.document.rounds import Round
from retouchgpt_core.document.selection import PlacedFace, edit_for
from retouchgpt_core.language.plan import STRENGTH_DIGITS, Plan
from retouchgpt_core.retouch.marks import Mark


def standing_plans(
    rounds: Iterable[Round], marks: Mapping[str, Mark], faces: Sequence[PlacedFace]
) -> tuple[Plan, ...]:
    """Return the plans of the sentences that are in force, oldest first, as they are now.

    A round that is switched off says nothing, and one whose strength was changed says the new one.
    """
    plans = ((one, one.turn.plan) for one in rounds if one.turn is not None and one.enabled)
    return tuple(plan_now(plan, one.strengths, marks, faces) for one, plan in plans)


def plan_now(
    plan: Plan,
    strengths: Mapping[str, float],
    marks: Mapping[str, Mark],
    faces: Sequence[PlacedFace],
) -> Plan:
    """Return a plan with each edit at the strength that the marks it decided on have now.

    An edit keeps its own strength where those differ, or where it decided on no mark.
    """
    found: list[set[float]] = [set() for _ in plan.edits]
    for mark_id, strength in strengths.items():
        mark = marks.get(mark_id)
        edit = None if mark is None else edit_for(plan, mark, faces)
        if edit is not None:
            found[plan.edits.index(edit)].add(round(strength, STRENGTH_DIGITS))
    edits = tuple(
        replace(edit, strength=values.pop()) if len(values) == 1 else edit
        for edit, values in zip(plan.edits, found, strict=True)
    )
    return plan if edits == plan.edits else replace(plan, edits=edits)
