"""Requests in photos of several people."""

import random

from retouchgpt_core.language.tokens import EDIT, KEEP, WHICH_FACE
from retouchgpt_core.synthesis.dialogues.clauses import Tokens, face, thing, verb
from retouchgpt_core.synthesis.dialogues.phrases import phrases, pick
from retouchgpt_core.synthesis.dialogues.requests import Turn, edit_clause, keep_clause
from retouchgpt_core.vocabulary import KINDS

_BODY = (
    ("forehead", "<at_forehead>"),
    ("nose", "<at_nose>"),
    ("chin", "<at_chin>"),
    ("neck", "<at_neck>"),
    ("upper lip", "<at_upper_lip>"),
    ("cheeks", "<at_cheek>"),
    ("temples", "<at_temple>"),
    ("t-zone", "<at_t_zone>"),
    ("smile lines", "<at_smile_line>"),
    ("jaw", "<at_jaw>"),
    ("jawline", "<at_jaw>"),
    ("under eyes", "<at_under_eye>"),
)


def on_faces(rng: random.Random, face_count: int) -> Turn:
    """A request for one of several people, another for each of two or three, or one for all."""
    way = rng.random()
    if way < 0.08:
        text, edit = edit_clause(rng, 0.4)
        return pick(rng, "people", "all", file="wishes").replace("{x}", text), edit
    words, tokens = face(rng, max(face_count, 2))
    if face_count > 2 and way < 0.2:
        return _for_two(rng, words, tokens, face_count)
    text, edit = _for_face(rng, words, tokens)
    seen = [tokens]
    while rng.random() < (0.42 if len(seen) == 1 else 0.2) and len(seen) < 3:
        other, others = face(rng, max(face_count, 2))
        if others in seen:
            break
        seen.append(others)
        more, second = _for_face(rng, other, others)
        text += rng.choice((". ", ", ", " and ", "; ", ", and ")) + more
        edit = (*edit, *second)
    if rng.random() < 0.12:
        kept, keeps = keep_clause(rng, edit)
        text += pick(rng, "keep", "joins") + kept
        if rng.random() < 0.3:
            text += f" on {words}"
            keeps = (*keeps, *tokens)
        assert keeps[0] == KEEP
        edit = (*edit, *keeps)
    return text, edit


def _for_two(rng: random.Random, words: str, tokens: Tokens, face_count: int) -> Turn:
    """ "Remove the acne on the left and the middle person": one wish for two of several."""
    other, others = face(rng, face_count)
    while others == tokens:
        other, others = face(rng, face_count)
    if rng.random() < 0.4:
        words = words.removesuffix(" person").removesuffix(" one").removesuffix(" face")
    both = words + rng.choice((" and ", " and ", " & ", " and also ", ", and ")) + other
    found = thing(rng, 0.4, most=2, several=0.05)
    verb_words, strength = verb(rng)
    edit = (EDIT, *found.tokens, *tokens, *others, *strength)
    if rng.random() < 0.5:
        link = rng.choice(("on", "for", "from", "of"))
        return verb_words.replace("{x}", f"{found.words} {link} {both}"), edit
    form = pick(rng, "for_face", file="noise")
    return form.replace("{x}", verb_words.replace("{x}", found.words)).replace("{f}", both), edit


def _for_face(rng: random.Random, words: str, tokens: Tokens) -> Turn:
    way = rng.random()
    if way < 0.2 and words.startswith("the "):
        return _possessive(rng, words, tokens)
    found = thing(rng, 0.35, most=2, several=0.05)
    if way < 0.32:
        key = rng.choices(("s10", "s5", "s3"), (6, 3, 2))[0]
        fix = pick(rng, "fixes", key, file="wishes")
        text = pick(rng, "people", "has", file="wishes").replace("{fix}", fix)
        text = text.replace("{f}", words).replace("{x}", found.words)
        return text, (EDIT, *found.tokens, *tokens, f"<{key}>")
    verb_words, strength = verb(rng)
    edit = (EDIT, *found.tokens, *tokens, *strength)
    if rng.random() < 0.4:
        link = rng.choice(("on", "of", "from"))
        return verb_words.replace("{x}", f"{found.words} {link} {words}"), edit
    request = verb_words.replace("{x}", found.words)
    form = pick(rng, "for_face", file="noise")
    return form.replace("{x}", request).replace("{f}", words), edit


def _possessive(rng: random.Random, words: str, tokens: Tokens) -> Turn:
    """ "Soften the lines on the left person's forehead"."""
    found = thing(rng, 0.0, most=1)
    if found.wheres:
        return _for_face(rng, words, tokens)
    verb_words, strength = verb(rng)
    if rng.random() < 0.3:
        side = rng.choice(("left", "right"))
        spot, token = rng.choice((("cheek", "<at_cheek>"), ("temple", "<at_temple>")))
        where, places = f"{side} {spot}", (f"<own_{side}>", token)
    else:
        where, token = rng.choice(_BODY)
        places = (token,)
    request = verb_words.replace("{x}", found.words)
    text = pick(rng, "people", "own", file="wishes").replace("{v}", request)
    text = text.replace("{f}", words).replace("{w}", where)
    return text, (EDIT, *found.whats, *places, *tokens, *strength)


def someone(rng: random.Random, face_count: int) -> Turn:
    """A request for "the woman": with one face it is that one, else it must be asked."""
    found = thing(rng, 0.4, most=1)
    verb_words, strength = verb(rng)
    who = pick(rng, "someone", file="noise")
    request = verb_words.replace("{x}", found.words)
    if {"her", "his", "my"} & set(f"{request}".split()):
        return request, (EDIT, *found.tokens, *strength)
    form = rng.choice(
        (
            "{x} on {f}",
            "{x} for {f}",
            "for {f}, {x}",
            "{x} of {f}",
            "{f}: {x}",
            "{x} from {f}",
            "on {f} {x}",
            "{x} only on {f}",
            "{x}, just for {f}",
            "{x} on {f} only",
        )
    )
    edit = (EDIT, *found.tokens, *strength)
    text = form.replace("{x}", request).replace("{f}", who)
    if rng.random() < 0.45:
        text, edit = _someones(rng)
    return text, (WHICH_FACE, *edit) if face_count > 1 else edit


def _someones(rng: random.Random) -> Turn:
    """ "Remove the girl's freckles", "soften the lines on the bride's forehead"."""
    whose = pick(rng, "own_of", file="noise")
    kind = f"<{rng.choice(KINDS)}>"
    noun = rng.choice(phrases("phrases")["kinds"][kind.strip("<>")])
    words, strength = verb(rng, kind == "<texture>")
    if rng.random() < 0.5:
        return words.replace("{x}", f"{whose} {noun}"), (EDIT, kind, *strength)
    where, token = rng.choice(_BODY)
    link = rng.choice(("on", "on", "from", "off", "around"))
    return words.replace("{x}", f"the {noun} {link} {whose} {where}"), (
        EDIT,
        kind,
        token,
        *strength,
    )
