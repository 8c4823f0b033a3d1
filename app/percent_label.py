"""The number at the right of a strength's slider."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.i18n import tr

WIDTH = 46
"""Pixels, enough for "100 %" and for "mixed"."""


class PercentLabel(QLabel):
    """Says a strength in percent, always equally wide."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("count")
        self.setFixedWidth(WIDTH)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def show_percent(self, percent: int) -> None:
        """Show a number."""
        self.setText(tr("{percent} %", percent=percent))
