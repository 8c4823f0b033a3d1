"""What bothers people and what does not, things under headings, one thing at several strengths."""

import random
from collections.abc import Callable

from retouchgpt_core.language.tokens import BIT_MORE, EDIT, KEEP, REDUCE
from retouchgpt_core.synthesis.dialogues.clauses import (
    Thing,
    Tokens,
    amount,
    at,
    joined,
    kind_words,
    own,
    spot,
    thing,
    verb,
)
from retouchgpt_core.synthesis.dialogues.phrases import phrases, pick, pick_common
from retouchgpt_core.synthesis.dialogues.requests import BRIEF, Turn
from retouchgpt_core.vocabulary import BLEMISHES, KINDS, PERMANENT_KINDS

_FILE = "reasons"
_JOINTS = (", ", ", ", " and ", "; ", ", and ")


def reason(rng: random.Random) -> Turn:
    """Return a message that says what bothers, or gathers its wishes under headings."""
    maker = rng.choices([m for m, _ in _WAYS], [weight for _, weight in _WAYS])[0]
    return maker(rng)


def _kind(rng: random.Random, avoid: Tokens = (), permanent: float = 0.0) -> Thing:
    pool = [k for k in KINDS if f"<{k}>" not in avoid]
    lasting = [k for k in pool if k in PERMANENT_KINDS]
    kind = rng.choice(lasting if lasting and rng.random() < permanent else pool)
    words = kind_words(rng, f"<{kind}>", rng.random() < 0.25)
    if rng.random() < 0.25:
        words = pick_common(rng, "kinds", kind)
    return Thing(words, (f"<{kind}>",))


def _placed(rng: random.Random, found: Thing, chance: float) -> Thing:
    if rng.random() >= chance:
        return found
    where, places = spot(rng)
    return Thing(f"{found.words} {at(rng, where)}", found.whats, places)


def _not_meant(found: Thing) -> Tokens:
    blemishes = tuple(f"<{k}>" for k in BLEMISHES) if "<blemishes>" in found.whats else ()
    return (*found.whats, *blemishes)


def bothers(rng: random.Random) -> Turn:
    """Return "i don't mind the wrinkles but the age spots bother me"."""
    found = thing(rng, 0.0, most=1) if rng.random() < 0.3 else _placed(rng, _kind(rng), 0.45)
    kept = _placed(rng, _kind(rng, _not_meant(found), 0.6), 0.12)
    text = pick(rng, "bothers", file=_FILE)
    text = text.replace("{k}", kept.words).replace("{x}", found.words)
    text = text.replace("{r}", pick(rng, "reasons", file=_FILE))
    return text, (EDIT, *found.tokens, "<s10>", KEEP, *kept.tokens)


def no_need(rng: random.Random) -> Turn:
    """Return "no need to remove the mole", which asks for nothing but that."""
    kept = _placed(rng, _kind(rng, permanent=0.7), 0.3)
    return pick(rng, "no_need", file=_FILE).replace("{k}", kept.words), (KEEP, *kept.tokens)


def under_heading(rng: random.Random) -> Turn:
    """Return "around the mouth: acne gone, lines 30% softer"."""
    where, places = spot(rng)
    parts: list[str] = []
    tokens: list[str] = []
    for _ in range(rng.choice((2, 2, 3))):
        found = _kind(rng, tuple(tokens))
        way = rng.random()
        if way < 0.35:
            words, strength = verb(rng, "<texture>" in found.whats, relative=False)
            parts.append(words.replace("{x}", found.words))
        elif way < 0.7:
            words, value = rng.choice(BRIEF)
            parts.append(f"{found.words} {words}")
            strength = (f"<s{value}>",)
        else:
            words, strength = amount(rng)
            softer = rng.choice(("", "", " softer", " less", " off", " weaker"))
            parts.append(f"{found.words} {words}{softer}")
        tokens += [EDIT, *found.whats, *places, *strength]
    text = pick(rng, "headings", file=_FILE).replace("{w}", at(rng, where))
    return text.replace("{l}", rng.choice(_JOINTS).join(parts)), tuple(tokens)


def kept_place(rng: random.Random) -> Turn:
    """Return "whatever is on the neck, leave it. remove the blemishes"."""
    where, places = spot(rng)
    found = thing(rng, 0.25, most=2)
    words, strength = verb(rng, "<texture>" in found.whats, relative=False)
    text = pick(rng, "kept_place", file=_FILE).replace("{w}", at(rng, where))
    text = text.replace("{p}", where).replace("{v}", words.replace("{x}", found.words))
    return text, (EDIT, *found.tokens, *strength, KEEP, "<any_kind>", *places)


def sections(rng: random.Random) -> Turn:
    """Return "please remove: acne, scars, redness. please keep: moles"."""
    left = [f"<{k}>" for k in KINDS]
    rng.shuffle(left)
    blocks: list[tuple[str, Tokens]] = []
    kept: Tokens = ()
    for key, strength in (("remove", "<s10>"), ("half", "<s5>"), ("slight", "<s3>"), ("keep", "")):
        if rng.random() >= {"remove": 0.95, "half": 0.4, "slight": 0.2, "keep": 0.7}[key]:
            continue
        kinds = [left.pop() for _ in range(rng.choice((1, 2, 2, 3)))]
        words = [pick_common(rng, "kinds", k.strip("<>")) for k in kinds]
        names = ", ".join(words) if rng.random() < 0.6 else joined(rng, words)
        line = pick(rng, f"sections_{key}", file=_FILE).replace("{l}", names)
        if strength:
            blocks.append((line, (EDIT, *kinds, strength)))
        else:
            kept = (KEEP, *kinds)
            blocks.append((line, ()))
    if not any(tokens for _, tokens in blocks):
        return sections(rng)
    if rng.random() < 0.3:
        rng.shuffle(blocks)
    joint = rng.choice((". ", ". ", "; ", "\n", "\n", " / ", ", ", " - "))
    tokens = tuple(t for _, each in blocks for t in each)
    return joint.join(line for line, _ in blocks), (*tokens, *kept)


def each_place(rng: random.Random) -> Turn:
    """Return "half of the shine on the nose, all of it on the forehead"."""
    found = _kind(rng)
    parts: list[str] = []
    tokens: list[str] = []
    levels: dict[str, list[str]] = phrases(_FILE)["levels"]
    wheres: list[tuple[str, Tokens]] = []
    while len(wheres) < 2 or (len(wheres) == 2 and rng.random() < 0.2):
        where, places = spot(rng, 0.0)
        if places not in [p for _, p in wheres]:
            wheres.append((where, places))
    for number, (where, places) in enumerate(wheres):
        if rng.random() < 0.5:
            words, strength = amount(rng)
        else:
            key = rng.choice(list(levels))
            words, strength = rng.choice(levels[key]), (f"<{key}>",)
        place = at(rng, where)
        if number == 0 and rng.random() < 0.5:
            parts.append(f"{words.removesuffix(' of it')} of {found.words} {place}")
        else:
            share = pick(rng, "shares", file=_FILE).replace("{p}", words).replace("{w}", place)
            parts.append(share.replace(" of it of it", " of it"))
        tokens += [EDIT, *found.whats, *places, *strength]
    text = rng.choice(_JOINTS).join(parts)
    if f"of {found.words}" not in parts[0]:
        head = pick(rng, "each_heads", file=_FILE)
        noun = pick_common(rng, "kinds", found.whats[0].strip("<>"))
        text = head.replace("{l}", text).replace("{x}", found.words).replace("{n}", noun)
    return text, tuple(tokens)


def less_adjectives(rng: random.Random) -> Turn:
    """Return "less red on the cheeks and a bit less shiny everywhere"."""
    table: dict[str, list[str]] = phrases(_FILE)["adjectives"]
    parts: list[str] = []
    tokens: list[str] = []
    for name in rng.sample(sorted(table), rng.choice((1, 2, 2, 2, 3))):
        little = rng.random() < 0.35
        less = rng.choice(("a bit less", "a little less", "slightly less")) if little else "less"
        words, places = rng.choice(table[name]), ()
        if "under" in words:
            places = ()
        elif rng.random() < 0.6:
            where, places = spot(rng)
            words = f"{words} {at(rng, where)}"
        elif rng.random() < 0.4:
            words = f"{words} {rng.choice(('everywhere', 'overall', 'all over', 'in general'))}"
        parts.append(f"{less} {words}")
        tokens += [EDIT, f"<{name}>", *places, BIT_MORE if little else REDUCE]
    text = rng.choice((", ", " and ", ", and ", " and ")).join(parts)
    head = rng.choice(("", "", "", "make her ", "make it ", "i'd like to look ", "she should be "))
    return head + text, tuple(tokens)


def including(rng: random.Random) -> Turn:
    """Return "remove all spots, even the moles", or "even the freckles can go"."""
    other = _kind(rng, ("<texture>",), 0.6)
    if rng.random() < 0.35:
        other = _placed(rng, other, 0.4)
        text = pick(rng, "even_this", file=_FILE).replace("{y}", other.words)
        return text, (EDIT, *other.tokens, "<s10>")
    found = thing(rng, 0.3, most=2)
    while {*_not_meant(found)} & {*other.whats}:
        found = thing(rng, 0.3, most=2)
    words = pick_common(rng, "verbs", "remove", "text").replace("{x}", found.words)
    text = pick(rng, "including", file=_FILE).replace("{v}", words).replace("{y}", other.words)
    return text, (EDIT, *found.tokens, "<s10>", EDIT, *other.whats, "<s10>")


def on_one_side(rng: random.Random) -> Turn:
    """Return "remove the redness but only on the left"."""
    found = thing(rng, 0.0, most=2)
    while found.wheres:
        found = thing(rng, 0.0, most=2)
    words, strength = verb(rng, "<texture>" in found.whats, relative=False)
    side = rng.choice(("left", "right"))
    other = "right" if side == "left" else "left"
    mine = rng.random() < 0.3
    text = pick(rng, "on_own_side" if mine else "on_one_side", file=_FILE)
    if "{x}" in text:
        strength = ("<s10>",)
    text = text.replace("{v}", words).replace("{x}", found.words).replace("{s}", side)
    text = text.replace("{x}", found.words).replace("{o}", other).replace("{w}", own(rng))
    where = f"<own_{side}>" if mine else f"<{side}>"
    return text, (EDIT, *found.whats, where, "<at_half>", *strength)


_WAYS: tuple[tuple[Callable[[random.Random], Turn], int], ...] = (
    (bothers, 16),
    (no_need, 8),
    (under_heading, 8),
    (kept_place, 9),
    (sections, 8),
    (each_place, 8),
    (less_adjectives, 7),
    (including, 6),
    (on_one_side, 7),
)
