"""What an outline holds, and what a click on a blemish takes in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.retouch.blemish import REACH, blemish_at
from retouchgpt_core.retouch.lasso import inside

SIZE = 120, 90
IOD = 100.0
SKIN = (206, 160, 138)


def spread(box: Box, mask: np.ndarray, size: tuple[int, int] = SIZE) -> np.ndarray:
    whole = np.zeros((size[1], size[0]), np.uint8)
    whole[box.slices] = mask
    return whole


def square(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)]


def test_an_outline_holds_its_inside_and_nothing_else() -> None:
    mask = spread(*inside(square(20, 30, 60, 70), 0.0, SIZE))
    assert (mask[31:69, 21:59] == 255).all()
    mask[29:71, 19:61] = 0
    assert not mask.any()


def test_an_outline_drawn_twice_around_holds_its_inside_all_the_same() -> None:
    once = square(20, 30, 60, 70)
    assert np.array_equal(spread(*inside(once * 2, 0.0, SIZE)), spread(*inside(once, 0.0, SIZE)))


def test_feather_is_as_wide_as_it_says_and_leaves_the_middle_covered() -> None:
    mask = spread(*inside(square(20, 20, 80, 80), 12.0, SIZE)).astype(int)
    row = mask[50, :50]
    assert (np.diff(row) >= 0).all()
    soft = np.flatnonzero((row > 0) & (row < 255))
    assert 10 <= len(soft) <= 13
    assert abs(soft.mean() - 19.5) < 1.0, "half of it lies inside"
    narrow = spread(*inside(square(40, 20, 48, 80), 60.0, SIZE))
    assert narrow.max() == 255


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-400, 500), st.floats(-400, 500)), min_size=3, max_size=3))
def test_what_lies_outside_the_photo_changes_nothing_inside(
    corners: list[tuple[float, float]],
) -> None:
    """A triangle seen through a smaller photo has the same inside there."""
    far = [Point(x + 600, y + 600) for x, y in corners]
    large = spread(*inside(far, 0.0, (1300, 1200)), (1300, 1200))
    cut = large[600 : 600 + SIZE[1], 600 : 600 + SIZE[0]].astype(int)
    small = spread(*inside([Point(x, y) for x, y in corners], 0.0, SIZE)).astype(int)
    assert (np.abs(cut - small) > 200).mean() < 0.03, "only pixels of the edge may be rounded"


def test_an_outline_around_the_whole_photo_holds_all_of_it() -> None:
    box, mask = inside(square(-1e6, -1e6, 1e6, 1e6), 8.0, SIZE)
    assert box == Box.of_size(*SIZE)
    assert (mask == 255).all()
    assert inside(square(500, 500, 600, 600), 2.0, SIZE)[1].max(initial=0) == 0
    with pytest.raises(ValueError, match="0 points"):
        inside([], 1.0, SIZE)


def skin(spots: dict[tuple[int, int], float], colour: tuple[int, int, int]) -> np.ndarray:
    """Draw skin that grows darker to the right, with grain and round spots on it."""
    y, x = np.mgrid[0:160, 0:200].astype(np.float32)
    picture = np.empty((160, 200, 3), np.float32)
    picture[:] = SKIN
    picture -= (x / 200 * 40)[..., None]
    for (cx, cy), radius in spots.items():
        cover = np.clip(radius + 0.5 - np.hypot(x - cx, y - cy), 0, 1)[..., None]
        picture += cover * (np.array(colour, np.float32) - picture)
    picture += np.random.default_rng(3).normal(0, 2, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("colour", [(190, 80, 74), (90, 60, 45), (236, 214, 200)])
def test_a_click_takes_in_the_whole_spot_and_not_its_neighbour(
    colour: tuple[int, int, int],
) -> None:
    picture = skin({(100, 80): 5.0, (120, 80): 4.0}, colour)
    found = blemish_at(picture, Point(102, 81), IOD)
    assert found is not None
    mask = spread(*found, (200, 160))
    y, x = np.mgrid[0:160, 0:200]
    far = np.hypot(x - 100, y - 80)
    assert (mask[far <= 5] > 200).all()
    assert not mask[far >= 10].any()


def test_a_click_beside_a_spot_still_finds_it_and_one_on_skin_finds_nothing() -> None:
    picture = skin({(100, 80): 4.0}, (190, 80, 74))
    assert blemish_at(picture, Point(105, 80), IOD) is not None
    assert blemish_at(picture, Point(60, 40), IOD) is None
    assert blemish_at(picture, Point(-5, 40), IOD) is None
    deep = picture.astype(np.uint16) * 257
    near, same = (blemish_at(p, Point(100, 80), IOD) for p in (picture, deep))
    assert near is not None
    assert same is not None
    assert np.array_equal(near[1], same[1])


def test_what_is_larger_than_a_blemish_is_not_followed_further() -> None:
    picture = skin({(100, 80): 40.0}, (190, 80, 74))
    found = blemish_at(picture, Point(75, 80), IOD)
    if found is not None:
        mask = spread(*found, (200, 160))
        y, x = np.nonzero(mask)
        assert np.hypot(x - 75, y - 80).max() < REACH * IOD + 4
