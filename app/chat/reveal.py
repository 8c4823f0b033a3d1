"""A long reply comes word by word, as fast as it can be read; a short one is there at once."""

import re

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel, QStyle, QWidget

LONG = 140
"""From this many letters on a reply is revealed."""
EVERY_MS = 33
WORDS = 2
_WORD = re.compile(r"\S+\s*")


class RevealedText(QLabel):
    """Shows more of its words at each beat, all of them on a click.

    What it says is complete before it begins: screen readers are given all of it at once. It is
    not animated where the system wants no motion.
    """

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self.words = words
        self._parts = _WORD.findall(words)
        self._shown = len(self._parts)
        self._beat = QTimer(self)
        self._beat.setInterval(EVERY_MS)
        self._beat.timeout.connect(self._on_beat)
        self.setAccessibleName(words)

    def reveal(self) -> None:
        """Begin anew, if the words are many and motion is welcome."""
        animated = self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) > 0
        if len(self.words) >= LONG and animated:
            self._shown = 0
            self._on_beat()
            self._beat.start()

    @property
    def complete(self) -> bool:
        return self._shown >= len(self._parts)

    def finish(self) -> None:
        """Show everything."""
        self._beat.stop()
        self._shown = len(self._parts)
        self.setText(self.words)

    def _on_beat(self) -> None:
        self._shown += WORDS
        if self.complete:
            self.finish()
        else:
            self.setText("".join(self._parts[: self._shown]).rstrip())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and not self.complete:
            self.finish()
        super().mousePressEvent(event)
