"""The history: one line a step with a small picture, click to go there."""

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QBrush, QFont, QIcon, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.i18n import tr, tr_count
from app.session import AppSession
from app.step_pictures import SIDE, StepPictures

_LINE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a line shows; `line` is the number of a line that was left, with its steps."""

    words: str
    picture: QPixmap | None
    faded: bool = False
    line: int | None = None
    left: tuple[str, ...] = ()


class HistoryPanel(QListWidget):
    """Shows the session's steps; those that were undone are greyed.

    Below them are steps that a change after an undo has left behind: a click returns to them.
    """

    def __init__(self, session: AppSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._pictures = StepPictures(session, self)
        self._shown: list[_Entry | None] = []
        self._palette_key = self.palette().cacheKey()
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
        entries = self._entries()
        if self.palette().cacheKey() != self._palette_key:
            self._palette_key = self.palette().cacheKey()
            self._shown = [None] * self.count()
        self.blockSignals(True)
        while self.count() > len(entries):
            self.takeItem(self.count() - 1)
        del self._shown[len(entries) :]
        for row, entry in enumerate(entries):
            if row == len(self._shown):
                self.addItem("")
                self._shown.append(None)
            if entry != self._shown[row]:  # in a long session most are as they were
                self._show(self.item(row), entry)
                self._shown[row] = entry
        if entries:
            self.setCurrentRow(self._session.state.position)
            self.scrollToItem(self.currentItem())
        self.blockSignals(False)

    def _entries(self) -> list[_Entry]:
        """Return a line for the photo as opened, for each step, and for each line left behind."""
        if self._session.photo is None:
            return []
        state = self._session.state
        found = [_Entry(self._first(), self._pictures.of(0))]
        for place, step in enumerate(state.steps, 1):
            undone = place > state.position
            found.append(_Entry(step.label, self._pictures.of(step.serial), undone))
        for line, labels in enumerate(state.left):
            words = tr_count(
                "Left behind: {last}",
                "Left behind: {last} and {more} before",
                len(labels),
                last=labels[-1] if labels else "",
                more=len(labels) - 1,
            )
            found.append(_Entry(words, None, True, line, labels))
        return found

    def _show(self, item: QListWidgetItem, entry: _Entry) -> None:
        item.setText(entry.words)
        more = tr("Return to: {steps}", steps=", ".join(entry.left))
        item.setToolTip(entry.words if entry.line is None else more)
        item.setData(_LINE, entry.line)
        icon = QIcon()
        if entry.picture is not None:
            icon.addPixmap(entry.picture)
            icon.addPixmap(entry.picture, QIcon.Mode.Selected)
        item.setIcon(icon)
        font = QFont(self.font())
        font.setItalic(entry.faded)
        item.setFont(font)
        item.setForeground(self.palette().placeholderText() if entry.faded else QBrush())

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
