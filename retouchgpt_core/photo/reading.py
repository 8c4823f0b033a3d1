"""From a file to upright RGB pixels, or one sentence why not."""

import io
import logging
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any, cast

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin, UnidentifiedImageError

from retouchgpt_core.errors import PhotoReadError
from retouchgpt_core.photo import exif as exif_block
from retouchgpt_core.photo.content import (
    MAX_MEGAPIXELS,
    MIN_SIDE,
    FileContent,
    JpegCoding,
    upright,
)

_CODECS = cast("Any", imagecodecs)
_TIFF = cast("Any", tifffile)
_DAMAGE = (
    OSError,
    SyntaxError,
    UnidentifiedImageError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    OverflowError,
    RuntimeError,
    EOFError,
    struct.error,
    zlib.error,
)
"""What the decoders raise for damaged files."""
_TAG_XMP, _TAG_ICC = 700, 34675
_PHOTOMETRIC_RGB, _PHOTOMETRIC_YCBCR = 2, 6
_COMPRESSION_JPEG = (6, 7)
_FILE_TAGS = frozenset(
    {254, 255, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, 322, 323}
    | {324, 325, 330, 332, 333, 334, 336, 337, 338, 339, 340, 341, 347, 512, 513, 514, 529, 530}
    | {531, 532, 700, 33723, 34377, 34675}
)
"""TIFF tags that say how pixels are stored, or that are carried apart from the EXIF block."""
_CONVERT = "Convert it to RGB first."
_MODES = {
    "1": "black and white",
    "L": "greyscale",
    "LA": "greyscale",
    "I": "greyscale",
    "I;16": "greyscale",
    "P": "indexed by a palette",
    "PA": "indexed by a palette",
    "CMYK": "CMYK",
    "YCCK": "CMYK",
    "LAB": "Lab",
}


def read_content(path: Path) -> FileContent:
    """Decode a JPEG, PNG or TIFF at its own depth, EXIF orientation applied.

    Raises PhotoReadError: no such file, a folder, empty, not an image, damaged or truncated, not
    RGB, under 32 pixels a side, over 250 megapixels (told before anything is decoded).
    """
    data = _bytes_of(path)
    if data[:3] == b"\xff\xd8\xff":
        decode = _decode_jpeg
    elif data[:8] == b"\x89PNG\r\n\x1a\n":
        decode = _decode_png
    elif data[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        decode = _decode_tiff
    else:
        raise PhotoReadError(
            f"{path.name} is not a photo that can be opened.", "Choose a JPEG, PNG or TIFF file."
        )
    try:
        content = decode(data, path.name)
    except PhotoReadError:
        raise
    except _DAMAGE as error:
        raise PhotoReadError(
            f"{path.name} is damaged or incomplete.", "Copy it again from the camera or its source."
        ) from error
    except MemoryError as error:
        raise PhotoReadError(
            f"There is not enough memory to open {path.name}.", "Close other programs first."
        ) from error
    return _made_upright(content)


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise PhotoReadError(f"{path} is a folder, not a photo.", "Choose a file inside it.")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise PhotoReadError(f"There is no file {path}.", "Check the name.") from error
    except PermissionError as error:
        raise PhotoReadError(
            f"{path} may not be read.", "Ask its owner for permission, or copy it."
        ) from error
    except (OSError, ValueError) as error:
        raise PhotoReadError(
            f"{path} could not be read.", "Check the name and the disk."
        ) from error
    if not data:
        raise PhotoReadError(f"{path.name} is empty.", "Copy it again from its source.")
    return data


def _check_size(width: int, height: int, name: str) -> None:
    if width < MIN_SIDE or height < MIN_SIDE:
        raise PhotoReadError(
            f"{name} is only {width} x {height} pixels.",
            f"Choose a photo of at least {MIN_SIDE} pixels a side.",
        )
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise PhotoReadError(
            f"{name} has {width * height / 1e6:.0f} megapixels, more than {MAX_MEGAPIXELS}.",
            "Make it smaller first.",
        )


def _check_mode(mode: str, name: str, allowed: tuple[str, ...]) -> None:
    if mode not in allowed:
        raise PhotoReadError(f"{name} is {_MODES.get(mode, f'of the type {mode}')}.", _CONVERT)


def _dpi_of(image: ImageFile.ImageFile) -> tuple[float, float] | None:
    dpi = image.info.get("dpi")
    if dpi is None or min(dpi) <= 0:
        return None
    return float(dpi[0]), float(dpi[1])


def _exif_of(image: ImageFile.ImageFile) -> bytes | None:
    exif = image.info.get("exif")
    return None if not exif else exif_block.prefixed(bytes(exif))


def _decode_jpeg(data: bytes, name: str) -> FileContent:
    # The plugin's own class, not Image.open: the size limit is ours, not Pillow's warning.
    with JpegImagePlugin.JpegImageFile(io.BytesIO(data), name) as image:
        _check_size(*image.size, name)
        _check_mode(image.mode, name, ("RGB",))
        coding = JpegCoding(
            tables=tuple(tuple(int(v) for v in t) for _, t in sorted(image.quantization.items())),
            subsampling=JpegImagePlugin.get_sampling(image),
            progressive=bool(image.info.get("progressive")),
        )
        pixels = np.asarray(image)
        return FileContent(
            pixels=pixels,
            format="JPEG",
            icc=image.info.get("icc_profile"),
            exif=_exif_of(image),
            xmp=image.info.get("xmp"),
            dpi=_dpi_of(image),
            jpeg=coding,
        )


def _decode_png(data: bytes, name: str) -> FileContent:
    with PngImagePlugin.PngImageFile(io.BytesIO(data), name) as image:
        _check_size(*image.size, name)
        # Pillow says "RGB" for 16-bit colour too; the header's own depth decides.
        depth = data[24]
        _check_mode(image.mode, name, ("RGB", "RGBA"))
        image.load()  # reads the chunks behind the pixels, and notices a truncated file
        pixels = _CODECS.png_decode(data) if depth == 16 else np.asarray(image)
        info = image.info
        xmp = info.get("xmp") or info.get("XML:com.adobe.xmp")
        colour, alpha = _colour_and_alpha(pixels)
        return FileContent(
            pixels=colour,
            alpha=alpha,
            format="PNG",
            icc=info.get("icc_profile"),
            exif=_exif_of(image),
            xmp=xmp.encode() if isinstance(xmp, str) else xmp,
            dpi=_dpi_of(image),
        )


def _decode_tiff(data: bytes, name: str) -> FileContent:
    logger = logging.getLogger("tifffile")
    logger.addFilter(_silent)
    try:
        with _TIFF.TiffFile(io.BytesIO(data)) as file:
            return _tiff_content(file.pages[0], data, name)
    finally:
        logger.removeFilter(_silent)


def _silent(_record: logging.LogRecord) -> bool:
    """Keep the reader's remarks on odd tags out of the user's terminal."""
    return False


def _tiff_content(page: Any, data: bytes, name: str) -> FileContent:
    _check_size(page.imagewidth, page.imagelength, name)
    photometric, compression = int(page.photometric), int(page.compression)
    is_rgb = photometric == _PHOTOMETRIC_RGB or (
        photometric == _PHOTOMETRIC_YCBCR and compression in _COMPRESSION_JPEG
    )
    if not is_rgb or page.samplesperpixel not in (3, 4):
        kind = {0: "greyscale", 1: "greyscale", 3: "indexed by a palette", 5: "CMYK", 8: "Lab"}
        raise PhotoReadError(f"{name} is {kind.get(photometric, 'not an RGB picture')}.", _CONVERT)
    if page.dtype is None or page.dtype.newbyteorder("=").name not in ("uint8", "uint16"):
        raise PhotoReadError(
            f"{name} is not stored with 8 or 16 bits a channel.", "Save it as 16-bit RGB first."
        )
    ends = [o + n for o, n in zip(page.dataoffsets, page.databytecounts, strict=True)]
    if max(ends, default=0) > len(data):
        raise ValueError("pixels reach beyond the end of the file")
    pixels = page.asarray()
    if pixels.ndim == 3 and pixels.shape[0] in (3, 4) and int(page.planarconfig) == 2:
        pixels = np.moveaxis(pixels, 0, 2)
    if pixels.shape[:2] != (page.imagelength, page.imagewidth):
        raise ValueError(f"pixels of shape {pixels.shape}")
    native = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    colour, alpha = _colour_and_alpha(native)
    return FileContent(
        pixels=colour,
        alpha=alpha,
        format="TIFF",
        icc=_tag_bytes(page, _TAG_ICC),
        exif=_tiff_exif(page, data),
        xmp=_tag_bytes(page, _TAG_XMP),
        dpi=_tiff_dpi(page),
    )


def _tag_bytes(page: Any, code: int) -> bytes | None:
    value = page.tags.valueof(code)
    if isinstance(value, np.ndarray):
        value = value.tobytes()
    if isinstance(value, tuple):
        value = bytes(cast("tuple[int, ...]", value))
    return value if isinstance(value, bytes) and value else None


def _tiff_dpi(page: Any) -> tuple[float, float] | None:
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


def _tiff_exif(page: Any, data: bytes) -> bytes | None:
    """Gather the TIFF's descriptive tags, its EXIF and GPS directories into one block."""
    block = Image.Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd tags are left out, not reported
            block.load_from_fp(io.BytesIO(data))
            for tag in (0x8769, 0x8825):
                block.get_ifd(tag)
        for tag in _FILE_TAGS - {274}:
            if tag in block:
                del block[tag]
        orientation = page.tags.valueof(274)
        if orientation in range(1, 9):
            block[274] = int(orientation)
        return exif_block.prefixed(block.tobytes()) if len(block) else None
    except _DAMAGE:
        return None


def _colour_and_alpha(pixels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any] | None]:
    if pixels.shape[2] == 3:
        return pixels, None
    return np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3])


def _made_upright(content: FileContent) -> FileContent:
    orientation = exif_block.orientation(content.exif)
    pixels = upright(content.pixels, orientation)
    height, width = pixels.shape[:2]
    dpi = content.dpi
    if dpi is not None and orientation > 4:
        dpi = dpi[1], dpi[0]
    return FileContent(
        pixels=pixels,
        format=content.format,
        alpha=None if content.alpha is None else upright(content.alpha, orientation),
        icc=content.icc,
        exif=None if content.exif is None else exif_block.made_upright(content.exif, width, height),
        xmp=None if content.xmp is None else exif_block.xmp_made_upright(content.xmp),
        dpi=dpi,
        jpeg=content.jpeg,
    )
