"""A picture in layers, at 16 bits, for files that other programs take apart again."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.geometry import Box


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One layer, normally blended: `pixels` (h, w, 3) uint16 over what lies below it.

    `box` is where it lies in the picture; `mask` (h, w) uint16, 65535 = covers wholly, is None
    for one that covers wholly everywhere. `is_alpha` says that the mask is the picture's own
    transparency rather than a mask that can be painted on. Raises ValueError if arrays don't fit.
    """

    name: str
    box: Box
    pixels: NDArray[np.uint16]
    mask: NDArray[np.uint16] | None = None
    is_alpha: bool = False

    def __post_init__(self) -> None:
        shape = (self.box.height, self.box.width)
        if self.pixels.shape != (*shape, 3) or self.pixels.dtype != np.uint16:
            raise ValueError(f"pixels {shape} x 3 uint16, got {self.pixels.shape}")
        mask = self.mask
        if mask is not None and (mask.shape != shape or mask.dtype != np.uint16):
            raise ValueError(f"a mask of {shape} uint16, got {mask.shape} {mask.dtype}")

    @property
    def rgba(self) -> NDArray[np.uint16]:
        """(h, w, 4): the mask as transparency."""
        full = np.uint16(65535)
        alpha = np.full(self.pixels.shape[:2], full) if self.mask is None else self.mask
        return np.dstack((self.pixels, alpha))


@dataclass(frozen=True, slots=True, eq=False)
class LayeredPicture:
    """Layers from the lowest to the highest, what all of them show, and what describes the photo.

    `shown` (H, W, 3) and `alpha` (H, W) or None, uint16; `dpi` horizontal and vertical, or None.
    """

    layers: tuple[Layer, ...]
    shown: NDArray[np.uint16]
    alpha: NDArray[np.uint16] | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    dpi: tuple[float, float] | None = None

    @property
    def width(self) -> int:
        return int(self.shown.shape[1])

    @property
    def height(self) -> int:
        return int(self.shown.shape[0])


def sixteen_bits(values: NDArray[Any]) -> NDArray[np.uint16]:
    """Return uint8 as uint16 (255 becomes 65535); uint16 stays."""
    return values if values.dtype == np.uint16 else values.astype(np.uint16) * np.uint16(257)
