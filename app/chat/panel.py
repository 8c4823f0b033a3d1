"""The chat: turns from the top, the entry line and what is being done at the bottom."""

from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.chat.entry import EntryLine
from app.chat.turn_card import TurnCard
from app.i18n import tr, tr_count
from app.panels.busy_bar import BusyBar
from app.session import AppSession
from app.suggestions import Suggestion, suggestions
from app.theme import Theme
from app.word_button import WordButton

NEAR, FAR = 1, 2
"""Turns nearer than this many heights of the chat are whole, those further are folded."""
END = 8
"""So near to its end, in pixels, the chat follows what is added to it."""


class ChatPanel(QWidget):
    """Shows the session's turns and sends what is typed."""

    pointed_at = Signal(object)
    phrases_asked = Signal()

    def __init__(self, session: AppSession, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._theme = theme
        self._cards: dict[int, TurnCard] = {}
        self._offered: list[Suggestion] | None = None
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)

        self._scroll = QScrollArea()
        self._scroll.setObjectName("panel")
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        self._turns = QVBoxLayout(inside)
        self._turns.setContentsMargins(14, 6, 14, 12)
        self._turns.setSpacing(18)
        self._welcome = self._make_welcome()
        self._turns.addWidget(self._welcome)
        self._turns.addStretch(1)
        self._scroll.setWidget(inside)
        self._order = QTimer(self)
        self._order.setSingleShot(True)
        self._order.setInterval(0)
        self._order.timeout.connect(self._order_tabs)
        self._at_end = True
        self._scroll.verticalScrollBar().rangeChanged.connect(self._follow_end)
        self._scroll.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        rows.addWidget(self._scroll, 1)

        self.busy = BusyBar(session)
        rows.addWidget(self.busy)
        self._selected = QWidget()
        self._selected_words = QLabel()
        rows.addWidget(self._make_selected())
        self.entry = EntryLine()
        rows.addWidget(self._make_entry())

        session.turn_added.connect(self._add)
        session.turn_changed.connect(self._refill)
        session.turns_cleared.connect(self._clear)
        session.state_changed.connect(self._on_state)
        session.looking_changed.connect(self._on_state)
        session.selection_changed.connect(self._on_selection)
        theme.changed.connect(self._on_theme)
        self._on_theme()
        self._on_state()
        self._on_selection()

    def _make_welcome(self) -> QWidget:
        box = QWidget()
        rows = QVBoxLayout(box)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(7)
        self._hint = QLabel()
        self._hint.setObjectName("hint")
        self._hint.setWordWrap(True)
        rows.addWidget(self._hint)
        self._examples = QWidget()
        self._buttons = QVBoxLayout(self._examples)
        self._buttons.setContentsMargins(0, 6, 0, 0)
        self._buttons.setSpacing(6)
        rows.addWidget(self._examples)
        return box

    def _suggest(self) -> None:
        """Offer what can be done about what was found."""
        state = self._session.state
        marks = [m for m in state.marks if m.id not in state.strengths and m.id not in state.locks]
        offered = suggestions(marks)
        if self._offered == offered:
            return
        self._offered = offered
        while (item := self._buttons.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for each in offered:
            button = WordButton(each.words)
            button.clicked.connect(partial(self._session.choose, each.plan, each.words))
            self._buttons.addWidget(button)
        ask = WordButton(tr("What did you find?"))
        ask.clicked.connect(partial(self._session.say, ask.words))
        self._buttons.addWidget(ask)

    def _make_selected(self) -> QWidget:
        row = QHBoxLayout(self._selected)
        row.setContentsMargins(16, 4, 12, 0)
        self._selected_words.setObjectName("note")
        row.addWidget(self._selected_words, 1)
        clear = QPushButton(tr("Clear"))
        clear.clicked.connect(lambda: self._session.select(()))
        row.addWidget(clear)
        return self._selected

    def _make_entry(self) -> QWidget:
        around = QWidget()
        margins = QVBoxLayout(around)
        margins.setContentsMargins(12, 8, 12, 12)
        self._frame = QFrame()
        self._frame.setObjectName("entry")
        row = QHBoxLayout(self._frame)
        row.setContentsMargins(8, 5, 5, 5)
        row.setSpacing(4)
        self.entry.setAccessibleName(tr("Instruction"))
        self.entry.setToolTip(
            tr("Enter sends, Shift+Enter starts a new line, arrow-up brings back earlier ones")
        )
        self.entry.sent.connect(self._session.say)
        self.entry.focused.connect(self._show_focus)
        self._ask = QToolButton()
        self._ask.setAccessibleName(tr("What can I say?"))
        self._ask.setToolTip(tr("What can I say? (Ctrl+H)"))
        self._ask.clicked.connect(self.phrases_asked)
        row.addWidget(self._ask, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.entry, 1)
        self._send = QToolButton()
        self._send.setAccessibleName(tr("Send"))
        self._send.setToolTip(tr("Send the instruction (Enter)"))
        self._send.clicked.connect(self.entry.send)
        row.addWidget(self._send, 0, Qt.AlignmentFlag.AlignBottom)
        margins.addWidget(self._frame)
        return around

    def _show_focus(self, focused: bool) -> None:
        self._frame.setProperty("active", "true" if focused else "false")
        self._frame.style().unpolish(self._frame)
        self._frame.style().polish(self._frame)

    def _add(self, number: int) -> None:
        card = TurnCard(self._session, self._theme, self._session.turns[number])
        card.apply_asked.connect(self._session.apply)
        card.discard_asked.connect(self._session.discard)
        card.option_chosen.connect(self._session.choose)
        card.revised.connect(self._session.revise)
        card.mask_asked.connect(self._session.edit_mask)
        card.pointed_at.connect(self.pointed_at)
        self._cards[number] = card
        self._order.start()
        self._at_end = True
        self._turns.insertWidget(self._turns.count() - 1, card)
        self._welcome.hide()

    def _refill(self, number: int) -> None:
        card = self._cards.get(number)
        if card is not None:
            card.fill(self._session.turns[number])
            self._order.start()

    def _order_tabs(self) -> None:
        """Let Tab go from card to card and then to the entry line, whenever each was made."""
        cards = (self._cards[number] for number in self._cards)
        stops = [stop for card in cards for stop in card.tab_stops()]
        for one, following in pairwise([*stops, self._ask, self.entry, self._send]):
            QWidget.setTabOrder(one, following)

    def _clear(self) -> None:
        for card in self._cards.values():
            self._turns.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards.clear()
        self._welcome.show()

    def _on_state(self) -> None:
        opened = self._session.photo is not None
        if not self._cards:  # later they are not shown
            self._suggest()
        self.entry.setEnabled(opened)
        self._send.setEnabled(opened)
        self._examples.setVisible(opened and self._session.analysed)
        if not opened:
            self._hint.setText(tr("Open a portrait, then say here what to retouch."))
            self.entry.setPlaceholderText(tr("Open a photo first"))
        else:
            self.entry.setPlaceholderText(tr("What shall be retouched?"))
            if not self._session.analysed and not self._session.looking:
                words = tr("Nothing can be retouched in this photo. Open another one.")
            elif not self._session.analysed:
                words = tr("The photo is being looked at. You can already say what to retouch.")
            else:
                count = len(self._session.state.marks)
                words = tr_count(
                    "One mark was found. Say what to retouch, or choose:",
                    "{count} marks were found. Say what to retouch, or choose:",
                    count,
                )
            self._hint.setText(words)
        for number in self._cards:
            self._refill(number)

    def _on_selection(self) -> None:
        count = len(self._session.selected)
        self._selected.setVisible(count > 0)
        self._selected_words.setText(
            tr_count("“This one” means 1 mark", "“These” means {count} marks", count)
        )

    def _on_theme(self) -> None:
        self._send.setIcon(self._theme.icon("send"))
        self._ask.setIcon(self._theme.icon("help"))

    def _follow_end(self, _least: int, _most: int) -> None:
        """Stay at the end as the chat grows, unless it was left to read what is above."""
        if self._at_end:
            QTimer.singleShot(0, self, self._go_to_end)

    def _go_to_end(self) -> None:
        bar = self._scroll.verticalScrollBar()
        if self._at_end:  # nobody has scrolled up meanwhile
            bar.setValue(bar.maximum())

    def _on_scrolled(self, value: int) -> None:
        self._at_end = value >= self._scroll.verticalScrollBar().maximum() - END
        self._fold_far(value)

    def _fold_far(self, top: int) -> None:
        """Fold the cards that are far out of sight, and unfold those that come near."""
        height = self._scroll.viewport().height()
        for card in self._cards.values():
            away = max(card.y() - (top + height), top - card.geometry().bottom())
            if away < NEAR * height and card.folded:
                card.unfold()
                self._order.start()
            elif away > FAR * height and card.isVisible():
                card.fold()
