"""What the prediction network denies in a long list is asked about again, kind by kind."""

from typing import Any

import numpy as np

from retouchgpt_core.document.faces_at_work import heard, heard_again, named_tones
from retouchgpt_core.geometry import Box
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.retouch.face_work import Asked
from retouchgpt_core.retouch.marks import Mark, photo_window
from retouchgpt_core.vocabulary import KINDS, REGIONS, Kind, Region

SIZE = (200, 200)


def mark(name: str, kind: Kind) -> Mark:
    found = Mark.from_window_mask(
        np.full((8, 8), 255, np.uint8), Box(50, 50, 8, 8), photo_window(SIZE), SIZE, id=name,
        face=1, kind=kind, region=Region.CHEEK_LEFT, confidence=0.9,
    )  # fmt: skip
    assert found is not None
    return found


class Short:
    """A network that understands nothing but requests for a single kind, and no scars."""

    number = 1

    def __init__(self) -> None:
        self.asked: list[str] = []

    def asked_for(self, asked: Asked, marks: list[Mark]) -> dict[str, float]:
        self.asked.append(asked.text)
        kinds = {k for e in asked.plan.edits for k in e.kinds}
        return {m.id: 0.9 if kinds == {m.kind} and m.kind is not Kind.SCAR else 0.01 for m in marks}


def test_what_was_denied_is_asked_about_in_plain_words() -> None:
    work: Any = Short()
    marks = [mark("a", Kind.ACNE), mark("b", Kind.SCAR), mark("c", Kind.MOLE)]
    plan = Plan(Action.RETOUCH, (Edit(tuple(KINDS), REGIONS),)).canonical()
    asked = Asked("the whole lot, the works", plan)
    first = heard([work], asked, marks, ["a", "b", "c"])
    assert max(first.values()) < 0.05
    again = heard_again([work], asked, marks, ["a", "b"], first)
    assert again == {"a": 0.9, "b": 0.01, "c": 0.01}  # c is not covered, a scar is still denied
    assert work.asked[1:] == ["remove the acne", "remove the scars"]


def test_nothing_is_asked_twice_that_was_understood() -> None:
    work: Any = Short()
    marks = [mark("a", Kind.ACNE)]
    asked = Asked("zits off", Plan(Action.RETOUCH, (Edit((Kind.ACNE,), REGIONS),)).canonical())
    first = heard([work], asked, marks, ["a"])
    assert heard_again([work], asked, marks, ["a"], first) == first
    assert len(work.asked) == 1


class Faint:
    """A face on which redness shows only to who asks for it."""

    number = 1

    def named_tones(self) -> list[Mark]:
        return [mark("f1-redness-cheek_left", Kind.REDNESS), mark("s", Kind.SHINE)]


def test_who_names_a_tone_gets_it_and_who_asks_for_the_usual_does_not() -> None:
    work: Any = Faint()
    named = Plan(Action.RETOUCH, (Edit((Kind.REDNESS, Kind.ACNE), REGIONS, strength=0.5),))
    assert list(named_tones([work], named, [])) == ["f1-redness-cheek_left"]
    usual = Plan(Action.RETOUCH, (Edit(tuple(KINDS[:12]), REGIONS),))
    elsewhere = Plan(Action.RETOUCH, (Edit((Kind.REDNESS,), (Region.CHIN,)),))
    undone = Plan(Action.RETOUCH, (Edit((Kind.REDNESS,), REGIONS, strength=0.0),))
    for plan in (usual, elsewhere, undone):
        assert named_tones([work], plan, []) == {}
    found = mark("f1-m3", Kind.REDNESS)  # there is one already
    assert named_tones([work], named, [found]) == {}
