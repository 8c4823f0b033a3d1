"""Later turns of several parts: corrections, and changes joined with new wishes."""

import random

from retouchgpt_core.language.tokens import (
    AS_BEFORE,
    COMPARE,
    EDIT,
    EXCEPT,
    OTHER_SIDE_TOKEN,
    SAME_PLACE_TOKEN,
    SAME_TOKEN,
    THEN,
)
from retouchgpt_core.synthesis.dialogues.clauses import (
    POSITIONS,
    amount,
    at,
    face,
    kind_tokens,
    kind_words,
    spot,
)
from retouchgpt_core.synthesis.dialogues.followups import REFERRING, Maker, history, short
from retouchgpt_core.synthesis.dialogues.phrases import pick
from retouchgpt_core.synthesis.dialogues.requests import Turn, asked, edit_clause, keep_clause
from retouchgpt_core.synthesis.dialogues.wishes import wish

_JOINTS = (" and ", ", and ", ", ", ". ", ", also ", ". also ", " but ", ", then ", "; ", ", plus ")
_QUALIFIED = (
    ("{s}, but softer", "<s5>"),
    ("{s} but only half", "<s5>"),
    ("{s}, but just a bit", "<s3>"),
    ("{s} but only slightly", "<s3>"),
    ("{s} but gently", "<s3>"),
    ("{s} but a lot", "<s8>"),
    ("{s}, but completely", "<s10>"),
)


def follow_up(rng: random.Random, standing: tuple[str, ...]) -> Turn:
    """Return a turn that refers to earlier ones; `standing` are the last round's kind tokens."""
    maker = rng.choices([m for m, _ in _WAYS], [weight for _, weight in _WAYS])[0]
    return maker(rng, standing)


def _simple(rng: random.Random, standing: tuple[str, ...]) -> Turn:
    maker = rng.choices([m for m, _ in REFERRING], [weight for _, weight in REFERRING])[0]
    return maker(rng, standing)


def _with_wish(rng: random.Random, standing: tuple[str, ...]) -> Turn:
    """ "A bit less, and remove the mole"."""
    text, tokens = _simple(rng, standing)
    more, edits = wish(rng) if rng.random() < 0.4 else edit_clause(rng)
    if rng.random() < 0.15:
        more, edits = keep_clause(rng, tokens)
    return text + rng.choice(_JOINTS) + more, (*tokens, *edits)


def _two_changes(rng: random.Random, standing: tuple[str, ...]) -> Turn:
    """ "Less on the forehead but more on the nose", "the lines less, the shine more"."""
    texts: list[str] = []
    tokens: list[str] = []
    kinds = rng.random() < 0.45 and len(standing) > 1
    pool = rng.sample(standing, min(len(standing), 3)) if kinds else ["", ""]
    for kind in pool[: rng.choice((2, 2, 3))]:
        words, token = short(rng, plainly=bool(kind))
        if kind:
            noun = kind_words(rng, kind).removeprefix("all ").removeprefix("any ")
            form = pick(rng, "follow", "on_kind")
            texts.append(form.replace("{r}", words).replace("{x}", noun))
            tokens += [EDIT, kind, token]
            continue
        where, places = spot(rng)
        form = pick(rng, "follow", "at_place").replace("{r}", words)
        texts.append(form.replace("{w}", at(rng, where)))
        tokens += [EDIT, SAME_TOKEN, *places, token]
    return rng.choice(_JOINTS).join(texts), tuple(tokens)


def _same_but(rng: random.Random, _: tuple[str, ...]) -> Turn:
    """ "Same on the chin, but softer", "the nose too, at 40%"."""
    where, places = spot(rng)
    text = pick(rng, "follow", "same_on").replace("{w}", at(rng, where))
    if rng.random() < 0.4:
        words, strength = amount(rng)
        form = rng.choice(("{s}, {p}", "{s} at {p}", "{s} but {p}", "{s} but only {p}", "{s} {p}"))
        return form.replace("{s}", text).replace("{p}", words), (
            EDIT,
            SAME_TOKEN,
            *places,
            *strength,
        )
    form, token = rng.choice(_QUALIFIED)
    return form.replace("{s}", text), (EDIT, SAME_TOKEN, *places, token)


def _wrong_side(rng: random.Random, _: tuple[str, ...]) -> Turn:
    text = pick(rng, "corrections", "side", file="wishes")
    return text, (EDIT, SAME_TOKEN, "<s0>", EDIT, SAME_TOKEN, OTHER_SIDE_TOKEN, AS_BEFORE)


def _wrong_place(rng: random.Random, _: tuple[str, ...]) -> Turn:
    """ "Not the chin, the nose": what was done is put back and done there instead."""
    wrong, _places = spot(rng)
    right, places = spot(rng)
    text = pick(rng, "corrections", "place", file="wishes")
    text = text.replace("{a}", wrong).replace("{b}", at(rng, right))
    back = (EDIT, SAME_TOKEN, "<s0>")
    return text, (*back, EDIT, SAME_TOKEN, *places, AS_BEFORE)


def _wrong_kind(rng: random.Random, standing: tuple[str, ...]) -> Turn:
    """ "Not the mole, the pimple next to it"."""
    wrong = rng.choice(standing) if standing else "<mole>"
    right = kind_tokens(rng, 1)
    one = rng.random() < 0.6
    text = pick(rng, "corrections", "kind", file="wishes")
    text = text.replace("{a}", kind_words(rng, wrong, one))
    text = text.replace("{b}", kind_words(rng, right[0], one))
    back = (EDIT, SAME_TOKEN, "<s0>")
    return text, (*back, EDIT, *right, SAME_PLACE_TOKEN, "<s10>")


def _only_there(rng: random.Random, _: tuple[str, ...]) -> Turn:
    """ "Only on the forehead": it is put back everywhere else."""
    where, places = spot(rng)
    where = where if where.split(maxsplit=1)[0] in POSITIONS else at(rng, where)
    text = pick(rng, "corrections", "only", file="wishes").replace("{w}", where)
    return text, (EDIT, SAME_TOKEN, EXCEPT, *places, "<s0>")


def _and_compare(rng: random.Random, _: tuple[str, ...]) -> Turn:
    return then_compare(rng)


def then_compare(rng: random.Random) -> Turn:
    """ "Remove the acne and show me before and after"."""
    text, tokens = edit_clause(rng)
    shown = pick(rng, "history", "compare")
    return text + pick(rng, "history", "then") + shown, (*tokens, THEN, COMPARE)


def _history(rng: random.Random, _: tuple[str, ...]) -> Turn:
    return history(rng)


def _asked(rng: random.Random, _: tuple[str, ...]) -> Turn:
    return asked(rng)


def same_for_face(rng: random.Random, face_count: int) -> Turn:
    """ "The same for the person on the right", "less on the left one"."""
    words, tokens = face(rng, face_count)
    if rng.random() < 0.5:
        text = pick(rng, "people", "same", file="wishes").replace("{f}", words)
        return text, (EDIT, SAME_TOKEN, *tokens, AS_BEFORE)
    change, token = short(rng)
    form = rng.choice(("{r} on {f}", "{r} for {f}", "{f}: {r}", "{f} {r}", "just {r} on {f}"))
    return form.replace("{r}", change).replace("{f}", words), (EDIT, SAME_TOKEN, *tokens, token)


_WAYS: tuple[tuple[Maker, int], ...] = (
    (_simple, 66),
    (_history, 17),
    (_asked, 2),
    (_with_wish, 8),
    (_two_changes, 5),
    (_same_but, 3),
    (_wrong_side, 1),
    (_wrong_place, 2),
    (_wrong_kind, 2),
    (_only_there, 2),
    (_and_compare, 1),
)
