"""The device in the status bar, in words; its menu changes it."""

from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from app.i18n import tr
from app.session import AppSession
from app.settings import Settings


class DeviceButton(QToolButton):
    """Says what the networks run on, and lists what else they could run on."""

    def __init__(
        self, session: AppSession, settings: Settings, model: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("device")
        self._session = session
        self._settings = settings
        self._model = model
        self.setToolTip(tr("What the networks run on; click to change it"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.aboutToShow.connect(self.fill)
        self.setMenu(menu)
        session.device_changed.connect(self._show)
        session.looking_changed.connect(self._show)
        self._show()

    def fill(self) -> None:
        """List the devices, the chosen one ticked."""
        menu = self.menu()
        menu.clear()
        chosen = self._settings.device
        names = {"auto": tr("The fastest there is"), **self._session.devices}
        for name, words in names.items():
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(name == chosen)
            action.triggered.connect(partial(self._use, name))
        menu.addSeparator()
        menu.addAction(self._model)

    def _use(self, name: str) -> None:
        self._settings.device = name
        self._session.use_device(name)

    def _show(self) -> None:
        loading = tr("Models are loading") if self._session.loading else tr("Models not loaded")
        words = self._session.device or loading
        self.setText(words)
        self.setAccessibleName(tr("Device: {words}", words=words))
