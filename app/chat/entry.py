"""The line in which instructions are typed."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy

MOST_LINES = 5


class EntryLine(QPlainTextEdit):
    """Enter sends, Shift+Enter starts a line, arrow-up brings back what was sent before."""

    sent = Signal(str)
    left = Signal()
    focused = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._before: list[str] = []
        self._at = 0
        self._draft = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(4)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self._grow()

    def send(self) -> None:
        """Send what is typed, if there is anything."""
        text = self.toPlainText().strip()
        if text:
            self._before.append(text)
            self._at = len(self._before)
            self._draft = ""
            self.clear()
            self.sent.emit(text)

    def propose(self, words: str) -> None:
        """Put words into the line, to be changed or sent."""
        self.setPlainText(words)
        self.moveCursor(QTextCursor.MoveOperation.End)
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not shift and not control:
            self.send()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() == Qt.Key.Key_Up and self._on_first_line() and self._at > 0:
            self._recall(self._at - 1)
        elif event.key() == Qt.Key.Key_Down and self._at < len(self._before):
            self._recall(self._at + 1)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focused.emit(False)

    def sizeHint(self) -> QSize:
        return QSize(200, self.maximumHeight())

    def _on_first_line(self) -> bool:
        cursor = self.textCursor()
        return not cursor.movePosition(QTextCursor.MoveOperation.Up)

    def _recall(self, at: int) -> None:
        if self._at == len(self._before):
            self._draft = self.toPlainText()
        self._at = at
        self.setPlainText(self._before[at] if at < len(self._before) else self._draft)
        self.moveCursor(QTextCursor.MoveOperation.End)

    def _grow(self) -> None:
        lines = min(max(1, round(self.document().size().height())), MOST_LINES)
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 10)
