"""Which colour profile the screen has: what the system says, or what the user chose."""

import ctypes
import ctypes.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from app.i18n import tr
from retouchgpt_core.errors import RetouchError

SYSTEM, STANDARD = "system", "srgb"
"""What `ScreenProfile.source` says besides the path of a file."""
MOST_BYTES = 16 << 20
_HEADER = 128
_SCREENS = (b"mntr", b"spac")
"""Profile classes that say what a screen, or a working space like sRGB, shows."""


@dataclass(frozen=True, slots=True)
class ScreenProfile:
    """A profile (ICC bytes, None for sRGB), what it is called, and where it came from."""

    source: str
    name: str = "sRGB"
    icc: bytes | None = None


def wished_profile(source: str) -> ScreenProfile:
    """Return what a remembered source means now. Raises RetouchError as `read_profile` does."""
    if source == STANDARD:
        return ScreenProfile(STANDARD)
    return system_profile() if source == SYSTEM else read_profile(Path(source))


def read_profile(path: Path) -> ScreenProfile:
    """Read a screen's profile. Raises RetouchError with one clear sentence if it is none."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise RetouchError(
            tr("{name} cannot be read.", name=path.name),
            tr("Choose another profile. ({why})", why=error.strerror or str(error)),
        ) from error
    if not is_screen_profile(data):
        raise no_profile(path.name)
    return ScreenProfile(str(path), path.name, data)


def no_profile(name: str) -> RetouchError:
    """Return the refusal of a file that says nothing about a screen."""
    return RetouchError(
        tr("{name} is no profile of a screen.", name=name),
        tr("Choose an .icc or .icm file that was made for this screen."),
    )


def is_screen_profile(data: bytes) -> bool:
    """Say whether the header is that of an RGB screen's ICC profile (ICC.1:2022, section 7.2)."""
    return (
        _HEADER < len(data) <= MOST_BYTES
        and data[36:40] == b"acsp"
        and data[12:16] in _SCREENS
        and data[16:20] == b"RGB "
    )


def system_profile() -> ScreenProfile:
    """Return the profile that the system names for the main screen; sRGB where it names none.

    Under Wayland the compositor does it, and takes our colours for sRGB.
    """
    data = b""
    if sys.platform == "darwin":
        data = _from_mac()
    elif sys.platform == "win32":
        data = _from_windows()
    elif _on_x11():
        data = _from_x11()
    if not is_screen_profile(data):
        return ScreenProfile(SYSTEM, tr("sRGB: the system names no profile"))
    return ScreenProfile(SYSTEM, tr("the system's profile"), data)


def _on_x11() -> bool:
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication.platformName() == "xcb" and bool(os.environ.get("DISPLAY"))


def _from_x11() -> bytes:
    """Read the root window's _ICC_PROFILE ("ICC Profiles in X", version 0.4)."""
    name = ctypes.util.find_library("X11")
    if name is None:
        return b""
    pointer, number = ctypes.c_void_p, ctypes.c_ulong
    x11 = ctypes.CDLL(name)
    x11.XOpenDisplay.restype = pointer
    x11.XOpenDisplay.argtypes = [ctypes.c_char_p]
    x11.XCloseDisplay.argtypes = [pointer]
    x11.XDefaultRootWindow.restype = number
    x11.XDefaultRootWindow.argtypes = [pointer]
    x11.XInternAtom.restype = number
    x11.XInternAtom.argtypes = [pointer, ctypes.c_char_p, ctypes.c_int]
    x11.XFree.argtypes = [pointer]
    x11.XGetWindowProperty.argtypes = [
        *(pointer, number, number, ctypes.c_long, ctypes.c_long, ctypes.c_int, number),
        *(ctypes.POINTER(number), ctypes.POINTER(ctypes.c_int)),
        *(ctypes.POINTER(number), ctypes.POINTER(number), ctypes.POINTER(pointer)),
    ]
    display = x11.XOpenDisplay(None)
    if not display:
        return b""
    try:
        atom = x11.XInternAtom(display, b"_ICC_PROFILE", True)
        if not atom:
            return b""
        kind, width, held = number(), ctypes.c_int(), pointer()
        count, left = number(), number()
        x11.XGetWindowProperty(
            *(display, x11.XDefaultRootWindow(display), atom, 0, MOST_BYTES // 4, False, 0),
            *(ctypes.byref(kind), ctypes.byref(width), ctypes.byref(count)),
            *(ctypes.byref(left), ctypes.byref(held)),
        )
        if not held.value:
            return b""
        data = ctypes.string_at(held.value, count.value) if width.value == 8 else b""
        x11.XFree(held)
        return data
    finally:
        x11.XCloseDisplay(display)


def _from_windows() -> bytes:
    from PIL import ImageCms

    profile = ImageCms.get_display_profile()
    return b"" if profile is None else profile.tobytes()


def _from_mac() -> bytes:
    """Ask CoreGraphics; Qt's windows have the screen's own colour space there."""
    found = ctypes.util.find_library("CoreGraphics"), ctypes.util.find_library("CoreFoundation")
    if found[0] is None or found[1] is None:
        return b""
    pointer = ctypes.c_void_p
    graphics, base = ctypes.CDLL(found[0]), ctypes.CDLL(found[1])
    graphics.CGMainDisplayID.restype = ctypes.c_uint32
    graphics.CGDisplayCopyColorSpace.restype = pointer
    graphics.CGDisplayCopyColorSpace.argtypes = [ctypes.c_uint32]
    graphics.CGColorSpaceCopyICCData.restype = pointer
    graphics.CGColorSpaceCopyICCData.argtypes = [pointer]
    base.CFDataGetLength.restype = ctypes.c_long
    base.CFDataGetLength.argtypes = [pointer]
    base.CFDataGetBytePtr.restype = pointer
    base.CFDataGetBytePtr.argtypes = [pointer]
    base.CFRelease.argtypes = [pointer]
    space = graphics.CGDisplayCopyColorSpace(graphics.CGMainDisplayID())
    if not space:
        return b""
    held = graphics.CGColorSpaceCopyICCData(space)
    base.CFRelease(space)
    if not held:
        return b""
    data = ctypes.string_at(base.CFDataGetBytePtr(held), base.CFDataGetLength(held))
    base.CFRelease(held)
    return data
