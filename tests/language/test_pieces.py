"""Messages of several requests: where they may be split, and what their drafts make together."""

import pytest

from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.model import PlanModel
from retouchgpt_core.language.pieces import merged, pieces
from retouchgpt_core.language.writer import BundledWriter, Written


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Zits out. Keep the moles!", ["Zits out.", "Keep the moles!"]),
        ("lose the bags, and then halve the shine", ["lose the bags", "halve the shine"]),
        ("- moles: stay\n- zits: gone", ["moles: stay", "zits: gone"]),
        ("redness 30%, bags a bit", ["redness 30%", "bags a bit"]),
        ("1. scars off 2. fade the rings", ["scars off", "fade the rings"]),
    ],
)
def test_requests_that_stand_alone_are_parted(text, wanted):
    assert pieces(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "remove the acne",
        "remove the acne, the moles and the scars",
        "there's a mole on the chin, remove it",
        "remove the mole and leave the rest",
        "on the nose, remove the acne and soften the redness",
        "soften the lines on the forehead, nose and chin",
        "forehead: remove the zits, soften the lines",
        "undo that and remove the scar",
    ],
)
def test_requests_that_lean_on_each_other_are_not(text):
    assert pieces(text) == [text]


def test_drafts_are_joined_edits_first():
    drafts = [
        ("<keep>", "<mole>", "<end>"),
        ("<decline>", "<topic_chat>", "<end>"),
        ("<edit>", "<acne>", "<s10>", "<end>"),
    ]
    assert merged(drafts) == ("<edit>", "<acne>", "<s10>", "<keep>", "<mole>", "<end>")
    assert merged([*drafts, ("<decline>", "<topic_eyes>", "<end>")]) is None
    assert merged([*drafts, ("<edit>", "<same>", "<less>", "<end>")]) is None
    assert merged(drafts[:2]) is None


class Table(BundledWriter):
    """Writes what it is told to, by text."""

    def __init__(self, table: dict[str, Written]) -> None:
        super().__init__(PlanModel.tiny())
        self.table = table

    def _write(self, text, state, start=(), floor=0.0):  # noqa: ARG002
        return self.table[text]


def test_the_pieces_win_where_they_are_surer():
    text = "lose the zits. keep the moles."
    table = {
        text: Written(("<edit>", "<mole>", "<s10>", "<end>"), 0.4, None),
        "lose the zits.": Written(("<edit>", "<acne>", "<s10>", "<end>"), 0.9, None),
        "keep the moles.": Written(("<keep>", "<mole>", "<end>"), 0.9, None),
    }
    written = Table(table).write(text, DialogueState())
    assert written.tokens == ("<edit>", "<acne>", "<s10>", "<keep>", "<mole>", "<end>")
    assert written.probability == pytest.approx(0.81)
    assert written.doubt == ("<edit>", "<mole>")
    table["keep the moles."] = Written(("<keep>", "<mole>", "<end>"), 0.3, None)
    assert Table(table).write(text, DialogueState()).probability == 0.4
    assert Table(table).write(text, DialogueState(face_count=2)).probability == 0.4


def test_a_refusal_is_never_parted_into_edits():
    text = "write a poem. remove the moles."
    table = {text: Written(("<decline>", "<topic_question>", "<end>"), 0.4, None)}
    assert Table(table).write(text, DialogueState()).tokens[0] == "<decline>"
