"""The dialogue so far, and the arithmetic that turns a draft into an absolute plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from retouchgpt_core.language.draft import Clause, Draft
from retouchgpt_core.language.plan import Action, Edit, FaceSelector, Keep, Plan
from retouchgpt_core.language.tokens import (
    ANY_KIND_TOKEN,
    AS_BEFORE,
    BIT_LESS,
    BIT_MORE,
    EVERYTHING_TOKEN,
    KIND_TOKENS,
    LESS,
    MARKED_TOKEN,
    MORE,
    NATURAL_TOKEN,
    OTHER_SIDE_TOKEN,
    REDUCE,
    SAME_PLACE_TOKEN,
    SAME_TOKEN,
)
from retouchgpt_core.vocabulary import (
    FACE_REGIONS,
    NATURAL_PRESET,
    REGIONS,
    STRENGTH_SOFTEN,
    Kind,
    Region,
    in_kind_order,
    in_region_order,
    mirrored,
)

Faces = tuple[FaceSelector, ...]
Cell = tuple[Kind, Region, Faces]
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class DialogueState:
    """What later instructions can refer to.

    `strengths` holds every cell that a round has set and still stands; `rounds` the plans in
    force, oldest first (a reset is one of them); `undone` what redo would bring back, next first;
    `found` how many marks the photo has, if known; `selected` the ids the user has selected.
    """

    face_count: int = 1
    strengths: Mapping[Cell, float] = field(default_factory=dict[Cell, float])
    rounds: tuple[Plan, ...] = ()
    undone: tuple[Plan, ...] = ()
    found: Mapping[tuple[Kind, Region], int] | None = None
    selected: tuple[str, ...] = ()

    def after(self, plan: Plan) -> "DialogueState":
        """Return the state once this plan has been carried out."""
        state = self
        if plan.action is Action.UNDO:
            count = min(plan.count or 1, len(self.rounds))
            split = len(self.rounds) - count
            state = self._with(self.rounds[:split], (*reversed(self.rounds[split:]), *self.undone))
        elif plan.action is Action.REDO:
            count = min(plan.count or 1, len(self.undone))
            state = self._with((*self.rounds, *self.undone[:count]), self.undone[count:])
        elif plan.action in (Action.RESET, Action.RETOUCH):
            state = self._with((*self.rounds, replace(plan, then=None)), ())
        return state if plan.then is None else state.after(plan.then)

    def _with(self, rounds: tuple[Plan, ...], undone: tuple[Plan, ...]) -> "DialogueState":
        return replace(self, rounds=rounds, undone=undone, strengths=_replayed(rounds))

    @property
    def last(self) -> Plan | None:
        """The latest round in force that changed something."""
        for plan in reversed(self.rounds):
            if plan.action is Action.RESET:
                return None
            if plan.edits:
                return plan
        return None

    @property
    def last_standing(self) -> "Plan | None":
        """The latest round in force of which something still stands: what "less" can lessen."""
        for plan in reversed(self.rounds):
            if plan.action is Action.RESET:
                return None
            if any(
                edit.strength > 0 if edit.marks is not None else self._stands(edit)
                for edit in plan.edits
            ):
                return plan
        return None

    def _stands(self, edit: Edit) -> bool:
        cells = ((kind, region) for kind in edit.kinds for region in edit.regions)
        return any((self.strength_of(*cell, edit.faces) or 0.0) > 0 for cell in cells)

    @property
    def keeps(self) -> tuple[Keep, ...]:
        """What earlier rounds asked to keep and no later edit has named."""
        found: dict[tuple[Kind, Faces], set[Region]] = {}
        for plan in self.rounds:
            if plan.action is Action.RESET:
                found.clear()
            named = {kind for edit in plan.edits for kind in edit.kinds}
            for key in [k for k in found if k[0] in named]:
                del found[key]
            for keep in plan.keep:
                for kind in keep.kinds:
                    found.setdefault((kind, keep.faces), set()).update(keep.regions)
        return tuple(Keep((k,), in_region_order(r), f) for (k, f), r in found.items())

    def strength_of(self, kind: Kind, region: Region, faces: Faces = ()) -> float | None:
        """Return the strength that stands for a cell, or None if no round has set it."""
        own = self.strengths.get((kind, region, faces))
        return self.strengths.get((kind, region, ())) if own is None else own


def _replayed(rounds: tuple[Plan, ...]) -> dict[Cell, float]:
    cells: dict[Cell, float] = {}
    for plan in rounds:
        if plan.action is Action.RESET:
            cells.clear()
        for edit in plan.edits:
            for kind in edit.kinds:
                for region in edit.regions:
                    if not any(k.covers(kind, region) for k in plan.keep if not k.faces):
                        cells[kind, region, edit.faces] = edit.strength
    return cells


def resolve(draft: Draft, state: DialogueState) -> Plan:
    """Return the absolute, canonical plan that a draft means in this dialogue.

    A reference to nothing (less, in an empty dialogue; "this one" without a selection) becomes
    `clarify` without options.
    """
    plan = _resolved(draft, state)
    if draft.then is not None and plan.action is not Action.CLARIFY:
        then = resolve(draft.then, state.after(plan))
        if then.action is Action.CLARIFY:
            return then
        plan = replace(plan, then=then)
    return plan.canonical()


def _resolved(draft: Draft, state: DialogueState) -> Plan:
    if draft.either is not None:
        return _alternatives(draft.either, state)
    if draft.action is Action.EXPLAIN:
        scopes = [_scope(c) for c in draft.edits if MARKED_TOKEN not in c.whats]
        return Plan(Action.EXPLAIN, tuple(Edit(k, r, f) for k, r, f in scopes))
    if draft.action is Action.CLARIFY and not draft.which_face:
        return Plan(Action.CLARIFY, options=())
    if draft.action is not Action.RETOUCH and not draft.which_face:
        return Plan(draft.action, count=draft.count)

    edits: list[Edit] = []
    keeps: list[Keep] = []
    for clause in draft.edits:
        found = _edits(clause, state)
        if not found:
            return Plan(Action.CLARIFY, options=())
        edits += found
    for clause in draft.keeps:
        if MARKED_TOKEN in clause.whats:
            if not state.selected:
                return Plan(Action.CLARIFY, options=())
            keeps.append(Keep((), (), (), state.selected))
            continue
        kinds, regions, faces = _scope(_grounded(clause, state))
        if not kinds:
            return Plan(Action.CLARIFY, options=())
        keeps.append(Keep(kinds, regions, faces))
    if not edits:
        edits, keeps = _brought_back(keeps, state)
    else:
        keeps = _not_softened(keeps, edits) + _still_kept(draft, edits, state)
    plan = Plan(Action.RETOUCH, tuple(edits), tuple(keeps))
    return _by_face(plan, state.face_count) if draft.which_face else plan


def _by_face(plan: Plan, face_count: int) -> Plan:
    if face_count < 2:
        return plan
    options = [
        replace(plan, edits=tuple(replace(e, faces=(number,)) for e in plan.edits))
        for number in range(1, min(face_count, 4) + 1)
    ]
    return Plan(Action.CLARIFY, options=tuple(options))


def _alternatives(clause: Clause, state: DialogueState) -> Plan:
    options: list[Plan] = []
    for what in dict.fromkeys(clause.whats):
        edits = _edits(replace(clause, whats=[what]), state)
        option = Plan(Action.RETOUCH, tuple(edits)).canonical()
        if edits and option not in options:
            options.append(option)
    if len(options) < 2:
        return Plan(Action.CLARIFY, options=())
    return Plan(Action.CLARIFY, options=tuple(options[:4]))


def _not_softened(keeps: list[Keep], edits: list[Edit]) -> list[Keep]:
    """Drop what only repeats that an edit is not to take something away wholly.

    "Smooth the skin but keep the pores" softens and keeps one kind in one place: the strength under
    1 says both, a keep would undo the edit. Among several kinds ("a natural retouch but keep the
    dark circles") it takes one out.
    """
    left: list[Keep] = []
    for keep in keeps:
        softened = {
            kind
            for edit in edits
            if edit.marks is None and len(edit.kinds) == 1 and 0.0 < edit.strength < 1.0
            if edit.regions == keep.regions and edit.faces == keep.faces
            for kind in edit.kinds
        }
        kinds = tuple(kind for kind in keep.kinds if kind not in softened)
        if kinds or keep.marks is not None:
            left.append(replace(keep, kinds=kinds))
    return left


def _still_kept(draft: Draft, edits: list[Edit], state: DialogueState) -> list[Keep]:
    """Earlier keeps hold against edits that name no kind ("everything", a preset)."""
    sweeping = {EVERYTHING_TOKEN, NATURAL_TOKEN, ANY_KIND_TOKEN}
    if not any(sweeping & set(c.whats) for c in draft.edits):
        return []
    named = {k for c in draft.edits for w in c.whats if w not in sweeping for k in _kinds_of(w)}
    touched = {k for e in edits for k in e.kinds}
    return [k for k in state.keeps if set(k.kinds) & touched - named]


def _brought_back(keeps: list[Keep], state: DialogueState) -> tuple[list[Edit], list[Keep]]:
    """To keep what an earlier round has changed means to put it back."""
    edits: list[Edit] = []
    left: list[Keep] = []
    for keep in keeps:
        changed = {
            (kind, faces)
            for (kind, region, faces), strength in state.strengths.items()
            if strength > 0 and kind in keep.kinds
            if region in keep.regions or keep.regions == FACE_REGIONS
        }
        if not changed:
            left.append(keep)
        whole = keep.regions == FACE_REGIONS
        for kind, faces in sorted(changed, key=str):
            regions = keep.regions
            if whole:
                live = _live(state, kind, REGIONS, faces)
                regions = in_region_order(region for _, region, _ in live)
            edits.append(Edit((kind,), regions, keep.faces or faces, None, 0.0))
        rest = tuple(k for k in keep.kinds if k not in {kind for kind, _ in changed})
        if changed and rest:
            left.append(replace(keep, kinds=rest))
    return edits, left


def _edits(clause: Clause, state: DialogueState) -> list[Edit]:
    """Return the absolute edits of a clause; none if it refers to something that is not there."""
    if MARKED_TOKEN in clause.whats:
        if not state.selected:
            return []
        strength = 1.0 if clause.strength is None else clause.strength
        return [Edit((), (), (), state.selected, strength)]
    if NATURAL_TOKEN in clause.whats:
        _, regions, faces = _scope(clause)
        return [Edit(kinds, regions, faces, None, s) for kinds, s in NATURAL_PRESET]
    if SAME_TOKEN in clause.whats:
        return _same(clause, state)
    clause = _grounded(clause, state)
    kinds, regions, faces = _scope(clause)
    if not kinds or not regions:
        return []
    reach = REGIONS if clause.regions is None and not clause.excepted else regions
    if clause.strength == 0 and (clause.regions is None or ANY_KIND_TOKEN in clause.whats):
        live = [c for kind in kinds for c in _live(state, kind, reach, faces)]
        if live:
            return [Edit((k,), (r,), faces or f, None, 0.0) for k, r, f in live]
    if clause.strength is not None:
        return [Edit(kinds, regions, faces, None, clause.strength)]
    edits: list[Edit] = []
    for kind in kinds:
        live = _live(state, kind, reach, faces)
        for _, region, cell_faces in live:
            old = state.strengths[kind, region, cell_faces]
            new = _moved(old, clause.relative)
            edits.append(Edit((kind,), (region,), faces or cell_faces, None, new))
        if not live:
            edits.append(Edit((kind,), regions, faces, None, _fresh(clause.relative)))
    return edits


def _live(state: DialogueState, kind: Kind, regions: Sequence[Region], faces: Faces) -> list[Cell]:
    """Return the cells of a kind there that a round has changed and that still stand."""
    return [
        cell
        for cell, strength in state.strengths.items()
        if cell[0] is kind and cell[1] in regions and strength > 0
        if not faces or cell[2] in (faces, ())
    ]


def _same(clause: Clause, state: DialogueState) -> list[Edit]:
    """Edits on the kinds of the last round: at its places, or at others."""
    named = clause.regions is not None or bool(clause.relation)
    lessened = not named and clause.strength is None and clause.relative in (LESS, BIT_LESS)
    last = state.last_standing if lessened else state.last
    if last is None:
        return []
    places = in_region_order(clause.regions or ())
    overlap = any(set(places) & set(e.regions) for e in last.edits)
    found: list[Edit] = []
    for edit in last.edits:
        if edit.marks is not None:
            if not named:
                strength = _strength(clause, edit.strength)
                found.append(replace(edit, strength=strength))
            continue
        regions = edit.regions
        if clause.relation == OTHER_SIDE_TOKEN:
            regions = in_region_order(mirrored(r) for r in edit.regions)
        elif places:
            within = tuple(r for r in places if r in edit.regions)
            if overlap and clause.relative != AS_BEFORE and not within:
                continue
            whole = clause.relative == AS_BEFORE or not overlap
            regions = places if whole else within
        regions = tuple(r for r in regions if r not in clause.excepted)
        faces = clause.faces or edit.faces
        for kind in edit.kinds:
            for region in regions:
                old = state.strength_of(kind, region, faces)
                if clause.relative == AS_BEFORE or old is None:
                    old = edit.strength
                if lessened and old == 0:
                    continue
                strength = _strength(clause, old)
                found.append(Edit((kind,), (region,), faces, None, strength))
    return found


def _strength(clause: Clause, old: float) -> float:
    return _moved(old, clause.relative) if clause.strength is None else clause.strength


def _moved(old: float, relative: str) -> float:
    new = {
        LESS: old * 0.5,
        BIT_LESS: old * 0.7,
        MORE: old + (1 - old) / 2,
        REDUCE: old + (1 - old) / 2,
        BIT_MORE: old + 0.3 * (1 - old),
        AS_BEFORE: old,
    }[relative]
    return round(new, _DIGITS)


def _fresh(relative: str) -> float:
    """What a relative word means for what no round has touched."""
    slight = (BIT_LESS, BIT_MORE)
    return 0.3 if relative in slight else 1.0 if relative == AS_BEFORE else STRENGTH_SOFTEN


def _grounded(clause: Clause, state: DialogueState) -> Clause:
    """Fill "there" and "the other side" in from the last round."""
    if not clause.relation and SAME_TOKEN not in clause.whats:
        return clause
    last = state.last
    if last is None:
        return replace(clause, whats=[])
    regions = {r for e in last.edits for r in e.regions}
    whats = [w for w in clause.whats if w != SAME_TOKEN]
    if SAME_TOKEN in clause.whats:
        whats += [f"<{k}>" for k in in_kind_order(k for e in last.edits for k in e.kinds)]
    if clause.relation == OTHER_SIDE_TOKEN:
        return replace(clause, whats=whats, regions=in_region_order(mirrored(r) for r in regions))
    if clause.relation == SAME_PLACE_TOKEN:
        return replace(clause, whats=whats, regions=in_region_order(regions))
    return replace(clause, whats=whats)


def _kinds_of(what: str) -> tuple[Kind, ...]:
    return KIND_TOKENS.get(what, ())


def _scope(clause: Clause) -> tuple[tuple[Kind, ...], tuple[Region, ...], Faces]:
    whats = clause.whats or [ANY_KIND_TOKEN] if clause.regions else clause.whats
    kinds = in_kind_order(k for w in whats for k in _kinds_of(w))
    regions = clause.regions or FACE_REGIONS
    return kinds, tuple(r for r in regions if r not in clause.excepted), clause.faces
