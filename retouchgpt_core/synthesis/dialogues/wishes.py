"""Several wishes in one message, each with its own place and strength, and complaints."""

import random
from collections.abc import Callable, Sequence

from retouchgpt_core.language.tokens import EDIT, EXCEPT, KEEP, NATURAL_TOKEN
from retouchgpt_core.synthesis.dialogues.clauses import (
    POSITIONS,
    Thing,
    Tokens,
    amount,
    at,
    joined,
    kind_words,
    spot,
    thing,
    verb,
)
from retouchgpt_core.synthesis.dialogues.phrases import phrases, pick
from retouchgpt_core.synthesis.dialogues.requests import (
    BRIEF,
    Turn,
    edit_clause,
    everything,
    keep_clause,
    natural,
)
from retouchgpt_core.vocabulary import KINDS


def wishes(rng: random.Random) -> Turn:
    """Return a message of two to five wishes, perhaps with something to keep among them."""
    maker = rng.choices([m for m, _ in _WAYS], [weight for _, weight in _WAYS])[0]
    return maker(rng)


def wish(rng: random.Random) -> Turn:
    """Return one wish: a request, a place and then a request, or a complaint."""
    way = rng.random()
    if way < 0.72:
        return edit_clause(rng, 0.72)
    if way < 0.81:
        return place_first(rng)
    if way < 0.93:
        return complaint(rng)
    return bare_state(rng)


def place_first(rng: random.Random) -> Turn:
    """Return "on the nose, remove the blackheads"."""
    where, places = spot(rng)
    found = thing(rng, 0.0, most=2)
    words, strength = verb(rng, "<texture>" in found.whats)
    places = found.wheres or places
    request = words.replace("{x}", found.words)
    if found.wheres:
        return request, (EDIT, *found.tokens, *strength)
    form = pick(rng, "place_first", file="wishes")
    text = form.replace("{w}", at(rng, where)).replace("{v}", request)
    return text, (EDIT, *found.whats, *places, *strength)


def complaint(rng: random.Random) -> Turn:
    """Return "there's a zit on the chin, get rid of it"."""
    found = thing(rng, 0.8, most=2)
    text = pick(rng, "there", file="wishes").replace("{x}", found.words)
    fix, strength = _fix(rng)
    return _then(rng, text, fix), (EDIT, *found.tokens, *strength)


def two_complaints(rng: random.Random) -> Turn:
    """Return "her nose is oily and there's a zit on the chin, fix both"."""
    key = rng.choices(("s10", "s5", "s3", "s8"), (45, 30, 20, 5))[0]
    texts: list[str] = []
    tokens: list[str] = []
    for _ in range(2):
        if rng.random() < 0.5:
            text, kind, places = _state(rng)
            tokens += [EDIT, kind, *places, f"<{key}>"]
        else:
            found = thing(rng, 0.85, most=1)
            text = pick(rng, "there", file="wishes").replace("{x}", found.words)
            tokens += [EDIT, *found.tokens, f"<{key}>"]
        texts.append(text)
    fix = pick(rng, "fixes_both", key, file="wishes")
    return _then(rng, rng.choice((" and ", " and ", ", and ", ", ")).join(texts), fix), (*tokens,)


def bare_state(rng: random.Random) -> Turn:
    """Return "her nose is so shiny, tone it down"."""
    text, kind, places = _state(rng)
    fix, strength = _fix(rng)
    return _then(rng, text, fix), (EDIT, kind, *places, *strength)


def _state(rng: random.Random) -> tuple[str, str, Tokens]:
    """Return "her nose is so shiny", the kind and the places."""
    kind = rng.choices(("shine", "redness"), (3, 2))[0]
    if rng.random() < 0.35:
        kind = rng.choice(list(phrases("wishes")["states"]))
    where, places = spot(rng)
    if where.split(maxsplit=1)[0] in POSITIONS:
        where, places = "my nose", ("<at_nose>",)
    link = rng.choice(("is", "looks", "is", "looks", "are", "look", "seems", "'s"))
    link = link if link == "'s" else f" {link}"
    text = f"{where}{link} {pick(rng, 'states', kind, file='wishes')}"
    return text, f"<{kind}>", places


def _fix(rng: random.Random) -> tuple[str, Tokens]:
    if rng.random() < 0.1:
        words, tokens = amount(rng)
        form = rng.choice(("reduce it by {p}", "tone it down by {p}", "take it down {p}", "by {p}"))
        return form.replace("{p}", words), tokens
    key = rng.choices(("s10", "s5", "s3", "s8"), (55, 22, 16, 7))[0]
    return pick(rng, "fixes", key, file="wishes"), (f"<{key}>",)


def _then(rng: random.Random, text: str, fix: str) -> str:
    return text + rng.choice((", ", ", ", ". ", ", please ", " ", " - ", "; ", ", so ")) + fix


def _with_keeps(
    rng: random.Random, texts: list[str], tokens: list[str], share: float = 0.3
) -> tuple[list[str], Tokens]:
    """Put one or two things to keep among the wishes."""
    keeps: list[str] = []
    while rng.random() < share and len(keeps) < 6:
        text, kept = keep_clause(rng, tuple(tokens))
        texts.insert(rng.randint(1, len(texts)) if rng.random() < 0.85 else 0, text)
        keeps += kept
        share = 0.15
    return texts, (*tokens, *keeps)


def strung(rng: random.Random, texts: Sequence[str]) -> str:
    """Join wishes into one message: a sentence, several, or a list."""
    if len(texts) == 1:
        return texts[0]
    way = rng.random()
    if way < 0.2:
        orders: list[list[str]] = phrases("wishes")["orders"]
        signs = rng.choice([o for o in orders if len(o) >= len(texts)] or [["- "] + [" - "] * 9])
        heading = pick(rng, "headings", file="wishes")
        return heading + "".join(f"{s}{t}" for s, t in zip(signs, texts, strict=False))
    if way < 0.6:
        joint = pick(rng, "joints", file="wishes")
        last = pick(rng, "last", file="wishes") if rng.random() < 0.6 else joint
        return joint.join(texts[:-1]) + last + texts[-1]
    text = texts[0]
    for more in texts[1:]:
        text += pick(rng, "joints", file="wishes") + more
    return text


def sequence(rng: random.Random) -> Turn:
    """Return full wishes one after the other."""
    texts: list[str] = []
    tokens: list[str] = []
    for _ in range(rng.choices((2, 3, 4, 5), (32, 42, 20, 6))[0]):
        text, found = wish(rng)
        texts.append(text)
        tokens += found
    texts, every = _with_keeps(rng, texts, tokens)
    return strung(rng, texts), every


def grouped(rng: random.Random) -> Turn:
    """Return verbs with several objects each: "remove a and b on the nose, soften c and d"."""
    texts: list[str] = []
    tokens: list[str] = []
    for _ in range(rng.choice((2, 2, 2, 3))):
        words, strength = verb(rng)
        items = [thing(rng, 0.85, most=1, several=0.08)]
        more = rng.choice((0, 1, 1, 2))
        items += [thing(rng, 0.75, most=1, several=0.05) for _ in range(more)]
        # A first item without a place would read as sharing the place of the next one.
        items = [i for i in items if i.wheres] or [thing(rng, 0.0, most=1)]
        if len(tokens) > 24:
            items = items[:1]
        for item in items:
            tokens += [EDIT, *item.tokens, *strength]
        texts.append(words.replace("{x}", joined(rng, [i.words for i in items])))
    if sum(t == EDIT for t in tokens) > 8:
        return sequence(rng)
    texts, every = _with_keeps(rng, texts, tokens)
    return strung(rng, texts), every


def by_place(rng: random.Random) -> Turn:
    """Return places with what to do there: "forehead: zits gone, lines a bit. nose: shine off"."""
    texts: list[str] = []
    tokens: list[str] = []
    for _ in range(rng.choice((1, 2, 2, 3))):
        where, places = spot(rng)
        parts: list[str] = []
        for _ in range(rng.choice((1, 1, 2, 2, 3)) if texts else rng.choice((2, 2, 3))):
            if sum(t == EDIT for t in tokens) >= 7:
                break
            words, kinds, strength = _brief(rng)
            parts.append(words)
            tokens += [EDIT, *kinds, *places, *strength]
        if parts:
            mark = rng.choice((": ", ": ", ", ", " - ", " "))
            head = at(rng, where) if rng.random() < 0.5 else where
            inner = rng.choice((", ", ", ", " and ")).join(parts)
            texts.append(f"{head}{mark}{inner}")
    joint = rng.choice((". ", ". ", "; ", "\n", " / ", ". then ", ". and "))
    texts, every = _with_keeps(rng, texts, tokens, 0.2)
    return joint.join(texts), every


def _brief(rng: random.Random) -> tuple[str, Tokens, Tokens]:
    """Return a kind without a place and what to do with it, in full or in a word."""
    kind = f"<{rng.choice(KINDS)}>"
    noun = kind_words(rng, kind, rng.random() < 0.15)
    way = rng.random()
    if way < 0.5:
        words, strength = verb(rng, kind == "<texture>")
        return words.replace("{x}", noun), (kind,), strength
    if way < 0.7:
        words, strength = amount(rng)
        return f"{noun}{rng.choice((' ', ' ', ' at ', ': ', ' by '))}{words}", (kind,), strength
    words, value = rng.choice(BRIEF)
    return f"{noun} {words}", (kind,), (f"<s{value}>",)


def one_kind(rng: random.Random) -> Turn:
    """Return one kind with another strength in each place: "redness 40% on the cheeks, ..."."""
    kind = f"<{rng.choice(KINDS)}>"
    noun = kind_words(rng, kind)
    tokens: list[str] = []
    parts: list[str] = []
    seen: set[Tokens] = set()
    pronoun = rng.choice(("it", "them", "those", noun))
    numbers = rng.random() < 0.5
    for index in range(rng.choice((2, 2, 2, 3))):
        where, places = spot(rng)
        if places in seen:
            continue
        seen.add(places)
        where = at(rng, where)
        if numbers:
            words, strength = amount(rng)
            head = f"{noun} " if not index and rng.random() < 0.8 else ""
            way = f"{words} {where}" if rng.random() < 0.6 else f"{where} {words}"
            parts.append(f"{head}{way}")
        else:
            words, strength = verb(rng, kind == "<texture>")
            target = f"{noun if not index else pronoun} {where}"
            parts.append(words.replace("{x}", target))
        tokens += [EDIT, kind, *places, *strength]
    joint = rng.choice((", ", " and ", ", but ", " but ", "; ", ". ", ", and ", " but only "))
    return joint.join(parts), tuple(tokens)


def preset_and_more(rng: random.Random) -> Turn:
    """Return a preset with wishes of their own beside it, and something to keep."""
    way = rng.random()
    if way < 0.7:
        base, tokens = natural(rng)
    elif way < 0.85:
        base, tokens = everything(rng)
    else:
        return _everything_some(rng)
    more: list[str] = []
    edits: list[str] = list(tokens)
    if rng.random() < 0.65:
        for _ in range(rng.choice((1, 1, 2))):
            text, found = wish(rng)
            more.append(text)
            edits += found
    kept: Tokens = ()
    if not more or rng.random() < 0.45:
        text, kept = keep_clause(rng, tuple(edits))
        more.insert(rng.randint(0, len(more)), text)
    form = pick(rng, "presets", "more", file="wishes")
    return form.replace("{n}", base).replace("{m}", strung(rng, more)), (*edits, *kept)


def _everything_some(rng: random.Random) -> Turn:
    way = rng.choice(("some", "half", "slight"))
    text = pick(rng, "presets", f"everything_{way}", file="wishes")
    strength: Tokens = ("<s5>",) if way == "half" else ("<s3>",)
    if way == "some":
        words, strength = amount(rng)
        text = text.replace("{p}", words)
    if rng.random() < 0.3:
        kept, keeps = keep_clause(rng, ())
        return text + pick(rng, "keep", "joins") + kept, (EDIT, "<everything>", *strength, *keeps)
    return text, (EDIT, "<everything>", *strength)


def but_that_one(rng: random.Random) -> Turn:
    """Return "remove the moles but keep the one on the chin": a place excepted."""
    kind = f"<{rng.choice(KINDS)}>"
    words, strength = verb(rng, kind == "<texture>")
    noun = kind_words(rng, kind)
    where, places = spot(rng)
    text = pick(rng, "that_one", "text", file="wishes").replace("{w}", at(rng, where))
    request = words.replace("{x}", noun)
    return text.replace("{v}", request), (EDIT, kind, EXCEPT, *places, *strength)


def several_but_there(rng: random.Random) -> Turn:
    """Return wishes with a place left out of all of them."""
    where, places = spot(rng)
    texts: list[str] = []
    tokens: list[str] = []
    for _ in range(rng.choice((1, 2, 2))):
        found = Thing("", ())
        while not found.whats or found.wheres:
            found = thing(rng, 0.0, most=2)
        words, strength = verb(rng, "<texture>" in found.whats)
        texts.append(words.replace("{x}", found.words))
        tokens += [EDIT, *found.whats, EXCEPT, *places, *strength]
    if rng.random() < 0.25:
        base = pick(rng, "natural", "text")
        texts, tokens = [base], [EDIT, NATURAL_TOKEN, EXCEPT, *places, "<s10>"]
    form = pick(rng, "except_places", "text")
    where = at(rng, where) if "not {w}" in form and rng.random() < 0.5 else where
    request = rng.choice((" and ", ", ")).join(texts)
    return form.replace("{w}", where).replace("{x}", request), tuple(tokens)


def keep_and_rest(rng: random.Random) -> Turn:
    """Return several things to keep around one request."""
    text, tokens = edit_clause(rng, 0.6)
    first, keeps = keep_clause(rng, tokens)
    second, more = keep_clause(rng, (*tokens, *keeps))
    parts = [text, first, second]
    rng.shuffle(parts)
    assert keeps[0] == more[0] == KEEP
    return strung(rng, parts), (*tokens, *keeps, *more)


_WAYS: tuple[tuple[Callable[[random.Random], Turn], int], ...] = (
    (sequence, 46),
    (grouped, 16),
    (by_place, 10),
    (one_kind, 7),
    (two_complaints, 4),
    (preset_and_more, 11),
    (but_that_one, 6),
    (several_but_there, 5),
    (keep_and_rest, 3),
)
