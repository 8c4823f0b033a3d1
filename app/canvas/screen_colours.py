"""From a photo's colours to the screen's: made once for a photo, used for every new pixel."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtGui import QColorSpace, QImage

from app.canvas.pyramid import as_array, as_image

ToScreen = Callable[[np.ndarray], np.ndarray]
ROWS = 256
"""A few rows at a time, so that a large photo needs no second copy on the way."""


def eight_bit(pixels: np.ndarray) -> np.ndarray:
    """Return uint8 or uint16 pixels as uint8, rounded."""
    if pixels.dtype == np.uint16:
        return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return pixels


def screen_transform(icc: bytes | None, screen: bytes | None = None) -> tuple[ToScreen, str]:
    """Return what turns a photo's pixels into the screen's 8 bits, and the photo's profile's name.

    `icc` is the photo's profile, `screen` that of the screen; None is sRGB. A photo's profile that
    cannot be read is taken for sRGB. Between equal profiles the values stay as they are. Raises
    ValueError if the screen's profile cannot be used.
    """
    space = QColorSpace.fromIccProfile(icc) if icc else QColorSpace()
    name = space.description() if space.isValid() else ""
    srgb = QColorSpace(QColorSpace.NamedColorSpace.SRgb)
    readable = space.isValid() and space.colorModel() == QColorSpace.ColorModel.Rgb
    plain = not readable or _same_colours(space, srgb)
    if screen is not None:
        own = None if plain else icc
        return (eight_bit if own == screen else managed(own, screen)), name
    if plain:
        return eight_bit, name

    def converted(pixels: np.ndarray) -> np.ndarray:
        image = as_image(eight_bit(pixels))
        image.setColorSpace(space)
        image.convertToColorSpace(srgb)
        return as_array(image)

    return converted, name


def managed(icc: bytes | None, screen: bytes) -> ToScreen:
    """Return LittleCMS's way from a profile (None: sRGB) to a screen's.

    Relative colorimetric with black point compensation, as picture editors show photos. Raises
    ValueError if either cannot be used.
    """
    from PIL import Image, ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(icc)) if icc else _srgb()
        transform = ImageCms.buildTransform(
            source,
            ImageCms.ImageCmsProfile(io.BytesIO(screen)),
            *("RGB", "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC),
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        raise ValueError(str(error)) from error

    def converted(pixels: np.ndarray) -> np.ndarray:
        shown = np.empty(pixels.shape, np.uint8)
        for top in range(0, len(pixels), ROWS):
            rows = np.ascontiguousarray(eight_bit(pixels[top : top + ROWS]))
            image = Image.fromarray(rows)
            ImageCms.applyTransform(image, transform, inPlace=True)
            shown[top : top + ROWS] = np.asarray(image)
        return shown

    return converted


def in_srgb(image: QImage, screen: bytes | None) -> QImage:
    """Return a picture as it was shown on a screen of this profile, in sRGB."""
    if screen is None:
        return image
    shown = QImage(image)
    shown.setColorSpace(QColorSpace.fromIccProfile(screen))
    if shown.colorSpace().isValid():
        shown.convertToColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    return shown


def profile_name(icc: bytes) -> str:
    """Return what a profile calls itself. Raises ValueError if it cannot be used for a screen."""
    from PIL import ImageCms

    managed(None, icc)
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        return ImageCms.getProfileDescription(opened).strip()
    except (ImageCms.PyCMSError, OSError) as error:
        raise ValueError(str(error)) from error


def _srgb() -> Any:
    from PIL import ImageCms

    return ImageCms.createProfile("sRGB")


def _same_colours(one: QColorSpace, other: QColorSpace) -> bool:
    if one.primaries() != QColorSpace.Primaries.Custom:
        return (
            one.primaries() == other.primaries()
            and one.transferFunction() == other.transferFunction()
        )
    return one == other or "srgb" in one.description().lower()
