"""How finding is measured: what counts as found, as missed and as swapped; made pictures."""

import numpy as np
import pytest

from retouchgpt_core.face.finder import FaceFinder
from retouchgpt_core.face.frame import mean_face
from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.face.regions import eye_distance, mirrored_landmarks
from retouchgpt_core.training.face_bench import Figure, table
from retouchgpt_core.training.face_faces import Face, cut_face
from retouchgpt_core.training.face_pictures import Group, group_picture
from retouchgpt_core.training.face_reach import (
    false_faces,
    measure_groups,
    rolled,
    scaled,
    swapped_sides,
    worn,
)


@pytest.fixture(scope="module")
def cut(portrait: np.ndarray, layout: FaceLayout) -> Face:
    return cut_face(portrait, layout.landmarks)


def test_a_face_counts_as_found_where_it_is(
    finder: FaceFinder, portrait: np.ndarray, layout: FaceLayout
) -> None:
    there = measure_groups(finder, [Group(portrait, (layout.landmarks,))])
    assert (there.faces, there.missed, there.extra, there.swapped) == (1, 0, 0, 0)
    assert there.error < 0.01
    beside = measure_groups(finder, [Group(portrait, (layout.landmarks + 2 * layout.iod,))])
    assert (beside.faces, beside.missed, beside.extra) == (1, 1, 1)


def test_a_find_counts_for_one_face_only(
    finder: FaceFinder, portrait: np.ndarray, layout: FaceLayout
) -> None:
    twice = measure_groups(finder, [Group(portrait, (layout.landmarks, layout.landmarks))])
    assert (twice.faces, twice.missed) == (2, 1)


def test_faces_under_forty_pixels_are_not_asked_for(
    finder: FaceFinder, portrait: np.ndarray
) -> None:
    tiny = (mean_face() * 14 + np.array([40.0, 500.0])).astype(np.float32)
    assert measure_groups(finder, [Group(portrait, (tiny,))]).faces == 0


def test_false_faces_are_counted_by_kind(finder: FaceFinder, portrait: np.ndarray) -> None:
    wall = np.full((200, 200, 3), 128, np.uint8)
    seen, found = false_faces(finder, [("wall", wall), ("wall", wall), ("portrait", portrait)])
    assert seen == {"wall": 2, "portrait": 1}
    assert found == {"wall": 0, "portrait": 1}


def test_swapped_sides_are_noticed() -> None:
    face = mean_face() * 80 + 200
    turned = mirrored_landmarks(face, 400.0)
    turned[:, 0] = 400 - turned[:, 0]  # the points stay, their names change sides
    assert not swapped_sides(face + 3, face)
    assert swapped_sides(turned, face)


def test_points_follow_what_is_done_to_a_photo(
    finder: FaceFinder, portrait: np.ndarray, layout: FaceLayout
) -> None:
    small, points = scaled(50.0)(portrait, layout.landmarks)
    assert eye_distance(points) == pytest.approx(50, rel=1e-3)
    found = measure_groups(finder, [Group(small, (points,))])
    assert found.missed == 0
    assert found.error < 0.05
    turned, points = rolled(portrait, layout.landmarks, 30)
    found = measure_groups(finder, [Group(turned, (points,))])
    assert found.missed == 0
    assert found.error < 0.05
    again = worn(portrait, layout.landmarks)
    assert np.array_equal(again[0], worn(portrait, layout.landmarks)[0]), "always the same"


def test_a_group_has_its_faces_where_it_says(finder: FaceFinder, cut: Face) -> None:
    wall = np.full((200, 300, 3), (90, 100, 120), np.uint8)
    group = group_picture([cut], [wall], 6, np.random.default_rng(2))
    assert len(group.faces) == 6
    height, width = group.pixels.shape[:2]
    for points in group.faces:
        assert (points.mean(0) > 0).all()
        assert (points.mean(0) < [width, height]).all()
        assert np.ptp(points[:, 1]) >= 33
    found = measure_groups(finder, [group])
    assert found.faces >= 5
    assert found.missed <= 1
    assert found.error < 0.1


def test_the_table_shows_each_bound_and_whether_it_holds() -> None:
    rows = table(
        [Figure("error", "set", "2%", "at most 3%", True), Figure("x", "y", "1", "0", False)]
    )
    assert "| error | set | 2% | at most 3% | yes |" in rows
    assert "| x | y | 1 | 0 | NO |" in rows
