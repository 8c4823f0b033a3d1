"""Remarks that ask for nothing, put together from parts, so that none is learned by heart."""

import random
import re

from retouchgpt_core.synthesis.dialogues.phrases import pick

_FILE = "chatter"
_DETERMINERS = frozenset({"the", "that", "those", "this", "these", "a", "some"})
_SLOT = re.compile(r"\{(\w+)\}")


def remark(rng: random.Random, where: str) -> str:
    """Return a remark to stand "before" a request or "after" it, or an "aside" within."""
    return _filled(pick(rng, "remarks", where, file=_FILE), rng)


def vague(rng: random.Random) -> str:
    """Return a request from which nobody can tell what is wanted: "make this shot nicer"."""
    return _filled(pick(rng, "vague", "text", file=_FILE), rng)


def oddly(words: str, rng: random.Random) -> str:
    """Describe a thing further: "the brown spot" becomes "the weird brown spot"."""
    first, _, rest = words.partition(" ")
    if first not in _DETERMINERS or not rest:
        return words
    return f"{first} {pick(rng, 'vague', 'odd', file=_FILE)} {rest}"


def _filled(text: str, rng: random.Random) -> str:
    return _SLOT.sub(lambda slot: pick(rng, "words", slot[1], file=_FILE), text)


def chatted(text: str, rng: random.Random) -> str:
    """Put one to three remarks around a request, as notes and mails have them."""
    before = [remark(rng, "before") for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3)))]
    after = [remark(rng, "after") for _ in range(rng.choice((0, 0, 1, 1, 1, 2)))]
    if not before and not after:
        after = [remark(rng, "after")]
    joint = rng.choice((" ", " ", " ", " ", "\n", "  "))
    if before and rng.random() < 0.15:
        # Written without full stops, as messages often are.
        before = [part.rstrip(".!,") + rng.choice((",", "", " -", " so")) for part in before]
    if after:
        text = text.rstrip(".!? ") + rng.choice((".", ".", ".", "!", ",", " -", ""))
    if after and rng.random() < 0.15:
        after[0] = remark(rng, "aside")
    return joint.join((*before, text, *after))


__all__ = ["chatted", "oddly", "remark", "vague"]
