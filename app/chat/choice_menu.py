"""A menu in which several things can be ticked before it closes."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget


class ChoiceMenu(QMenu):
    """Ticks stay open; `chosen` is sent with all ticked values once it closes, if they changed.

    An empty choice counts as no change.
    """

    chosen = Signal(object)

    def __init__(
        self, values: Mapping[Any, str], ticked: Sequence[Any], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._before = [v for v in values if v in ticked]
        self._values: dict[Any, QAction] = {}
        self._together: list[tuple[QAction, frozenset[Any]]] = []
        for value, words in values.items():
            action = self.addAction(words)
            action.setCheckable(True)
            action.setChecked(value in ticked)
            action.toggled.connect(self._settle)
            self._values[value] = action
        self.aboutToHide.connect(self._done)

    def add_group(self, words: str, values: Sequence[Any]) -> QAction:
        """Put an entry on top that ticks exactly these values."""
        first = self.actions()[len(self._together)]
        action = QAction(words, self)
        action.setCheckable(True)
        action.triggered.connect(lambda: self._tick_only(values))
        self.insertAction(first, action)
        self._together.append((action, frozenset(values)))
        self._settle()
        return action

    def action_for(self, value: Any) -> QAction:
        """Return the entry of a value."""
        return self._values[value]

    @property
    def ticked(self) -> list[Any]:
        return [value for value, action in self._values.items() if action.isChecked()]

    def _tick_only(self, values: Sequence[Any]) -> None:
        for value, action in self._values.items():
            action.setChecked(value in values)
        self._settle()

    def _settle(self) -> None:
        now = frozenset(self.ticked)
        for action, values in self._together:
            action.setChecked(now == values)

    def _done(self) -> None:
        if self.ticked and self.ticked != self._before:
            self._before = self.ticked
            self.chosen.emit(self.ticked)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        action = next((a for a in self.actions() if self.actionGeometry(a).contains(at)), None)
        if action is not None and action.isEnabled() and action.isCheckable():
            action.trigger()
            return
        super().mouseReleaseEvent(event)
