"""Between a photo's own colour space and sRGB. Only what networks see is converted."""

import io
from functools import lru_cache
from typing import Any, cast

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import ImageCms

_CODECS = cast("Any", imagecodecs)
_CMS = cast("Any", ImageCms)


def profile_name(icc: bytes | None) -> str:
    """Return the profile's own name; "sRGB" if there is none, "Unknown" if it cannot be read."""
    if icc is None:
        return "sRGB"
    description = _description(icc)
    return "Unknown" if description is None else description


def is_srgb(icc: bytes | None) -> bool:
    """Say whether pixels with this profile can be taken as sRGB (also if it is unreadable)."""
    if icc is None:
        return True
    description = _description(icc)
    return description is None or "srgb" in description.lower()


def to_srgb(pixels: NDArray[np.float32], icc: bytes | None) -> NDArray[np.float32]:
    """Convert (H, W, 3) in [0, 1] of the profile's space to sRGB in [0, 1]."""
    if icc is None or is_srgb(icc):
        return pixels
    return _converted(pixels, icc, _srgb_profile())


def from_srgb(pixels: NDArray[np.float32], icc: bytes | None) -> NDArray[np.float32]:
    """Convert (H, W, 3) sRGB in [0, 1] to the profile's space in [0, 1]."""
    if icc is None or is_srgb(icc):
        return pixels
    return _converted(pixels, _srgb_profile(), icc)


def _converted(pixels: NDArray[np.float32], source: bytes, target: bytes) -> NDArray[np.float32]:
    result = _CODECS.cms_transform(
        np.ascontiguousarray(pixels, np.float32),
        source,
        target,
        colorspace="rgb",
        outcolorspace="rgb",
        outdtype="f4",
    )
    return np.clip(cast("NDArray[np.float32]", result), 0.0, 1.0)


@lru_cache(maxsize=16)
def _description(icc: bytes) -> str | None:
    """Return the name of a readable RGB profile, else None."""
    try:
        profile = _CMS.ImageCmsProfile(io.BytesIO(icc))
        if profile.profile.xcolor_space.strip() != "RGB":
            return None
        return str(_CMS.getProfileDescription(profile)).strip() or "Unnamed"
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


@lru_cache(maxsize=1)
def _srgb_profile() -> bytes:
    return cast("bytes", _CMS.ImageCmsProfile(_CMS.createProfile("sRGB")).tobytes())
