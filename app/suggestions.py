"""What can be done about a photo, drawn from what was found in it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.engine_port import MarkLike
from app.i18n import tr
from app.words import count_words, place_words
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.vocabulary import (
    BLEMISHES,
    FACE_REGIONS,
    NATURAL_PRESET,
    STRENGTH_REMOVE,
    STRENGTH_SOFTEN,
    Kind,
    Region,
)

MOST = 4
MOSTLY = 0.6
"""A place is named if at least this share of the marks lies there."""
_SIDES = {Region.CHEEK_LEFT: Region.CHEEK_RIGHT, Region.JAW_LEFT: Region.JAW_RIGHT}
_SOFTER = (Kind.SHINE, Kind.REDNESS, Kind.DARK_CIRCLE, Kind.EYE_BAG, Kind.WRINKLE)
_TONES = {
    Kind.SHINE: "Soften the shine",
    Kind.REDNESS: "Soften the redness",
    Kind.DARK_CIRCLE: "Soften the dark circles",
    Kind.EYE_BAG: "Soften the bags under the eyes",
    Kind.WRINKLE: "Soften the wrinkles",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A plan with the words of its button."""

    words: str
    plan: Plan


def suggestions(marks: Sequence[MarkLike]) -> list[Suggestion]:
    """Return up to MOST suggestions for these marks (those not retouched yet)."""
    found: list[Suggestion] = []
    spots = [m for m in marks if m.kind in BLEMISHES]
    if spots:
        found.append(_remove(spots))
    present = {m.kind for m in marks}
    for kind in _SOFTER:
        if kind in present and len(found) < MOST - 1:
            edit = Edit((kind,), FACE_REGIONS, strength=STRENGTH_SOFTEN)
            found.append(Suggestion(tr(_TONES[kind]), Plan(Action.RETOUCH, (edit,)).canonical()))
    natural = [(kinds, s) for kinds, s in NATURAL_PRESET if present.intersection(kinds)]
    if len(natural) == len(NATURAL_PRESET):
        edits = tuple(Edit(kinds, FACE_REGIONS, strength=s) for kinds, s in natural)
        words = tr("All of that, gently: a natural look")
        found.append(Suggestion(words, Plan(Action.RETOUCH, edits).canonical()))
    return found


def _remove(spots: Sequence[MarkLike]) -> Suggestion:
    """Suggest removing spots; where most of them are is named, and all of them are meant."""
    edit = Edit(BLEMISHES, _with_neck(spots), strength=STRENGTH_REMOVE)
    plan = Plan(Action.RETOUCH, (edit,)).canonical()
    where = _where(spots)
    what = count_words(spots)
    if where:
        return Suggestion(tr("Remove {what}, mostly: {where}", what=what, where=where), plan)
    return Suggestion(tr("Remove {what}", what=what), plan)


def _with_neck(marks: Sequence[MarkLike]) -> tuple[Region, ...]:
    neck = any(m.region is Region.NECK for m in marks)
    return (*FACE_REGIONS, Region.NECK) if neck else FACE_REGIONS


def _where(marks: Sequence[MarkLike]) -> str:
    """Return where most of the marks are, or nothing if they are all over."""
    counts = Counter(m.region for m in marks)
    for one, other in _SIDES.items():
        if counts[one] + counts[other] >= MOSTLY * len(marks):
            sides = [r for r in (one, other) if counts[r]]
            return ", ".join(place_words(sides))
    region, most = counts.most_common(1)[0]
    return place_words([region])[0] if most >= MOSTLY * len(marks) and len(marks) > 1 else ""
