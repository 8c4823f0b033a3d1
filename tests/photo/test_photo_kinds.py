"""Pictures of every kind that photographers have, read back by other programs."""

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import ExifTags, Image

from retouchgpt_core.errors import PhotoReadError, PhotoWriteError
from retouchgpt_core.photo import Photo, raw
from retouchgpt_core.photo import heic as heic_files
from retouchgpt_core.photo.channels import split
from retouchgpt_core.photo.colour import display_p3_profile
from retouchgpt_core.photo.iptc import app13, from_app13, from_text_profile, text_profile

CODECS: Any = imagecodecs
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf note="kept"/></x:xmpmeta>'
IPTC = b"\x1c\x02\x78\x00\x07A title\x1c\x02\x50\x00\x03Ann"


def _smooth(channels: int, depth: int = 8) -> Any:
    y, x = np.mgrid[:48, :64]
    planes = [60 + 2 * x, 40 + 3 * y, 200 - x - y, 128 + x][:channels]
    values = np.stack(planes, axis=2).astype(np.float64) / 255
    kind = np.uint8 if depth == 8 else np.uint16
    return np.rint(values * np.iinfo(kind).max).astype(kind)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), channels=st.integers(1, 4), depth=st.sampled_from([8, 16]))
def test_an_unedited_photo_equals_its_input_in_every_lossless_format(
    tmp_path_factory: pytest.TempPathFactory, data: Any, channels: int, depth: int
) -> None:
    height, width = data.draw(st.integers(32, 40)), data.draw(st.integers(32, 40))
    kind = np.uint8 if depth == 8 else np.uint16
    stored = data.draw(arrays.arrays(kind, (height, width, channels)))
    colour, alpha, grey = split(stored)
    folder = tmp_path_factory.mktemp("lossless")
    endings = ["png", "tif"] + (["webp"] if depth == 8 else [])
    for ending in endings:
        path = folder / f"a.{ending}"
        assert Photo(colour, alpha=alpha, grey=grey).write(path) == ()
        again = Photo.read(path)
        assert again.depth == depth
        np.testing.assert_array_equal(again.pixels, colour)
        opaque = ending == "webp" and alpha is not None and (alpha == 255).all()
        if alpha is not None and not opaque:  # WebP stores no alpha that hides nothing
            assert again.alpha is not None
            np.testing.assert_array_equal(again.alpha, alpha)
        else:
            assert again.alpha is None
        assert again.grey == (grey and ending != "webp")
        assert not again.lossy
    other = np.squeeze(stored, 2) if channels == 1 else stored
    np.testing.assert_array_equal(tifffile.imread(folder / "a.tif"), other)
    np.testing.assert_array_equal(CODECS.png_decode((folder / "a.png").read_bytes()), other)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_greyscale_and_colour_jpegs(tmp_path: Path, progressive: bool, subsampling: int) -> None:
    for mode in ("L", "RGB"):
        path = tmp_path / f"{mode}.jpg"
        picture = Image.fromarray(_smooth(3)).convert(mode)
        picture.save(path, quality=90, progressive=progressive, subsampling=subsampling)
        photo = Photo.read(path)
        assert photo.grey == (mode == "L")
        assert photo.lossy
        assert photo.notes == ()
        assert photo.write(tmp_path / "again.jpg") == ()
        with Image.open(tmp_path / "again.jpg") as again, Image.open(path) as before:
            assert again.mode == mode
            assert bool(again.info.get("progressive")) == progressive
            difference = np.abs(np.asarray(again).astype(int) - np.asarray(before))
            assert difference.max() <= 6
        with Image.open(path) as before:
            expected = np.asarray(before)
        np.testing.assert_array_equal(
            photo.pixels, expected if mode == "RGB" else split(expected)[0]
        )


@pytest.mark.parametrize("ending", ["jpg", "tif"])
def test_cmyk_becomes_srgb_with_a_note(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    Image.fromarray(_smooth(3)).convert("CMYK").save(path, quality=100)
    photo = Photo.read(path)
    assert len(photo.notes) == 1
    assert "CMYK" in photo.notes[0]
    assert photo.icc is None
    assert np.abs(photo.pixels.astype(int) - _smooth(3)).max() <= 6


def test_sixteen_bit_cmyk_keeps_its_depth(tmp_path: Path) -> None:
    inks = np.zeros((40, 40, 4), np.uint16)
    inks[..., 0] = 65535 - 1000
    tifffile.imwrite(tmp_path / "a.tif", inks, photometric="separated")
    photo = Photo.read(tmp_path / "a.tif")
    np.testing.assert_array_equal(photo.pixels[0, 0], (1000, 65535, 65535))


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_pngs_of_few_bits(tmp_path: Path, bits: int) -> None:
    image = Image.fromarray(_smooth(3)).quantize(1 << bits)
    image.save(tmp_path / "a.png", bits=bits)
    photo = Photo.read(tmp_path / "a.png")
    np.testing.assert_array_equal(photo.pixels, np.asarray(image.convert("RGB")))
    assert "palette" in photo.notes[0]
    image.save(tmp_path / "b.png", transparency=1)
    clear = Photo.read(tmp_path / "b.png")
    assert clear.alpha is not None
    np.testing.assert_array_equal(clear.alpha == 0, np.asarray(image) == 1)


def test_black_and_white(tmp_path: Path) -> None:
    image = Image.fromarray(_smooth(3)).convert("1")
    expected = np.asarray(image.convert("L"))
    for ending in ("png", "tif"):
        image.save(tmp_path / f"a.{ending}")
        photo = Photo.read(tmp_path / f"a.{ending}")
        assert photo.grey
        assert photo.notes
        np.testing.assert_array_equal(photo.pixels[..., 0], expected)


def test_palette_and_inverted_tiffs(tmp_path: Path) -> None:
    image = Image.fromarray(_smooth(3)).quantize(64)
    image.save(tmp_path / "a.tif")
    photo = Photo.read(tmp_path / "a.tif")
    np.testing.assert_array_equal(photo.pixels, np.asarray(image.convert("RGB")))
    assert "palette" in photo.notes[0]
    light = _smooth(1, 16)[..., 0]
    tifffile.imwrite(tmp_path / "b.tif", 65535 - light, photometric="miniswhite")
    np.testing.assert_array_equal(Photo.read(tmp_path / "b.tif").pixels[..., 2], light)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("compression", [None, "lzw", "zlib", "packbits"])
@pytest.mark.parametrize("tile", [None, (16, 16)])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_tiff_layouts_of_every_kind(
    tmp_path: Path, channels: int, planar: Any, compression: Any, tile: Any, byteorder: Any
) -> None:
    stored = _smooth(channels, 16)
    path = tmp_path / "a.tif"
    alpha = channels in (2, 4)
    planes = np.ascontiguousarray(np.moveaxis(stored, 2, 0)) if planar == "separate" else stored
    tifffile.imwrite(
        path,
        planes if channels > 1 else stored[..., 0],
        photometric="rgb" if channels > 2 else "minisblack",
        planarconfig=planar if channels > 1 else None,
        extrasamples=["unassalpha"] if alpha else None,
        compression=compression,
        predictor=compression in ("lzw", "zlib"),
        tile=tile,
        byteorder=byteorder,
    )
    photo = Photo.read(path)
    colour, expected, grey = split(stored)
    np.testing.assert_array_equal(photo.pixels, colour)
    assert photo.grey == grey
    if alpha:
        assert photo.alpha is not None
        assert expected is not None
        np.testing.assert_array_equal(photo.alpha, expected)


def test_premultiplied_pixels_stay_so_in_tiff_and_are_divided_elsewhere(tmp_path: Path) -> None:
    stored = np.zeros((40, 40, 4), np.uint8)
    stored[:] = (50, 100, 0, 100)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", extrasamples=["assocalpha"])
    photo = Photo.read(tmp_path / "a.tif")
    photo.write(tmp_path / "b.tif")
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), stored)
    assert Photo.read(tmp_path / "b.tif").premultiplied
    photo.write(tmp_path / "b.png")
    assert tuple(Photo.read(tmp_path / "b.png").pixels[0, 0]) == (128, 255, 0)


@pytest.mark.parametrize("ending", ["webp", "avif", "heic"])
@pytest.mark.parametrize("alpha", [False, True])
def test_lossy_formats_carry_metadata_and_alpha(
    tmp_path: Path, exif: Image.Exif, adobe_rgb: bytes, ending: str, alpha: bool
) -> None:
    if ending == "heic":
        pytest.importorskip("pillow_heif")
    pixels = _smooth(3)
    clear = np.ascontiguousarray(pixels[..., 1]) if alpha else None
    photo = Photo(pixels, icc=adobe_rgb, exif=exif.tobytes(), xmp=XMP, alpha=clear)
    path = tmp_path / f"a.{ending}"
    assert photo.write(path, quality=97) == ()
    again = Photo.read(path)
    assert again.lossy
    assert np.abs(again.pixels.astype(int) - pixels).max() <= 8
    assert again.icc == adobe_rgb
    assert again.xmp == XMP
    assert again.exif is not None
    block = Image.Exif()
    block.load(again.exif)
    assert block[0x0110] == "Model X"
    if clear is not None:
        assert again.alpha is not None
        assert np.abs(again.alpha.astype(int) - clear).max() <= 4
    else:
        assert again.alpha is None
    if ending != "heic":
        with Image.open(path) as image:
            assert image.info["icc_profile"] == adobe_rgb
            assert image.getexif()[0x013B] == "A photographer"


@pytest.mark.parametrize("ending", ["webp", "avif"])
@pytest.mark.parametrize("orientation", [3, 6])
def test_orientation_of_newer_formats(
    tmp_path: Path, exif: Image.Exif, ending: str, orientation: int
) -> None:
    flat = np.full((40, 64, 3), 20, np.uint8)
    flat[:20, :32] = 240
    exif[0x0112] = orientation
    Image.fromarray(flat).save(tmp_path / f"a.{ending}", exif=exif.tobytes(), quality=100)
    photo = Photo.read(tmp_path / f"a.{ending}")
    turned = np.rot90(flat, 2 if orientation == 3 else -1)
    assert photo.pixels.shape == turned.shape
    assert np.abs(photo.pixels.astype(int) - turned)[4:-4, 4:-4].mean() < 8
    photo.write(tmp_path / f"b.{ending}")
    assert Photo.read(tmp_path / f"b.{ending}").pixels.shape == turned.shape


def test_a_resolution_reaches_formats_that_keep_it_in_the_exif(tmp_path: Path) -> None:
    for ending in ("webp", "avif"):
        Photo(_smooth(3), dpi=(300, 240)).write(tmp_path / f"a.{ending}")
        assert Photo.read(tmp_path / f"a.{ending}").dpi == pytest.approx((300, 240))


def test_what_a_format_cannot_hold_is_said(tmp_path: Path) -> None:
    deep = Photo(_smooth(3, 16), alpha=_smooth(1, 16)[..., 0], iptc=IPTC)
    jpeg = deep.write(tmp_path / "a.jpg")
    assert [words in " ".join(jpeg) for words in ("16 bits", "transparency", "IPTC")] == [
        True,
        True,
        False,
    ]
    webp = " ".join(deep.write(tmp_path / "a.webp"))
    assert "16 bits" in webp
    assert "IPTC" in webp
    np.testing.assert_array_equal(Photo.read(tmp_path / "a.webp").pixels, _smooth(3))
    assert deep.write(tmp_path / "a.png") == deep.write(tmp_path / "a.tif") == ()
    with pytest.raises(PhotoWriteError, match="only a camera"):
        deep.write(tmp_path / "a.dng")


@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
def test_iptc_goes_along(tmp_path: Path, ending: str) -> None:
    photo = Photo(_smooth(3), iptc=IPTC)
    photo.write(tmp_path / f"a.{ending}")
    assert Photo.read(tmp_path / f"a.{ending}").iptc == IPTC
    assert from_text_profile(text_profile(IPTC)) == IPTC
    segment = app13(IPTC)
    assert segment is not None
    assert from_app13(segment[4:]) == IPTC


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp", "avif"])
def test_exiftool_reads_what_was_written(
    tmp_path: Path, exif: Image.Exif, adobe_rgb: bytes, ending: str
) -> None:
    path = tmp_path / f"a.{ending}"
    Photo(_smooth(3), icc=adobe_rgb, exif=exif.tobytes(), iptc=IPTC).write(path)
    command = ["exiftool", "-json", "-validate", "-warning", str(path)]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)[0]
    assert "Error" not in told
    command = ["exiftool", "-json", str(path)]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)[0]
    assert told["Model"] == "Model X"
    assert told["Artist"] == "A photographer"
    assert "Adobe RGB" in told["ProfileDescription"]
    if ending in ("jpg", "png", "tif"):
        assert told["By-line"] == "Ann"


def _with_thumbnail(exif: Image.Exif, colour: tuple[int, int, int]) -> bytes:
    """An EXIF block whose thumbnail is of one colour, as cameras write it."""
    small = io.BytesIO()
    Image.new("RGB", (160, 120), colour).save(small, "JPEG")
    block = bytearray(exif.tobytes()[6:])
    order: Any = "little" if block[:2] == b"II" else "big"
    first = int.from_bytes(block[4:8], order)
    end = first + 2 + 12 * int.from_bytes(block[first : first + 2], order)
    block[end : end + 4] = len(block).to_bytes(4, order)
    place = len(block) + 2 + 24 + 4
    block += (2).to_bytes(2, order)
    for tag, value in ((0x201, place), (0x202, len(small.getvalue()))):
        block += tag.to_bytes(2, order) + (4).to_bytes(2, order) + (1).to_bytes(4, order)
        block += value.to_bytes(4, order)
    return b"Exif\0\0" + bytes(block) + bytes(4) + small.getvalue()


@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_the_thumbnail_shows_the_photo_that_was_saved(
    tmp_path: Path, exif: Image.Exif, ending: str
) -> None:
    old = _with_thumbnail(exif, (255, 0, 0))
    Image.new("RGB", (320, 240), (0, 0, 255)).save(tmp_path / "a.jpg", exif=old)
    Photo.read(tmp_path / "a.jpg").write(tmp_path / f"b.{ending}")
    written = Photo.read(tmp_path / f"b.{ending}").exif
    assert written is not None
    assert written.count(b"\xff\xd8\xff") == 1
    block = Image.Exif()
    block.load(written)
    assert block[0x0110] == "Model X"
    small = block.get_ifd(ExifTags.IFD.IFD1)
    picture = written[6 + small[0x201] : 6 + small[0x201] + small[0x202]]
    with Image.open(io.BytesIO(picture)) as image:
        assert image.size == (160, 120)
        assert np.asarray(image).reshape(-1, 3).mean(0) == pytest.approx((0, 0, 255), abs=4)


def test_a_camera_that_only_names_adobe_rgb(tmp_path: Path, exif: Image.Exif) -> None:
    exif[0x8769] = {0xA005: {1: "R03", 2: b"0100"}}
    Image.fromarray(_smooth(3)).save(tmp_path / "a.jpg", exif=exif.tobytes())
    assert Photo.read(tmp_path / "a.jpg").profile.startswith("Adobe RGB")


def test_display_p3_is_honoured_and_kept(tmp_path: Path) -> None:
    icc = display_p3_profile()
    green = np.zeros((40, 40, 3), np.uint8)
    green[:] = (100, 200, 120)
    for ending in ("jpg", "png", "tif", "webp", "avif"):
        path = tmp_path / f"a.{ending}"
        Photo(green, icc=icc).write(path, quality=100)
        photo = Photo.read(path)
        assert photo.icc == icc
        assert photo.profile == "Display P3"
        # Display P3 (100, 200, 120) is about sRGB (46, 203, 112).
        np.testing.assert_allclose(photo.rgb()[0, 0] * 255, (46, 203, 112), atol=6)


def test_a_grey_profile_is_honoured_and_a_change_stays_grey(tmp_path: Path) -> None:
    icc = bytes(CODECS.cms_profile("gray", gamma=1.0))
    picture = np.full((40, 40), 55, np.uint8)
    Image.fromarray(picture).save(tmp_path / "a.png", icc_profile=icc)
    photo = Photo.read(tmp_path / "a.png")
    assert photo.icc == icc
    seen = photo.rgb()
    assert seen[0, 0] * 255 == pytest.approx((128, 128, 128), abs=2)
    delta = np.zeros_like(seen) + np.array([0.1, 0.0, -0.05], np.float32)
    own = photo.own_delta(seen, delta)
    assert np.ptp(own, axis=2).max() < 1e-6
    assert own.max() > 0
    photo.write(tmp_path / "a.webp")
    other = Photo.read(tmp_path / "a.webp")
    assert other.icc is None
    assert abs(int(other.pixels[0, 0, 0]) - 128) <= 2


def test_a_deep_heic_fills_sixteen_bits(tmp_path: Path) -> None:
    library = pytest.importorskip("pillow_heif")
    white = np.full((48, 64, 3), 65535, np.uint16)
    buffer = io.BytesIO()
    library.encode("RGB;16", (64, 48), white.tobytes(), buffer, quality=-1)
    (tmp_path / "a.heic").write_bytes(buffer.getvalue())
    photo = Photo.read(tmp_path / "a.heic")
    assert photo.depth == 16
    assert photo.pixels.min() == 65535


def _digital_negative(path: Path) -> None:
    """The smallest file that a RAW developer takes for a camera's: a grey card under a mosaic."""
    tags = [
        (50706, "B", 4, (1, 4, 0, 0), True),
        (50708, "s", 0, "Test camera", True),
        (33421, "H", 2, (2, 2), True),
        (33422, "B", 4, (0, 1, 1, 2), True),
        (50717, "H", 1, 4095, True),
        (50721, "2i", 9, (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1), True),
        (50728, "2I", 3, (1, 1, 1, 1, 1, 1), True),
        (50778, "H", 1, 21, True),
        (271, "s", 0, "Test", True),
        (272, "s", 0, "Test camera", True),
    ]
    mosaic = np.full((96, 128), 1000, np.uint16)
    tifffile.imwrite(path, mosaic, photometric=32803, metadata=None, extratags=tags)


def test_a_camera_raw_is_developed(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    path = tmp_path / "a.dng"
    _digital_negative(path)
    photo = Photo.read(path)
    assert photo.depth == 16
    assert photo.format == "RAW"
    assert "RAW" in photo.notes[0]
    assert photo.pixels.std() < 3000
    photo.write(tmp_path / "b.tif")
    np.testing.assert_array_equal(Photo.read(tmp_path / "b.tif").pixels, photo.pixels)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(PhotoReadError):
        Photo.read(path)


def test_a_missing_part_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> None:
        raise ImportError

    for module in (raw, heic_files):
        monkeypatch.setattr(module.importlib, "import_module", missing)
    (tmp_path / "a.dng").write_bytes(b"II*\0" + bytes(100))
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    for name, extra in (("a.dng", "raw"), ("a.heic", "heif")):
        with pytest.raises(PhotoReadError, match="not installed") as caught:
            Photo.read(tmp_path / name)
        assert f"retouchgpt[{extra}]" in caught.value.next_step
    with pytest.raises(PhotoWriteError, match="not installed"):
        Photo(_smooth(3)).write(tmp_path / "b.heic")


@pytest.mark.parametrize("ending", ["webp", "avif", "heic"])
def test_damaged_newer_formats_never_end_in_a_traceback(tmp_path: Path, ending: str) -> None:
    if ending == "heic":
        pytest.importorskip("pillow_heif")
    path = tmp_path / f"a.{ending}"
    Photo(_smooth(3)).write(path)
    data = path.read_bytes()
    for share in (0.02, 0.3, 0.6, 0.95):
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(PhotoReadError):
            Photo.read(path)


def test_iptc_in_a_png_as_exiftool_writes_it() -> None:
    profile = text_profile(IPTC).replace(b"\niptc\n", b"\nIPTC profile\n")
    assert from_text_profile(profile) == IPTC
