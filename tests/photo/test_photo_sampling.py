"""Windows agree with the geometry to a fraction of a pixel."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retouchgpt_core.geometry import Box, Window
from retouchgpt_core.photo import Photo

WIDTH, HEIGHT = 300, 240


def _gradient() -> Photo:
    """Red = x and green = y of each pixel's centre, in steps of 100."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint16)
    pixels[..., 0] = (x + 0.5) * 100
    pixels[..., 1] = (y + 0.5) * 100
    return Photo.from_array(pixels)


PHOTO = _gradient()


@settings(max_examples=150, deadline=None)
@given(
    x=st.floats(-40, 200),
    y=st.floats(-40, 150),
    size=st.floats(16, 200),
    pixels=st.integers(8, 256),
    whole=st.booleans(),
)
def test_a_window_shows_the_place_that_it_says(
    x: float, y: float, size: float, pixels: int, whole: bool
) -> None:
    if whole:
        x, y, size = round(x), round(y), round(size)
    window = Window(x, y, size, pixels)
    shown = PHOTO.window(window)
    assert shown.shape == (pixels, pixels, 3)
    assert shown.dtype == np.float32
    centres = np.arange(pixels) + 0.5
    columns, _ = window.to_photo(centres, 0)  # type: ignore[arg-type]
    _, rows = window.to_photo(0, centres)  # type: ignore[arg-type]
    reach = 0.5 / window.scale + 1.5  # where no sample touches the repeated edge
    inside_x = (columns > reach) & (columns < WIDTH - reach)
    inside_y = (rows > reach) & (rows < HEIGHT - reach)
    tolerance = 0.15  # photo pixels: pixels are flat within, tables hold 1/32 pixel
    red = shown[..., 0][:, inside_x] * 65535 / 100
    green = shown[..., 1][inside_y] * 65535 / 100
    assert np.abs(red - columns[inside_x]).max(initial=0) < tolerance
    assert np.abs(green - rows[inside_y][:, None]).max(initial=0) < tolerance


def test_the_edge_is_repeated_outside() -> None:
    far = PHOTO.window(Window(-500, -500, 64, 32))
    np.testing.assert_allclose(far, np.broadcast_to(far[0, 0], far.shape))
    np.testing.assert_allclose(far[0, 0, :2] * 65535, 50, rtol=1e-6)
    across = PHOTO.window(Window(-32, 50, 64, 32))
    np.testing.assert_allclose(across[:, :15, 0] * 65535, 50, atol=1)


def test_shrinking_averages_and_keeps_more_than_eight_bits() -> None:
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255
    shown = Photo.from_array(stripes).window(Window(0, 0, 256, 64))
    np.testing.assert_allclose(shown, 0.5, atol=1e-3)
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 256, axis=1)
    fine = Photo.from_array(np.dstack([ramp] * 3)).window(Window(0, 0, 256, 64))
    np.testing.assert_allclose(fine[:, 0, 0] * 255, np.arange(64) * 4 + 1.5, atol=0.01)


def test_rgb_of_a_box_is_the_crop_of_the_whole(coloured: Any, adobe_rgb: bytes) -> None:
    for icc in (None, adobe_rgb):
        photo = Photo(coloured, icc=icc)
        box = Box(5, 7, 20, 30)
        np.testing.assert_array_equal(photo.rgb(box), photo.rgb()[box.slices])
    np.testing.assert_allclose(
        Photo.from_array(coloured).rgb(), coloured.astype(np.float32) / 255, rtol=1e-6
    )


def test_networks_see_srgb(adobe_rgb: bytes) -> None:
    green = np.zeros((40, 40, 3), np.uint8)
    green[:] = (144, 200, 100)
    shown = Photo(green, icc=adobe_rgb).rgb()[0, 0] * 255
    # Adobe RGB (144, 200, 100) is about sRGB (111, 201, 92).
    np.testing.assert_allclose(shown, (111, 201, 92), atol=4)
    assert Photo(green, icc=b"not a profile").rgb()[0, 0] * 255 == pytest.approx((144, 200, 100))


def test_a_change_is_carried_back_into_the_photos_own_space(adobe_rgb: bytes) -> None:
    rng = np.random.default_rng(3)
    photo = Photo(rng.integers(120, 160, (40, 40, 3), dtype=np.uint8), icc=adobe_rgb)
    seen = photo.rgb()
    delta = np.full_like(seen, 0.05)
    own = photo.own_delta(seen, delta)
    pixels = np.round((photo.pixels / 255 + own) * 255).astype(np.uint8)
    again = Photo(pixels, icc=adobe_rgb).rgb()
    np.testing.assert_allclose(again, seen + delta, atol=0.01)
    plain = Photo.from_array(photo.pixels)
    np.testing.assert_array_equal(plain.own_delta(seen, delta), delta)
