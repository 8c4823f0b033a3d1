"""XMP packets beyond the one segment that a JPEG has for them.

After part 3 of Adobe's XMP specification (section 1.1.3.1): the main packet names the rest by its
MD5 sum, and the rest lies in segments of their own, each with its place.
"""

import hashlib
import re
import struct
from collections.abc import Iterable

_STANDARD = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_SEGMENT = 65_533
_CHUNK = 65_400
_NOTE = re.compile(
    rb"\s*xmpNote:HasExtendedXMP\s*=\s*[\"']([0-9A-F]{32})[\"']"
    rb"|<xmpNote:HasExtendedXMP>\s*([0-9A-F]{32})\s*</xmpNote:HasExtendedXMP>"
)
_RDF = re.compile(rb"<rdf:RDF([^>]*)>(.*)</rdf:RDF>", re.DOTALL)
_PREFIX = re.compile(rb"xmlns:([\w.-]+)\s*=\s*[\"'][^\"']*[\"']")
_WRAPPING = re.compile(rb"<\?xpacket[^>]*\?>")
_MAIN = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/"'
    b' xmpNote:HasExtendedXMP="%b"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def segments_of(xmp: bytes) -> bytes:
    """Return the APP1 segments, markers included, that hold a packet of any length."""
    if len(_STANDARD) + len(xmp) <= _SEGMENT:
        return _segment(_STANDARD + xmp)
    rest = _WRAPPING.sub(b"", xmp).strip()
    name = hashlib.md5(rest, usedforsecurity=False).hexdigest().upper().encode()
    parts = [_segment(_STANDARD + _MAIN % name)]
    for place in range(0, len(rest), _CHUNK):
        head = _EXTENSION + name + struct.pack(">II", len(rest), place)
        parts.append(_segment(head + rest[place : place + _CHUNK]))
    return b"".join(parts)


def joined_xmp(main: bytes, segments: Iterable[bytes]) -> bytes:
    """Return a main packet with what its extension says; itself if there is no sound one.

    `segments` are the bodies of a JPEG's APP1 segments, in any order.
    """
    note = _NOTE.search(main)
    if note is None:
        return main
    name = note[1] or note[2]
    rest = _extension(name, segments)
    inside, outside = _RDF.search(rest), _RDF.search(main)
    if inside is None or outside is None:
        return main
    known = {found[1] for found in _PREFIX.finditer(outside[1])}
    more = [f[0] for f in _PREFIX.finditer(inside[1]) if f[1] not in known]
    start, end = outside.span()
    whole = b"<rdf:RDF" + b" ".join([outside[1], *more]) + b">" + outside[2] + inside[2]
    return (main[:start] + whole + b"</rdf:RDF>" + main[end:]).replace(note[0], b"")


def _extension(name: bytes, segments: Iterable[bytes]) -> bytes:
    """Put an extension together; b"" unless it is whole and its sum is its name."""
    head = _EXTENSION + name
    chunks: dict[int, bytes] = {}
    for body in segments:
        if body.startswith(head) and len(body) >= len(head) + 8:
            (place,) = struct.unpack_from(">I", body, len(head) + 4)
            chunks[place] = body[len(head) + 8 :]
    rest = b"".join(chunks[place] for place in sorted(chunks))
    found = hashlib.md5(rest, usedforsecurity=False).hexdigest().upper().encode()
    return rest if found == name else b""


def _segment(body: bytes) -> bytes:
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
