"""The toolbar: files, history, tools with the brush's size, and ways to look."""

import math

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QSlider, QToolBar, QToolButton, QWidget

from app.actions import Actions
from app.canvas.view import Canvas
from app.i18n import tr
from app.session import AppSession
from app.theme import Theme

_LEAST, _MOST = 1.0, 400.0


class Toolbar(QToolBar):
    """What is used most, in the order of a round."""

    def __init__(
        self,
        session: AppSession,
        actions: Actions,
        canvas: Canvas,
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(tr("Tools"), parent)
        self._session = session
        self._theme = theme
        self.setObjectName("tools")
        self.setMovable(False)
        self.setIconSize(QSize(22, 22))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        for group in (
            ("open", "save"),
            ("undo", "redo", "reset"),
            ("look", "brush", "eraser", "lasso", "fill"),
        ):
            for name in group:
                self.addAction(actions[name])
            self.addSeparator()
        self._size = QSlider(Qt.Orientation.Horizontal)
        self._size.setRange(0, 100)
        self._size.setFixedWidth(110)
        self._size.setAccessibleName(tr("Brush size"))
        self._size.setToolTip(tr("Brush size ([ and ], or Ctrl and the wheel)"))
        self._size.valueChanged.connect(lambda value: session.set_brush_radius(_radius_of(value)))
        self.addWidget(self._size)
        self._words = self._label(60)
        self.feather = QSlider(Qt.Orientation.Horizontal)
        self.feather.setRange(0, 100)
        self.feather.setFixedWidth(70)
        self.feather.setPageStep(10)
        self.feather.setAccessibleName(tr("Feather"))
        keys = tr("({ and }, or Shift and the wheel)")
        words = tr("Feather: how soft the edge of brush, lasso and fill is")
        self.feather.setToolTip(f"{words} {keys}")
        self.feather.valueChanged.connect(lambda value: session.set_hardness(1 - value / 100))
        self.addWidget(self.feather)
        self._soft = self._label(104)
        self.addSeparator()
        self.addAction(actions["overlay"])
        self._before = QToolButton()
        self._before.setToolTip(tr("Hold to see the photo before (X)"))
        self._before.setAccessibleName(tr("Before"))
        self._before.pressed.connect(lambda: canvas.hold_before(True))
        self._before.released.connect(lambda: canvas.hold_before(False))
        self.addWidget(self._before)
        self.addAction(actions["split"])
        self.addAction(actions["side"])
        self.addSeparator()
        self.addAction(actions["fit"])
        self.addAction(actions["actual"])
        for action in self.actions():
            button = self.widgetForAction(action)
            if isinstance(button, QToolButton) and not button.accessibleName():
                button.setAccessibleName(action.text())
        session.tool_changed.connect(self._settle)
        session.photo_changed.connect(self._settle)
        session.state_changed.connect(self._settle)
        theme.changed.connect(self._on_theme)
        self._on_theme()
        self._settle()

    def _label(self, width: int) -> QLabel:
        label = QLabel()
        label.setObjectName("hint")
        label.setFixedWidth(width)
        label.setIndent(7)
        self.addWidget(label)
        return label

    def _settle(self) -> None:
        session = self._session
        self._size.blockSignals(True)
        self._size.setValue(_value_of(session.brush_radius))
        self._size.blockSignals(False)
        self.feather.blockSignals(True)
        self.feather.setValue(round(100 - 100 * session.brush_hardness))
        self.feather.blockSignals(False)
        self._words.setText(tr("{size} px", size=round(2 * session.brush_radius)))
        self._soft.setText(tr("Feather {percent} %", percent=self.feather.value()))
        self._size.setEnabled(session.has_work)
        self.feather.setEnabled(session.has_work)
        self._before.setEnabled(session.photo is not None)

    def _on_theme(self) -> None:
        self._before.setIcon(self._theme.icon("before"))


def _radius_of(value: int) -> float:
    """Map the slider (0 to 100) to a radius in photo pixels, even in ratio."""
    return _LEAST * (_MOST / _LEAST) ** (value / 100)


def _value_of(radius: float) -> int:
    return round(100 * math.log(max(radius, _LEAST) / _LEAST) / math.log(_MOST / _LEAST))
