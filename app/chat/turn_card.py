"""One turn of the chat: what was said, what was understood, and what can be done about it."""

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.chat.chips import PlanChips
from app.chat.reveal import RevealedText
from app.chat.round_controls import RoundControls
from app.chat.thumbnails import PackedPair, Pair, Thumbnails, busiest
from app.i18n import tr
from app.session import AppSession
from app.snapshot import RoundView, TurnStatus, TurnView
from app.theme import Theme
from app.word_button import WordButton
from app.words import count_words, plan_words
from retouchgpt_core.language.plan import Action, Plan

PIECE = 12
_LONG = re.compile(rf"\S{{{2 * PIECE},}}")
_IN_FORCE = (TurnStatus.APPLIED, TurnStatus.EARLIER)
SHORT = 225
"""A saying narrower than this many pixels stays on one line."""


_UNBOUNDED = (1 << 24) - 1
"""Qt's own largest height of a widget."""


class TurnCard(QWidget):
    """Shows a turn; `fill` is called again whenever the turn changed.

    Far out of sight it can be folded, so that a long session does not fill the memory.
    """

    apply_asked = Signal()
    discard_asked = Signal()
    option_chosen = Signal(object, str)
    revised = Signal(int, object)
    mask_asked = Signal(object)
    pointed_at = Signal(object)

    def __init__(
        self, session: AppSession, theme: Theme, turn: TurnView, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(7)
        self._question: QWidget | None = None
        self._answer: QWidget | None = None
        self._controls: RoundControls | None = None
        self._shown: tuple[object, ...] | None = None
        self._behind = False
        self._pair: Pair | None = None
        self._packed: PackedPair | None = None
        self.number = turn.number
        self.fill(turn)

    def fill(self, turn: TurnView) -> None:
        """Show the turn's present answer and state."""
        counted = self._corrected(turn) if turn.status is TurnStatus.PENDING else ""
        view = self._round(turn)
        shown = (turn.status, turn.reply, counted, turn.plan, turn.plan.reply, view)
        if self.folded and self._shown is not None:
            self._behind = self._behind or shown != self._shown
            return
        self._fill_controls(turn, view)
        if shown == self._shown:
            return
        fresh = self._shown is not None and self._shown[0] is TurnStatus.WAITING
        self._shown = shown
        self._pair = self._packed = None
        if turn.status is TurnStatus.APPLIED:
            self._pair = self._cut_out(turn)
        self._build(turn, counted, fresh)

    @property
    def folded(self) -> bool:
        """Whether it is only a room of its height, with nothing in it."""
        return self._question is None

    def fold(self) -> None:
        """Let go of all that it shows: some twenty widgets and two pictures. It is out of sight."""
        turn = self._session.turns.get(self.number)
        at_work = turn is None or turn.status in (TurnStatus.WAITING, TurnStatus.PENDING)
        focused = QApplication.focusWidget()
        if self.folded or at_work or (focused is not None and self.isAncestorOf(focused)):
            return
        if self._pair is not None:
            self._packed = self._packed or self._pair.packed()
            self._pair = None
        # Not what it has now: it is squeezed for as long as the layout is behind.
        natural = self.heightForWidth(self.width())
        self.setFixedHeight(natural if natural > 0 else self.sizeHint().height())
        self._empty()

    def unfold(self) -> None:
        """Show everything again, its pictures from when the turn was last seen to change."""
        turn = self._session.turns.get(self.number)
        if not self.folded or turn is None:
            return
        if self._behind:
            self._behind, self._shown = False, None
            self.fill(turn)
            return
        if self._packed is not None:
            self._pair = self._packed.pair()
        self._fill_controls(turn, self._round(turn))
        self._build(turn, "", fresh=False)

    def _build(self, turn: TurnView, counted: str, fresh: bool) -> None:
        if self._question is None:
            self.setMinimumHeight(0)
            self.setMaximumHeight(_UNBOUNDED)
            self._question = QWidget()
            self._question.setLayout(self._said(turn.text))
            self._rows.insertWidget(0, self._question)
            self._question.show()
        if self._answer is not None:
            self._drop(self._answer)
        self._answer = self._answered(turn, self._round(turn), counted, fresh)
        self._rows.insertWidget(1, self._answer)
        self._answer.show()  # a layout would show it one turn of the event loop later

    def _empty(self) -> None:
        for part in (self._question, self._answer, self._controls):
            if part is not None:
                self._drop(part)
        self._question = self._answer = self._controls = None

    def _drop(self, part: QWidget) -> None:
        self._rows.removeWidget(part)
        part.hide()
        part.deleteLater()

    def _corrected(self, turn: TurnView) -> str:
        """Count what will change in words, if the brush has made that other than it was said."""
        state = self._session.state
        if state.pending_marks == frozenset(turn.mark_ids):
            return ""
        return count_words(m for m in state.marks if m.id in state.pending_marks)

    def _round(self, turn: TurnView) -> RoundView | None:
        return self._session.state.rounds.get(turn.number) if turn.status in _IN_FORCE else None

    def tab_stops(self) -> list[QWidget]:
        """Return what Tab stops at on this card, from its top."""
        inside = [] if self._answer is None else self._answer.findChildren(QWidget)
        stops = [each for each in inside if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
        return stops if self._controls is None else [*stops, *self._controls.tab_stops()]

    def _fill_controls(self, turn: TurnView, view: RoundView | None) -> None:
        """They outlive the answer, so that keys and the mouse keep hold of them."""
        if view is not None and self._controls is None:
            self._controls = RoundControls(self._session, self._theme, turn)
            self._controls.mask_asked.connect(self.mask_asked)
            self._rows.addWidget(self._controls)
        if self._controls is not None:
            if view is not None:
                self._controls.fill(turn, view)
            self._controls.setVisible(view is not None)

    @staticmethod
    def _said(text: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addSpacing(38)
        row.addStretch(1)
        plate = QFrame()
        plate.setObjectName("said")
        inside = QVBoxLayout(plate)
        inside.setContentsMargins(11, 7, 11, 8)
        label = _text(text)
        short = label.fontMetrics().horizontalAdvance(text) < SHORT and "\n" not in text
        label.setWordWrap(not short)
        inside.addWidget(label)
        row.addWidget(plate, 0 if short else 5)
        return row

    def _answered(
        self, turn: TurnView, view: RoundView | None, counted: str, fresh: bool
    ) -> QWidget:
        answer = QWidget()
        rows = QVBoxLayout(answer)
        rows.setContentsMargins(2, 0, 0, 0)
        rows.setSpacing(8)
        if turn.status is TurnStatus.WAITING:
            waiting = QLabel(tr("Thinking…"))
            waiting.setObjectName("hint")
            rows.addWidget(waiting)
            return answer
        if turn.reply:
            reply = _text(turn.reply, RevealedText)
            rows.addWidget(reply)
            if fresh and isinstance(reply, RevealedText):
                reply.reveal()
        if turn.plan.edits or turn.plan.keep or turn.plan.then:
            rows.addWidget(self._chips(turn, view))
        if turn.status is TurnStatus.PENDING:
            rows.addLayout(self._decision(counted))
        elif turn.plan.action is Action.CLARIFY and turn.plan.options:
            rows.addLayout(self._options(turn.plan.options))
        if turn.instead is not None and turn.status is TurnStatus.ANSWERED:
            rows.addLayout(self._options((turn.instead,)))
        if self._pair is not None:
            pictures = Thumbnails(self._pair)
            pictures.pointed_at.connect(self.pointed_at)
            rows.addWidget(pictures)
        words = {
            TurnStatus.APPLIED: (tr("Applied"), "check"),
            TurnStatus.EARLIER: (tr("Done earlier"), "check"),
            TurnStatus.UNDONE: (tr("Undone"), "undo"),
            TurnStatus.DISCARDED: (tr("Not applied"), "close"),
        }.get(turn.status)
        if words is not None and view is None:
            rows.addLayout(self._state(turn, *words))
        return answer

    def _chips(self, turn: TurnView, view: RoundView | None) -> PlanChips:
        faces = len(self._session.state.faces)
        editable = turn.status is TurnStatus.PENDING
        plan = turn.plan if view is None else view.plan
        chips = PlanChips(plan, self._theme, editable, faces)
        chips.setProperty("off", "true" if view is not None and not view.enabled else "false")
        chips.changed.connect(lambda plan: self.revised.emit(self.number, plan))
        return chips

    def _cut_out(self, turn: TurnView) -> Pair | None:
        photo, state = self._session.photo, self._session.state
        marks = [m for m in state.marks if m.id in turn.mark_ids]
        box = busiest(marks, state, photo) if photo is not None else None
        return Pair.cut(photo, box) if photo is not None and box is not None else None

    def _decision(self, counted: str) -> QVBoxLayout:
        rows = QVBoxLayout()
        rows.setSpacing(7)
        if counted:
            note = _text(tr("After your correction {what} will change.", what=counted))
            note.setObjectName("note")
            rows.addWidget(note)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        apply = QPushButton(tr("Apply"))
        apply.setObjectName("primary")
        apply.setToolTip(tr("Retouch what is marked (Ctrl+Enter)"))
        apply.clicked.connect(self.apply_asked)
        discard = QPushButton(tr("Discard"))
        discard.setToolTip(tr("Leave the photo as it is (Ctrl+D)"))
        discard.clicked.connect(self.discard_asked)
        buttons.addWidget(apply)
        buttons.addWidget(discard)
        buttons.addStretch(1)
        rows.addLayout(buttons)
        return rows

    def _options(self, options: tuple[Plan, ...]) -> QVBoxLayout:
        rows = QVBoxLayout()
        rows.setSpacing(6)
        for option in options:
            words = option.reply or plan_words(option)
            button = WordButton(words)
            button.clicked.connect(
                lambda _checked=False, o=option, w=words: self.option_chosen.emit(o, w)
            )
            rows.addWidget(button)
        return rows

    def _state(self, turn: TurnView, words: str, icon: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(5)
        picture = QLabel()
        picture.setPixmap(self._theme.pixmap(icon, "muted", 14))
        label = QLabel(words)
        label.setObjectName("state")
        row.addWidget(picture)
        row.addWidget(label)
        row.addStretch(1)
        if turn.plan.edits and turn.status in (TurnStatus.UNDONE, TurnStatus.DISCARDED):
            again = QPushButton(tr("Propose it again"))
            again.clicked.connect(lambda: self.option_chosen.emit(turn.plan, turn.text))
            row.addWidget(again)
        return row


def _text(words: str, kind: type[QLabel] = QLabel) -> QLabel:
    label = kind(_LONG.sub(_breakable, words))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _breakable(run: re.Match[str]) -> str:
    """Let a run of letters without a space, such as a path, go on in the next line."""
    return "\u200b".join(run[0][at : at + PIECE] for at in range(0, len(run[0]), PIECE))
