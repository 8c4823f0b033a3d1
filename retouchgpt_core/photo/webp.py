"""WebP files: lossy and lossless, with alpha; metadata by RIFF chunk."""

import struct
from typing import Any, cast

import imagecodecs
import numpy as np

from retouchgpt_core.errors import PhotoReadError, PhotoWriteError
from retouchgpt_core.photo import exif as exif_block
from retouchgpt_core.photo.channels import split
from retouchgpt_core.photo.content import FileContent
from retouchgpt_core.photo.limits import check_size
from retouchgpt_core.photo.pillow_saving import quality_of, saved_by_pillow

_CODECS = cast("Any", imagecodecs)
_MAX_SIDE = 16_383
_ALPHA_FLAG = 0x10


def decode_webp(data: bytes, name: str) -> FileContent:
    """Decode a still WebP."""
    chunks = _read_chunks(data)
    if b"ANIM" in chunks:
        raise PhotoReadError(f"{name} is an animation.", "Choose a still photo.")
    check_size(*_size(chunks), name)
    stored = cast("np.ndarray", _CODECS.webp_decode(data))
    colour, alpha, _ = split(stored)
    exif = chunks.get(b"EXIF")
    block = exif_block.prefixed(exif) if exif else None
    return FileContent(
        pixels=colour,
        alpha=alpha if _has_alpha(chunks) else None,
        format="WebP",
        icc=chunks.get(b"ICCP") or None,
        exif=block,
        xmp=chunks.get(b"XMP ") or None,
        dpi=exif_block.resolution(block),
        lossy=b"VP8L" not in chunks,
    )


def encode_webp(content: FileContent, quality: int | None) -> bytes:
    """Return a WebP: lossless if the pixels are, unless a quality (1 to 100) is asked for."""
    if max(content.pixels.shape[:2]) > _MAX_SIDE:
        raise PhotoWriteError(
            f"A WebP cannot be wider or higher than {_MAX_SIDE} pixels.", "Save it as TIFF."
        )
    options: dict[str, Any] = {"exact": True}  # colour under full transparency stays
    if quality is None and not content.lossy:
        options |= {"lossless": True, "quality": 50}  # of effort, not of the picture
    else:
        options["quality"] = quality_of(quality)
    return saved_by_pillow(content, "WEBP", options)


def _read_chunks(data: bytes) -> dict[bytes, bytes]:
    chunks: dict[bytes, bytes] = {}
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise ValueError("the file ends too early")
    place = 12
    while place + 8 <= end:
        kind, size = struct.unpack_from("<4sI", data, place)
        chunks.setdefault(kind, data[place + 8 : place + 8 + size])
        place += 8 + size + size % 2
    return chunks


def _size(chunks: dict[bytes, bytes]) -> tuple[int, int]:
    """Return the size that is decoded (the bitstream's own, not only the canvas's)."""
    if (lossless := chunks.get(b"VP8L")) is not None:
        (bits,) = struct.unpack_from("<I", lossless, 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", chunks[b"VP8 "], 6)
    return width & 0x3FFF, height & 0x3FFF


def _has_alpha(chunks: dict[bytes, bytes]) -> bool:
    if (extended := chunks.get(b"VP8X")) is not None:
        return bool(extended[0] & _ALPHA_FLAG)
    lossless = chunks.get(b"VP8L")
    return lossless is not None and bool(struct.unpack_from("<I", lossless, 1)[0] >> 28 & 1)
