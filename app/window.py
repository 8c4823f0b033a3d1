"""The main window: canvas in the middle, chat right, what was found and the history left."""

import math
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QActionGroup, QCloseEvent, QIcon
from PySide6.QtWidgets import (
    QDockWidget,
    QLabel,
    QMainWindow,
    QMenu,
    QSlider,
    QToolBar,
    QToolButton,
    QWidget,
)

from app.actions import Actions
from app.chat.panel import ChatPanel
from app.files import FileDesk
from app.i18n import tr, tr_count
from app.panels.found import FoundPanel
from app.panels.history import HistoryPanel
from app.resources import resource_folder
from app.session import AppSession
from app.snapshot import Failure
from app.stage import Stage
from app.status import StatusLine
from app.theme import Look, Theme

FIRST_SIZE = QSize(1440, 900)


class MainWindow(QMainWindow):
    """Puts the parts together; the session holds everything that they show."""

    def __init__(self, session: AppSession, theme: Theme) -> None:
        super().__init__()
        self.session = session
        self.theme = theme
        self.stage = Stage(session, theme)
        self.canvas = self.stage.canvas
        self.files = FileDesk(session, self)
        self.actions_ = Actions(session, theme, self)
        self.addActions(self.actions_.all())
        self.setCentralWidget(self.stage)
        self.chat = ChatPanel(session, theme)
        self.found = FoundPanel(session, theme)
        self.history = HistoryPanel(session)
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        self._docks = [
            self._dock("found", tr("Found"), self.found, left),
            self._dock("history", tr("History"), self.history, left),
            self._dock("chat", tr("Chat"), self.chat, right),
        ]
        self.status_line = StatusLine(session, self.canvas)
        self.setStatusBar(self.status_line)
        self._make_toolbar()
        self._make_menus()
        self._connect()
        self._closing = False
        self.setWindowIcon(QIcon(str(resource_folder() / "icons" / "retouchgpt.svg")))
        self.resize(FIRST_SIZE)
        self.resizeDocks([self._docks[0], self._docks[2]], [262, 352], Qt.Orientation.Horizontal)
        self.resizeDocks(self._docks[:2], [600, 150], Qt.Orientation.Vertical)
        self._on_title()

    def open(self, path: Path) -> None:
        """Open a photo, as the command line asks for it."""
        self.files.open(path)

    def _dock(self, name: str, title: str, inside: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        label = QLabel(title)
        label.setObjectName("dockTitle")
        dock.setTitleBarWidget(label)
        inside.setMinimumWidth(320 if name == "chat" else 240)
        dock.setWidget(inside)
        self.addDockWidget(area, dock)
        return dock

    def _make_toolbar(self) -> None:
        bar = QToolBar(tr("Tools"), self)
        bar.setObjectName("tools")
        bar.setMovable(False)
        bar.setIconSize(QSize(22, 22))
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.addToolBar(bar)
        for group in (
            ("open", "save"),
            ("undo", "redo", "reset"),
            ("look", "brush", "eraser"),
        ):
            for name in group:
                bar.addAction(self.actions_[name])
            bar.addSeparator()
        self._size = QSlider(Qt.Orientation.Horizontal)
        self._size.setRange(0, 100)
        self._size.setFixedWidth(110)
        self._size.setAccessibleName(tr("Brush size"))
        self._size.setToolTip(tr("Brush size ([ and ])"))
        self._size.valueChanged.connect(
            lambda value: self.session.set_brush_radius(_radius_of(value))
        )
        bar.addWidget(self._size)
        self._size_words = QLabel()
        self._size_words.setObjectName("hint")
        self._size_words.setFixedWidth(60)
        self._size_words.setIndent(7)
        bar.addWidget(self._size_words)
        bar.addSeparator()
        bar.addAction(self.actions_["overlay"])
        self._before = QToolButton()
        self._before.setToolTip(tr("Hold to see the photo before (X)"))
        self._before.setAccessibleName(tr("Before"))
        self._before.pressed.connect(lambda: self.canvas.hold_before(True))
        self._before.released.connect(lambda: self.canvas.hold_before(False))
        bar.addWidget(self._before)
        bar.addAction(self.actions_["split"])
        bar.addAction(self.actions_["side"])
        bar.addSeparator()
        bar.addAction(self.actions_["fit"])
        bar.addAction(self.actions_["actual"])

    def _make_menus(self) -> None:
        actions = self.actions_
        menus = (
            (tr("&File"), ("open", "", "save", "save_as", "", "quit")),
            (tr("&Edit"), ("undo", "redo", "reset", "", "apply", "discard", "", "chat")),
            (tr("&Tool"), ("look", "brush", "eraser", "", "smaller", "larger", "softer", "harder")),
            (
                tr("&View"),
                (
                    "fit",
                    "actual",
                    "double",
                    "zoom_in",
                    "zoom_out",
                    "",
                    "overlay",
                    "split",
                    "side",
                    "",
                ),
            ),
        )
        menu = QMenu(self)
        for title, names in menus:
            menu = self.menuBar().addMenu(title)
            for name in names:
                if name:
                    menu.addAction(actions[name])
                else:
                    menu.addSeparator()
        for dock in self._docks:
            menu.addAction(dock.toggleViewAction())
        looks = menu.addMenu(tr("&Theme"))
        group = QActionGroup(self)
        words = {
            Look.SYSTEM: tr("As the &system"),
            Look.DARK: tr("&Dark"),
            Look.LIGHT: tr("&Light"),
        }
        for look in Look:
            action = looks.addAction(words[look])
            action.setCheckable(True)
            action.setChecked(look is self.theme.look)
            action.triggered.connect(lambda _checked=False, k=look: self.theme.set_look(k))
            group.addAction(action)

    def _connect(self) -> None:
        session, actions = self.session, self.actions_
        actions["open"].triggered.connect(self.files.ask_open)
        actions["save"].triggered.connect(self.files.save)
        actions["save_as"].triggered.connect(self.files.ask_save)
        actions["quit"].triggered.connect(self.close)
        actions["chat"].triggered.connect(self.chat.entry.setFocus)
        actions["fit"].triggered.connect(self.canvas.fit)
        actions["actual"].triggered.connect(lambda: self.canvas.magnify(1.0))
        actions["double"].triggered.connect(lambda: self.canvas.magnify(2.0))
        actions["zoom_in"].triggered.connect(lambda: self.canvas.zoom_by(1.25))
        actions["zoom_out"].triggered.connect(lambda: self.canvas.zoom_by(0.8))
        self.stage.open_asked.connect(self.files.ask_open)
        self.canvas.file_dropped.connect(self.files.open)
        self.chat.entry.left.connect(self.canvas.setFocus)
        self.found.pointed_at.connect(self.canvas.look_at)
        self.chat.pointed_at.connect(self.canvas.look_at)
        session.failed.connect(self._on_failed)
        session.saved.connect(self._on_saved)
        session.photo_changed.connect(self._on_photo)
        session.state_changed.connect(self._on_state)
        session.dirty_changed.connect(self._on_title)
        session.tool_changed.connect(self._on_tool)
        session.photo_changed.connect(self._on_tool)
        self.theme.changed.connect(self._on_theme)
        self._on_theme()
        self._on_tool()

    def _on_photo(self) -> None:
        self.stage.banner.hide()
        photo = self.session.photo
        if photo is not None and photo.notes:
            self._note(tr("{name} was opened.", name=photo.path.name), photo.notes)
        self.status_line.say("")
        self._on_title()
        QTimer.singleShot(0, self.chat.entry, self.chat.entry.setFocus)

    def _note(self, sentence: str, notes: Sequence[str]) -> None:
        self.stage.banner.show_notes(sentence, notes)
        self.stage.place_banner()

    def _on_state(self) -> None:
        self.stage.banner.settle()
        state = self.session.state
        if state.pending is not None:
            count = len(state.pending_marks)
            self.status_line.say(
                tr_count(
                    "1 mark will change. Correct it with the brush (B) and eraser (E), "
                    "then apply (Ctrl+Enter).",
                    "{count} marks will change. Correct them with the brush (B) and eraser (E), "
                    "then apply (Ctrl+Enter).",
                    count,
                )
            )
        elif self.session.analysed:
            self.status_line.say("")

    def _on_failed(self, failure: Failure) -> None:
        if failure.cancelled:
            self.status_line.say(f"{failure.sentence} {failure.next_step}")
            return
        self.stage.banner.show_failure(failure)
        self.stage.place_banner()

    def _on_saved(self, path: Path, notes: Sequence[str]) -> None:
        self.stage.banner.hide()
        if notes:
            self._note(tr("{name} was saved.", name=path.name), notes)
        words = tr("Saved as {name}.", name=path.name)
        if self.session.state.pending is not None:
            words += " " + tr("What is still proposed is not in it.")
        self.status_line.say(words)

    def _on_title(self) -> None:
        photo = self.session.photo
        name = f"{photo.path.name}[*] - " if photo else ""
        self.setWindowTitle(f"{name}RetouchGPT")
        self.setWindowModified(self.session.dirty)

    def _on_tool(self) -> None:
        radius = self.session.brush_radius
        self._size.blockSignals(True)
        self._size.setValue(_value_of(radius))
        self._size.blockSignals(False)
        self._size_words.setText(tr("{size} px", size=round(2 * radius)))
        self._size.setEnabled(self.session.has_work)
        self._before.setEnabled(self.session.photo is not None)

    def _on_theme(self) -> None:
        self._before.setIcon(self.theme.icon("before"))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closing and self.session.dirty:
            event.ignore()
            self.files.guard(self.close_without_asking)
            return
        self._closing = True
        self.hide()
        self.session.stop()
        super().closeEvent(event)

    def close_without_asking(self) -> None:
        """Close although work may be lost; the user was asked, or nobody is there."""
        self._closing = True
        self.close()


_LEAST, _MOST = 1.0, 400.0


def _radius_of(value: int) -> float:
    """Map the slider (0 to 100) to a radius in photo pixels, even in ratio."""
    return _LEAST * (_MOST / _LEAST) ** (value / 100)


def _value_of(radius: float) -> int:
    return round(100 * math.log(max(radius, _LEAST) / _LEAST) / math.log(_MOST / _LEAST))
