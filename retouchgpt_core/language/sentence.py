"""A plan in plain English: what the image networks read, and what options are called."""

from collections.abc import Sequence

from retouchgpt_core.language.plan import Action, Edit, FaceSelector, Plan, Scope
from retouchgpt_core.vocabulary import (
    BLEMISHES,
    EVERYTHING,
    FACE_REGIONS,
    KINDS,
    REGIONS,
    Kind,
    Region,
    kind_name,
    mirrored,
)

_UNCOUNTED = {
    Kind.ACNE: "acne",
    Kind.REDNESS: "redness",
    Kind.SHINE: "shine",
    Kind.TEXTURE: "uneven texture",
}
_ORDINALS = {1: "first", 2: "second", 3: "third"}


def canonical_sentence(plan: Plan) -> str:
    """Return one plain sentence that says what a plan does; never empty."""
    if plan.action is Action.RETOUCH:
        text = _retouch(plan)
    elif plan.action in (Action.UNDO, Action.REDO):
        steps = f" {plan.count} steps" if plan.count and plan.count > 1 else ""
        text = f"{plan.action}{steps}"
    elif plan.action is Action.EXPLAIN:
        about = " and ".join(scope_words(e) for e in plan.edits)
        text = f"say what was found: {about}" if about else "say what was found"
    else:
        text = {
            Action.RESET: "go back to the original",
            Action.COMPARE: "show before and after",
            Action.CLARIFY: "ask what is meant",
            Action.DECLINE: "decline",
        }[plan.action]
    return text if plan.then is None else f"{text}, then {canonical_sentence(plan.then)}"


def _retouch(plan: Plan) -> str:
    parts = [_edit(edit) for edit in plan.edits]
    parts += [f"keep {scope_words(keep)}" for keep in plan.keep]
    return ", ".join(parts) or "change nothing"


def _edit(edit: Edit) -> str:
    words = scope_words(edit)
    if edit.strength >= 0.9995:
        return f"remove {words}"
    if edit.strength < 0.0005:
        return f"put {words} back"
    return f"reduce {words} by {round(edit.strength * 100)} percent"


def scope_words(scope: Scope) -> str:
    """Return what a scope covers: "the acne marks on the left cheek"."""
    if scope.marks is not None:
        return "the selected mark" if len(scope.marks) == 1 else "the selected marks"
    where = place_words(scope.regions)
    who = face_words(scope.faces)
    return f"{kinds_words(scope.kinds)}{f' {where}' if where else ''}{f' of {who}' if who else ''}"


def kinds_words(kinds: Sequence[Kind]) -> str:
    """Return kinds as a noun phrase with its article."""
    present = set(kinds)
    if present == set(KINDS):
        return "all imperfections"
    if present == set(EVERYTHING):
        return "everything but permanent marks and texture"
    if present == set(BLEMISHES):
        return "the blemishes"
    return listed([f"the {_UNCOUNTED.get(k) or kind_name(k, 2)}" for k in kinds])


def place_words(regions: Sequence[Region]) -> str:
    """Return places with their preposition; "" for the whole face."""
    present = set(regions)
    if present == set(FACE_REGIONS):
        return ""
    if present == set(REGIONS):
        return "on the face and the neck"
    missing = set(FACE_REGIONS) - present
    if Region.NECK not in present and len(missing) <= 5:
        return f"everywhere except {listed(_places(missing))}"
    return listed(_places(present))


def _places(regions: set[Region]) -> list[str]:
    found: list[str] = []
    for region in REGIONS:
        if region not in regions:
            continue
        other = mirrored(region)
        if other is not region and other in regions:
            if region.endswith("_left"):
                found.append(place_name(region.removesuffix("_left"), ""))
        else:
            side = "left" if region.endswith("_left") else "right" if other is not region else ""
            found.append(place_name(region.removesuffix(f"_{side}"), side))
    return found


def place_name(place: str, side: str) -> str:
    """Return "on the left cheek" for ("cheek", "left"), "on both cheeks" without a side."""
    if place == "between_brows":
        return "between the brows"
    if place == "under_eye":
        return f"under the {side} eye" if side else "under both eyes"
    if place == "upper_lip":
        return "above the upper lip"
    words = place.replace("_", " ")
    paired = place in ("temple", "cheek", "smile_line", "jaw")
    if side:
        return f"on the {side} {words}"
    if paired:
        return "on both sides of the jaw" if place == "jaw" else f"on both {words}s"
    return f"on the {words}"


def face_words(faces: Sequence[FaceSelector]) -> str:
    """Return whose face is meant; "" for everyone."""
    found: list[str] = []
    for face in faces:
        if isinstance(face, int):
            found.append(f"the {_ORDINALS.get(face, f'{face}th')} person from the left")
        elif face == "largest":
            found.append("the largest face")
        else:
            found.append(
                "the person " + ("in the middle" if face == "middle" else f"on the {face}")
            )
    return listed(found)


def listed(words: Sequence[str]) -> str:
    """Join words as English does: "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
