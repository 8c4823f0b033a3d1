"""Clauses of requests: things, places and amounts, each as words and as the tokens they mean."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from retouchgpt_core.language.tokens import (
    BIT_MORE,
    BLEMISH_TOKEN,
    FACE_TOKENS,
    LEAVE_PERCENT,
    PERCENT,
    REDUCE,
)
from retouchgpt_core.synthesis.dialogues.phrases import phrases, pick, pick_common
from retouchgpt_core.vocabulary import KINDS

Tokens = tuple[str, ...]

_PLACE_WEIGHTS = {
    "forehead": 10,
    "between_brows": 4,
    "nose": 10,
    "upper_lip": 4,
    "chin": 9,
    "neck": 4,
    "t_zone": 3,
    "around_mouth": 3,
    "temple": 3,
    "under_eye": 5,
    "cheek": 9,
    "smile_line": 3,
    "jaw": 5,
    "face": 5,
    "everywhere": 1,
}
_USUAL = {
    "<acne>": ("cheek", "chin", "forehead", "jaw", "nose"),
    "<acne_mark>": ("cheek", "chin", "forehead", "jaw"),
    "<blackhead>": ("nose", "nose", "chin", "t_zone"),
    "<freckle>": ("nose", "cheek"),
    "<wrinkle>": ("forehead", "under_eye", "temple", "neck", "between_brows", "around_mouth"),
    "<dark_circle>": ("under_eye",),
    "<eye_bag>": ("under_eye",),
    "<redness>": ("cheek", "nose", "chin", "neck", "around_mouth"),
    "<shine>": ("forehead", "nose", "t_zone", "chin", "cheek"),
    "<texture>": ("cheek", "nose", "forehead"),
    "<stray_hair>": ("forehead", "cheek", "temple"),
}
"""Where a kind is mostly spoken of."""
_SIDED_WEIGHTS = {"temple": 3, "under_eye": 4, "cheek": 10, "smile_line": 3, "jaw": 4, "half": 2}
_APART = {"temple": "temple", "cheek": "cheek", "jaw": "jaw", "smile_line": "smile line"}
"""What a place is called after its side has been said."""
_PREPOSITIONS = (
    "between above under below beneath around near everywhere across along beside over all in at "
    "underneath right just down round anywhere either"
)
POSITIONS = frozenset(_PREPOSITIONS.split())
"""First words of places that need no preposition before them."""
_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = [
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ("ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


@dataclass(frozen=True, slots=True)
class Thing:
    """Words for something in a place, and its tokens (what, where)."""

    words: str
    whats: Tokens
    wheres: Tokens = ()

    @property
    def tokens(self) -> Tokens:
        return (*self.whats, *self.wheres)


def own(rng: random.Random) -> str:
    """Return whose side or place is meant: "her", "the bride's"."""
    return pick(rng, "own_of" if rng.random() < 0.2 else "own", file="noise")


def _weighted(rng: random.Random, weights: dict[str, int]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


def place(
    rng: random.Random, several: float = 0.12, usual: Sequence[str] = ()
) -> tuple[str, Tokens]:
    """Return words for one or more places (without a preposition) and their tokens."""
    words, tokens = _place(rng, usual)
    if rng.random() < several:
        more, other = _place(rng)
        if other != tokens and "<at_face>" not in (*tokens, *other):
            joint = rng.choice((" and ", " and ", " & ", ", ", " and on "))
            words, tokens = f"{words}{joint}{more}", (*tokens, *other)
            if rng.random() < 0.15:
                third, last = _place(rng)
                if "<at_face>" not in last and last not in ((tokens), other):
                    words, tokens = words.replace(joint, ", ", 1) + f" and {third}", tokens + last
    return words, tokens


def _place(rng: random.Random, usual: Sequence[str] = ()) -> tuple[str, Tokens]:
    """Return one place, on one side or not; of the `usual` ones, if any are given."""
    if rng.random() < 0.45:
        return sided_place(rng, usual)
    if rng.random() < 0.02:
        words = rng.choice(("around the eyes", "the area around the eyes", "round the eyes"))
        return words, ("<at_temple>", "<at_under_eye>")
    name = rng.choice(usual) if usual else _weighted(rng, _PLACE_WEIGHTS)
    words = pick_common(rng, "places", name)
    if words.startswith("the ") and rng.random() < 0.22:
        whose = own(rng)
        words = f"{whose} {words.removeprefix('the ')}"
    return words, (f"<at_{name}>",)


def sided_place(rng: random.Random, usual: Sequence[str] = ()) -> tuple[str, Tokens]:
    """Return words for a place on one side, of the picture or of the subject."""
    paired = [name for name in usual if name in _SIDED_WEIGHTS]
    name = rng.choice(paired) if paired else _weighted(rng, _SIDED_WEIGHTS)
    side = rng.choice(("left", "right"))
    words = pick_common(rng, "sided", name).replace("{s}", side)
    if words.startswith(side) and rng.random() < 0.5:
        return f"{own(rng)} {words}", (f"<own_{side}>", f"<at_{name}>")
    way = rng.random()
    if way < 0.08 and name in _APART:
        picture = rng.choice(("picture", "photo", "image"))
        words = f"{_APART[name]} on the {side} of the {picture}"
    if rng.random() < 0.03 and name in _APART:
        picture = rng.choice(("picture", "photo", "image", "shot"))
        link = rng.choice((", on", ", at", ":", ", just", ", only"))
        return f"the {side} side of the {picture}{link} the {_APART[name]}", (
            f"<{side}>",
            f"<at_{name}>",
        )
    if rng.random() < 0.08:
        view = pick(rng, "views", file="contrasts").replace("{s}", side)
        words = view.replace("{w}", words.replace(f"{side} ", "", 1))
        return words, (f"<{side}>", f"<at_{name}>")
    if not words.startswith(("skin", "area", "outer")) and rng.random() < 0.12:
        return words, (f"<{side}>", f"<at_{name}>")
    return f"the {words}", (f"<{side}>", f"<at_{name}>")


def spot(rng: random.Random, several: float = 0.08) -> tuple[str, Tokens]:
    """Return a place, on one side or not, that is less than the whole face."""
    where, places = sided_place(rng) if rng.random() < 0.35 else place(rng, several)
    whole = {"<at_face>", "<at_everywhere>"} & set(places)
    return ("the nose", ("<at_nose>",)) if whole else (where, places)


def kind_words(rng: random.Random, token: str, singular: bool = False) -> str:
    """Return a noun phrase for a kind token, with an article or an owner."""
    name = token.strip("<>")
    if singular and name in phrases("phrases")["singular"]:
        noun = pick_common(rng, "singular", name)
        return f"{pick(rng, 'one', file='noise')} {noun}".strip()
    noun = pick_common(rng, "kinds", name)
    plain = (
        rng.choice(("the", "the", "")) if rng.random() < 0.4 else pick(rng, "owner", file="noise")
    )
    owner = "" if name == "everything" else plain
    if noun.startswith(("all ", "some ")):
        owner = ""
    return f"{owner} {noun}".strip()


def kind_tokens(rng: random.Random, most: int = 3) -> Tokens:
    """Return one or several kinds."""
    count = rng.choices((1, 2, 3), (78, 17, 5))[0]
    found: list[str] = []
    for _ in range(min(count, most)):
        token = BLEMISH_TOKEN if rng.random() < 0.07 else f"<{rng.choice(KINDS)}>"
        if token not in found:
            found.append(token)
    return tuple(found)


_LASTS = (" and ", " and ", " and ", ", and ", " & ", ", ", " plus ", " as well as ", " + ", " n ")


def joined(rng: random.Random, words: list[str]) -> str:
    """Join noun phrases as a list."""
    if len(words) == 1:
        return words[0]
    last = rng.choice(
        (" and ", " and ", " and ", ", and ", " & ", ", ", " plus ", " as well as ", " + ", " n ")
    )
    return ", ".join(words[:-1]) + last + words[-1]


def thing(rng: random.Random, placed: float = 0.6, most: int = 3, several: float = 0.12) -> Thing:
    """Return a request's object: kinds, mostly in a place."""
    if rng.random() < 0.11:
        return implied(rng)
    kinds = kind_tokens(rng, most)
    singular = len(kinds) == 1 and rng.random() < 0.25
    words = joined(rng, [kind_words(rng, k, singular or rng.random() < 0.08) for k in kinds])
    if rng.random() >= placed:
        return Thing(words, kinds)
    usual = _USUAL.get(kinds[0], ()) if rng.random() < 0.5 else ()
    where, tokens = place(rng, several, usual)
    return Thing(f"{words} {at(rng, where)}", kinds, tokens if tokens != ("<at_face>",) else ())


def at(rng: random.Random, where: str) -> str:
    """Put a preposition before a place that has none."""
    if where.split(maxsplit=1)[0] in POSITIONS:
        return where
    if rng.random() < 0.5:
        return f"on {where}"
    return f"{pick(rng, 'prepositions', file='noise')} {where}"


def implied(rng: random.Random) -> Thing:
    """Return a thing whose name holds its place (laugh lines)."""
    name = rng.choice(list(phrases("phrases")["implied"]))
    kind = next(k for k in sorted(KINDS, key=len, reverse=True) if name.startswith(f"{k}_"))
    where = name.removeprefix(f"{kind}_")
    noun = pick(rng, "implied", name)
    paired = where in ("smile_line", "temple", "cheek", "jaw")
    if paired and rng.random() < 0.2 and not noun.startswith(("lines", "jaw", "cheek", "flush")):
        side = rng.choice(("left", "right"))
        if rng.random() < 0.35:
            whose = own(rng)
            words = f"the {noun} on {whose} {side} side"
            return Thing(words, (f"<{kind}>",), (f"<own_{side}>", f"<at_{where}>"))
        form = rng.choice(("the {s} {n}", "the {n} on the {s}", "the {n} on the {s} side"))
        words = form.replace("{s}", side).replace("{n}", noun)
        return Thing(words, (f"<{kind}>",), (f"<{side}>", f"<at_{where}>"))
    owner = rng.choice(("the", "the", "the", "her", "his", "my", "those", "these", "", ""))
    return Thing(f"{owner} {noun}".strip(), (f"<{kind}>",), (f"<at_{where}>",))


def amount(rng: random.Random) -> tuple[str, Tokens]:
    """Return words for a share, and the tokens of that share as a strength."""
    if rng.random() < 0.2:
        table: dict[str, list[str]] = phrases("noise")["fractions"]
        key = rng.choice(list(table))
        return rng.choice(table[key]), tuple(key.split())
    number = rng.randrange(5, 100, 5) if rng.random() < 0.6 else rng.randrange(1, 100)
    tokens = share(number)
    if rng.random() < 0.12:
        return f"{spelled(number)} {rng.choice(('percent', 'percent', 'per cent', 'pct'))}", tokens
    if rng.random() < 0.1:
        return _decimal(rng, number), tokens
    if number % 10 == 0 and rng.random() < 0.12:
        tenth = number // 10
        forms = ("{n}/10", "{n} out of 10", "{n} of 10", "{n} tenths", "{w} out of ten")
        words = rng.choice(forms).replace("{n}", str(tenth)).replace("{w}", _UNITS[tenth - 1])
        return words, tokens
    unit = rng.choice(
        ("%", "%", "%", " %", " percent", " percent", " per cent", "pct", "percent", "")
    )
    about = pick(rng, "about", file="noise") if rng.random() < 0.3 else ""
    return f"{about}{number}{unit}", tokens


def spelled(number: int) -> str:
    """Return a number from 1 to 99 in words."""
    if number < 10:
        return _UNITS[number - 1]
    if 10 < number < 20:
        return _TEENS[number - 11]
    tens = _TENS[number // 10 - 1]
    return f"{tens}-{_UNITS[number % 10 - 1]}" if number % 10 else tens


def _decimal(rng: random.Random, percent: int) -> str:
    digits = f"{percent:02d}"
    digits = digits.rstrip("0") if rng.random() < 0.8 else digits
    if rng.random() < 0.12 and len(digits) == 1:
        return f"{rng.choice(('point', 'zero point', 'nought point'))} {_UNITS[int(digits) - 1]}"
    return rng.choice(("0.", "0.", "0.", "0,", ".")) + digits


def share(percent: int) -> Tokens:
    """Return the tokens of a percentage below 100."""
    if percent % 10 == 0:
        return (f"<s{percent // 10}>",)
    return (PERCENT, f"<d{percent // 10}>", f"<d{percent % 10}>")


def verb(rng: random.Random, texture: bool = False, relative: bool = True) -> tuple[str, Tokens]:
    """Return a verb phrase with {x} for its object, and the strength that it means.

    With `texture`, what evens a skin out means 0.3. "Less {x}" depends on what stands, unless
    `relative` is denied; where nothing stands it means 0.5, "a bit less {x}" 0.3.
    """
    ways = ("remove", "half", "slight", "strong", "percent", "leave")
    way = rng.choices(ways, (46, 17, 13, 8, 12, 4))[0]
    if way not in ("percent", "leave"):
        if texture and rng.random() < 0.4:
            return pick(rng, "texture_fix", "text", file="noise"), ("<s3>",)
        text = pick_common(rng, "verbs", way, "text", share=0.4, top=8)
        if texture and way != "strong":
            while set(text.split()) & EVENING:
                text = pick_common(rng, "verbs", way, "text", share=0.4, top=8)
        strength = {"remove": "<s10>", "half": "<s5>", "slight": "<s3>", "strong": "<s8>"}[way]
        if text in _LESS:
            return text, (_LESS[text] if relative else strength,)
        return text, (strength,)
    words, tokens = amount(rng)
    text = pick(rng, "verbs", way, "text").replace("{p}", words)
    return text, tokens if way == "percent" else remaining(tokens)


_LESS = {
    "less {x}": REDUCE,
    "i want less of {x}": REDUCE,
    "a bit less {x}": BIT_MORE,
    "a little less {x}": BIT_MORE,
    "slightly less {x}": BIT_MORE,
    "a smidge less {x}": BIT_MORE,
    "a hint less of {x}": BIT_MORE,
}
_EVENING_WORDS = (
    "minimise minimize even smooth smoothen fix correct treat improve retouch touch work do clean "
    "clear handle sort deal care heal"
)
EVENING = frozenset(_EVENING_WORDS.split())
"""Words that mean evening out where the texture is spoken of, not removing."""


def remaining(tokens: Tokens) -> Tokens:
    """Turn the share that is left of a mark into the tokens of its strength."""
    known: dict[Tokens, Tokens] = {
        ("<third>",): ("<two_thirds>",),
        ("<two_thirds>",): ("<third>",),
        ("<quarter>",): (PERCENT, "<d7>", "<d5>"),
        (PERCENT, "<d7>", "<d5>"): ("<quarter>",),
        ("<s5>",): ("<s5>",),
        ("<s10>",): ("<s0>",),
    }
    if tokens in known:
        return known[tokens]
    if tokens[0] == PERCENT:
        return (LEAVE_PERCENT, *tokens[1:])
    return (LEAVE_PERCENT, f"<d{tokens[0][2:-1]}>", "<d0>")


def face(rng: random.Random, face_count: int) -> tuple[str, Tokens]:
    """Return words for one of the faces."""
    names = ["left", "right", "largest", *map(str, range(1, max(face_count, 2) + 1))]
    if face_count != 2:
        names.append("middle")
    name = rng.choice([*names, "left", "right"])
    token = f"<face_{name}>"
    assert token in FACE_TOKENS
    return pick(rng, f"face_{name}", file="noise"), (token,)
