"""Random hands on the window: nothing breaks, hangs or is lost; seeds make a run repeatable."""

import os
import random
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QSlider, QWidget

from app.chat.round_controls import RoundControls
from app.snapshot import Failure
from tests.app.conftest import Desk
from tests.app.fake_portrait import portrait

EVENTS = int(os.environ.get("RETOUCHGPT_MONKEY_EVENTS", "300"))
"""How many events a seed makes; a long run is started by hand with more."""
KEYS = (
    *(Qt.Key.Key_B, Qt.Key.Key_E, Qt.Key.Key_V, Qt.Key.Key_O, Qt.Key.Key_S, Qt.Key.Key_D),
    *(Qt.Key.Key_F, Qt.Key.Key_X, Qt.Key.Key_Space, Qt.Key.Key_Escape, Qt.Key.Key_BracketLeft),
    *(Qt.Key.Key_BracketRight, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Tab, Qt.Key.Key_L),
    Qt.Key.Key_G,
)
ACTIONS = (
    *("undo", "redo", "reset", "apply", "discard", "look", "brush", "eraser", "smaller"),
    *("lasso", "fill"),
    *("larger", "softer", "harder", "overlay", "split", "side", "before", "fit", "actual"),
    *("double", "zoom_in", "zoom_out", "copy"),
)
SAYINGS = ("remove the acne", "take the shine down", "undo that", "fix it", "acne, keep moles")
LEFT = Qt.MouseButton.LeftButton


class Monkey:
    """One pair of hands; each `event` is drawn from the seed alone."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self._desk = desk
        self._draw = random.Random(seed)
        self._doings = (
            (self._click, 5),
            (self._stroke, 4),
            (self._wheel, 3),
            (self._key, 4),
            (self._act, 6),
            (self._say, 2),
            (self._slide, 2),
            (self._change_round, 3),
            (self._travel, 1),
            (self._resize, 1),
        )

    def event(self) -> None:
        doings, weights = zip(*self._doings, strict=True)
        self._draw.choices(doings, weights)[0]()
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QMenu) and widget.isVisible():
                self._choose(widget)
            elif isinstance(widget, QDialog) and widget.isVisible():
                widget.reject()

    def _choose(self, menu: QMenu) -> None:
        enabled = [a for a in menu.actions() if a.isEnabled() and not a.isSeparator()]
        if enabled and self._draw.random() < 0.6:
            self._draw.choice(enabled).trigger()
        menu.close()

    def _point(self) -> QPoint:
        canvas = self._desk.window.canvas
        across, down = canvas.width() - 1, canvas.height() - 1
        return QPoint(self._draw.randint(0, across), self._draw.randint(0, down))

    def _modifier(self) -> Qt.KeyboardModifier:
        none = Qt.KeyboardModifier.NoModifier
        shift = Qt.KeyboardModifier.ShiftModifier
        control = Qt.KeyboardModifier.ControlModifier
        return self._draw.choice((none, none, none, shift, control))

    def _click(self) -> None:
        button = self._draw.choice((LEFT, LEFT, Qt.MouseButton.RightButton))
        canvas = self._desk.window.canvas
        self._desk.bot.mouseClick(canvas, button, self._modifier(), self._point())

    def _stroke(self) -> None:
        canvas, bot, shift = self._desk.window.canvas, self._desk.bot, self._modifier()
        bot.mousePress(canvas, LEFT, shift, self._point())
        for _ in range(self._draw.randint(1, 5)):
            bot.mouseMove(canvas, self._point())
        bot.mouseRelease(canvas, LEFT, shift, self._point())

    def _wheel(self) -> None:
        canvas, at = self._desk.window.canvas, QPointF(self._point())
        event = QWheelEvent(
            at,
            canvas.mapToGlobal(at),
            QPoint(),
            QPoint(0, self._draw.choice((-240, -120, 120, 240))),
            Qt.MouseButton.NoButton,
            self._modifier(),
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(canvas, event)

    def _key(self) -> None:
        target: QWidget = self._desk.window.focusWidget() or self._desk.window.canvas
        self._desk.bot.keyClick(target, self._draw.choice(KEYS))

    def _act(self) -> None:
        action = self._desk.window.actions_[self._draw.choice(ACTIONS)]
        if action.isEnabled():
            action.trigger()

    def _say(self) -> None:
        self._desk.session.say(self._draw.choice(SAYINGS))

    def _slide(self) -> None:
        rows = list(self._desk.window.found.rows.values())
        if rows:
            row = self._draw.choice(rows)
            self._draw.choice((row.eye.click, row.lock.click, lambda: self._set(row.slider)))()

    def _change_round(self) -> None:
        found = [c for c in self._desk.window.chat.findChildren(RoundControls) if c.isVisible()]
        if found:
            one = self._draw.choice(found)
            what = (one.switch.click, one.mask_button.click, lambda: self._set(one.slider))
            self._draw.choice((*what, lambda: self._drag(one.slider)))()

    def _drag(self, slider: QSlider) -> None:
        slider.setSliderDown(True)
        for _ in range(self._draw.randint(1, 4)):
            slider.setValue(self._draw.randint(1, 100))
        slider.setSliderDown(False)

    def _set(self, slider: QWidget) -> None:
        if slider.isEnabled():
            slider.setProperty("value", self._draw.randint(0, 100))

    def _travel(self) -> None:
        steps = len(self._desk.session.state.steps)
        self._desk.session.travel_to(self._draw.randint(0, steps))

    def _resize(self) -> None:
        self._desk.window.resize(self._draw.randint(900, 1500), self._draw.randint(620, 1000))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_hands_break_nothing(desk: Desk, photo_file: Path, seed: int) -> None:
    failures: list[Failure] = []
    desk.open(photo_file)
    desk.session.failed.connect(failures.append)
    monkey = Monkey(desk, seed)
    for number in range(EVENTS):
        monkey.event()
        if number % 10 == 0:
            desk.wait(desk.idle)
    desk.wait(desk.idle)
    defects = [f.details for f in failures if f.details]
    assert not defects, defects[0]

    session = desk.session
    session.discard()
    desk.wait(desk.idle)
    steps = len(session.state.steps)
    session.travel_to(steps)
    desk.wait(desk.idle)
    last = desk.shown()
    session.travel_to(0)
    desk.wait(desk.idle)
    assert np.array_equal(desk.shown(), portrait()), "every step can be taken back"
    session.travel_to(steps)
    desk.wait(desk.idle)
    assert np.array_equal(desk.shown(), last), "and be made again"
