"""A round that was applied is switched off and on, and made weaker, on its card in the chat."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel

from app.batch_run import recipe_of
from app.chat.round_controls import RoundControls
from app.snapshot import TurnStatus
from retouchgpt_core.vocabulary import Kind
from tests.app.conftest import LEFT, Desk
from tests.app.test_round import centre


def controls(desk: Desk) -> list[RoundControls]:
    """Return those that are shown, from the top."""
    found = desk.window.chat.findChildren(RoundControls)
    return sorted((c for c in found if c.isVisible()), key=lambda c: c.mapToGlobal(QPoint()).y())


def applied(desk: Desk, words: str) -> int:
    number = desk.say(words)
    desk.trigger("apply")
    return number


def pixel(desk: Desk, mark: str) -> list[int]:
    at = centre(mark)
    return desk.shown()[int(at.y), int(at.x)].tolist()


def network_jobs(desk: Desk) -> list[object]:
    return [c for c in desk.backend.engine.calls if c in ("open", "propose", "apply")]


def chips(desk: Desk) -> list[str]:
    found = desk.window.chat.findChildren(QLabel, "strength")
    return [label.text() for label in found if label.isVisible()]


@pytest.fixture
def two_rounds(desk: Desk, photo_file: Path) -> tuple[int, int]:
    desk.open(photo_file)
    return applied(desk, "remove the acne"), applied(desk, "take the shine down")


def test_a_round_is_switched_off_and_on(desk: Desk, two_rounds: tuple[int, int]) -> None:
    first, second = two_rounds
    before = desk.session.photo
    assert before is not None
    done = desk.shown().copy()
    switch = controls(desk)[0].switch
    assert (switch.isChecked(), switch.text()) == (True, "Applied")
    desk.bot.mouseClick(switch, LEFT)
    desk.wait(desk.idle)
    assert (switch.isChecked(), switch.text()) == (False, "Off")
    assert {i for i, s in desk.session.state.strengths.items() if s > 0} == {"m8"}
    assert desk.session.turns[first].status is TurnStatus.APPLIED
    assert not desk.session.state.rounds[first].enabled
    assert desk.session.state.rounds[second].enabled
    assert desk.session.state.steps[-1].label == "Off: Remove pimples, acne marks"
    assert not controls(desk)[0].slider.isEnabled()
    assert not controls(desk)[0].mask_button.isVisible()
    desk.trigger("undo")
    assert switch.isChecked()
    assert np.array_equal(desk.shown(), done)
    desk.trigger("redo")
    assert not switch.isChecked()
    switch.setFocus()
    desk.bot.keyClick(switch, Qt.Key.Key_Space)
    desk.wait(desk.idle)
    assert switch.isChecked()
    assert switch.hasFocus(), "keys stay with it"
    assert np.array_equal(desk.shown(), done)
    assert desk.session.state.steps[-1].label.startswith("On again: ")


@pytest.mark.usefixtures("two_rounds")
def test_a_strength_is_seen_while_it_is_dragged_and_is_one_step(desk: Desk) -> None:
    slider = controls(desk)[0].slider
    full, steps = pixel(desk, "m1"), len(desk.session.state.steps)
    jobs = network_jobs(desk)
    slider.setSliderDown(True)
    for value in (90, 70, 40):
        slider.setValue(value)
    desk.wait(lambda: pixel(desk, "m1") != full)
    assert len(desk.session.state.steps) == steps, "only tried so far"
    assert desk.session.state.strengths["m1"] == 1.0
    desk.wait(lambda: ("try_round", 1, 0.4) in desk.backend.engine.calls)
    slider.setSliderDown(False)
    desk.wait(desk.idle)
    assert len(desk.session.state.steps) == steps + 1
    assert desk.session.state.strengths["m1"] == pytest.approx(0.4)
    assert desk.session.state.strengths["m8"] == 0.5, "the other round stays"
    assert desk.session.state.steps[-1].label == "Pimples, acne marks at 40 %"
    assert chips(desk) == ["40 %", "50 %"]
    assert network_jobs(desk) == jobs, "no network ran"
    weaker = pixel(desk, "m1")
    desk.trigger("undo")
    assert pixel(desk, "m1") == full
    assert slider.value() == 100
    desk.trigger("redo")
    assert pixel(desk, "m1") == weaker


@pytest.mark.usefixtures("two_rounds")
def test_dragging_back_leaves_no_step(desk: Desk) -> None:
    slider = controls(desk)[0].slider
    full, steps = pixel(desk, "m1"), len(desk.session.state.steps)
    slider.setSliderDown(True)
    slider.setValue(30)
    desk.wait(lambda: pixel(desk, "m1") != full)
    slider.setValue(100)
    slider.setSliderDown(False)
    desk.wait(desk.idle)
    assert pixel(desk, "m1") == full
    assert len(desk.session.state.steps) == steps


@pytest.mark.usefixtures("two_rounds")
def test_keys_make_one_step_when_they_are_let_go(desk: Desk) -> None:
    slider = controls(desk)[1].slider
    steps = len(desk.session.state.steps)
    slider.setFocus()
    for _ in range(4):
        desk.bot.keyPress(slider, Qt.Key.Key_Right)
    desk.bot.keyRelease(slider, Qt.Key.Key_Right)
    desk.wait(lambda: not slider.held)
    desk.wait(desk.idle)
    assert len(desk.session.state.steps) == steps + 1
    assert desk.session.state.strengths["m8"] == pytest.approx(0.54)
    assert slider.hasFocus()
    wheel = QWheelEvent(
        slider.rect().center(),
        slider.mapToGlobal(slider.rect().center()),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(slider, wheel)
    assert slider.value() == 54, "the wheel scrolls the chat"
    desk.bot.keyClick(slider, Qt.Key.Key_Home)
    desk.bot.keyClick(slider, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    desk.wait(desk.idle)
    assert len(desk.session.state.steps) == steps + 2, "it was a step before it was taken back"
    desk.wait(lambda: slider.value() == 54)


@pytest.mark.usefixtures("two_rounds")
def test_a_round_that_later_ones_set_anew_says_so(desk: Desk) -> None:
    assert controls(desk)[0].note.isHidden()
    desk.session.set_strength(["m1", "m2", "m3", "m4", "m5"], 0.3, "by hand")
    desk.wait(desk.idle)
    assert controls(desk)[0].note.isVisible()
    assert not controls(desk)[0].slider.isEnabled()
    assert controls(desk)[1].slider.isEnabled()


def test_a_round_that_is_undone_has_no_controls(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    assert not controls(desk), "nothing is applied yet"
    desk.trigger("apply")
    assert len(controls(desk)) == 1
    desk.trigger("undo")
    assert not controls(desk)
    desk.trigger("redo")
    assert len(controls(desk)) == 1
    desk.session.reset()
    desk.wait(desk.idle)
    assert not controls(desk)


@pytest.mark.usefixtures("two_rounds")
def test_screen_readers_hear_what_the_controls_are(desk: Desk) -> None:
    one = controls(desk)[0]
    switch = QAccessible.queryAccessibleInterface(one.switch)
    assert switch.role() is QAccessible.Role.CheckBox
    assert switch.text(QAccessible.Text.Name) == "In force: remove the acne"
    assert one.slider.accessibleName() == "Strength of: remove the acne"
    assert one.switch.toolTip()
    assert one.slider.toolTip()


def test_other_photos_get_what_the_rounds_say_now(desk: Desk, two_rounds: tuple[int, int]) -> None:
    first, second = two_rounds
    desk.session.set_round(first, enabled=False)
    desk.session.set_round(second, strength=0.2)
    desk.wait(desk.idle)
    plans, bound = recipe_of(desk.session.state, desk.session.turns.values())
    assert bound == 0
    assert [(p.edits[0].kinds, p.edits[0].strength) for p in plans] == [((Kind.SHINE,), 0.2)]
