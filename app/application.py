"""Starting the desktop app."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from app.engine_port import Backend, CoreBackend
from app.qt_setup import missing_display, prepare_qt


def run(argv: Sequence[str] | None = None, backend: Backend | None = None) -> int:
    """Show the window until it is closed; returns the exit status.

    `argv` holds the arguments after the program's name: at most one photo or folder.
    `backend` is where the engine comes from; the real one unless a test brings its own.
    """
    parser = argparse.ArgumentParser(prog="retouchgpt", description="Say what to retouch.")
    parser.add_argument("photo", nargs="?", type=Path, help="the photo or folder to open")
    arguments = parser.parse_args(argv)
    prepare_qt()
    reason = missing_display()
    if reason:
        sys.stderr.write(f"{reason}\n")
        return 1

    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.session import AppSession
    from app.settings import Settings
    from app.theme import Theme
    from app.watchdog import watched
    from app.window import MainWindow

    application = QApplication.instance() or QApplication(["retouchgpt"])
    assert isinstance(application, QApplication)
    application.setApplicationName("RetouchGPT")
    application.setDesktopFileName("retouchgpt")
    settings = Settings(application)
    theme = Theme(application, settings.look)
    session = AppSession(backend or CoreBackend())
    window = MainWindow(session, theme, settings)
    dog = watched(application)
    window.restore_place()
    window.screens.restore()
    window.show()
    photo: Path | None = arguments.photo

    def start() -> None:
        if settings.device != "auto":
            session.use_device(settings.device)
        if photo is not None:
            window.open(photo.absolute())
        session.warm_up()
        if settings.language_model is not None:
            session.choose_model(settings.language_model)
        if photo is None:
            window.offer_rescued()
        if not settings.toured:
            window.show_tour()

    QTimer.singleShot(0, window, start)
    status = application.exec()
    if dog is not None:
        dog.stop()
    session.stop()
    return status
