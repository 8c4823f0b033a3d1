"""Brush strokes: where they are, how they add to marks and take away from them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.retouch.masks import added, erased, photo_mask, stroke, united
from tests.retouch.synthetic_face import PHOTO_SIZE, painted


@settings(max_examples=60, deadline=None)
@given(
    points=st.lists(st.tuples(st.floats(-50, 450), st.floats(-50, 350)), min_size=1, max_size=6),
    radius=st.floats(0.6, 60),
    hardness=st.floats(0, 1),
)
def test_a_stroke_covers_what_is_near_its_path(
    points: list[tuple[float, float]], radius: float, hardness: float
) -> None:
    size = (400, 300)
    box, mask = stroke([Point(*p) for p in points], radius, size, hardness)
    assert mask.shape == (box.height, box.width)
    assert box == box.clamp(*size)
    if box.empty:
        return
    y, x = np.mgrid[box.y : box.bottom, box.x : box.right] + 0.5
    distance = np.full(x.shape, np.inf)
    for (ax, ay), (bx, by) in zip(points, points[1:] or points, strict=False):
        length = (bx - ax) ** 2 + (by - ay) ** 2
        t = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / max(length, 1e-12), 0, 1)
        distance = np.minimum(distance, np.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)))
    slack = 0.0 if radius <= 24 else 1.6  # wide strokes are measured on the pixel grid
    assert not mask[distance >= radius + slack].any()
    core = min(hardness * radius, radius - 0.5) - slack - 0.01
    assert (mask[distance <= core] == 255).all()


def test_a_stroke_needs_points_and_a_size() -> None:
    with pytest.raises(ValueError, match="0 points"):
        stroke([], 5, PHOTO_SIZE)
    with pytest.raises(ValueError, match="radius"):
        stroke([Point(1, 1)], 0, PHOTO_SIZE)


def test_erasing_and_adding_change_only_where_the_brush_was() -> None:
    mark = painted("a", Box(100, 100, 60, 40), np.full((40, 60), 255, np.uint8))
    place = stroke([Point(110, 110)], 6, PHOTO_SIZE, 1.0)
    less = erased(mark, place, PHOTO_SIZE)
    assert less is not None
    assert less.revision == 1
    assert less != mark
    whole = Box(90, 90, 90, 70)
    before = united([photo_mask(mark)], whole)
    after = united([photo_mask(less)], whole)
    brush = united([place], whole)
    np.testing.assert_array_equal(before[brush == 0], after[brush == 0])
    assert not after[(brush == 255) & (before > 0)].any()

    far = stroke([Point(300, 300)], 6, PHOTO_SIZE)
    assert erased(mark, far, PHOTO_SIZE) is mark
    over = stroke([Point(90, 120), Point(170, 120)], 60, PHOTO_SIZE, 1.0)
    assert erased(mark, over, PHOTO_SIZE) is None

    more = added(mark, stroke([Point(165, 120)], 10, PHOTO_SIZE, 1.0), PHOTO_SIZE)
    assert more.box.right > mark.box.right
    assert (united([photo_mask(more)], whole) >= before).all()
    assert more.centre == mark.centre
