"""Project files are known by their icon: in the window, in dialogs, and on a Linux desktop."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QFileInfo
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFileDialog, QPushButton

from app.file_icons import FileIcons, project_icon
from tests.app.conftest import Desk

ROOT = Path(__file__).resolve().parents[2]


def drawn(icon: QIcon) -> bytes:
    return bytes(icon.pixmap(16, 16).toImage().constBits())


def test_recent_projects_and_the_open_dialog_show_the_icon(desk: Desk, tmp_path: Path) -> None:
    desk.window.settings.remember(tmp_path / "anna.jpg")
    desk.window.settings.remember(tmp_path / "anna.rgpt")
    project, photo = desk.window.menus.recent.actions()[:2]
    assert drawn(project.icon()) == drawn(project_icon())
    assert photo.icon().isNull()
    links = {b.text(): b for b in desk.window.stage.findChildren(QPushButton)}
    assert not links["anna.rgpt"].icon().isNull()
    assert links["anna.jpg"].icon().isNull()
    desk.window.actions_["open"].trigger()
    dialog = desk.file_dialog()
    provider = dialog.iconProvider()
    assert isinstance(provider, FileIcons)
    (tmp_path / "anna.rgpt").write_bytes(b"")
    assert drawn(provider.icon(QFileInfo(str(tmp_path / "anna.rgpt")))) == drawn(project_icon())
    assert drawn(provider.icon(QFileInfo(str(tmp_path)))) != drawn(project_icon())
    dialog.reject()
    desk.wait(lambda: desk.window.findChild(QFileDialog) is None)


@pytest.mark.skipif(sys.platform != "linux", reason="the desktop of Linux")
def test_a_linux_desktop_learns_the_type_and_forgets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    run_desktop = runpy.run_path(str(ROOT / "packaging" / "desktop.py"))["run_desktop"]
    program = tmp_path / "my programs" / "retouchgpt"
    assert run_desktop([], program) == 0
    entry = (tmp_path / "data" / "applications" / "retouchgpt.desktop").read_text()
    assert f'Exec="{program}" %f' in entry
    assert "application/x-retouchgpt-project" in entry
    asked = (
        "from PySide6.QtCore import QMimeDatabase; t = QMimeDatabase().mimeTypeForFile('a.rgpt', "
        "QMimeDatabase.MatchMode.MatchExtension); print(t.name(), t.comment(), t.iconName())"
    )
    command = [sys.executable, "-c", asked]
    known = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=True)
    name = "application/x-retouchgpt-project"
    icon = "application-x-retouchgpt-project"
    assert known.stdout.strip() == f"{name} RetouchGPT project {icon}"
    icons = tmp_path / "data" / "icons" / "hicolor" / "scalable" / "mimetypes"
    assert (icons / f"{icon}.svg").is_file()
    assert run_desktop(["remove"], program) == 0
    assert not list((tmp_path / "data").rglob("*.svg"))
    after = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=True)
    assert name not in after.stdout
