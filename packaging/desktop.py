"""Tell a Linux desktop about RetouchGPT: its menu entry, its project files and their icons.

    python3 packaging/run.py desktop             for this user
    python3 packaging/run.py desktop remove      take it back

On Windows and macOS nothing is registered: open a project from the app or as its argument.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT_TYPE = "application-x-retouchgpt-project"
_REFRESH = (
    ("update-mime-database", "mime"),
    ("update-desktop-database", "applications"),
    ("gtk-update-icon-cache", "icons/hicolor"),
)


def places(data: Path) -> dict[Path, Path]:
    """Return what goes where below the user's data folder: target and source."""
    icons = data / "icons" / "hicolor" / "scalable"
    pictures = ROOT / "resources" / "icons"
    here = ROOT / "packaging"
    return {
        data / "applications" / "retouchgpt.desktop": here / "retouchgpt.desktop",
        data / "mime" / "packages" / "retouchgpt-project.xml": here / "retouchgpt-project.xml",
        icons / "apps" / "retouchgpt.svg": pictures / "retouchgpt.svg",
        icons / "mimetypes" / f"{PROJECT_TYPE}.svg": pictures / "project.svg",
    }


def run_desktop(arguments: list[str], program: Path) -> int:
    """Install or remove the files; `program` is what the menu entry starts."""
    if platform.system() != "Linux":
        sys.exit("Only Linux desktops are told; open projects from the app here.")
    if arguments not in ([], ["remove"]):
        sys.exit(__doc__)
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    for target, source in places(data).items():
        if arguments:
            target.unlink(missing_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        words = source.read_text("utf-8")
        # A desktop entry quotes a path with spaces.
        target.write_text(words.replace("Exec=retouchgpt", f'Exec="{program}"'), "utf-8")
    for command, folder in _REFRESH:
        if shutil.which(command) and (data / folder).is_dir():
            subprocess.run([command, str(data / folder)], check=False, capture_output=True)
    done = "removed from" if arguments else "entered in"
    sys.stdout.write(f"RetouchGPT and its project files were {done} {data}.\n")
    return 0
