"""Between a photo's own colour space and sRGB. Only what networks see is converted."""

import io
import struct
from functools import lru_cache
from typing import Any, NamedTuple, cast

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import ImageCms

_CODECS = cast("Any", imagecodecs)
_CMS = cast("Any", ImageCms)
_GREY_STEPS = 4096
_DISPLAY_P3 = (0.680, 0.320, 1.0, 0.265, 0.690, 1.0, 0.150, 0.060, 1.0)
_BT_709 = (0.640, 0.330, 1.0, 0.300, 0.600, 1.0, 0.150, 0.060, 1.0)
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Weights of Rec. ITU-R BT.709."""


class _Profile(NamedTuple):
    space: str
    name: str


def profile_name(icc: bytes | None) -> str:
    """Return the profile's own name; "sRGB" if there is none, "Unknown" if it cannot be read."""
    if icc is None:
        return "sRGB"
    profile = _read(icc)
    return "Unknown" if profile is None else profile.name


def is_srgb(icc: bytes | None) -> bool:
    """Say whether pixels with this profile can be taken as sRGB (also if it is unreadable)."""
    if icc is None:
        return True
    profile = _read(icc)
    if profile is None or profile.space not in ("RGB", "GRAY"):
        return True
    return "srgb" in profile.name.lower()


def is_grey_profile(icc: bytes | None) -> bool:
    """Say whether the profile describes one channel of light."""
    profile = None if icc is None else _read(icc)
    return profile is not None and profile.space == "GRAY"


def is_cmyk_profile(icc: bytes | None) -> bool:
    """Say whether the profile describes four inks."""
    profile = None if icc is None else _read(icc)
    return profile is not None and profile.space == "CMYK"


def is_rgb_profile(icc: bytes) -> bool:
    """Say whether the profile describes three channels of light."""
    profile = _read(icc)
    return profile is not None and profile.space == "RGB"


def to_srgb(pixels: NDArray[np.float32], icc: bytes | None) -> NDArray[np.float32]:
    """Convert (H, W, 3) in [0, 1] of the profile's space to sRGB in [0, 1]."""
    if icc is None or is_srgb(icc):
        return pixels
    if is_grey_profile(icc):
        return _looked_up(pixels, *_grey_curve(icc))
    return converted(pixels, icc, srgb_profile())


def from_srgb(pixels: NDArray[np.float32], icc: bytes | None) -> NDArray[np.float32]:
    """Convert (H, W, 3) sRGB in [0, 1] to the profile's space in [0, 1]."""
    if icc is None or is_srgb(icc):
        return pixels
    if is_grey_profile(icc):
        own, seen = _grey_curve(icc)
        return _looked_up(pixels, seen, own)
    return converted(pixels, srgb_profile(), icc)


def without_colour(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (H, W, 3) whose channels all hold the luma of (H, W, 3)."""
    return np.repeat((pixels @ _LUMA)[..., None], 3, axis=2)


@lru_cache(maxsize=4)
def adobe_rgb_profile() -> bytes:
    """Return a profile of Adobe RGB (1998), for cameras that name it without embedding it."""
    return bytes(_CODECS.cms_profile("adobergb"))


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """Return a profile of sRGB."""
    return cast("bytes", _CMS.ImageCmsProfile(_CMS.createProfile("sRGB")).tobytes())


@lru_cache(maxsize=1)
def display_p3_profile() -> bytes:
    """Return a profile of Display P3 (SMPTE EG 432-1 primaries, D65, the curve of sRGB)."""
    curve = _linear(np.linspace(0.0, 1.0, _GREY_STEPS))
    return _named(_rgb_profile(_DISPLAY_P3, curve), "Display P3")


@lru_cache(maxsize=4)
def for_three_channels(icc: bytes | None) -> bytes | None:
    """Return a profile for a picture that repeats its one channel three times and looks the same.

    That is an RGB profile with the curve of a grey one; any other stays.
    """
    if icc is None or not is_grey_profile(icc):
        return icc
    _, seen = _grey_curve(icc)
    return _named(_rgb_profile(_BT_709, _linear(seen)), f"{profile_name(icc)} (RGB)")


def _rgb_profile(primaries: tuple[float, ...], curve: NDArray[np.float32]) -> bytes:
    """Return a profile with white at D65; `curve` holds the light of evenly spaced values."""
    return bytes(
        _CODECS.cms_profile(
            "rgb", whitepoint=(0.3127, 0.3290, 1.0), primaries=primaries, transferfunction=curve
        )
    )


def profile_of_code_points(primaries: int, transfer: int) -> bytes | None:
    """Return the profile that ITU-T H.273 numbers name, or None for sRGB and unknown ones."""
    display_p3, srgb_curves = 12, (1, 13)
    return display_p3_profile() if primaries == display_p3 and transfer in srgb_curves else None


def _named(icc: bytes, name: str) -> bytes:
    """Return a profile under another name: its "desc" tag leads to a new text at the end."""
    text = name.encode("utf-16-be")
    body = struct.pack(">8sII4sII", b"mluc", 1, 12, b"enUS", len(text), 28) + text
    data = bytearray(icc) + bytes(-len(icc) % 4)
    (count,) = struct.unpack_from(">I", data, 128)
    for place in range(132, 132 + 12 * count, 12):
        if data.startswith(b"desc", place):
            struct.pack_into(">II", data, place + 4, len(data), len(body))
    data += body + bytes(-len(body) % 4)
    struct.pack_into(">I", data, 0, len(data))
    return bytes(data)


def _linear(value: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the light that values of sRGB in [0, 1] stand for (IEC 61966-2-1)."""
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


def converted(pixels: NDArray[np.float32], source: bytes, target: bytes) -> NDArray[np.float32]:
    """Convert (H, W, 3) in [0, 1] between two RGB profiles, relative colorimetric.

    Raises RuntimeError if the colour library cannot use one of them.
    """
    result = _CODECS.cms_transform(
        np.ascontiguousarray(pixels, np.float32),
        source,
        target,
        colorspace="rgb",
        outcolorspace="rgb",
        outdtype="f4",
    )
    return np.clip(cast("NDArray[np.float32]", result), 0.0, 1.0)


def _looked_up(
    values: NDArray[np.float32], places: NDArray[np.float64], results: NDArray[np.float64]
) -> NDArray[np.float32]:
    return np.interp(values, places, results).astype(np.float32)


@lru_cache(maxsize=4)
def _grey_curve(icc: bytes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return values of a grey profile, and the sRGB value that each of them shows."""
    own = np.linspace(0.0, 1.0, _GREY_STEPS, dtype=np.float32)
    shown = _CODECS.cms_transform(
        own[None], icc, srgb_profile(), colorspace="gray", outcolorspace="rgb", outdtype="f4"
    )
    seen = np.maximum.accumulate(np.clip(shown.reshape(-1, 3)[:, 1], 0.0, 1.0).astype(np.float64))
    return own.astype(np.float64), seen


@lru_cache(maxsize=16)
def _read(icc: bytes) -> _Profile | None:
    try:
        profile = _CMS.ImageCmsProfile(io.BytesIO(icc))
        name = str(_CMS.getProfileDescription(profile)).strip() or "Unnamed"
        return _Profile(profile.profile.xcolor_space.strip(), name)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
