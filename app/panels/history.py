"""The history: one line a step, click to go there."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.i18n import tr
from app.session import AppSession


class HistoryPanel(QListWidget):
    """Shows the session's steps; those that were undone are greyed."""

    def __init__(self, session: AppSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setAccessibleName(tr("History"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.itemActivated.connect(self._go)
        self.itemClicked.connect(self._go)
        session.state_changed.connect(self._fill)
        session.photo_changed.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        self.blockSignals(True)
        self.clear()
        if self._session.photo is not None:
            state = self._session.state
            for at, label in enumerate([self._first(), *(s.label for s in state.steps)]):
                item = QListWidgetItem(label)
                item.setToolTip(label)
                if at > state.position:
                    font = QFont(self.font())
                    font.setItalic(True)
                    item.setFont(font)
                    item.setForeground(self.palette().placeholderText())
                self.addItem(item)
            self.setCurrentRow(state.position)
            self.scrollToItem(self.item(state.position))
        self.blockSignals(False)

    def _first(self) -> str:
        """Return what the history begins with: a project goes on with earlier work."""
        going_on = self._session.rescued or self._session.project_path is not None
        return tr("As opened") if going_on else tr("As photographed")

    def _go(self, item: QListWidgetItem) -> None:
        self._session.travel_to(self.row(item))
