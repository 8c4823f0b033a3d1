"""TIFF files in: strips and tiles, any compression, grey, RGB, CMYK, palettes, alpha."""

import io
import logging
from typing import Any, cast

import numpy as np
import tifffile
from numpy.typing import NDArray

from retouchgpt_core.errors import PhotoReadError
from retouchgpt_core.photo.channels import split
from retouchgpt_core.photo.cmyk import srgb_of_inks
from retouchgpt_core.photo.content import FileContent
from retouchgpt_core.photo.limits import check_size
from retouchgpt_core.photo.tiff_tags import descriptive_exif

_TIFF = cast("Any", tifffile)
_TAG_XMP, _TAG_IPTC, _TAG_ICC = 700, 33723, 34675
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR = 0, 1, 2, 3, 5, 6
_COLOURS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _CMYK: 4, _YCBCR: 3}
_COMPRESSION_JPEG = (6, 7)
_LOSSY = (6, 7, 33003, 33005, 34712, 50001)
_SENSOR = (32803, 34892)
_ASSOCIATED = 1
_PALETTE_NOTE = "The picture was indexed by a palette; it is edited and saved in full colour."
_FEW_BITS_NOTE = "The picture has fewer than 8 bits; it is edited and saved with 8."
_EXTRA_NOTE = "The file has more channels than colour and transparency; they are left out."
_PAGES_NOTE = "The file has several pages; only the first one was opened."


def decode_tiff(data: bytes, name: str) -> FileContent:
    """Decode a TIFF's first page at 8 or 16 bits."""
    logger = logging.getLogger("tifffile")
    logger.addFilter(_silent)
    try:
        with _TIFF.TiffFile(io.BytesIO(data)) as file:
            content = _content(file.pages[0], data, name, _has_more(file))
    finally:
        logger.removeFilter(_silent)
    return content


def _silent(_record: logging.LogRecord) -> bool:
    """Keep the reader's remarks on odd tags out of the user's terminal."""
    return False


def _has_more(file: Any) -> bool:
    try:
        return not file.pages[1].is_reduced
    except (IndexError, ValueError, TypeError, KeyError, AttributeError):
        return False


def _content(page: Any, data: bytes, name: str, more_pages: bool) -> FileContent:
    check_size(page.imagewidth, page.imagelength, name)
    photometric = int(page.photometric)
    _check_kind(page, photometric, name)
    pixels = _stored(page, data)
    notes: list[str] = []
    icc = _tag_bytes(page, _TAG_ICC)
    colours = _COLOURS[photometric]
    extra = pixels.shape[2] - colours
    if extra < 0:
        raise ValueError(f"{pixels.shape[2]} channels")
    alpha = np.ascontiguousarray(pixels[..., colours]) if extra else None
    light = pixels[..., :colours]
    if extra > 1:
        notes.append(_EXTRA_NOTE)
    if page.bitspersample < 8 and photometric != _PALETTE:
        light = light * np.uint8(255 // ((1 << page.bitspersample) - 1))
        notes.append(_FEW_BITS_NOTE)
    if photometric == _WHITE_IS_ZERO:
        light = np.iinfo(light.dtype).max - light
    elif photometric == _PALETTE:
        light, alpha = _full_colour(page, light[..., 0]), None
        notes.append(_PALETTE_NOTE)
    elif photometric == _CMYK:
        light, note = srgb_of_inks(light, icc)
        notes.append(note)
        icc = None
    colour, _, grey = split(light)
    return FileContent(
        pixels=colour,
        alpha=alpha,
        format="TIFF",
        icc=icc,
        exif=descriptive_exif(data),
        xmp=_tag_bytes(page, _TAG_XMP),
        iptc=_tag_bytes(page, _TAG_IPTC),
        dpi=_dpi(page),
        grey=grey,
        premultiplied=alpha is not None and tuple(page.extrasamples)[:1] == (_ASSOCIATED,),
        lossy=int(page.compression) in _LOSSY,
        notes=(*notes, *((_PAGES_NOTE,) if more_pages else ())),
    )


def _check_kind(page: Any, photometric: int, name: str) -> None:
    if photometric in _SENSOR:
        raise PhotoReadError(
            f"{name} is a camera RAW photo.", "Give it its own ending, such as .dng, and try again."
        )
    readable = photometric in _COLOURS
    if photometric == _YCBCR:
        readable = int(page.compression) in _COMPRESSION_JPEG
    if not readable:
        kind = "Lab" if photometric in (8, 9, 10) else "of a kind that is not read here"
        raise PhotoReadError(f"{name} is {kind}.", "Convert it to RGB first.")
    bits = page.bitspersample
    few = bits in (1, 2, 4) and (photometric in (0, 1, 3))
    plain = page.dtype is not None and page.dtype.newbyteorder("=").name in ("uint8", "uint16")
    if not few and not (plain and bits in (8, 16)):
        raise PhotoReadError(
            f"{name} is not stored with 8 or 16 bits a channel.", "Save it as 16-bit RGB first."
        )


def _stored(page: Any, data: bytes) -> NDArray[Any]:
    """Return the page's (H, W, channels), in the machine's own byte order."""
    ends = [o + n for o, n in zip(page.dataoffsets, page.databytecounts, strict=True)]
    if max(ends, default=0) > len(data):
        raise ValueError("pixels reach beyond the end of the file")
    pixels = page.asarray()
    if pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8)
    if pixels.ndim == 3 and int(page.planarconfig) == 2:
        pixels = np.moveaxis(pixels, 0, 2)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or pixels.shape[:2] != (page.imagelength, page.imagewidth):
        raise ValueError(f"pixels of shape {pixels.shape}")
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)


def _full_colour(page: Any, indices: NDArray[Any]) -> NDArray[np.uint8]:
    table = np.asarray(page.colormap)  # (3, 2 ** bits) uint16
    if table.max(initial=0) > 255:
        table = table >> 8  # writers store v * 256 or v * 257
    return np.ascontiguousarray(table.astype(np.uint8).T[indices])


def _tag_bytes(page: Any, code: int) -> bytes | None:
    value = page.tags.valueof(code)
    if isinstance(value, np.ndarray):
        value = value.tobytes()
    if isinstance(value, tuple):
        numbers = np.array(value)
        long = code == _TAG_IPTC and numbers.max(initial=0) > 255  # stored as 32-bit numbers
        value = numbers.astype("<u4" if long else np.uint8).tobytes()
    return value if isinstance(value, bytes) and value else None


def _dpi(page: Any) -> tuple[float, float] | None:
    horizontal, vertical = page.tags.valueof(282), page.tags.valueof(283)
    per_inch = {2: 1.0, 3: 2.54}.get(int(page.tags.valueof(296) or 2))
    if not horizontal or not vertical or per_inch is None:
        return None
    if 0 in (*horizontal, *vertical):
        return None
    return (
        horizontal[0] / horizontal[1] * per_inch,
        vertical[0] / vertical[1] * per_inch,
    )
