"""Masks and fills as PNG: written bit for bit, read back with every size checked beforehand."""

import struct
from collections.abc import Callable
from typing import Any, cast

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.retouch.tiled import Pixels, dense

MAX_DECODED = 4 << 30
"""Bytes that all pictures of one document may unpack to, for a photo of up to 100 megapixels."""
_USUAL = 100_000_000
_MORE = 40
"""Bytes more for each pixel that a photo has beyond those."""
_CODECS = cast("Any", imagecodecs)


def png(pixels: Pixels) -> bytes:
    """Return (H, W) or (H, W, 3), uint8, uint16 or float16 (as its bits), as a PNG."""
    array = dense(pixels)
    array = array.view(np.uint16) if array.dtype == np.float16 else array
    # Runs are all that is to be found in a delta; looking for more takes twice as long.
    runs = _CODECS.PNG.STRATEGY.RLE
    return bytes(_CODECS.png_encode(np.ascontiguousarray(array), level=3, strategy=runs))


class Packed:
    """PNGs of the pictures that were packed last, so that only new ones are packed again.

    Pictures must not change. `start` before each document, then `png` for each of its pictures,
    on any thread.
    """

    def __init__(self) -> None:
        self._last: dict[int, tuple[Pixels, bytes]] = {}
        self._now: dict[int, tuple[Pixels, bytes]] = {}

    def start(self) -> None:
        """Begin a document; what the one before did not need is forgotten."""
        self._last, self._now = self._now, {}

    def png(self, pixels: Pixels) -> bytes:
        """Return a picture as `png` does; it is held on to, so that its id stays its own."""
        known = self._now.get(id(pixels)) or self._last.get(id(pixels))
        if known is None:
            known = pixels, png(pixels)
        self._now[id(pixels)] = known
        return known[1]


class Pictures:
    """Reads pictures by name out of an archive or a folder that nobody vouches for."""

    def __init__(self, read: Callable[[str, int], bytes], photo_size: tuple[int, int]) -> None:
        """`read(name, limit)` returns at most `limit` bytes, or raises ValueError or KeyError."""
        self._read = read
        self._left = MAX_DECODED + _MORE * max(0, photo_size[0] * photo_size[1] - _USUAL)

    def read(self, name: object, shape: tuple[int, ...], dtype: type[Any]) -> NDArray[Any]:
        """Return the picture, of this shape and type; ValueError if it is another, or too much."""
        if not isinstance(name, str):
            raise ValueError(f"{name} is no name")
        expected = int(np.prod(shape)) * np.dtype(dtype).itemsize
        self._left -= expected
        if self._left < 0:
            raise ValueError("more pixels than any project has")
        data = self._read(name, 2 * expected + 65536)
        width, height, depth = struct.unpack(">IIB", data[16:25])
        if (height, width) != shape[:2] or depth != 8 * np.dtype(dtype).itemsize:
            raise ValueError(f"a picture of {width} x {height} at {depth} bits")
        pixels = cast("NDArray[Any]", _CODECS.png_decode(data))
        if pixels.shape != shape or pixels.dtype != dtype:
            raise ValueError(f"a picture of shape {pixels.shape}")
        return pixels
