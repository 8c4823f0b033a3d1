"""Tags go from file to file byte for byte, whatever letters and numbers they hold."""

import hashlib
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from retouchgpt_core.photo import Photo
from retouchgpt_core.photo.directories import Directory, Entry, Tags, block_of, packed, tags_of
from retouchgpt_core.photo.extended_xmp import joined_xmp

CODECS: Any = imagecodecs
ORDERS = ("<", ">")


def _tags(order: str) -> Tags:
    """What a program that writes UTF-8 leaves in a camera's block."""

    def text(tag: int, words: str) -> Entry:
        data = words.encode() + b"\0"
        return Entry(tag, 2, len(data), data)

    def numbers(tag: int, kind: int, form: str, *values: int) -> Entry:
        count = len(values) // 2 if kind in (5, 10) else len(values)
        return Entry(tag, kind, count, struct.pack(order + form * len(values), *values))

    title = "Título".encode("utf-16-le")
    entries = (
        text(270, "Grüße aus Łódź"),
        text(315, "José Müller"),
        numbers(318, 5, "I", 3127, 10000, 329, 1000),
        numbers(18246, 3, "H", 4),
        Entry(40091, 1, len(title), title),
    )
    note = bytes(range(200))
    exposure = Directory((numbers(33434, 5, "I", 1, 125), Entry(37500, 7, len(note), note)))
    place = Directory((text(1, "N"), numbers(2, 5, "I", 52, 1, 30, 1, 15, 1)))
    return Tags(order, Directory(entries, {0x8769: exposure, 0x8825: place}))


def _flat(tags: Tags) -> dict[tuple[int, int], Entry]:
    found = {(0, entry.tag): entry for entry in tags.first.entries}
    for pointer, below in tags.first.below.items():
        found |= {(pointer, entry.tag): entry for entry in below.entries}
    return found


@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp", "avif", "heic"])
@pytest.mark.parametrize("order", ORDERS)
def test_every_tag_goes_along_byte_for_byte(
    tmp_path: Path, coloured: Any, order: str, ending: str
) -> None:
    if ending == "heic":
        pytest.importorskip("pillow_heif")
    before = _tags(order)
    photo = Photo(coloured, exif=b"Exif\0\0" + block_of(before), dpi=(300, 300))
    photo.write(tmp_path / f"a.{ending}")
    once = Photo.read(tmp_path / f"a.{ending}")
    once.write(tmp_path / "b.tif")
    once.write(tmp_path / f"b.{ending}")
    for path in (tmp_path / "b.tif", tmp_path / f"b.{ending}"):
        exif = Photo.read(path).exif
        assert exif is not None
        after = tags_of(exif.removeprefix(b"Exif\0\0"))
        assert after.order == order
        assert _flat(before).items() <= _flat(after).items()


@pytest.mark.parametrize("order", ORDERS)
def test_other_readers_find_the_tags_of_a_tiff(tmp_path: Path, coloured: Any, order: str) -> None:
    Photo(coloured, exif=b"Exif\0\0" + block_of(_tags(order))).write(tmp_path / "a.tif")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        page: Any = file.pages[0]
        np.testing.assert_array_equal(page.asarray(), coloured)
        assert page.tags[315].value == "José Müller"
        assert page.tags[18246].value == 4
        assert page.tags[0x8769].value["ExposureTime"] == (1, 125)
        assert page.tags[0x8825].value["GPSLatitude"] == (52, 1, 30, 1, 15, 1)
        codes = [tag.code for tag in page.tags.values()]
        assert codes == sorted(codes), "as the format asks"


ENTRY = st.builds(
    lambda tag, data: Entry(tag, 7, len(data), data),
    st.integers(1, 0x8768),
    st.binary(min_size=1, max_size=20),
)
DIRECTORY = st.lists(ENTRY, max_size=6, unique_by=lambda e: e.tag).map(
    lambda entries: Directory(tuple(sorted(entries)))
)


@settings(max_examples=100, deadline=None)
@given(
    first=DIRECTORY,
    exposure=DIRECTORY,
    order=st.sampled_from(ORDERS),
    broken=st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 255)), max_size=4),
)
def test_a_block_is_read_as_it_was_written_and_a_damaged_one_never_runs_wild(
    first: Directory, exposure: Directory, order: str, broken: list[tuple[int, int]]
) -> None:
    tags = Tags(order, Directory(first.entries, {0x8769: exposure}))
    block = block_of(tags)
    assert _flat(tags_of(block)) == _flat(tags)
    damaged = bytearray(block)
    for place, value in broken:
        damaged[place % len(damaged)] = value
    try:
        found = tags_of(bytes(damaged))
    except (ValueError, struct.error):
        return
    assert sum(len(entry.data) for entry in found.first.entries) <= 20 * len(block)


def test_tags_that_point_to_the_same_bytes_a_thousand_times_are_not_copied_for_ever() -> None:
    count, size = 3000, 1 << 20
    rows = b"".join(struct.pack("<HHII", 1000 + n, 7, size, 0) for n in range(count))
    block = struct.pack("<2sHIH", b"II", 42, 8, count) + rows + bytes(4 + size)
    found = tags_of(block)
    assert sum(len(entry.data) for entry in found.first.entries) <= 64 << 20


def test_what_is_below_nothing_is_not_written() -> None:
    empty = Directory((), {0x8769: Directory()})
    assert empty.empty
    assert packed(empty, "<", 8) == bytes(6)


def test_a_makers_note_that_no_jpeg_holds_is_all_that_goes(tmp_path: Path, coloured: Any) -> None:
    before = _tags("<")
    exposure = before.first.below[0x8769]
    note = Entry(37500, 7, 70_000, bytes(70_000))
    large = Directory((exposure.entries[0], note))
    first = Directory(before.first.entries, {**before.first.below, 0x8769: large})
    photo = Photo(coloured, exif=b"Exif\0\0" + block_of(Tags("<", first)))
    (said,) = photo.write(tmp_path / "a.jpg")
    assert "maker's note" in said
    exif = Photo.read(tmp_path / "a.jpg").exif
    assert exif is not None
    kept = {key: entry for key, entry in _flat(before).items() if key != (0x8769, 37500)}
    assert kept.items() <= _flat(tags_of(exif.removeprefix(b"Exif\0\0"))).items()
    assert photo.write(tmp_path / "a.tif") == ()


def _packet(words: bytes, note: bytes = b"", title: bytes = b"kept") -> bytes:
    return (
        b'<?xpacket begin="" id="x"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
        b' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        b' xmlns:dc="http://purl.org/dc/elements/1.1/"' + note + b' dc:format="' + title + b'"'
        b' dc:source="' + words + b'"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


def test_an_xmp_packet_of_several_segments(tmp_path: Path, coloured: Any) -> None:
    words = np.random.default_rng(1).integers(97, 122, 200_000, dtype=np.uint8).tobytes()
    path = tmp_path / "a.jpg"
    assert Photo(coloured, xmp=_packet(words)).write(path) == ()
    xmp = Photo.read(path).xmp
    assert xmp is not None
    assert words in xmp
    assert b'dc:format="kept"' in xmp
    assert b"HasExtendedXMP" not in xmp
    ElementTree.fromstring(xmp)
    Photo.read(path).write(tmp_path / "b.jpg")
    assert words in (Photo.read(tmp_path / "b.jpg").xmp or b"")
    if shutil.which("exiftool") is not None:
        command = ["exiftool", "-s3", "-XMP-dc:Source", str(tmp_path / "b.jpg")]
        told = subprocess.run(command, capture_output=True, check=True).stdout
        assert told.strip() == words


def test_an_extension_that_is_damaged_or_of_another_packet_is_left_out() -> None:
    rest = _packet(b"more", title=b"other")
    name = hashlib.md5(rest).hexdigest().upper().encode()
    main = _packet(b"less", b' xmpNote:HasExtendedXMP="' + name + b'"')
    head = b"http://ns.adobe.com/xmp/extension/\0"
    half = len(rest) // 2
    sizes = [struct.pack(">II", len(rest), place) for place in (0, half)]
    parts = [head + name + sizes[0] + rest[:half], head + name + sizes[1] + rest[half:]]
    whole = joined_xmp(main, [b"Exif", *parts[::-1]])
    assert b'"more"' in whole
    assert b'"less"' in whole
    for wrong in ([], parts[:1], [parts[0], parts[1][:-1]], [head + b"0" * 32 + sizes[0] + rest]):
        assert joined_xmp(main, wrong) == main
    assert joined_xmp(_packet(b"alone"), parts) == _packet(b"alone")


def test_an_avif_of_ten_bits_fills_sixteen(tmp_path: Path) -> None:
    stored = np.zeros((40, 48, 3), np.uint16)
    stored[:, :24] = 1023
    stored[:, 24:] = np.array((400, 600, 500))
    data = bytes(CODECS.avif_encode(stored, level=100, bitspersample=10))
    (tmp_path / "a.avif").write_bytes(data)
    photo = Photo.read(tmp_path / "a.avif")
    assert photo.depth == 16
    assert photo.notes == ()
    assert photo.pixels[:, 0].min() == 65535
    decoded = CODECS.avif_decode(data)[0, 40].astype(int)
    assert np.abs(photo.pixels[0, 40] - decoded * 65535 / 1023).max() <= 1


def test_an_avif_that_only_names_display_p3(tmp_path: Path) -> None:
    green = np.full((40, 40, 3), (100, 200, 120), np.uint8)
    data = CODECS.avif_encode(green, level=95, primaries=12, transfer=13, matrix=1)
    (tmp_path / "a.avif").write_bytes(data)
    photo = Photo.read(tmp_path / "a.avif")
    assert photo.icc is not None
    np.testing.assert_allclose(photo.rgb()[0, 0] * 255, (46, 203, 112), atol=6)
