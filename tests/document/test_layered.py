"""Layers as other programs see them: true 16 bits, in their places, and together the result."""

import io
import os
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import Resource

from retouchgpt_core.document.layered import layered, write_layered
from retouchgpt_core.document.state import EditState
from retouchgpt_core.errors import PhotoWriteError
from retouchgpt_core.geometry import Box
from retouchgpt_core.photo import Photo
from retouchgpt_core.photo.colour import is_rgb_profile
from retouchgpt_core.photo.layers import Layer, sixteen_bits
from retouchgpt_core.photo.psd import encode_psd
from retouchgpt_core.retouch.compose import compose
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.vocabulary import Kind, kind_name
from tests.retouch.synthetic_face import painted

CODECS: Any = imagecodecs
SIZE = (150, 110)
KINDS = (Kind.ACNE, Kind.MOLE, Kind.ACNE, Kind.WRINKLE, Kind.SHINE, Kind.REDNESS, Kind.SHINE)
NEAR = 4
"""Steps of 65535 that rounding in six layers may add up to."""


def _photo(depth: int, alpha: bool = False) -> Photo:
    rng = np.random.default_rng(3)
    top, kind = (256, np.uint8) if depth == 8 else (65536, np.uint16)
    pixels = rng.integers(top // 4, 3 * top // 4, (110, 150, 3)).astype(kind)
    mask = rng.integers(0, top, (110, 150)).astype(kind) if alpha else None
    return Photo(pixels, alpha=mask, icc=bytes(CODECS.cms_profile("adobergb")), dpi=(300, 240))


def _state() -> EditState:
    """Marks of five kinds that overlap each other, at several strengths."""
    rng = np.random.default_rng(5)
    marks, fills, strengths = {}, {}, {}
    for number, kind in enumerate(KINDS):
        full = np.full((40, 50), 255, np.uint8)
        where = Box(8 + 12 * number, 4 + 8 * number, 50, 40)
        mark = painted(f"m{number}", where, full, kind, photo_size=SIZE)
        shape = (mark.box.height, mark.box.width)
        mask = rng.integers(0, 256, shape).astype(np.uint8)
        delta = rng.normal(0, 0.04, (*shape, 3)).astype(np.float16)
        fills[mark.key] = Fill(mark.id, mark.box, mask, delta, mark.layer, SIZE)
        marks[mark.id] = mark
        strengths[mark.id] = (1.0, 0.6, 0.3)[number % 3]
    return EditState(marks=marks, fills=fills, strengths=strengths)


STATE = _state()


def _wished(photo: Photo) -> Any:
    deep = replace(photo, pixels=sixteen_bits(photo.pixels))
    return compose(deep, STATE.active_fills, STATE.strengths)


def _blended(layers: list[tuple[Box, Any, Any]]) -> Any:
    """Blend (box, pixels, mask) over each other as any program would, in [0, 65535]."""
    shown = np.zeros((110, 150, 3))
    for box, pixels, mask in layers:
        share = mask[..., None] / 65535.0
        part = shown[box.slices]
        part += share * (pixels.astype(float) - part)
    return shown


def _full(pixels: Any) -> Any:
    return np.full(pixels.shape[:2], 65535)


@pytest.mark.parametrize("depth", [8, 16])
def test_layers_over_each_other_show_the_result(depth: int) -> None:
    photo = _photo(depth)
    picture = layered(photo, STATE)
    assert picture.layers[0].name == "Photo"
    assert len({layer.name for layer in picture.layers}) == 6
    layers = [
        (y.box, y.pixels, _full(y.pixels) if y.mask is None else y.mask) for y in picture.layers
    ]
    assert np.abs(_blended(layers) - _wished(photo)).max() <= NEAR
    np.testing.assert_array_equal(picture.shown, _wished(photo))
    np.testing.assert_array_equal(picture.layers[0].pixels, sixteen_bits(photo.pixels))


@pytest.mark.parametrize("depth", [8, 16])
def test_psd_tools_reads_sixteen_bit_layers(tmp_path: Path, depth: int) -> None:
    photo = _photo(depth)
    write_layered(tmp_path / "a.psd", photo, STATE)
    psd = PSDImage.open(tmp_path / "a.psd")
    assert (psd.width, psd.height, psd.depth, psd.channels) == (150, 110, 16, 3)
    found: list[tuple[Box, Any, Any]] = []
    for layer in psd:
        box = Box(layer.left, layer.top, layer.width, layer.height)
        pixels = np.rint(np.asarray(layer.numpy("color")) * 65535)
        mask = _full(pixels)
        if layer.has_mask():
            mask = np.rint(np.asarray(layer.numpy("mask"))[..., 0] * 65535)
        found.append((box, pixels, mask))
    assert [layer.has_mask() for layer in psd] == [False, *[True] * 5]
    assert all(len(np.unique(pixels)) > 256 for _, pixels, _ in found[1:])
    for layer, (box, pixels, mask), own in zip(
        psd, found, layered(photo, STATE).layers, strict=True
    ):
        assert (layer.name, box) == (own.name, own.box)
        np.testing.assert_array_equal(pixels, own.pixels)
        if own.mask is not None:
            np.testing.assert_array_equal(mask, own.mask)
    assert np.abs(_blended(found) - _wished(photo)).max() <= NEAR
    np.testing.assert_array_equal(np.rint(np.asarray(psd.numpy("color")) * 65535), _wished(photo))
    assert psd.image_resources.get_data(Resource.ICC_PROFILE) == photo.icc


def test_transparency_is_the_photos_own(tmp_path: Path) -> None:
    photo = _photo(16, alpha=True)
    write_layered(tmp_path / "a.psd", photo, STATE)
    psd = PSDImage.open(tmp_path / "a.psd")
    assert psd.channels == 4
    shape = np.asarray(next(iter(psd)).numpy("shape"))[..., 0]
    np.testing.assert_array_equal(np.rint(shape * 65535), photo.alpha)
    write_layered(tmp_path / "a.ora", photo, STATE)
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        merged = CODECS.png_decode(archive.read("mergedimage.png"))
    np.testing.assert_array_equal(merged[..., 3], photo.alpha)


def test_an_openraster_file_is_what_its_specification_asks(tmp_path: Path) -> None:
    photo = _photo(16)
    write_layered(tmp_path / "a.ora", photo, STATE)
    layers: list[tuple[Box, Any, Any]] = []
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"image/openraster"
        image = ElementTree.fromstring(archive.read("stack.xml"))
        assert (image.attrib["w"], image.attrib["h"]) == ("150", "110")
        for element in reversed(list(image.iter("layer"))):  # the highest is named first
            rgba = CODECS.png_decode(archive.read(element.attrib["src"]))
            assert rgba.dtype == np.uint16
            x, y = int(element.attrib["x"]), int(element.attrib["y"])
            layers.append((Box(x, y, rgba.shape[1], rgba.shape[0]), rgba[..., :3], rgba[..., 3]))
        merged = CODECS.png_decode(archive.read("mergedimage.png"))
        for name in (name for name in archive.namelist() if name.endswith(".png")):
            with Image.open(io.BytesIO(archive.read(name))) as picture:
                assert picture.info["icc_profile"] == photo.icc
        with Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))) as small:
            assert max(small.size) <= 256
            assert small.mode == "RGB"
    assert len(layers) == 6
    assert np.abs(_blended(layers) - _wished(photo)).max() <= NEAR
    np.testing.assert_array_equal(merged, _wished(photo))


def test_a_tiffs_pages_are_the_layers(tmp_path: Path) -> None:
    photo = _photo(16)
    write_layered(tmp_path / "a.tif", photo, STATE)
    layers: list[tuple[Box, Any, Any]] = []
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        pages: list[Any] = list(tiff.pages)
        assert [page.tags[285].value for page in pages][:2] == ["Retouched", "Photo"]
        np.testing.assert_array_equal(pages[0].asarray(), _wished(photo))
        for page in pages[1:]:
            pixels = page.asarray()
            assert pixels.dtype == np.uint16
            across, down = (page.tags[code].value for code in (286, 287))
            x, y = round(across[0] / across[1] * 300), round(down[0] / down[1] * 240)
            mask = pixels[..., 3] if pixels.shape[2] == 4 else _full(pixels)
            box = Box(x, y, pixels.shape[1], pixels.shape[0])
            layers.append((box, pixels[..., :3], mask))
        assert pages[0].tags[34675].value == photo.icc
    assert np.abs(_blended(layers) - _wished(photo)).max() <= NEAR
    opened = Photo.read(tmp_path / "a.tif")  # a reader of one page sees the result
    np.testing.assert_array_equal(opened.pixels, _wished(photo))


def test_layers_of_a_grey_photo_have_a_profile_for_their_three_channels() -> None:
    grey = bytes(CODECS.cms_profile("gray", gamma=1.8))
    pixels = np.repeat(np.arange(0, 65536, 8, np.uint16).reshape(64, 128, 1), 3, axis=2)
    photo = Photo(pixels, icc=grey, grey=True)
    icc = layered(photo, EditState()).icc
    assert icc is not None
    assert is_rgb_profile(icc)
    seen = replace(photo, icc=icc, grey=False).rgb()
    np.testing.assert_allclose(seen, photo.rgb(), atol=0.002)
    plain = replace(photo, icc=None)
    assert layered(plain, EditState()).icc is None


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_finds_no_fault_with_a_psd(tmp_path: Path) -> None:
    block = Image.Exif()
    block[0x013B] = "A photographer"
    photo = replace(_photo(16), exif=block.tobytes())
    write_layered(tmp_path / "a.psd", photo, STATE)
    asked = ["-validate", "-warning", "-error", "-Artist", "-Photoshop:XResolution"]
    found = subprocess.run(
        ["exiftool", *asked, tmp_path / "a.psd"], capture_output=True, text=True, check=True
    ).stdout
    assert "A photographer" in found
    assert "300" in found
    assert "Error" not in found


def test_what_cannot_be_saved_is_said(tmp_path: Path) -> None:
    with pytest.raises(PhotoWriteError, match=r"\.psd"):
        write_layered(tmp_path / "a.xcf", _photo(8), STATE)
    wide = Photo(np.zeros((1, 30_001, 3), np.uint8))
    with pytest.raises(PhotoWriteError, match="30000"):
        encode_psd(layered(wide, EditState()))
    with pytest.raises(ValueError, match="uint16"):
        Layer("x", Box(0, 0, 4, 4), np.zeros((4, 5, 3), np.uint16))
    assert list(tmp_path.iterdir()) == []


def test_a_layered_tiff_says_what_the_photo_says(tmp_path: Path) -> None:
    block = Image.Exif()
    block[0x013B] = "A photographer"
    block[0x8769] = {0x9003: "2024:05:06 07:08:09"}
    write_layered(tmp_path / "a.tif", replace(_photo(16), exif=block.tobytes()), STATE)
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        pages: list[Any] = list(tiff.pages)
        assert len(pages) == 7
        assert pages[0].tags[315].value == "A photographer"
        assert pages[0].tags[0x8769].value["DateTimeOriginal"] == "2024:05:06 07:08:09"
        np.testing.assert_array_equal(pages[0].asarray(), _wished(_photo(16)))


def _shown_by_gimp(source: Path, load: str) -> tuple[str, Any]:
    """Open a file without a window, and return what GIMP says and its flattened 16-bit picture."""
    target = source.with_name("shown.png")
    script = (
        f"(let* ((image (car ({load})))"
        "  (names (vector->list (cadr (gimp-image-get-layers image)))))"
        '  (gimp-message (string-append "layers: " (number->string (length names))))'
        "  (for-each (lambda (each) (gimp-message (car (gimp-item-get-name each)))) names)"
        "  (gimp-image-flatten image)"
        "  (file-png-save-defaults RUN-NONINTERACTIVE image"
        f'   (car (gimp-image-get-active-drawable image)) "{target}" "a"))'
    )
    batch = ["-b", script, "-b", "(gimp-quit 0)"]
    home = {**os.environ, "GIMP2_DIRECTORY": str(source.with_name("gimp"))}
    told = subprocess.run(
        ["gimp-console", "-i", "-d", "-f", *batch], capture_output=True, text=True, env=home
    )
    return told.stdout + told.stderr, CODECS.png_decode(target.read_bytes())[..., :3]


@pytest.mark.skipif(shutil.which("gimp-console") is None, reason="GIMP is not installed")
@pytest.mark.parametrize("ending", ["psd", "tif"])
def test_gimp_shows_the_same_picture(tmp_path: Path, ending: str) -> None:
    """A TIFF does not say how its layers blend, and GIMP does so in linear light."""
    photo = _photo(16)
    path = tmp_path / f"a.{ending}"
    write_layered(path, photo, STATE)
    told, shown = _shown_by_gimp(path, f'gimp-file-load RUN-NONINTERACTIVE "{path}" "a"')
    names = ["Photo", *sorted({kind_name(kind).capitalize() for kind in KINDS})]
    assert f"layers: {len(names) + (ending == 'tif')}" in told
    assert all(f"Warning: {name}\n" in told for name in names)
    assert shown.dtype == np.uint16
    away = np.abs(shown.astype(int) - _wished(photo))
    whole = np.ones(away.shape[:2], bool)
    if ending == "tif":
        for layer in layered(photo, STATE).layers[1:]:
            whole[layer.box.slices] &= layer.mask == 0
    assert away[whole].max() <= NEAR
    assert away.max() <= 3000
