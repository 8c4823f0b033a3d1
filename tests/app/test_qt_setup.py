"""Before the first Qt call: the environment, None's references, a display."""

import sys

import pytest
from PySide6.QtGui import QImage, QPainter

from app.qt_setup import forget_foreign_qt, keep_none_alive, missing_display


def test_only_the_paths_of_opencv_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", "/x/site-packages/cv2/qt/plugins")
    monkeypatch.setenv("QT_QPA_FONTDIR", "/usr/share/fonts")
    forget_foreign_qt()
    import os

    assert "QT_QPA_PLATFORM_PLUGIN_PATH" not in os.environ
    assert os.environ["QT_QPA_FONTDIR"] == "/usr/share/fonts"


def test_qt_calls_do_not_use_up_none() -> None:
    keep_none_alive()
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    before = sys.getrefcount(None)
    painter = QPainter(image)
    for _ in range(500):
        painter.save()
        painter.restore()
    painter.end()
    lost = before - sys.getrefcount(None)
    assert lost < 500 or sys.getrefcount(None) > 1 << 32


def test_no_display_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    if sys.platform.startswith("linux"):
        assert missing_display().startswith("There is no display")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert missing_display() == ""
