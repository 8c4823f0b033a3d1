"""An edited photo taken apart into layers: the photo, then one layer a kind with its mask."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.document.state import EditState
from retouchgpt_core.errors import PhotoWriteError
from retouchgpt_core.geometry import Box
from retouchgpt_core.photo import Photo
from retouchgpt_core.photo.atomic import write_atomically
from retouchgpt_core.photo.colour import for_three_channels
from retouchgpt_core.photo.layered_tiff import encode_layered_tiff
from retouchgpt_core.photo.layers import Layer, LayeredPicture, sixteen_bits
from retouchgpt_core.photo.openraster import encode_openraster
from retouchgpt_core.photo.psd import encode_psd
from retouchgpt_core.photo.thumbnail import without_thumbnail
from retouchgpt_core.retouch.compose import changed_mask, compose
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import layer_of
from retouchgpt_core.vocabulary import Kind, in_kind_order, kind_name

_ORDER = ("spot", "line", "tone")
"""How marks lie above each other in `compose`."""
_TOP = 65535
_FORMATS: dict[str, Callable[[LayeredPicture], bytes]] = {
    ".psd": encode_psd,
    ".ora": encode_openraster,
    ".tif": encode_layered_tiff,
    ".tiff": encode_layered_tiff,
}


def layered(photo: Photo, state: EditState) -> LayeredPicture:
    """Take an edited photo apart, at 16 bits.

    The lowest layer is the photo as it was. Each kind that was retouched is a layer of skin
    without it, whose mask is that of its marks times their strengths: all of them over each other
    show what `compose` gives, within rounding.
    """
    base = replace(photo, pixels=sixteen_bits(photo.pixels))
    alpha = None if photo.alpha is None else sixteen_bits(photo.alpha)
    layers = [Layer("Photo", base.box, np.asarray(base.pixels), alpha, is_alpha=True)]
    done: list[Fill] = []
    for kind, fills in _by_kind(state):
        before, done = done, [*done, *fills]
        layers.append(_layer(base, kind, fills, before, done, state.strengths))
    return LayeredPicture(
        layers=tuple(layers),
        shown=compose(base, done, state.strengths),
        alpha=alpha,
        icc=for_three_channels(photo.icc),
        exif=None if photo.exif is None else without_thumbnail(photo.exif),
        xmp=photo.xmp,
        iptc=photo.iptc,
        dpi=photo.dpi,
    )


def write_layered(path: str | Path, photo: Photo, state: EditState) -> None:
    """Save it by the path's ending (.psd, .ora, .tif), whole or not at all.

    Raises PhotoWriteError with a sentence.
    """
    path = Path(path)
    encode = encoder_for(path)
    try:
        data = encode(layered(photo, state))
    except MemoryError as error:
        raise PhotoWriteError(
            "There is not enough memory to save layers.", "Close other programs and try again."
        ) from error
    write_atomically(path, data)


def encoder_for(path: Path) -> Callable[[LayeredPicture], bytes]:
    """Return what writes layers under that ending; raises PhotoWriteError if nothing does."""
    encode = _FORMATS.get(path.suffix.lower())
    if encode is None:
        raise PhotoWriteError(
            f"{path.name} has no ending that says how to save layers.", "Use .psd, .ora or .tif."
        )
    return encode


def _by_kind(state: EditState) -> list[tuple[Kind, list[Fill]]]:
    found: dict[Kind, list[Fill]] = {}
    for fill in state.shown_fills:
        found.setdefault(state.marks[fill.mark_id].kind, []).append(fill)
    kinds = sorted(in_kind_order(found), key=lambda kind: _ORDER.index(layer_of(kind)))
    return [(kind, found[kind]) for kind in kinds]


def _layer(
    base: Photo,
    kind: Kind,
    fills: Sequence[Fill],
    before: Sequence[Fill],
    after: Sequence[Fill],
    strengths: Mapping[str, float],
) -> Layer:
    """Find the pixels that turn what lies below into what this kind leaves, through its mask."""
    box = Box(0, 0, 0, 0)
    for fill in fills:
        box = box.union(fill.box)
    mask = _weights(fills, strengths, box, (base.width, base.height))
    below = compose(base, before, strengths, box)
    wished = compose(base, after, strengths, box).astype(np.float32)
    share = mask[..., None].astype(np.float32) / _TOP
    wished -= below
    wished /= np.maximum(share, 1 / _TOP)
    wished += below
    pixels = np.where(share > 0, np.clip(np.rint(wished), 0, _TOP), below).astype(np.uint16)
    return Layer(kind_name(kind).capitalize(), box, pixels, mask)


def _weights(
    fills: Sequence[Fill], strengths: Mapping[str, float], box: Box, size: tuple[int, int]
) -> NDArray[np.uint16]:
    """Return (h, w) uint16: the largest of the masks times their strengths."""
    weights = np.zeros((box.height, box.width), np.uint16)
    for fill in fills:
        alone = changed_mask(size, [fill], strengths, fill.box)
        strength = min(1.0, strengths.get(fill.mark_id, 0.0))
        own = np.rint(alone.astype(np.float32) * (strength * _TOP / 255)).astype(np.uint16)
        target = weights[fill.box.relative_to(box).slices]
        np.maximum(target, own, out=target)
    return weights
