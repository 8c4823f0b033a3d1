"""First requests: sentences that stand on their own, with the draft that they mean."""

import random

from retouchgpt_core.language.tokens import (
    CLARIFY,
    COMPARE,
    EDIT,
    EITHER,
    EXCEPT,
    EXPLAIN,
    KEEP,
    MARKED_TOKEN,
    NATURAL_TOKEN,
    RESET,
)
from retouchgpt_core.synthesis.dialogues.chatter import oddly, vague
from retouchgpt_core.synthesis.dialogues.clauses import (
    Thing,
    Tokens,
    amount,
    at,
    implied,
    joined,
    kind_tokens,
    kind_words,
    place,
    spot,
    thing,
    verb,
)
from retouchgpt_core.synthesis.dialogues.phrases import phrases, pick, pick_common
from retouchgpt_core.vocabulary import KINDS, PERMANENT_KINDS

Turn = tuple[str, Tokens]
BRIEF = (
    ("remove", 10),
    ("gone", 10),
    ("off", 10),
    ("soften", 5),
    ("half", 5),
    ("less", 5),
    ("a bit", 3),
    ("slightly", 3),
    ("a lot", 8),
    ("reduce", 5),
    ("remove", 10),
    ("out", 10),
    ("fix", 10),
    ("delete", 10),
    ("soften a bit", 3),
    ("reduce a bit", 3),
    ("reduce slightly", 3),
    ("softer", 5),
    ("strong", 8),
    ("most of it", 8),
    ("down", 5),
    ("down a bit", 3),
)
_POINTING = frozenset(
    {"it", "that", "this", "soften", "reduce", "clean", "remove", "delete", "fix", "more", "go"}
)
_PARTS = {"t_zone": ("forehead", "nose", "chin"), "around_mouth": ("upper_lip", "smile_line")}
"""Composite places, and parts of them that people leave out."""
_LEFT_OUT = (
    " except {p}",
    " but not {p}",
    ", not {p}",
    " apart from {p}",
    " except for {p}",
    ", without {p}",
    ", only not {p}",
    " minus {p}",
    " but leave {p} alone",
    ", skip {p}",
)
_PERMANENT = tuple(f"<{k}>" for k in KINDS if k in PERMANENT_KINDS)


def edit_clause(rng: random.Random, placed: float = 0.62, faces: Tokens = ()) -> Turn:
    """One verb and its object."""
    if rng.random() < 0.05:
        return texture_clause(rng, faces)
    if rng.random() < 0.035:
        return doing(rng, faces)
    found = thing(rng, placed)
    words, strength = verb(rng, "<texture>" in found.whats)
    return words.replace("{x}", found.words), (EDIT, *found.tokens, *faces, *strength)


def texture_clause(rng: random.Random, faces: Tokens = ()) -> Turn:
    """ "Smooth the skin", which is 0.3 unless more is said."""
    where, tokens = "", ()
    if rng.random() < 0.4:
        where, tokens = place(rng, 0.05)
        where = " " + at(rng, where)
        if tokens == ("<at_face>",):
            tokens = ()
    text = pick(rng, "texture_verbs", "text").replace("{w}", where)
    strength: Tokens = ("<s3>",)
    way = rng.random()
    if way < 0.1:
        words, strength = amount(rng)
        text += f" {rng.choice(('by ', 'to ', 'at ', ''))}{words}"
    elif way < 0.2:
        text, strength = text + rng.choice((" a lot", " strongly", " a great deal")), ("<s8>",)
    elif way < 0.26:
        text += rng.choice((" a bit", " slightly", " a little", " a touch"))
    return text, (EDIT, "<texture>", *tokens, *faces, *strength)


def doing(rng: random.Random, faces: Tokens = ()) -> Turn:
    """ "Mattify the nose": a verb that names its kind."""
    table: dict[str, list[str]] = phrases("phrases")["doing"]
    key = rng.choice(list(table))
    where, places = spot(rng, 0.0)
    while not where.startswith(("the ", "my ", "her ", "his ")):
        where, places = spot(rng, 0.0)
    text = rng.choice(table[key]).replace("{w}", where).replace("{at}", at(rng, where))
    kind, strength = (f"<{word}>" for word in key.split())
    return text, (EDIT, kind, *places, *faces, strength)


def shared_verb(rng: random.Random) -> Turn:
    """One verb over several things, each with its own place."""
    words, strength = verb(rng)
    items: list[Thing] = []
    for _ in range(rng.choice((2, 2, 2, 3))):
        bare = bool(items) and rng.random() < 0.4
        items.append(thing(rng, 0.0 if bare else 1.0, most=1, several=0.06))
    if rng.random() < 0.35:
        items = [thing(rng, 0.0, most=1), thing(rng, 1.0, most=1), thing(rng, 0.3, most=1)]
    tokens: list[str] = []
    for item in items:
        tokens += [EDIT, *item.tokens, *strength]
    return words.replace("{x}", joined(rng, [i.words for i in items])), tuple(tokens)


def listed(rng: random.Random) -> Turn:
    """Things with amounts, without verbs: "dark circles 60%, bags 40%, freckles: keep"."""
    parts: list[str] = []
    tokens: list[str] = []
    kept: list[str] = []
    mark = rng.choice((" ", " ", ": ", ": ", " - ", " at ", " = "))
    plain = rng.random() < 0.4
    for _ in range(rng.choice((2, 2, 3, 3, 4))):
        found = thing(rng, 0.3, most=1, several=0.0)
        if plain:
            name = found.whats[0].strip("<>")
            found = Thing(pick_common(rng, "kinds", name), found.whats)
        way = rng.random()
        if way < 0.2 and len(kept) < 4:
            word = rng.choice(
                ("keep", "keep", "leave", "stay", "no change", "don't touch", "as is")
            )
            parts.append(f"{found.words}{mark}{word}")
            kept += [KEEP, *found.tokens]
            continue
        if way < 0.55:
            words, strength = amount(rng)
        else:
            words, value = rng.choice(BRIEF)
            strength = (f"<s{value}>",)
        parts.append(f"{found.words}{mark}{words}")
        tokens += [EDIT, *found.tokens, *strength]
    if not tokens:
        return listed(rng)
    joint = rng.choice((", ", ", ", "; ", "\n- ", " - ", ". ", ". ", " and ", " / "))
    return (joint.strip(" ,;./") + " " if "-" in joint else "") + joint.join(parts), (
        *tokens,
        *kept,
    )


def joined_edits(rng: random.Random, count: int | None = None) -> Turn:
    """Several full clauses in one sentence or more."""
    count = count or rng.choice((2, 2, 2, 3, 3, 4))
    texts: list[str] = []
    tokens: list[str] = []
    for _ in range(count):
        text, found = edit_clause(rng)
        texts.append(text)
        tokens += found
    joint = rng.choice((" and ", ", and ", ". ", ", ", "; ", " and also ", ", then ", ". also "))
    if count > 2 and joint != ". ":
        text = rng.choice((", ", ", ", joint)).join(texts[:-1]) + joint + texts[-1]
    else:
        text = joint.join(texts)
    return text, tuple(tokens)


def keep_clause(rng: random.Random, avoid: Tokens = ()) -> Turn:
    """What is to stay."""
    if rng.random() < 0.12:
        named = implied(rng)  # "not the laugh lines": there alone
        if named.whats[0] not in avoid:
            form = pick_common(rng, "keep", "text", share=0.4, top=8)
            return form.replace("{x}", named.words), (KEEP, *named.tokens)
    pool = [k for k in (*_PERMANENT, *_PERMANENT, *(f"<{k}>" for k in KINDS)) if k not in avoid]
    kinds = list(dict.fromkeys(rng.choice(pool) for _ in range(rng.choice((1, 1, 1, 1, 2)))))
    words = joined(rng, [kind_words(rng, k, rng.random() < 0.2) for k in kinds])
    tokens: Tokens = tuple(kinds)
    if rng.random() < 0.22:
        where, places = place(rng, 0.05)
        words = f"{words} {at(rng, where)}"
        tokens += places if places != ("<at_face>",) else ()
    text = pick_common(rng, "keep", "text", share=0.4, top=8)
    if text.startswith(("don't", "dont", "do not", "without", "never", "please don't", "not ")):
        words = words.replace(" and ", " or ") if rng.random() < 0.6 else words
    return text.replace("{x}", words), (KEEP, *tokens)


def _base(rng: random.Random) -> Turn:
    way = rng.random()
    if way < 0.62:
        return edit_clause(rng)
    if way < 0.78:
        return joined_edits(rng, 2)
    if way < 0.88:
        return shared_verb(rng)
    if way < 0.93:
        return natural(rng)
    return everything(rng)


def with_keep(rng: random.Random) -> Turn:
    """A request with something to keep, before, after or in the middle."""
    way = rng.random()
    if way < 0.14:
        return everything_but(rng)
    if way < 0.34:
        return but_not_there(rng)
    text, tokens = _base(rng)
    kept, keeps = keep_clause(rng, tokens)
    joint = pick(rng, "keep", "joins")
    if rng.random() < 0.25:
        return f"{kept}{joint}{text}", (*tokens, *keeps)
    if rng.random() < 0.15:
        more, edits = edit_clause(rng)
        return f"{text}{joint}{kept}, and {more}", (*tokens, *edits, *keeps)
    return f"{text}{joint}{kept}", (*tokens, *keeps)


def everything_but(rng: random.Random) -> Turn:
    """Everything except some kinds, or some places."""
    verb_word = rng.choice(("remove", "fix", "get rid of", "clean up", "take out", "retouch"))
    if rng.random() < 0.3:
        where, places = spot(rng)
        template = pick(rng, "except_places", "text")
        text = template.replace("{x}", f"{verb_word} everything").replace("{w}", where)
        return text, (EDIT, "<everything>", EXCEPT, *places, "<s10>")
    if rng.random() < 0.15:
        named = implied(rng)
        text = pick(rng, "except_kinds", "text").replace("{v}", verb_word)
        return text.replace("{x}", named.words), (
            EDIT,
            "<everything>",
            "<s10>",
            KEEP,
            *named.tokens,
        )
    kinds = [k for k in kind_tokens(rng) if k.strip("<>") in tuple(KINDS)] or ["<mole>"]
    words = joined(rng, [kind_words(rng, k, rng.random() < 0.2) for k in kinds])
    places: Tokens = ()
    if rng.random() < 0.25:
        where, places = spot(rng)
        words = f"{words} {at(rng, where)}"
    text = pick(rng, "except_kinds", "text").replace("{v}", verb_word).replace("{x}", words)
    return text, (EDIT, "<everything>", "<s10>", KEEP, *kinds, *places)


def but_not_there(rng: random.Random) -> Turn:
    """A kind everywhere except in a place."""
    found = thing(rng, 0.0, most=2)
    words, strength = verb(rng)
    if found.wheres:
        return words.replace("{x}", found.words), (EDIT, *found.tokens, *strength)
    if rng.random() < 0.16:
        return _part_left_out(rng, found, words, strength)
    where, places = place(rng)
    if {"<at_face>", "<at_everywhere>"} & set(places):
        where, places = "the forehead", ("<at_forehead>",)
    if rng.random() < 0.15:
        where, places = "the laugh lines", ("<at_smile_line>",)
        found = Thing("the wrinkles", ("<wrinkle>",))
    template = pick(rng, "except_places", "text")
    if "{w}" in template and rng.random() < 0.5:
        where = at(rng, where) if "everywhere" in template or "not" in template else where
    text = template.replace("{w}", where).replace("{x}", words.replace("{x}", found.words))
    return text, (EDIT, *found.whats, EXCEPT, *places, *strength)


def _part_left_out(rng: random.Random, found: Thing, words: str, strength: Tokens) -> Turn:
    """ "Take the shine off the T-zone except the chin"."""
    whole = rng.choice(list(_PARTS))
    part = rng.choice(_PARTS[whole])
    where = pick_common(rng, "places", whole)
    left_out = pick_common(rng, "places", part)
    request = words.replace("{x}", f"{found.words} {at(rng, where)}")
    joint = rng.choice(_LEFT_OUT)
    if "not" in joint and rng.random() < 0.6:
        left_out = at(rng, left_out)
    return request + joint.replace("{p}", left_out), (
        EDIT,
        *found.whats,
        f"<at_{whole}>",
        EXCEPT,
        f"<at_{part}>",
        *strength,
    )


def natural(rng: random.Random) -> Turn:
    """The natural preset, on the face or in a place."""
    if rng.random() < 0.25:
        where, places = place(rng)
        if places == ("<at_face>",):
            places = ()
        text = pick(rng, "natural_place", "text").replace("{w}", where)
        return text, (EDIT, NATURAL_TOKEN, *places, "<s10>")
    return pick(rng, "natural", "text"), (EDIT, NATURAL_TOKEN, "<s10>")


def everything(rng: random.Random) -> Turn:
    """Everything that is not permanent."""
    text = pick(rng, "everything", "text")
    if "{w}" not in text:
        return text, (EDIT, "<everything>", "<s10>")
    where, places = place(rng)
    text = text.replace("on {w}", at(rng, where))
    return text, (EDIT, "<everything>", *(() if places == ("<at_face>",) else places), "<s10>")


def marked(rng: random.Random, selected: bool) -> Turn:
    """A request for what is selected."""
    who = pick(rng, "selected", file="noise")
    if rng.random() < 0.2:
        text = pick(rng, "keep", "text").replace("{x}", who)
        return text, (KEEP, MARKED_TOKEN) if selected else (CLARIFY, "<ask_which_mark>")
    if selected and rng.random() < 0.15:
        kind = f"<{rng.choice(KINDS)}>"
        others = rng.choice(("the other", "the rest of the", "all other", "all the other"))
        noun = rng.choice(phrases("phrases")["kinds"][kind.strip("<>")])
        kept = pick(rng, "keep", "text").replace("{x}", who)
        words, strength = verb(rng, kind == "<texture>")
        joint = pick(rng, "keep", "joins")
        return kept + joint + words.replace("{x}", f"{others} {noun}"), (
            EDIT,
            kind,
            *strength,
            KEEP,
            MARKED_TOKEN,
        )
    if selected and rng.random() < 0.12:
        kind = f"<{rng.choice(KINDS)}>"
        words, strength = verb(rng, kind == "<texture>")
        every = rng.choice(("all {x}", "all the {x}", "the {x}", "every one of the {x}", "{x}"))
        noun = every.replace("{x}", pick_common(rng, "kinds", kind.strip("<>")))
        joint = rng.choice((" except ", " but not ", " apart from ", ", not ", " except for "))
        return words.replace("{x}", noun) + joint + who, (
            EDIT,
            kind,
            *strength,
            KEEP,
            MARKED_TOKEN,
        )
    words, strength = verb(rng, relative=False)
    text = words.replace("{x}", who)
    if selected and rng.random() < 0.15:
        more, edits = edit_clause(rng)
        joint = rng.choice((" and ", ", and ", ", ", ". ", "; ", ", also ", ", then "))
        return text + joint + more, (EDIT, MARKED_TOKEN, *strength, *edits)
    return text, (EDIT, MARKED_TOKEN, *strength) if selected else (CLARIFY, "<ask_which_mark>")


def unclear(rng: random.Random, pointing: bool = True) -> Turn:
    """A request that says too little, or a place without a thing.

    Without `pointing`, "remove it" and the like are left out: there is something that "it" is.
    """
    way = rng.random()
    if way < 0.46:
        made = rng.random() < 0.4
        text = vague(rng) if made else pick(rng, "unclear", file="noise")
        while not pointing and _POINTING & set(text.split()) and not text.startswith("make "):
            text = vague(rng) if made else pick(rng, "unclear", file="noise")
        return text, (CLARIFY, "<ask_what>")
    if way < 0.58:
        where, _ = place(rng, 0.0)
        text = pick(rng, "vague_place", file="noise").replace("{w}", where)
        return text, (CLARIFY, "<ask_what>")
    if way < 0.63:
        text = pick(rng, "tired", "text", file="noise")
        return text, (EITHER, "<dark_circle>", "<eye_bag>", "<s10>")
    table = phrases("noise")["either"]
    key = rng.choice(list(table))
    words = rng.choice(table[key])
    if rng.random() < 0.3:
        words = oddly(words, rng)
    kinds = tuple(f"<{k}>" for k in key.split())
    verb_words, strength = verb(rng, relative=False)
    looks = "<eye_bag>" in kinds
    if looks and "under" not in words:
        verb_words, strength = rng.choice(("fix {x}", "do something about {x}")), ("<s10>",)
    places: Tokens = ()
    if not looks and rng.random() < 0.65:
        where, places = place(rng, 0.0)
        words = f"{words} {at(rng, where)}"
        if places == ("<at_face>",):
            places = ()
    elif "under" in words:
        places = ("<at_under_eye>",)
    return verb_words.replace("{x}", words), (EITHER, *kinds, *places, *strength)


def asked(rng: random.Random) -> Turn:
    """What was found or done."""
    way = rng.random()
    if way < 0.45:
        return pick(rng, "history", "explain"), (EXPLAIN,)
    if way < 0.75:
        found = thing(rng, 0.5, most=1)
        words = found.words.removeprefix("the ").removeprefix("those ").removeprefix("a ")
        return pick(rng, "history", "explain_x").replace("{x}", words), (EXPLAIN, *found.tokens)
    where, places = place(rng, 0.0)
    text = pick(rng, "history", "explain_w").replace("{w}", at(rng, where))
    return text, (EXPLAIN, *(("<any_kind>",) if places else ()), *places)


def keep_only(rng: random.Random) -> Turn:
    """Only what is to stay, said ahead of any edit."""
    if rng.random() < 0.4:
        where, places = place(rng)
        text = pick(rng, "keep", "text").replace("{x}", where)
        return text, (KEEP, "<any_kind>", *(() if places == ("<at_face>",) else places))
    return keep_clause(rng)


def bare(rng: random.Random) -> Turn:
    """Reset and compare, which need no history."""
    name, token = rng.choice((("reset", RESET), ("compare", COMPARE)))
    return pick(rng, "history", name), (token,)
