"""First requests: slang, verbs that name their kind, and words that fit several kinds."""

import random
from collections.abc import Sequence

from retouchgpt_core.language.dialogue import DialogueState, resolve
from retouchgpt_core.language.draft import read_draft
from retouchgpt_core.language.plan import Action, Plan
from retouchgpt_core.synthesis.dialogues.phrases import phrases
from retouchgpt_core.synthesis.dialogues.requests import doing, unclear
from retouchgpt_core.vocabulary import KINDS, Kind


def _plan(draft: Sequence[str]) -> Plan:
    return resolve(read_draft(draft), DialogueState(face_count=1))


def test_verbs_that_name_their_kind():
    assert {key.split()[0] for key in phrases("phrases")["doing"]} <= set(KINDS)
    rng = random.Random(1)
    for _ in range(300):
        text, draft = doing(rng)
        plan = _plan(draft)
        assert "{" not in text
        assert plan.action is Action.RETOUCH
        assert len(plan.edits[0].kinds) == 1
        if "matt" in text:
            assert plan.edits[0].kinds == (Kind.SHINE,)


def test_what_fits_several_kinds_is_asked():
    rng = random.Random(2)
    for _ in range(600):
        text, draft = unclear(rng)
        plan = _plan(draft)
        assert plan.action is Action.CLARIFY, (text, plan)
        if "tired" in text.split() or "exhausted" in text:
            options = {k for o in plan.options or () for e in o.edits for k in e.kinds}
            assert options == {Kind.DARK_CIRCLE, Kind.EYE_BAG}, text


def test_a_phrase_means_one_thing():
    places = [("verbs", name, "text") for name in ("remove", "half", "slight", "strong", "percent")]
    places += [("follow", name) for name in ("less", "bit_less", "more", "bit_more", "put_back")]
    places += [("history", name) for name in ("undo", "redo", "reset", "compare", "explain")]
    seen = {}
    for path in places:
        found = phrases("phrases")
        for name in path:
            found = found[name]
        for phrase in found:
            assert seen.setdefault(phrase, path) == path, phrase
