"""Between what a file stores a pixel (1 to 4 channels) and colour with alpha beside it."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.photo.content import FileContent

_EIGHT_BIT = ((np.arange(65536) + 128) // 257).astype(np.uint8)
"""The nearest 8-bit value of each 16-bit one."""
_STRIP = 1 << 22


class Channels(NamedTuple):
    """`colour` (H, W, 3), `alpha` (H, W) or None; `grey` if the three colours are one channel."""

    colour: NDArray[Any]
    alpha: NDArray[Any] | None
    grey: bool


def split(stored: NDArray[Any]) -> Channels:
    """Take apart (H, W) or (H, W, 1) grey, (H, W, 2) grey with alpha, RGB or RGBA."""
    if stored.ndim == 2:
        stored = stored[..., None]
    count = stored.shape[2]
    if count not in (1, 2, 3, 4):
        raise ValueError(f"{count} channels")
    alpha = np.ascontiguousarray(stored[..., -1]) if count in (2, 4) else None
    if count <= 2:
        return Channels(np.repeat(stored[..., :1], 3, axis=2), alpha, True)
    return Channels(np.ascontiguousarray(stored[..., :3]), alpha, False)


def joined(content: FileContent) -> NDArray[Any]:
    """Put together what `split` took apart: (H, W), (H, W, 2), (H, W, 3) or (H, W, 4)."""
    light = one_channel(content.pixels) if content.grey else content.pixels
    if content.alpha is None:
        return np.ascontiguousarray(light)
    return np.dstack((light, content.alpha))


def one_channel(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return (H, W): the value that all three channels share, their mean where they differ."""
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    if np.array_equal(red, green) and np.array_equal(red, blue):
        return np.ascontiguousarray(red)
    total = red.astype(np.uint32) + green + blue
    return ((2 * total + 3) // 6).astype(pixels.dtype)


def to_8_bit(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Round 16-bit values to the nearest 8-bit one (65535 becomes 255); 8-bit ones stay."""
    if values.dtype == np.uint8:
        return values
    return _EIGHT_BIT[values]


def spread(values: NDArray[Any], bits: int) -> NDArray[np.uint16]:
    """Stretch whole numbers of 9 to 16 bits over all 16: the largest becomes 65535."""
    if bits == 16:
        return values.astype(np.uint16, copy=False)
    largest = (1 << bits) - 1
    table = (np.arange(largest + 1, dtype=np.uint32) * 65535 + largest // 2) // largest
    return table.astype(np.uint16)[np.minimum(values, largest)]


def unmultiplied(pixels: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """Divide premultiplied (H, W, 3) pixels by their alpha; 0 where it is 0."""
    largest = int(np.iinfo(pixels.dtype).max)
    result = np.empty_like(pixels)
    rows = max(1, _STRIP // max(1, pixels.shape[1]))
    for top in range(0, pixels.shape[0], rows):
        part = slice(top, top + rows)
        below = alpha[part, :, None].astype(np.uint64)
        scaled = pixels[part].astype(np.uint64) * largest + below // 2
        result[part] = np.where(
            below > 0, np.minimum(scaled // np.maximum(below, 1), largest), 0
        ).astype(pixels.dtype)
    return result
