"""TIFF files out: 8 or 16 bits, deflate, with the EXIF and GPS directories."""

import io
import struct
from typing import Any, cast

import tifffile
from PIL import Image, TiffImagePlugin

from retouchgpt_core.photo.channels import joined
from retouchgpt_core.photo.content import FileContent

_TIFF = cast("Any", tifffile)
_EXIF_IFD, _GPS_IFD, _INTEROP_IFD = 0x8769, 0x8825, 0xA005
_DEFLATE = 8


def encode_tiff(content: FileContent) -> bytes:
    """Return a TIFF at the pixels' own depth."""
    exif = Image.Exif()
    if content.exif is not None:
        exif.load(content.exif)
    alpha = "assocalpha" if content.premultiplied else "unassalpha"
    buffer = io.BytesIO()
    _TIFF.imwrite(
        buffer,
        joined(content),
        photometric="minisblack" if content.grey else "rgb",
        planarconfig="contig",
        extrasamples=None if content.alpha is None else [alpha],
        compression=_DEFLATE,
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
    if content.iptc is not None:
        tags.append((33723, 7, len(content.iptc), content.iptc, True))
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
