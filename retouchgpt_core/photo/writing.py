"""From pixels and metadata to the bytes of a JPEG, PNG or TIFF file."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any, cast

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from retouchgpt_core.errors import PhotoWriteError
from retouchgpt_core.photo.content import FileContent, PhotoFormat
from retouchgpt_core.photo.exif import EXIF_PREFIX

_CODECS = cast("Any", imagecodecs)
_TIFF = cast("Any", tifffile)
_EXTENSIONS: dict[str, PhotoFormat] = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
QUALITY = 95
_PNG_LEVEL = 4
_JPEG_MAX_SIDE = 65_500
_JPEG_MAX_SEGMENT = 65_533
_EXIF_IFD, _GPS_IFD, _INTEROP_IFD = 0x8769, 0x8825, 0xA005
_TIFF_DEFLATE = 8
_EIGHT_BIT = ((np.arange(65536) + 128) // 257).astype(np.uint8)
"""The nearest 8-bit value of each 16-bit one."""


def format_for(path: Path) -> PhotoFormat:
    """Return the format that the file's extension names. Raises PhotoWriteError if unknown."""
    found = _EXTENSIONS.get(path.suffix.lower())
    if found is None:
        raise PhotoWriteError(
            f"{path.name} has no ending that says how to save it.", "Use .jpg, .png or .tif."
        )
    return found


def encoded(
    content: FileContent,
    format_: PhotoFormat,
    *,
    quality: int | None = None,
    subsampling: int | None = None,
) -> bytes:
    """Return the bytes of a file with these pixels and this metadata.

    `quality` 1 to 100 and `subsampling` 0 (4:4:4), 1 (4:2:2) or 2 (4:2:0) are for JPEG; without
    them a photo that came from a JPEG keeps its tables, any other gets quality 95 and 4:4:4.
    Raises PhotoWriteError if the format cannot hold the picture.
    """
    try:
        match format_:
            case "JPEG":
                return _jpeg(content, quality, subsampling)
            case "PNG":
                return _png(content)
            case "TIFF":
                return _tiff(content)
    except (OSError, ValueError, RuntimeError, struct.error) as error:
        raise PhotoWriteError(
            f"The picture could not be saved as {format_}.", "Save it as TIFF instead."
        ) from error


def to_8_bit(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Round 16-bit pixels to the nearest 8-bit value (65535 becomes 255); 8-bit ones stay."""
    if pixels.dtype == np.uint8:
        return pixels
    return _EIGHT_BIT[pixels]


def _jpeg(content: FileContent, quality: int | None, subsampling: int | None) -> bytes:
    height, width = content.pixels.shape[:2]
    if max(width, height) > _JPEG_MAX_SIDE:
        raise PhotoWriteError(
            f"A JPEG cannot be wider or higher than {_JPEG_MAX_SIDE} pixels.", "Save it as TIFF."
        )
    options: dict[str, Any] = {}
    coding = content.jpeg
    if quality is None and coding is not None:
        options["qtables"] = [list(table) for table in coding.tables]
    else:
        options["quality"] = QUALITY if quality is None else min(100, max(1, quality))
    if subsampling is None:
        kept = coding is not None and coding.subsampling >= 0
        subsampling = coding.subsampling if coding is not None and kept else 0
    if content.icc is not None:
        options["icc_profile"] = content.icc
    if content.exif is not None and len(content.exif) <= _JPEG_MAX_SEGMENT:
        options["exif"] = content.exif
    if content.xmp is not None and len(content.xmp) <= _JPEG_MAX_SEGMENT - 29:
        options["xmp"] = content.xmp
    if content.dpi is not None:
        options["dpi"] = tuple(max(1, min(65535, round(d))) for d in content.dpi)
    buffer = io.BytesIO()
    Image.fromarray(to_8_bit(content.pixels)).save(
        buffer,
        "JPEG",
        subsampling=subsampling,
        progressive=coding is not None and coding.progressive,
        **options,
    )
    return buffer.getvalue()


def _with_alpha(content: FileContent) -> NDArray[Any]:
    if content.alpha is None:
        return np.ascontiguousarray(content.pixels)
    return np.dstack((content.pixels, content.alpha))


def _png(content: FileContent) -> bytes:
    data = cast("bytes", _CODECS.png_encode(_with_alpha(content), level=_PNG_LEVEL))
    chunks: list[bytes] = []
    if content.icc is not None:
        chunks.append(_chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(content.icc)))
    if content.dpi is not None:
        per_metre = [round(d / 0.0254) for d in content.dpi]
        chunks.append(_chunk(b"pHYs", struct.pack(">IIB", *per_metre, 1)))
    if content.exif is not None:
        chunks.append(_chunk(b"eXIf", content.exif.removeprefix(EXIF_PREFIX)))
    if content.xmp is not None:
        chunks.append(_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + content.xmp))
    header_end = 8 + 25  # signature, then IHDR
    return data[:header_end] + b"".join(chunks) + data[header_end:]


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _tiff(content: FileContent) -> bytes:
    exif = Image.Exif()
    if content.exif is not None:
        exif.load(content.exif)
    buffer = io.BytesIO()
    _TIFF.imwrite(
        buffer,
        _with_alpha(content),
        photometric="rgb",
        planarconfig="contig",
        extrasamples=None if content.alpha is None else ["unassalpha"],
        compression=_TIFF_DEFLATE,
        predictor=True,
        rowsperstrip=64,
        resolution=content.dpi,
        resolutionunit=None if content.dpi is None else "inch",
        iccprofile=content.icc,
        metadata=None,
        software=False,
        byteorder="<",
        bigtiff=False,
        extratags=_tiff_tags(content, exif),
    )
    _append_directories(buffer, exif)
    return buffer.getvalue()


_TAG_TEXT = {
    270: "ImageDescription",
    271: "Make",
    272: "Model",
    305: "Software",
    306: "DateTime",
    315: "Artist",
    33432: "Copyright",
}


def _tiff_tags(content: FileContent, exif: Image.Exif) -> list[tuple[Any, ...]]:
    tags: list[tuple[Any, ...]] = [
        (code, "s", 0, str(exif[code]), True) for code in _TAG_TEXT if code in exif
    ]
    tags.append((274, "H", 1, 1, True))
    if content.xmp is not None:
        tags.append((700, "B", len(content.xmp), content.xmp, True))
    return tags


def _append_directories(buffer: io.BytesIO, exif: Image.Exif) -> None:
    """Write the EXIF and GPS directories behind the pixels, then a first directory that names them.

    The entries of the first directory hold absolute places, so they are copied as they are.
    """
    extra: dict[int, int] = {}
    for pointer in (_EXIF_IFD, _GPS_IFD):
        entries = dict(exif.get_ifd(pointer))
        if not entries:
            continue
        if isinstance(entries.get(_INTEROP_IFD), int):
            entries[_INTEROP_IFD] = exif.get_ifd(_INTEROP_IFD)
        extra[pointer] = _even_end(buffer)
        directory = TiffImagePlugin.ImageFileDirectory_v2(b"II*\0\0\0\0\0", group=pointer)
        for tag, value in entries.items():
            directory[tag] = value
        buffer.write(directory.tobytes(extra[pointer]))
    if not extra:
        return
    data = buffer.getbuffer()
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    old = [bytes(data[first + 2 + 12 * i : first + 14 + 12 * i]) for i in range(count)]
    data.release()
    new = old + [struct.pack("<HHII", tag, 4, 1, place) for tag, place in extra.items()]
    new.sort(key=lambda entry: int.from_bytes(entry[:2], "little"))
    start = _even_end(buffer)
    buffer.write(struct.pack("<H", len(new)) + b"".join(new) + struct.pack("<I", 0))
    buffer.seek(4)
    buffer.write(struct.pack("<I", start))


def _even_end(buffer: io.BytesIO) -> int:
    """Go to the end, on an even byte as TIFF asks, and return the place."""
    end = buffer.seek(0, io.SEEK_END)
    return end + buffer.write(b"\0" * (end % 2))
