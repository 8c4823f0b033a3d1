"""The tour of the first start: four cards over the window, none of them in the way for long."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr

CARDS = (
    (
        "Say what bothers you",
        "Type it as you would say it to a retoucher: “remove the acne on the left cheek but keep "
        "the mole”. Nothing leaves this computer.",
    ),
    (
        "See what will change",
        "The marks that were found are tinted, each kind in its own colour and pattern. Point at "
        "one to see what it is, click it to remove or keep it.",
    ),
    (
        "Correct it",
        "The brush (B) adds to what will change, the eraser (E) takes away. In the chat, the kind, "
        "the place and the strength of a proposal can be changed, too. Then apply it.",
    ),
    (
        "Nothing is lost",
        "Every step can be undone, and the original file is never overwritten by itself. Hold X "
        "to see the photo before. All keys are on F1.",
    ),
)
WIDTH = 360


class Tour(QWidget):
    """Dims the window but for the part that the card is about.

    Escape, Skip, or a click beside the card ends it.
    """

    ended = Signal()

    def __init__(self, window: QWidget, about: Sequence[QWidget]) -> None:
        super().__init__(window)
        self._about = tuple(about)
        self.at = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.card = QFrame(self)
        self.card.setObjectName("card")
        self.card.setFixedWidth(WIDTH)
        self.card.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        rows = QVBoxLayout(self.card)
        rows.setContentsMargins(20, 16, 20, 14)
        rows.setSpacing(9)
        self._count = QLabel()
        self._count.setObjectName("hint")
        self._title = QLabel()
        self._title.setObjectName("cardTitle")
        self._words = QLabel()
        self._words.setWordWrap(True)
        for label in (self._count, self._title, self._words):
            rows.addWidget(label)
        rows.addSpacing(4)
        buttons = QHBoxLayout()
        self.skip = QPushButton(tr("Skip"))
        self.skip.clicked.connect(self.end)
        self.back = QPushButton(tr("Back"))
        self.back.clicked.connect(lambda: self._go(self.at - 1))
        self.next = QPushButton()
        self.next.setObjectName("primary")
        self.next.clicked.connect(lambda: self._go(self.at + 1))
        buttons.addWidget(self.skip)
        buttons.addStretch(1)
        buttons.addWidget(self.back)
        buttons.addWidget(self.next)
        rows.addLayout(buttons)
        self._buttons = (self.skip, self.back, self.next)
        for button in self._buttons:
            button.installEventFilter(self)
        window.installEventFilter(self)
        self._go(0)
        self.show()
        self.raise_()
        self.next.setFocus()

    def end(self) -> None:
        """Close the tour."""
        window = self.parentWidget()
        if window is not None:
            window.removeEventFilter(self)
        self.hide()
        self.deleteLater()
        self.ended.emit()

    def _go(self, at: int) -> None:
        if at >= len(CARDS):
            self.end()
            return
        self.at = max(at, 0)
        title, words = CARDS[self.at]
        count = tr("{number} of {count}", number=self.at + 1, count=len(CARDS))
        self._count.setText(count)
        self._title.setText(tr(title))
        self._words.setText(tr(words))
        self.card.setAccessibleName(f"{tr(title)}. {tr(words)}")
        if self.at == 0 and self.back.hasFocus():
            self.next.setFocus()
        self.back.setEnabled(self.at > 0)
        last = self.at + 1 == len(CARDS)
        self.next.setText(tr("Start") if last else tr("Next"))
        self._place()

    def _spot(self) -> QRect:
        widget = self._about[self.at % len(self._about)]
        corner = self.mapFromGlobal(widget.mapToGlobal(QPoint(0, 0)))
        return QRect(corner, widget.size()).adjusted(-4, -4, 4, 4).intersected(self.rect())

    def _place(self) -> None:
        window = self.parentWidget()
        assert window is not None
        self.setGeometry(window.rect())
        self.card.setFixedHeight(self.card.layout().totalHeightForWidth(WIDTH))  # pyright: ignore[reportOptionalMemberAccess]
        spot, gap = self._spot(), 18
        height = self.card.height()
        places = (
            QPoint(spot.left() - WIDTH - gap, spot.top() + 40),
            QPoint(spot.right() + gap, spot.top() + 40),
            QPoint(spot.center().x() - WIDTH // 2, spot.center().y() - height // 2),
        )
        room = self.rect().adjusted(8, 8, -8, -8)
        fits = (p for p in places if room.contains(QRect(p, self.card.size())))
        self.card.move(next(fits, room.center() - self.card.rect().center()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = QPainterPath()
        shade.addRect(self.rect())
        hole = QPainterPath()
        hole.addRoundedRect(self._spot(), 9, 9)
        painter.fillPath(shade.subtracted(hole), QColor(0, 0, 0, 150))
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Keep the window's keys away: letters mean nothing while a card is read."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        del event
        self.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        elif event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Return):
            self._go(self.at + 1)
        elif event.key() == Qt.Key.Key_Left:
            self._go(self.at - 1)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Keep Tab among the card's buttons: the window below is out of reach until it ends."""
        there = [button for button in self._buttons if button.isEnabled()]
        now = [button.hasFocus() for button in there]
        place = now.index(True) if any(now) else -1
        there[(place + (1 if next else -1)) % len(there)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched in self._buttons:
            # A button would send the focus elsewhere on an arrow key.
            if isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
                if event.type() == QEvent.Type.KeyPress:
                    self.keyPressEvent(event)
                return True
        elif event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)
