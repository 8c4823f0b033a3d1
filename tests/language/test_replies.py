"""Replies claim what the counts say, and no more."""

from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.language.replies import clarify_reply, decline_reply, reply_for
from retouchgpt_core.language.sentence import canonical_sentence
from retouchgpt_core.language.tokens import DECLINE_TOPICS
from retouchgpt_core.vocabulary import BLEMISHES, FACE_REGIONS, Kind, Region

CHEEK = (Region.CHEEK_LEFT,)


def test_counts_side_and_what_stays():
    plan = Plan(Action.RETOUCH, (Edit((Kind.ACNE, Kind.ACNE_MARK), CHEEK),), (Keep((Kind.MOLE,)),))
    changed = {(Kind.ACNE, Region.CHEEK_LEFT): 12, (Kind.ACNE_MARK, Region.CHEEK_LEFT): 5}
    assert reply_for(plan, changed, {Kind.MOLE: 3}, 1) == (
        "12 pimples and 5 acne marks on the left cheek (of the picture) will go. 3 moles stay."
    )


def test_nothing_found_is_said():
    plan = Plan(Action.RETOUCH, (Edit((Kind.MOLE,), (Region.CHIN,)),))
    assert reply_for(plan, {}, {}, 1) == "No moles found on the chin."
    both = Plan(Action.RETOUCH, (Edit((Kind.MOLE,)), Edit((Kind.SHINE,), strength=0.5)))
    text = reply_for(both, {(Kind.SHINE, Region.NOSE): 1}, {}, 1)
    assert "1 shiny area" in text
    assert "50 % weaker" in text
    assert "Not found: the moles" in text


def test_no_number_that_was_not_counted():
    plan = Plan(Action.RETOUCH, (Edit(BLEMISHES),))
    text = reply_for(plan, {(Kind.ACNE, Region.NOSE): 0}, {Kind.MOLE: 0}, 1)
    assert not any(c.isdigit() for c in text)
    assert "mole" not in text


def test_other_actions():
    assert "2 steps" in reply_for(Plan(Action.UNDO, count=2), {}, {}, 1)
    assert reply_for(Plan(Action.RESET), {}, {}, 1)
    found = reply_for(Plan(Action.EXPLAIN), {(Kind.MOLE, Region.CHIN): 2}, {}, 2)
    assert found == "Found on 2 faces: 2 moles."
    asked = Plan(Action.EXPLAIN, (Edit((Kind.SCAR,)),))
    assert "scars" in reply_for(asked, {}, {}, 1)
    back = Plan(Action.RETOUCH, (Edit((Kind.MOLE,), strength=0.0),))
    assert "back" in reply_for(back, {(Kind.MOLE, Region.CHIN): 1}, {}, 1)
    mixed = Plan(Action.UNDO, count=1, then=Plan(Action.RETOUCH, (Edit((Kind.SCAR,)),)))
    assert "remove the scars" in reply_for(mixed, {}, {}, 1)


def test_every_topic_names_something_possible():
    for topic in (*DECLINE_TOPICS, "unheard of"):
        text = decline_reply(topic)
        assert text.endswith(".")
        assert "It " in text or "Say what" in text
    option = Plan(Action.RETOUCH, (Edit((Kind.MOLE,), faces=(1,)),))
    assert "Whose face" in clarify_reply("", (option, option))


def test_sentences():
    def said(*edits: Edit, keep: tuple[Keep, ...] = ()) -> str:
        return canonical_sentence(Plan(Action.RETOUCH, edits, keep).canonical())

    assert said(Edit((Kind.ACNE,), CHEEK)) == "remove the acne on the left cheek"
    assert said(Edit((Kind.SHINE,), strength=0.35)) == "reduce the shine by 35 percent"
    assert said(Edit((Kind.MOLE,), faces=("left",))) == "remove the moles of the person on the left"
    both = (Region.CHEEK_LEFT, Region.CHEEK_RIGHT)
    assert said(Edit((Kind.SCAR,), both), keep=(Keep((Kind.MOLE,)),)) == (
        "remove the scars on both cheeks, keep the moles"
    )
    but = tuple(r for r in FACE_REGIONS if r is not Region.FOREHEAD)
    assert said(Edit((Kind.ACNE,), but)) == "remove the acne everywhere except on the forehead"
    assert canonical_sentence(Plan(Action.RETOUCH)) == "change nothing"
