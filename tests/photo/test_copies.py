"""Smaller copies, other colour spaces, no metadata: exact where it can be, honest where not."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from retouchgpt_core.errors import PhotoReadError
from retouchgpt_core.photo import Photo, colour
from retouchgpt_core.photo.copies import DISPLAY_P3, SRGB, CopyWish, copied, profile_named


def picture(dtype: type, height: int = 60, width: int = 90) -> np.ndarray:
    rng = np.random.default_rng(3)
    return rng.integers(0, np.iinfo(dtype).max, (height, width, 3), endpoint=True).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_copy_is_smaller_by_areas_and_never_larger(dtype: type) -> None:
    photo = Photo.from_array(picture(dtype))
    small, notes = copied(photo, CopyWish(long_edge=30))
    assert (small.width, small.height, notes) == (30, 20, ())
    assert small.pixels.dtype == dtype
    means = photo.pixels.reshape(20, 3, 30, 3, 3).mean(axis=(1, 3))
    assert np.abs(small.pixels - means).max() <= 1
    assert copied(photo, CopyWish(long_edge=91))[0].pixels.shape == photo.pixels.shape


def test_colours_agree_with_pillow_at_8_bits() -> None:
    photo = Photo.from_array(picture(np.uint8))
    made, _ = copied(photo, CopyWish(profile=DISPLAY_P3))
    expected = ImageCms.profileToProfile(
        Image.fromarray(photo.pixels),
        ImageCms.createProfile("sRGB"),
        ImageCms.ImageCmsProfile(io.BytesIO(colour.display_p3_profile())),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    assert np.abs(made.pixels.astype(int) - np.asarray(expected)).max() <= 1
    assert colour.profile_name(made.icc) == colour.profile_name(colour.display_p3_profile())


def test_16_bits_stay_16_through_a_wider_space_and_back() -> None:
    photo = Photo.from_array(picture(np.uint16))
    wide, _ = copied(photo, CopyWish(profile=DISPLAY_P3))
    back, _ = copied(wide, CopyWish(profile=SRGB))
    error = np.abs(back.pixels.astype(int) - photo.pixels)
    bright = photo.pixels.min(axis=2) > 2000
    assert wide.pixels.dtype == np.uint16
    assert len(np.unique(wide.pixels & 255)) == 256, "not eight bits made wide"
    assert np.percentile(error[bright], 99) <= 24, "less than a tenth of an 8-bit step"


def test_a_profile_file_is_used_and_a_wrong_one_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "wide.icc"
    file.write_bytes(colour.adobe_rgb_profile())
    photo = Photo.from_array(picture(np.uint8))
    made, _ = copied(photo, CopyWish(profile=str(file)))
    assert made.icc == colour.adobe_rgb_profile()
    seen = made.rgb() - photo.rgb()
    assert np.abs(seen).mean() < 0.01, "it looks the same"
    assert not np.array_equal(made.pixels, photo.pixels)
    (tmp_path / "no.icc").write_bytes(b"no profile")
    for name in ("no.icc", "missing.icc"):
        with pytest.raises(PhotoReadError, match="no colour profile"):
            profile_named(str(tmp_path / name))


def test_metadata_stays_or_goes_and_says_the_new_size(tmp_path: Path) -> None:
    block = Image.Exif()
    block[ExifTags.Base.Copyright] = "Anna"
    block.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExifImageWidth] = 90
    path = tmp_path / "a.jpg"
    Image.fromarray(picture(np.uint8)).save(path, exif=block)
    photo = replace(Photo.read(path), xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    kept, _ = copied(photo, CopyWish(long_edge=30))
    kept.write(tmp_path / "kept.jpg", quality=90)
    exif = Image.open(tmp_path / "kept.jpg").getexif()
    assert exif[ExifTags.Base.Copyright] == "Anna"
    assert exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExifImageWidth] == 30
    bare, _ = copied(photo, CopyWish(metadata=False, profile=DISPLAY_P3))
    bare.write(tmp_path / "bare.jpg", quality=90)
    again = Photo.read(tmp_path / "bare.jpg")
    assert (again.exif, again.xmp, again.iptc) == (None, None, None)
    assert again.icc == colour.display_p3_profile()


def test_hidden_colours_do_not_bleed_into_a_smaller_copy() -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[:, ::2] = 200
    pixels[:, 1::2] = (0, 255, 0)
    alpha = np.zeros((4, 4), np.uint8)
    alpha[:, ::2] = 255
    small, _ = copied(replace(Photo.from_array(pixels), alpha=alpha), CopyWish(long_edge=2))
    assert small.alpha is not None
    assert np.abs(small.pixels.astype(int) - 200).max() <= 1
    assert np.abs(small.alpha.astype(int) - 128).max() <= 1
