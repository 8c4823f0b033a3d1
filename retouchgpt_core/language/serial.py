"""From a plan to the draft tokens that say it: what the model reads of earlier turns."""

from collections.abc import Iterable, Sequence

from retouchgpt_core.language.plan import Action, FaceSelector, Plan, Scope
from retouchgpt_core.language.tokens import (
    ANY_KIND_TOKEN,
    BLEMISH_TOKEN,
    CLARIFY,
    COMPARE,
    COUNTS,
    DECLINE,
    EDIT,
    END,
    EVERYTHING_TOKEN,
    EXCEPT,
    EXPLAIN,
    FACE_TOKENS,
    KEEP,
    KIND_TOKENS,
    MARKED_TOKEN,
    PAIRED,
    PERCENT,
    PLACE_TOKENS,
    REDO,
    RESET,
    SELECTION,
    STRENGTH_TOKENS,
    THEN,
    UNDO,
)
from retouchgpt_core.vocabulary import FACE_REGIONS, REGIONS, Kind, Region

_BARE = {Action.RESET: RESET, Action.COMPARE: COMPARE, Action.CLARIFY: CLARIFY}
_COUNTED = {Action.UNDO: UNDO, Action.REDO: REDO}
_FACE_NAMES = {face: token for token, face in FACE_TOKENS.items()}


def plan_tokens(plan: Plan) -> tuple[str, ...]:
    """Return a resolved plan as draft tokens, without the closing `<end>`."""
    found: list[str] = []
    if plan.action in _BARE:
        found.append(_BARE[plan.action])
    elif plan.action in _COUNTED:
        found.append(_COUNTED[plan.action])
        count = min(plan.count or 1, 9)
        if count > 1:
            found.append(next(t for t, n in COUNTS.items() if n == count))
    elif plan.action is Action.DECLINE:
        found.append(DECLINE)
    elif plan.action is Action.EXPLAIN:
        found.append(EXPLAIN)
        for edit in plan.edits:
            found += _scope(edit)
    else:
        for edit in plan.edits:
            found += [EDIT, *_scope(edit), *strength_tokens(edit.strength)]
        for keep in plan.keep:
            found += [KEEP, *_scope(keep)]
    if plan.then is not None:
        found += [THEN, *plan_tokens(plan.then)]
    return tuple(found)


def strength_tokens(strength: float) -> tuple[str, ...]:
    """Return the tokens of an absolute strength, to the nearest percent."""
    for token, value in STRENGTH_TOKENS.items():
        if abs(value - strength) < 0.0005:
            return (token,)
    percent = min(99, round(strength * 100))
    return (PERCENT, f"<d{percent // 10}>", f"<d{percent % 10}>")


def _scope(scope: Scope) -> list[str]:
    if scope.marks is not None:
        return [MARKED_TOKEN]
    return [*_kinds(scope.kinds), *_places(scope.regions), *_faces(scope.faces)]


def _kinds(kinds: Sequence[Kind]) -> list[str]:
    for token in (ANY_KIND_TOKEN, EVERYTHING_TOKEN, BLEMISH_TOKEN):
        if set(kinds) == set(KIND_TOKENS[token]):
            return [token]
    return [f"<{kind}>" for kind in kinds]


def _places(regions: Sequence[Region]) -> list[str]:
    present = set(regions)
    if present == set(FACE_REGIONS):
        return []
    if present == set(REGIONS):
        return ["<at_everywhere>"]
    missing = set(FACE_REGIONS) - present
    if Region.NECK not in present and len(missing) <= 6:
        return [EXCEPT, *_listed(missing)]
    for token in ("<at_t_zone>", "<at_around_mouth>"):
        if present == set(PLACE_TOKENS[token]):
            return [token]
    return _listed(present)


def _listed(regions: Iterable[Region]) -> list[str]:
    present = set(regions)
    found: list[str] = []
    done: set[str] = set()
    for region in REGIONS:
        if region not in present:
            continue
        place, _, side = region.rpartition("_")
        if place not in PAIRED:
            found.append(f"<at_{region}>")
        elif place not in done:
            done.add(place)
            both = {Region(f"{place}_left"), Region(f"{place}_right")} <= present
            found += [f"<at_{place}>"] if both else [f"<{side}>", f"<at_{place}>"]
    return found


def _faces(faces: Sequence[FaceSelector]) -> list[str]:
    return [_FACE_NAMES[f] for f in faces if f in _FACE_NAMES]


MAX_STATE_TOKENS = 14


def state_tokens(
    rounds: Sequence[Plan], face_count: int = 1, selected: bool = False
) -> tuple[str, ...]:
    """Return what the model is told before the instruction: faces, selection, the last round."""
    head: list[str] = []
    if face_count > 1:
        head.append(f"<faces_{min(face_count, 4)}>")
    if selected:
        head.append(SELECTION)
    past: list[str] = []
    for plan in rounds[-1:]:
        past += [*plan_tokens(plan), END]
    return (*head, *past[-MAX_STATE_TOKENS:])
