"""Saving by Pillow: the pixels with the metadata that WebP and AVIF take in the same way."""

import io
from typing import Any

from PIL import Image

from retouchgpt_core.photo import exif as exif_block
from retouchgpt_core.photo.channels import joined
from retouchgpt_core.photo.content import FileContent
from retouchgpt_core.photo.jpeg import QUALITY


def saved_by_pillow(content: FileContent, kind: str, options: dict[str, Any]) -> bytes:
    """Return the file that Pillow writes as `kind`, with EXIF, ICC profile and XMP if it has any.

    `options` are the format's own.
    """
    blocks = {
        "exif": exif_block.with_resolution(content.exif, content.dpi),
        "icc_profile": content.icc,
        "xmp": content.xmp,
    }
    known = {name: block for name, block in blocks.items() if block is not None}
    buffer = io.BytesIO()
    Image.fromarray(joined(content)).save(buffer, kind, **options, **known)
    return buffer.getvalue()


def quality_of(quality: int | None) -> int:
    """Return a quality from 1 to 100, the usual one if none was asked for."""
    return QUALITY if quality is None else min(100, max(1, quality))
