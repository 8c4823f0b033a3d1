"""Set everything up in a virtual environment of its own, then run the app or the tests.

    python3 packaging/run.py app [PHOTO]     the app, on a sample portrait if no photo is named
    python3 packaging/run.py test [ARGS]     the tests
    python3 packaging/run.py setup           only the environment, for both
    python3 packaging/run.py desktop         the menu entry and project files of a Linux desktop

Nothing but Python's standard library is needed to start it.
"""

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON_NEEDED = (3, 11)
WINDOW_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
}
"""What PySide6's wheels expect of a Linux system, and the Debian package that has it."""
TEST_PROGRAMS = {"Xvfb": "xvfb", "xdotool": "xdotool"}


def say(text: str) -> None:
    """Print a line of progress at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def missing_packages(with_tests: bool) -> list[str]:
    """Return the Debian packages that this machine lacks (none on other systems)."""
    if platform.system() != "Linux":
        return []
    missing: list[str] = []
    for library, package in WINDOW_LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    if with_tests:
        missing += [pkg for program, pkg in TEST_PROGRAMS.items() if not shutil.which(program)]
    return missing


def require_packages(with_tests: bool) -> None:
    """Leave with the line to type if a system package is missing."""
    missing = missing_packages(with_tests)
    if missing:
        sudo = "" if os.name != "posix" or os.geteuid() == 0 else "sudo "
        sys.exit(
            f"These system packages are missing: {', '.join(missing)}.\n"
            f"Install them, then run the same command again:\n"
            f"    {sudo}apt-get update && {sudo}apt-get install -y {' '.join(missing)}"
        )


def environment_python() -> Path:
    folder = "Scripts" if os.name == "nt" else "bin"
    return ENVIRONMENT / folder / ("python.exe" if os.name == "nt" else "python")


def set_up() -> Path:
    """Make or refresh the virtual environment and return its Python."""
    python = environment_python()
    stamp = ENVIRONMENT / "installed.txt"
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    if not python.exists():
        say(f"Making a virtual environment in {ENVIRONMENT} ...")
        made = subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=False)
        if made.returncode:
            shutil.rmtree(ENVIRONMENT, ignore_errors=True)
            version = sysconfig.get_python_version()
            sys.exit(
                "Python could not make a virtual environment.\n"
                f"On Debian or Ubuntu: apt-get install -y python{version}-venv"
            )
    say("Installing what RetouchGPT needs (once; about 1.5 GB on disk) ...")
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*install, "--editable", f"{ROOT}[test]"], check=False, cwd=ROOT)
    if done.returncode:
        sys.exit("The installation stopped; pip's lines above say why. Run the command again.")
    stamp.write_text(wanted)
    return python


def has_display() -> bool:
    if platform.system() != "Linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run_app(arguments: list[str]) -> int:
    """Open the app; with no display, retouch the sample from the command line."""
    python = set_up()
    retouchgpt = [str(python), "-m", "app.entry"]
    if not arguments:
        sample = ENVIRONMENT / "sample portrait.png"
        made = subprocess.run([*retouchgpt, "sample", "-o", str(sample)], check=False)
        if made.returncode:
            return made.returncode
        arguments = [str(sample)]
    if has_display():
        require_packages(with_tests=False)
        return subprocess.run([*retouchgpt, *arguments], check=False).returncode
    result = ROOT / "sample retouched.png"
    say("There is no display here, so the sample is retouched from the command line:")
    order = "remove the acne and the acne marks, keep the moles"
    say(f'    retouchgpt edit "{arguments[0]}" --say "{order}" -o "{result}"')
    command = [*retouchgpt, "edit", arguments[0], "--say", order, "-o", str(result)]
    done = subprocess.run(command, check=False)
    if done.returncode == 0:
        say(f"The sample is {arguments[0]}\nThe result is {result}")
    return done.returncode


def run_tests(arguments: list[str]) -> int:
    require_packages(with_tests=True)
    python = set_up()
    return subprocess.run(
        [str(python), "-m", "pytest", *arguments], check=False, cwd=ROOT
    ).returncode


def main(arguments: list[str]) -> int:
    """Carry out the command; see the module's docstring."""
    if sys.version_info < PYTHON_NEEDED:
        sys.exit(f"RetouchGPT needs Python 3.11 or newer; this is {platform.python_version()}.")
    match arguments:
        case ["app", *rest]:
            return run_app(rest)
        case ["test", *rest]:
            return run_tests(rest)
        case ["desktop", *rest]:
            from desktop import run_desktop

            return run_desktop(rest, set_up().with_name("retouchgpt"))
        case ["setup"]:
            set_up()
            return 0
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
