"""A window on the scripted engine; stray threads, timers and Qt warnings fail a test."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QThread
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from app.canvas.pyramid import as_array, as_image
from app.qt_setup import keep_none_alive
from app.session import AppSession
from app.theme import Look, Theme
from app.window import MainWindow
from retouchgpt_core.geometry import Point
from tests.app.fake_engine import FakeBackend
from tests.app.fake_portrait import portrait
from tests.app.person import Person
from tests.app.screen import Screen

os.environ["QT_QPA_PLATFORM"] = "offscreen"
HERE = Path(__file__).parent
keep_none_alive()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let unexpected Qt warnings fail the tests of this folder."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            item.add_marker(pytest.mark.qt_log_ignore("^This plugin does not support"))


LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def _strict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def photo_file(tmp_path: Path) -> Path:
    path = tmp_path / "anna.png"
    assert as_image(portrait()).save(str(path))
    return path


@dataclass
class Desk:
    """The window under test with its engine, and what a person does with it."""

    window: MainWindow
    session: AppSession
    backend: FakeBackend
    bot: QtBot

    def wait(self, what: Callable[[], bool]) -> None:
        self.bot.waitUntil(what, timeout=5000)

    def idle(self) -> bool:
        return self.session.busy is None

    def open(self, path: Path) -> None:
        self.window.open(path)
        self.wait(lambda: self.session.analysed and self.idle())

    def say(self, text: str) -> int:
        entry = self.window.chat.entry
        entry.setFocus()
        self.bot.keyClicks(entry, text)
        self.bot.keyClick(entry, Qt.Key.Key_Return)
        number = max(self.session.turns)
        self.wait(self.idle)
        return number

    def at(self, point: Point) -> QPoint:
        x, y = self.window.canvas.viewport.to_window(point)
        return QPoint(round(x), round(y))

    def drag(self, *points: Point) -> None:
        canvas = self.window.canvas
        self.bot.mousePress(canvas, LEFT, pos=self.at(points[0]))
        for point in points[1:]:
            self.bot.mouseMove(canvas, self.at(point))
        self.bot.mouseRelease(canvas, LEFT, pos=self.at(points[-1]))
        self.wait(self.idle)

    def trigger(self, action: str) -> None:
        assert self.window.actions_[action].isEnabled(), action
        self.window.actions_[action].trigger()
        self.wait(self.idle)

    def save_as(self, path: Path) -> None:
        self.window.actions_["save_as"].trigger()
        dialog = self.file_dialog()
        name = dialog.findChild(QLineEdit)
        assert name is not None
        name.setText(str(path))
        dialog.accept()
        self.wait(self.idle)

    def file_dialog(self) -> QFileDialog:
        self.wait(lambda: self.window.findChild(QFileDialog) is not None)
        dialog = self.window.findChild(QFileDialog)
        assert dialog is not None
        return dialog

    def shown(self) -> np.ndarray:
        assert self.session.photo is not None
        return as_array(self.session.photo.after.levels[0])


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    theme = Theme(qapp, Look.DARK)
    backend = FakeBackend()
    session = AppSession(backend)
    window = MainWindow(session, theme)
    window.settings.toured = True
    window.resize(1280, 860)
    window.show()
    with qtbot.waitActive(window):
        window.activateWindow()
    yield Desk(window, session, backend, qtbot)
    thread = session.findChild(QThread)
    window.close_without_asking()
    assert thread is None or thread.isFinished()
    window.deleteLater()
    session.deleteLater()
    theme.deleteLater()
    qapp.processEvents()


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """Someone at a screen of their own; whatever runs there ends with the test."""
    folder = tmp_path / "screen"
    folder.mkdir()
    screen = Screen(folder)
    someone = Person(screen)
    yield someone
    if someone.program is not None:
        someone.kill()
    assert "Traceback" not in screen.log()
    screen.close()
