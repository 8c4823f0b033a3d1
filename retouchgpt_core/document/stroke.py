"""A stroke of the brush, an outline or a click, as it was drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.geometry import Point
from retouchgpt_core.retouch.brushing import mark_under
from retouchgpt_core.retouch.lasso import inside
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.masks import SoftMask, stroke
from retouchgpt_core.vocabulary import Shape


@dataclass(frozen=True, slots=True)
class Stroke:
    """One stroke of the brush or eraser, in photo pixels; `hardness` 0 to 1.

    A lasso's points are its outline, a fill's the one that was clicked. `mark` is the id of the
    mark that it painted, "" if it erased. A `late` one was drawn on its round's mask after that
    round was done.
    """

    points: tuple[Point, ...]
    radius: float
    hardness: float = 0.5
    erase: bool = False
    mark: str = ""
    shape: Shape = Shape.BRUSH
    late: bool = False

    @property
    def feather(self) -> float:
        """How wide the soft edge is, in photo pixels: that of a brush of this radius."""
        return (1.0 - self.hardness) * self.radius


def covered(
    drawn: Stroke, pixels: NDArray[Any], faces: Sequence[FaceLayout], marks: Iterable[Mark]
) -> SoftMask:
    """Return what a stroke covers of a photo's pixels (H, W, 3).

    Raises NothingThereError for a click on skin where nothing stands out.
    """
    size = pixels.shape[1], pixels.shape[0]
    match drawn.shape:
        case Shape.BRUSH:
            return stroke(drawn.points, drawn.radius, size, drawn.hardness)
        case Shape.LASSO:
            return inside(drawn.points, drawn.feather, size)
        case Shape.FILL:
            return mark_under(pixels, drawn.points[0], faces, marks, drawn.feather)
