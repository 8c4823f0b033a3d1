"""E-mails, client notes, texts and voice notes: wishes amid talk that asks for nothing."""

import random
import re

from retouchgpt_core.language.tokens import EDIT, KEEP
from retouchgpt_core.synthesis.dialogues.clauses import (
    EVENING,
    Thing,
    Tokens,
    amount,
    at,
    joined,
    spot,
)
from retouchgpt_core.synthesis.dialogues.phrases import phrases, pick, pick_common
from retouchgpt_core.synthesis.dialogues.requests import Turn, edit_clause, keep_clause, natural
from retouchgpt_core.synthesis.dialogues.wishes import wishes
from retouchgpt_core.vocabulary import KINDS, PERMANENT_KINDS

_FILE = "letters"
_SLOT = re.compile(r"\{(name|who|event|when|soon|where|use|nice|fine|did|n)\}")
_OWNERS = ("the", "the", "the", "my", "her", "his", "those", "these", "that", "the few", "")
_ONES = ("the", "the", "that", "that one", "a", "the big", "this", "my", "her", "his", "the little")
_STRENGTHS = (("s10", 56), ("s5", 18), ("s3", 10), ("s8", 4), ("percent", 12))


def letter(rng: random.Random) -> Turn:
    """Return a message of talk and one to three wishes, perhaps with something to keep."""
    body, tokens = _body(rng)
    return around(rng, body), tokens


def talk(rng: random.Random, *path: str) -> str:
    """Return a phrase that asks for nothing, its blanks filled in."""
    return filled(rng, pick(rng, "talk", *path, file=_FILE))


def filled(rng: random.Random, text: str) -> str:
    """Fill in names, people, occasions and the like."""
    words: dict[str, list[str]] = phrases(_FILE)["fill"]
    while _SLOT.search(text):
        text = _SLOT.sub(lambda m: rng.choice(words[m[1]]), text)
    return text


def around(rng: random.Random, body: str) -> str:
    """Put greeting, stories and closing around a request."""
    before = [talk(rng, "greetings")] if rng.random() < 0.55 else []
    before += [talk(rng, "stories") for _ in range(rng.choices((0, 1, 2, 3), (18, 42, 28, 12))[0])]
    lead = talk(rng, "leads")
    after = [talk(rng, "stories") for _ in range(rng.choices((0, 1, 2), (62, 28, 10))[0])]
    after += [talk(rng, "closings")] if rng.random() < 0.5 else []
    if not before and not after:
        before = [talk(rng, "stories")]
    end = "" if body[-1:] in ".!?" else rng.choice((".", ".", ".", "!", " -", "...", ""))
    parts = [*before, f"{lead} {body}{end}".strip(), *after]
    way = rng.random()
    if way < 0.12:
        return "\n".join(parts)
    if way < 0.24:
        return _run_on(rng, parts)
    text = " ".join(parts)
    return text.replace(". ", rng.choice((". ", "! ", ", ", " - ", "... "))) if way < 0.34 else text


def _run_on(rng: random.Random, parts: list[str]) -> str:
    """Say it as in a voice note, without a full stop: "so um the forehead, you know"."""
    joints = (
        ", ",
        " ",
        " and ",
        ", so ",
        " like ",
        ", um, ",
        ", you know, ",
        ", and ",
        " so yeah ",
    )
    text = parts[0].rstrip(".!?,")
    for part in parts[1:]:
        filler = f"{talk(rng, 'fillers')} " if rng.random() < 0.25 else ""
        text += rng.choice(joints) + filler + part.rstrip(".!?")
    return text


def _body(rng: random.Random) -> Turn:
    way = rng.random()
    if way < 0.4:
        return _asked_for(rng)
    if way < 0.52:
        return _keeping(rng)
    if way < 0.58:
        return _because(rng)
    if way < 0.65:
        return _about(rng)
    if way < 0.74:
        return edit_clause(rng)
    if way < 0.9:
        return wishes(rng)
    if way < 0.96:
        return _numbered(rng)
    return natural(rng)


def _item(
    rng: random.Random, avoid: Tokens = (), placed: float = 0.62, lasting: float = 0
) -> Thing:
    """Return a thing as letters name it, one or two kinds, mostly in a place."""
    pool = [k for k in KINDS if f"<{k}>" not in avoid]
    permanent = [k for k in pool if k in PERMANENT_KINDS]
    first = rng.choice(permanent if permanent and rng.random() < lasting else pool)
    kinds = [first]
    if rng.random() < 0.12:
        other = rng.choice(pool)
        kinds += [other] if other != first else []
    words: list[str] = []
    for kind in kinds:
        one = rng.random() < 0.3
        noun = pick_common(rng, "singular" if one else "kinds", kind, share=0.4)
        words.append(f"{rng.choice(_ONES if one else _OWNERS)} {noun}".strip())
    text, whats = joined(rng, words), tuple(f"<{k}>" for k in kinds)
    if rng.random() >= placed:
        return Thing(text, whats)
    where, places = spot(rng)
    return Thing(f"{text} {at(rng, where)}", whats, places)


def _request(rng: random.Random, found: Thing) -> Turn:
    key = rng.choices([k for k, _ in _STRENGTHS], [weight for _, weight in _STRENGTHS])[0]
    text = pick(rng, "ask", key, file=_FILE)
    while "<texture>" in found.whats and EVENING & set(text.split()):
        text = pick(rng, "ask", key, file=_FILE)
    text = filled(rng, text).replace("{x}", found.words)
    strength: Tokens = (f"<{key}>",)
    if key == "percent":
        words, strength = amount(rng)
        text = text.replace("{p}", words)
    return text, (EDIT, *found.tokens, *strength)


def _kept(rng: random.Random, avoid: Tokens) -> Turn:
    if rng.random() < 0.4:
        return keep_clause(rng, avoid)
    found = _item(rng, avoid, 0.15, 0.7)
    text = filled(rng, pick(rng, "stay", "text", file=_FILE)).replace("{k}", found.words)
    return text, (KEEP, *found.tokens)


def _asked_for(rng: random.Random) -> Turn:
    """ "Could the pimple on her chin vanish? the lines to be softened. the moles are sacred"."""
    texts: list[str] = []
    tokens: list[str] = []
    for _ in range(rng.choices((1, 2, 3), (62, 29, 9))[0]):
        text, found = _request(rng, _item(rng, tuple(tokens), 0.62 if not texts else 0.85))
        if rng.random() < 0.18:
            text = text.rstrip("?") + " " + talk(rng, "after_wish")
        texts.append(text)
        tokens += found
    keeps: Tokens = ()
    if rng.random() < 0.3:
        text, keeps = _kept(rng, tuple(tokens))
        texts.insert(rng.choice((0, len(texts), len(texts))), text)
    joint = rng.choice((". ", ". ", ". ", ", and ", ", ", "; ", " and ", ". also, ", ". then "))
    if rng.random() < 0.15 and len(texts) > 1:
        joint = f". {talk(rng, 'stories')} "
    text = texts[0]
    for more in texts[1:]:
        text = f"{text} {more}" if text[-1] == "?" else f"{text}{joint}{more}"
    return text, (*tokens, *keeps)


def _keeping(rng: random.Random) -> Turn:
    """ "Whether the mole could stay and the hairs on the chin could disappear"."""
    found = _item(rng)
    kept = _item(rng, found.whats, 0.15, 0.7)
    text = filled(rng, pick(rng, "stay", "both", file=_FILE))
    text = text.replace("{x}", found.words).replace("{k}", kept.words)
    return text, (EDIT, *found.tokens, "<s10>", KEEP, *kept.tokens)


def _because(rng: random.Random) -> Turn:
    """ "He got sunburnt, the nose is bright red. fix that"."""
    table: dict[str, list[str]] = phrases(_FILE)["because"]
    kind = rng.choice(list(table))
    where, places = spot(rng, 0.0)
    if kind not in ("shine", "redness"):
        where = at(rng, where)
    elif not where.startswith(("the ", "my ", "her ", "his ")):
        where, places = "the nose", ("<at_nose>",)
    text = filled(rng, rng.choice(table[kind])).replace("{w}", where)
    key = rng.choices(("s10", "s5", "s3", "s8"), (55, 22, 16, 7))[0]
    fix = pick(rng, "fixes", key, file="wishes")
    text += rng.choice((". ", ", ", ", so ", ". please ", ", please ", " - ")) + fix
    tokens: Tokens = (EDIT, f"<{kind}>", *places, f"<{key}>")
    if rng.random() < 0.25:
        kept, keeps = _kept(rng, tokens)
        return text + rng.choice((". ", ", and ", ", but ", ". also, ")) + kept, (*tokens, *keeps)
    return text, tokens


def _about(rng: random.Random) -> Turn:
    """ "He got the scar when he fell off his bike, it stays. could the spots vanish?"."""
    found = _item(rng, (), 0.7)
    text = filled(rng, pick(rng, "about", "text", file=_FILE)).replace("{x}", found.words)
    text += rng.choice((". ", ", ", ". ", " and ", " - ", ", but ", ". well, "))
    if rng.random() < 0.6:
        key = rng.choices(("s10", "s5", "s3", "s8"), (60, 22, 13, 5))[0]
        fix = pick(rng, "fixes", key, file="wishes")
        return text + fix, (EDIT, *found.tokens, f"<{key}>")
    text += filled(rng, pick(rng, "about", "stays", file=_FILE))
    wish, edits = _request(rng, _item(rng, found.whats))
    return f"{text}. {wish}", (*edits, KEEP, *found.tokens)


def _numbered(rng: random.Random) -> Turn:
    """ "1) the background is fine 2) zits on the chin gone 3) moles to remain"."""
    lines: list[tuple[str, Tokens]] = []
    avoid: Tokens = ()
    for _ in range(rng.choice((1, 2, 2, 3))):
        text, found = _request(rng, _item(rng, avoid, 0.7))
        lines.append((text, found))
        avoid = (*avoid, *found)
    keeps: Tokens = ()
    if rng.random() < 0.5:
        text, keeps = _kept(rng, avoid)
        lines.append((text, ()))
    for _ in range(rng.choice((1, 1, 2))):
        lines.insert(rng.randint(0, len(lines)), (talk(rng, "fine_lines"), ()))
    form = rng.choice(("{n}) ", "{n}. ", "{l}) ", "- ", ""))
    shown = [
        form.replace("{n}", str(i + 1)).replace("{l}", "abcdefgh"[i]) + text
        for i, (text, _) in enumerate(lines)
    ]
    joint = rng.choice(("\n", "\n", " ", "; ", ", ")) if form else rng.choice(("\n", "; "))
    return joint.join(shown), (*(t for _, each in lines for t in each), *keeps)
