"""What an image file holds, apart from where it lies."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

PhotoFormat = Literal["JPEG", "PNG", "TIFF", "WebP", "AVIF", "HEIC", "RAW"]
Pixels = NDArray[Any]
"""(H, W, 3) uint8 or uint16, RGB."""


@dataclass(frozen=True, slots=True)
class JpegCoding:
    """How a JPEG was coded, so that it can be saved the same way.

    `tables` are its quantisation tables in Pillow's order, `subsampling` is Pillow's number
    (0 = 4:4:4, 1 = 4:2:2, 2 = 4:2:0, -1 = something else).
    """

    tables: tuple[tuple[int, ...], ...]
    subsampling: int
    progressive: bool


@dataclass(frozen=True, slots=True, eq=False)
class FileContent:
    """Decoded pixels, upright, with what the file says about them.

    `pixels` (H, W, 3) uint8 or uint16; `alpha` (H, W) of the same type or None; `premultiplied`
    says that the pixels are already multiplied by it; `grey` that the file has one channel of
    light, shown here three times; `lossy` that its coding is. `exif` is a TIFF block behind the
    six bytes "Exif\\0\\0", `iptc` an IPTC-IIM block; `dpi` horizontal and vertical, or None if
    unknown. `notes` are sentences for the user about what opening the file changed.
    """

    pixels: Pixels
    format: PhotoFormat
    alpha: NDArray[Any] | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    dpi: tuple[float, float] | None = None
    jpeg: JpegCoding | None = None
    grey: bool = False
    premultiplied: bool = False
    lossy: bool = False
    notes: tuple[str, ...] = ()


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn (H, W, ...) pixels the way that the EXIF orientation 1 to 8 asks for."""
    if orientation in (5, 6, 7, 8):
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
