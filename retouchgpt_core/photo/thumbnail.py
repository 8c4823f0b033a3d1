"""The small picture inside an EXIF block: made anew, so that it shows what the photo shows."""

import io
import struct
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from retouchgpt_core.photo.channels import to_8_bit
from retouchgpt_core.photo.exif import Block

_SIDE = 160
_QUALITY = 80
_PLACE, _LENGTH = 0x0201, 0x0202


def thumbnail_renewed(exif: bytes, pixels: NDArray[Any]) -> bytes:
    """Return the block with its JPEG thumbnail, if it has one, made from (H, W, 3) pixels.

    Nothing of the old thumbnail is left in the block. A damaged block is returned as it is.
    """
    return _with_thumbnail(exif, pixels)


def without_thumbnail(exif: bytes) -> bytes:
    """Return the block without its thumbnail."""
    return _with_thumbnail(exif, None)


def _with_thumbnail(exif: bytes, pixels: NDArray[Any] | None) -> bytes:
    try:
        block = Block(bytearray(exif))
        directory = block.following(block.first)
        if directory == 0:
            return exif
        place, length = block.value(directory, _PLACE), block.value(directory, _LENGTH)
        block.cut_after(block.first)
        if place is None or length is None or place <= max(directory, block.first):
            return bytes(block.data)
        block.erase(place, length)
        if pixels is not None:
            _append(block, _small_jpeg(pixels))
        return bytes(block.data)
    except (struct.error, ValueError):
        return exif


def _small_jpeg(pixels: NDArray[Any]) -> bytes:
    height, width = pixels.shape[:2]
    step = max(1, max(width, height) // (8 * _SIDE))
    scale = min(1.0, _SIDE / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    coarse = np.ascontiguousarray(pixels[::step, ::step])
    small = cv2.resize(coarse, size, interpolation=cv2.INTER_AREA)
    buffer = io.BytesIO()
    Image.fromarray(to_8_bit(np.asarray(small))).save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def _append(block: Block, jpeg: bytes) -> None:
    """Put a new directory and the picture behind everything else, and name it after the first."""
    entries = ((0x0103, 3, 6), (_PLACE, 4, 0), (_LENGTH, 4, len(jpeg)))
    directory = block.even_end()
    picture = directory + 2 + 12 * len(entries) + 4
    order = block.order
    body = struct.pack(order + "H", len(entries))
    for tag, kind, value in entries:
        stored = picture if tag == _PLACE else value
        packed = struct.pack(
            order + ("HH" if kind == 3 else "I"), *([stored, 0] if kind == 3 else [stored])
        )
        body += struct.pack(order + "HHI", tag, kind, 1) + packed
    block.data += body + struct.pack(order + "I", 0) + jpeg
    block.link(block.first, directory)
