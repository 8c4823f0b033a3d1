"""Which marks a plan means, with all that must be left alone taken out."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from retouchgpt_core.geometry import Box
from retouchgpt_core.language.plan import Action, Edit, FaceSelector, Keep, Plan, Scope
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.vocabulary import Kind, Region, in_region_order

_Faces = tuple[FaceSelector, ...]


class PlacedFace(Protocol):
    """A face as selectors tell it from others: its number and its box."""

    @property
    def number(self) -> int: ...
    @property
    def box(self) -> Box: ...


@dataclass(frozen=True, slots=True)
class FacePlace:
    """Where a face lies: all that is kept of it with what was done."""

    number: int
    box: Box


def standing_keeps(plans: Iterable[Plan]) -> tuple[Keep, ...]:
    """Return what is still to be kept after these rounds, oldest first (DESIGN section 3).

    A keep stays in force until an edit names that kind again (or that mark, for a keep of single
    marks); a reset ends them all. A round's own keeps come after its edits.
    """
    cells: dict[tuple[Kind, _Faces], set[Region]] = {}
    marks: set[str] = set()
    for plan in plans:
        if plan.action is Action.RESET:
            cells.clear()
            marks.clear()
        if plan.action is not Action.RETOUCH:
            continue
        named = {kind for edit in plan.edits if edit.marks is None for kind in edit.kinds}
        cells = {key: regions for key, regions in cells.items() if key[0] not in named}
        marks.difference_update(*(edit.marks or () for edit in plan.edits))
        for keep in plan.keep:
            if keep.marks is not None:
                marks.update(keep.marks)
                continue
            for kind in keep.kinds:
                cells.setdefault((kind, keep.faces), set()).update(keep.regions)
    found = [Keep((kind,), in_region_order(r), faces) for (kind, faces), r in cells.items()]
    if marks:
        found.append(Keep((), (), (), tuple(sorted(marks))))
    return tuple(found)


def select_marks(
    plan: Plan,
    marks: Mapping[str, Mark],
    keeps: Sequence[Keep],
    locks: Collection[str],
    faces: Sequence[PlacedFace],
) -> dict[str, float]:
    """Return the strength that the plan sets each mark to; marks that it leaves alone are absent.

    `keeps` are the standing ones; the plan's own count too. A lock always wins. A keep wins over
    an edit that names kinds, but not over one that names the mark. Of several edits that cover a
    mark the last counts. Permanent marks are selected only by name: no composite word holds them.
    """
    chosen: dict[str, float] = {}
    for mark in marks.values():
        if mark.id in locks:
            continue
        edit = edit_for(plan, mark, faces)
        if edit is None:
            continue
        kept = any(_covers(keep, mark, faces) for keep in (*keeps, *plan.keep))
        if edit.marks is not None or not kept:
            chosen[mark.id] = edit.strength
    return chosen


def edit_for(plan: Plan, mark: Mark, faces: Sequence[PlacedFace]) -> Edit | None:
    """Return the edit of a plan that decides on a mark, keeps aside; None if it names it not.

    One that names the mark itself, else the last that covers its kind and place.
    """
    edits = [edit for edit in plan.edits if _covers(edit, mark, faces)]
    by_name = [edit for edit in edits if edit.marks is not None]
    return (by_name or edits or [None])[-1]


def kept_marks(
    keeps: Sequence[Keep], marks: Iterable[Mark], faces: Sequence[PlacedFace]
) -> frozenset[str]:
    """Return the ids of the marks that these keeps cover."""
    if not keeps:
        return frozenset()
    return frozenset(m.id for m in marks if any(_covers(keep, m, faces) for keep in keeps))


def counted_in(plan: Plan, marks: Iterable[Mark]) -> Counter[tuple[Kind, Region]]:
    """Count the marks that a plan's edits cover, all of them if it has none, by kind and region."""
    scopes = plan.edits
    return Counter(
        (m.kind, m.region)
        for m in marks
        if not scopes or any(s.covers(m.kind, m.region, m.id) for s in scopes)
    )


def faces_meant(selectors: Sequence[FaceSelector], faces: Sequence[PlacedFace]) -> frozenset[int]:
    """Return the numbers of the faces that a plan's selectors mean; all of them if there are none.

    `left` and `right` are the outermost faces of the picture, `middle` the one nearest to half-way
    between them, `largest` the one with the largest box. A number that no face has means none.
    """
    numbers = frozenset(face.number for face in faces)
    if not selectors:
        return numbers
    return frozenset(n for s in selectors if (n := _face_meant(s, faces)) in numbers)


def _covers(scope: Scope, mark: Mark, faces: Sequence[PlacedFace]) -> bool:
    if not scope.covers(mark.kind, mark.region, mark.id):
        return False
    return not scope.faces or mark.face in faces_meant(scope.faces, faces)


def _face_meant(selector: FaceSelector, faces: Sequence[PlacedFace]) -> int | None:
    if isinstance(selector, int):
        return selector
    if not faces:
        return None
    centre = {face.number: face.box.centre.x for face in faces}
    match selector:
        case "left":
            return min(centre, key=lambda n: centre[n])
        case "right":
            return max(centre, key=lambda n: centre[n])
        case "middle":
            half_way = (min(centre.values()) + max(centre.values())) / 2
            return min(centre, key=lambda n: abs(centre[n] - half_way))
        case "largest":
            return max(faces, key=lambda face: face.box.area).number
        case _:
            return None
