"""What goes into a file comes out of it."""

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from retouchgpt_core.photo import Photo

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="6" note="kept"/></x:xmpmeta>'

TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@pytest.mark.parametrize("ending", ["png", "tif", "tiff"])
@pytest.mark.parametrize("depth", [8, 16])
def test_lossless_formats_return_the_same_bits(
    tmp_path: Path, coloured: Any, deep: Any, ending: str, depth: int
) -> None:
    pixels = coloured if depth == 8 else deep
    path = tmp_path / f"a.{ending}"
    Photo.from_array(pixels).write(path)
    again = Photo.read(path)
    assert again.depth == depth
    assert again.pixels.dtype == pixels.dtype
    np.testing.assert_array_equal(again.pixels, pixels)
    assert (again.width, again.height) == (64, 48)
    assert again.path == path


@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
def test_metadata_goes_from_file_to_file(
    tmp_path: Path, coloured: Any, exif: Image.Exif, adobe_rgb: bytes, ending: str
) -> None:
    source = tmp_path / "source.jpg"
    Image.fromarray(coloured).save(
        source, exif=exif, icc_profile=adobe_rgb, xmp=XMP, dpi=(300, 240), quality=90
    )
    photo = Photo.read(source)
    target = tmp_path / f"target.{ending}"
    photo.write(target)
    again = Photo.read(target)
    assert again.icc == adobe_rgb
    assert again.profile.startswith("Adobe RGB")
    assert again.dpi == pytest.approx((300, 240), rel=1e-3)
    assert again.xmp is not None
    assert b'note="kept"' in again.xmp
    block = Image.Exif()
    assert again.exif is not None
    block.load(again.exif)
    assert block[0x010F] == "Camera maker"
    assert block[0x013B] == "A photographer"
    assert block[0x0112] == 1
    exposure = block.get_ifd(0x8769)
    assert exposure[0x829A] == IFDRational(1, 125)
    assert exposure[0x9003] == "2024:05:06 07:08:09"
    assert block.get_ifd(0x8825)[2] == (52.0, 30.0, 15.0)


def test_other_readers_open_what_was_written(
    tmp_path: Path, deep: Any, exif: Image.Exif, adobe_rgb: bytes
) -> None:
    photo = Photo(deep, icc=adobe_rgb, exif=exif.tobytes(), xmp=XMP, dpi=(300, 300))
    photo.write(tmp_path / "a.tif")
    photo.write(tmp_path / "a.png")
    codecs: Any = imagecodecs
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "a.tif"), deep)
    np.testing.assert_array_equal(codecs.png_decode((tmp_path / "a.png").read_bytes()), deep)
    for ending in ("tif", "png"):
        with Image.open(tmp_path / f"a.{ending}") as image:
            image.load()
            assert image.info["icc_profile"] == adobe_rgb
            assert image.info["dpi"] == pytest.approx((300, 300), rel=1e-3)
            assert image.getexif().get_ifd(0x8769)[0x829A] == IFDRational(1, 125)


@pytest.mark.parametrize("options", [{"planarconfig": "separate"}, {"tile": (16, 16)}, {}])
@pytest.mark.parametrize("compression", [None, "lzw", "zlib"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_tiff_layouts(
    tmp_path: Path, deep: Any, options: dict[str, Any], compression: str | None, byteorder: Any
) -> None:
    separate = "planarconfig" in options
    pixels = np.moveaxis(deep, 2, 0) if separate else deep
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path,
        np.ascontiguousarray(pixels),
        photometric="rgb",
        compression=compression,
        byteorder=byteorder,
        **options,
    )
    photo = Photo.read(path)
    np.testing.assert_array_equal(photo.pixels, deep)
    assert photo.pixels.dtype == np.uint16
    assert photo.pixels.dtype.isnative


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("ending", ["png", "tif"])
def test_alpha_is_carried(
    tmp_path: Path, coloured: Any, deep: Any, depth: int, ending: str
) -> None:
    pixels = coloured if depth == 8 else deep
    alpha = np.ascontiguousarray(pixels[..., 1])
    path = tmp_path / f"a.{ending}"
    Photo(pixels, alpha=alpha).write(path)
    again = Photo.read(path)
    np.testing.assert_array_equal(again.pixels, pixels)
    assert again.alpha is not None
    np.testing.assert_array_equal(again.alpha, alpha)


def test_sixteen_bits_are_rounded_into_a_jpeg(tmp_path: Path) -> None:
    flat = np.full((32, 32, 3), 128 * 257 + 128, np.uint16)  # nearer to 128 than to 129
    flat[:, 16:] = 128 * 257 + 129
    Photo.from_array(flat).write(tmp_path / "a.jpg", quality=100)
    pixels = Photo.read(tmp_path / "a.jpg").pixels
    assert set(np.unique(pixels[:, :8])) == {128}
    assert set(np.unique(pixels[:, 24:])) == {129}


@pytest.mark.parametrize(("quality", "subsampling"), [(60, 2), (88, 1), (97, 0)])
def test_a_jpeg_keeps_its_own_quality_and_subsampling(
    tmp_path: Path, coloured: Any, quality: int, subsampling: int
) -> None:
    source, target = tmp_path / "a.jpg", tmp_path / "b.jpg"
    Image.fromarray(coloured).save(
        source, quality=quality, subsampling=subsampling, progressive=True
    )
    photo = Photo.read(source)
    photo.write(target)
    assert Photo.read(target).jpeg == photo.jpeg
    photo.write(target, quality=95, subsampling=0)
    told = Photo.read(target).jpeg
    assert told is not None
    assert told != photo.jpeg
    assert told.subsampling == 0


def test_the_default_jpeg_is_quality_95_without_subsampling(tmp_path: Path, coloured: Any) -> None:
    Photo.from_array(coloured).write(tmp_path / "a.jpg")
    Image.fromarray(coloured).save(tmp_path / "b.jpg", quality=95, subsampling=0)
    assert Photo.read(tmp_path / "a.jpg").jpeg == Photo.read(tmp_path / "b.jpg").jpeg


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
def test_orientation_is_applied_once(
    tmp_path: Path, exif: Image.Exif, orientation: int, ending: str
) -> None:
    flat = np.zeros((40, 64, 3), np.uint8)
    flat[:20, :32], flat[:20, 32:], flat[20:, :32] = (250, 0, 0), (0, 250, 0), (0, 0, 250)
    exif[0x0112] = orientation
    source = tmp_path / f"a.{ending}"
    more: dict[str, Any] = {} if ending == "png" else {"quality": 100}
    Image.fromarray(flat).save(source, exif=exif.tobytes(), **more)

    with Image.open(source) as image:
        stored = Image.fromarray(np.asarray(image) if ending == "jpg" else flat)
    method = TURNS[orientation]
    expected = np.asarray(stored if method is None else stored.transpose(method))
    photo = Photo.read(source)
    np.testing.assert_array_equal(photo.pixels, expected)
    photo.write(tmp_path / "b.png")
    np.testing.assert_array_equal(Photo.read(tmp_path / "b.png").pixels, expected)
    assert photo.exif is not None
    block = Image.Exif()
    block.load(photo.exif)
    assert block[0x0112] == 1
    assert block.get_ifd(0x8769)[0xA002] == expected.shape[1]
    assert block.get_ifd(0x8769)[0xA003] == expected.shape[0]


def test_an_orientation_in_the_xmp_is_reset_too(tmp_path: Path, coloured: Any) -> None:
    Image.fromarray(coloured).save(tmp_path / "a.jpg", xmp=XMP)
    xmp = Photo.read(tmp_path / "a.jpg").xmp
    assert xmp is not None
    assert b'tiff:Orientation="1"' in xmp


def test_a_stale_thumbnail_is_unlinked(exif: Image.Exif) -> None:
    from retouchgpt_core.photo.thumbnail import thumbnail_renewed

    main = exif.tobytes()[6:]
    data = bytearray(main)
    count = int.from_bytes(data[8:10], "little" if data[:2] == b"II" else "big")
    order = "little" if data[:2] == b"II" else "big"
    data[10 + 12 * count : 14 + 12 * count] = len(data).to_bytes(4, order)
    data += (0).to_bytes(6, order)
    before, after = Image.Exif(), Image.Exif()
    before.load(b"Exif\0\0" + bytes(data))
    after.load(thumbnail_renewed(b"Exif\0\0" + bytes(data), np.zeros((48, 64, 3), np.uint8)))
    assert before._info.next != 0
    assert after._info.next == 0
    assert after[0x010F] == "Camera maker"


def test_pixels_cannot_be_written_to(coloured: Any) -> None:
    photo = Photo.from_array(coloured)
    with pytest.raises(ValueError, match="read-only"):
        photo.pixels[0, 0] = 0
    with pytest.raises(ValueError, match="expected"):
        photo.replaced(np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(ValueError, match="uint8 or uint16"):
        Photo.from_array(np.zeros((4, 4, 3), np.float32))
