"""AVIF files, through Pillow where it was built with them; more than 8 bits by imagecodecs."""

import io
from dataclasses import replace
from typing import Any, cast

import imagecodecs
import numpy as np
from PIL import AvifImagePlugin, features

from retouchgpt_core.errors import PhotoReadError, PhotoWriteError
from retouchgpt_core.photo import exif as exif_block
from retouchgpt_core.photo.channels import split, spread
from retouchgpt_core.photo.colour import profile_of_code_points
from retouchgpt_core.photo.content import FileContent, upright
from retouchgpt_core.photo.limits import check_size
from retouchgpt_core.photo.pillow_saving import quality_of, saved_by_pillow

_CODECS = cast("Any", imagecodecs)
_MAX_SIDE = 65_536
_HEAD = 1 << 16
"""Bytes at a file's beginning in which its boxes are looked for."""


def decode_avif(data: bytes, name: str) -> FileContent:
    """Decode an AVIF at 8 bits, or at 16 if it has more than 8."""
    if not features.check("avif"):
        raise PhotoReadError(
            f"{name} is an AVIF picture, which the installed Pillow cannot read.",
            "Install a newer Pillow, or save the photo as JPEG or TIFF first.",
        )
    with AvifImagePlugin.AvifImageFile(io.BytesIO(data), name) as image:
        check_size(*image.size, name)
        # Pillow's own `info` holds an EXIF block whose texts it has re-encoded as ASCII.
        _, _, _, icc, exif, orientation, xmp = cast("Any", image)._decoder.get_info()
        bits = _bits(data)
        if bits > 8:
            stored = spread(_CODECS.avif_decode(data), bits)
        else:
            stored = np.asarray(image.convert("RGBA") if image.mode == "PA" else image)
    colour, alpha, grey = split(stored)
    # What the file's own boxes say counts: how it lies in the EXIF may only repeat that.
    colour = upright(colour, orientation)
    height, width = colour.shape[:2]
    block = exif_block.made_upright(exif_block.prefixed(exif), width, height) if exif else None
    dpi = exif_block.resolution(block)
    return FileContent(
        pixels=colour,
        alpha=None if alpha is None else upright(alpha, orientation),
        format="AVIF",
        icc=icc or _named_profile(data),
        exif=block,
        xmp=xmp or None,
        dpi=dpi if dpi is None or orientation <= 4 else (dpi[1], dpi[0]),
        grey=grey,
        lossy=True,
    )


def encode_avif(content: FileContent, quality: int | None) -> bytes:
    """Return an AVIF of 8 bits with full colour resolution."""
    if not features.check("avif"):
        raise PhotoWriteError("The installed Pillow cannot write AVIF.", "Save it as TIFF.")
    if max(content.pixels.shape[:2]) > _MAX_SIDE:
        raise PhotoWriteError(
            f"An AVIF cannot be wider or higher than {_MAX_SIDE} pixels.", "Save it as TIFF."
        )
    options: dict[str, Any] = {"quality": quality_of(quality)}
    if not content.grey:
        options["subsampling"] = "4:4:4"
    if content.exif is not None:
        # Pillow takes a block that names an orientation apart, and writes its texts as ASCII.
        content = replace(content, exif=exif_block.without_orientation(content.exif))
    return saved_by_pillow(content, "AVIF", options)


def _bits(data: bytes) -> int:
    """Return the bits a channel that the file's pixel information box names; 8 if it has none."""
    place = data.find(b"pixi", 0, _HEAD)
    return data[place + 9] if 0 <= place < len(data) - 9 else 8


def _named_profile(data: bytes) -> bytes | None:
    """Return the profile that the file's colour box names by numbers (ITU-T H.273), if it does."""
    place = data.find(b"colrnclx", 0, _HEAD) + 8
    if place < 8 or place + 4 > len(data):
        return None
    primaries, transfer = data[place : place + 2], data[place + 2 : place + 4]
    return profile_of_code_points(int.from_bytes(primaries, "big"), int.from_bytes(transfer, "big"))
