"""Whole dialogues: turns that follow from one another, as text, draft and resolved plan."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from retouchgpt_core.language.dialogue import DialogueState, resolve
from retouchgpt_core.language.draft import read_draft
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.language.serial import plan_tokens, state_tokens
from retouchgpt_core.language.tokens import (
    ANY_KIND_TOKEN,
    CLARIFY,
    DECLINE,
    EXCEPT,
    FACE_TOKENS,
    SIDES,
    WHICH_FACE,
)
from retouchgpt_core.synthesis.dialogues import (
    corrections,
    followups,
    people,
    refusals,
    requests,
    wishes,
)
from retouchgpt_core.synthesis.dialogues.clauses import Tokens, at, joined, kind_words, own
from retouchgpt_core.synthesis.dialogues.contrasts import contrast
from retouchgpt_core.synthesis.dialogues.keyboard import as_typed, polite
from retouchgpt_core.synthesis.dialogues.letters import around, letter
from retouchgpt_core.synthesis.dialogues.phrases import phrases, pick
from retouchgpt_core.synthesis.dialogues.reasons import reason
from retouchgpt_core.vocabulary import FACE_REGIONS


@dataclass(frozen=True, slots=True)
class Sample:
    """One turn: what the model is told before, what was said, what it should write, the plan."""

    state: Tokens
    text: str
    draft: Tokens
    plan: Plan


def sample_turns(rng: random.Random) -> list[Sample]:
    """Make up a dialogue, mostly of a few turns, now and then of twenty."""
    faces = 1 if rng.random() < 0.78 else rng.choice((2, 2, 2, 3, 4))
    selected = ("m1",) if rng.random() < 0.06 else ()
    state = DialogueState(face_count=faces, selected=selected)
    turns = rng.choices((1, 2, 3, 4, 5, 8, 20), (46, 24, 14, 8, 4, 3, 0.4))[0]
    found: list[Sample] = []
    for _ in range(turns):
        text, draft = _turn(rng, state)
        while faces > 1 and _names_someone(text) and not _FACE_MARKS & set(draft):
            text, draft = _turn(rng, state)
        dressed = polite(text, rng)
        if faces == 1 and not _BARE & set(draft) and rng.random() < 0.045:
            dressed = around(rng, text)
        text = as_typed(dressed, rng)
        plan = resolve(read_draft(draft), state)
        context = state_tokens(state.rounds, state.face_count, bool(state.selected))
        found.append(Sample(context, text, draft, plan))
        state = state.after(plan)
    return found


def sample_dialogue(rng: random.Random) -> list[tuple[str, Plan]]:
    """Make up a dialogue: what is said, turn by turn, and the resolved plans."""
    return [(sample.text, sample.plan) for sample in sample_turns(rng)]


_BARE = frozenset(("<topic_chat>",))
"""What is said without a letter around it."""
_FACE_MARKS = frozenset((*FACE_TOKENS, WHICH_FACE, DECLINE, CLARIFY))


def _names_someone(text: str) -> bool:
    """Say whether it is about "the bride's cheek", which among several people must be asked."""
    return any(f"{owner} " in text for owner in phrases("noise")["own_of"])


def _turn(rng: random.Random, state: DialogueState) -> requests.Turn:
    last = state.last
    if last is not None and rng.random() < 0.64:
        if rng.random() < 0.05:
            return refusals.remark(rng)
        if state.face_count > 1 and rng.random() < 0.15:
            return corrections.same_for_face(rng, state.face_count)
        kinds = tuple(dict.fromkeys(f"<{k}>" for edit in last.edits for k in edit.kinds))
        return corrections.follow_up(rng, kinds)
    if last is None and (state.rounds or state.undone) and rng.random() < 0.5:
        return followups.history(rng)
    if last is None and rng.random() < 0.035:
        return followups.dangling(rng)
    if (state.selected and rng.random() < 0.6) or rng.random() < 0.015:
        return requests.marked(rng, bool(state.selected))
    if (state.face_count > 1 and rng.random() < 0.5) or rng.random() < 0.04:
        if rng.random() < 0.25:
            return people.someone(rng, state.face_count)
        return people.on_faces(rng, state.face_count)
    maker = rng.choices([m for m, _ in _FIRST], [weight for _, weight in _FIRST])[0]
    if maker is letter and state.face_count > 1:
        maker = requests.edit_clause
    # "Remove it" asks for more only while there is nothing that "it" could be.
    return requests.unclear(rng, last is None) if maker is requests.unclear else maker(rng)


_FIRST: tuple[tuple[Callable[[random.Random], requests.Turn], int], ...] = (
    (requests.edit_clause, 44),
    (wishes.wish, 6),
    (wishes.wishes, 27),
    (letter, 36),
    (contrast, 15),
    (reason, 13),
    (requests.joined_edits, 5),
    (requests.shared_verb, 6),
    (requests.listed, 8),
    (requests.with_keep, 17),
    (requests.natural, 4),
    (requests.everything, 2),
    (requests.unclear, 15),
    (refusals.declined, 34),
    (requests.asked, 3),
    (requests.keep_only, 1),
    (requests.bare, 1),
    (corrections.then_compare, 1),
)
"""What dialogues begin with, and how often."""


_LEVELS = {1.0: "remove", 0.5: "half", 0.3: "slight", 0.8: "strong"}


def phrase_plan(plan: Plan, rng: random.Random) -> str:
    """Return a varied sentence for a simple retouch plan (absolute edits and keeps, no marks).

    Raises ValueError for other plans.
    """
    if plan.action is not Action.RETOUCH or any(
        s.marks is not None for s in (*plan.edits, *plan.keep)
    ):
        raise ValueError("only retouch plans without selected marks have a sentence of this sort")
    texts = [_edit_words(edit, rng) for edit in plan.edits]
    keeps = [
        pick(rng, "keep", "text").replace(
            "{x}", _scope_words(Edit(k.kinds, k.regions, k.faces), rng)
        )
        for k in plan.keep
    ]
    if not texts:
        text = " and ".join(keeps) or rng.choice(("change nothing", "leave it as it is"))
        return as_typed(text, rng)
    rng.shuffle(texts)
    text = rng.choice((" and ", ", ", ". ")).join(texts)
    if keeps:
        joint = pick(rng, "keep", "joins")
        stays = " and ".join(keeps)
        text = f"{stays}{joint}{text}" if rng.random() < 0.25 else f"{text}{joint}{stays}"
    return as_typed(polite(text, rng), rng)


def _edit_words(edit: Edit, rng: random.Random) -> str:
    words = _scope_words(edit, rng)
    level = _LEVELS.get(edit.strength)
    if level is not None and rng.random() < 0.9:
        return pick(rng, "verbs", level, "text").replace("{x}", words)
    percent = f"{round(edit.strength * 100)}{rng.choice(('%', ' percent', ' %'))}"
    return pick(rng, "verbs", "percent", "text").replace("{p}", percent).replace("{x}", words)


def _scope_words(edit: Edit, rng: random.Random) -> str:
    plan = Plan(Action.RETOUCH, (replace(edit, strength=1.0),))
    tokens = list(plan_tokens(plan))[1:-1]
    whats = [t for t in tokens if t in _WHATS]
    nouns = [
        rng.choice(_ANY_KIND) if t == ANY_KIND_TOKEN else kind_words(rng, t, rng.random() < 0.08)
        for t in whats
    ]
    words = joined(rng, nouns or ["everything"])
    faces = [t for t in tokens if t.startswith("<face_")]
    wheres = [t for t in tokens if t not in whats and t not in faces]
    if wheres:
        excepted = wheres[0] == EXCEPT
        where = joined(rng, _place_words(wheres[1:] if excepted else wheres, rng))
        words += f" except {at(rng, where)}" if excepted else f" {at(rng, where)}"
    elif set(edit.regions) == set(FACE_REGIONS) and rng.random() < 0.15:
        words += f" {at(rng, pick(rng, 'places', 'face'))}"
    if faces:
        who = [pick(rng, t.strip("<>"), file="noise") for t in faces]
        words += f" on {joined(rng, who)}"
    return words


_WHATS = frozenset(f"<{name}>" for name in phrases("phrases")["kinds"]) | {ANY_KIND_TOKEN}
_ANY_KIND = ("every kind of mark", "marks of every kind", "every mark, whatever kind it is")
"""All kinds, the permanent ones too, which "everything" leaves out."""


def _place_words(wheres: list[str], rng: random.Random) -> list[str]:
    found: list[str] = []
    side = ""
    for token in wheres:
        if token in SIDES:
            side = token
            continue
        name = token.removeprefix("<at_").removesuffix(">")
        if side:
            way = rng.random()
            shown = side.strip("<>")
            words = pick(rng, "sided", name)
            if way < 0.35:
                other = "right" if shown == "left" else "left"
                found.append(f"{own(rng)} {words.replace('{s}', other)}")
            else:
                found.append(f"the {words.replace('{s}', shown)}")
            side = ""
        else:
            found.append(pick(rng, "places", name))
    return found
