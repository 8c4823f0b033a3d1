"""Matching spots, subtracting what the bare face triggers, intervals."""

import numpy as np
import pytest

from retouchgpt_core.evaluation.detection_score import (
    Spot,
    overlap,
    paired,
    resampled_interval,
    score_spots,
    wilson,
)
from retouchgpt_core.vocabulary import Kind

IOD = 128.0


def spot(x: float, kind: Kind = Kind.ACNE, radius: float = 2.0, counts: bool = True) -> Spot:
    return Spot(x, 50.0, radius, kind, counts=counts)


def test_a_find_explains_one_spot_the_nearest() -> None:
    assert paired([spot(10), spot(13)], [spot(12.5)], IOD) == {1: 0}
    assert paired([spot(10)], [spot(13.3)], IOD) == {}
    assert paired([spot(10, radius=5)], [spot(14)], IOD) == {0: 0}


def test_kinds_are_told_apart_and_strangers_are_wrong() -> None:
    score = score_spots(
        [spot(10), spot(40), spot(70)], [spot(10), spot(40, Kind.MOLE), spot(100)], [], IOD
    )
    assert [t.found for t in score.truth] == [True, True, False]
    assert [t.found_as for t in score.truth] == [Kind.ACNE, Kind.MOLE, None]
    assert [f.truth for f in score.found] == [Kind.ACNE, Kind.ACNE, None]


def test_what_the_bare_face_triggers_counts_neither_way() -> None:
    score = score_spots([spot(10), spot(40)], [spot(10), spot(90)], [spot(11), spot(90)], IOD)
    assert len(score.truth) == 1
    assert not score.truth[0].found
    assert score.found == ()


def test_spots_that_do_not_count_excuse_a_find() -> None:
    score = score_spots([spot(10, counts=False)], [spot(10)], [], IOD)
    assert score.truth == ()
    assert score.found == ()


def test_wilson_interval() -> None:
    assert wilson(9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    low, high = wilson(0, 20)
    assert low == 0.0
    assert high == pytest.approx(0.1611, abs=1e-4)


def test_overlap_leaves_out_base_and_ignored() -> None:
    truth, found, base, ignored = (np.zeros((1, 6), bool) for _ in range(4))
    truth[0, :4] = found[0, 2:] = True
    assert overlap(truth, found, base, ignored) == (2, 6)
    base[0, 5] = ignored[0, 0] = True
    assert overlap(truth, found, base, ignored) == (2, 4)


def test_resampled_interval_holds_the_ratio() -> None:
    low, high = resampled_interval([(1, 2), (3, 4), (0, 4), (4, 4)])
    assert low < 8 / 14 < high
    assert resampled_interval([(1, 2)] * 5) == (0.5, 0.5)
