"""A stroke of the brush, an outline or a click, as it was drawn."""

from dataclasses import dataclass

from retouchgpt_core.geometry import Point
from retouchgpt_core.vocabulary import Shape


@dataclass(frozen=True, slots=True)
class Stroke:
    """One stroke of the brush or eraser, in photo pixels; `hardness` 0 to 1.

    A lasso's points are its outline, a fill's the one that was clicked. `mark` is the id of the
    mark that it painted, "" if it erased.
    """

    points: tuple[Point, ...]
    radius: float
    hardness: float = 0.5
    erase: bool = False
    mark: str = ""
    shape: Shape = Shape.BRUSH

    @property
    def feather(self) -> float:
        """How wide the soft edge is, in photo pixels: that of a brush of this radius."""
        return (1.0 - self.hardness) * self.radius
