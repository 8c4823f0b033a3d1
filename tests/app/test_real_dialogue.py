"""The window on the real engine: a lock that holds, a dialogue of ten turns, a group of two."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.canvas.pyramid import as_array, as_image
from app.engine_port import CoreBackend
from app.session import AppSession
from app.snapshot import TurnStatus
from app.theme import Theme
from app.window import MainWindow
from retouchgpt_core.vocabulary import Kind
from tests.app.conftest import Desk
from tests.app.test_real_window import spotted_portrait


@dataclass
class RealDesk:
    """A window on the real engine, and what is said to it."""

    window: MainWindow
    session: AppSession
    bot: QtBot

    def idle(self) -> bool:
        return self.session.busy is None

    def open(self, path: Path) -> None:
        self.window.open(path)
        self.bot.waitUntil(lambda: self.session.analysed and self.idle(), timeout=90_000)

    def say(self, text: str) -> int:
        entry = self.window.chat.entry
        entry.setPlainText(text)
        self.bot.keyClick(entry, Qt.Key.Key_Return)
        self.bot.waitUntil(self.idle, timeout=60_000)
        return max(self.session.turns)

    def trigger(self, action: str) -> None:
        assert self.window.actions_[action].isEnabled(), action
        self.window.actions_[action].trigger()
        self.bot.waitUntil(self.idle, timeout=60_000)

    def shown(self) -> np.ndarray:
        assert self.session.photo is not None
        return as_array(self.session.photo.after.levels[0]).copy()


@pytest.fixture
def real(desk: Desk) -> Iterator[RealDesk]:
    theme: Theme = desk.window.theme
    session = AppSession(CoreBackend())
    window = MainWindow(session, theme)
    window.resize(1280, 860)
    window.show()
    yield RealDesk(window, session, desk.bot)
    window.close_without_asking()
    window.deleteLater()
    session.deleteLater()


def test_a_lock_holds_and_ten_turns_can_all_be_undone(real: RealDesk, tmp_path: Path) -> None:
    path = tmp_path / "portrait.png"
    assert as_image(spotted_portrait()).save(str(path))
    real.open(path)
    original = real.shown()
    session = real.session
    locked = max((m for m in session.state.marks if m.kind is Kind.ACNE), key=lambda m: m.radius)
    session.set_locked((locked.id,), True, "Locked")
    real.bot.waitUntil(real.idle, timeout=20_000)
    turn = real.say("remove everything")
    assert session.state.pending == turn
    assert locked.id not in session.state.pending_marks
    real.trigger("apply")
    assert not session.state.strengths.get(locked.id)
    assert session.turns[turn].status is TurnStatus.APPLIED
    at = round(locked.centre.y), round(locked.centre.x)
    assert np.array_equal(real.shown()[at], original[at]), "the locked one is as it was"
    assert (real.shown() != original).any()
    applied = real.shown()
    for held in (False, True):  # the window follows what a lock takes out of other marks' fills
        session.set_locked((locked.id,), held, "Lock")
        real.bot.waitUntil(real.idle, timeout=20_000)
        assert np.array_equal(real.shown(), applied) == held
    changing = 0
    for text in (
        "bring the acne marks back",
        "soften the shine on the forehead by 30%",
        "a bit less",
        "remove the eye bags",
        "what is the weather?",
        "what did you find?",
        "undo that",
        "fix it",
        "reduce the redness on both cheeks",
    ):
        turn = real.say(text)
        assert session.turns[turn].reply, text
        assert session.turns[turn].status is not TurnStatus.FAILED, text
        if session.state.pending == turn:
            before = real.shown()
            marks = session.state.pending_marks
            real.trigger("apply")
            assert marks
            changing += (real.shown() != before).any()
    assert len(session.turns) == 10
    assert changing >= 3, "what was removed before cannot go again; the others change pixels"
    assert not session.state.strengths.get(locked.id)
    assert np.array_equal(real.shown()[at], original[at])
    while session.state.can_undo:
        real.trigger("undo")
    assert np.array_equal(real.shown(), original)


def test_one_face_of_a_group_is_left_alone(real: RealDesk, tmp_path: Path) -> None:
    one = spotted_portrait()
    path = tmp_path / "group.png"
    assert as_image(np.concatenate([one, one[:, ::-1]], axis=1)).save(str(path))
    real.open(path)
    original = real.shown()
    assert len(real.session.state.faces) == 2
    assert real.window.details.faces.count() == 2
    real.say("remove the acne on the right face")
    assert real.session.state.pending_marks
    real.trigger("apply")
    changed = (real.shown() != original).any(axis=(0, 2))
    middle = one.shape[1]
    assert not changed[:middle].any()
    assert changed[middle:].any()
