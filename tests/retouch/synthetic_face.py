"""A synthetic face: skin of every region with grain, eyes and lips that must not be touched."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.face.layout import LABEL_INDEX
from retouchgpt_core.geometry import Box, Window
from retouchgpt_core.retouch.marks import Mark, photo_window
from retouchgpt_core.vocabulary import KINDS, Kind, Region

PHOTO_SIZE = (1400, 1300)
WINDOW = Window(88, 38, 1024, 512)


def label_map() -> NDArray[np.uint8]:
    """Cheeks left and right of the nose, forehead above, an eye and lips in them."""
    labels = np.zeros((512, 512), np.uint8)
    labels[40:200, 60:450] = LABEL_INDEX["forehead"]
    labels[200:440, 60:230] = LABEL_INDEX["cheek_left"]
    labels[200:440, 230:290] = LABEL_INDEX["nose"]
    labels[200:440, 290:450] = LABEL_INDEX["cheek_right"]
    labels[205:235, 110:190] = LABEL_INDEX["eye"]
    labels[380:410, 200:310] = LABEL_INDEX["lip"]
    return labels


def maps(**kinds: NDArray[np.float32]) -> tuple[Any, Any]:
    """Return (any, kinds) maps from those of single kinds."""
    stack = np.zeros((len(KINDS), 512, 512), np.float32)
    for name, prob in kinds.items():
        stack[KINDS.index(Kind(name))] = prob
    spots = [k for k in KINDS if k.value in kinds]
    return stack[[KINDS.index(k) for k in spots]].sum(0), stack


def blob(*places: tuple[float, float, float], height: float = 0.95) -> NDArray[np.float32]:
    """Return Gaussian bumps at (x, y, radius) in window pixels, the strongest at each pixel."""
    found = np.zeros((512, 512), np.float32)
    for cx, cy, radius in places:
        reach = int(5 * radius) + 1
        rows = slice(max(0, int(cy) - reach), int(cy) + reach)
        columns = slice(max(0, int(cx) - reach), int(cx) + reach)
        y, x = np.mgrid[rows, columns] + 0.5
        bump = height * np.exp(-0.5 * (np.hypot(x - cx, y - cy) / radius) ** 2)
        found[rows, columns] = np.maximum(found[rows, columns], bump)
    return found


def painted(
    mark_id: str,
    box: Box,
    mask: NDArray[np.uint8],
    kind: Kind = Kind.ACNE,
    region: Region = Region.CHEEK_LEFT,
    photo_size: tuple[int, int] = PHOTO_SIZE,
) -> Mark:
    """Return a mark with this mask at photo pixels."""
    mark = Mark.from_window_mask(
        mask,
        box,
        photo_window(photo_size),
        photo_size,
        id=mark_id,
        face=1,
        kind=kind,
        region=region,
        confidence=1.0,
        painted=True,
    )
    assert isinstance(mark, Mark)
    return mark
