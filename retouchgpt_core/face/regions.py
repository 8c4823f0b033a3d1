"""Places of a face as polygons over landmark indices, drawn into a window."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from retouchgpt_core.face.layout import LABEL_INDEX
from retouchgpt_core.geometry import Window

MESH_POINTS = 478
RIGHT_IRIS, LEFT_IRIS = 468, 473
"""Iris centres of the subject's right and left eye (the picture's left and right)."""
_SUBPIXEL = 6


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """One polygon: its label, a (points, 478) matrix that gives its corners, its margin in IOD.

    `reach`: the place may be under hair, so it only counts where visible skin is known.
    """

    label: int
    corners: np.ndarray
    margin: float
    reach: bool


@cache
def _data() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "regions.json").read_text())


@cache
def areas() -> tuple[Area, ...]:
    """Return the areas of regions.json in the order in which they are painted."""
    data = _data()

    def row(point: int | str) -> np.ndarray:
        weights = {str(point): 1.0} if isinstance(point, int) else data["points"][point]
        values = np.zeros(MESH_POINTS, np.float32)
        for index, weight in weights.items():
            values[int(index)] = weight
        return values

    return tuple(
        Area(
            LABEL_INDEX[area["label"]],
            np.stack([row(point) for point in area["points"]]),
            float(area.get("margin", 0.0)),
            bool(area.get("reach", False)),
        )
        for area in data["areas"]
    )


@cache
def mirror_order() -> np.ndarray:
    """Return (478,) indices: `landmarks[order]`, mirrored, is again a mesh in its own order."""
    return np.array(_data()["mirror"], np.int64)


def mirrored_landmarks(landmarks: np.ndarray, width: float) -> np.ndarray:
    """Return the landmarks of a picture of this width, mirrored left to right."""
    flipped = landmarks[mirror_order()].copy()
    flipped[:, 0] = width - flipped[:, 0]
    return flipped


def eye_distance(landmarks: np.ndarray) -> float:
    """Return the distance between the iris centres, in the landmarks' own unit."""
    return float(np.hypot(*(landmarks[LEFT_IRIS] - landmarks[RIGHT_IRIS])))


def rasterise(
    landmarks: np.ndarray, window: Window, *, iod: float | None = None, reach: bool = False
) -> np.ndarray:
    """Draw the areas of regions.json.

    `landmarks` is (478, 2) in photo pixels, in the order of the MediaPipe face mesh. `iod` scales
    the margins around eyes, brows, lips and nostrils (default: `eye_distance(landmarks)`).
    `reach` also draws the forehead above the mesh, for callers that know what is hair.
    Returns (pixels, pixels) uint8 indices into `LABELS`; 0 where there is no face. A pixel takes
    the label of the area that holds its centre.

    Raises ValueError if the landmarks have another shape.
    """
    if landmarks.shape != (MESH_POINTS, 2):
        raise ValueError(f"landmarks must be ({MESH_POINTS}, 2), got {landmarks.shape}")
    labels = np.zeros((window.pixels, window.pixels), np.uint8)
    scale = window.scale
    margin_unit = (eye_distance(landmarks) if iod is None else iod) * scale
    # cv2 counts from a pixel's centre, Window from the picture's corner.
    local = (landmarks - np.array([window.x, window.y])) * scale - 0.5
    limit = 8.0 * window.pixels
    for area in areas():
        if area.reach and not reach:
            continue
        corners = np.clip(area.corners @ local, -limit, limit)
        fixed = np.round(corners * (1 << _SUBPIXEL)).astype(np.int32)
        cv2.fillPoly(labels, [fixed], area.label, cv2.LINE_8, _SUBPIXEL)
        thickness = round(2 * area.margin * margin_unit)
        if thickness >= 1:
            cv2.polylines(labels, [fixed], True, area.label, thickness, cv2.LINE_8, _SUBPIXEL)
    return labels
