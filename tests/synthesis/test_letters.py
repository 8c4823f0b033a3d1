"""Letters: talk around wishes, which changes nothing about what they ask for."""

import random
import re

from retouchgpt_core.language.draft import read_draft
from retouchgpt_core.language.grammar import is_valid
from retouchgpt_core.language.tokens import END, KEEP
from retouchgpt_core.synthesis.dialogues.letters import around, letter, talk
from retouchgpt_core.synthesis.dialogues.phrases import phrases
from retouchgpt_core.synthesis.dialogues.requests import edit_clause

_MARKS = re.compile(
    r"\b(pimples?|zits?|acne|moles?|freckles?|scars?|wrinkles?|lines?|redness|shine|pores?|"
    r"blackheads?|spots?|blemish(es)?|circles?|bags?|texture|hairs)\b"
)


def test_letters_are_grammatical_and_filled_in():
    rng = random.Random(3)
    texts = set()
    for _ in range(600):
        text, draft = letter(rng)
        assert is_valid((*draft, END)), (text, draft)
        assert read_draft(draft)
        assert "{" not in text, text
        texts.add(text)
    assert len(texts) > 590


def test_talk_names_no_mark_and_so_asks_for_nothing():
    rng = random.Random(8)
    for name in phrases("letters")["talk"]:
        for _ in range(400):
            said = talk(rng, name).replace("bottom line", "").replace("spot on", "")
            assert not _MARKS.search(said), (name, said)


def test_a_letter_holds_the_request_as_it_was():
    rng = random.Random(6)
    for _ in range(200):
        text, _draft = edit_clause(rng)
        found = around(rng, text)
        assert len(found) > len(text)
        assert text.split()[0] in found


def test_what_stays_is_kept():
    rng = random.Random(7)
    kept = [(t, d) for t, d in (letter(rng) for _ in range(900)) if "sacred" in t]
    assert kept
    assert all(KEEP in draft for _, draft in kept)
