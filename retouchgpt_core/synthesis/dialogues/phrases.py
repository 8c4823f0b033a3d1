"""The phrase files, read once."""

import random
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, cast


@cache
def phrases(name: str) -> dict[str, Any]:
    """Return the tables of one phrase file: "phrases", "letters", "noise"."""
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
