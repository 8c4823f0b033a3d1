"""The overlay shows each label where it lies, on the whole photo and on parts of it."""

import numpy as np
import pytest

from retouchgpt_core.face.frame import mean_face
from retouchgpt_core.face.layout import LABEL_INDEX, LABELS, FaceLayout
from retouchgpt_core.face.overlay import blended, face_overlay, palette
from retouchgpt_core.face.regions import rasterise
from retouchgpt_core.geometry import Box, Window

WIDTH, HEIGHT = 640, 480


def drawn_face(number: int = 1, x: float = 320.0, iod: float = 80.0) -> FaceLayout:
    points = (mean_face() * iod + np.array([x, 200.0])).astype(np.float32)
    window = Window(x - 2 * iod, 200 - 1.5 * iod, 4 * iod, 512)
    low, high = points.min(0), points.max(0)
    box = Box.from_edges(*low, *high).clamp(WIDTH, HEIGHT)
    return FaceLayout(number, box, 0.97, points, iod, window, rasterise(points, window))


def test_places_are_tinted_in_their_colour_and_nothing_else_is() -> None:
    face = drawn_face()
    picture = face_overlay(
        [face], Box.of_size(WIDTH, HEIGHT), WIDTH, HEIGHT, names=False, points=False
    )
    assert picture.shape == (HEIGHT, WIDTH, 4)
    assert picture.dtype == np.uint8
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    x, y = face.window.to_window(columns + 0.5, rows + 0.5)
    inside = (x >= 0) & (x < 512) & (y >= 0) & (y < 512)
    labels = np.zeros((HEIGHT, WIDTH), int)
    labels[inside] = face.labels[y[inside].astype(int), x[inside].astype(int)]
    tinted = (picture[..., :3] == palette()[labels]).all(-1)
    assert tinted[labels > 0].mean() > 0.85, "all but outlines and the frame"
    for name in ("cheek_left", "forehead", "nose", "eye"):
        assert tinted[labels == LABEL_INDEX[name]].any()
    away = np.ones((HEIGHT, WIDTH), bool)
    away[face.window.box.pad(1).clamp(WIDTH, HEIGHT).slices] = False
    assert (picture[away] == 0).all()


def test_a_part_seen_larger_is_that_part_of_the_whole() -> None:
    faces = [drawn_face()]
    whole = face_overlay(faces, Box.of_size(WIDTH, HEIGHT), WIDTH, HEIGHT, names=False)
    part = face_overlay(faces, Box(250, 150, 120, 100), 480, 400, names=False)
    shown = part[2::4, 2::4, 3] > 0
    expected = whole[150:250, 250:370, 3] > 0
    assert (shown == expected).mean() > 0.97


def test_names_and_points_are_drawn_where_asked_for() -> None:
    box = Box.of_size(WIDTH, HEIGHT)
    plain = face_overlay([drawn_face()], box, WIDTH, HEIGHT, names=False, points=False)
    dotted = face_overlay([drawn_face()], box, WIDTH, HEIGHT, names=False)
    named = face_overlay([drawn_face()], box, WIDTH, HEIGHT, points=False)
    assert (plain != dotted).any(-1).sum() > 400
    changed = (plain != named).any(-1)
    assert changed.sum() > 400
    # A name lies over its own place.
    labels = drawn_face().labels
    rows, columns = np.nonzero(changed)
    x, y = drawn_face().window.to_window(columns + 0.5, rows + 0.5)
    assert (labels[y.astype(int), x.astype(int)] > 0).mean() > 0.7


def test_small_faces_keep_their_place_and_lose_their_names() -> None:
    box = Box.of_size(WIDTH, HEIGHT)
    faces = [drawn_face(1, 200, 20), drawn_face(2, 400, 20)]
    named = face_overlay(faces, box, WIDTH, HEIGHT)
    assert np.array_equal(named, face_overlay(faces, box, WIDTH, HEIGHT, names=False))
    for face in faces:
        assert named[face.box.slices][..., 3].max() == 255


def test_blending_keeps_what_the_overlay_leaves() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    overlay = face_overlay([drawn_face()], Box.of_size(WIDTH, HEIGHT), WIDTH, HEIGHT)
    mixed = blended(pixels, overlay)
    clear, full = overlay[..., 3] == 0, overlay[..., 3] == 255
    assert np.array_equal(mixed[clear], pixels[clear])
    assert np.array_equal(mixed[full], overlay[full][:, :3])


def test_every_label_has_its_own_colour() -> None:
    assert len(np.unique(palette(), axis=0)) == len(LABELS)


@pytest.mark.parametrize("box", [Box(0, 0, 0, 10), Box(5, 5, 10, 0)])
def test_an_empty_part_is_refused(box: Box) -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        face_overlay([], box, 10, 10)
