"""The phrase files, read once; and the small changes that people make to what they type."""

import random
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, cast

_KEYS = "qwertyuiop asdfghjkl zxcvbnm"


@cache
def phrases(name: str) -> dict[str, Any]:
    """Return the tables of one phrase file: "phrases", "declines" or "noise"."""
    text = (
        files("retouchgpt_core.synthesis.dialogues")
        .joinpath(f"{name}.toml")
        .read_text(encoding="utf-8")
    )
    return tomllib.loads(text)


def pick(rng: random.Random, *path: str, file: str = "phrases") -> str:
    """Return a random phrase of the list at `path`."""
    found: Any = phrases(file)
    for key in path:
        found = found[key]
    return rng.choice(cast("list[str]", found))


def pick_common(rng: random.Random, *path: str, share: float = 0.5, top: int = 1) -> str:
    """Like `pick`, but a `share` comes from the `top` first phrases, the usual ones."""
    found: Any = phrases("phrases")
    for key in path:
        found = found[key]
    words = cast("list[str]", found)
    return rng.choice(words[:top] if rng.random() < share else words)


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
        elif way < 0.6:
            del letters[at]
        elif way < 0.8:
            letters.insert(at, letters[at])
        else:
            near = _KEYS.find(letters[at].lower())
            step = _KEYS[max(0, min(len(_KEYS) - 1, near + rng.choice((-1, 1))))]
            letters[at] = step if step.isalpha() else letters[at]
    return "".join(letters)


def as_typed(text: str, rng: random.Random) -> str:
    """Change case, apostrophes and commas the way people do."""
    if rng.random() < 0.1:
        text = with_typos(text, rng, rng.choice((1, 1, 2, 3)))
    if rng.random() < 0.2:
        text = text.replace("'", "")
    if rng.random() < 0.12:
        text = text.replace(",", "")
    way = rng.random()
    if way < 0.3 and text:
        text = text[0].upper() + text[1:]
    elif way < 0.34:
        text = text.upper()
    return " ".join(text.split())


def polite(text: str, rng: random.Random) -> str:
    """Put courtesy and remarks around a request."""
    if rng.random() < 0.33:
        text = pick(rng, "before", file="noise") + text
    if rng.random() < 0.25:
        text += pick(rng, "after", file="noise")
    if rng.random() < 0.08:
        text = pick(rng, "distract_before", file="noise") + text
    if rng.random() < 0.06:
        text = text.rstrip(".!?") + "." + pick(rng, "distract_after", file="noise")
    return text
