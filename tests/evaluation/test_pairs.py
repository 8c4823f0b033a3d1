"""A result beside its target: what was recovered, what was changed that should not have been."""

import numpy as np
import pytest
from numpy.typing import NDArray

from retouchgpt_core.evaluation.pairs import (
    NOTHING,
    Figures,
    compare,
    mean_of,
    named_rows,
    side_by_side,
    table,
)

Picture = NDArray[np.float32]


def skin() -> Picture:
    grain = np.random.default_rng(2).normal(0.0, 0.01, (96, 96, 1))
    return (np.array([0.7, 0.55, 0.5]) + grain).astype(np.float32)


def spotted() -> Picture:
    source = skin()
    source[20:30, 20:30] -= 0.2
    source[60:70, 60:70] -= 0.2
    return source


def test_doing_nothing_recovers_nothing() -> None:
    figures = compare(spotted(), spotted(), skin(), 80.0)
    assert figures.recovered == pytest.approx(0.0, abs=1e-6)
    assert figures.changed_share == 0.0
    assert figures.false_change == 0.0
    assert figures.psnr_changed == pytest.approx(-20 * np.log10(0.2), abs=0.01)
    assert figures.lpips is None


def test_one_of_two_spots_is_half_of_the_change() -> None:
    result = spotted()
    result[20:30, 20:30] += 0.2
    figures = compare(spotted(), result, skin(), 80.0)
    assert figures.recovered == pytest.approx(0.5, abs=1e-4)
    assert figures.changed_share == pytest.approx(100 / 96**2)
    assert figures.false_change == 0.0
    all_of_it = compare(spotted(), skin(), skin(), 80.0)
    assert all_of_it.recovered == pytest.approx(1.0)
    assert all_of_it.texture_ratio == pytest.approx(1.0)
    assert all_of_it.psnr == 100.0


def test_a_change_elsewhere_is_a_false_one() -> None:
    result = spotted()
    result[80:90, 10:20] += 0.1
    figures = compare(spotted(), result, skin(), 80.0)
    assert figures.false_change == pytest.approx(100 / 96**2)


def test_without_a_target_only_the_change_is_measured() -> None:
    blurred = spotted()
    blurred[40:60] = blurred[40:60].mean((0, 1))
    figures = compare(spotted(), blurred, None, 80.0)
    assert figures.psnr is None
    assert figures.changed_share is not None
    assert figures.changed_share > 0.05
    assert figures.texture_ratio is not None
    assert figures.texture_ratio < 0.2


def test_nothing_to_change_is_no_failure() -> None:
    figures = compare(skin(), skin(), skin(), 80.0)
    assert figures.recovered is None
    assert figures.psnr_changed is None
    assert figures.psnr == 100.0


def test_means_are_of_what_was_measured() -> None:
    mean = mean_of([Figures(psnr=40.0, recovered=None), Figures(psnr=50.0, recovered=0.4)])
    assert mean.psnr == 45.0
    assert mean.recovered == 0.4
    assert mean.ssim is None


def test_the_row_of_doing_nothing_is_first() -> None:
    rows = named_rows(Figures(psnr=1.0), Figures(psnr=2.0))
    assert [row["name"] for row in rows] == [NOTHING, "retouchgpt"]
    assert [row["psnr"] for row in rows] == [1.0, 2.0]
    assert table(Figures(), Figures()).splitlines()[2].startswith(f"| {NOTHING}")


def test_side_by_side_shows_the_mask_and_shrinks() -> None:
    mask = np.zeros((96, 96), np.uint8)
    mask[:48] = 255
    sheet = side_by_side(skin(), mask, skin(), skin(), height=48)
    assert sheet.shape == (48, 4 * 48, 3)
    marked = sheet[:, 48:96].astype(int)
    assert (marked[5, 5] - marked[40, 5])[0] > (marked[5, 5] - marked[40, 5])[1]
    assert np.array_equal(sheet[:, :48], sheet[:, 96:144])
