"""Work that no file holds yet is kept in a recovery file, and offered after a crash."""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer

from app.i18n import tr
from app.recovery_file import delete_recovery, recovery_folder
from app.session import AppSession
from app.snapshot import Failure

WAIT_MS = 500
"""How long after a change it is kept; what changes meanwhile is kept with it."""


@dataclass(frozen=True, slots=True)
class Rescued:
    """A recovery file that no running program holds; `photo` is what it is about."""

    path: Path
    photo: Path
    when: datetime


class Recovery(QObject):
    """Keeps the session's work safe while it is not saved; one file a program."""

    def __init__(self, session: AppSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._folder = recovery_folder()
        self._path = self._folder / f"{uuid.uuid4().hex}.rgpt"
        self._lock: QLockFile | None = None
        self._adopting: Path | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT_MS)
        self._timer.timeout.connect(self._keep)
        session.state_changed.connect(self._on_state)
        session.dirty_changed.connect(self._on_dirty)
        session.photo_changed.connect(self._on_photo)
        self._kept_version = 0

    def found(self) -> list[Rescued]:
        """Return what earlier runs have left, newest first."""
        left: list[Rescued] = []
        for path in self._folder.glob("*.rgpt"):
            if path == self._path or not _free(path):
                continue
            try:
                about = json.loads(path.with_suffix(".json").read_text("utf-8"))
                when = datetime.fromtimestamp(path.stat().st_mtime)
                left.append(Rescued(path, Path(about["photo"]), when))
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return sorted(left, key=lambda r: r.when, reverse=True)

    def restore(self, rescued: Rescued) -> None:
        """Go on with rescued work; its file is deleted once this program keeps it itself."""
        self.adopt(rescued.path, None)

    def adopt(self, path: Path, photo: Path | None) -> None:
        """The same, with the place of its photo if that has moved."""
        self._adopting = path
        self._session.open_project(path, photo, rescued=True)

    @staticmethod
    def drop(rescued: Rescued) -> None:
        """Delete rescued work."""
        delete_recovery(rescued.path)

    def stop(self) -> None:
        """End normally, after the session: what was not saved was not to be saved."""
        self._timer.stop()
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None
        delete_recovery(self._path)

    def _on_photo(self) -> None:
        self._timer.stop()
        self._kept_version = 0
        self._forget()

    def _on_state(self) -> None:
        version = self._session.state.version
        changed = version != self._kept_version or self._session.rescued
        if self._session.dirty and changed and not self._timer.isActive():
            self._timer.start()

    def _on_dirty(self) -> None:
        if not self._session.dirty:
            self._timer.stop()
            self._kept_version = 0
            self._forget()

    def _keep(self) -> None:
        photo = self._session.photo
        if photo is None or not self._session.dirty:
            return
        self._kept_version = self._session.state.version
        try:
            self._begin(photo.path)
        except OSError as error:
            self._session.failed.emit(
                Failure(
                    0,
                    tr("Your work cannot be kept safe in {folder}.", folder=self._folder),
                    tr("Save it soon. ({reason})", reason=error.strerror or error),
                )
            )
            return
        self._session.keep_safe(self._path, self._adopting)
        self._adopting = None

    def _begin(self, photo: Path) -> None:
        """Take the lock that says that this program still runs, and say which photo it is."""
        if self._lock is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            about = json.dumps({"photo": str(photo)})
            self._path.with_suffix(".json").write_text(about, "utf-8")
            self._lock = QLockFile(str(self._path.with_suffix(".lock")))
            self._lock.setStaleLockTime(0)
            self._lock.tryLock(0)

    def _forget(self) -> None:
        if self._lock is not None:
            self._session.drop_safe(self._path)
            self._lock.unlock()
            self._lock = None


def _free(path: Path) -> bool:
    """Say whether no running program holds a recovery file."""
    lock = QLockFile(str(path.with_suffix(".lock")))
    lock.setStaleLockTime(0)
    if not lock.tryLock(0):
        return False
    lock.unlock()
    return True
