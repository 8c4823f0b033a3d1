"""The menu bar: every action, the recent photos, the panels and the themes."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu

from app.actions import Actions
from app.file_icons import icon_for
from app.i18n import tr
from app.settings import Settings
from app.theme import Look, Theme

_MENUS = (
    (
        "&File",
        (
            "open",
            "open_folder",
            "paste",
            "",
            "save",
            "save_as",
            "save_project",
            "export",
            "",
            "close",
            "quit",
        ),
    ),
    (
        "&Edit",
        (
            "undo",
            "redo",
            "reset",
            "",
            "apply",
            "discard",
            "",
            "copy",
            "chat",
            "phrases",
            "language",
        ),
    ),
    (
        "&Tool",
        (
            *("look", "brush", "eraser", "lasso", "fill", "face", ""),
            *("smaller", "larger", "softer", "harder"),
        ),
    ),
    (
        "&View",
        (
            *("fit", "actual", "double", "zoom_in", "zoom_out", ""),
            *("overlay", "before", "split", "side", ""),
        ),
    ),
    ("F&older", ("previous", "next", "save_next", "", "apply_to_rest")),
    ("&Help", ("keys", "tour")),
)


class Menus(QObject):
    """Fills a window's menu bar; `open_asked` is sent for a recent photo."""

    open_asked = Signal(Path)

    def __init__(
        self,
        window: QMainWindow,
        actions: Actions,
        docks: list[QDockWidget],
        theme: Theme,
        settings: Settings,
        presets: QMenu,
        screens: QMenu,
    ) -> None:
        super().__init__(window)
        self._settings = settings
        self._theme = theme
        self._bar = window.menuBar()
        menus: dict[str, QMenu] = {}
        for title, names in _MENUS:
            menu = menus[title] = self._bar.addMenu(tr(title))
            for name in names:
                if name:
                    menu.addAction(actions[name])
                else:
                    menu.addSeparator()
        self.recent = QMenu(tr("Open &recent"), window)
        file = menus["&File"]
        file.insertMenu(actions["paste"], self.recent)
        menus["&Edit"].insertMenu(actions["copy"], presets)
        view = menus["&View"]
        for dock in docks:
            view.addAction(dock.toggleViewAction())
        self._make_looks(view)
        view.addMenu(screens)
        settings.recent_changed.connect(self._fill_recent)
        self._fill_recent()

    def _make_looks(self, view: QMenu) -> None:
        looks = view.addMenu(tr("&Theme"))
        group = QActionGroup(self)
        words = {
            Look.SYSTEM: tr("As the &system"),
            Look.DARK: tr("&Dark"),
            Look.LIGHT: tr("&Light"),
        }
        for look in Look:
            action = looks.addAction(words[look])
            action.setCheckable(True)
            action.setChecked(look is self._theme.look)
            action.triggered.connect(partial(self._set_look, look))
            group.addAction(action)

    def _set_look(self, look: Look) -> None:
        self._settings.look = look
        self._theme.set_look(look)

    def _fill_recent(self) -> None:
        self.recent.clear()
        paths = self._settings.recent
        for path in paths:
            action = self.recent.addAction(icon_for(path), path.name.replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(partial(self.open_asked.emit, path))
        self.recent.setToolTipsVisible(True)
        self.recent.setEnabled(bool(paths))
        if paths:
            self.recent.addSeparator()
            self.recent.addAction(tr("Empty this list")).triggered.connect(
                self._settings.forget_recent
            )
