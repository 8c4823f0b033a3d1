"""A message of several requests, read request by request.

What one sentence asks for rarely depends on the others; where it does ("soften it", "the rest"),
the message is only read as a whole.
"""

import re
from collections.abc import Sequence
from itertools import groupby

from retouchgpt_core.language.grammar import is_valid
from retouchgpt_core.language.tokens import (
    DECLINE,
    EDIT,
    END,
    KEEP,
    OTHER_SIDE_TOKEN,
    SAME_PLACE_TOKEN,
    SAME_TOKEN,
    THEN,
)

MOST = 7
"""Messages of more pieces are read as a whole."""
_VERBS = (
    r"remove|delete|erase|get rid|soften|reduce|tone|fade|lessen|lighten|halve|keep|leave|take|"
    r"bring|dial|clear|clean|fix|heal|lose|zap|smooth|even out|minimi[sz]e|make|don'?t|do not|"
    r"please \w|preserve|calm|mute|tame|hide|cover|turn down|knock|spare|slightly|strongly|"
    r"heavily|gently|just|completely"
)
_ENDS = r"(?<=[.!?;])\s+|\n+|\s+[-*•]\s+|^\s*[-*•]\s+|(?:^|\s)\d[.):]\s+"
_LINKS = r"(?:,|;|\s-|\s&|\+)?\s*(?:\b(?:and|but|then|also|plus|oh|now)\b\s*)*"
_REQUEST = rf"(?:,\s*|\s+(?=and|but|then|also)){_LINKS}(?=(?:{_VERBS})\b)"
_SPLIT = re.compile(rf"{_ENDS}|{_REQUEST}", re.I)
_COMMA = re.compile(rf"{_ENDS}|,\s+(?:and\s+|but\s+)?", re.I)
_AMOUNT = re.compile(
    r"\d\s*%|\d\d\s*$|\b(?:percent|pct|half|halved|bit|slightly|lot|little|gone|off|out|away|down|"
    r"keep|remove|softer|stays?|touch|third|quarter)\b",
    re.I,
)
"""Says how much, so that a noun beside it is a request: "bags 40 %", "zits gone"."""
_LEANING = re.compile(
    r"\b(?:it|its|them|that|those|this|these|there|both|same|too|rest|else|otherwise|others?|one|"
    r"ones|instead|remaining|undo|redo|as well|either|if)\b",
    re.I,
)
"""Leans on what was said before."""
_PLACE_FIRST = re.compile(
    r"^\W*(?:on|in|at|under|around|above|between|for|only|with|regarding|as for)\b|"
    r"^[^,.;:]*\b(?:forehead|nose|chin|cheeks?|neck|jaw|jawline|temples?|zone|lip|mouth|eyes?|brows|"
    r"face|skin|side|left|right|middle|person)\b[^,.;:]{0,12}:\s",
    re.I,
)
"""Names a place or a person for all that follows."""


def pieces(text: str) -> list[str]:
    """Split a message into requests that each stand alone; one piece if it cannot be done."""
    for split in (_COMMA, _SPLIT):
        found = [p.strip(" ,;-") for p in split.split(text) if p]
        found = [p for p in found if any(c.isalnum() for c in p)]
        if split is _COMMA and not all(_AMOUNT.search(p) for p in found):
            continue
        if 2 <= len(found) <= MOST and not any(
            _LEANING.search(p) or _PLACE_FIRST.search(p) for p in found
        ):
            return found
    return [text]


def merged(drafts: Sequence[Sequence[str]]) -> tuple[str, ...] | None:
    """Join drafts of edits and keeps into one; small talk is left out; None if there is more."""
    edits: list[str] = []
    keeps: list[str] = []
    for number, draft in enumerate(drafts):
        if draft[:2] == (DECLINE, "<topic_chat>"):
            continue
        leans = number > 0 and _RELATIONS & set(draft)
        if draft[0] not in (EDIT, KEEP) or THEN in draft or leans:
            return None
        place = edits
        for opens, group in groupby(draft, key=lambda t: t if t in (EDIT, KEEP) else ""):
            place = (keeps if opens == KEEP else edits) if opens else place
            place += [t for t in group if t != END]
    whole = (*edits, *keeps, END)
    return whole if edits and is_valid(whole) else None


_RELATIONS = frozenset((SAME_TOKEN, SAME_PLACE_TOKEN, OTHER_SIDE_TOKEN))
