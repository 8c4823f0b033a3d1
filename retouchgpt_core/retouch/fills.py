"""Fills: what each mark's place would look like without it, at the photo's own pixels."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.errors import FillMismatchError
from retouchgpt_core.face.layout import WINDOW_IODS
from retouchgpt_core.geometry import Box, Window
from retouchgpt_core.photo import Photo
from retouchgpt_core.photo.sampling import unit_float
from retouchgpt_core.retouch.marks import Layer, Mark
from retouchgpt_core.retouch.masks import photo_mask
from retouchgpt_core.retouch.texture import CleanSkin, continued_texture
from retouchgpt_core.retouch.tiled import Tiled, dense, tiled

_MAX_DELTA = 1.0
_TONE_SOFTENING = 1.0
"""Sigma in window pixels that parts a tone-like change from the pores."""
_LEVEL = 0.05
"""Over how many inter-ocular distances rebuilt skin must keep the level of the skin around it."""


@dataclass(frozen=True, slots=True, eq=False)
class Fill:
    """A mark's soft mask and its change at strength 1.0.

    `box` in photo pixels, inside the photo; `mask` (h, w) uint8, 255 = wholly replaced; `delta`
    (h, w, 3) float16 in the photo's own colour space, 1.0 = the largest pixel value; `photo_size`
    (width, height). Large ones are kept in tiles where the mask is not 0 (see `sparse`); they
    read like any array. Raises ValueError if the arrays do not fit the box.
    """

    mark_id: str
    box: Box
    mask: NDArray[np.uint8] | Tiled
    delta: NDArray[np.float16] | Tiled
    layer: Layer
    photo_size: tuple[int, int]

    def __post_init__(self) -> None:
        shape = (self.box.height, self.box.width)
        if self.mask.shape != shape or self.mask.dtype != np.uint8:
            raise ValueError(f"a mask of {shape} uint8, got {self.mask.shape} {self.mask.dtype}")
        if self.delta.shape != (*shape, 3) or self.delta.dtype != np.float16:
            raise ValueError(f"a delta {shape} x 3 float16, got {self.delta.shape}")
        if self.box.clamp(*self.photo_size) != self.box:
            raise ValueError(f"{self.box} reaches beyond a photo of {self.photo_size}")
        for array in (self.mask, self.delta):
            if not isinstance(array, Tiled):
                array.flags.writeable = False
        if _places(self.mask) != _places(self.delta):
            raise ValueError("a mask and a delta in other tiles")

    def check(self, photo: Photo) -> None:
        """Raise FillMismatchError if the fill was made for a photo of another size."""
        if self.photo_size != (photo.width, photo.height):
            made = "{} x {}".format(*self.photo_size)
            raise FillMismatchError(
                f"A fill for a photo of {made} does not fit {photo.width} x {photo.height}.",
                "Open the photo that it was made for.",
            )

    def pieces(self) -> Iterator[tuple[Box, NDArray[np.uint8], NDArray[np.float16]]]:
        """Yield photo boxes with the mask and delta there, the same objects each time.

        The mask is 0 outside all of them.
        """
        if not isinstance(self.mask, Tiled) or not isinstance(self.delta, Tiled):
            yield self.box, dense(self.mask), dense(self.delta)
            return
        for (place, mask), (_, delta) in zip(self.mask.tiles, self.delta.tiles, strict=True):
            x, y = self.box.x + place.x, self.box.y + place.y
            yield Box(x, y, place.width, place.height), mask, delta

    def masked(self, change: Callable[[Box, NDArray[np.uint8]], NDArray[np.uint8]]) -> "Fill":
        """Return the fill with the mask of each piece changed; the same if none of them is."""
        old = [(box, mask) for box, mask, _ in self.pieces()]
        new = [change(box, mask) for box, mask in old]
        if all(a is b for a, (_, b) in zip(new, old, strict=True)):
            return self
        if not isinstance(self.mask, Tiled):
            return replace(self, mask=new[0])
        masks = iter(new)
        return replace(self, mask=self.mask.mapped(lambda _: next(masks)))

    def sparse(self) -> "Fill":
        """Return the same fill with only what its mask covers kept, in tiles of 256 px.

        One that fits into a tile stays as it is.
        """
        mask, delta = tiled(self.mask, self.delta, self.box)
        return replace(self, mask=mask, delta=delta)

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.mask.nbytes + self.delta.nbytes


def _places(array: NDArray[Any] | Tiled) -> tuple[Box, ...] | None:
    return tuple(box for box, _ in array.tiles) if isinstance(array, Tiled) else None


def make_fill(
    photo: Photo,
    mark: Mark,
    window: Window,
    result_delta: NDArray[np.float32],
    skin: CleanSkin | None = None,
    rgb: NDArray[np.float32] | None = None,
) -> Fill:
    """Turn a change that a network predicted in a window into a fill at the photo's own pixels.

    `result_delta` (P, P, 3) float32: result - input in sRGB at strength 1.0, as seen in `window`;
    `rgb` (P, P, 3): that input, if it is at hand. Tone-like changes stay smooth and keep the
    pores. For spots and lines only what is coarser than `skin.sigma` comes from the network; the
    finer band is the photo's own skin from close by (without `skin`, or with none near, the
    network's own detail stands). Raises ValueError for a delta of another shape.
    """
    side = window.pixels
    if result_delta.shape != (side, side, 3):
        raise ValueError(f"a delta of ({side}, {side}, 3), got {result_delta.shape}")
    box, mask = photo_mask(mark)
    if mark.layer == "tone":
        delta = _tone_delta(photo, window, box, rgb, result_delta)
    else:
        delta = _rebuilt_delta(photo, window, box, mask, rgb, result_delta, skin, mark.id)
    fill = Fill(
        mark_id=mark.id,
        box=box,
        mask=mask,
        delta=np.clip(delta, -_MAX_DELTA, _MAX_DELTA).astype(np.float16),
        layer=mark.layer,
        photo_size=(photo.width, photo.height),
    )
    return fill.sparse()


def make_fills(
    photo: Photo,
    marks: Sequence[Mark],
    window: Window,
    result_delta: NDArray[np.float32],
    skin: CleanSkin | None = None,
    rgb: NDArray[np.float32] | None = None,
) -> list[Fill]:
    """Make the fills of several marks from one predicted change; see `make_fill`."""
    return [make_fill(photo, mark, window, result_delta, skin, rgb) for mark in marks]


def _part_of(window: Window, box: Box, margin: float) -> Box:
    """Return the window pixels around a photo box, with a margin in window pixels."""
    left, top = window.to_window(box.x, box.y)
    right, bottom = window.to_window(box.right, box.bottom)
    return Box.from_edges(left - margin, top - margin, right + margin, bottom + margin).clamp(
        window.pixels, window.pixels
    )


def _seen(
    photo: Photo, window: Window, part: Box, rgb: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """Return the window's pixels of `part`, sampled only there if they are not at hand."""
    if rgb is not None:
        return rgb[part.slices]
    side = max(part.width, part.height)
    x, y = window.to_photo(part.x, part.y)
    seen = photo.window(Window(x, y, side / window.scale, side))
    return seen[: part.height, : part.width]


def _tone_delta(
    photo: Photo,
    window: Window,
    box: Box,
    rgb: NDArray[np.float32] | None,
    result_delta: NDArray[np.float32],
) -> NDArray[np.float32]:
    part = _part_of(window, box, 4 * _TONE_SOFTENING + 2)
    if part.empty:
        return np.zeros((box.height, box.width, 3), np.float32)
    own = result_delta[part.slices]
    if not photo.is_srgb:
        own = photo.own_delta(_seen(photo, window, part, rgb), own)
    smooth = np.asarray(cv2.GaussianBlur(own, (0, 0), _TONE_SOFTENING), np.float32)
    return _at_photo_pixels(smooth, part, window, box)


def _rebuilt_delta(
    photo: Photo,
    window: Window,
    box: Box,
    mask: NDArray[np.uint8],
    rgb: NDArray[np.float32] | None,
    result_delta: NDArray[np.float32],
    skin: CleanSkin | None,
    seed: str,
) -> NDArray[np.float32]:
    sigma = 0.0 if skin is None else skin.sigma * window.scale  # in window pixels
    part = _part_of(window, box, 4 * sigma + 3)
    if part.empty:
        return np.zeros((box.height, box.width, 3), np.float32)
    source = _seen(photo, window, part, rgb)
    change = photo.own_delta(source, result_delta[part.slices])
    if skin is None:
        return _at_photo_pixels(change, part, window, box)
    own_source = photo.own_delta(np.zeros_like(source), source)
    result = cv2.GaussianBlur(own_source + change, (0, 0), sigma)
    low = _at_photo_pixels(np.asarray(result, np.float32), part, window, box)
    low -= _level_error(photo, skin, box, mask, low)
    texture, covered = continued_texture(photo, skin, box, mask, zlib.crc32(seed.encode()))
    delta = low + texture - unit_float(photo.pixels[box.slices])
    if covered.min() < 1.0:
        delta = covered * delta + (1 - covered) * _at_photo_pixels(change, part, window, box)
    return delta.astype(np.float32)


def _level_error(
    photo: Photo, skin: CleanSkin, box: Box, mask: NDArray[np.uint8], low: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return (h, w, 3): by how much rebuilt skin misses the colour of what surrounds the mark.

    The network says how the skin runs within _LEVEL inter-ocular distances; how light and red it
    is over more than that, the clean skin around says, continued under the mark.
    """
    part = _part_of(skin.window, box, 4)
    weight = mask.astype(np.float32)[..., None] / 255
    if part.empty or not weight.any():
        return np.zeros_like(low)
    colour = skin.beneath[part.slices]
    around = photo.own_delta(np.zeros_like(colour), colour)
    missed = low - _at_photo_pixels(around, part, skin.window, box)
    sigma = _LEVEL * skin.window.size / WINDOW_IODS
    step = max(1, round(sigma / 8))
    size = (-(-box.width // step), -(-box.height // step))
    both = cv2.resize(np.dstack((missed * weight, weight)), size, interpolation=cv2.INTER_AREA)
    both = cv2.GaussianBlur(both, (0, 0), sigma / step, borderType=cv2.BORDER_CONSTANT)
    both = cv2.resize(both, (box.width, box.height), interpolation=cv2.INTER_LINEAR)
    return (both[..., :3] / np.maximum(both[..., 3:], 1e-6)).astype(np.float32)


def _at_photo_pixels(
    values: NDArray[np.float32], part: Box, window: Window, box: Box
) -> NDArray[np.float32]:
    """Sample values of a window's part at the centres of the photo pixels of `box`."""
    step = window.scale
    if step > 1.0:  # the photo has fewer pixels than the window: average over each of them
        width = max(1, round(step)) | 1
        values = np.asarray(cv2.blur(values, (width, width)), np.float32)
    to_part = np.array(
        [
            [step, 0.0, (box.x + 0.5 - window.x) * step - 0.5 - part.x],
            [0.0, step, (box.y + 0.5 - window.y) * step - 0.5 - part.y],
        ]
    )
    shown = cv2.warpAffine(
        values,
        to_part,
        (box.width, box.height),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(shown, np.float32)
