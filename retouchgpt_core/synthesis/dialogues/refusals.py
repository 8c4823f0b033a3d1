"""What the program does not do, and remarks that ask for nothing."""

import random

from retouchgpt_core.language.tokens import DECLINE
from retouchgpt_core.synthesis.dialogues.clauses import Tokens, at, kind_words, place, thing, verb
from retouchgpt_core.synthesis.dialogues.phrases import phrases, pick
from retouchgpt_core.vocabulary import KINDS

Turn = tuple[str, Tokens]
_TOPIC_WEIGHTS = {"chat": 5, "question": 2, "inexpressible": 1}


def declined(rng: random.Random) -> Turn:
    """Return what the program does not do, by topic; some of it names kinds and places."""
    way = rng.random()
    if way < 0.05:
        return finer_than_places(rng)
    if way < 0.15:
        return more_of_it(rng)
    if way < 0.21:
        return elsewhere(rng)
    if way < 0.25:
        return praise(rng)
    topics: dict[str, list[str]] = phrases("declines")["topics"]
    topic = rng.choices(list(topics), [_TOPIC_WEIGHTS.get(t, 1) for t in topics])[0]
    return _filled(rng, rng.choice(topics[topic])), (DECLINE, f"<topic_{topic}>")


def remark(rng: random.Random) -> Turn:
    """Return a remark: thanks, praise, small talk."""
    if rng.random() < 0.3:
        return praise(rng)
    return pick(rng, "topics", "chat", file="declines"), (DECLINE, "<topic_chat>")


def praise(rng: random.Random) -> Turn:
    """Return praise that names a thing or a place, and asks for nothing."""
    found = thing(rng, 0.4, most=1)
    where, _ = place(rng, 0.0)
    if not where.startswith(("the ", "my ", "her ", "his ")):
        where = "the forehead"
    text = pick(rng, "praise", "text", file="wishes")
    return text.replace("{x}", found.words).replace("{w}", where), (DECLINE, "<topic_chat>")


def more_of_it(rng: random.Random) -> Turn:
    """Return a wish for more marks, or for stronger ones."""
    kind = f"<{rng.choice(KINDS)}>"
    if rng.random() < 0.5:
        nouns: list[str] = phrases("phrases")["kinds"][kind.strip("<>")]
        where, _ = place(rng, 0.0)
        text = pick(rng, "add", "text", file="wishes").replace("{w}", at(rng, where))
        return text.replace("{x}", rng.choice(nouns)), (DECLINE, "<topic_inexpressible>")
    words = kind_words(rng, kind, rng.random() < 0.4)
    if rng.random() < 0.3:
        words = f"{words} {at(rng, place(rng, 0.0)[0])}"
    text = pick(rng, "add", "stronger", file="wishes").replace("{x}", words)
    return text, (DECLINE, "<topic_inexpressible>")


def elsewhere(rng: random.Random) -> Turn:
    """Return a wish about skin that is not on the face, or about no skin at all."""
    kind = f"<{rng.choice(KINDS)}>"
    words = kind_words(rng, kind, rng.random() < 0.3)
    where = _filled(rng, pick(rng, "elsewhere", "text", file="wishes"))
    text = verb(rng)[0].replace("{x}", f"{words} {where}")
    return text, (DECLINE, "<topic_body>")


def finer_than_places(rng: random.Random) -> Turn:
    """Return a part of a place, or a choice by size, which no plan can express."""
    found = thing(rng, 0.0, most=1)
    words = verb(rng)[0].replace("{x}", found.words)
    part = rng.choice(("left", "right", "upper", "lower", "top", "bottom", "outer", "inner"))
    half = rng.choice(("half", "part", "third", "corner"))
    where = rng.choice(
        ("the forehead", "the nose", "the chin", "the left cheek", "my right cheek", "the neck")
    )
    form = rng.choice(
        (
            "{v} on the {p} {h} of {w}",
            "{v} only on the {p} {h} of {w}",
            "only the {p} {h} of {w}, {v} there",
            "just the {p} {h} of {w}: {v}",
            "{v} but only on the {p} {h} of {w}",
            "on the {p} {h} of {w} {v}",
        )
    )
    text = form.replace("{v}", words).replace("{p}", part).replace("{h}", half)
    return text.replace("{w}", where), (DECLINE, "<topic_inexpressible>")


def _filled(rng: random.Random, text: str) -> str:
    for letter, words in phrases("declines")["fill"].items():
        while "{" + letter + "}" in text:
            text = text.replace("{" + letter + "}", rng.choice(words), 1)
    return text
