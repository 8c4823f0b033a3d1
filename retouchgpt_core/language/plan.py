"""The plan: what every instruction becomes before a pixel is touched."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast

from retouchgpt_core.errors import PlanError
from retouchgpt_core.vocabulary import (
    FACE,
    FACE_REGIONS,
    FACE_SELECTORS,
    PERMANENT_KINDS,
    REGIONS,
    Kind,
    Region,
    in_kind_order,
    in_region_order,
)


class Action(StrEnum):
    """What a plan does."""

    RETOUCH = "retouch"
    UNDO = "undo"
    REDO = "redo"
    RESET = "reset"
    COMPARE = "compare"
    EXPLAIN = "explain"
    CLARIFY = "clarify"
    DECLINE = "decline"


NOT_DONE = frozenset({Action.CLARIFY, Action.DECLINE})
"""What leaves the photo as it is because the words could not be followed."""


FaceSelector = str | int
"""One of FACE_SELECTORS, or a 1-based number counted from the left of the picture."""

MAX_STRENGTH = 1.0
STRENGTH_DIGITS = 3
_PLAN_KEYS = frozenset(
    {"action", "edits", "keep", "count", "options", "then", "confidence", "reply"}
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What an edit or a keep covers: kinds in regions on faces, or marks by id.

    `regions` are always single regions (fifteen of them are written "face" in JSON); `faces` empty
    means all; `marks` None means every mark of those kinds there, else only these ids.
    """

    kinds: tuple[Kind, ...]
    regions: tuple[Region, ...] = FACE_REGIONS
    faces: tuple[FaceSelector, ...] = ()
    marks: tuple[str, ...] | None = None

    def covers(self, kind: Kind, region: Region, mark_id: str | None = None) -> bool:
        """Say whether a mark of this kind there is meant; faces are resolved by the document."""
        if self.marks is not None:
            return mark_id in self.marks
        return kind in self.kinds and region in self.regions

    def to_json(self) -> dict[str, Any]:
        return {
            "kinds": [str(k) for k in in_kind_order(self.kinds)],
            "regions": region_words(self.regions),
            "faces": list(_faces_in_order(self.faces)),
            "marks": None if self.marks is None else sorted(self.marks),
        }


@dataclass(frozen=True, slots=True)
class Edit(Scope):
    """Set what the scope covers to this absolute strength (0 = as photographed, 1 = removed)."""

    strength: float = 1.0

    def to_json(self) -> dict[str, Any]:
        return {**Scope.to_json(self), "strength": round(self.strength, STRENGTH_DIGITS)}


@dataclass(frozen=True, slots=True)
class Keep(Scope):
    """Leave what the scope covers alone."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One instruction, understood. Equality ignores `confidence` and `reply`.

    Raises PlanError for a strength outside 0 to 1, an unknown face, options without `clarify`.
    """

    action: Action
    edits: tuple[Edit, ...] = ()
    keep: tuple[Keep, ...] = ()
    count: int | None = None
    options: "tuple[Plan, ...] | None" = None
    then: "Plan | None" = None
    confidence: float = field(default=1.0, compare=False)
    reply: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for edit in self.edits:
            if not 0.0 <= edit.strength <= MAX_STRENGTH:
                raise PlanError(f"A strength must lie between 0 and 1, not {edit.strength}.")
        for scope in (*self.edits, *self.keep):
            for face in scope.faces:
                known = face in FACE_SELECTORS if isinstance(face, str) else face >= 1
                if not known:
                    raise PlanError(f"There is no face called {face!r}.")
        if self.options is not None and self.action is not Action.CLARIFY:
            raise PlanError("Only a plan that asks back can hold options.")

    def selects(self, kind: Kind, region: Region, mark_id: str | None = None) -> bool:
        """Say whether this plan changes a mark of this kind there (to any strength).

        Keep clauses win over edits, except over an edit that names the mark itself.
        """
        hit = [e for e in self.edits if e.covers(kind, region, mark_id)]
        if not hit:
            return False
        named = any(e.marks is not None for e in hit)
        return named or not any(k.covers(kind, region, mark_id) for k in self.keep)

    def strength_for(self, kind: Kind, region: Region, mark_id: str | None = None) -> float | None:
        """Return the strength that this plan sets a mark to, or None if it leaves it alone."""
        if not self.selects(kind, region, mark_id):
            return None
        return next(e.strength for e in reversed(self.edits) if e.covers(kind, region, mark_id))

    def canonical(self) -> "Plan":
        """Return the same plan in canonical form, so that equal meanings compare equal."""
        return Plan(
            action=self.action,
            edits=_canonical_edits(self.edits),
            keep=_canonical_keep(self.keep),
            count=self.count,
            options=None if self.options is None else tuple(o.canonical() for o in self.options),
            then=None if self.then is None else self.then.canonical(),
            confidence=self.confidence,
            reply=self.reply,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the plan as the JSON object of the contract, every key present."""
        return {
            "action": str(self.action),
            "edits": [e.to_json() for e in self.edits],
            "keep": [k.to_json() for k in self.keep],
            "count": self.count,
            "options": None if self.options is None else [o.to_json() for o in self.options],
            "then": None if self.then is None else self.then.to_json(),
            "confidence": round(self.confidence, 4),
            "reply": self.reply,
        }

    def dumps(self) -> str:
        """Return the plan as one line of JSON."""
        return json.dumps(self.to_json(), ensure_ascii=False)

    @classmethod
    def from_json(cls, data: object) -> "Plan":
        """Read a plan from parsed JSON. Raises PlanError with what is wrong."""
        try:
            return _plan_from(data)
        except (KeyError, TypeError, ValueError) as error:
            raise PlanError(f"This is not a plan: {error}.") from error


def region_words(regions: Iterable[Region]) -> list[str]:
    """Return regions as a plan writes them: all fifteen of the face become "face"."""
    present = set(regions)
    if present.issuperset(FACE_REGIONS):
        neck = [str(Region.NECK)] if Region.NECK in present else []
        return [FACE, *neck]
    return [str(r) for r in REGIONS if r in present]


def regions_from_words(words: Iterable[str]) -> tuple[Region, ...]:
    """Return the single regions behind a plan's region words. Raises ValueError if unknown."""
    found: list[Region] = []
    for word in words:
        found.extend(FACE_REGIONS if word == FACE else (Region(word),))
    return in_region_order(found)


def _faces_in_order(faces: Iterable[FaceSelector]) -> tuple[FaceSelector, ...]:
    names = [f for f in FACE_SELECTORS if f in set(faces)]
    return (*names, *sorted({f for f in faces if isinstance(f, int)}))


def _canonical_edits(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Later clauses overwrite earlier cells; per strength, kinds with equal regions share one."""
    by_mark: dict[str, float] = {}
    cells: dict[tuple[tuple[FaceSelector, ...], Kind, Region], float] = {}
    for edit in edits:
        if edit.marks is not None:
            by_mark.update(dict.fromkeys(edit.marks, edit.strength))
            continue
        faces = _faces_in_order(edit.faces)
        for kind in edit.kinds:
            for region in edit.regions:
                cells[faces, kind, region] = round(edit.strength, STRENGTH_DIGITS)

    per_kind: dict[tuple[tuple[FaceSelector, ...], float, Kind], list[Region]] = {}
    for (faces, kind, region), strength in cells.items():
        per_kind.setdefault((faces, strength, kind), []).append(region)
    grouped: dict[tuple[tuple[FaceSelector, ...], float, tuple[Region, ...]], list[Kind]] = {}
    for (faces, strength, kind), regions in per_kind.items():
        grouped.setdefault((faces, strength, in_region_order(regions)), []).append(kind)

    found = [
        Edit(in_kind_order(kinds), regions, faces, None, strength)
        for (faces, strength, regions), kinds in grouped.items()
    ]
    marks_by_strength: dict[float, list[str]] = {}
    for mark, strength in by_mark.items():
        marks_by_strength.setdefault(strength, []).append(mark)
    found += [
        Edit((), (), (), tuple(sorted(marks)), strength)
        for strength, marks in marks_by_strength.items()
    ]
    return tuple(sorted(found, key=_scope_order))


def _canonical_keep(keeps: Sequence[Keep]) -> tuple[Keep, ...]:
    per_kind: dict[tuple[tuple[FaceSelector, ...], Kind], set[Region]] = {}
    marks: set[str] = set()
    for keep in keeps:
        if keep.marks is not None:
            marks.update(keep.marks)
            continue
        for kind in keep.kinds if keep.regions else ():  # a keep of no place keeps nothing
            per_kind.setdefault((_faces_in_order(keep.faces), kind), set()).update(keep.regions)
    grouped: dict[tuple[tuple[FaceSelector, ...], tuple[Region, ...]], list[Kind]] = {}
    for (faces, kind), regions in per_kind.items():
        grouped.setdefault((faces, in_region_order(regions)), []).append(kind)
    found = [Keep(in_kind_order(kinds), regions, f) for (f, regions), kinds in grouped.items()]
    if marks:
        found.append(Keep((), (), (), tuple(sorted(marks))))
    return tuple(sorted(found, key=_scope_order))


def _scope_order(scope: Scope) -> tuple[Any, ...]:
    """Sort scopes: strongest first, then by faces, kinds and regions in vocabulary order."""
    strength = scope.strength if isinstance(scope, Edit) else 0.0
    kinds = tuple(Kind).index
    return (
        scope.marks is not None,
        tuple(str(f) for f in scope.faces),
        tuple(kinds(k) for k in scope.kinds),
        tuple(REGIONS.index(r) for r in scope.regions),
        -strength,
        scope.marks or (),
    )


def _plan_from(data: object) -> Plan:
    if not isinstance(data, Mapping):
        raise TypeError("a plan is a JSON object")
    plan = cast("Mapping[str, Any]", data)
    unknown = set(plan) - _PLAN_KEYS
    if unknown:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    options = plan.get("options")
    then = plan.get("then")
    count = plan.get("count")
    return Plan(
        action=Action(plan["action"]),
        edits=tuple(
            Edit(*_scope_fields(e), strength=float(e["strength"])) for e in plan.get("edits") or ()
        ),
        keep=tuple(Keep(*_scope_fields(k)) for k in plan.get("keep") or ()),
        count=None if count is None else int(count),
        options=None if options is None else tuple(_plan_from(o) for o in options),
        then=None if then is None else _plan_from(then),
        confidence=float(plan.get("confidence", 1.0)),
        reply=str(plan.get("reply", "")),
    )


def _scope_fields(
    data: Mapping[str, Any],
) -> tuple[tuple[Kind, ...], tuple[Region, ...], tuple[FaceSelector, ...], tuple[str, ...] | None]:
    marks = data.get("marks")
    return (
        in_kind_order(Kind(k) for k in data["kinds"]),
        regions_from_words(data["regions"]),
        tuple(data.get("faces") or ()),
        None if marks is None else tuple(str(m) for m in marks),
    )


def implied_keep(plan: Plan) -> tuple[Kind, ...]:
    """Return the permanent kinds that this plan does not name, and so leaves alone."""
    named = {kind for edit in plan.edits for kind in edit.kinds}
    return in_kind_order(PERMANENT_KINDS - named)
