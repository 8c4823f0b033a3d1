"""A stroke of the brush, as it was drawn."""

from dataclasses import dataclass

from retouchgpt_core.geometry import Point


@dataclass(frozen=True, slots=True)
class Stroke:
    """One stroke of the brush or eraser, in photo pixels; `hardness` 0 to 1.

    `mark` is the id of the mark that it painted, "" if it erased.
    """

    points: tuple[Point, ...]
    radius: float
    hardness: float = 0.5
    erase: bool = False
    mark: str = ""
