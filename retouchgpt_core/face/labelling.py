"""The region map of one face: polygons from its landmarks, where the network sees skin."""

import cv2
import numpy as np

from retouchgpt_core.face.crops import Crop
from retouchgpt_core.face.frame import corrected_iod
from retouchgpt_core.face.hair import skin_by_colour
from retouchgpt_core.face.layout import LABEL_INDEX, SKIN_LABELS
from retouchgpt_core.face.nets import MAP_CLASSES
from retouchgpt_core.face.regions import rasterise
from retouchgpt_core.geometry import Box, Window

_SKIN_CHANCE = 0.5
_SPECK = 0.35
"""Side, in IOD, of the largest patch that is taken for a mark on the skin, not for a cover."""
_RIM_CHANCE = 0.6
_THIN_RIM_CHANCE = 0.35
"""A rim thinner than a cell of the network's map is never sure."""
_RIM = 0.025
"""How far from where a rim is seen it may lie, in IOD."""
_LEAST_GLASSES = 0.25
"""Area of likely glasses, in square IOD, from which a face wears some: training faces without any
have less (99 of 100), three quarters of those with glasses have more than 0.45."""
_HIDDEN = {"other": "background", "hair": "hair", "glasses": "glasses"}


_LABELLED_ABOVE = 0.25
"""How much above a cell's middle the network's training labels lie, in cells: each was read from
the upper left of four pixels. To the side the mirrored view evens it out."""


def chances_in(window: Window, crop: Crop, chances: np.ndarray) -> np.ndarray:
    """Bring (classes, side, side) chances seen in a crop into a window: (pixels, pixels, classes).

    Beyond the crop its edge is repeated.
    """
    side = chances.shape[-1]
    cos, sin = np.cos(crop.roll), np.sin(crop.roll)
    step = side / crop.size / window.scale
    axes = step * np.array([[cos, sin], [-sin, cos]])
    corner = np.array([window.x - crop.x, window.y - crop.y]) * window.scale
    shift = axes @ (corner + 0.5) + side / 2 - 0.5 + np.array([0.0, _LABELLED_ABOVE])
    matrix = np.concatenate([axes, shift[:, None]], 1)
    return cv2.warpAffine(
        np.ascontiguousarray(chances.transpose(1, 2, 0)),
        matrix,
        (window.pixels, window.pixels),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def _with_glasses_or_without(seen: np.ndarray, iod: float) -> tuple[np.ndarray, bool]:
    """Decide whether the face wears glasses; if not, what looks like a piece of them is skin.

    `seen` (n, n, classes) chances, `iod` in its pixels. Glasses are seen as a whole, or there are
    none: a dark or bright bridge of the nose looks like a piece of a frame.
    """
    glasses, skin = MAP_CLASSES.index("glasses"), MAP_CLASSES.index("skin")
    if int((seen[..., glasses] > _SKIN_CHANCE).sum()) >= _LEAST_GLASSES * iod**2:
        return seen, True
    bare = seen.copy()
    bare[..., skin] += bare[..., glasses]
    bare[..., glasses] = 0
    return bare, False


def _spread(chance: np.ndarray, reach: float) -> np.ndarray:
    size = 2 * round(reach) + 1
    return cv2.dilate(chance, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))


def _specks(hidden: np.ndarray, labels: np.ndarray, glasses: np.ndarray, side: float) -> np.ndarray:
    """Find small patches amid skin: a spot, a scab or a shine is not something in front of it.

    A piece of a rim, of which the `glasses` chances tell, is no such patch.
    """
    count, found, stats, _ = cv2.connectedComponentsWithStats(hidden.astype(np.uint8))
    parts = np.asarray(found, np.intp)
    small = stats[:, cv2.CC_STAT_AREA] < side * side
    beyond = cv2.dilate((labels == 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    small[np.unique(parts[beyond])] = False
    small[np.unique(parts[glasses > _RIM_CHANCE])] = False
    small[0] = False
    return small[parts] if count > 1 else np.zeros(hidden.shape, bool)


def label_map(
    landmarks: np.ndarray,
    window: Window,
    crop: Crop,
    chances: np.ndarray,
    photo: Box,
    pixels: np.ndarray | None = None,
) -> np.ndarray:
    """Return the (pixels, pixels) uint8 label map of a face.

    A pixel belongs to a region where that region's polygon covers it and the network's `chances`
    ((classes of MAP_CLASSES, side, side), seen in `crop`) call it skin; what hides a region is
    labelled hair, glasses or background. With `pixels`, the window's own at any size (n, n, 3),
    the face's colours have a say on forehead and temples. Beyond the photo there is only
    background.
    """
    iod = corrected_iod(landmarks)
    labels = rasterise(landmarks, window, iod=iod, reach=True)
    seen, worn = _with_glasses_or_without(chances_in(window, crop, chances), iod * window.scale)
    skin_class = MAP_CLASSES.index("skin")
    is_region = np.isin(labels, sorted(SKIN_LABELS))
    skin = seen[..., skin_class]
    if pixels is not None:
        small = window.at(pixels.shape[0])
        chance = cv2.resize(skin, pixels.shape[:2], interpolation=cv2.INTER_AREA)
        places = rasterise(landmarks, small, iod=iod, reach=True)
        weighed = skin_by_colour(pixels, places, chance, iod * small.scale) - chance
        skin = skin + cv2.resize(weighed, labels.shape, interpolation=cv2.INTER_LINEAR)
    hidden = is_region & (skin < _SKIN_CHANCE)
    glasses = seen[..., MAP_CLASSES.index("glasses")]
    rims = is_region & worn & (_spread(glasses, _RIM * iod * window.scale) > _THIN_RIM_CHANCE)
    hidden |= rims
    hidden &= ~_specks(hidden, labels, glasses, _SPECK * iod * window.scale)
    names = np.array([LABEL_INDEX[_HIDDEN.get(name, "hair")] for name in MAP_CLASSES], np.uint8)
    # Where colour alone speaks against skin (and the network says skin), it is hair.
    labels[hidden] = names[seen.argmax(-1)][hidden]
    labels[rims] = LABEL_INDEX["glasses"]
    cells = np.arange(window.pixels) + 0.5
    xs, ys = window.x + cells / window.scale, window.y + cells / window.scale
    inside = ((ys >= 0) & (ys < photo.height))[:, None] & ((xs >= 0) & (xs < photo.width))[None]
    labels[~inside] = 0
    return labels
