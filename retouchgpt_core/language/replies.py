"""Short, true replies: numbers come from the counts handed in, never from the model."""

from collections.abc import Mapping, Sequence

from retouchgpt_core.language.plan import Action, Plan
from retouchgpt_core.language.sentence import (
    canonical_sentence,
    face_words,
    kinds_words,
    listed,
    place_words,
    scope_words,
)
from retouchgpt_core.vocabulary import KINDS, Kind, Region, in_region_order, kind_name

_CAN_DO = {
    "shape": "reshape a face; it evens skin. It can soften lines and bags instead",
    "eyes": "change eyes. It can soften the dark circles and bags under them",
    "teeth": "change teeth. It can remove blemishes and redness around the mouth",
    "lips": "change lips. It can remove blemishes and lines around the mouth",
    "makeup": "put on or take off make-up. It can even out redness, shine and dark circles",
    "hair": "restyle or colour hair. It can remove stray hairs that cross the skin",
    "beard": "shave or grow beards. It can remove stray hairs on the skin",
    "background": "change backgrounds. It works on skin: blemishes, lines, shine, redness",
    "light": "change light or exposure. It can take the shine off the skin",
    "colour": "change the picture's colours. It can even out redness of the skin",
    "skin_colour": "change the colour of skin. It can even out redness and dark circles",
    "glasses": "change glasses. It can retouch the skin around them",
    "objects": "remove objects. It can remove marks on the skin",
    "body": "change bodies or clothes. It can retouch the face and the neck",
    "expression": "change expressions. It can soften the lines around mouth and eyes",
    "identity": "turn people into others. It can retouch the skin that is there",
    "age": "change someone's age. It can soften wrinkles, age spots and bags",
    "crop": "crop, turn or resize. It can retouch the skin at the photo's own size",
    "sharpness": "sharpen, blur or restore photos. It can even out the skin's texture",
    "file": "handle files from a sentence: use the menu for that. It can retouch skin here",
    "question": "answer that. It can say what it found on the skin, and retouch it",
    "inexpressible": "do exactly that. It can remove or soften a kind of mark in a named place, "
    "or the marks that you click",
}
_DECLINED = "retouch that. It can remove or soften marks, lines, redness and shine of the skin"
_ASKS = {
    "what": 'What should change? Name it and where, such as "remove the pimples on the chin".',
    "which_mark": 'Which one? Click the mark first, then say "remove this one".',
    "reference": "There is no earlier round that this could refer to. Say what to change.",
}


def decline_reply(topic: str) -> str:
    """Say what the program does not do, and the nearest thing that it does."""
    if topic == "chat":
        return 'Nothing was changed. Say what to retouch, such as "soften the eye bags".'
    return f"This program cannot {_CAN_DO.get(topic, _DECLINED)}."


def clarify_reply(reason: str, options: Sequence[Plan] = ()) -> str:
    """Ask what is meant; with options, ask which of them."""
    if not options:
        return _ASKS.get(reason) or _ASKS["what"]
    if all(e.faces for option in options for e in option.edits):
        return "Whose face? Choose one, counted from the left of the picture."
    return f"Which is meant: {_either(options)}?"


def doubt_reply(options: Sequence[Plan]) -> str:
    """Ask because the model was not sure."""
    if not options:
        return "That was not clear. Say it in other words: what should change, and where?"
    return f"That was not quite clear. Is it: {_either(options)}?"


def _either(options: Sequence[Plan]) -> str:
    words = [canonical_sentence(option) for option in options]
    return f"{', '.join(words[:-1])} or {words[-1]}"


def reply_for(
    plan: Plan,
    changed: Mapping[tuple[Kind, Region], int],
    kept: Mapping[Kind, int],
    face_count: int,
) -> str:
    """Say what a plan comes to, in one to four short sentences.

    `changed` counts the marks that the plan changes (for `explain`: that were found), `kept` those
    that it would cover but leaves because of a keep. Only these counts are claimed.
    """
    text = _reply(plan, changed, kept, face_count)
    if plan.then is not None and plan.action is not Action.RETOUCH:
        return f"{text} Next: {canonical_sentence(plan.then)}."
    return text


def _reply(
    plan: Plan,
    changed: Mapping[tuple[Kind, Region], int],
    kept: Mapping[Kind, int],
    face_count: int,
) -> str:
    steps = plan.count or 1
    if plan.action is Action.UNDO:
        return "The last step is undone." if steps == 1 else f"The last {steps} steps are undone."
    if plan.action is Action.REDO:
        return "The step is done again." if steps == 1 else f"{steps} steps are done again."
    if plan.action is Action.RESET:
        return "The photo is as it was opened."
    if plan.action is Action.COMPARE:
        return "Before and after."
    if plan.action is Action.DECLINE:
        return plan.reply or decline_reply("")
    if plan.action is Action.CLARIFY:
        return plan.reply or clarify_reply("", plan.options or ())
    if plan.action is Action.EXPLAIN:
        return _found(plan, changed, face_count)
    return " ".join(_retouched(plan, changed, kept))


def _found(plan: Plan, changed: Mapping[tuple[Kind, Region], int], face_count: int) -> str:
    counts = _by_kind(changed)
    faces = "one face" if face_count == 1 else f"{face_count} faces"
    if not counts:
        about = listed([scope_words(e) for e in plan.edits]) or "any marks"
        return f"Found none of what was asked for ({about})." if plan.edits else "No marks found."
    return f"Found on {faces}: {_counted(counts)}."


def _retouched(
    plan: Plan, changed: Mapping[tuple[Kind, Region], int], kept: Mapping[Kind, int]
) -> list[str]:
    said: list[str] = []
    named: set[Kind] = set()
    for edit in plan.edits:
        if edit.marks is not None:
            some = (
                "The selected mark" if len(edit.marks) == 1 else f"{len(edit.marks)} selected marks"
            )
            said.append(f"{some} {_fate(edit.strength, len(edit.marks))}.")
            continue
        cells = {
            cell: n
            for cell, n in changed.items()
            if n > 0 and cell[0] in edit.kinds and cell[1] in edit.regions
        }
        counts = _by_kind(cells)
        named |= set(counts)
        if counts:
            where = place_words(in_region_order(region for _, region in cells))
            place = f" {_pictured(where)}" if where and len(where) < 60 else ""
            whose = face_words(edit.faces)
            owner = f" of {whose}" if whose else ""
            total = sum(counts.values())
            said.append(f"{_counted(counts)}{place}{owner} {_fate(edit.strength, total)}.")
    missing = [e for e in plan.edits if e.marks is None and not set(e.kinds) & named]
    if missing:
        said.append(_not_found(plan, missing))
    stay = {kind: n for kind, n in kept.items() if n > 0}
    if stay:
        total = sum(stay.values())
        said.append(f"{_counted(stay)} {'stays' if total == 1 else 'stay'}.")
    elif plan.keep and not plan.edits:
        said.append(f"Will keep {listed([scope_words(k) for k in plan.keep])}.")
    return said or ["Nothing to change."]


def instead_reply(counts: Mapping[tuple[Kind, Region], int]) -> str:
    """Say what is there in place of what was asked for and not found."""
    kinds = _by_kind(counts)
    return f"But {_counted(kinds)} {'is' if sum(kinds.values()) == 1 else 'are'} there."


def _not_found(plan: Plan, missing: Sequence[object]) -> str:
    edits = [e for e in plan.edits if e in missing]
    if len(edits) == len(plan.edits) == 1:
        words = kinds_words(edits[0].kinds).removeprefix("the ")
        where = place_words(edits[0].regions)
        return f"No {words} found{f' {_pictured(where)}' if where else ''}."
    return f"Not found: {listed([scope_words(e) for e in edits])}."


def _pictured(where: str) -> str:
    """Say that sides are those of the picture, where a side is named."""
    sided = " left " in f" {where} " or " right " in f" {where} "
    return f"{where} (of the picture)" if sided else where


def _fate(strength: float, count: int) -> str:
    if strength >= 0.9995:
        return "will go"
    if strength < 0.0005:
        return "is back as photographed" if count == 1 else "are back as photographed"
    return f"will be {round(strength * 100)} % weaker"


def _by_kind(cells: Mapping[tuple[Kind, Region], int]) -> dict[Kind, int]:
    counts: dict[Kind, int] = {}
    for (kind, _), number in cells.items():
        if number > 0:
            counts[kind] = counts.get(kind, 0) + number
    return {kind: counts[kind] for kind in KINDS if kind in counts}


def _counted(counts: Mapping[Kind, int]) -> str:
    return listed([f"{number} {kind_name(kind, number)}" for kind, number in counts.items()])
