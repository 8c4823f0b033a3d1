"""OpenRaster files (freedesktop.org's specification 0.0.5): a zip of 16-bit PNG layers."""

import io
import zipfile
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.photo.channels import to_8_bit
from retouchgpt_core.photo.colour import srgb_profile
from retouchgpt_core.photo.content import FileContent
from retouchgpt_core.photo.layers import LayeredPicture
from retouchgpt_core.photo.png import encode_png

_THUMBNAIL_SIDE = 256


def encode_openraster(picture: LayeredPicture) -> bytes:
    """Return the file; the masks become transparency, and the highest layer is named first."""
    buffer = io.BytesIO()
    attributes = {"version": "0.0.5", "w": str(picture.width), "h": str(picture.height)}
    if picture.dpi is not None:
        attributes |= {"xres": str(round(picture.dpi[0])), "yres": str(round(picture.dpi[1]))}
    image = ElementTree.Element("image", attributes)
    stack = ElementTree.SubElement(image, "stack")
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("mimetype", "image/openraster")
        for number, layer in reversed(list(enumerate(picture.layers))):
            source = f"data/layer{number}.png"
            archive.writestr(source, _png(layer.rgba, picture.icc))
            ElementTree.SubElement(
                stack,
                "layer",
                {
                    "name": layer.name,
                    "src": source,
                    "x": str(layer.box.x),
                    "y": str(layer.box.y),
                    "opacity": "1.0",
                    "visibility": "visible",
                    "composite-op": "svg:src-over",
                },
            )
        archive.writestr("stack.xml", ElementTree.tostring(image, "utf-8", xml_declaration=True))
        merged = picture.shown
        if picture.alpha is not None:
            merged = np.dstack((merged, picture.alpha))
        archive.writestr("mergedimage.png", _png(merged, picture.icc))
        archive.writestr("Thumbnails/thumbnail.png", _png(_thumbnail(merged), picture.icc))
    return buffer.getvalue()


def _png(pixels: NDArray[Any], icc: bytes | None) -> bytes:
    """Return a PNG that names its colours; without that Krita takes 16 bits for linear light."""
    alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
    return encode_png(
        FileContent(pixels[..., :3], "PNG", alpha=alpha, icc=icc or srgb_profile()), level=3
    )


def _thumbnail(pixels: NDArray[np.uint16]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    scale = min(1.0, _THUMBNAIL_SIDE / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return to_8_bit(np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)))
