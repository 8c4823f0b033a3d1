"""A sentence and what follows from it over the canvas; nothing has to be clicked away to go on."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.snapshot import Failure
from app.theme import Theme


class Banner(QFrame):
    """Hidden until there is something to say.

    A failure goes with its cross, or when something worked; notes stay until they are closed.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._theme = theme
        self._details = ""
        self.failing = False
        row = QHBoxLayout(self)
        row.setContentsMargins(13, 9, 8, 10)
        row.setSpacing(11)
        self._icon = QLabel()
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        self.sentence = QLabel()
        self.sentence.setObjectName("sentence")
        self.next_step = QLabel()
        for label in (self.sentence, self.next_step):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            words.addWidget(label)
        row.addLayout(words, 1)
        self.act = QPushButton()
        self.act.clicked.connect(self._do)
        self._action: Callable[[], None] | None = None
        row.addWidget(self.act, 0, Qt.AlignmentFlag.AlignVCenter)
        self.copy = QPushButton(tr("Copy details"))
        self.copy.clicked.connect(self._copy)
        row.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignVCenter)
        self.close_button = QToolButton()
        self.close_button.setToolTip(tr("Close this notice"))
        self.close_button.setAccessibleName(tr("Close this notice"))
        self.close_button.clicked.connect(self.hide)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        theme.changed.connect(self._on_theme)
        self._on_theme()
        self.hide()

    def show_failure(
        self, failure: Failure, words: str = "", action: Callable[[], None] | None = None
    ) -> None:
        """Show what was not done and what to do next; `words` name a button that does it."""
        self._details = failure.details
        self._offer(words, action)
        self._say(failure.sentence, failure.next_step, failing=True)

    def show_notes(self, sentence: str, notes: Sequence[str]) -> None:
        """Show what a file could not hold or had to be changed into."""
        self._details = ""
        self._offer("", None)
        self._say(sentence, "\n".join(notes), failing=False)

    def settle(self) -> None:
        """Hide a failure, since something worked."""
        if self.failing:
            self.hide()

    def _say(self, sentence: str, more: str, failing: bool) -> None:
        self.failing = failing
        self.setProperty("tone", "failure" if failing else "note")
        for each in (self, self.sentence, self.next_step):
            each.style().unpolish(each)
            each.style().polish(each)
        self.sentence.setText(sentence)
        self.next_step.setText(more)
        self.next_step.setVisible(bool(more))
        self.copy.setVisible(bool(self._details))
        self._on_theme()
        self.show()
        self.raise_()

    def height_at(self, width: int) -> int:
        """Return how high the banner is when it is this wide."""
        layout = self.layout()
        assert layout is not None
        layout.invalidate()
        return layout.totalHeightForWidth(width)

    def _offer(self, words: str, action: Callable[[], None] | None) -> None:
        self._action = action
        self.act.setText(words)
        self.act.setVisible(action is not None)

    def _do(self) -> None:
        if self._action is not None:
            self.hide()
            self._action()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details)

    def _on_theme(self) -> None:
        name, colour = ("warning", "warning_text") if self.failing else ("info", "text")
        self._icon.setPixmap(self._theme.pixmap(name, colour, 20))
        self.close_button.setIcon(self._theme.icon("close"))
