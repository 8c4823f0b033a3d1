"""AVIF files, through Pillow where it was built with them."""

import io
from typing import Any

import numpy as np
from PIL import AvifImagePlugin, features

from retouchgpt_core.errors import PhotoReadError, PhotoWriteError
from retouchgpt_core.photo import exif as exif_block
from retouchgpt_core.photo.channels import split
from retouchgpt_core.photo.content import FileContent
from retouchgpt_core.photo.jpeg import exif_of
from retouchgpt_core.photo.limits import check_size
from retouchgpt_core.photo.pillow_saving import quality_of, saved_by_pillow

_MAX_SIDE = 65_536


def decode_avif(data: bytes, name: str) -> FileContent:
    """Decode an AVIF at 8 bits; one with more is reduced, with a note."""
    if not features.check("avif"):
        raise PhotoReadError(
            f"{name} is an AVIF picture, which the installed Pillow cannot read.",
            "Install a newer Pillow, or save the photo as JPEG or TIFF first.",
        )
    with AvifImagePlugin.AvifImageFile(io.BytesIO(data), name) as image:
        check_size(*image.size, name)
        stored = np.asarray(image.convert("RGBA") if image.mode == "PA" else image)
        colour, alpha, grey = split(stored)
        exif = exif_of(image)
        deep = _bits(data) > 8
        return FileContent(
            pixels=colour,
            alpha=alpha,
            format="AVIF",
            icc=image.info.get("icc_profile"),
            exif=exif,
            xmp=image.info.get("xmp"),
            dpi=exif_block.resolution(exif),
            grey=grey,
            lossy=True,
            notes=("The AVIF picture has more than 8 bits; 8 of them were read.",) if deep else (),
        )


def encode_avif(content: FileContent, quality: int | None) -> bytes:
    """Return an AVIF with full colour resolution."""
    if not features.check("avif"):
        raise PhotoWriteError("The installed Pillow cannot write AVIF.", "Save it as TIFF.")
    if max(content.pixels.shape[:2]) > _MAX_SIDE:
        raise PhotoWriteError(
            f"An AVIF cannot be wider or higher than {_MAX_SIDE} pixels.", "Save it as TIFF."
        )
    options: dict[str, Any] = {"quality": quality_of(quality)}
    if not content.grey:
        options["subsampling"] = "4:4:4"
    return saved_by_pillow(content, "AVIF", options)


def _bits(data: bytes) -> int:
    """Return the bits a channel that the file's pixel information box names; 8 if it has none."""
    place = data.find(b"pixi", 0, 1 << 16)
    return data[place + 9] if 0 <= place < len(data) - 9 else 8
