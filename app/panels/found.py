"""The imperfections that were found: kind, count, visibility, lock, strength."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.engine_port import MarkLike
from app.i18n import tr
from app.percent_label import PercentLabel
from app.session import AppSession
from app.swatch import swatch
from app.theme import Theme
from app.words import capital, kind_words
from retouchgpt_core.geometry import Box
from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.vocabulary import KINDS, REGIONS, Kind


class KindRow(QWidget):
    """One kind: its colour, name and count; an eye, a lock and a strength."""

    pointed_at = Signal(object)

    def __init__(self, session: AppSession, theme: Theme, kind: Kind) -> None:
        super().__init__()
        self._session = session
        self._theme = theme
        self._kind = kind
        self._marks: tuple[MarkLike, ...] = ()
        name = capital(kind_words(kind))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 2, 8, 2)
        rows.setSpacing(0)
        top = QHBoxLayout()
        top.setSpacing(7)
        spot = QLabel()
        spot.setPixmap(swatch(kind, 14))
        top.addWidget(spot)
        top.addWidget(QLabel(name))
        self._count = QLabel()
        self._count.setObjectName("count")
        top.addWidget(self._count)
        top.addStretch(1)
        self.eye = self._button(tr("Show {kind} in the overlay", kind=name))
        self.eye.clicked.connect(self._toggle_shown)
        top.addWidget(self.eye)
        self.lock = self._button(tr("Keep all {kind} whatever is said", kind=name))
        self.lock.clicked.connect(self._toggle_locked)
        top.addWidget(self.lock)
        rows.addLayout(top)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(20, 0, 6, 0)
        bottom.setSpacing(8)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self.slider.setAccessibleName(tr("Strength of {kind}", kind=name))
        self.slider.setToolTip(
            tr("How much of it is retouched: 0 % as photographed, 100 % removed")
        )
        self.slider.valueChanged.connect(self._on_value)
        self.slider.sliderReleased.connect(self._commit)
        bottom.addWidget(self.slider, 1)
        self._percent = PercentLabel()
        bottom.addWidget(self._percent)
        rows.addLayout(bottom)

    @staticmethod
    def _button(tip: str) -> QToolButton:
        button = QToolButton()
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRaise(True)
        return button

    def fill(self, marks: Sequence[MarkLike]) -> None:
        """Show these marks, all of the row's kind."""
        self._marks = tuple(marks)
        state = self._session.state
        self._count.setText(str(len(marks)))
        shown = self._kind not in self._session.hidden_kinds
        self.eye.setIcon(self._theme.icon("before" if shown else "hidden"))
        locked = all(m.id in state.locks for m in marks)
        self.lock.setIcon(self._theme.icon("lock" if locked else "unlock"))
        strengths = [state.strengths.get(m.id, 0.0) for m in marks]
        self.slider.setEnabled(not locked)
        if not self.slider.isSliderDown():
            self.slider.blockSignals(True)
            self.slider.setValue(round(100 * sum(strengths) / len(strengths)))
            self.slider.blockSignals(False)
        self._show_percent(mixed=max(strengths) - min(strengths) > 0.005)

    def _show_percent(self, mixed: bool = False) -> None:
        if mixed and not self.slider.isSliderDown():
            self._percent.setText(tr("mixed"))
        else:
            self._percent.show_percent(self.slider.value())

    def _on_value(self) -> None:
        self._show_percent()
        if not self.slider.isSliderDown():
            self._commit()

    def _commit(self) -> None:
        free = [m.id for m in self._marks if m.id not in self._session.state.locks]
        value = self.slider.value()
        label = tr("{kind} at {percent} %", kind=capital(kind_words(self._kind)), percent=value)
        edit = Edit((self._kind,), REGIONS, strength=value / 100)
        self._session.set_strength(free, value / 100, label, Plan(Action.RETOUCH, (edit,)))

    def _toggle_shown(self) -> None:
        self._session.hide_kinds(self._session.hidden_kinds ^ {self._kind})

    def _toggle_locked(self) -> None:
        ids = [m.id for m in self._marks]
        locked = all(i in self._session.state.locks for i in ids)
        kind = capital(kind_words(self._kind))
        label = tr("Unlock: {mark}", mark=kind) if locked else tr("Keep: {mark}", mark=kind)
        keep = None if locked else Plan(Action.RETOUCH, (), (Keep((self._kind,), REGIONS),))
        self._session.set_locked(ids, not locked, label, keep)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._session.point_at(self._kind)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._session.point_at(None)

    def mouseDoubleClickEvent(self, event: object) -> None:
        del event
        area = Box(0, 0, 0, 0)
        for mark in self._marks:
            area = area.union(mark.box)
        if not area.empty:
            self.pointed_at.emit(area)


class FoundPanel(QScrollArea):
    """A row for each kind that is in the photo."""

    pointed_at = Signal(object)

    def __init__(self, session: AppSession, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._session = session
        self._theme = theme
        self.rows: dict[Kind, KindRow] = {}
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, 0, 8)
        self._list.setSpacing(2)
        self._shown = QWidget()
        self._list.addWidget(self._make_shown())
        self.hint = QLabel()
        self.hint.setObjectName("hint")
        self.hint.setWordWrap(True)
        self.hint.setContentsMargins(14, 2, 12, 2)
        self._list.addWidget(self.hint)
        self._list.addStretch(1)
        self.setWidget(inside)
        session.state_changed.connect(self._fill)
        session.looking_changed.connect(self._fill)
        session.view_changed.connect(self._fill)
        theme.changed.connect(self._fill)
        self._fill()

    def _make_shown(self) -> QWidget:
        """Make the row that says how strongly the marks are tinted."""
        row = QHBoxLayout(self._shown)
        row.setContentsMargins(12, 2, 14, 4)
        row.setSpacing(8)
        label = QLabel(tr("Tint"))
        label.setObjectName("hint")
        row.addWidget(label)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(10, 200)
        self.opacity.setPageStep(20)
        self.opacity.setValue(round(100 * self._session.overlay_opacity))
        self.opacity.setAccessibleName(tr("How strongly marks are tinted"))
        self.opacity.setToolTip(tr("How strongly the marks are tinted (O shows and hides them)"))
        self.opacity.valueChanged.connect(lambda value: self._session.set_opacity(value / 100))
        row.addWidget(self.opacity, 1)
        return self._shown

    def _fill(self) -> None:
        groups: dict[Kind, list[MarkLike]] = {}
        for mark in self._session.state.marks:
            groups.setdefault(mark.kind, []).append(mark)
        for kind in [k for k in self.rows if k not in groups]:
            row = self.rows.pop(kind)
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        for kind in KINDS:
            if kind in groups and kind not in self.rows:
                row = KindRow(self._session, self._theme, kind)
                row.pointed_at.connect(self.pointed_at)
                before = sum(1 for k in self.rows if KINDS.index(k) < KINDS.index(kind))
                self._list.insertWidget(2 + before, row)
                self.rows[kind] = row
        for kind, marks in groups.items():
            self.rows[kind].fill(marks)
        self.hint.setVisible(not groups)
        self._shown.setVisible(bool(groups))
        self._shown.setEnabled(self._session.overlay_shown)
        if self._session.photo is None:
            self.hint.setText(tr("What is found in a photo is listed here."))
        elif not self._session.analysed:
            looking = self._session.looking
            self.hint.setText(tr("Looking…") if looking else tr("No face was looked at."))
        else:
            self.hint.setText(tr("Nothing was found. Paint over a spot to heal it."))
