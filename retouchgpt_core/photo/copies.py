"""Copies of a photo for somewhere else: smaller, in another colour space, without metadata."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.errors import PhotoReadError
from retouchgpt_core.photo import colour
from retouchgpt_core.photo.exif import made_upright
from retouchgpt_core.photo.photo import Photo
from retouchgpt_core.photo.sampling import unit_float

KEEP, SRGB, DISPLAY_P3 = "keep", "srgb", "display-p3"
_BAND = 256
"""Rows converted at a time: the whole picture in float32 would take six times its memory."""


@dataclass(frozen=True, slots=True)
class CopyWish:
    """What a copy shall be.

    `long_edge` in pixels, never larger than the photo; None keeps the size. `profile` is "keep",
    "srgb", "display-p3" or the path of an ICC file. Without `metadata`, EXIF (place and camera
    included), XMP and IPTC stay behind; the colour profile always goes along.
    """

    long_edge: int | None = None
    profile: str = KEEP
    metadata: bool = True


def copied(photo: Photo, wish: CopyWish) -> tuple[Photo, tuple[str, ...]]:
    """Return the copy at the photo's own depth, with sentences about what could not be done.

    Sizes are averaged over areas; colours are converted in float32 and rounded once, so that 16
    bits stay 16. What the target space cannot hold is moved to its edge. Raises PhotoReadError
    if the profile cannot be used, ValueError for a length that is not positive.
    """
    notes: list[str] = []
    if wish.long_edge is not None:
        photo = _smaller(photo, wish.long_edge)
    if wish.profile != KEEP:
        if photo.grey:
            notes.append("The photo is grey, so it kept its own profile.")
        else:
            photo = _converted(photo, profile_named(wish.profile))
    if not wish.metadata:
        photo = replace(photo, exif=None, xmp=None, iptc=None)
    return photo, tuple(notes)


def profile_named(name: str) -> bytes:
    """Return the ICC profile of this name or in this file.

    Raises PhotoReadError unless it describes RGB colours that can be converted into.
    """
    if name in (SRGB, DISPLAY_P3):
        return colour.srgb_profile() if name == SRGB else colour.display_p3_profile()
    path = Path(name)
    try:
        icc = path.read_bytes()
        if not colour.is_rgb_profile(icc):
            raise ValueError("no RGB profile")
        colour.converted(np.zeros((1, 1, 3), np.float32), colour.srgb_profile(), icc)
    except (OSError, ValueError, RuntimeError) as error:
        raise PhotoReadError(
            f"{path.name} is no colour profile for RGB pictures.", "Choose another .icc file."
        ) from error
    return icc


def _smaller(photo: Photo, long_edge: int) -> Photo:
    if long_edge < 1:
        raise ValueError(f"a copy is at least a pixel long, got {long_edge}")
    share = long_edge / max(photo.width, photo.height)
    if share >= 1:
        return photo
    size = max(1, round(photo.width * share)), max(1, round(photo.height * share))
    pixels, alpha = photo.pixels, photo.alpha
    if alpha is None:
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        little = None
    else:
        small, little = _with_alpha(photo, alpha, size)
    exif = None if photo.exif is None else made_upright(photo.exif, *size)
    return replace(photo, pixels=small, alpha=little, exif=exif, jpeg=None)


def _with_alpha(
    photo: Photo, alpha: NDArray[Any], size: tuple[int, int]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Average colours by how opaque they are, so that hidden ones don't bleed."""
    largest = np.iinfo(alpha.dtype).max
    cover = alpha.astype(np.float32)
    weights = np.ones_like(cover) if photo.premultiplied else np.maximum(cover, 1e-3)
    seen = photo.pixels.astype(np.float32) * weights[..., None]
    area = cv2.INTER_AREA
    small = cv2.resize(seen, size, interpolation=area)
    small /= cv2.resize(weights, size, interpolation=area)[..., None]
    little = cv2.resize(cover, size, interpolation=area)
    kinds = photo.pixels.dtype, alpha.dtype
    return (
        np.rint(np.clip(small, 0, largest)).astype(kinds[0]),
        np.rint(np.clip(little, 0, largest)).astype(kinds[1]),
    )


def _converted(photo: Photo, icc: bytes) -> Photo:
    source = photo.icc if photo.icc is not None else colour.srgb_profile()
    if source == icc:
        return replace(photo, icc=icc)
    largest = np.iinfo(photo.pixels.dtype).max
    made = np.empty_like(photo.pixels)
    for top in range(0, photo.height, _BAND):
        rows = slice(top, top + _BAND)
        band = colour.converted(unit_float(photo.pixels[rows]), source, icc)
        made[rows] = np.rint(band * largest).astype(made.dtype)
    return replace(photo, pixels=made, icc=icc, jpeg=None)
