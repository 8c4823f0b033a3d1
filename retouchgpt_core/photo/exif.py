"""Read and patch an EXIF block in place, so that everything else in it survives byte for byte."""

import re
import struct
import warnings
from collections.abc import Iterator
from dataclasses import replace

from PIL import Image, TiffImagePlugin

from retouchgpt_core.photo.damage import DAMAGE
from retouchgpt_core.photo.directories import Tags, block_of, tags_of

EXIF_PREFIX = b"Exif\x00\x00"
_ORIENTATION, _EXIF_POINTER, _PIXEL_WIDTH, _PIXEL_HEIGHT = 0x0112, 0x8769, 0xA002, 0xA003
_INTEROP_IFD = 0xA005
_MAKERS_NOTE = 0x927C
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
        block = Block(bytearray(prefixed(exif)))
        value = block.value(block.first, _ORIENTATION)
    except (struct.error, ValueError):
        return 1
    return value if value is not None and 1 <= value <= 8 else 1


def made_upright(exif: bytes, width: int, height: int) -> bytes:
    """Return the block for upright pixels of this size: orientation 1.

    The thumbnail is made anew when the photo is written (`thumbnail`). A damaged block is
    returned as it is.
    """
    try:
        block = Block(bytearray(prefixed(exif)))
        block.set(block.first, _ORIENTATION, 1)
        pointer = block.value(block.first, _EXIF_POINTER)
        if pointer is not None:
            block.set(pointer, _PIXEL_WIDTH, width)
            block.set(pointer, _PIXEL_HEIGHT, height)
        if (small := block.following(block.first)) != 0:
            block.set(small, _ORIENTATION, 1)
    except (struct.error, ValueError):
        return exif
    return bytes(block.data)


def without_orientation(exif: bytes) -> bytes:
    """Return the block without the orientation of the picture itself; a damaged one stays."""
    try:
        block = Block(bytearray(prefixed(exif)))
        block.remove(block.first, _ORIENTATION)
    except (struct.error, ValueError):
        return exif
    return bytes(block.data)


def without_makers_note(exif: bytes) -> bytes | None:
    """Return the block without what only the camera's maker can read, which may be large.

    The thumbnail goes too. None if the block is damaged.
    """
    try:
        order, first = tags_of(exif.removeprefix(EXIF_PREFIX))
    except (struct.error, ValueError):
        return None
    below = {tag: each.only(lambda t: t != _MAKERS_NOTE) for tag, each in first.below.items()}
    return prefixed(block_of(Tags(order, replace(first, below=below))))


def names_adobe_rgb(exif: bytes | None) -> bool:
    """Say whether a camera marked the picture as Adobe RGB (interoperability index R03)."""
    block = _loaded(exif)
    if block is None:
        return False
    index = block.get_ifd(_INTEROP_IFD).get(1)
    return isinstance(index, str) and index.strip("\0 ") == "R03"


def resolution(exif: bytes | None) -> tuple[float, float] | None:
    """Return the dots an inch that the block names, or None."""
    block = _loaded(exif)
    if block is None:
        return None
    try:
        unit = {2: 1.0, 3: 2.54}[int(block.get(296, 2))]
        found = float(block[282]) * unit, float(block[283]) * unit
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return found if min(found) > 0 else None


def with_resolution(exif: bytes | None, dpi: tuple[float, float] | None) -> bytes | None:
    """Return a block that names the resolution, where there is no block yet."""
    if exif is not None or dpi is None:
        return exif
    block = Image.Exif()
    block[282], block[283] = (TiffImagePlugin.IFDRational(round(100 * d), 100) for d in dpi)
    block[296] = 2
    return prefixed(block.tobytes())


def _loaded(exif: bytes | None) -> Image.Exif | None:
    if exif is None:
        return None
    block = Image.Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            block.load(exif)
            block.get_ifd(_INTEROP_IFD)
    except DAMAGE:
        return None
    return block


def xmp_made_upright(xmp: bytes) -> bytes:
    """Return the XMP packet with its orientation, if it has one, set to 1."""
    return _XMP_ORIENTATION.sub(rb"\g<1>1", xmp)


class Block:
    """The entries of a TIFF block's directories, by offset."""

    def __init__(self, data: bytearray) -> None:
        self.data = data
        self._start = len(EXIF_PREFIX)
        marks = {b"II": "<", b"MM": ">"}
        order = marks.get(bytes(data[self._start : self._start + 2]))
        if order is None:
            raise ValueError("no byte order mark")
        self.order = order
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
            struct.pack_into(self.order + ("H" if kind == _SHORT else "I"), self.data, place, value)

    def remove(self, directory: int, tag: int) -> None:
        """Take an entry out; those after it, and the link to what follows, move up."""
        count, start = self._count(directory), self._start + directory
        end = start + 2 + _ENTRY_SIZE * count + 4
        for place, _ in self._entries(directory, tag):
            begin = place - 8
            self.data[begin:end] = self.data[begin + _ENTRY_SIZE : end] + bytes(_ENTRY_SIZE)
            struct.pack_into(self.order + "H", self.data, start, count - 1)
            return

    def following(self, directory: int) -> int:
        """Return the place of the directory that follows (the thumbnail's); 0 if there is none."""
        return self._unpack("I", self._link_of(directory))[0]

    def link(self, directory: int, following: int) -> None:
        """Name the directory that follows."""
        struct.pack_into(self.order + "I", self.data, self._link_of(directory), following)

    def cut_after(self, directory: int) -> None:
        """Unlink the directory that follows (the thumbnail's)."""
        self.link(directory, 0)

    def erase(self, place: int, length: int) -> None:
        """Take bytes out: cut off at the end of the block, zeros elsewhere."""
        start = self._start + place
        end = min(start + length, len(self.data))
        if end == len(self.data):
            del self.data[start:]
        else:
            self.data[start:end] = bytes(end - start)

    def even_end(self) -> int:
        """Fill up to an even place, as TIFF asks, and return it."""
        self.data += b"\0" * ((len(self.data) - self._start) % 2)
        return len(self.data) - self._start

    def _link_of(self, directory: int) -> int:
        return self._start + directory + 2 + _ENTRY_SIZE * self._count(directory)

    def _count(self, directory: int) -> int:
        return self._unpack("H", self._start + directory)[0]

    def _entries(self, directory: int, tag: int) -> Iterator[tuple[int, int]]:
        for index in range(self._count(directory)):
            entry = self._start + directory + 2 + _ENTRY_SIZE * index
            found, kind, count = self._unpack("HHI", entry)
            if found == tag and kind in (_SHORT, _LONG) and count == 1:
                yield entry + 8, kind

    def _unpack(self, form: str, at: int) -> tuple[int, ...]:
        return struct.unpack_from(self.order + form, self.data, at)
