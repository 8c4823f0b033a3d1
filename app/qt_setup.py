"""What has to be put right before the first Qt call."""

import ctypes
import importlib
import os
import sys
from pathlib import Path

XCB_PACKAGES = (
    "libegl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 "
    "libxcb-image0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0"
)
_FIRST_LOSING = (6, 12)
_MANY = 1 << 40


def prepare_qt() -> None:
    """Clear what others left for Qt in the environment, and outlive a defect of PySide6."""
    forget_foreign_qt()
    keep_none_alive()


def forget_foreign_qt() -> None:
    """Clear the Qt paths that opencv-python leaves in the environment; its plugins are Qt 5's."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in os.environ.get(name, ""):
            del os.environ[name]


def keep_none_alive() -> None:
    """Give None references enough for PySide6 6.12 on Python 3.11.

    There every Qt call that returns nothing takes one reference from None (sys.getrefcount falls
    by 200 in 200 calls); when they run out the interpreter aborts, after some minutes of painting.
    From Python 3.12 on None is immortal. PySide6 6.11.2 does not do it, and is what installs here.
    """
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return
    import PySide6

    if tuple(map(int, PySide6.__version__.split(".")[:2])) >= _FIRST_LOSING:
        count = ctypes.c_ssize_t.from_address(id(None))
        if count.value < _MANY:
            count.value += 2 * _MANY


def missing_display() -> str:
    """Return why no window can be shown, with what to do about it; empty if it can.

    Qt would end the process with an abort instead of saying so.
    """
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if not sys.platform.startswith("linux") or platform.split(":")[0] in ("offscreen", "minimal"):
        return ""
    advice = f"On Debian or Ubuntu: sudo apt install {XCB_PACKAGES}"
    try:
        importlib.import_module("PySide6.QtWidgets")
    except ImportError as error:
        return f"The window needs system libraries that are missing ({error}).\n{advice}"
    if platform.startswith("wayland") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    if not os.environ.get("DISPLAY"):
        return "There is no display to show the window on. Start it from a desktop session."
    missing = _missing_xcb()
    if missing:
        return f"The window needs system libraries that are missing ({missing}).\n{advice}"
    return ""


def _missing_xcb() -> str:
    """Try to load Qt's plugin for X11; return the loader's complaint, or nothing."""
    import PySide6

    plugin = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    if not plugin.exists():
        return ""
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return str(error)
    return ""
