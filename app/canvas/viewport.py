"""Where the photo lies in the window: zoom, position, and the mapping between the two."""

import math
from dataclasses import dataclass, replace
from typing import Self

from retouchgpt_core.geometry import Box, Point

MAX_SCALE = 32.0
MARGIN = 16.0
"""Window pixels left free around a fitted photo."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """A photo of `width` x `height` pixels seen through a window part of `across` x `down`.

    `scale` is window pixels per photo pixel; `left`, `top` is where the photo's corner lies, in
    window pixels. Every change returns a new viewport that keeps the photo in sight.
    """

    width: int
    height: int
    across: float
    down: float
    scale: float = 1.0
    left: float = 0.0
    top: float = 0.0

    @classmethod
    def fitted(cls, width: int, height: int, across: float, down: float) -> Self:
        """Return the whole photo centred; small photos are not enlarged beyond 4 times."""
        view = cls(width, height, across, down)
        return replace(view, scale=view.fit_scale)._settled()

    @property
    def fit_scale(self) -> float:
        room = max(1.0, self.across - 2 * MARGIN), max(1.0, self.down - 2 * MARGIN)
        return min(room[0] / self.width, room[1] / self.height, 4.0)

    @property
    def is_fit(self) -> bool:
        return math.isclose(self.scale, self.fit_scale, rel_tol=1e-6)

    def to_photo(self, x: float, y: float) -> Point:
        """Map a window point into photo pixels (may lie outside the photo)."""
        return Point((x - self.left) / self.scale, (y - self.top) / self.scale)

    def to_window(self, point: Point) -> tuple[float, float]:
        """Map a photo point into the window."""
        return point.x * self.scale + self.left, point.y * self.scale + self.top

    def visible(self) -> Box:
        """Return the whole photo pixels in sight."""
        first = self.to_photo(0, 0)
        last = self.to_photo(self.across, self.down)
        return Box.from_edges(first.x, first.y, last.x, last.y).clamp(self.width, self.height)

    def zoomed(self, scale: float, x: float, y: float) -> Self:
        """Return the view at another scale; what lies under the window point (x, y) stays there."""
        scale = min(max(scale, min(self.fit_scale, 1.0) / 2), MAX_SCALE)
        under = self.to_photo(x, y)
        return replace(
            self, scale=scale, left=x - under.x * scale, top=y - under.y * scale
        )._settled()

    def panned(self, dx: float, dy: float) -> Self:
        """Return the view moved by this many window pixels."""
        return replace(self, left=self.left + dx, top=self.top + dy)._settled()

    def fit(self) -> Self:
        """Return the whole photo centred."""
        return type(self).fitted(self.width, self.height, self.across, self.down)

    def resized(self, across: float, down: float) -> Self:
        """Return the view in a window of another size: fitted stays fitted, else the centre."""
        if self.is_fit:
            return type(self).fitted(self.width, self.height, across, down)
        moved = replace(
            self,
            across=across,
            down=down,
            left=self.left + (across - self.across) / 2,
            top=self.top + (down - self.down) / 2,
        )
        return moved._settled()

    def centred_on(self, point: Point, scale: float) -> Self:
        """Return the view at `scale` with a photo point in the middle."""
        return replace(
            self,
            scale=scale,
            left=self.across / 2 - point.x * scale,
            top=self.down / 2 - point.y * scale,
        )._settled()

    def on_dots(self, dots: float, x: float = 0.0, y: float = 0.0) -> Self:
        """Return the view with the photo's corner on a whole device pixel.

        `dots` are device pixels a window pixel; (x, y) is where the window part's own corner lies
        on the screen, in device pixels. Moves it by half a device pixel at most.
        """
        left = (round(self.left * dots + x) - x) / dots
        return replace(self, left=left, top=(round(self.top * dots + y) - y) / dots)

    def redotted(self, was: float, dots: float) -> Self:
        """Return the view on a screen of other density: as many device pixels a photo pixel."""
        if self.is_fit or was == dots:
            return self
        return self.centred_on(
            self.to_photo(self.across / 2, self.down / 2), self.scale * was / dots
        )

    def level(self, count: int, dots: float = 1.0) -> int:
        """Return which of `count` halvings to draw from, at `dots` device pixels a window pixel.

        The smallest picture that still has a pixel for every device pixel.
        """
        wanted = math.floor(math.log2(1 / (self.scale * dots)) + 1e-9)
        return min(max(wanted, 0), count - 1)

    def _settled(self) -> Self:
        return replace(
            self,
            left=_settle(self.left, self.width * self.scale, self.across),
            top=_settle(self.top, self.height * self.scale, self.down),
        )


def _settle(start: float, size: float, room: float) -> float:
    """Centre what fits; let what does not fit be moved until its edge is at the middle."""
    if size + 2 * MARGIN <= room + 1e-6:
        return (room - size) / 2
    return min(max(start, room / 2 - size), room / 2)
