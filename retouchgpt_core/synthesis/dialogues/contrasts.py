"""Wishes that lean on one another: the same place, the first and the second, this but not that."""

import random
from collections.abc import Callable

from retouchgpt_core.language.tokens import BLEMISH_TOKEN, EDIT, KEEP, NATURAL_TOKEN, REDUCE
from retouchgpt_core.synthesis.dialogues.clauses import (
    Thing,
    Tokens,
    amount,
    at,
    joined,
    kind_words,
    own,
    remaining,
    spot,
    thing,
    verb,
)
from retouchgpt_core.synthesis.dialogues.phrases import pick, pick_common
from retouchgpt_core.synthesis.dialogues.requests import Turn, keep_clause, natural
from retouchgpt_core.vocabulary import BLEMISHES, KINDS, PERMANENT_KINDS

_STRENGTHS = {"remove": "<s10>", "half": "<s5>", "slight": "<s3>", "strong": "<s8>"}


def contrast(rng: random.Random) -> Turn:
    """Return a message whose parts cannot be read alone."""
    maker = rng.choices([m for m, _ in _WAYS], [weight for _, weight in _WAYS])[0]
    return maker(rng)


def _plain(rng: random.Random, avoid: Tokens = ()) -> Thing:
    """Return one kind without a place, with or without an article."""
    token = rng.choice([t for t in (f"<{k}>" for k in KINDS) if t not in avoid])
    words = kind_words(rng, token, rng.random() < 0.15)
    if rng.random() < 0.2:
        words = pick_common(rng, "kinds", token.strip("<>"))
    return Thing(words, (token,))


def _permanent(rng: random.Random, avoid: Tokens = ()) -> Thing:
    kinds = [f"<{k}>" for k in KINDS if k in PERMANENT_KINDS and f"<{k}>" not in avoid]
    token = rng.choice(kinds)
    return Thing(kind_words(rng, token, rng.random() < 0.3), (token,))


def _covered(whats: Tokens) -> Tokens:
    """Return the kinds that these tokens mean, a collective word taken apart."""
    return (*whats, *(f"<{k}>" for k in BLEMISHES)) if BLEMISH_TOKEN in whats else whats


def _kept(rng: random.Random, avoid: Tokens) -> Thing:
    return (_permanent if rng.random() < 0.6 else _plain)(rng, avoid)


def same_place(rng: random.Random) -> Turn:
    """Return "the big zit on my nose and the redness around it"."""
    first = _plain(rng)
    where, places = spot(rng)
    second = _plain(rng, first.whats)
    words, strength = verb(rng, "<texture>" in (*first.whats, *second.whats), relative=False)
    there = pick(rng, "same_place", file="contrasts")
    head = f"{first.words} {at(rng, where)}"
    if rng.random() < 0.5:  # one verb over both
        joint = rng.choice((" and ", " + ", " & ", ", and ", " plus ", " and also ", ", "))
        text = words.replace("{x}", f"{head}{joint}{second.words} {there}")
        return text, (EDIT, *first.whats, *second.whats, *places, *strength)
    other, more = verb(rng, "<texture>" in second.whats, relative=False)
    joint = pick(rng, "joints", file="wishes")
    text = f"{words.replace('{x}', head)}{joint}{other.replace('{x}', f'{second.words} {there}')}"
    return text, (EDIT, *first.whats, *places, *strength, EDIT, *second.whats, *places, *more)


def only_this(rng: random.Random) -> Turn:
    """Return "just the pimples please. no smoothing!", or "only the scar, not the moles"."""
    found = thing(rng, 0.4, most=2)
    words, strength = verb(rng, "<texture>" in found.whats, relative=False)
    if rng.random() < 0.5:
        words, strength = "{x}", ("<s10>",)
    only = pick(rng, "only", file="contrasts")
    text = only.replace("{v}", words.replace("{x}", found.words))
    joint = rng.choice((", ", ". ", " - ", "! ", "; ", ". please "))
    if "<texture>" not in found.whats and rng.random() < 0.4:
        no = pick(rng, "no_smoothing", file="contrasts")
        return f"{text}{joint}{no}", (EDIT, *found.tokens, *strength, KEEP, "<texture>")
    kept = _kept(rng, _covered(found.whats))
    no = pick(rng, "no_work", file="contrasts").replace("{x}", kept.words)
    return f"{text}{joint}{no}", (EDIT, *found.tokens, *strength, KEEP, *kept.whats)


def no_work(rng: random.Random) -> Turn:
    """Return "no retouching of the wrinkles please, but the pimples on the cheeks can go"."""
    kept = _kept(rng, ())
    found = thing(rng, 0.4, most=2)
    while set(_covered(found.whats)) & set(kept.whats):
        found = thing(rng, 0.4, most=2)
    words, strength = verb(rng, "<texture>" in found.whats, relative=False)
    no = pick(rng, "no_work", file="contrasts").replace("{x}", kept.words)
    parts = [no, words.replace("{x}", found.words)]
    if rng.random() < 0.35:
        parts.reverse()
    return pick(rng, "keep", "joins").join(parts), (
        EDIT,
        *found.tokens,
        *strength,
        KEEP,
        *kept.whats,
    )


def short_pair(rng: random.Random) -> Turn:
    """Return "mole stays, acne goes"."""
    found = _plain(rng)
    kept = _kept(rng, found.whats)
    if rng.random() < 0.35:
        return _short_lists(rng, found, kept)
    if rng.random() < 0.6:
        found = Thing(pick_common(rng, "kinds", found.whats[0].strip("<>")), found.whats)
        name = kept.whats[0].strip("<>")
        kept = Thing(pick_common(rng, "kinds", name), kept.whats)
    text = pick(rng, "pairs", file="contrasts")
    text = text.replace("{k}", kept.words).replace("{x}", found.words)
    return text, (EDIT, *found.whats, "<s10>", KEEP, *kept.whats)


def _short_lists(rng: random.Random, found: Thing, kept: Thing) -> Turn:
    """Return "zits and blackheads out, moles n freckles stay"."""
    lists = [found.whats, kept.whats]
    for side in (0, 1):
        taken = (*lists[0], *lists[1])
        if side == 0 or rng.random() < 0.4:
            kinds = [f"<{k}>" for k in KINDS if f"<{k}>" not in taken]
            lists[side] = (*lists[side], *rng.sample(kinds, rng.choice((1, 1, 2))))
    names = [joined(rng, [pick_common(rng, "kinds", t.strip("<>")) for t in k]) for k in lists]
    text = pick(rng, "pairs", file="contrasts").replace("{x}", names[0]).replace("{k}", names[1])
    return text, (EDIT, *lists[0], "<s10>", KEEP, *lists[1])


def not_but(rng: random.Random) -> Turn:
    """Return "not the mole, the pimple next to it"."""
    kept = _kept(rng, ())
    found = _plain(rng, kept.whats)
    places: Tokens = ()
    near = ""
    if rng.random() < 0.4:
        near = " " + pick(rng, "beside", file="contrasts")
    elif rng.random() < 0.3:
        where, places = spot(rng)
        near = " " + at(rng, where)
    text = pick(rng, "not_but", file="contrasts")
    text = text.replace("{k}", kept.words).replace("{x}", f"{found.words}{near}")
    return text, (EDIT, *found.whats, *places, "<s10>", KEEP, *kept.whats)


def two_kept(rng: random.Random) -> Turn:
    """Return "everything except my freckles and the scar on my chin"."""
    first = _kept(rng, ())
    second = _kept(rng, first.whats)
    items = [first]
    where, places = spot(rng)
    items.append(Thing(f"{second.words} {at(rng, where)}", second.whats, places))
    if rng.random() < 0.3:
        where, more = spot(rng)
        items[0] = Thing(f"{first.words} {at(rng, where)}", first.whats, more)
    elif rng.random() < 0.3:
        items.reverse()
        if not items[1].wheres:  # "the scar on my chin and the freckles" would share the place
            items.reverse()
    keeps = [t for item in items for t in (KEEP, *item.tokens)]
    names = joined(rng, [i.words for i in items])
    if rng.random() < 0.55:
        action = rng.choice(("remove", "fix", "get rid of", "clean up", "take out", "retouch"))
        text = pick(rng, "except_kinds", "text").replace("{v}", action).replace("{x}", names)
        return text, (EDIT, "<everything>", "<s10>", *keeps)
    words, tokens = natural(rng)
    text = pick(rng, "keep", "text").replace("{x}", names)
    return words + pick(rng, "keep", "joins") + text, (*tokens, *keeps)


def targets(rng: random.Random) -> Turn:
    """Return "soften smile lines to 50%, forehead lines to 30%, everything else untouched"."""
    to = rng.random() < 0.4
    head = pick(rng, "to_heads" if to else "by_heads", file="contrasts")
    link = "to " if to else rng.choice(("by ", "by ", "", "at "))
    parts: list[str] = []
    tokens: list[str] = []
    for _ in range(rng.choice((2, 2, 3))):
        found = thing(rng, 0.45, most=1, several=0.05)
        words, strength = amount(rng)
        parts.append(f"{found.words} {link}{words}")
        tokens += [EDIT, *found.tokens, *(remaining(strength) if to else strength)]
    joint = rng.choice((", ", ", ", " and ", "; ", ", and ", ", then "))
    text = head.replace("{l}", joint.join(parts))
    if rng.random() < 0.3:
        text += rng.choice((", ", ". ", " - ", "; ")) + pick(rng, "rest", file="contrasts")
    return text, tuple(tokens)


def but_there(rng: random.Random) -> Turn:
    """Return "remove all the acne, but on the forehead only half of it"."""
    found = _plain(rng)
    words, strength = verb(rng, "<texture>" in found.whats, relative=False)
    where, places = spot(rng)
    key = rng.choice(("half", "slight", "remove", "amount"))
    if key == "amount":
        share, less = amount(rng)
        there = pick(rng, "there_amount", file="contrasts").replace("{p}", share)
    else:
        there, less = pick(rng, "there", key, file="contrasts"), (_STRENGTHS[key],)
    joint = rng.choice((", but ", " but ", ". ", ", ", " - but ", ", only ", "; "))
    text = words.replace("{x}", found.words) + joint + there.replace("{w}", at(rng, where))
    return text, (EDIT, *found.whats, *strength, EDIT, *found.whats, *places, *less)


def first_and_second(rng: random.Random) -> Turn:
    """Return "she has acne on the chin and a red nose. remove the first, reduce the second"."""
    items = [thing(rng, 0.8, most=1, several=0.0) for _ in range(2)]
    keys = [rng.choices(list(_STRENGTHS), (50, 30, 15, 5))[0] for _ in items]
    if keys[0] == keys[1]:
        keys[1] = "half" if keys[0] != "half" else "remove"
    there = pick(rng, "there", file="wishes").replace("{x}", joined(rng, [i.words for i in items]))
    names = rng.choice((("the first", "the second"), ("the former", "the latter")))
    if rng.random() < 0.3:
        names = ("the first one", "the second one")
    order = [0, 1] if rng.random() < 0.85 else [1, 0]
    parts = [
        pick(rng, "do_that", keys[i], file="contrasts").replace("{x}", names[i]) for i in order
    ]
    joint = rng.choice((" and ", ", ", ", and ", " but only ", ". "))
    if joint == " but only " and keys[order[1]] == "remove":
        joint = " and "
    text = there + rng.choice((". ", ", ", ". please ", " - ")) + joint.join(parts)
    tokens = [t for i, item in enumerate(items) for t in (EDIT, *item.tokens, _STRENGTHS[keys[i]])]
    return text, tuple(tokens)


def less_of_each(rng: random.Random) -> Turn:
    """Return "less shine, less redness, fewer wrinkles"."""
    parts: list[str] = []
    tokens: list[str] = []
    for _ in range(rng.choice((2, 2, 3, 3, 4))):
        found = _plain(rng, tuple(tokens))
        noun = pick_common(rng, "kinds", found.whats[0].strip("<>"))
        parts.append(f"{rng.choice(('less', 'less', 'less', 'fewer'))} {noun}")
        tokens += [EDIT, *found.whats, REDUCE]
    return joined(rng, parts), tuple(tokens)


def preset_except(rng: random.Random) -> Turn:
    """Return "natural retouch, except the dark circles, which you should remove completely"."""
    base, tokens = natural(rng)
    while tokens[1:2] != (NATURAL_TOKEN,) or len(tokens) > 3:
        base, tokens = natural(rng)
    found = _plain(rng)
    key = rng.choices(list(_STRENGTHS), (45, 20, 25, 10))[0]
    form = pick(rng, "preset_except", key, file="contrasts")
    text = form.replace("{n}", base).replace("{x}", found.words)
    kept: Tokens = ()
    if rng.random() < 0.25:
        more, kept = keep_clause(rng, (*tokens, *found.whats))
        text += pick(rng, "keep", "joins") + more
    return text, (*tokens, EDIT, *found.whats, _STRENGTHS[key], *kept)


def limited(rng: random.Random) -> Turn:
    """Return "get rid of the laugh lines, but only a little"."""
    found = thing(rng, 0.6, most=2)
    text = pick_common(rng, "verbs", "remove", "text", share=0.6, top=8)
    key = rng.choice(("half", "slight", "slight", "strong", "amount"))
    if key == "amount":
        share, strength = amount(rng)
        but = pick(rng, "limit_amount", file="contrasts").replace("{p}", share)
    else:
        but, strength = pick(rng, "limits", key, file="contrasts"), (_STRENGTHS[key],)
    return text.replace("{x}", found.words) + but, (EDIT, *found.tokens, *strength)


def not_gone_but(rng: random.Random) -> Turn:
    """Return "I don't want the wrinkles removed, just softened"."""
    found = thing(rng, 0.5, most=1)
    key = rng.choice(("half", "half", "slight"))
    form = pick(rng, "not_gone", key, file="contrasts")
    who = f"{own(rng)} " if rng.random() < 0.1 and not found.words.startswith("the ") else ""
    return form.replace("{x}", f"{who}{found.words}"), (EDIT, *found.tokens, _STRENGTHS[key])


_WAYS: tuple[tuple[Callable[[random.Random], Turn], int], ...] = (
    (same_place, 14),
    (only_this, 9),
    (no_work, 9),
    (short_pair, 9),
    (not_but, 8),
    (two_kept, 8),
    (targets, 9),
    (but_there, 8),
    (first_and_second, 5),
    (less_of_each, 6),
    (preset_except, 6),
    (limited, 6),
    (not_gone_but, 4),
)
