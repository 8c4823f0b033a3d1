"""Camera RAW files, developed by the optional package rawpy."""

import importlib
import io
from typing import Any, cast

import numpy as np

from retouchgpt_core.errors import PhotoReadError
from retouchgpt_core.photo import exif as exif_block
from retouchgpt_core.photo.content import FileContent
from retouchgpt_core.photo.limits import check_size
from retouchgpt_core.photo.tiff_tags import descriptive_exif

_NOTE = (
    "The camera RAW was developed with the camera's own white balance; "
    "the retouched photo is saved as 16-bit TIFF unless you name another format."
)
_MOST_CLIPPED = 0.001
_SRGB_CURVE = (2.4, 12.92)


def decode_raw(data: bytes, name: str) -> FileContent:
    """Develop a camera RAW file to 16-bit sRGB, upright."""
    try:
        library = cast("Any", importlib.import_module("rawpy"))
    except ImportError as error:
        raise PhotoReadError(
            f"{name} is a camera RAW photo, and the part that develops those is not installed.",
            "Install it with pip install 'retouchgpt[raw]', or export the photo as TIFF first.",
        ) from error
    try:
        with library.imread(io.BytesIO(data)) as raw:
            check_size(raw.sizes.width, raw.sizes.height, name)
            pixels = raw.postprocess(
                output_bps=16,
                use_camera_wb=True,
                output_color=library.ColorSpace.sRGB,
                gamma=_SRGB_CURVE,
                auto_bright_thr=_MOST_CLIPPED,
                highlight_mode=library.HighlightMode.Blend,
            )
    except library.LibRawError as error:
        raise PhotoReadError(
            f"{name} is damaged, or from a camera that is not known here.",
            "Copy it again from the camera, or export it as TIFF first.",
        ) from error
    pixels = cast("np.ndarray", pixels)
    height, width = pixels.shape[:2]
    exif = descriptive_exif(data)
    return FileContent(
        pixels=np.ascontiguousarray(pixels),
        format="RAW",
        exif=None if exif is None else exif_block.made_upright(exif, width, height),
        notes=(_NOTE,),
    )
