"""What can still be done to an applied turn: off and on, its strength, its mask."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from app.i18n import tr
from app.percent_label import PercentLabel
from app.session import AppSession
from app.snapshot import RoundView, TurnStatus, TurnView
from app.switch import Switch
from app.theme import Theme

LEAST = 1
"""The weakest strength in percent; none at all is what the switch is for."""

PAUSE_MS = 250
"""So long after a key was let go its value is settled: some screens repeat keys by letting go."""
MOVING_KEYS = (
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down),
    *(Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End),
)


class TrialSlider(QSlider):
    """A slider whose values are tried while it is held, by mouse or key, and settled after.

    `tried` is sent with each value meanwhile, `settled` once it is let go. Turning the wheel over
    it scrolls what it lies in.
    """

    tried = Signal(int)
    settled = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._key = False
        self._trying = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._settle)
        self.valueChanged.connect(self._on_value)
        self.sliderReleased.connect(self._settle)

    @property
    def held(self) -> bool:
        """Whether the value is only tried for now."""
        return self._key or self._trying or self.isSliderDown()

    def show_value(self, value: int) -> None:
        """Stand at a value without telling anyone, unless it is held."""
        if not self.held:
            self.blockSignals(True)
            self.setValue(value)
            self.blockSignals(False)

    def _on_value(self, value: int) -> None:
        self._trying = True
        if self._key or self.isSliderDown():
            self.tried.emit(value)
        else:
            self._settle()

    def _settle(self) -> None:
        self._pause.stop()
        self._key = False
        if self._trying:
            self._trying = False
            self.settled.emit(self.value())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._pause.stop()
        if event.key() in MOVING_KEYS:
            self._key = True
        else:
            self._settle()  # what Ctrl+Z takes back is settled first
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        super().keyReleaseEvent(event)
        if self._key and not event.isAutoRepeat():
            self._pause.start()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._settle()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class RoundControls(QWidget):
    """A switch, a strength and the mask of one turn; `fill` shows what they stand at."""

    mask_asked = Signal(object)

    def __init__(
        self, session: AppSession, theme: Theme, turn: TurnView, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._number = turn.number
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        top = QHBoxLayout()
        top.setSpacing(6)
        self.switch = Switch(theme)
        self.switch.setAccessibleName(tr("In force: {words}", words=turn.text))
        self.switch.clicked.connect(self._turn)
        top.addWidget(self.switch)
        top.addStretch(1)
        self.mask_button = QPushButton()
        self.mask_button.clicked.connect(self._ask_mask)
        kept = self.mask_button.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # nothing moves under the mouse when it is switched off
        self.mask_button.setSizePolicy(kept)
        top.addWidget(self.mask_button)
        rows.addLayout(top)
        self._strength = QWidget()
        bottom = QHBoxLayout(self._strength)
        bottom.setContentsMargins(2, 0, 0, 0)
        bottom.setSpacing(8)
        self.slider = TrialSlider()
        self.slider.setRange(LEAST, 100)
        self.slider.setPageStep(10)
        self.slider.setAccessibleName(tr("Strength of: {words}", words=turn.text))
        self.slider.tried.connect(self._try)
        self.slider.settled.connect(self._settle)
        bottom.addWidget(self.slider, 1)
        self._percent = PercentLabel()
        bottom.addWidget(self._percent)
        rows.addWidget(self._strength)
        self.note = QLabel(tr("What was said or done later decides here."))
        self.note.setObjectName("hint")
        self.note.setContentsMargins(2, 0, 0, 0)
        self.note.setWordWrap(True)
        rows.addWidget(self.note)

    def tab_stops(self) -> tuple[QWidget, ...]:
        """Return what Tab stops at, from the top left."""
        return self.switch, self.mask_button, self.slider

    def fill(self, turn: TurnView, view: RoundView) -> None:
        """Show the turn's round as it is now."""
        there = tr("Done earlier") if turn.status is TurnStatus.EARLIER else tr("Applied")
        self.switch.setChecked(view.enabled)
        self.switch.setText(there if view.enabled else tr("Off"))
        self.switch.setToolTip(
            tr("Switch this off: what it changed is put back, what came later stays")
            if view.enabled
            else tr("Switch this on again")
        )
        edited = self._session.state.mask_of == self._number
        self.mask_button.setVisible(view.enabled)
        self.mask_button.setText(tr("Done") if edited else tr("Mask"))
        self.mask_button.setToolTip(
            tr("Strokes no longer change what this retouched")
            if edited
            else tr("Brush and erase where this retouches")
        )
        decides = view.enabled and bool(view.free)
        self._strength.setVisible(view.strength > 0)
        self.slider.setEnabled(decides)
        self.slider.setToolTip(
            tr("How strongly this retouches; no network runs for it")
            if decides
            else self.note.text()
            if view.enabled
            else tr("Switch it on to change its strength")
        )
        self.note.setVisible(view.enabled and not view.free)
        self.slider.show_value(round(100 * view.strength))
        self._show_percent()

    def _show_percent(self) -> None:
        self._percent.show_percent(self.slider.value())
        self._percent.setEnabled(self.slider.isEnabled())

    def _turn(self, on: bool) -> None:
        self._session.set_round(self._number, enabled=on)

    def _try(self, value: int) -> None:
        self._show_percent()
        self._session.try_round(self._number, value / 100)

    def _settle(self, value: int) -> None:
        self._show_percent()
        self._session.set_round(self._number, strength=value / 100)

    def _ask_mask(self) -> None:
        edited = self._session.state.mask_of == self._number
        self.mask_asked.emit(None if edited else self._number)
