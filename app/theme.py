"""The window's two looks, dark and light: neutral greys, so that skin is judged against grey."""

import json
from enum import StrEnum
from functools import cache

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from app.resources import resource_folder


class Look(StrEnum):
    """Which theme to show."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


class Theme(QObject):
    """The theme in use; `changed` is sent after the application has been restyled."""

    changed = Signal()

    def __init__(self, application: QApplication, look: Look = Look.SYSTEM) -> None:
        super().__init__(application)
        self._application = application
        self.look = look
        application.setStyle("Fusion")
        application.styleHints().colorSchemeChanged.connect(self._follow)
        self._colours: dict[str, str] = {}
        self._icons: dict[str, QIcon] = {}
        self._show()

    @property
    def dark(self) -> bool:
        """Whether the dark colours are shown; dark too where the system says nothing."""
        if self.look is Look.SYSTEM:
            return self._application.styleHints().colorScheme() is not Qt.ColorScheme.Light
        return self.look is Look.DARK

    def set_look(self, look: Look) -> None:
        """Show another theme."""
        self.look = look
        self._show()

    def colour(self, name: str) -> QColor:
        """Return a colour of the theme files."""
        return QColor(self._colours[name])

    def icon(self, name: str) -> QIcon:
        """Return an icon of `resources/icons` in the theme's text colour, muted if disabled."""
        if name not in self._icons:
            icon = QIcon()
            icon.addPixmap(_drawn(name, self._colours["text"]), QIcon.Mode.Normal)
            icon.addPixmap(_drawn(name, self._colours["disabled"]), QIcon.Mode.Disabled)
            self._icons[name] = icon
        return self._icons[name]

    def pixmap(self, name: str, colour: str, size: int) -> QPixmap:
        """Return an icon in one of the theme's colours; size in device-independent pixels."""
        return _drawn(name, self._colours[colour], size)

    def _follow(self) -> None:
        if self.look is Look.SYSTEM:
            self._show()

    def _show(self) -> None:
        self._colours = _colours("dark" if self.dark else "light")
        self._icons.clear()
        self._application.setPalette(self._palette())
        self._application.setStyleSheet(_styled(_sheet(), self._colours))
        self.changed.emit()

    def _palette(self) -> QPalette:
        palette = QPalette()
        roles = {
            QPalette.ColorRole.Window: "window",
            QPalette.ColorRole.WindowText: "text",
            QPalette.ColorRole.Base: "field",
            QPalette.ColorRole.AlternateBase: "panel",
            QPalette.ColorRole.Text: "text",
            QPalette.ColorRole.Button: "raised",
            QPalette.ColorRole.ButtonText: "text",
            QPalette.ColorRole.Highlight: "accent",
            QPalette.ColorRole.HighlightedText: "on_accent",
            QPalette.ColorRole.PlaceholderText: "muted",
            QPalette.ColorRole.ToolTipBase: "tip",
            QPalette.ColorRole.ToolTipText: "tip_text",
            QPalette.ColorRole.Link: "accent_text",
        }
        for role, name in roles.items():
            palette.setColor(role, self.colour(name))
        for role in (
            QPalette.ColorRole.WindowText,
            QPalette.ColorRole.Text,
            QPalette.ColorRole.ButtonText,
        ):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.colour("disabled"))
        return palette


@cache
def _colours(name: str) -> dict[str, str]:
    return json.loads((resource_folder() / "themes" / f"{name}.json").read_text("utf-8"))


@cache
def _sheet() -> str:
    return (resource_folder() / "themes" / "window.qss").read_text("utf-8")


def _styled(sheet: str, colours: dict[str, str]) -> str:
    for name in sorted(colours, key=len, reverse=True):
        sheet = sheet.replace(f"@{name}", colours[name])
    return sheet


def _drawn(name: str, colour: str, size: int = 22) -> QPixmap:
    text = (resource_folder() / "icons" / f"{name}.svg").read_text("utf-8")
    renderer = QSvgRenderer(QByteArray(text.replace("currentColor", colour).encode()))
    ratio = 2.0
    pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
