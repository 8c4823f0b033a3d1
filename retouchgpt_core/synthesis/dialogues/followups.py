"""Later turns: less, more, the other side, put it back, undo."""

import random
from collections.abc import Callable

from retouchgpt_core.language.tokens import (
    AS_BEFORE,
    BIT_LESS,
    BIT_MORE,
    CLARIFY,
    COMPARE,
    EDIT,
    LESS,
    MORE,
    OTHER_SIDE_TOKEN,
    REDO,
    REDUCE,
    RESET,
    SAME_PLACE_TOKEN,
    SAME_TOKEN,
    THEN,
    UNDO,
)
from retouchgpt_core.synthesis.dialogues.clauses import (
    POSITIONS,
    Tokens,
    amount,
    at,
    kind_tokens,
    kind_words,
    own,
    place,
    sided_place,
    spot,
    thing,
    verb,
)
from retouchgpt_core.synthesis.dialogues.phrases import pick
from retouchgpt_core.synthesis.dialogues.requests import (
    Turn,
    edit_clause,
    keep_clause,
    natural,
)
from retouchgpt_core.synthesis.dialogues.wishes import wishes

Maker = Callable[[random.Random, tuple[str, ...]], Turn]
"""Makes a turn, given the kind tokens of the last round."""

_RELATIVE = {"less": LESS, "bit_less": BIT_LESS, "more": MORE, "bit_more": BIT_MORE}
_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}
_REDUCED = (
    ("less {x}", REDUCE),
    ("less {x} please", REDUCE),
    ("even less {x}", REDUCE),
    ("i want less {x}", REDUCE),
    ("a bit less {x}", BIT_MORE),
    ("a little less {x}", BIT_MORE),
    ("slightly less {x} please", BIT_MORE),
)
"""Less of a kind is more retouching."""
_SHORT = {
    LESS: ("less", "less", "less", "weaker", "softer", "lighter", "less strong", "half as much"),
    BIT_LESS: ("a bit less", "a little less", "slightly less", "a bit weaker", "a touch less"),
    MORE: ("more", "more", "stronger", "even more", "harder", "go stronger"),
    BIT_MORE: ("a bit more", "a little more", "slightly more", "a bit stronger", "a touch more"),
}


def dangling(rng: random.Random) -> Turn:
    """A reference when nothing has been said yet."""
    key = rng.choice((*_RELATIVE, "put_back", "other_side"))
    return pick(rng, "follow", key), (CLARIFY, "<ask_reference>")


def _change(rng: random.Random, _: tuple[str, ...]) -> Turn:
    key = rng.choice(list(_RELATIVE))
    return pick(rng, "follow", key), (EDIT, SAME_TOKEN, _RELATIVE[key])


def short(rng: random.Random, plainly: bool = False) -> tuple[str, str]:
    """Return a word for less or more, and its token; `plainly` one of the first three words."""
    token = rng.choice(list(_SHORT))
    return rng.choice(_SHORT[token][: 3 if plainly else None]), token


def _change_there(rng: random.Random, _: tuple[str, ...]) -> Turn:
    words, token = short(rng)
    side = rng.choice(("left", "right"))
    if rng.random() < 0.25:
        whose = rng.random() < 0.35
        where = f"on {own(rng)} {side}" if whose else f"on the {side}"
        places: Tokens = (f"<own_{side}>" if whose else f"<{side}>", "<at_half>")
        if rng.random() < 0.4:
            where += " side"
    else:
        where, places = place(rng, 0.05)
        where = at(rng, where)
    text = pick(rng, "follow", "at_place").replace("{r}", words).replace("{w}", where)
    return text, (EDIT, SAME_TOKEN, *places, token)


def _change_kind(rng: random.Random, standing: tuple[str, ...]) -> Turn:
    words, token = short(rng, plainly=True)
    known = standing and rng.random() < 0.8
    kind = rng.choice(standing) if known else f"{kind_tokens(rng, 1)[0]}"
    noun = kind_words(rng, kind).removeprefix("all ").removeprefix("any ")
    if rng.random() < 0.35:
        form, reduced = rng.choice(_REDUCED)
        if rng.random() < 0.3:
            where, places = place(rng, 0.0)
            return form.replace("{x}", f"{noun} {at(rng, where)}"), (EDIT, kind, *places, reduced)
        return form.replace("{x}", noun), (EDIT, kind, reduced)
    text = pick(rng, "follow", "on_kind").replace("{r}", words).replace("{x}", noun)
    return text, (EDIT, kind, token)


def _set(rng: random.Random, _: tuple[str, ...]) -> Turn:
    if rng.random() < 0.2:
        return pick(rng, "follow", "remove_it"), (EDIT, SAME_TOKEN, "<s10>")
    words, tokens = amount(rng)
    text = pick(rng, "follow", "make_it").replace("{p}", words)
    if rng.random() < 0.15:
        where, places = place(rng, 0.0)
        return f"{text} {at(rng, where)}", (EDIT, SAME_TOKEN, *places, *tokens)
    return text, (EDIT, SAME_TOKEN, *tokens)


def _back(rng: random.Random, standing: tuple[str, ...]) -> Turn:
    way = rng.random()
    if way < 0.3:
        return pick(rng, "follow", "put_back"), (EDIT, SAME_TOKEN, "<s0>")
    if way < 0.55:
        where, places = place(rng, 0.05)
        words = pick(rng, "follow", "the_one").replace("{w}", at(rng, where))
        text = pick(rng, "follow", "put_back_x").replace("{x}", words)
        return text, (EDIT, SAME_TOKEN, *places, "<s0>")
    if way < 0.65:
        words, tokens = spot(rng)
        if "<at_smile_line>" in tokens or words.split()[0] in POSITIONS:
            words, tokens = "the forehead", ("<at_forehead>",)
        tokens = ("<any_kind>", *tokens)
    elif standing and rng.random() < 0.7:
        kind = rng.choice(standing)
        words, tokens = kind_words(rng, kind), (kind,)
        if rng.random() < 0.3:
            where, places = place(rng, 0.05)
            words, tokens = f"{words} {at(rng, where)}", (kind, *places)
    else:
        found = thing(rng, 0.3, most=1)
        words, tokens = found.words, found.tokens
    text = pick(rng, "follow", "put_back_x").replace("{x}", words)
    return text, (EDIT, *tokens, "<s0>")


def _other_side(rng: random.Random, _: tuple[str, ...]) -> Turn:
    text = pick(rng, "follow", "other_side")
    return text, (EDIT, SAME_TOKEN, OTHER_SIDE_TOKEN, AS_BEFORE)


def _same_on(rng: random.Random, _: tuple[str, ...]) -> Turn:
    where, places = sided_place(rng) if rng.random() < 0.4 else place(rng, 0.1)
    text = pick(rng, "follow", "same_on").replace("{w}", at(rng, where))
    if text.startswith(("same for", "what about", "and also", "now do", "do ")):
        text = pick(rng, "follow", "same_on").replace("{w}", where)
    return text, (EDIT, SAME_TOKEN, *places, AS_BEFORE)


def _there(rng: random.Random, _: tuple[str, ...]) -> Turn:
    kinds = kind_tokens(rng, 2)
    words = " and ".join(kind_words(rng, k) for k in kinds)
    text = pick(rng, "follow", "there_too").replace("{x}", words)
    return text, (EDIT, *kinds, SAME_PLACE_TOKEN, "<s10>")


def _also(rng: random.Random, _: tuple[str, ...]) -> Turn:
    form = pick(rng, "follow", "too")
    if "{v}" in form:
        text, tokens = edit_clause(rng)
        return form.replace("{v}", text), tokens
    found = thing(rng, 0.5, most=2)
    return form.replace("{x}", found.words), (EDIT, *found.tokens, "<s10>")


def history(rng: random.Random) -> Turn:
    """Undo, redo, reset or compare, perhaps with something else to do."""
    way = rng.random()
    if way < 0.4:
        text, tokens = pick(rng, "history", "undo"), (UNDO,)
    elif way < 0.58:
        n = rng.choice((2, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9))
        if n == 2 and rng.random() < 0.4:
            text, tokens = pick(rng, "history", "undo_both"), (UNDO, "<n2>")
        else:
            spoken = rng.choice((str(n), _NUMBERS[n]))
            text = pick(rng, "history", "undo_n").replace("{n}", spoken)
            tokens = (UNDO, f"<n{n}>")
    elif way < 0.74:
        text, tokens = pick(rng, "history", "redo"), (REDO,)
    elif way < 0.8:
        n = rng.randrange(2, 10)
        text = pick(rng, "history", "redo_n").replace("{n}", rng.choice((str(n), _NUMBERS[n])))
        tokens = (REDO, f"<n{n}>")
    elif way < 0.92:
        text, tokens = pick(rng, "history", "reset"), (RESET,)
    else:
        return pick(rng, "history", "compare"), (COMPARE,)
    if rng.random() < (0.5 if tokens == (RESET,) else 0.28):
        way = rng.random()
        more, edits = (wishes if way < 0.2 else natural if way < 0.3 else edit_clause)(rng)
        if rng.random() < 0.2 and "<keep>" not in edits:
            kept, keeps = keep_clause(rng, edits)
            more, edits = f"{more} but {kept}", (*edits, *keeps)
        if rng.random() < 0.25:
            more += " instead"
        return text + pick(rng, "history", "then") + more, (*tokens, THEN, *edits)
    return text, tokens


def _softer(rng: random.Random, _: tuple[str, ...]) -> Turn:
    """Another verb for the same marks: "soften them instead"."""
    words, tokens = verb(rng)
    pronoun = rng.choice(("it", "them", "that", "those"))
    return words.replace("{x}", pronoun) + rng.choice(("", "", " instead")), (
        EDIT,
        SAME_TOKEN,
        *tokens,
    )


REFERRING: tuple[tuple[Maker, int], ...] = (
    (_change, 24),
    (_change_there, 8),
    (_change_kind, 9),
    (_set, 8),
    (_back, 11),
    (_other_side, 6),
    (_same_on, 8),
    (_there, 5),
    (_also, 9),
    (_softer, 3),
)
"""Turns that refer to the last round, and how often they are drawn."""
