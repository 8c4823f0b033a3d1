"""HEIC files, by the optional package pillow-heif."""

import importlib
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from retouchgpt_core.errors import PhotoReadError, PhotoWriteError
from retouchgpt_core.photo import exif as exif_block
from retouchgpt_core.photo.channels import joined, split, spread
from retouchgpt_core.photo.colour import profile_of_code_points
from retouchgpt_core.photo.content import FileContent
from retouchgpt_core.photo.limits import check_size
from retouchgpt_core.photo.pillow_saving import quality_of

_INSTALL = "pip install 'retouchgpt[heif]'"


def decode_heic(data: bytes, name: str) -> FileContent:
    """Decode a HEIC at 8 bits, or at 16 if it has more than 8."""
    library = _library()
    if library is None:
        raise PhotoReadError(
            f"{name} is a HEIC photo, and the part that reads those is not installed.",
            f"Install it with {_INSTALL}, or save the photo as JPEG first.",
        )
    image = library.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    width, height = image.size
    check_size(int(width), int(height), name)
    stored: NDArray[Any] = np.array(image)
    if stored.dtype == np.uint16:  # its few bits stand at the top of the sixteen
        bits = int(image.info["bit_depth"])
        stored = spread(np.right_shift(stored, 16 - bits), bits)
    colour, alpha, grey = split(stored)
    exif = image.info.get("exif")
    height, width = colour.shape[:2]
    # The library has turned the picture as the file's own boxes say; EXIF does not count.
    block = exif_block.made_upright(exif_block.prefixed(exif), width, height) if exif else None
    icc = image.info.get("icc_profile")
    named = image.info.get("nclx_profile")
    if not icc and named:
        icc = profile_of_code_points(named["color_primaries"], named["transfer_characteristics"])
    return FileContent(
        pixels=colour,
        alpha=alpha,
        format="HEIC",
        icc=icc or None,
        exif=block,
        xmp=image.info.get("xmp") or None,
        dpi=exif_block.resolution(block),
        grey=grey,
        lossy=True,
    )


def encode_heic(content: FileContent, quality: int | None) -> bytes:
    """Return a HEIC of 8 bits with full colour resolution."""
    library = _library()
    if library is None:
        raise PhotoWriteError(
            "The part that writes HEIC is not installed.",
            f"Install it with {_INSTALL}, or save as .jpg or .tif.",
        )
    picture = Image.fromarray(joined(content))
    options: dict[str, Any] = {"quality": quality_of(quality)}
    exif = exif_block.with_resolution(content.exif, content.dpi)
    buffer = io.BytesIO()
    file = library.from_pillow(picture)
    blocks = {"exif": exif, "xmp": content.xmp}
    options |= {key: block for key, block in blocks.items() if block is not None}
    if content.icc is not None:
        file[0].info["icc_profile"] = content.icc
    file.save(buffer, chroma=444, **options)
    return buffer.getvalue()


def _library() -> Any:
    try:
        return importlib.import_module("pillow_heif")
    except ImportError:
        return None
