"""The menu of the screen's colour profile: as the system says, sRGB, or from a file."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from app.i18n import tr
from app.screen_profile import STANDARD, SYSTEM, wished_profile
from app.session import AppSession
from app.settings import Settings
from app.snapshot import Failure
from retouchgpt_core.errors import RetouchError

_KEPT = "screen_profile"


class ScreenMenu(QMenu):
    """Asks the session for what is chosen, and remembers what it could take."""

    def __init__(self, session: AppSession, settings: Settings, window: QWidget) -> None:
        super().__init__(tr("&Screen profile"), window)
        self._session = session
        self._settings = settings
        self._window = window
        group = QActionGroup(self)
        self.system = self._choice(group, tr("As the &system says"))
        self.standard = self._choice(group, tr("&sRGB"))
        self.file = self._choice(group, tr("&Choose a file…"))
        self.system.triggered.connect(lambda: self.use(SYSTEM))
        self.standard.triggered.connect(lambda: self.use(STANDARD))
        self.file.triggered.connect(self.ask)
        self.setToolTipsVisible(True)
        session.screen_changed.connect(self._on_screen)
        session.failed.connect(self._settle)
        self._settle()

    def restore(self) -> None:
        """Use what was chosen last time; if that is gone, say so and ask the system."""
        if not self.use(self._settings.value(_KEPT, SYSTEM)):
            self.use(SYSTEM)

    def use(self, source: str) -> bool:
        """Use a profile from then on: SYSTEM, STANDARD or a file's path; says whether it can."""
        try:
            self._session.set_screen(wished_profile(source))
        except RetouchError as error:
            self._session.failed.emit(Failure(0, error.sentence, error.next_step))
            return False
        return True

    def ask(self) -> None:
        """Let the user choose a file."""
        self._settle()
        source = self._session.screen.source
        folder = str(Path(source).parent) if source not in (SYSTEM, STANDARD) else ""
        dialog = QFileDialog(self._window, tr("Choose the screen's profile"), folder)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        patterns = "*.icc *.icm *.ICC *.ICM"
        dialog.setNameFilters(
            [tr("Colour profiles ({patterns})", patterns=patterns), tr("All (*)")]
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.use)
        dialog.open()

    def _choice(self, group: QActionGroup, words: str) -> QAction:
        action = self.addAction(words)
        action.setCheckable(True)
        group.addAction(action)
        return action

    def _on_screen(self) -> None:
        self._settings.keep(_KEPT, self._session.screen.source)
        self._settle()

    def _settle(self, _failure: object = None) -> None:
        screen = self._session.screen
        chosen = {SYSTEM: self.system, STANDARD: self.standard}.get(screen.source, self.file)
        chosen.setChecked(True)
        for action in (self.system, self.file):
            action.setToolTip(screen.name if action is chosen else "")
        file = chosen is self.file
        words = tr("&File: {name}…", name=screen.name.replace("&", "&&"))
        self.file.setText(words if file else tr("&Choose a file…"))
