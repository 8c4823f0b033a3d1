"""From pixels and metadata to the bytes of a file, with notes on what the format cannot hold."""

import struct
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from retouchgpt_core.errors import PhotoWriteError
from retouchgpt_core.photo import iptc as iptc_block
from retouchgpt_core.photo.avif import encode_avif
from retouchgpt_core.photo.channels import to_8_bit, unmultiplied
from retouchgpt_core.photo.colour import is_grey_profile, to_srgb
from retouchgpt_core.photo.content import FileContent, PhotoFormat
from retouchgpt_core.photo.exif import without_makers_note
from retouchgpt_core.photo.heic import encode_heic
from retouchgpt_core.photo.jpeg import encode_jpeg, fits_segment
from retouchgpt_core.photo.png import encode_png
from retouchgpt_core.photo.sampling import unit_float
from retouchgpt_core.photo.thumbnail import thumbnail_renewed, without_thumbnail
from retouchgpt_core.photo.tiff_writing import encode_tiff
from retouchgpt_core.photo.webp import encode_webp

_DEEP: frozenset[PhotoFormat] = frozenset({"PNG", "TIFF"})
_WITH_GREY: frozenset[PhotoFormat] = frozenset({"JPEG", "PNG", "TIFF", "AVIF"})
_WITH_IPTC: frozenset[PhotoFormat] = frozenset({"JPEG", "PNG", "TIFF"})
_UNWRITABLE = (OSError, ValueError, TypeError, KeyError, RuntimeError, struct.error)


class Encoded(NamedTuple):
    """A file's bytes, and sentences for the user about what it could not hold."""

    data: bytes
    notes: tuple[str, ...]


def encoded(
    content: FileContent,
    format_: PhotoFormat,
    *,
    quality: int | None = None,
    subsampling: int | None = None,
) -> Encoded:
    """Return a file with these pixels and this metadata.

    `quality` 1 to 100 is for JPEG, WebP, AVIF and HEIC, `subsampling` 0 (4:4:4), 1 (4:2:2) or 2
    (4:2:0) for JPEG. Without them a photo that came from a JPEG keeps its tables and subsampling,
    any other gets quality 95 and 4:4:4; a WebP is lossless unless the photo's coding was lossy.
    Raises PhotoWriteError if the format cannot hold the picture.
    """
    try:
        fitting, notes = _fitted(content, format_)
        match format_:
            case "JPEG":
                data = encode_jpeg(fitting, quality, subsampling)
            case "PNG":
                data = encode_png(fitting)
            case "TIFF":
                data = encode_tiff(fitting)
            case "WebP":
                data = encode_webp(fitting, quality)
            case "AVIF":
                data = encode_avif(fitting, quality)
            case "HEIC":
                data = encode_heic(fitting, quality)
            case "RAW":
                raise PhotoWriteError("Only a camera writes RAW files.", "Save it as TIFF.")
    except _UNWRITABLE as error:
        raise PhotoWriteError(
            f"The picture could not be saved as {format_}.", "Save it as TIFF instead."
        ) from error
    except MemoryError as error:
        raise PhotoWriteError(
            f"There is not enough memory to save the picture as {format_}.",
            "Close other programs and save again; nothing was lost.",
        ) from error
    return Encoded(data, notes)


def _fitted(content: FileContent, format_: PhotoFormat) -> tuple[FileContent, tuple[str, ...]]:
    """Reduce the content to what the format can hold, and say what went."""
    notes: list[str] = []
    if content.premultiplied and content.alpha is not None and format_ != "TIFF":
        straight = unmultiplied(content.pixels, content.alpha)
        content = replace(content, pixels=straight, premultiplied=False)
    if content.grey and format_ not in _WITH_GREY:
        content = _as_colour(content)
    if content.pixels.dtype == np.uint16 and format_ not in _DEEP:
        alpha = None if content.alpha is None else to_8_bit(content.alpha)
        content = replace(content, pixels=to_8_bit(content.pixels), alpha=alpha)
        notes.append(f"16 bits a channel became 8: {_a(format_)} holds no more. TIFF and PNG do.")
    if content.alpha is not None and (format_ == "JPEG" or (content.grey and format_ == "AVIF")):
        if format_ == "JPEG":
            content = replace(content, alpha=None)
            notes.append("A JPEG holds no transparency; it was left out. PNG and TIFF keep it.")
        else:
            content = _as_colour(content)
    if content.exif is not None:
        content = replace(content, exif=thumbnail_renewed(content.exif, content.pixels))
    if content.iptc is not None and format_ not in _WITH_IPTC:
        content = replace(content, iptc=None)
        notes.append(f"IPTC was left out: {_a(format_)} cannot hold it.")
    if format_ == "JPEG":
        content = _within_segments(content, notes)
    return content, tuple(notes)


def _within_segments(content: FileContent, notes: list[str]) -> FileContent:
    if content.exif is not None and not fits_segment(content.exif):
        small = without_thumbnail(content.exif)
        if not fits_segment(small):
            reduced = without_makers_note(small)
            fits = reduced is not None and fits_segment(reduced)
            gone = "maker's note" if fits else "EXIF"
            notes.append(f"The {gone} is too large for a JPEG; it was left out. TIFF keeps it.")
            content = replace(content, exif=reduced if fits else None)
        else:
            content = replace(content, exif=small)
    if content.iptc is not None and iptc_block.app13(content.iptc) is None:
        content = replace(content, iptc=None)
        notes.append("The IPTC is too large for a JPEG; it was left out. TIFF keeps it.")
    return content


def _as_colour(content: FileContent) -> FileContent:
    """Turn a grey picture into an RGB one that looks the same."""
    if not is_grey_profile(content.icc):
        return replace(content, grey=False)
    largest = np.iinfo(content.pixels.dtype).max
    seen = to_srgb(unit_float(content.pixels), content.icc)
    pixels = np.rint(seen * largest).astype(content.pixels.dtype)
    return replace(content, pixels=pixels, icc=None, grey=False)


def _a(format_: PhotoFormat) -> str:
    return f"an {format_}" if format_ == "AVIF" else f"a {format_}"
