"""The words that the language model writes plans in, each of them one token.

A plan is written as a **draft**: short, with composite words ("cheeks", "blemishes"), sides seen
from the subject ("her left") and relations to earlier turns ("the same", "half of that") as single
tokens. `draft.py` reads a draft, `dialogue.py` resolves it into numbers and absolute places.
"""

from retouchgpt_core.vocabulary import (
    BLEMISHES,
    COMPOSITE_REGIONS,
    EVERYTHING,
    FACE_REGIONS,
    KINDS,
    REGIONS,
    Kind,
    Region,
)

EDIT = "<edit>"
KEEP = "<keep>"
THEN = "<then>"
END = "<end>"
EXCEPT = "<except>"
EITHER = "<either>"
WHICH_FACE = "<which_face>"
CLARIFY = "<clarify>"
DECLINE = "<decline>"
UNDO = "<undo>"
REDO = "<redo>"
RESET = "<reset>"
COMPARE = "<compare>"
EXPLAIN = "<explain>"
PLAN = "<plan>"
"""Stands between what was said and the draft."""
SAID = "<said>"
"""Stands between the dialogue's state and what was said."""
PAD = "<pad>"
SELECTION = "<selection>"

KIND_TOKENS: dict[str, tuple[Kind, ...]] = {f"<{kind}>": (kind,) for kind in KINDS}
BLEMISH_TOKEN = "<blemishes>"
EVERYTHING_TOKEN = "<everything>"
ANY_KIND_TOKEN = "<any_kind>"
NATURAL_TOKEN = "<natural>"
SAME_TOKEN = "<same>"
"""The kinds of the round that is meant, the last one."""
MARKED_TOKEN = "<marked>"
"""The marks that the user has selected."""
KIND_TOKENS[BLEMISH_TOKEN] = BLEMISHES
KIND_TOKENS[EVERYTHING_TOKEN] = EVERYTHING
KIND_TOKENS[ANY_KIND_TOKEN] = KINDS
WHAT_TOKENS = (*KIND_TOKENS, NATURAL_TOKEN, SAME_TOKEN, MARKED_TOKEN)

_SINGLE = tuple(r for r in REGIONS if not r.endswith(("_left", "_right")))
PAIRED = tuple(dict.fromkeys(r.rsplit("_", 1)[0] for r in REGIONS if r not in _SINGLE))
"""Places that exist on both sides; alone, such a word means both."""
SIDES: dict[str, str] = {
    "<left>": "left",
    "<right>": "right",
    "<own_left>": "right",
    "<own_right>": "left",
}
"""A word for a side, and the side of the picture that it means."""

PLACE_TOKENS: dict[str, tuple[Region, ...]] = {f"<at_{r}>": (r,) for r in _SINGLE}
PLACE_TOKENS.update(
    {f"<at_{p}>": (Region(f"{p}_left"), Region(f"{p}_right")) for p in PAIRED},
)
PAIRED_TOKENS = tuple(f"<at_{p}>" for p in PAIRED)
PLACE_TOKENS["<at_t_zone>"] = COMPOSITE_REGIONS["t_zone"]
PLACE_TOKENS["<at_around_mouth>"] = COMPOSITE_REGIONS["around_mouth"]
PLACE_TOKENS["<at_face>"] = FACE_REGIONS
PLACE_TOKENS["<at_everywhere>"] = REGIONS
HALF_TOKEN = "<at_half>"
"""After a side: all places of the face on that side."""
SAME_PLACE_TOKEN = "<same_place>"
OTHER_SIDE_TOKEN = "<other_side>"
WHERE_TOKENS = (*PLACE_TOKENS, SAME_PLACE_TOKEN, OTHER_SIDE_TOKEN, HALF_TOKEN)

FACE_TOKENS: dict[str, str | int] = {
    "<face_left>": "left",
    "<face_middle>": "middle",
    "<face_right>": "right",
    "<face_largest>": "largest",
    **{f"<face_{n}>": n for n in range(1, 7)},
}

STRENGTH_TOKENS: dict[str, float] = {f"<s{n}>": n / 10 for n in range(11)}
STRENGTH_TOKENS.update({"<third>": 0.333, "<two_thirds>": 0.667, "<quarter>": 0.25})
PERCENT = "<percent>"
LEAVE_PERCENT = "<leave_percent>"
"""Then two digits: set to so many percent; leave so many percent of the mark."""
DIGITS = tuple(f"<d{n}>" for n in range(10))
LESS, BIT_LESS, MORE, BIT_MORE = "<less>", "<bit_less>", "<more>", "<bit_more>"
REDUCE = "<reduce>"
"""Half if untouched so far, else more ("less shine")."""
AS_BEFORE = "<as_before>"
"""The strength of the round that is meant ("same on the chin")."""
RELATIVE_TOKENS = (LESS, BIT_LESS, MORE, BIT_MORE, REDUCE, AS_BEFORE)

COUNTS: dict[str, int] = {f"<n{n}>": n for n in range(1, 10)}

DECLINE_TOPICS = (
    "shape",
    "eyes",
    "teeth",
    "lips",
    "makeup",
    "hair",
    "beard",
    "background",
    "light",
    "colour",
    "skin_colour",
    "glasses",
    "objects",
    "body",
    "expression",
    "identity",
    "age",
    "crop",
    "sharpness",
    "file",
    "question",
    "chat",
    "inexpressible",
)
TOPIC_TOKENS: dict[str, str] = {f"<topic_{t}>": t for t in DECLINE_TOPICS}
CLARIFY_REASONS = ("what", "which_mark", "reference")
REASON_TOKENS: dict[str, str] = {f"<ask_{r}>": r for r in CLARIFY_REASONS}

FACE_COUNT_TOKENS = tuple(f"<faces_{n}>" for n in range(1, 5))
"""One, two, three, four or more faces in the photo."""

PLAN_TOKENS: tuple[str, ...] = (
    PAD,
    PLAN,
    SAID,
    END,
    EDIT,
    KEEP,
    THEN,
    EXCEPT,
    EITHER,
    WHICH_FACE,
    CLARIFY,
    DECLINE,
    UNDO,
    REDO,
    RESET,
    COMPARE,
    EXPLAIN,
    SELECTION,
    *WHAT_TOKENS,
    *SIDES,
    *WHERE_TOKENS,
    *FACE_TOKENS,
    *STRENGTH_TOKENS,
    PERCENT,
    LEAVE_PERCENT,
    *DIGITS,
    *RELATIVE_TOKENS,
    *COUNTS,
    *TOPIC_TOKENS,
    *REASON_TOKENS,
    *FACE_COUNT_TOKENS,
)
"""All of them; in the model's vocabulary they have the first ids, in this order."""

TOKEN_IDS: dict[str, int] = {token: index for index, token in enumerate(PLAN_TOKENS)}
