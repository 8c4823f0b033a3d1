"""From a file to upright RGB pixels, or one sentence why not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from retouchgpt_core.errors import PhotoReadError
from retouchgpt_core.photo import exif as exif_block
from retouchgpt_core.photo.avif import decode_avif
from retouchgpt_core.photo.content import FileContent, upright
from retouchgpt_core.photo.damage import DAMAGE
from retouchgpt_core.photo.formats import RAW
from retouchgpt_core.photo.heic import decode_heic
from retouchgpt_core.photo.jpeg import decode_jpeg
from retouchgpt_core.photo.limits import check_length
from retouchgpt_core.photo.png import SIGNATURE, decode_png
from retouchgpt_core.photo.raw import decode_raw
from retouchgpt_core.photo.tiff_reading import decode_tiff
from retouchgpt_core.photo.webp import decode_webp

_Decoder = Callable[[bytes, str], FileContent]
_TIFF_MARKS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_RAW_MARKS = (b"FUJIFILM", b"IIRO", b"IIRS", b"MMOR", b"IIU\x00", b"FOVb", b"\0MRM")
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_OTHER_PICTURES = (b"GIF8", b"BM", b"8BPS", b"\xff\x0a", b"\0\0\0\x0cJXL", b"\0\0\0\x0cjP")


def read_content(path: Path) -> FileContent:
    """Decode a photo at its own depth, EXIF orientation applied.

    Raises PhotoReadError: no such file, a folder, empty, not an image, damaged or truncated,
    smaller or larger than `limits` allows (told before anything is decoded), or a part that reads
    its format is not installed.
    """
    data = _bytes_of(path)
    decode = _decoder(data, path)
    try:
        content = decode(data, path.name)
    except DAMAGE as error:
        raise PhotoReadError(
            f"{path.name} is damaged or incomplete.", "Copy it again from the camera or its source."
        ) from error
    except MemoryError as error:
        raise PhotoReadError(
            f"There is not enough memory to open {path.name}.", "Close other programs first."
        ) from error
    return _made_upright(content)


def _decoder(data: bytes, path: Path) -> _Decoder:
    """Choose by the first bytes; by the ending only where RAW files look like a TIFF."""
    is_raw = path.suffix.lower() in RAW
    if data[:3] == b"\xff\xd8\xff":
        return decode_jpeg
    if data[:8] == SIGNATURE:
        return decode_png
    if data[:4] in _TIFF_MARKS:
        return decode_raw if is_raw else decode_tiff
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return decode_webp
    if data[4:8] == b"ftyp":
        size = min(int.from_bytes(data[:4], "big"), 256)
        brands = {data[i : i + 4] for i in (8, *range(16, size - 3, 4))}
        if b"avif" in brands:
            return decode_avif
        if brands & _HEIC_BRANDS:
            return decode_heic
        if b"crx " in brands:
            return decode_raw
    if is_raw or data.startswith(_RAW_MARKS):
        return decode_raw
    known = data.startswith(_OTHER_PICTURES)
    raise PhotoReadError(
        f"{path.name} is {'not a photo format' if known else 'not a photo'} that can be opened.",
        "Save it as PNG or TIFF first."
        if known
        else "Choose a JPEG, PNG, TIFF, WebP, AVIF, HEIC or camera RAW file.",
    )


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise PhotoReadError(f"{path} is a folder, not a photo.", "Choose a file inside it.")
        check_length(path.stat().st_size, path.name)
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


def _made_upright(content: FileContent) -> FileContent:
    orientation = exif_block.orientation(content.exif)
    pixels = upright(content.pixels, orientation)
    height, width = pixels.shape[:2]
    dpi = content.dpi
    if dpi is not None and orientation > 4:
        dpi = dpi[1], dpi[0]
    return replace(
        content,
        pixels=pixels,
        alpha=None if content.alpha is None else upright(content.alpha, orientation),
        exif=None if content.exif is None else exif_block.made_upright(content.exif, width, height),
        xmp=None if content.xmp is None else exif_block.xmp_made_upright(content.xmp),
        dpi=dpi,
    )
