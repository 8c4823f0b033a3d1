"""The small changes that people make to what they type: typos, texting, case, courtesy."""

import random
import re

from retouchgpt_core.synthesis.dialogues.chatter import chatted
from retouchgpt_core.synthesis.dialogues.phrases import phrases, pick

_KEYS = "qwertyuiop asdfghjkl zxcvbnm"
_SENTENCE_START = re.compile(r"(?:^|(?<=[.!?] )|(?<=\n))[a-z]")
_SELF = re.compile(r"\bi\b(?!\.)")
_T_ZONE = re.compile(r"\bt(?=[- ]?zone)")
_DROPPED = frozenset(("the", "a", "on", "of", "my", "her", "his", "please", "some", "those"))


def with_typos(text: str, rng: random.Random, count: int) -> str:
    """Swap, drop, double or mistype `count` letters, never the first of a word or a digit."""
    letters = list(text)
    for _ in range(count):
        places = [
            i
            for i in range(1, len(letters) - 1)
            if letters[i].isalpha() and letters[i - 1].isalpha()
        ]
        if not places:
            break
        at = rng.choice(places)
        way = rng.random()
        if way < 0.4 and letters[at + 1].isalpha():
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        elif way < 0.65:
            del letters[at]
        elif way < 0.8:
            letters.insert(at, letters[at])
        else:
            near = _KEYS.find(letters[at].lower())
            step = _KEYS[max(0, min(len(_KEYS) - 1, near + rng.choice((-1, 1))))]
            letters[at] = step if step.isalpha() else letters[at]
    return "".join(letters)


def as_typed(text: str, rng: random.Random) -> str:
    """Change spelling, case, apostrophes and commas the way people do."""
    way = rng.random()
    if way < 0.07:
        text = texted(text, rng)
    elif way < 0.11:
        text = telegraphic(text, rng)
    if rng.random() < 0.16:
        text = with_typos(text, rng, rng.choice((1, 1, 2, 3, min(6, 1 + len(text) // 24))))
    if rng.random() < 0.03:
        text = _spaced_wrongly(text, rng)
    if rng.random() < 0.2:
        text = text.replace("'", "")
    if rng.random() < 0.12:
        text = text.replace(",", "")
    way = rng.random()
    if way < 0.16 and text:
        text = text[0].upper() + text[1:]
    elif way < 0.36:
        text = sentence_case(text, rng)
    elif way < 0.4:
        text = text.upper()
    return " ".join(text.split())


def sentence_case(text: str, rng: random.Random) -> str:
    """Write as in a letter: capitals after full stops, "I", "T-zone", mostly a last full stop."""
    text = _SENTENCE_START.sub(lambda m: m[0].upper(), text)
    text = _SELF.sub("I", text)
    text = _T_ZONE.sub("T", text)
    return text + "." if text[-1:].isalnum() and rng.random() < 0.7 else text


def texted(text: str, rng: random.Random) -> str:
    """Write words short: "pls rmv teh spots n make it 2x less"."""
    table: dict[str, list[str]] = phrases("noise")["texting"]
    words = [
        rng.choice(table[w]) if w in table and rng.random() < 0.7 else w for w in text.split(" ")
    ]
    return " ".join(words)


def telegraphic(text: str, rng: random.Random) -> str:
    """Leave small words out: "remove pimple left cheek"."""
    words = text.split(" ")
    kept = [w for w in words if w not in _DROPPED or rng.random() < 0.25]
    return " ".join(kept) if len(kept) > 1 else text


def _spaced_wrongly(text: str, rng: random.Random) -> str:
    """Lose a space, or put one too many."""
    gaps = [
        i
        for i in range(1, len(text) - 1)
        if text[i] == " " and text[i - 1].isalpha() and text[i + 1].isalpha()
    ]
    if gaps and rng.random() < 0.7:
        at = rng.choice(gaps)
        return text[:at] + text[at + 1 :]
    at = rng.randrange(1, max(2, len(text)))
    inside = text[at - 1].isalpha() and text[at : at + 1].isalpha()
    return f"{text[:at]} {text[at:]}" if inside else text


_CHATTED = 0.1
"""Share of requests that stand among remarks put together anew."""


def polite(text: str, rng: random.Random) -> str:
    """Put courtesy and remarks around a request."""
    if rng.random() < _CHATTED:
        if rng.random() < 0.4:
            text = pick(rng, "before", file="noise") + text
        return chatted(text, rng)
    if rng.random() < 0.3:
        text = pick(rng, "before", file="noise") + text
    if rng.random() < 0.22:
        text += pick(rng, "after", file="noise")
    if rng.random() < 0.13:
        text = pick(rng, "distract_before", file="noise") + text
        if rng.random() < 0.25:
            text = pick(rng, "distract_before", file="noise") + text
    if rng.random() < 0.11:
        text = text.rstrip(".!?") + "." + pick(rng, "distract_after", file="noise")
        if rng.random() < 0.25:
            text += pick(rng, "distract_after", file="noise")
    return text
