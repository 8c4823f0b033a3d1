"""CIEDE2000 on the pairs that its authors published."""

import numpy as np
import pytest

from retouchgpt_core.evaluation.colour_difference import delta_e_2000, lab_of, mean_difference

# Sharma, Wu and Dalal 2005, table 1.
PAIRS = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
    ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (56.0, -27.0, -3.0), 31.9030),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "expected"), PAIRS)
def test_published_pairs(one: tuple[float, ...], other: tuple[float, ...], expected: float) -> None:
    first, second = np.array(one), np.array(other)
    assert delta_e_2000(first, second) == pytest.approx(expected, abs=1e-4)
    assert delta_e_2000(second, first) == pytest.approx(expected, abs=1e-4)


def test_srgb_white_black_and_red_in_lab() -> None:
    lab = lab_of(np.array([[1.0, 1, 1], [0, 0, 0], [1, 0, 0]]))
    expected = [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20]]
    np.testing.assert_allclose(lab, expected, atol=0.02)


def test_only_the_area_asked_for_counts() -> None:
    one = np.full((4, 4, 3), 120, np.uint8)
    other = one.copy()
    other[0] += 30
    where = np.zeros((4, 4), bool)
    where[1:] = True
    assert mean_difference(one, other, where) == 0.0
    assert mean_difference(one, other, ~where) > 5.0
