"""The grammar of drafts: which token may come next, so that any weights write a valid plan."""

from collections.abc import Sequence

from retouchgpt_core.errors import PlanError
from retouchgpt_core.language.tokens import (
    AS_BEFORE,
    BLEMISH_TOKEN,
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
    KIND_TOKENS,
    LEAVE_PERCENT,
    MARKED_TOKEN,
    NATURAL_TOKEN,
    OTHER_SIDE_TOKEN,
    PAIRED_TOKENS,
    PERCENT,
    PLACE_TOKENS,
    REASON_TOKENS,
    REDO,
    RELATIVE_TOKENS,
    RESET,
    SAME_PLACE_TOKEN,
    SAME_TOKEN,
    SIDES,
    STRENGTH_TOKENS,
    THEN,
    TOPIC_TOKENS,
    UNDO,
    WHICH_FACE,
)
from retouchgpt_core.vocabulary import KINDS

_AGAIN = (EDIT, KEEP, UNDO, REDO, RESET, COMPARE, EXPLAIN)
_STARTS = (*_AGAIN, EITHER, WHICH_FACE, CLARIFY, DECLINE)
_SINGLE_KINDS = (*(f"<{k}>" for k in KINDS), BLEMISH_TOKEN)
_RELATIONS = (SAME_PLACE_TOKEN, OTHER_SIDE_TOKEN)
_ABSOLUTE = (*STRENGTH_TOKENS, PERCENT, LEAVE_PERCENT)
_WHATS = {
    EDIT: (*KIND_TOKENS, NATURAL_TOKEN, SAME_TOKEN, MARKED_TOKEN),
    KEEP: (*KIND_TOKENS, SAME_TOKEN, MARKED_TOKEN),
    EITHER: _SINGLE_KINDS,
    EXPLAIN: tuple(KIND_TOKENS),
}
_ALONE = frozenset({NATURAL_TOKEN, SAME_TOKEN, MARKED_TOKEN})
_NOT_EXCEPTED = frozenset({"<at_face>", "<at_everywhere>"})
_MAX_EDITS, _MAX_KEEPS, _MAX_WHATS, _MAX_PLACES, _MAX_FACES = 8, 4, 8, 8, 3


class Grammar:
    """Reads a draft token by token and says what may follow.

    Every walk that takes one of `allowed()` at each step ends, after at most a few hundred
    tokens, in a draft that `read_draft` reads.
    """

    def __init__(self) -> None:
        self._stage = "start"
        self._mode = ""
        self._again = False
        self._faces_asked = False
        self._whats: list[str] = []
        self._places: list[str] = []
        self._excepted = 0
        self._faces: list[str] = []
        self._edits = 0
        self._keeps = 0
        self.done = False

    def allowed(self) -> tuple[str, ...]:
        """Return the tokens that may come next; empty once the draft has ended."""
        return () if self.done else getattr(self, f"_after_{self._stage}")()

    def push(self, token: str) -> None:
        """Take the next token. Raises PlanError if it is not allowed."""
        if token not in self.allowed():
            raise PlanError(f"{token} may not stand here.")
        if token == END:
            self.done = True
        elif token == THEN:
            self._again, self._stage = True, "start"
            self._edits = self._keeps = 0
        elif token in (EDIT, KEEP, EITHER, EXPLAIN):
            self._open(token)
        elif token == WHICH_FACE:
            self._faces_asked, self._stage = True, "which_face"
        elif token in (UNDO, REDO):
            self._stage = "count"
        elif token in (RESET, COMPARE):
            self._stage = "tail"
        elif token in (CLARIFY, DECLINE):
            self._stage = "reason" if token == CLARIFY else "topic"
        elif self._stage in ("count", "reason", "topic"):
            self._stage = "tail" if self._stage == "count" else "last"
        else:
            self._in_clause(token)

    def _open(self, token: str) -> None:
        self._mode = token
        self._stage = "clause"
        self._whats, self._places, self._faces, self._excepted = [], [], [], 0
        self._edits += token == EDIT
        self._keeps += token == KEEP

    def _in_clause(self, token: str) -> None:
        if self._stage in ("digit", "last_digit"):
            self._stage = "last_digit" if self._stage == "digit" else "strength"
        elif token in (PERCENT, LEAVE_PERCENT):
            self._stage = "digit"
        elif token in STRENGTH_TOKENS or token in RELATIVE_TOKENS:
            self._stage = "strength"
        elif token in SIDES:
            self._stage = "side"
        elif token == EXCEPT:
            self._excepted, self._stage = 1, "except"
        elif token in FACE_TOKENS:
            self._faces.append(token)
            self._stage = "clause"
        elif token in PLACE_TOKENS or token in _RELATIONS or token == HALF_TOKEN:
            self._excepted += self._excepted > 0
            self._places += [] if self._excepted else [token]
            self._stage = "clause"
        else:
            self._whats.append(token)

    def _after_start(self) -> tuple[str, ...]:
        return _AGAIN if self._again else _STARTS

    def _after_which_face(self) -> tuple[str, ...]:
        return (EDIT,)

    def _after_side(self) -> tuple[str, ...]:
        return (*PAIRED_TOKENS, HALF_TOKEN)

    def _after_except(self) -> tuple[str, ...]:
        return (*(p for p in PLACE_TOKENS if p not in _NOT_EXCEPTED), *SIDES)

    def _after_digit(self) -> tuple[str, ...]:
        return DIGITS

    def _after_last_digit(self) -> tuple[str, ...]:
        return DIGITS

    def _after_count(self) -> tuple[str, ...]:
        return (*COUNTS, *self._after_tail())

    def _after_topic(self) -> tuple[str, ...]:
        return tuple(TOPIC_TOKENS)

    def _after_reason(self) -> tuple[str, ...]:
        return tuple(REASON_TOKENS)

    def _after_last(self) -> tuple[str, ...]:
        return (END,)

    def _after_tail(self) -> tuple[str, ...]:
        return (END,) if self._again else (THEN, END)

    def _after_strength(self) -> tuple[str, ...]:
        if self._mode == EITHER:
            return (END,)
        edit = (EDIT,) if self._edits < _MAX_EDITS else ()
        return (*edit, END) if self._faces_asked else (*edit, KEEP, *self._after_tail())

    def _after_clause(self) -> tuple[str, ...]:
        if self._mode == EXPLAIN and not (self._whats or self._places):
            return (*_WHATS[EXPLAIN], *PLACE_TOKENS, *SIDES, END)
        if not self._whats and self._mode != EXPLAIN:
            return _WHATS[self._mode]
        return (*self._more_whats(), *self._more_places(), *self._closing())

    def _more_whats(self) -> tuple[str, ...]:
        fresh = not (self._places or self._excepted or self._faces)
        if not fresh or len(self._whats) >= _MAX_WHATS or _ALONE & set(self._whats):
            return ()
        return tuple(w for w in _WHATS[self._mode] if w not in self._whats and w not in _ALONE)

    def _more_places(self) -> tuple[str, ...]:
        if self._faces or MARKED_TOKEN in self._whats or self._one_of_two():
            return ()
        if self._excepted:
            more = self._excepted <= _MAX_PLACES
            return self._after_except() if more else ()
        found: list[str] = []
        if not set(self._places) & set(_RELATIONS) and len(self._places) < _MAX_PLACES:
            found += [*PLACE_TOKENS, *SIDES]
            if not self._places and self._mode in (EDIT, KEEP):
                found += _RELATIONS
        if self._mode in (EDIT, KEEP):
            found.append(EXCEPT)
        return tuple(found)

    def _one_of_two(self) -> bool:
        return self._mode == EITHER and len(self._whats) < 2

    def _closing(self) -> tuple[str, ...]:
        """What may follow a clause's scope: faces, then the strength or the end."""
        if self._one_of_two():
            return ()
        marked = MARKED_TOKEN in self._whats
        faces = () if marked or len(self._faces) >= _MAX_FACES else tuple(FACE_TOKENS)
        if self._mode == EXPLAIN:
            return (*faces, END)
        if self._mode == KEEP:
            more = (KEEP,) if self._keeps < _MAX_KEEPS else ()
            return (*faces, *more, *self._after_tail())
        if NATURAL_TOKEN in self._whats:
            return (*faces, "<s10>")
        relative = RELATIVE_TOKENS if SAME_TOKEN in self._whats else RELATIVE_TOKENS[:-1]
        return (*faces, *_ABSOLUTE, *(() if marked or self._mode == EITHER else relative))


assert RELATIVE_TOKENS[-1] == AS_BEFORE


def is_valid(tokens: Sequence[str]) -> bool:
    """Say whether the grammar lets this draft be written, `<end>` included."""
    grammar = Grammar()
    for token in tokens:
        if token not in grammar.allowed():
            return False
        grammar.push(token)
    return grammar.done
