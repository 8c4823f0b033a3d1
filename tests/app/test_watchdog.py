"""The watchdog names what kept the window's thread from its event loop."""

import time

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.watchdog import VARIABLE, Stall, Watchdog, watched


def dawdle() -> None:
    time.sleep(0.12)


def test_a_stall_is_told_with_its_place_and_length(qtbot: QtBot) -> None:
    stalls: list[Stall] = []
    dog = Watchdog(0.05, stalls.append)
    qtbot.wait(60)
    stalls.clear()
    dawdle()
    qtbot.waitUntil(lambda: bool(stalls), timeout=2000)
    dog.stop()
    longest = max(stalls, key=lambda s: s.seconds)
    assert longest.seconds >= 0.12
    assert "dawdle" in longest.where[-1]
    assert "window away for" in str(longest)


def test_it_watches_only_when_asked(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    del qtbot
    monkeypatch.delenv(VARIABLE, raising=False)
    parent = QObject()
    assert watched(parent) is None
    monkeypatch.setenv(VARIABLE, "16")
    dog = watched(parent)
    assert dog is not None
    dog.stop()
