"""A process that starts the window, or a bare one of Qt's, and says when it was first painted.

`python -m app.bench.start window|bare SINCE`, where SINCE is `time.time()` before the process.
"""

import os
import sys
import time

from app.qt_setup import prepare_qt


def main(what: str, since: float) -> int:
    """Print the seconds until the first frame, then end at once: nothing is kept."""
    prepare_qt()
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication, QMainWindow

    class Watch(QObject):
        """Ends the process once the window's first frame was painted."""

        seen = False

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            central = isinstance(watched, QMainWindow) if what == "bare" else _is_canvas(watched)
            if not self.seen and event.type() is QEvent.Type.Paint and central:
                self.seen = True
                QTimer.singleShot(0, self.end)
            return False

        def end(self) -> None:
            sys.stdout.write(f"{time.time() - since}\n")
            sys.stdout.flush()
            os._exit(0)  # the models may be loading on a thread: real, but of no use here

    application = QApplication(["retouchgpt"])
    watch = Watch()
    application.installEventFilter(watch)
    if what == "bare":
        window = QMainWindow()
        window.resize(1440, 900)
        window.show()
        return application.exec()
    from app.application import run

    return run([])


def _is_canvas(watched: object) -> bool:
    return type(watched).__name__ == "Canvas"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
