"""Glasses: the labels lie where the rims are, drawn or worn; a rim is no skin."""

import numpy as np
import pytest

from retouchgpt_core.face.crops import Crop
from retouchgpt_core.face.frame import mean_face
from retouchgpt_core.face.labelling import label_map
from retouchgpt_core.face.layout import LABEL_INDEX, FaceLayout
from retouchgpt_core.face.nets import CROP, MAP_CLASSES
from retouchgpt_core.face.regions import LEFT_IRIS, RIGHT_IRIS
from retouchgpt_core.geometry import Box, Point, Window
from retouchgpt_core.training.face_classes import GLASSES, IGNORE, SKIN
from retouchgpt_core.training.face_glasses import Worn, with_drawn, with_worn, worn_glasses

from .test_training import drawn_portrait


@pytest.fixture(scope="module")
def crop() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A portrait at half its size: pixels, a map of nothing but skin, landmarks."""
    picture, points = drawn_portrait()
    pixels = picture[100:356:2, 72:328:2].copy()
    landmarks = ((points - np.array([72, 100])) / 2).astype(np.float32)
    return pixels, np.full((CROP, CROP), SKIN, np.uint8), landmarks


def test_drawn_glasses_are_labelled_where_pixels_changed(
    crop: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    pixels, skin, landmarks = crop
    rims = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        drawn, marked = with_drawn(pixels, skin, landmarks, rng)
        assert set(np.unique(marked)) <= {SKIN, GLASSES}
        glasses = marked == GLASSES
        rims += int(glasses.any())
        changed = np.abs(drawn.astype(int) - pixels).max(2) > 0
        # Labelled pixels are drawn ones, but for the one pixel by which labels are widened.
        assert changed[glasses].mean() > 0.5
        iod = np.hypot(*(landmarks[LEFT_IRIS] - landmarks[RIGHT_IRIS]))
        centre = (landmarks[LEFT_IRIS] + landmarks[RIGHT_IRIS]) / 2
        rows, columns = np.nonzero(glasses)
        assert np.abs(rows - centre[1]).max(initial=0) < 0.9 * iod
        assert np.abs(columns - centre[0]).max(initial=0) < 1.6 * iod
    assert rims == 30
    assert not (skin == GLASSES).any()


def test_worn_rims_are_marked_and_unknown_ones_ignored(
    crop: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    _, skin, landmarks = crop
    angles = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    ring = 16 * np.stack([np.cos(angles), 0.7 * np.sin(angles)], 1)
    right, left = (landmarks[eye] + ring for eye in (RIGHT_IRIS, LEFT_IRIS))
    # The rims are given in a picture twice as large, 10 pixels aside.
    rims = ((right * 2 + 10).astype(np.float32), (left * 2 + 10).astype(np.float32))
    corner = np.array([10.0, 10.0])
    marked = with_worn(skin, landmarks, Worn(rims, dark=False), corner, 0.5)
    for rim in (right, left):
        places = rim.round().astype(int)
        assert (marked[places[:, 1], places[:, 0]] == GLASSES).mean() > 0.9
    x, y = landmarks[RIGHT_IRIS].round().astype(int)
    assert marked[y, x] == SKIN
    dark = with_worn(skin, landmarks, Worn(rims, dark=True), corner, 0.5)
    assert dark[y, x] == GLASSES
    unknown = with_worn(skin, landmarks, Worn(None, dark=False), corner, 0.5)
    assert unknown[y, x] == IGNORE
    assert not (unknown == GLASSES).any()


def test_the_list_of_wearers_names_machine_made_faces_with_rims_around_two_eyes() -> None:
    table = worn_glasses()
    assert all(name.startswith("train/") for name, _ in table)
    known = [worn.rims for worn in table.values() if worn.rims is not None]
    assert len(known) > 0.6 * len(table)
    for right, left in known:
        assert right.shape == left.shape
        # Named by the person's own side: the right rim lies left in the picture.
        assert right[:, 0].mean() < left[:, 0].mean()


RIMS = ((220, 229), (311, 225), (196, 214), (264, 187), (251, 211), (281, 211))
"""On the light lower rims and the bridge of the glasses in matplotlib's portrait, in pixels."""


def test_thin_light_rims_of_a_real_portrait_are_no_skin(layout: FaceLayout) -> None:
    on_skin = [rim for rim in RIMS if layout.region_at(Point(*rim)) is not None]
    assert len(on_skin) <= 1, on_skin
    assert (layout.labels == LABEL_INDEX["glasses"]).any()
    assert layout.region_at(Point(194, 244)) is not None


def test_what_only_looks_like_a_piece_of_glasses_is_skin() -> None:
    skin, glasses = MAP_CLASSES.index("skin"), MAP_CLASSES.index("glasses")
    chances = np.zeros((len(MAP_CLASSES), 64, 64), np.float32)
    chances[skin] = 1.0
    landmarks = (mean_face() * 40 + np.array([128.0, 128.0])).astype(np.float32)
    iod = float(np.hypot(*(landmarks[LEFT_IRIS] - landmarks[RIGHT_IRIS])))
    window = Window(128 - 2 * iod, 128 - 2 * iod, 4 * iod, 512)
    crop = Crop(128.0, 128.0, 3.7 * iod, 0.0)
    bridge = chances.copy()
    bridge[glasses, 24:28, 28:36], bridge[skin, 24:28, 28:36] = 0.9, 0.1
    rims = chances.copy()
    for rows, columns in ((slice(20, 24), slice(8, 56)), (slice(32, 36), slice(8, 56))):
        rims[glasses, rows, columns], rims[skin, rows, columns] = 0.9, 0.1
    for seen, there in ((bridge, False), (rims, True)):
        labels = label_map(landmarks, window, crop, seen, Box(0, 0, 256, 256))
        assert (labels == LABEL_INDEX["glasses"]).any() == there
