"""The worker's queue: one request after the other, each with its end, its failure, its progress."""

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.i18n import tr
from app.requests import QUIET, URGENT, OpenProject, Propose, Request
from app.snapshot import Failure
from retouchgpt_core.errors import CancelledError, NoFaceError, PhotoMissingError, RetouchError

PROGRESS_EVERY = 0.05
"""Seconds between two progress signals of the same words."""


class RequestQueue(QObject):
    """Carries out requests one after the other; `submit` may be called from any thread.

    Each request ends with `finished(revision)`, after its results or its `failed`.
    """

    failed = Signal(object)
    progress = Signal(int, str, float)
    finished = Signal(int)
    _wake = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._queue: deque[Request] = deque()
        self._running: Request | None = None
        self._superseded: set[int] = set()
        self._last_progress = ("", 0.0)
        self._handlers: dict[type[Request], Callable[[Any], None]] = {}
        self._wake.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def submit(self, request: Request) -> None:
        """Queue a request, an urgent one ahead of the others.

        What it supersedes is cancelled and gives no results.
        """
        with self._lock:
            older = [*self._queue, *([self._running] if self._running else [])]
            for each in older:
                if request.supersedes(each):
                    each.cancel.set()
                    self._superseded.add(each.revision)
            if isinstance(request, URGENT):
                ahead = sum(1 for each in self._queue if isinstance(each, URGENT))
                self._queue.insert(ahead, request)
            else:
                self._queue.append(request)
        self._wake.emit()

    def cancel_all(self) -> None:
        """Ask everything queued or running to stop, but not what keeps work safe."""
        with self._lock:
            for each in (*self._queue, *([self._running] if self._running else [])):
                if not isinstance(each, QUIET):
                    each.cancel.set()

    @Slot()
    def _take(self) -> None:
        with self._lock:
            request = self._running = self._queue.popleft()
        try:
            if request.cancel.is_set():
                raise CancelledError
            self._carry_out(request)
        except CancelledError as error:
            if not self._is_stale(request):
                self._fail(request, error.sentence, error.next_step, cancelled=True)
        except PhotoMissingError as error:
            homeless = request.path if isinstance(request, OpenProject) else None
            self._fail(request, error.sentence, error.next_step, homeless=homeless)
        except NoFaceError as error:
            if not self._is_stale(request):
                self._fail(request, error.sentence, error.next_step, faceless=True)
        except RetouchError as error:
            if not self._is_stale(request):
                self._fail(request, error.sentence, error.next_step)
        except MemoryError:
            self._fail(
                request,
                tr("There is not enough memory for this."),
                tr("Close other programs, or open a smaller photo."),
            )
        except Exception:  # noqa: BLE001 - the window stays up whatever the engine does
            self._fail(
                request,
                tr("Something went wrong inside the program."),
                tr("Try it again; if it happens again, copy the details into a report."),
                details=traceback.format_exc(),
            )
        finally:
            with self._lock:
                self._running = None
                self._superseded.discard(request.revision)
            self.finished.emit(request.revision)

    def _carry_out(self, request: Request) -> None:
        self._handlers[type(request)](request)

    def _is_stale(self, request: Request) -> bool:
        with self._lock:
            return request.revision in self._superseded

    def _fail(
        self,
        request: Request,
        sentence: str,
        next_step: str,
        details: str = "",
        cancelled: bool = False,
        homeless: Path | None = None,
        faceless: bool = False,
    ) -> None:
        turn = request.turn if isinstance(request, Propose) else None
        self.failed.emit(
            Failure(
                request.revision,
                sentence,
                next_step,
                details,
                cancelled=cancelled,
                turn=turn,
                faceless=faceless,
                homeless=homeless,
            )
        )

    def _tell(self, request: Request, words: str, fraction: float) -> None:
        now = time.monotonic()
        last_words, last_time = self._last_progress
        if words != last_words or now - last_time >= PROGRESS_EVERY:
            self._last_progress = (words, now)
            self.progress.emit(request.revision, words, fraction)

    def _reporting(self, request: Request) -> Callable[[str, float], None]:
        return lambda words, fraction: self._tell(request, words, fraction)
