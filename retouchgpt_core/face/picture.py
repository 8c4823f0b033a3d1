"""The picture of all places on the mean face: `python -m retouchgpt_core.face.picture [FILE]`."""

import sys
from pathlib import Path

import cv2
import numpy as np

from retouchgpt_core.face.frame import mean_face
from retouchgpt_core.face.layout import LABELS
from retouchgpt_core.face.regions import rasterise
from retouchgpt_core.geometry import Window
from retouchgpt_core.photo.atomic import write_atomically

PICTURE = Path(__file__).parent / "regions.png"
PIXELS = 900
_WINDOW = Window(-2.05, -1.35, 4.1, PIXELS)
_PAPER = (244, 244, 244)


def regions_picture() -> np.ndarray:
    """Return the mean face with its places in colour, its points and names, (900, 900, 3) RGB."""
    mesh = mean_face()
    labels = rasterise(mesh, _WINDOW, reach=True)
    hues = [(37 * i % 180, 105, 255) for i in range(len(LABELS))]
    palette = cv2.cvtColor(np.array([hues], np.uint8), cv2.COLOR_HSV2RGB)[0]
    palette[0] = _PAPER
    picture = np.ascontiguousarray(palette[labels])
    for label in range(1, len(LABELS)):
        outlines, _ = cv2.findContours(
            (labels == label).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
        )
        cv2.drawContours(picture, outlines, -1, (60, 60, 60), 1, cv2.LINE_AA)
    for point in mesh:
        x, y = _WINDOW.to_window(*point)
        cv2.circle(picture, (round(x), round(y)), 1, (40, 40, 40), -1, cv2.LINE_AA)
    for label in range(1, len(LABELS)):
        _write_name(picture, (labels == label).astype(np.uint8), LABELS[label].replace("_", " "))
    return picture


def _write_name(picture: np.ndarray, place: np.ndarray, name: str) -> None:
    """Write a name where its place is widest; eyes, brows and nostrils come in pairs."""
    count, parts = cv2.connectedComponents(place)
    for part in range(1, count):
        depth = cv2.distanceTransform((parts == part).astype(np.uint8), cv2.DIST_L2, 5)
        if depth.max() < 6:
            continue
        y, x = np.unravel_index(int(depth.argmax()), depth.shape)
        (width, _), _ = cv2.getTextSize(name, cv2.FONT_HERSHEY_SIMPLEX, 0.4, 1)
        at = (int(x) - width // 2, int(y) + 4)
        cv2.putText(
            picture, name, at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA
        )  # fmt: skip


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    _, encoded = cv2.imencode(".png", regions_picture()[..., ::-1])
    write_atomically(target, encoded.tobytes())
