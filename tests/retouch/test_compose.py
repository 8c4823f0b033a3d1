"""What may never differ: bits outside masks, preview and export, one order and another."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retouchgpt_core.errors import FillMismatchError
from retouchgpt_core.geometry import Box
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.compose import changed_mask, compose
from retouchgpt_core.retouch.fills import Fill

WIDTH, HEIGHT = 330, 300  # a little more than one tile


def _photo(seed: int, dtype: Any) -> Photo:
    rng = np.random.default_rng(seed)
    top = int(np.iinfo(dtype).max)
    return Photo.from_array(rng.integers(0, top + 1, (HEIGHT, WIDTH, 3)).astype(dtype))


@st.composite
def _fills(draw: st.DrawFn) -> list[Fill]:
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    found: list[Fill] = []
    for number in range(draw(st.integers(0, 7))):
        x, y = int(rng.integers(0, WIDTH - 2)), int(rng.integers(0, HEIGHT - 2))
        box = Box(x, y, int(rng.integers(1, 120)), int(rng.integers(1, 120))).clamp(WIDTH, HEIGHT)
        mask = rng.integers(0, 256, (box.height, box.width)).astype(np.uint8)
        mask[rng.random(mask.shape) < 0.5] = 0
        delta = rng.normal(0, 0.3, (box.height, box.width, 3)).astype(np.float16)
        layer = ("spot", "line", "tone")[int(rng.integers(0, 3))]
        found.append(Fill(f"f1-m{number}", box, mask, delta, layer, (WIDTH, HEIGHT)))
    return found


_STRENGTHS = st.lists(st.sampled_from([0.0, 0.3, 0.5, 0.73, 1.0]), min_size=7, max_size=7)


def _named(values: Sequence[float]) -> dict[str, float]:
    return {f"f1-m{number}": value for number, value in enumerate(values)}


@settings(max_examples=60, deadline=None)
@given(
    fills=_fills(),
    values=_STRENGTHS,
    dtype=st.sampled_from([np.uint8, np.uint16]),
    corner=st.tuples(st.integers(-20, WIDTH), st.integers(-20, HEIGHT)),
    size=st.tuples(st.integers(0, WIDTH), st.integers(0, HEIGHT)),
    order=st.randoms(use_true_random=False),
)
def test_invariants(
    fills: list[Fill],
    values: list[float],
    dtype: Any,
    corner: tuple[int, int],
    size: tuple[int, int],
    order: Any,
) -> None:
    photo, strengths = _photo(1, dtype), _named(values)
    whole = compose(photo, fills, strengths)
    assert whole.dtype == photo.pixels.dtype

    mask = changed_mask((WIDTH, HEIGHT), fills, strengths)
    np.testing.assert_array_equal(whole[mask == 0], photo.pixels[mask == 0])

    box = Box(*corner, *size).clamp(WIDTH, HEIGHT)
    np.testing.assert_array_equal(compose(photo, fills, strengths, box), whole[box.slices])
    np.testing.assert_array_equal(
        changed_mask((WIDTH, HEIGHT), fills, strengths, box), mask[box.slices]
    )

    shuffled = list(fills)
    order.shuffle(shuffled)
    np.testing.assert_array_equal(compose(photo, shuffled, strengths), whole)

    untouched = compose(photo, fills, {})
    np.testing.assert_array_equal(untouched, photo.pixels)
    np.testing.assert_array_equal(compose(photo, fills, dict.fromkeys(strengths, 0.0)), untouched)


def _fill(mark_id: str, layer: str, delta: float, mask: int = 255, box: Box | None = None) -> Fill:
    box = Box(0, 0, 4, 4) if box is None else box
    shape = (box.height, box.width)
    return Fill(
        mark_id,
        box,
        np.full(shape, mask, np.uint8),
        np.full((*shape, 3), delta, np.float16),
        layer,
        (40, 40),
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_strength_scales_and_the_result_is_clipped_and_rounded_to_even(dtype: Any) -> None:
    top = int(np.iinfo(dtype).max)
    grey = Photo.from_array(np.full((40, 40, 3), 100, dtype))
    one = _fill("a", "spot", 0.25)
    assert compose(grey, [one], {"a": 1.0})[0, 0, 0] == round(100 + 0.25 * top)
    assert compose(grey, [one], {"a": 0.5})[0, 0, 0] == round(100 + 0.125 * top)
    assert compose(grey, [_fill("a", "tone", -1.0)], {"a": 1.0})[0, 0, 0] == 0
    white = Photo.from_array(np.full((40, 40, 3), top - 3, dtype))
    assert compose(white, [one], {"a": 1.0})[0, 0, 0] == top
    # 255 x 0.5 = 127.5 and 65535 x 0.5 = 32767.5: 100.5 lies half-way, 100 is even.
    half = Photo.from_array(np.full((40, 40, 3), top // 2, dtype))
    to_half = compose(half, [_fill("a", "spot", -0.5)], {"a": 1.0})[0, 0, 0]
    assert to_half == 0  # 127 - 127.5 = -0.5 rounds to 0
    to_even = compose(white, [_fill("a", "spot", -0.5)], {"a": 1.0})[0, 0, 0]
    assert to_even == (top - 3) - top // 2 - 1 + ((top - 3 - top // 2 - 1) % 2)


def test_a_pixel_belongs_to_the_spot_with_the_larger_mask() -> None:
    grey = Photo.from_array(np.full((40, 40, 3), 100, np.uint8))
    small, large = _fill("a", "spot", 0.5, 100), _fill("b", "spot", 0.2, 255)
    both = compose(grey, [small, large], {"a": 1.0, "b": 1.0})
    np.testing.assert_array_equal(both, compose(grey, [large], {"b": 1.0}))
    # With the larger one switched off, the smaller one shows.
    alone = compose(grey, [small, large], {"a": 1.0, "b": 0.0})
    np.testing.assert_array_equal(alone, compose(grey, [small], {"a": 1.0}))


def test_a_line_replaces_what_the_spots_left_and_tone_adds_up() -> None:
    grey = Photo.from_array(np.full((40, 40, 3), 100, np.uint8))
    spot, line = _fill("a", "spot", 0.4), _fill("b", "line", 0.2)
    both = compose(grey, [spot, line], {"a": 1.0, "b": 1.0})
    np.testing.assert_array_equal(both, compose(grey, [line], {"b": 1.0}))
    redness, shine = _fill("c", "tone", 0.1), _fill("d", "tone", 0.1)
    added = compose(grey, [spot, redness, shine], {"a": 1.0, "c": 1.0, "d": 1.0})
    assert added[0, 0, 0] == round(100 + 0.6 * 255)


def test_a_fill_of_another_photo_is_refused() -> None:
    with pytest.raises(FillMismatchError, match="40 x 40"):
        compose(_photo(1, np.uint8), [_fill("a", "spot", 0.1)], {"a": 1.0})


def test_a_fill_cannot_be_built_wrong() -> None:
    with pytest.raises(ValueError, match="beyond"):
        _fill("a", "spot", 0.1, box=Box(38, 0, 4, 4))
    with pytest.raises(ValueError, match="read-only"):
        _fill("a", "spot", 0.1).mask[0] = 3
