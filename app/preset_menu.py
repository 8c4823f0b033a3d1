"""The menu of presets: propose one, keep the present steps as one, delete one's own."""

from functools import partial

from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from app.batch_run import recipe_of
from app.i18n import tr
from app.presets import keep_preset, merged, preset_folder, presets
from app.session import AppSession
from app.snapshot import Failure
from retouchgpt_core.language.plan import Plan


class PresetMenu(QMenu):
    """Filled whenever it is opened, since presets are files."""

    def __init__(self, session: AppSession, window: QWidget) -> None:
        super().__init__(tr("&Presets"), window)
        self._session = session
        self._window = window
        self.aboutToShow.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """List the presets anew."""
        self.clear()
        found = presets()
        for preset in found:
            action = self.addAction(tr(preset.name).replace("&", "&&"))
            action.setEnabled(self._session.has_work)
            words = tr("Preset: {name}", name=tr(preset.name))
            action.triggered.connect(partial(self._session.choose, preset.plan, words))
        self.addSeparator()
        keep = self.addAction(tr("Keep these steps as a preset…"))
        plan = self._plan()
        keep.setEnabled(plan is not None)
        keep.triggered.connect(self._ask_name)
        own = [p for p in found if p.own]
        if own:
            delete = self.addMenu(tr("Delete a preset"))
            for preset in own:
                action = delete.addAction(preset.name.replace("&", "&&"))
                action.triggered.connect(partial(preset.path.unlink, missing_ok=True))

    def _plan(self) -> Plan | None:
        plans, _ = recipe_of(self._session.state, self._session.turns.values())
        return merged(plans)

    def _ask_name(self) -> None:
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(tr("Keep as a preset"))
        dialog.setLabelText(tr("What shall it be called?"))
        dialog.textValueSelected.connect(self._keep)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _keep(self, name: str) -> None:
        plan = self._plan()
        if plan is None or not name.strip():
            return
        try:
            keep_preset(name.strip(), plan)
        except OSError as error:
            reason = error.strerror or str(error)
            words = tr("The preset could not be kept in {folder}.", folder=preset_folder())
            self._session.failed.emit(
                Failure(0, words, tr("Check the folder. ({why})", why=reason))
            )
