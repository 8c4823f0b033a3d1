"""TIFF files whose pages are layers: what all show first, then each layer with its place."""

import io
from typing import Any, cast

import numpy as np
import tifffile

from retouchgpt_core.photo.layers import LayeredPicture
from retouchgpt_core.photo.tiff_writing import add_tags, tags_for_tiff

_TIFF = cast("Any", tifffile)
_PAGE_NAME, _X_POSITION, _Y_POSITION = 285, 286, 287
_RATIONAL, _TEXT = 5, 2
_DEFAULT_DPI = 72.0
_BIG_FROM = 3 << 30


def encode_layered_tiff(picture: LayeredPicture) -> bytes:
    """Return the file, at 16 bits with deflate; a BigTIFF where it could grow beyond 4 GB.

    The first page has the photo's EXIF, unless it is a BigTIFF.
    """
    buffer = io.BytesIO()
    dpi = picture.dpi or (_DEFAULT_DPI, _DEFAULT_DPI)
    bytes_in_all = sum(layer.rgba.nbytes for layer in picture.layers) + picture.shown.nbytes
    large = bytes_in_all > _BIG_FROM
    described = None if large else tags_for_tiff(picture.exif)
    order = "<" if described is None else described.order
    with _TIFF.TiffWriter(buffer, bigtiff=large, byteorder=order) as writer:
        merged = picture.shown
        if picture.alpha is not None:
            merged = np.dstack((merged, picture.alpha))
        tags: list[tuple[Any, ...]] = []
        if picture.xmp is not None:
            tags.append((700, "B", len(picture.xmp), picture.xmp, True))
        if picture.iptc is not None:
            tags.append((33723, 7, len(picture.iptc), picture.iptc, True))
        _write(writer, merged, dpi, picture, "Retouched", (0, 0), tags)
        for layer in picture.layers:
            pixels = layer.pixels if layer.mask is None else layer.rgba
            _write(writer, pixels, dpi, picture, layer.name, (layer.box.x, layer.box.y), [])
    if described is not None:
        add_tags(buffer, described)
    return buffer.getvalue()


def _write(
    writer: Any,
    pixels: Any,
    dpi: tuple[float, float],
    picture: LayeredPicture,
    name: str,
    corner: tuple[int, int],
    tags: list[tuple[Any, ...]],
) -> None:
    places = [  # in inches from the corner, as a whole number of pixels over the resolution
        (code, _RATIONAL, 1, (round(at * 100), round(step * 100)), True)
        for code, at, step in zip((_X_POSITION, _Y_POSITION), corner, dpi, strict=True)
    ]
    text = name.encode("ascii", "replace").decode()
    writer.write(
        pixels,
        photometric="rgb",
        planarconfig="contig",
        extrasamples=["unassalpha"] if pixels.shape[2] == 4 else None,
        compression=8,
        predictor=True,
        rowsperstrip=64,
        resolution=dpi,
        resolutionunit="inch",
        iccprofile=picture.icc,
        metadata=None,
        software=False,
        extratags=[(_PAGE_NAME, _TEXT, 0, text, True), *places, *tags],
    )
