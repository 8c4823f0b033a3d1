"""IPTC-IIM blocks in the wrappings of JPEG (Photoshop's APP13) and PNG (a raw text profile)."""

import re
import struct

_PHOTOSHOP = b"Photoshop 3.0\0"
_IPTC = 0x0404
_SEGMENT_LIMIT = 65_533
_RAW_PROFILE = re.compile(rb"(?i)\s*iptc(?: profile)?\s+\d+\s+([0-9a-f\s]+)")


def from_resources(data: bytes) -> bytes | None:
    """Return the IPTC block of Photoshop's image resources ("8BIM..."), if one is there."""
    place = 0
    while data[place : place + 4] == b"8BIM" and place + 12 <= len(data):
        kind, name_length = struct.unpack_from(">HB", data, place + 4)
        place += 6 + (name_length + 2) // 2 * 2
        if place + 4 > len(data):
            return None
        (size,) = struct.unpack_from(">I", data, place)
        place += 4
        if kind == _IPTC:
            return data[place : place + size] or None
        place += size + size % 2
    return None


def from_app13(segment: bytes) -> bytes | None:
    """Return the IPTC block of a JPEG's APP13 segment, if one is there."""
    if not segment.startswith(_PHOTOSHOP):
        return None
    return from_resources(segment[len(_PHOTOSHOP) :])


def app13(block: bytes) -> bytes | None:
    """Return a whole APP13 segment with its marker; None if the block is too long for one."""
    body = _PHOTOSHOP + _resource(block)
    if len(body) > _SEGMENT_LIMIT:
        return None
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


def from_text_profile(text: bytes) -> bytes | None:
    """Return the IPTC block of a PNG's "Raw profile type iptc" text."""
    found = _RAW_PROFILE.match(text)
    if found is None:
        return None
    try:
        data = bytes.fromhex(found.group(1).decode("ascii"))
    except ValueError:
        return None
    return from_resources(data) if data.startswith(b"8BIM") else data


def text_profile(block: bytes) -> bytes:
    """Return the text that ImageMagick and exiftool read as an IPTC block in a PNG."""
    digits = _resource(block).hex()
    lines = "\n".join(digits[i : i + 72] for i in range(0, len(digits), 72))
    return f"\niptc\n{len(digits) // 2:8d}\n{lines}\n".encode("ascii")


def _resource(block: bytes) -> bytes:
    head = b"8BIM" + struct.pack(">HHI", _IPTC, 0, len(block))
    return head + block + b"\0" * (len(block) % 2)
