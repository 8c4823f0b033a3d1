"""JPEG files: baseline and progressive, RGB, greyscale and CMYK."""

import io
from typing import Any, cast

import numpy as np
from PIL import Image, ImageFile, JpegImagePlugin

from retouchgpt_core.errors import PhotoReadError, PhotoWriteError
from retouchgpt_core.photo import exif as exif_block
from retouchgpt_core.photo import iptc as iptc_block
from retouchgpt_core.photo.channels import joined, split
from retouchgpt_core.photo.cmyk import srgb_of_inks
from retouchgpt_core.photo.colour import adobe_rgb_profile
from retouchgpt_core.photo.content import FileContent, JpegCoding
from retouchgpt_core.photo.extended_xmp import joined_xmp, segments_of
from retouchgpt_core.photo.limits import check_size

QUALITY = 95
MAX_SEGMENT = 65_533
_MAX_SIDE = 65_500


def decode_jpeg(data: bytes, name: str) -> FileContent:
    """Decode a JPEG to RGB; CMYK becomes sRGB, with a note."""
    # The plugin's own class, not Image.open: the size limit is ours, not Pillow's warning.
    with JpegImagePlugin.JpegImageFile(io.BytesIO(data), name) as image:
        check_size(*image.size, name)
        if image.mode not in ("L", "RGB", "CMYK"):
            raise PhotoReadError(
                f"{name} is a JPEG of an unusual kind ({image.mode}).", "Save it as TIFF first."
            )
        coding = JpegCoding(
            tables=tuple(tuple(int(v) for v in t) for _, t in sorted(image.quantization.items())),
            subsampling=JpegImagePlugin.get_sampling(image),
            progressive=bool(image.info.get("progressive")),
        )
        stored = np.asarray(image)
        exif, icc = exif_of(image), image.info.get("icc_profile")
        notes: tuple[str, ...] = ()
        if image.mode == "CMYK":
            stored, note = srgb_of_inks(stored, icc)
            notes, icc = (note,), None
        elif icc is None and image.mode == "RGB" and exif_block.names_adobe_rgb(exif):
            icc = adobe_rgb_profile()
        colour, _, grey = split(stored)
        return FileContent(
            pixels=colour,
            format="JPEG",
            icc=icc,
            exif=exif,
            xmp=_xmp_of(image),
            iptc=_iptc_of(image),
            dpi=dpi_of(image),
            jpeg=coding,
            grey=grey,
            lossy=True,
            notes=notes,
        )


def encode_jpeg(content: FileContent, quality: int | None, subsampling: int | None) -> bytes:
    """Return a JPEG; without `quality` the tables of the JPEG that the photo came from."""
    height, width = content.pixels.shape[:2]
    if max(width, height) > _MAX_SIDE:
        raise PhotoWriteError(
            f"A JPEG cannot be wider or higher than {_MAX_SIDE} pixels.", "Save it as TIFF."
        )
    options: dict[str, Any] = {}
    coding = content.jpeg
    if quality is None and coding is not None:
        options["qtables"] = [list(table) for table in coding.tables]
    else:
        options["quality"] = QUALITY if quality is None else min(100, max(1, quality))
    if subsampling is None:
        kept = coding is not None and coding.subsampling >= 0
        subsampling = coding.subsampling if coding is not None and kept else 0
    if not content.grey:
        options["subsampling"] = subsampling
    if content.icc is not None:
        options["icc_profile"] = content.icc
    if content.exif is not None:
        options["exif"] = content.exif
    options["extra"] = b"" if content.xmp is None else segments_of(content.xmp)
    if content.iptc is not None:
        options["extra"] += iptc_block.app13(content.iptc) or b""
    if content.dpi is not None:
        options["dpi"] = tuple(max(1, min(65535, round(d))) for d in content.dpi)
    buffer = io.BytesIO()
    Image.fromarray(joined(content)).save(
        buffer, "JPEG", progressive=coding is not None and coding.progressive, **options
    )
    return buffer.getvalue()


def fits_segment(exif: bytes) -> bool:
    """Say whether an EXIF block fits the one segment that a JPEG has for it."""
    return len(exif) <= MAX_SEGMENT


def dpi_of(image: ImageFile.ImageFile) -> tuple[float, float] | None:
    """Return the resolution that Pillow found, or None."""
    dpi = image.info.get("dpi")
    if dpi is None or min(dpi) <= 0:
        return None
    return float(dpi[0]), float(dpi[1])


def exif_of(image: ImageFile.ImageFile) -> bytes | None:
    """Return the EXIF block that Pillow found, or None."""
    exif = image.info.get("exif")
    return None if not exif else exif_block.prefixed(bytes(exif))


def _xmp_of(image: Any) -> bytes | None:
    main = image.info.get("xmp")
    if main is None:
        return None
    segments = cast("list[tuple[str, bytes]]", image.applist)
    return joined_xmp(main, (body for kind, body in segments if kind == "APP1"))


def _iptc_of(image: Any) -> bytes | None:
    segments = cast("list[tuple[str, bytes]]", image.applist)
    found = (iptc_block.from_app13(body) for kind, body in segments if kind == "APP13")
    return next((block for block in found if block), None)
