"""Starting the desktop app."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from app.engine_port import Backend, CoreBackend

XCB_PACKAGES = (
    "libegl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 "
    "libxcb-image0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0"
)


def run(argv: Sequence[str] | None = None, backend: Backend | None = None) -> int:
    """Show the window until it is closed; returns the exit status.

    `argv` holds the arguments after the program's name: at most one photo. `backend` is where the
    engine comes from; the real one unless a test brings its own.
    """
    parser = argparse.ArgumentParser(prog="retouchgpt", description="Say what to retouch.")
    parser.add_argument("photo", nargs="?", type=Path, help="the photo to open")
    arguments = parser.parse_args(argv)
    forget_foreign_qt()
    reason = missing_display()
    if reason:
        sys.stderr.write(f"{reason}\n")
        return 1

    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.session import AppSession
    from app.theme import Theme
    from app.window import MainWindow

    application = QApplication.instance() or QApplication(["retouchgpt"])
    assert isinstance(application, QApplication)
    application.setApplicationName("RetouchGPT")
    application.setDesktopFileName("retouchgpt")
    theme = Theme(application)
    session = AppSession(backend or CoreBackend())
    window = MainWindow(session, theme)
    window.show()
    photo: Path | None = arguments.photo
    start = session.warm_up if photo is None else lambda: window.open(photo)
    QTimer.singleShot(0, window, start)
    status = application.exec()
    session.stop()
    return status


def forget_foreign_qt() -> None:
    """Clear the Qt paths that opencv-python leaves in the environment; its plugins are Qt 5's."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in os.environ.get(name, ""):
            del os.environ[name]


def missing_display() -> str:
    """Return why no window can be shown, with what to do about it; empty if it can.

    Qt would end the process with an abort instead of saying so.
    """
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if not sys.platform.startswith("linux") or platform.split(":")[0] in ("offscreen", "minimal"):
        return ""
    advice = f"On Debian or Ubuntu: sudo apt install {XCB_PACKAGES}"
    try:
        importlib.import_module("PySide6.QtWidgets")
    except ImportError as error:
        return f"The window needs system libraries that are missing ({error}).\n{advice}"
    if platform.startswith("wayland") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    if not os.environ.get("DISPLAY"):
        return "There is no display to show the window on. Start it from a desktop session."
    missing = _missing_xcb()
    if missing:
        return f"The window needs system libraries that are missing ({missing}).\n{advice}"
    return ""


def _missing_xcb() -> str:
    """Try to load Qt's plugin for X11; return the loader's complaint, or nothing."""
    import ctypes

    import PySide6

    plugin = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    if not plugin.exists():
        return ""
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return str(error)
    return ""
