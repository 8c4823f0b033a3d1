"""All faces of a photo asked together: which marks are meant, and what their fills are."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from retouchgpt_core.document.state import FillKey
from retouchgpt_core.document.turn import Choice
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.language.sentence import canonical_sentence
from retouchgpt_core.retouch.face_work import Asked, FaceWork
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.request import ASKED_GATED
from retouchgpt_core.vocabulary import FACE_REGIONS, REGIONS, TONE_KINDS, Kind

Progress = Callable[[str, float], None]
Cancelled = Callable[[], bool]
MOST_NAMED = 4
"""Kinds that one request can name; with more it is a preset or a collective word."""


def heard(
    works: Iterable[FaceWork], asked: Asked, marks: Iterable[Mark], ids: Collection[str]
) -> dict[str, float]:
    """Return IIP's probability that each found mark among `ids` is meant, by id."""
    every = [m for m in marks if m.id in ids and not m.painted]
    found: dict[str, float] = {}
    for work in works:
        own = [m for m in every if m.face == work.number]
        if own:
            found.update(work.asked_for(asked, own))
    return found


def named_tones(works: Iterable[FaceWork], plan: Plan, known: Iterable[Mark]) -> dict[str, Mark]:
    """Return tone-like marks that the plan asks for by name and that nobody has found so far.

    A preset or "everything" names none: what is faint is then left as it is.
    """
    wanted = [
        edit
        for edit in plan.edits
        if edit.strength > 0 and edit.marks is None and len(edit.kinds) <= MOST_NAMED
    ]
    if not any(kind in TONE_KINDS for edit in wanted for kind in edit.kinds):
        return {}
    there = {(m.face, m.kind, m.region) for m in known if not m.painted}
    return {
        mark.id: mark
        for work in works
        for mark in work.named_tones()
        if (mark.face, mark.kind, mark.region) not in there
        and any(edit.covers(mark.kind, mark.region, mark.id) for edit in wanted)
    }


def heard_again(
    works: Sequence[FaceWork],
    asked: Asked,
    marks: Iterable[Mark],
    covered: Collection[str],
    first: Mapping[str, float],
) -> dict[str, float]:
    """Ask again, kind by kind in plain words, about marks that the plan covers and IIP denies.

    Long lists and rare words hide from it what single requests do not. Returns `first` with the
    larger of both answers for each mark.
    """
    known = {m.id: m for m in marks}
    found = dict(first)
    denied = [known[i] for i in covered if i in known and first.get(i, 1.0) < ASKED_GATED]
    for kind in dict.fromkeys(m.kind for m in denied):
        plan = _about(kind, asked.plan)
        ids = [m.id for m in denied if m.kind is kind]
        plain = Asked(canonical_sentence(plan), plan)
        for mark, probability in heard(works, plain, denied, ids).items():
            found[mark] = max(found[mark], probability)
    return found


def _about(kind: Kind, plan: Plan) -> Plan:
    """Return a plan that asks for one kind alone, wherever `plan` does."""
    edits = [e for e in plan.edits if kind in e.kinds or e.marks is not None]
    regions = tuple(dict.fromkeys(r for e in edits for r in e.regions)) or FACE_REGIONS
    if set(regions) == set(REGIONS):
        regions = FACE_REGIONS  # marks of the neck are judged by their kind
    return Plan(Action.RETOUCH, (Edit((kind,), regions),)).canonical()


def missing_fills(
    works: Sequence[FaceWork],
    asked: Asked,
    marks: Mapping[str, Mark],
    strengths: Mapping[str, float],
    known: Collection[FillKey],
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> dict[FillKey, Fill]:
    """Make the fills of the marks that get a strength above 0 and have none among `known`.

    Nothing runs if there are no such marks. Raises CancelledError.
    """
    made: dict[FillKey, Fill] = {}
    for work in works:
        own = [m for m in marks.values() if m.face == work.number]
        targets = [m for m in own if strengths.get(m.id, 0.0) > 0 and m.key not in known]
        report = None if progress is None else _told(progress, work.number, len(works))
        if targets:
            for fill in work.fills(asked, targets, own, report, cancelled):
                made[marks[fill.mark_id].key] = fill
    return made


def asked_by_hand(choice: Choice) -> Asked:
    """Say in words what a slider or a brush asks for."""
    kinds = tuple({m.kind: None for m in choice.marks.values()})
    regions = tuple({m.region: None for m in choice.marks.values()})
    plan = Plan(Action.RETOUCH, (Edit(kinds, regions),)).canonical()
    return Asked(canonical_sentence(plan), plan)


def _told(progress: Progress, face: int, faces: int) -> Callable[[float], None]:
    words = "Retouching" if faces == 1 else f"Retouching face {face} of {faces}"
    return lambda share: progress(words, share)
