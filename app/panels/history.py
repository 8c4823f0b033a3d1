"""The history: one line a step with a small picture, click to go there."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QIcon
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.i18n import tr, tr_count
from app.session import AppSession
from app.step_pictures import SIDE, StepPictures

_LINE = Qt.ItemDataRole.UserRole


class HistoryPanel(QListWidget):
    """Shows the session's steps; those that were undone are greyed.

    Below them are steps that a change after an undo has left behind: a click returns to them.
    """

    def __init__(self, session: AppSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._pictures = StepPictures(session, self)
        self.setAccessibleName(tr("History"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setIconSize(QSize(SIDE, SIDE))
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
            versions = [0, *(s.serial for s in state.steps)]
            for at, label in enumerate([self._first(), *(s.label for s in state.steps)]):
                item = QListWidgetItem(label)
                item.setToolTip(label)
                picture = self._pictures.of(versions[at])
                if picture is not None:
                    icon = QIcon(picture)
                    icon.addPixmap(picture, QIcon.Mode.Selected)
                    item.setIcon(icon)
                if at > state.position:
                    self._fade(item)
                self.addItem(item)
            for line, labels in enumerate(state.left):
                self._add_line(line, labels)
            self.setCurrentRow(state.position)
            self.scrollToItem(self.item(state.position))
        self.blockSignals(False)

    def _add_line(self, line: int, labels: tuple[str, ...]) -> None:
        """Add an entry for steps that were left behind."""
        words = tr_count(
            "Left behind: {last}",
            "Left behind: {last} and {more} before",
            len(labels),
            last=labels[-1] if labels else "",
            more=len(labels) - 1,
        )
        item = QListWidgetItem(words)
        item.setToolTip(tr("Return to: {steps}", steps=", ".join(labels)))
        item.setData(_LINE, line)
        self._fade(item)
        self.addItem(item)

    def _fade(self, item: QListWidgetItem) -> None:
        font = QFont(self.font())
        font.setItalic(True)
        item.setFont(font)
        item.setForeground(self.palette().placeholderText())

    def _first(self) -> str:
        """Return what the history begins with: a project goes on with earlier work."""
        going_on = self._session.rescued or self._session.project_path is not None
        return tr("As opened") if going_on else tr("As photographed")

    def _go(self, item: QListWidgetItem) -> None:
        line = item.data(_LINE)
        if line is None:
            self._session.travel_to(self.row(item))
        else:
            self._session.return_to(line)
