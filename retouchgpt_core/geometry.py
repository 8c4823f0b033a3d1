"""Small value types for places in a picture. x runs right, y down, in pixels."""

import math
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a picture, in pixels; (0, 0) is the top-left pixel's top-left corner."""

    x: float
    y: float

    def distance(self, other: "Point") -> float:
        """Return the Euclidean distance in pixels."""
        return math.hypot(self.x - other.x, self.y - other.y)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of whole pixels: left, top, width, height. Width and height are never < 0."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 0 or self.height < 0:
            raise ValueError(f"a box cannot have a negative size, got {self}")

    @classmethod
    def of_size(cls, width: int, height: int) -> Self:
        """Return the box of a whole picture of this size."""
        return cls(0, 0, width, height)

    @classmethod
    def from_edges(cls, left: float, top: float, right: float, bottom: float) -> Self:
        """Return the smallest box of whole pixels around these edges."""
        x, y = math.floor(left), math.floor(top)
        return cls(x, y, max(0, math.ceil(right) - x), max(0, math.ceil(bottom) - y))

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def empty(self) -> bool:
        return self.width == 0 or self.height == 0

    @property
    def centre(self) -> Point:
        return Point(self.x + self.width / 2, self.y + self.height / 2)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Return (rows, columns) to index an (H, W, ...) array of the whole picture."""
        return slice(self.y, self.bottom), slice(self.x, self.right)

    def intersection(self, other: "Box") -> "Box":
        """Return the common part; an empty box (width or height 0) if there is none."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Box(x, y, max(0, right - x), max(0, bottom - y))

    def union(self, other: "Box") -> "Box":
        """Return the smallest box around both; an empty one does not count."""
        if self.empty or other.empty:
            return other if self.empty else self
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Box(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)

    def pad(self, by: int) -> "Box":
        """Return the box grown by this many pixels on each side."""
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def clamp(self, width: int, height: int) -> "Box":
        """Return the part inside a picture of this size."""
        return self.intersection(Box(0, 0, width, height))

    def contains(self, point: Point) -> bool:
        """Say whether the point lies inside."""
        return self.x <= point.x < self.right and self.y <= point.y < self.bottom

    def relative_to(self, outer: "Box") -> "Box":
        """Return this box in coordinates whose origin is the corner of `outer`."""
        return Box(self.x - outer.x, self.y - outer.y, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Window:
    """A square part of a photo, looked at as a square array of `pixels` a side.

    `x`, `y` (top-left) and `size` are in photo pixels, and may lie partly outside the photo.
    `scale` is window pixels per photo pixel.
    """

    x: float
    y: float
    size: float
    pixels: int

    @property
    def scale(self) -> float:
        return self.pixels / self.size

    @property
    def box(self) -> Box:
        """Return the smallest box of photo pixels around the window."""
        return Box.from_edges(self.x, self.y, self.x + self.size, self.y + self.size)

    def to_window(self, x: float, y: float) -> tuple[float, float]:
        """Map a photo point into window pixels."""
        return (x - self.x) * self.scale, (y - self.y) * self.scale

    def to_photo(self, x: float, y: float) -> tuple[float, float]:
        """Map a window point into photo pixels."""
        return x / self.scale + self.x, y / self.scale + self.y

    def at(self, pixels: int) -> "Window":
        """Return the same part of the photo at another resolution."""
        return Window(self.x, self.y, self.size, pixels)
