"""Plain words for plans, marks and numbers in the window."""

from collections import Counter
from collections.abc import Iterable, Sequence

from app.engine_port import MarkLike
from app.i18n import tr
from app.snapshot import DocumentState
from retouchgpt_core.language.plan import Action, Edit, Plan, Scope
from retouchgpt_core.vocabulary import (
    COMPOSITE_REGIONS,
    EVERYTHING,
    FACE_REGIONS,
    Kind,
    Region,
    Shape,
    in_kind_order,
    kind_name,
    region_name,
)

MOST_NAMED = 4
_PAIRS = {
    "cheeks": "both cheeks",
    "temples": "both temples",
    "jaw": "both sides of the jaw",
    "under_eyes": "under both eyes",
    "smile_lines": "both smile lines",
}


def capital(text: str) -> str:
    """Return the text with a capital first letter."""
    return text[:1].upper() + text[1:]


def kind_words(kind: Kind, count: int = 2) -> str:
    """Return the kind's name in the number that `count` asks for, translated."""
    return tr(kind_name(kind, count))


def place_words(regions: Sequence[Region]) -> list[str]:
    """Return the places of a plan, sides joined: "both cheeks", "whole face"."""
    left = set(regions)
    if left.issuperset(FACE_REGIONS):
        rest = [tr("neck")] if Region.NECK in left else []
        return [tr("whole face"), *rest]
    found: list[tuple[int, str]] = []
    order = list(Region)
    for name, words in _PAIRS.items():
        pair = COMPOSITE_REGIONS[name]
        if left.issuperset(pair):
            found.append((order.index(pair[0]), tr(words)))
            left -= set(pair)
    found += [(order.index(region), tr(region_name(region))) for region in left]
    return [words for _, words in sorted(found)]


def kinds_words(kinds: Sequence[Kind]) -> list[str]:
    """Return the kinds of a plan; all of them together are "everything"."""
    if set(kinds) == set(EVERYTHING):
        return [tr("everything")]
    words = [kind_words(k) for k in in_kind_order(kinds)]
    if len(words) > MOST_NAMED:
        return [
            *words[: MOST_NAMED - 1],
            tr("{count} more kinds", count=len(words) - MOST_NAMED + 1),
        ]
    return words


def strength_words(strength: float) -> str:
    """Return a strength as a person says it."""
    if strength >= 1.0:
        return tr("remove")
    if strength <= 0.0:
        return tr("put back")
    return tr("{percent} %", percent=round(strength * 100))


def scope_words(scope: Scope) -> str:
    """Return what a scope covers in one line."""
    if scope.marks is not None:
        count = len(scope.marks)
        return tr("this mark") if count == 1 else tr("these {count} marks", count=count)
    kinds = ", ".join(kinds_words(scope.kinds))
    return f"{kinds} · {', '.join(place_words(scope.regions))}"


def plan_words(plan: Plan) -> str:
    """Return a plan in one line, for history steps and buttons."""
    if plan.action is not Action.RETOUCH:
        return {
            Action.UNDO: tr("Undo"),
            Action.REDO: tr("Redo"),
            Action.RESET: tr("Back to the original"),
            Action.COMPARE: tr("Before and after"),
            Action.EXPLAIN: tr("What was found"),
        }.get(plan.action, tr("Answer"))
    return capital("; ".join(_edit_words(e) for e in plan.edits)) or tr("Nothing to change")


def _edit_words(edit: Edit) -> str:
    whole = set(edit.regions).issuperset(FACE_REGIONS)
    named = edit.marks is None and whole
    what = ", ".join(kinds_words(edit.kinds)) if named else scope_words(edit)
    if edit.strength >= 1.0:
        return tr("remove {what}", what=what)
    if edit.strength <= 0.0:
        return tr("put back {what}", what=what)
    return tr("{what} at {percent} %", what=what, percent=round(edit.strength * 100))


def count_words(marks: Iterable[MarkLike]) -> str:
    """Return "3 pimples and 1 mole" from the marks themselves."""
    counts = Counter(m.kind for m in marks)
    parts = [f"{counts[k]} {kind_words(k, counts[k])}" for k in in_kind_order(counts)]
    if len(parts) < 2:
        return "".join(parts)
    return tr("{first} and {last}", first=", ".join(parts[:-1]), last=parts[-1])


def mark_words(mark: MarkLike) -> str:
    """Return what a mark is and where."""
    if mark.painted:
        return tr("Painted by you · {place}", place=tr(region_name(mark.region)))
    return f"{capital(kind_words(mark.kind, 1))} · {tr(region_name(mark.region))}"


def fate_words(mark: MarkLike, state: DocumentState) -> str:
    """Return what has happened or will happen to a mark."""
    if mark.id in state.locks:
        return tr("kept: you locked it")
    if mark.id in state.pending_marks:
        return tr("will change")
    strength = state.strengths.get(mark.id, 0.0)
    if strength > 0:
        return tr("retouched at {percent} %", percent=round(100 * strength))
    if state.pending is not None:
        return tr("will stay")
    return tr("stays unless you name it") if mark.permanent else ""


def sure_words(mark: MarkLike) -> str:
    """Return how sure the detector is."""
    return "" if mark.painted else tr("{percent} % sure", percent=round(mark.confidence * 100))


def mask_words(erase: bool) -> str:
    """Return what a stroke did to the mask of an earlier round, for the history."""
    return tr("Erased from an earlier mask") if erase else tr("Added to an earlier mask")


def round_words(words: str, enabled: bool | None) -> str:
    """Return what was done to an earlier round, for the history; `words` are its plan's."""
    if enabled is None:
        return words
    return tr("On again: {what}", what=words) if enabled else tr("Off: {what}", what=words)


def stroke_words(shape: Shape, erase: bool) -> str:
    """Return what a stroke did, for the history."""
    words = {
        Shape.BRUSH: (tr("Healed with the brush"), tr("Erased with the brush")),
        Shape.LASSO: (tr("Healed inside an outline"), tr("Erased inside an outline")),
        Shape.FILL: (tr("Healed a whole mark"), tr("Erased a whole mark")),
    }
    return words[shape][erase]
