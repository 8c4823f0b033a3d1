"""A plain list of what can be said; a click puts it into the entry line to be changed."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.i18n import tr
from app.word_button import WordButton

PHRASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Take away",
        (
            "Remove the acne",
            "Remove the acne on the left cheek but keep the mole",
            "Remove everything except the freckles",
            "Remove the blackheads on the nose",
        ),
    ),
    (
        "Make fainter",
        (
            "Take the shine on the forehead down a bit",
            "Soften the wrinkles around the eyes by half",
            "Reduce the dark circles to 30 %",
            "Even out the redness on both cheeks",
        ),
    ),
    (
        "More, less, and back",
        (
            "A bit less",
            "More on the chin",
            "The other side too",
            "Put the smile lines back",
            "Undo that",
            "Back to the original",
        ),
    ),
    (
        "Ask",
        (
            "What did you find?",
            "What did you find on the nose?",
            "Show me before and after",
        ),
    ),
    (
        "Choose a mark first, then",
        (
            "Remove this one",
            "Keep these",
        ),
    ),
)


class PhraseList(QDialog):
    """`chosen` is sent with the words of what was clicked; the list closes then."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("What can I say?"))
        self.resize(430, 640)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        scroll = QScrollArea()
        scroll.setObjectName("panel")
        scroll.setWidgetResizable(True)
        inside = QWidget()
        lines = QVBoxLayout(inside)
        lines.setContentsMargins(18, 14, 18, 14)
        lines.setSpacing(6)
        hint = QLabel(
            tr(
                "Say it in your own words, in English. Moles, freckles, scars and age spots stay "
                "unless you name them. Left and right are sides of the picture; “her left cheek” "
                "is her own. Nothing changes before you apply it."
            )
        )
        hint.setWordWrap(True)
        hint.setObjectName("hint")
        lines.addWidget(hint)
        for title, phrases in PHRASES:
            head = QLabel(tr(title))
            head.setObjectName("groupTitle")
            lines.addSpacing(6)
            lines.addWidget(head)
            for phrase in phrases:
                button = WordButton(tr(phrase))
                button.clicked.connect(partial(self._choose, button.words))
                lines.addWidget(button)
        lines.addStretch(1)
        scroll.setWidget(inside)
        rows.addWidget(scroll)

    def _choose(self, words: str) -> None:
        self.chosen.emit(words)
        self.accept()
