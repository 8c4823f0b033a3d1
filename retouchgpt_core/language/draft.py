"""A draft: what the model wrote, read into clauses, before the dialogue resolves it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from retouchgpt_core.errors import PlanError
from retouchgpt_core.language.plan import Action, FaceSelector
from retouchgpt_core.language.tokens import (
    CLARIFY,
    COMPARE,
    COUNTS,
    DECLINE,
    DIGITS,
    EDIT,
    EITHER,
    END,
    EXCEPT,
    EXPLAIN,
    FACE_TOKENS,
    HALF_TOKEN,
    KEEP,
    LEAVE_PERCENT,
    OTHER_SIDE_TOKEN,
    PERCENT,
    PLACE_TOKENS,
    REASON_TOKENS,
    REDO,
    RELATIVE_TOKENS,
    RESET,
    SAME_PLACE_TOKEN,
    SIDES,
    STRENGTH_TOKENS,
    THEN,
    TOPIC_TOKENS,
    UNDO,
    WHAT_TOKENS,
    WHERE_TOKENS,
    WHICH_FACE,
)
from retouchgpt_core.vocabulary import Region, in_region_order

_ACTIONS = {
    EDIT: Action.RETOUCH,
    KEEP: Action.RETOUCH,
    EITHER: Action.CLARIFY,
    WHICH_FACE: Action.CLARIFY,
    CLARIFY: Action.CLARIFY,
    DECLINE: Action.DECLINE,
    UNDO: Action.UNDO,
    REDO: Action.REDO,
    RESET: Action.RESET,
    COMPARE: Action.COMPARE,
    EXPLAIN: Action.EXPLAIN,
}


@dataclass(slots=True)
class Clause:
    """One edit, keep or question: what, where, on whom, how much.

    `regions` None means that no place was said. `relation` is SAME_PLACE_TOKEN, OTHER_SIDE_TOKEN
    or "". `strength` is absolute, `relative` one of RELATIVE_TOKENS; at most one of them is set.
    """

    whats: list[str] = field(default_factory=list[str])
    regions: tuple[Region, ...] | None = None
    excepted: tuple[Region, ...] = ()
    relation: str = ""
    faces: tuple[FaceSelector, ...] = ()
    strength: float | None = None
    relative: str = ""


@dataclass(slots=True)
class Draft:
    """What one instruction says, with its relations to earlier turns unresolved."""

    action: Action
    edits: list[Clause] = field(default_factory=list[Clause])
    keeps: list[Clause] = field(default_factory=list[Clause])
    count: int | None = None
    either: Clause | None = None
    which_face: bool = False
    topic: str = ""
    then: "Draft | None" = None


class _Reader:
    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tokens
        self.position = 0

    @property
    def next(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else END

    def take(self) -> str:
        token = self.next
        self.position += 1
        return token

    def draft(self) -> Draft:
        start = self.next
        if start not in _ACTIONS:
            raise PlanError(f"A plan cannot start with {start}.")
        draft = Draft(_ACTIONS[start])
        if start == WHICH_FACE:
            draft.which_face = True
            self.take()
        if start == EITHER:
            self.take()
            draft.either = self.clause(with_strength=True)
        while self.next in (EDIT, KEEP):
            kept = self.take() == KEEP
            (draft.keeps if kept else draft.edits).append(self.clause(not kept))
        if start in (UNDO, REDO):
            self.take()
            draft.count = COUNTS[self.take()] if self.next in COUNTS else 1
        elif start in (CLARIFY, DECLINE):
            self.take()
            if self.next in TOPIC_TOKENS or self.next in REASON_TOKENS:
                token = self.take()
                draft.topic = TOPIC_TOKENS.get(token) or REASON_TOKENS[token]
        elif start in (RESET, COMPARE):
            self.take()
        elif start == EXPLAIN:
            self.take()
            if self.next in WHAT_TOKENS or self.next in WHERE_TOKENS or self.next in SIDES:
                draft.edits.append(self.clause(with_strength=False))
        if self.next == THEN:
            self.take()
            draft.then = self.draft()
        return draft

    def clause(self, with_strength: bool) -> Clause:
        clause = Clause()
        while self.next in WHAT_TOKENS:
            clause.whats.append(self.take())
        places, clause.relation = self.places()
        clause.regions = places or None
        if self.next == EXCEPT:
            self.take()
            clause.excepted = self.places()[0]
        faces: list[FaceSelector] = []
        while self.next in FACE_TOKENS:
            faces.append(FACE_TOKENS[self.take()])
        clause.faces = tuple(faces)
        if with_strength:
            self.strength(clause)
        return clause

    def places(self) -> tuple[tuple[Region, ...], str]:
        found: list[Region] = []
        relation = ""
        while self.next in SIDES or self.next in WHERE_TOKENS:
            token = self.take()
            if token in SIDES:
                side = SIDES[token]
                place = self.take()
                pool = PLACE_TOKENS["<at_face>"] if place == HALF_TOKEN else PLACE_TOKENS[place]
                found += [r for r in pool if r.endswith(f"_{side}")]
            elif token in (SAME_PLACE_TOKEN, OTHER_SIDE_TOKEN):
                relation = token
            else:
                found += PLACE_TOKENS[token]
        return in_region_order(found), relation

    def strength(self, clause: Clause) -> None:
        token = self.take()
        if token in STRENGTH_TOKENS:
            clause.strength = STRENGTH_TOKENS[token]
        elif token in (PERCENT, LEAVE_PERCENT):
            value = (10 * DIGITS.index(self.take()) + DIGITS.index(self.take())) / 100
            clause.strength = round(1 - value if token == LEAVE_PERCENT else value, 3)
        elif token in RELATIVE_TOKENS:
            clause.relative = token
        else:
            raise PlanError(f"{token} is no strength.")


def read_draft(tokens: Sequence[str]) -> Draft:
    """Read draft tokens (with or without `<end>`). Raises PlanError where the grammar is broken."""
    reader = _Reader(tokens)
    try:
        draft = reader.draft()
    except (KeyError, ValueError) as error:
        raise PlanError(f"This draft cannot be read: {' '.join(tokens)}.") from error
    if reader.next != END:
        raise PlanError(f"{reader.next} stands where a plan should end.")
    return draft
