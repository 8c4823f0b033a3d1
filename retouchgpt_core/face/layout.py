"""What is known about one face: where it lies, its landmarks, and a label for each place."""

from dataclasses import dataclass

import numpy as np

from retouchgpt_core.geometry import Box, Point, Window
from retouchgpt_core.vocabulary import REGIONS, Region

FEATURES: tuple[str, ...] = (
    "eye",
    "brow",
    "lip",
    "teeth",
    "nostril",
    "hair",
    "glasses",
    "other_skin",
)
"""What is on a face besides the regions: never retouched as skin of a region."""
LABELS: tuple[str, ...] = ("background", *(str(region) for region in REGIONS), *FEATURES)
"""The names of a label map's values, in order; the 16 regions are 1 to 16."""
LABEL_INDEX: dict[str, int] = {name: index for index, name in enumerate(LABELS)}
SKIN_LABELS: frozenset[int] = frozenset(LABEL_INDEX[region] for region in REGIONS)
WINDOW_PIXELS = 512
"""Side of a face's analysis window; it spans `WINDOW_IODS` x IOD of the photo."""
WINDOW_IODS = 4.0
SURE_FROM = 0.8
"""Confidence from which the places of a face may be used without asking."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceLayout:
    """One face of a photo.

    `number` counts from 1 at the left of the picture. `box`, `landmarks` ((478, 2) float32, order
    of the MediaPipe face mesh) and `iod` (distance between the irises, corrected by the face's
    height where the head is turned) are in photo pixels. `window` is the analysis window, 4 x IOD
    wide and 512 px; `labels` (512, 512) uint8 holds an index into `LABELS` for each of its pixels.
    `confidence` is in [0, 1].
    """

    number: int
    box: Box
    confidence: float
    landmarks: np.ndarray
    iod: float
    window: Window
    labels: np.ndarray

    @property
    def sure(self) -> bool:
        """Whether the places are known well enough to act on some of them without asking."""
        return self.confidence >= SURE_FROM

    def region_at(self, point: Point) -> Region | None:
        """Return the region that holds a photo point, or None where there is no skin of one."""
        x, y = self.window.to_window(point.x, point.y)
        column, row = int(np.floor(x)), int(np.floor(y))
        height, width = self.labels.shape
        if not (0 <= row < height and 0 <= column < width):
            return None
        label = int(self.labels[row, column])
        return REGIONS[label - 1] if label in SKIN_LABELS else None

    def skin_share(self) -> dict[Region, float]:
        """Return each region's share of the face's labelled skin; they add up to 1 (or all 0)."""
        counts = np.bincount(self.labels.ravel(), minlength=len(LABELS))
        skin = sum(int(counts[label]) for label in SKIN_LABELS)
        return {
            region: int(counts[LABEL_INDEX[region]]) / skin if skin else 0.0 for region in REGIONS
        }
