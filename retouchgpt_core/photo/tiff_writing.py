"""TIFF files out: 8 or 16 bits, deflate, with the EXIF and GPS directories."""

import io
import struct
from typing import Any, cast

import tifffile

from retouchgpt_core.photo.channels import joined
from retouchgpt_core.photo.content import FileContent
from retouchgpt_core.photo.directories import Tags, packed, row, tags_of
from retouchgpt_core.photo.exif import EXIF_PREFIX
from retouchgpt_core.photo.tiff_tags import FILE_TAGS, ORIENTATION

_TIFF = cast("Any", tifffile)
_DEFLATE = 8
_LITTLE = "<"


def encode_tiff(content: FileContent) -> bytes:
    """Return a TIFF at the pixels' own depth, in the byte order of the photo's EXIF."""
    tags = tags_for_tiff(content.exif)
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
        byteorder=_LITTLE if tags is None else tags.order,
        bigtiff=False,
        extratags=_blocks(content),
    )
    if tags is not None:
        add_tags(buffer, tags)
    return buffer.getvalue()


def tags_for_tiff(exif: bytes | None) -> Tags | None:
    """Return the tags of an EXIF block that a TIFF can have too; None if there are none."""
    if exif is None:
        return None
    try:
        order, first = tags_of(exif.removeprefix(EXIF_PREFIX))
    except (struct.error, ValueError):
        return None
    return Tags(order, first.only(lambda tag: tag not in FILE_TAGS))


def add_tags(buffer: io.BytesIO, tags: Tags) -> None:
    """Add tags to the first directory of a TIFF of the same byte order, values byte for byte.

    What that directory says already stands. It is written anew behind the pixels; its entries hold
    absolute places, so they are copied as they are.
    """
    order = tags.order
    with buffer.getbuffer() as data:
        (first,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, first)
        end = first + 2 + 12 * count
        rows = {
            struct.unpack_from(order + "H", data, place)[0]: bytes(data[place : place + 12])
            for place in range(first + 2, end, 12)
        }
        following = bytes(data[end : end + 4])
    for entry in tags.first.entries:
        if entry.tag not in rows:
            place = _even_end(buffer)
            rows[entry.tag] = row(entry, order, place)
            if len(entry.data) > 4:
                buffer.write(entry.data)
    for tag, directory in tags.first.below.items():
        if tag not in rows and not directory.empty:
            place = _even_end(buffer)
            rows[tag] = struct.pack(order + "HHII", tag, 4, 1, place)
            buffer.write(packed(directory, order, place))
    start = _even_end(buffer)
    body = b"".join(rows[tag] for tag in sorted(rows))
    buffer.write(struct.pack(order + "H", len(rows)) + body + following)
    buffer.seek(4)
    buffer.write(struct.pack(order + "I", start))


def _blocks(content: FileContent) -> list[tuple[Any, ...]]:
    tags: list[tuple[Any, ...]] = [(ORIENTATION, "H", 1, 1, True)]
    if content.xmp is not None:
        tags.append((700, "B", len(content.xmp), content.xmp, True))
    if content.iptc is not None:
        tags.append((33723, 7, len(content.iptc), content.iptc, True))
    return tags


def _even_end(buffer: io.BytesIO) -> int:
    """Go to the end, on an even byte as TIFF asks, and return the place."""
    end = buffer.seek(0, io.SEEK_END)
    return end + buffer.write(b"\0" * (end % 2))
