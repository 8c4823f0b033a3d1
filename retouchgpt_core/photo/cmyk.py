"""Ink to light: CMYK pictures become sRGB, since skin is retouched as it is seen."""

from typing import Any, cast

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.photo.colour import is_cmyk_profile, srgb_profile

_CODECS = cast("Any", imagecodecs)
_BY_PROFILE = "This CMYK photo was converted to sRGB by its own colour profile."
_PLAIN = "This CMYK photo has no colour profile; it was converted to sRGB as well as can be."


def srgb_of_inks(inks: NDArray[Any], icc: bytes | None) -> tuple[NDArray[Any], str]:
    """Convert (H, W, 4) uint8 or uint16 inks (largest = full ink) to RGB of the same type.

    By the profile where it is a CMYK one, else channel by channel. Also returns a note.
    """
    if icc is not None and is_cmyk_profile(icc):
        rgb = _CODECS.cms_transform(
            np.ascontiguousarray(inks),
            icc,
            srgb_profile(),
            colorspace="cmyk",
            outcolorspace="rgb",
            outdtype=inks.dtype.str,
            intent=1,  # relative colorimetric
        )
        return cast("NDArray[Any]", rgb), _BY_PROFILE
    largest = np.uint32(np.iinfo(inks.dtype).max)
    paper = largest - inks[..., :3].astype(np.uint32)
    light = (paper * (largest - inks[..., 3:]) + largest // 2) // largest
    return light.astype(inks.dtype), _PLAIN
