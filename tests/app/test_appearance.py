"""Words can be read, everything has a name and can be reached, every string be translated."""

import ast
import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QComboBox,
    QListWidget,
    QPlainTextEdit,
    QScrollBar,
    QWidget,
)

import app
from app.resources import resource_folder
from tests.app.conftest import Desk

READABLE = 4.5
"""WCAG 2.1, 1.4.3: the least contrast of text."""
PAIRS = (
    ("text", ("window", "panel", "raised", "field", "chip", "line", "accent_soft")),
    ("muted", ("window", "panel", "field")),
    ("accent_text", ("panel", "chip", "window")),
    ("on_accent", ("accent", "accent_hover")),
    ("warning_text", ("warning_back",)),
    ("tip_text", ("tip",)),
)


def luminance(colour: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(c) for c in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    first, second = sorted((luminance(QColor(one)), luminance(QColor(other))), reverse=True)
    return (first + 0.05) / (second + 0.05)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_text_stands_out_from_what_it_is_written_on(name: str) -> None:
    colours = json.loads((resource_folder() / "themes" / f"{name}.json").read_text("utf-8"))
    for text, grounds in PAIRS:
        for ground in grounds:
            measured = contrast(colours[text], colours[ground])
            assert measured >= READABLE, f"{text} on {ground}: {measured:.2f}"
    for grey in ("canvas", "window", "panel"):
        colour = QColor(colours[grey])
        channels = (colour.red(), colour.green(), colour.blue())
        assert max(channels) - min(channels) <= 6, "skin is judged against neutral grey"


def test_the_frame_of_what_has_the_focus_is_seen() -> None:
    for name in ("dark", "light"):
        colours = json.loads((resource_folder() / "themes" / f"{name}.json").read_text("utf-8"))
        for ground in ("window", "panel", "raised"):
            assert contrast(colours["focus"], colours[ground]) >= 3.0, (name, ground)


def named(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text


def test_everything_that_can_be_used_has_a_name(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne, keep the moles")
    kinds = (QAbstractButton, QAbstractSlider, QComboBox, QListWidget, QPlainTextEdit)
    checked = 0
    for kind in kinds:
        for widget in desk.window.findChildren(kind):
            internal = widget.objectName().startswith("qt_") or isinstance(widget, QScrollBar)
            if widget.isVisible() and not internal:
                assert named(widget), f"{widget} {widget.toolTip()}"
                checked += 1
    assert checked > 30


def test_every_part_is_reached_with_the_tab_key(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    buttons = desk.window.chat.findChildren(QAbstractButton)
    apply = next(b for b in buttons if b.text() == "Apply")
    desk.wait(apply.isVisible)
    canvas = desk.window.canvas
    canvas.setFocus()
    reached: set[QWidget] = set()
    for _ in range(120):
        focus = desk.window.focusWidget()
        assert focus is not None
        if focus in reached:
            break
        reached.add(focus)
        desk.bot.keyClick(focus, Qt.Key.Key_Tab)
    row = next(iter(desk.window.found.rows.values()))
    wanted = (canvas, desk.window.chat.entry, desk.window.history, row.slider, row.eye, row.lock)
    for widget in wanted:
        assert widget in reached, widget
    words = {w.text() for w in reached if isinstance(w, QAbstractButton)}
    assert {"Apply", "Discard"} <= words


SHOWING = frozenset(
    {"setText", "setToolTip", "setWindowTitle", "setAccessibleName", "setPlaceholderText"}
    | {"setInformativeText", "addMenu", "QLabel", "QPushButton", "WordButton", "addButton"}
)
"""Calls whose first argument is read by people."""


def test_every_string_that_is_shown_can_be_translated() -> None:
    folder = Path(str(app.__file__)).parent
    found: list[str] = []
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else ""
            name = function.id if isinstance(function, ast.Name) else name
            first = node.args[0]
            if name in SHOWING and isinstance(first, ast.Constant) and isinstance(first.value, str):
                words = any(c.isalpha() for c in first.value)
                if words and first.value != "RetouchGPT":
                    found.append(f"{path.name}:{node.lineno}: {first.value}")
    assert not found, found
