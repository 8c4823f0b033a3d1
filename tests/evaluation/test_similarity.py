"""PSNR and SSIM against their definitions, worked out pixel by pixel."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from retouchgpt_core.evaluation.similarity import (
    EQUAL_DB,
    SSIM_C1,
    SSIM_C2,
    psnr,
    ssim,
    ssim_map,
    texture_energy,
)


def noise(seed: int, side: int = 24) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((side, side, 3)).astype(np.float32)


def test_equal_pictures() -> None:
    one = noise(1)
    assert psnr(one, one) == EQUAL_DB
    assert ssim(one, one) == pytest.approx(1.0)


def test_psnr_of_a_known_error() -> None:
    one = np.full((8, 8, 3), 0.5, np.float32)
    assert psnr(one, one + np.float32(0.1)) == pytest.approx(20.0, abs=1e-3)
    half = one.copy()
    half[:4] += np.float32(0.1)
    where = np.zeros((8, 8), bool)
    where[:4] = True
    assert psnr(one, half, where) == pytest.approx(20.0, abs=1e-3)
    assert psnr(one, half, ~where) == EQUAL_DB
    assert math.isnan(psnr(one, half, np.zeros((8, 8), bool)))


def test_ssim_of_flat_pictures_is_the_luminance_term() -> None:
    a, b = 0.3, 0.6
    one, other = (np.full((16, 16, 3), v, np.float32) for v in (a, b))
    expected = (2 * a * b + SSIM_C1) / (a * a + b * b + SSIM_C1)
    assert ssim(one, other) == pytest.approx(expected, abs=1e-5)


def test_ssim_as_defined_by_wang_et_al() -> None:
    one, other = noise(2), (0.6 * noise(2) + 0.4 * noise(3)).astype(np.float32)
    at = np.arange(11) - 5
    line = np.exp(-(at**2) / (2 * 1.5**2))
    weight = np.outer(line, line) / line.sum() ** 2
    values: list[float] = []
    for channel in range(3):
        for row in range(5, 19):
            for column in range(5, 19):
                place = slice(row - 5, row + 6), slice(column - 5, column + 6), channel
                x, y = one[place].astype(np.float64), other[place].astype(np.float64)
                mx, my = (weight * x).sum(), (weight * y).sum()
                vx, vy = (weight * (x - mx) ** 2).sum(), (weight * (y - my) ** 2).sum()
                both = (weight * (x - mx) * (y - my)).sum()
                top = (2 * mx * my + SSIM_C1) * (2 * both + SSIM_C2)
                values.append(top / ((mx**2 + my**2 + SSIM_C1) * (vx + vy + SSIM_C2)))
    assert ssim(one, other) == pytest.approx(float(np.mean(values)), abs=1e-6)
    assert ssim_map(one, other).shape == (24, 24)


def test_similarity_inside_a_part_sees_that_part() -> None:
    one = noise(4, 40)
    other = one.copy()
    other[:10] = noise(5, 40)[:10]
    far = np.zeros((40, 40), bool)
    far[20:] = True
    assert ssim(one, other, far) == pytest.approx(1.0)
    assert ssim(one, other, ~far) < 0.8
    assert math.isnan(ssim(one, other, far & False))


def test_a_picture_smaller_than_the_window_has_a_similarity() -> None:
    one = noise(6, 8)
    assert ssim(one, one) == pytest.approx(1.0)


def test_a_blur_has_less_texture() -> None:
    one = noise(7, 32)
    flat = np.full_like(one, one.mean())
    where = np.ones((32, 32), bool)
    assert texture_energy(flat, where, 2.0) < 1e-6 < texture_energy(one, where, 2.0)


def test_pictures_of_two_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="one size"):
        psnr(noise(1), noise(1, 20))
    with pytest.raises(ValueError, match="one size"):
        ssim(noise(1), noise(1, 20))
