"""Going through a folder: next and previous, save and go on, and one photo's steps for others."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from app.batch_run import BatchRun, recipe_of, summary
from app.files import FileDesk
from app.folder import Folder, is_done
from app.i18n import tr, tr_count
from app.panels.strip import FilmStrip
from app.session import AppSession
from app.snapshot import FileOutcome
from app.theme import Theme
from app.words import plan_words
from retouchgpt_core.language.plan import Plan

MOST_STEPS = 8


class FolderDesk(QObject):
    """`shown` asks for the film strip, `said` has a sentence and notes for the banner."""

    shown = Signal()
    said = Signal(str, object)

    def __init__(self, session: AppSession, files: FileDesk, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._files = files
        self._window = window
        self.folder = Folder(self)
        self.strip = FilmStrip(self.folder, theme)
        self.run = BatchRun(session, self)
        self._started = 0
        files.folder_asked.connect(self.open)
        self.strip.chosen.connect(files.open)
        self.run.done.connect(self._on_done)
        self.run.moved.connect(self.strip.settle)

    def open(self, place: Path) -> None:
        """Show a folder in the film strip and open its first photo."""
        first = self.folder.enter(place)
        if first is None:
            words = tr("There is no photo in {folder}.", folder=place.name or str(place))
            self.said.emit(words, [tr("Open another folder.")])
            return
        self.shown.emit()
        self._files.open(first)

    def follow(self, photo: Path) -> None:
        """Note which photo is open."""
        self.folder.follow(photo)

    def go(self, step: int) -> None:
        """Open the photo so many places further; asks first if work would be lost."""
        path = self.folder.beside(step)
        if path is not None:
            self._files.open(path)

    def save_and_go(self) -> None:
        """Save beside the original without asking, and open the next photo if there is one."""
        path = self.folder.beside(1)
        self._files.save_beside(lambda: self._session.open(path) if path is not None else None)

    def ask_apply(self) -> None:
        """Ask for which photos of the folder the present steps shall be done."""
        plans, bound = recipe_of(self._session.state, self._session.turns.values())
        rest = self.folder.rest()
        fresh = [p for p in rest if not is_done(p)]
        if self.run.running:
            self.said.emit(tr("Other photos are being retouched already."), [])
        elif not plans:
            words = tr("No step of this photo means anything on others.")
            more = tr("Say what to retouch, or set the strength of a kind; brush strokes stay.")
            self.said.emit(words, [more])
        elif not fresh:
            words = tr("There is no other photo in this folder that is not retouched yet.")
            self.said.emit(words, [])
        else:
            self._ask(plans, bound, fresh)

    def _ask(self, plans: Sequence[Plan], bound: int, photos: Sequence[Path]) -> None:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr("Apply to other photos"))
        box.setText(
            tr_count(
                "Do these steps to the other photo of this folder?",
                "Do these steps to the {count} other photos of this folder?",
                len(photos),
            )
        )
        lines = [f"\u2022 {plan_words(plan)}" for plan in plans[:MOST_STEPS]]
        if len(plans) > MOST_STEPS:
            lines.append(tr("and {count} more", count=len(plans) - MOST_STEPS))
        if bound:
            lines.append("")
            lines.append(
                tr_count(
                    "1 step is about places of this photo and is left out.",
                    "{count} steps are about places of this photo and are left out.",
                    bound,
                )
            )
        lines += ["", tr("Each is saved beside its original, which stays as it is.")]
        box.setInformativeText("\n".join(lines))
        start = box.addButton(tr("Start"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(start)

        def decide() -> None:
            if box.clickedButton() is start:
                self._started = len(photos)
                self.run.start(photos, plans)

        box.finished.connect(decide)
        box.finished.connect(box.deleteLater)
        box.open()

    def _on_done(self, outcomes: tuple[FileOutcome, ...]) -> None:
        self.strip.settle()
        sentence, notes = summary(outcomes, self._started)
        self.said.emit(sentence, notes)
