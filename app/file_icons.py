"""The icon by which a project is known among other files."""

from functools import cache
from pathlib import Path

from PySide6.QtCore import QFileInfo
from PySide6.QtGui import QAbstractFileIconProvider, QIcon
from PySide6.QtWidgets import QFileIconProvider

from app.resources import resource_folder

PROJECT = ".rgpt"


@cache
def project_icon() -> QIcon:
    """Return the icon of project files."""
    return QIcon(str(resource_folder() / "icons" / "project.svg"))


def icon_for(path: Path) -> QIcon:
    """Return the project icon for a project, and none for anything else."""
    return project_icon() if path.suffix.lower() == PROJECT else QIcon()


class FileIcons(QFileIconProvider):
    """Gives Qt's own file dialog the project icon; a system's own dialog brings its icons."""

    def icon(self, what: QAbstractFileIconProvider.IconType | QFileInfo, /) -> QIcon:  # pyright: ignore[reportIncompatibleMethodOverride]
        if isinstance(what, QFileInfo) and f".{what.suffix().lower()}" == PROJECT:
            return project_icon()
        return super().icon(what)
