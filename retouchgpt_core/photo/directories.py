"""Directories of tags, as TIFF files and EXIF blocks store them, moved elsewhere byte for byte."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

EXIF, GPS, INTEROP = 0x8769, 0x8825, 0xA005
_POINTERS = frozenset({EXIF, GPS, INTEROP})
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Bytes of one value of each type (TIFF 6.0, section 2; 13 from its supplement 1)."""
_POINTER_FORMS = {4: "I", 13: "I", 16: "Q", 18: "Q"}
_LONG = 4
_MOST = 64 << 20
"""Bytes that all values of a file may have together: overlapping ones could have any number."""
_ORDERS = {b"II": "<", b"MM": ">"}


class Entry(NamedTuple):
    """A tag with the bytes of its `number` values, in the byte order of where it came from."""

    tag: int
    kind: int
    number: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Directory:
    """Entries in order, and the directories below, by the tag that points to each."""

    entries: tuple[Entry, ...] = ()
    below: Mapping[int, "Directory"] = field(default_factory=dict[int, "Directory"])

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it, nor below."""
        return not self.entries and all(each.empty for each in self.below.values())

    def only(self, wanted: Callable[[int], bool]) -> "Directory":
        """Return it without the tags that are not wanted; directories below stay whole."""
        return replace(self, entries=tuple(e for e in self.entries if wanted(e.tag)))


class Tags(NamedTuple):
    """The byte order, "<" or ">", and the first directory of a file or block."""

    order: str
    first: Directory


def tags_of(data: bytes) -> Tags:
    """Read the first directory of a TIFF (also a BigTIFF) or of an EXIF block without its prefix.

    Entries that are damaged or of unknown types are left out, and so is the thumbnail. Raises
    ValueError or struct.error if there is no directory.
    """
    order = _ORDERS.get(bytes(data[:2]))
    if order is None:
        raise ValueError("no byte order mark")
    (magic,) = struct.unpack_from(order + "H", data, 2)
    if magic not in (42, 43):
        raise ValueError("not a TIFF block")
    reader = _Reader(data, order, magic == 43)
    form, at = ("Q", 8) if reader.big else ("I", 4)
    (place,) = struct.unpack_from(order + form, data, at)
    return Tags(order, reader.directory(place, 0))


def packed(directory: Directory, order: str, at: int) -> bytes:
    """Return a directory, its values and those below for the even place `at`; none follows it."""
    below = {tag: each for tag, each in directory.below.items() if not each.empty}
    count = len(directory.entries) + len(below)
    values = bytearray()
    end = at + 2 + 12 * count + 4
    rows: list[tuple[int, bytes]] = []
    for entry in directory.entries:
        rows.append((entry.tag, row(entry, order, end + len(values))))
        if len(entry.data) > 4:
            values += entry.data + b"\0" * (len(entry.data) % 2)
    for tag, each in below.items():
        rows.append((tag, struct.pack(order + "HHII", tag, _LONG, 1, end + len(values))))
        values += packed(each, order, end + len(values))
    rows.sort(key=lambda each: each[0])
    return (
        struct.pack(order + "H", count)
        + b"".join(packed_row for _, packed_row in rows)
        + struct.pack(order + "I", 0)
        + bytes(values)
    )


def row(entry: Entry, order: str, place: int) -> bytes:
    """Return an entry's twelve bytes; `place` is where its values lie if they don't fit there."""
    head = struct.pack(order + "HHI", entry.tag, entry.kind, entry.number)
    if len(entry.data) > 4:
        return head + struct.pack(order + "I", place)
    return head + entry.data + bytes(4 - len(entry.data))


def block_of(tags: Tags) -> bytes:
    """Return the tags as an EXIF block of their own, without the prefix that JPEG gives it."""
    mark = {order: letters for letters, order in _ORDERS.items()}[tags.order]
    return mark + struct.pack(tags.order + "HI", 42, 8) + packed(tags.first, tags.order, 8)


class _Reader:
    def __init__(self, data: bytes, order: str, big: bool) -> None:
        self._data = data
        self._order = order
        self.big = big
        self._left = _MOST

    def directory(self, place: int, depth: int) -> Directory:
        form, size = ("HHQ8s", 20) if self.big else ("HHI4s", 12)
        (count,) = struct.unpack_from(self._order + ("Q" if self.big else "H"), self._data, place)
        start = place + (8 if self.big else 2)
        if count > 0xFFFF or start + size * count > len(self._data):
            raise ValueError("a directory that ends too early")
        entries: dict[int, Entry] = {}
        below: dict[int, Directory] = {}
        for index in range(count):
            tag, kind, number, inside = struct.unpack_from(
                self._order + form, self._data, start + size * index
            )
            if tag in _POINTERS:
                if depth < 2 and kind in _POINTER_FORMS and tag not in below:
                    below[tag] = self._below(inside, kind, depth + 1)
            elif (data := self._values(kind, number, inside)) is not None:
                entries.setdefault(tag, Entry(tag, kind, number, data))
        return Directory(tuple(entries.values()), below)

    def _below(self, inside: bytes, kind: int, depth: int) -> Directory:
        (place,) = struct.unpack_from(self._order + _POINTER_FORMS[kind], inside)
        try:
            return self.directory(place, depth)
        except (ValueError, struct.error):
            return Directory()

    def _values(self, kind: int, number: int, inside: bytes) -> bytes | None:
        """Return the bytes of an entry's values; None if they are damaged or too many."""
        length = _SIZES.get(kind, 0) * number
        if not 0 < length <= self._left:
            return None
        if length <= len(inside):
            return inside[:length]
        (place,) = struct.unpack(self._order + ("Q" if self.big else "I"), inside)
        if place + length > len(self._data):
            return None
        self._left -= length
        return bytes(self._data[place : place + length])
