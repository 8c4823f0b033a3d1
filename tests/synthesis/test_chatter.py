"""Remarks around requests: they change the words, never what is asked for."""

import random
import re
import tomllib
from importlib.resources import files

from retouchgpt_core.synthesis.dialogues.chatter import chatted, oddly, remark, vague
from retouchgpt_core.vocabulary import KINDS


def test_a_request_stands_unchanged_among_remarks_of_many_words() -> None:
    rng = random.Random(3)
    texts = {chatted("remove the zit on the chin", rng) for _ in range(400)}
    assert all("remove the zit on the chin" in text for text in texts)
    assert len(texts) > 390
    words = {word for text in texts for word in re.findall(r"[a-z]+", text)}
    assert len(words) > 400


def test_every_slot_is_filled() -> None:
    rng = random.Random(4)
    for where in ("before", "after", "aside"):
        assert not any("{" in remark(rng, where) for _ in range(500))
    assert not any("{" in vague(rng) for _ in range(500))


def test_remarks_name_no_side_no_share_and_no_kind() -> None:
    text = files("retouchgpt_core.synthesis.dialogues").joinpath("chatter.toml").read_text()
    table = tomllib.loads(text)
    parts = [part for key in ("before", "after", "aside") for part in table["remarks"][key]]
    parts += [part for words in table["words"].values() for part in words]
    said = {word for part in parts for word in re.findall(r"[a-z%]+", part.replace("{", " {"))}
    assert not said & {"left", "right", "percent", "%", "half", "remove", "keep", "undo"}
    assert not said & {str(kind) for kind in KINDS} & {"acne", "mole", "freckle", "scar", "wrinkle"}


def test_a_thing_is_described_after_its_article() -> None:
    rng = random.Random(5)
    assert re.fullmatch(r"the \w+ brown spot", oddly("the brown spot", rng))
    assert oddly("pigment", rng) == "pigment"
