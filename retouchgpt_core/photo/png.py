"""PNG files of every colour type and depth; metadata by chunk, pixels by libpng."""

import struct
import zlib
from typing import Any, NamedTuple, cast

import imagecodecs

from retouchgpt_core.photo import exif as exif_block
from retouchgpt_core.photo import iptc as iptc_block
from retouchgpt_core.photo.channels import joined, split
from retouchgpt_core.photo.colour import profile_of_code_points
from retouchgpt_core.photo.content import FileContent
from retouchgpt_core.photo.limits import check_size

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CODECS = cast("Any", imagecodecs)
_LEVEL = 4
_HEADER_END = len(SIGNATURE) + 25
_MAX_UNPACKED = 1 << 24
_GREY, _PALETTE = 0, 3
_XMP_KEY = b"XML:com.adobe.xmp"
_IPTC_KEY = b"Raw profile type iptc"
_PALETTE_NOTE = "The picture was indexed by a palette; it is edited and saved in full colour."
_FEW_BITS_NOTE = "The picture has fewer than 8 bits; it is edited and saved with 8."


class _Found(NamedTuple):
    chunks: dict[bytes, bytes]
    texts: dict[bytes, bytes]


def decode_png(data: bytes, name: str) -> FileContent:
    """Decode a PNG at 8 or 16 bits; a palette becomes full colour, with a note."""
    if data[12:16] != b"IHDR":
        raise ValueError("no header")
    width, height, depth, kind = struct.unpack_from(">IIBB", data, 16)
    check_size(width, height, name)
    found = _read_chunks(data)
    colour, alpha, grey = split(_CODECS.png_decode(data))
    notes: tuple[str, ...] = ()
    if kind == _PALETTE:
        notes = (_PALETTE_NOTE,)
    elif kind == _GREY and depth < 8:
        notes = (_FEW_BITS_NOTE,)
    exif = found.chunks.get(b"eXIf")
    return FileContent(
        pixels=colour,
        alpha=alpha,
        format="PNG",
        icc=_profile(found.chunks),
        exif=exif_block.prefixed(exif) if exif else None,
        xmp=found.texts.get(_XMP_KEY) or None,
        iptc=iptc_block.from_text_profile(found.texts.get(_IPTC_KEY, b"")),
        dpi=_dpi(found.chunks.get(b"pHYs", b"")),
        grey=grey,
        notes=notes,
    )


def encode_png(content: FileContent, level: int = _LEVEL) -> bytes:
    """Return a PNG at the pixels' own depth, with all metadata; `level` is zlib's."""
    data = cast("bytes", _CODECS.png_encode(joined(content), level=level))
    chunks: list[bytes] = []
    if content.icc is not None:
        chunks.append(_chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(content.icc)))
    if content.dpi is not None:
        per_metre = [max(1, round(d / 0.0254)) for d in content.dpi]
        chunks.append(_chunk(b"pHYs", struct.pack(">IIB", *per_metre, 1)))
    if content.exif is not None:
        chunks.append(_chunk(b"eXIf", content.exif.removeprefix(exif_block.EXIF_PREFIX)))
    if content.xmp is not None:
        chunks.append(_chunk(b"iTXt", _XMP_KEY + b"\0\0\0\0\0" + content.xmp))
    if content.iptc is not None:
        text = zlib.compress(iptc_block.text_profile(content.iptc))
        chunks.append(_chunk(b"zTXt", _IPTC_KEY + b"\0\0" + text))
    return data[:_HEADER_END] + b"".join(chunks) + data[_HEADER_END:]


def _read_chunks(data: bytes) -> _Found:
    """Gather the chunks that matter. Raises ValueError where the file ends before its IEND."""
    chunks: dict[bytes, bytes] = {}
    texts: dict[bytes, bytes] = {}
    place = len(SIGNATURE)
    while True:
        if place + 12 > len(data):
            raise ValueError("the file ends too early")
        size, kind = struct.unpack_from(">I4s", data, place)
        if place + 12 + size > len(data):
            raise ValueError("a chunk ends too early")
        body = data[place + 8 : place + 8 + size] if kind != b"IDAT" else b""
        if kind == b"IEND":
            return _Found(chunks, texts)
        if kind in (b"iCCP", b"pHYs", b"eXIf", b"cICP"):
            chunks[kind] = body
        elif kind in (b"iTXt", b"zTXt", b"tEXt"):
            key, text = _text(kind, body)
            texts[key] = text
        place += 12 + size


def _text(kind: bytes, body: bytes) -> tuple[bytes, bytes]:
    key, _, rest = body.partition(b"\0")
    if kind == b"tEXt":
        return key, rest
    if kind == b"zTXt":
        return key, _unpacked(rest[1:])
    packed = rest[:1] == b"\1"
    text = rest[2:].split(b"\0", 2)[-1]
    return key, _unpacked(text) if packed else text


def _unpacked(data: bytes) -> bytes:
    """Inflate what is not absurdly large; b"" for what is, or is damaged."""
    try:
        inflater = zlib.decompressobj()
        result = inflater.decompress(data, _MAX_UNPACKED)
    except zlib.error:
        return b""
    return b"" if inflater.unconsumed_tail else result


def _profile(chunks: dict[bytes, bytes]) -> bytes | None:
    points = chunks.get(b"cICP", b"")
    if len(points) == 4 and (named := profile_of_code_points(points[0], points[1])) is not None:
        return named
    _, _, packed = chunks.get(b"iCCP", b"").partition(b"\0")
    return _unpacked(packed[1:]) or None


def _dpi(body: bytes) -> tuple[float, float] | None:
    if len(body) != 9:
        return None
    horizontal, vertical, unit = struct.unpack(">IIB", body)
    if unit != 1 or 0 in (horizontal, vertical):
        return None
    return horizontal * 0.0254, vertical * 0.0254


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
