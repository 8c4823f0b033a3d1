"""Failures are sentences, and leave nothing behind."""

import errno
import os
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from retouchgpt_core.errors import PhotoReadError, PhotoWriteError
from retouchgpt_core.photo import Photo


def _refused(path: Path, words: str) -> None:
    with pytest.raises(PhotoReadError, match=words) as caught:
        Photo.read(path)
    assert caught.value.sentence.endswith(".")
    assert caught.value.next_step.endswith(".")


def test_what_is_no_photo(tmp_path: Path) -> None:
    _refused(tmp_path / "missing.jpg", "no file")
    _refused(tmp_path, "folder")
    _refused(tmp_path / "missing.jpg" / "deeper.jpg", "no file|could not")
    (tmp_path / "empty.jpg").write_bytes(b"")
    _refused(tmp_path / "empty.jpg", "empty")
    (tmp_path / "text.jpg").write_text("this is not a photo\n" * 50)
    _refused(tmp_path / "text.jpg", "not a photo")
    for size in ((1, 1), (31, 200), (200, 31)):
        Image.new("RGB", size).save(tmp_path / "tiny.png")
        _refused(tmp_path / "tiny.png", "only")


def test_what_is_a_picture_but_no_photo_format(tmp_path: Path) -> None:
    Image.new("L", (40, 40)).save(tmp_path / "a.gif")
    _refused(tmp_path / "a.gif", "not a photo format")
    Image.new("LAB", (40, 40)).save(tmp_path / "a.tif")
    _refused(tmp_path / "a.tif", "Convert it to RGB first")


def test_float_tiffs_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((40, 40, 3), np.float32), photometric="rgb")
    _refused(tmp_path / "a.tif", "8 or 16 bits")


@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.9])
def test_truncated_files(tmp_path: Path, ending: str, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (128, 160, 3), dtype=np.uint8)
    path = tmp_path / f"a.{ending}"
    Photo.from_array(noise).write(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    _refused(path, "damaged|not a photo")


@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
def test_damaged_files_never_end_in_a_traceback(tmp_path: Path, coloured: Any, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    Photo.from_array(coloured).write(path)
    data = path.read_bytes()
    rng = np.random.default_rng(2)
    for _ in range(150):
        broken = bytearray(data)
        limit = min(len(data), 400)
        for place in rng.integers(8, limit, 4):
            broken[place] = int(rng.integers(0, 256))
        path.write_bytes(broken)
        with suppress(PhotoReadError):
            Photo.read(path)


def test_huge_pictures_are_refused_before_decoding(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (40, 40)).save(path)
    data = bytearray(path.read_bytes())
    data[16:24] = (20_000).to_bytes(4, "big") * 2
    import zlib

    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    path.write_bytes(data)
    _refused(path, "400 megapixels")


def test_large_pictures_open_without_the_librarys_warning(
    tmp_path: Path, coloured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)  # instead of a picture of 90 megapixels
    for ending in ("jpg", "png", "tif"):
        path = tmp_path / f"a.{ending}"
        Photo.from_array(coloured).write(path)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert Photo.read(path).width == 64


def _not_written(photo: Photo, path: Path, words: str, folder: Path) -> None:
    before = sorted(folder.iterdir())
    with pytest.raises(PhotoWriteError, match=words) as caught:
        photo.write(path)
    assert caught.value.next_step
    assert sorted(folder.iterdir()) == before


def test_nothing_is_left_after_a_failure(
    tmp_path: Path, coloured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = Photo.from_array(coloured)
    old = tmp_path / "old.png"
    old.write_bytes(b"as it was")
    _not_written(photo, tmp_path / "a.gif", "ending", tmp_path)
    _not_written(photo, tmp_path / "missing" / "a.png", "does not exist", tmp_path)
    _not_written(photo, old / "a.png", "does not exist", tmp_path)
    (tmp_path / "folder.png").mkdir()
    _not_written(photo, tmp_path / "folder.png", "is a folder", tmp_path)
    _not_written(photo, tmp_path / ("x" * 300 + ".png"), "too long", tmp_path)

    def fails(number: int) -> Any:
        def call(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        return call

    for number, words in (
        (errno.ENOSPC, "full"),
        (errno.EACCES, "may not be written"),
        (errno.EROFS, "may not be written"),
        (errno.EIO, "could not be written"),
    ):
        for call in ("replace", "fsync"):
            with monkeypatch.context() as patch:
                patch.setattr(os, call, fails(number))
                _not_written(photo, old, words, tmp_path)
                assert old.read_bytes() == b"as it was"


def test_a_picture_too_wide_for_jpeg(tmp_path: Path) -> None:
    _not_written(
        Photo.from_array(np.zeros((1, 65_600, 3), np.uint8)), tmp_path / "a.jpg", "TIFF", tmp_path
    )


def test_a_file_longer_than_any_photo_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "film.tif").open("wb") as file:
        file.write(b"II*\0")
        file.truncate(50 << 30)  # takes no room: nothing is written there
    with pytest.raises(PhotoReadError, match="54 GB"):
        Photo.read(tmp_path / "film.tif")
