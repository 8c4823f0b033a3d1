"""What is being done, how far it is, and a button to stop it."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.session import AppSession

PATIENCE_MS = 180
"""Work shorter than this is not announced."""


class BusyBar(QWidget):
    """Shown only while something takes longer than PATIENCE_MS."""

    def __init__(self, session: AppSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 6, 12, 2)
        rows.setSpacing(6)
        row = QHBoxLayout()
        self._words = QLabel()
        self._words.setObjectName("note")
        row.addWidget(self._words, 1)
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.setToolTip(tr("Stop this; nothing will have changed"))
        self.cancel.clicked.connect(session.cancel)
        row.addWidget(self.cancel)
        rows.addLayout(row)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        rows.addWidget(self._bar)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._appear)
        session.busy_changed.connect(self._on_busy)
        self.hide()

    def _on_busy(self) -> None:
        busy = self._session.busy
        if busy is None:
            self._patience.stop()
            self.hide()
            return
        known = busy.fraction >= 0
        self._words.setText(f"{busy.words}…")
        self._bar.setRange(0, 1000 if known else 0)
        if known:
            self._bar.setValue(round(1000 * min(busy.fraction, 1.0)))
        if not self.isVisible() and not self._patience.isActive():
            self._patience.start()

    def _appear(self) -> None:
        if self._session.busy is not None:
            self.show()
