"""What the program believes about the faces of a photo, drawn to be laid over it."""

from collections.abc import Sequence

import cv2
import numpy as np

from retouchgpt_core.face.crops import SampledPhoto
from retouchgpt_core.face.layout import LABELS, FaceLayout
from retouchgpt_core.geometry import Box, Window

_TINT = 0.4
_LINE = (255, 255, 255)
_SHADOW = (0, 0, 0)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_SMALLEST_NAMES = 42.0
"""IOD in picture pixels under which names of places would only hide the face."""


def palette() -> np.ndarray:
    """Return (labels, 3) uint8 RGB: the colour of each of `LABELS`; neighbours differ."""
    hues = [(55 * i % 180, 110 + 45 * (i % 3), 255) for i in range(len(LABELS))]
    return cv2.cvtColor(np.array([hues], np.uint8), cv2.COLOR_HSV2RGB)[0]


def face_overlay(
    faces: Sequence[FaceLayout],
    box: Box,
    width: int,
    height: int,
    *,
    names: bool = True,
    points: bool = True,
) -> np.ndarray:
    """Draw faces over the part `box` of their photo, seen at `width` x `height` pixels.

    Regions are tinted and outlined, landmarks dotted, each face's box drawn with its number.
    Returns (height, width, 4) uint8 RGBA, not premultiplied; alpha 0 where nothing is drawn.

    Raises ValueError if the box or the picture is empty.
    """
    if box.empty or width < 1 or height < 1:
        raise ValueError(f"nothing to draw on: {box} at {width} x {height}")
    canvas = _Canvas(box, width, height)
    for face in faces:
        canvas.places(face)
    for face in faces:
        if points:
            canvas.points(face)
        canvas.frame(face)
        if names and face.iod * canvas.scale >= _SMALLEST_NAMES:
            canvas.names(face)
    return canvas.picture


def blended(pixels: np.ndarray, overlay: np.ndarray) -> np.ndarray:
    """Lay an RGBA overlay over a picture of the same size; both and the result are uint8."""
    share = overlay[..., 3:].astype(np.uint16)
    mixed = pixels.astype(np.uint16) * (255 - share) + overlay[..., :3] * share
    return ((mixed + 127) // 255).astype(np.uint8)


def overlaid(photo: SampledPhoto, faces: Sequence[FaceLayout], side: int) -> np.ndarray:
    """Return the photo with its faces drawn over it, (height, width, 3) uint8 sRGB.

    The longer side has `side` pixels, be that fewer or more than the photo has.
    """
    size = max(photo.width, photo.height)
    square = photo.window(Window(0, 0, size, side))
    drawn = face_overlay(faces, Box(0, 0, size, size), side, side)
    rows, columns = round(photo.height * side / size), round(photo.width * side / size)
    pixels = (np.clip(square[:rows, :columns], 0, 1) * 255 + 0.5).astype(np.uint8)
    return blended(pixels, drawn[:rows, :columns])


class _Canvas:
    def __init__(self, box: Box, width: int, height: int) -> None:
        self.picture = np.zeros((height, width, 4), np.uint8)
        self._corner = np.array([box.x, box.y], np.float64)
        self._step = np.array([width / box.width, height / box.height])
        self.scale = float(self._step.mean())

    def places(self, face: FaceLayout) -> None:
        labels = self._labels(face)
        shown = labels > 0
        self.picture[shown, :3] = palette()[labels[shown]]
        self.picture[shown, 3] = round(255 * _TINT)
        edge = np.zeros(labels.shape, bool)
        edge[1:] |= labels[1:] != labels[:-1]
        edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
        self.picture[edge] = (*_SHADOW, 150)

    def points(self, face: FaceLayout) -> None:
        radius = max(1, round(0.006 * face.iod * self.scale))
        for x, y in self._at(face.landmarks).round().astype(int).tolist():
            cv2.circle(self.picture, (x, y), radius, (*_LINE, 220), -1, cv2.LINE_8)

    def frame(self, face: FaceLayout) -> None:
        edges = np.array([[face.box.x, face.box.y], [face.box.right, face.box.bottom]])
        (left, top), (right, bottom) = self._at(edges).round().astype(int).tolist()
        thick = max(1, round(0.012 * face.iod * self.scale))
        cv2.rectangle(self.picture, (left, top), (right, bottom), (*_SHADOW, 255), thick + 2)
        cv2.rectangle(self.picture, (left, top), (right, bottom), (*_LINE, 255), thick)
        size = float(np.clip(face.iod * self.scale / 130, 0.4, 1.6))
        words = f"{face.number}: {face.confidence:.0%}"
        self._write(words, (left, max(top - 6, round(24 * size))), size)

    def names(self, face: FaceLayout) -> None:
        """Write each place's name where it is widest, in each of its larger parts."""
        size = float(np.clip(face.iod * self.scale / 420, 0.28, 0.9))
        for label in np.unique(face.labels[face.labels > 0]).tolist():
            count, found, stats, _ = cv2.connectedComponentsWithStats(
                (face.labels == label).astype(np.uint8)
            )
            for part in range(1, count):
                if stats[part, cv2.CC_STAT_AREA] < 0.002 * face.labels.size:
                    continue
                mask = np.pad((found == part).astype(np.uint8), 1)
                depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)[1:-1, 1:-1]
                row, column = divmod(int(depth.argmax()), depth.shape[1])
                place = face.window.to_photo(column + 0.5, row + 0.5)
                x, y = self._at(np.array([place]))[0]
                name = LABELS[label].replace("_", " ")
                (wide, high), _ = cv2.getTextSize(name, _FONT, size, 1)
                self._write(name, (round(x - wide / 2), round(y + high / 2)), size)

    def _labels(self, face: FaceLayout) -> np.ndarray:
        """(height, width) uint8: the face's labels where this canvas shows them, 0 elsewhere."""
        step = face.window.scale / self._step
        corner = (self._corner - np.array([face.window.x, face.window.y])) * face.window.scale
        # cv2 counts from a pixel's centre, Window from the picture's corner.
        shift = corner + 0.5 * step - 0.5
        matrix = np.array([[step[0], 0.0, shift[0]], [0.0, step[1], shift[1]]])
        height, width = self.picture.shape[:2]
        return cv2.warpAffine(
            face.labels,
            matrix,
            (width, height),
            flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(0,),
        )

    def _at(self, points: np.ndarray) -> np.ndarray:
        return (points - self._corner) * self._step

    def _write(self, words: str, at: tuple[int, int], size: float) -> None:
        # Thicker letters would be wider ones: the shadow is the same letters, moved.
        for x, y in ((-1, 0), (1, 0), (0, -1), (0, 1), (1, 1)):
            moved = (at[0] + x, at[1] + y)
            cv2.putText(self.picture, words, moved, _FONT, size, (*_SHADOW, 255), 1, cv2.LINE_8)
        cv2.putText(self.picture, words, at, _FONT, size, (*_LINE, 255), 1, cv2.LINE_8)


__all__ = ["blended", "face_overlay", "overlaid", "palette"]
