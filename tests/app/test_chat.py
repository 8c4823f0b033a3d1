"""A plan is changed in place, a turn undone by itself; pictures and suggestions are shown."""

from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QProxyStyle,
    QPushButton,
    QScrollArea,
    QStyle,
    QToolButton,
    QWidget,
)

from app.canvas.pyramid import as_array
from app.chat import plan_change
from app.chat.choice_menu import ChoiceMenu
from app.chat.panel import ChatPanel
from app.chat.reveal import RevealedText
from app.chat.strength_drag import StrengthDrag
from app.chat.thumbnails import Thumbnails
from app.snapshot import TurnStatus
from app.suggestions import suggestions
from app.switch import Switch
from app.word_button import WordButton
from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.vocabulary import BLEMISHES, FACE_REGIONS, Kind, Region
from tests.app import fake_session
from tests.app.conftest import Desk
from tests.app.test_round import centre

LEFT = Qt.MouseButton.LeftButton
W = TypeVar("W", bound=QWidget)


def one(desk: Desk, kind: type[W], words: str = "") -> W:
    def found() -> list[W]:
        each = desk.window.chat.findChildren(kind)
        return [w for w in each if w.isVisible() and (not words or _words(w) == words)]

    desk.wait(lambda: len(found()) > 0)
    return found()[-1]


def _words(widget: QWidget) -> str:
    if isinstance(widget, WordButton):
        return widget.words
    assert isinstance(widget, QPushButton | QToolButton | RevealedText)
    return widget.text() or widget.accessibleName()


def test_dragging_the_strength_of_a_chip_changes_the_proposal(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    turn = desk.say("remove the acne")
    drag = one(desk, StrengthDrag)
    middle = drag.rect().center()
    desk.bot.mousePress(drag, LEFT, pos=middle)
    desk.bot.mouseMove(drag, middle - QPoint(60, 0))
    assert drag.text() == "60 %"
    assert desk.session.turns[turn].plan.edits[0].strength == 1.0, "not before it is released"
    desk.bot.mouseRelease(drag, LEFT, pos=middle - QPoint(60, 0))
    desk.wait(desk.idle)
    assert list(desk.session.turns) == [turn], "the same turn, revised"
    assert desk.session.state.pending == turn
    desk.trigger("apply")
    assert set(desk.session.state.strengths.values()) == {0.6}


def test_kinds_and_places_are_changed_in_place(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    turn = desk.say("remove the acne")
    one(desk, QToolButton, "Pimples, acne marks").click()
    menu = one(desk, ChoiceMenu)
    menu.action_for(Kind.ACNE).trigger()
    menu.action_for(Kind.MOLE).trigger()
    assert menu.isVisible()
    menu.close()
    desk.wait(lambda: desk.session.state.pending_marks == {"m4", "m5", "m6"})
    one(desk, QToolButton, "whole face").click()
    menu = one(desk, ChoiceMenu)
    for region in FACE_REGIONS:
        menu.action_for(region).setChecked(region is Region.CHEEK_RIGHT)
    menu.close()
    desk.wait(lambda: desk.session.state.pending_marks == {"m4", "m6"})
    assert desk.session.turns[turn].plan.edits[0].kinds == (Kind.ACNE_MARK, Kind.MOLE)
    one(desk, QToolButton, "right cheek").click()
    menu = one(desk, ChoiceMenu)
    next(a for a in menu.actions() if a.text() == "Whole face").trigger()
    menu.close()
    desk.wait(lambda: desk.session.state.pending_marks == {"m4", "m5", "m6"})


def test_a_keep_can_be_left_out(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    turn = desk.say("remove the acne, keep the moles")
    one(desk, QToolButton, "Leave this out").click()
    desk.wait(lambda: not desk.session.turns[turn].plan.keep)
    assert desk.session.state.pending == turn


def test_strokes_outlive_a_change_of_the_plan(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    turn = desk.say("remove the acne")
    desk.trigger("eraser")
    desk.session.scale_brush(2)
    desk.drag(centre("m3"))
    desk.trigger("brush")
    desk.drag(centre("m6"))
    desk.trigger("undo")
    assert desk.session.state.pending_marks == {"m1", "m2", "m4", "m5"}
    plan = plan_change.with_strength(desk.session.turns[turn].plan, 0, 0, 0.5)
    desk.session.revise(turn, plan)
    desk.wait(desk.idle)
    assert desk.session.state.pending_marks == {"m1", "m2", "m4", "m5"}
    desk.trigger("undo")
    assert "m3" in desk.session.state.pending_marks, "the stroke is still a step of its own"


def test_a_turn_goes_by_itself_and_later_ones_stay(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    before = desk.shown()
    first = desk.say("remove the acne")
    desk.trigger("apply")
    second = desk.say("take the shine down")
    desk.trigger("apply")
    desk.session.set_round(first, enabled=False)
    desk.wait(desk.idle)
    assert desk.session.turns[second].status is TurnStatus.APPLIED
    strengths = desk.session.state.strengths
    assert {i for i, s in strengths.items() if s > 0} == {"m8"}
    spot = centre("m1")
    at = int(spot.y), int(spot.x)
    assert np.array_equal(desk.shown()[at], before[at])
    desk.trigger("undo")
    desk.trigger("undo")
    desk.trigger("undo")
    assert desk.session.turns[first].status is TurnStatus.UNDONE
    again = [b for b in desk.window.chat.findChildren(QPushButton) if b.isVisible()]
    again = [b for b in again if b.text() == "Propose it again"]
    desk.bot.mouseClick(again[0], LEFT)
    desk.wait(desk.idle)
    assert desk.session.state.pending_marks == {"m1", "m2", "m3", "m4", "m5"}


def test_without_a_turn_what_an_earlier_one_had_set_is_back(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    half = Plan(Action.RETOUCH, (Edit((Kind.ACNE,), strength=0.5),))
    desk.session.choose(half, "half")
    desk.wait(desk.idle)
    desk.trigger("apply")
    turn = desk.say("remove the acne")
    desk.trigger("apply")
    assert desk.session.state.strengths["m1"] == 1.0
    desk.session.set_round(turn, enabled=False)
    desk.wait(desk.idle)
    assert desk.session.state.strengths["m1"] == 0.5
    assert not desk.session.state.strengths.get("m4")


def test_an_applied_turn_shows_before_and_after(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("apply")
    one(desk, Thumbnails)
    buttons = [
        b for b in desk.window.chat.findChildren(QToolButton) if b.objectName() == "thumbnail"
    ]
    before, after = (b.icon().pixmap(138, 138).toImage() for b in buttons)
    assert before != after
    buttons[0].click()
    assert not desk.window.canvas.viewport.is_fit


def test_suggestions_come_from_what_was_found(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    offered = suggestions(desk.session.state.marks)
    assert [s.words for s in offered] == [
        "Remove 3 pimples and 2 acne marks, mostly: both cheeks",
        "Soften the shine",
        "Soften the redness",
        "All of that, gently: a natural look",
    ]
    assert suggestions(()) == []
    desk.bot.mouseClick(one(desk, WordButton, offered[0].words), LEFT)
    desk.wait(desk.idle)
    assert desk.session.state.pending_marks == {"m1", "m2", "m3", "m4", "m5"}


def test_what_was_found_in_place_of_the_asked_is_a_button(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    turn = desk.say("remove the freckles")
    assert desk.session.turns[turn].status is TurnStatus.ANSWERED
    desk.bot.mouseClick(one(desk, WordButton, "Remove moles"), LEFT)
    desk.wait(lambda: desk.session.state.pending_marks == {"m6"})


def test_plans_are_changed_along_their_chain() -> None:
    last = Plan(Action.RETOUCH, (Edit(BLEMISHES),), (Keep((Kind.MOLE,)),))
    plan = Plan(Action.UNDO, count=1, then=last)
    changed = plan_change.with_strength(plan, 1, 0, 0.3)
    assert changed.then is not None
    assert changed.then.edits[0].strength == 0.3
    assert plan_change.without_keep(plan, 1, 0).then == Plan(Action.RETOUCH, (Edit(BLEMISHES),))
    assert plan_change.with_faces(last, 0, 0, (2,)).edits[0].faces == (2,)
    assert not plan_change.without_edit(last, 0, 0).edits


def test_a_long_reply_comes_word_by_word_and_a_click_shows_all(
    desk: Desk, photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open(photo_file)
    long = "I found " + ", ".join(f"{n} pimples on the chin" for n in range(30)) + "."
    plan = Plan(Action.EXPLAIN, reply=long)
    monkeypatch.setattr(fake_session, "understood", lambda *_: plan)
    desk.say("what did you find?")
    label = one(desk, RevealedText)
    assert label.accessibleName() == long, "a screen reader has all of it from the beginning"
    assert not label.complete
    seen = label.text()
    assert long.startswith(seen)
    desk.wait(lambda: len(label.text()) > len(seen))
    assert long.startswith(label.text())
    desk.bot.mouseClick(label, LEFT)
    assert label.text() == long
    desk.say("what did you find?")
    desk.wait(lambda: one(desk, RevealedText).complete)
    assert one(desk, RevealedText).text() == long


def test_a_reply_is_there_at_once_where_motion_is_unwelcome(desk: Desk) -> None:
    long = "word " * 60
    label = RevealedText(long)
    desk.bot.addWidget(label)
    label.reveal()
    assert not label.complete
    label.finish()
    still = Still("fusion")
    still.setParent(label)  # a widget does not own its style
    label.setStyle(still)
    label.reveal()
    assert label.complete
    assert label.text() == long
    short = RevealedText("Done.")
    desk.bot.addWidget(short)
    short.reveal()
    assert short.complete


class Still(QProxyStyle):
    """A style of a system that wants no motion."""

    def styleHint(self, hint: QStyle.StyleHint, *rest: object) -> int:
        if hint is QStyle.StyleHint.SH_Widget_Animation_Duration:
            return 0
        return super().styleHint(hint, *rest)


def test_the_longest_turn_stays_inside_the_narrowest_chat(desk: Desk, photo_file: Path) -> None:
    """Chips, words and buttons: none is wider than the chat, and none is squeezed below its own."""
    chat = desk.window.chat
    desk.window.resize(900, 560)  # so low that a scroll bar takes some of the width
    chat.setFixedWidth(chat.minimumWidth())
    desk.open(photo_file)
    both = (Region.CHEEK_LEFT, Region.CHEEK_RIGHT, Region.FOREHEAD)
    plan = Plan(
        Action.RETOUCH,
        (
            Edit((Kind.ACNE, Kind.ACNE_MARK, Kind.REDNESS, Kind.SHINE), both),
            Edit((Kind.WRINKLE,), (Region.UNDER_EYE_LEFT, Region.UNDER_EYE_RIGHT), strength=0.35),
        ),
        (Keep((Kind.MOLE, Kind.FRECKLE), both),),
        reply="I marked what that means.",
    )
    words = "remove the acne, keep the moles and freckles on both cheeks and the forehead"
    for said in (words, f"https://example.org/{'portrait' * 40}"):
        desk.session.choose(plan, said)
        desk.wait(desk.idle)
        for _ in ("pending", "applied"):
            desk.bot.wait(50)
            assert _sticking_out(chat) == []
            if desk.session.state.pending is not None:
                desk.trigger("apply")


def _sticking_out(chat: ChatPanel) -> list[str]:
    """Return the shown parts of the turns that reach past the chat or are cut short."""
    scroll = chat.findChild(QScrollArea)
    assert scroll is not None
    view, inside = scroll.viewport(), scroll.widget()
    shown = [w for w in inside.findChildren(QWidget) if w.isVisible()]
    assert len([w for w in shown if isinstance(w, QToolButton)]) >= 2
    return [
        f"{type(w).__name__} {w.width()}"
        for w in [inside, *shown]
        if w.mapTo(view, QPoint(w.width(), 0)).x() > view.width()
        or w.width() < w.minimumSizeHint().width()
    ]


def test_turns_far_out_of_sight_are_folded_and_come_back_as_they_were(
    desk: Desk, photo_file: Path
) -> None:
    desk.open(photo_file)
    chat = desk.window.chat
    cards = chat._cards
    desk.say("remove the acne")
    desk.trigger("apply")
    first = next(iter(cards.values()))

    def pictures() -> list[np.ndarray]:
        found = first.findChildren(QToolButton, "thumbnail")
        return [as_array(b.icon().pixmap(128, 128).toImage()) for b in found if b.isVisible()]

    shown = pictures()
    assert len(shown) == 2
    for strength in range(1, 13):
        desk.session.choose(
            Plan(Action.RETOUCH, (Edit((Kind.SHINE,), strength=strength / 20),)).canonical(), "less"
        )
        desk.wait(desk.idle)
        desk.trigger("apply")
    desk.wait(lambda: first.folded)
    desk.wait(lambda: not first.findChildren(QWidget))
    height = first.height()
    assert not list(cards.values())[-1].folded
    assert sum(not card.folded for card in cards.values()) < 10
    bar = chat.findChildren(QScrollArea)[0].verticalScrollBar()
    end = bar.maximum()
    bar.setValue(0)
    assert not first.folded
    desk.wait(lambda: (first.height(), bar.maximum()) == (height, end))  # nothing moves
    assert bar.value() == 0, "it stays where the user looks"
    for old, now in zip(shown, pictures(), strict=True):
        assert np.abs(old.astype(int) - now).mean() < 2
    first.findChildren(Switch)[0].click()
    desk.wait(desk.idle)
    assert not desk.session.state.rounds[first.number].enabled
