"""Plans with one part of them changed, as the chips of a turn ask for it.

A part is named by its place: which plan of the chain (`then`), and which of its edits or keeps.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from retouchgpt_core.language.plan import Edit, FaceSelector, Plan
from retouchgpt_core.vocabulary import Kind, Region, in_kind_order, in_region_order


def chain(plan: Plan | None) -> list[Plan]:
    """Return a plan and all that follow it."""
    found: list[Plan] = []
    while plan is not None:
        found.append(plan)
        plan = plan.then
    return found


def with_kinds(plan: Plan, link: int, place: int, kinds: Sequence[Kind]) -> Plan:
    """Return the plan with an edit about other kinds."""
    return _with_edit(plan, link, place, lambda e: replace(e, kinds=in_kind_order(kinds)))


def with_regions(plan: Plan, link: int, place: int, regions: Sequence[Region]) -> Plan:
    """Return the plan with an edit in other places."""
    return _with_edit(plan, link, place, lambda e: replace(e, regions=in_region_order(regions)))


def with_faces(plan: Plan, link: int, place: int, faces: Sequence[FaceSelector]) -> Plan:
    """Return the plan with an edit on other faces; none means all."""
    return _with_edit(plan, link, place, lambda e: replace(e, faces=tuple(faces)))


def with_strength(plan: Plan, link: int, place: int, strength: float) -> Plan:
    """Return the plan with an edit of another strength."""
    return _with_edit(plan, link, place, lambda e: replace(e, strength=strength))


def without_edit(plan: Plan, link: int, place: int) -> Plan:
    """Return the plan without one of its edits."""
    return _at(plan, link, lambda p: replace(p, edits=(*p.edits[:place], *p.edits[place + 1 :])))


def without_keep(plan: Plan, link: int, place: int) -> Plan:
    """Return the plan without one of its keeps."""
    return _at(plan, link, lambda p: replace(p, keep=(*p.keep[:place], *p.keep[place + 1 :])))


def _with_edit(plan: Plan, link: int, place: int, change: Callable[[Edit], Edit]) -> Plan:
    def changed(part: Plan) -> Plan:
        edits = list(part.edits)
        edits[place] = change(edits[place])
        return replace(part, edits=tuple(edits))

    return _at(plan, link, changed)


def _at(plan: Plan, link: int, change: Callable[[Plan], Plan]) -> Plan:
    if link == 0:
        return change(plan)
    if plan.then is None:
        raise IndexError("the chain is shorter")
    return replace(plan, then=_at(plan.then, link - 1, change))
