"""Read and patch an EXIF block in place, so that everything else in it survives byte for byte."""

import re
import struct
from collections.abc import Iterator

EXIF_PREFIX = b"Exif\x00\x00"
_ORIENTATION, _EXIF_POINTER, _PIXEL_WIDTH, _PIXEL_HEIGHT = 0x0112, 0x8769, 0xA002, 0xA003
_SHORT, _LONG = 3, 4
_ENTRY_SIZE = 12
_XMP_ORIENTATION = re.compile(
    rb"(tiff:Orientation\s*=\s*[\"']|<tiff:Orientation>\s*)[1-8](?=\s*[\"'<])"
)


def prefixed(block: bytes) -> bytes:
    """Return an EXIF block with the six bytes that JPEG puts before it."""
    return block if block.startswith(EXIF_PREFIX) else EXIF_PREFIX + block


def orientation(exif: bytes | None) -> int:
    """Return the orientation 1 to 8; 1 if there is none or the block is damaged."""
    if exif is None:
        return 1
    try:
        block = _Block(bytearray(prefixed(exif)))
        value = block.value(block.first, _ORIENTATION)
    except (struct.error, ValueError):
        return 1
    return value if value is not None and 1 <= value <= 8 else 1


def made_upright(exif: bytes, width: int, height: int) -> bytes:
    """Return the block for upright pixels of this size: orientation 1, no stale thumbnail.

    A damaged block is returned as it is.
    """
    try:
        block = _Block(bytearray(prefixed(exif)))
        block.set(block.first, _ORIENTATION, 1)
        pointer = block.value(block.first, _EXIF_POINTER)
        if pointer is not None:
            block.set(pointer, _PIXEL_WIDTH, width)
            block.set(pointer, _PIXEL_HEIGHT, height)
        block.cut_after(block.first)
    except (struct.error, ValueError):
        return exif
    return bytes(block.data)


def xmp_made_upright(xmp: bytes) -> bytes:
    """Return the XMP packet with its orientation, if it has one, set to 1."""
    return _XMP_ORIENTATION.sub(rb"\g<1>1", xmp)


class _Block:
    """The entries of a TIFF block's directories, by offset."""

    def __init__(self, data: bytearray) -> None:
        self.data = data
        self._start = len(EXIF_PREFIX)
        marks = {b"II": "<", b"MM": ">"}
        order = marks.get(bytes(data[self._start : self._start + 2]))
        if order is None:
            raise ValueError("no byte order mark")
        self._order = order
        magic, self.first = self._unpack("HI", self._start + 2)
        if magic != 42:
            raise ValueError("not a TIFF block")

    def value(self, directory: int, tag: int) -> int | None:
        """Return a whole number stored in the entry itself, or None if the tag is missing."""
        for place, kind in self._entries(directory, tag):
            return self._unpack("H" if kind == _SHORT else "I", place)[0]
        return None

    def set(self, directory: int, tag: int, value: int) -> None:
        """Overwrite a whole number where the tag exists; elsewhere do nothing."""
        for place, kind in self._entries(directory, tag):
            if kind == _SHORT and value > 0xFFFF:
                return
            struct.pack_into(
                self._order + ("H" if kind == _SHORT else "I"), self.data, place, value
            )

    def cut_after(self, directory: int) -> None:
        """Unlink the directory that follows (the thumbnail's)."""
        end = self._start + directory + 2 + _ENTRY_SIZE * self._count(directory)
        struct.pack_into(self._order + "I", self.data, end, 0)

    def _count(self, directory: int) -> int:
        return self._unpack("H", self._start + directory)[0]

    def _entries(self, directory: int, tag: int) -> Iterator[tuple[int, int]]:
        for index in range(self._count(directory)):
            entry = self._start + directory + 2 + _ENTRY_SIZE * index
            found, kind, count = self._unpack("HHI", entry)
            if found == tag and kind in (_SHORT, _LONG) and count == 1:
                yield entry + 8, kind

    def _unpack(self, form: str, at: int) -> tuple[int, ...]:
        return struct.unpack_from(self._order + form, self.data, at)
