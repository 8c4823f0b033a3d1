"""The places of a face on the mean face, and how they move with it."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retouchgpt_core.face import regions
from retouchgpt_core.face.frame import (
    FaceFrame,
    corrected_iod,
    mean_face,
    roll_of,
    shape_error,
)
from retouchgpt_core.face.layout import LABEL_INDEX, LABELS, SKIN_LABELS
from retouchgpt_core.face.picture import PICTURE, regions_picture
from retouchgpt_core.face.regions import mirror_order, mirrored_landmarks, rasterise
from retouchgpt_core.geometry import Window
from retouchgpt_core.vocabulary import REGIONS, Region, mirrored

FRONTAL = Window(-2.0, -1.5, 4.0, 256)
MIDDLE = tuple(region for region in REGIONS if mirrored(region) is region)
SIDED = tuple(region for region in REGIONS if mirrored(region) is not region)


def pixels_of(labels: np.ndarray, name: str) -> np.ndarray:
    return np.argwhere(labels == LABEL_INDEX[name])


def test_labels_are_background_then_the_regions_in_order() -> None:
    assert LABELS[0] == "background"
    assert LABELS[1:17] == tuple(str(region) for region in REGIONS)
    assert frozenset(range(1, 17)) == SKIN_LABELS
    assert len(set(LABELS)) == len(LABELS)


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_has_a_place_on_the_mean_face(region: Region) -> None:
    assert len(pixels_of(rasterise(mean_face(), FRONTAL), region)) > 60


@pytest.mark.parametrize("region", SIDED)
def test_left_is_left_of_the_picture(region: Region) -> None:
    columns = pixels_of(rasterise(mean_face(), FRONTAL), region)[:, 1]
    middle = FRONTAL.pixels / 2
    assert (columns < middle).all() if region.endswith("_left") else (columns >= middle).all()


@pytest.mark.parametrize("region", MIDDLE)
def test_middle_places_lie_on_both_sides(region: Region) -> None:
    columns = pixels_of(rasterise(mean_face(), FRONTAL), region)[:, 1]
    assert abs(columns.mean() - FRONTAL.pixels / 2) < 2


def test_the_face_is_covered_without_gaps() -> None:
    labels = rasterise(mean_face(), FRONTAL)
    rows, columns = np.nonzero(labels)
    for row in np.unique(rows):
        line = columns[rows == row]
        if row < (mean_face()[152, 1] + 1.5) * FRONTAL.scale:
            assert len(line) == line.max() - line.min() + 1, f"a gap in row {row}"


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("eye", (33, 133, 159, 145, 468, 473, 263, 386)),
        ("brow", (105, 66, 334, 296, 52, 282)),
        ("lip", (0, 17, 61, 291, 37, 84)),
        ("nostril", (75, 305)),
    ],
)
def test_eyes_brows_lips_and_nostrils_are_no_skin(name: str, points: tuple[int, ...]) -> None:
    labels = rasterise(mean_face(), FRONTAL)
    for point in points:
        x, y = FRONTAL.to_window(*mean_face()[point])
        assert LABELS[labels[int(y), int(x)]] == name


def test_places_stand_where_a_person_points() -> None:
    mean, labels = mean_face(), rasterise(mean_face(), FRONTAL)
    for point, region in {
        151: Region.FOREHEAD,
        8: Region.BETWEEN_BROWS,
        1: Region.NOSE,
        5: Region.NOSE,
        50: Region.CHEEK_LEFT,
        280: Region.CHEEK_RIGHT,
        230: Region.UNDER_EYE_LEFT,
        450: Region.UNDER_EYE_RIGHT,
        143: Region.TEMPLE_LEFT,
        372: Region.TEMPLE_RIGHT,
        206: Region.SMILE_LINE_LEFT,
        426: Region.SMILE_LINE_RIGHT,
        164: Region.UPPER_LIP,
        199: Region.CHIN,
        138: Region.JAW_LEFT,
        367: Region.JAW_RIGHT,
    }.items():
        x, y = FRONTAL.to_window(*mean[point])
        assert LABELS[labels[int(y), int(x)]] == region


def test_neck_lies_below_the_chin_and_reach_above_the_mesh() -> None:
    plain = rasterise(mean_face(), FRONTAL)
    reaching = rasterise(mean_face(), FRONTAL, reach=True)
    chin = FRONTAL.to_window(*mean_face()[152])[1]
    assert pixels_of(plain, "neck")[:, 0].mean() > chin
    assert pixels_of(reaching, "forehead")[:, 0].min() < pixels_of(plain, "forehead")[:, 0].min()
    changed = plain != reaching
    assert set(np.unique(reaching[changed])) == {LABEL_INDEX["forehead"]}
    assert set(np.unique(plain[changed])) == {0}


def test_a_mirrored_face_has_mirrored_places() -> None:
    window = Window(0.0, 0.0, 400.0, 200)
    face = mean_face() * 90 + np.array([173.0, 140.0])
    face[:, 0] += 0.1 * (face[:, 1] - 140)
    straight = rasterise(face, window)
    flipped = rasterise(mirrored_landmarks(face, 400.0), window)[:, ::-1]
    swap = np.array([LABEL_INDEX.get(_other_side(name), 0) for name in LABELS])
    assert (swap[straight] == flipped).mean() > 0.99


def _other_side(name: str) -> str:
    return str(mirrored(Region(name))) if name in REGIONS else name


def test_mirror_order_is_its_own_inverse() -> None:
    order = mirror_order()
    assert (order[order] == np.arange(478)).all()
    assert order[468] == 473
    assert order[10] == 10


@settings(max_examples=30, deadline=None)
@given(
    st.floats(-3000, 3000), st.floats(-3000, 3000), st.floats(5, 900), st.sampled_from([64, 128])
)
def test_places_move_and_grow_with_the_face(x: float, y: float, scale: float, size: int) -> None:
    here = rasterise(mean_face(), FRONTAL.at(size))
    face = mean_face() * scale + np.array([x, y])
    there = Window(x - 2.0 * scale, y - 1.5 * scale, 4.0 * scale, size)
    assert (rasterise(face, there) == here).mean() > 0.985


def test_a_finer_window_shows_the_same_places() -> None:
    coarse = rasterise(mean_face(), FRONTAL.at(128))
    fine = rasterise(mean_face(), FRONTAL.at(512))
    assert (fine[2::4, 2::4] == coarse).mean() > 0.97


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="478"):
        rasterise(np.zeros((68, 2), np.float32), FRONTAL)


def test_polygons_use_points_of_the_mesh_and_sound_weights() -> None:
    data = json.loads((Path(regions.__file__).parent / "regions.json").read_text())
    for weights in data["points"].values():
        assert sum(weights.values()) == pytest.approx(1.0, abs=1e-3)
        assert all(0 <= int(index) < 478 for index in weights)
    for area in data["areas"]:
        for point in area["points"]:
            assert point in data["points"] if isinstance(point, str) else 0 <= point < 478


@given(st.floats(-0.7, 0.7), st.floats(10, 500))
def test_frame_roll_and_scale_are_read_from_the_landmarks(roll: float, scale: float) -> None:
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    face = mean_face() @ turn.T * scale + np.array([50.0, 70.0])
    assert roll_of(face) == pytest.approx(roll, abs=1e-3)
    assert corrected_iod(face) == pytest.approx(scale, rel=0.01)
    assert FaceFrame.of(face).iod == pytest.approx(scale, rel=0.02)
    assert shape_error(face) < 1e-3


def test_a_turned_head_is_not_taken_for_a_small_one() -> None:
    turned = mean_face() * np.array([0.6, 1.0])
    assert corrected_iod(turned) > 0.9
    assert corrected_iod(mean_face()) == pytest.approx(1.0, rel=0.01)


def test_scattered_or_inverted_points_are_no_face() -> None:
    rng = np.random.default_rng(0)
    assert shape_error(rng.normal(0, 1, (478, 2))) > 0.5
    assert shape_error(mean_face() * np.array([-1.0, 1.0])) == np.inf


def test_the_picture_shows_every_place_as_it_is_now() -> None:
    shown = cv2.imread(str(PICTURE))[..., ::-1]
    # Letters may be drawn a little otherwise by another version of OpenCV.
    assert np.abs(shown.astype(int) - regions_picture()).mean() < 1.0
