"""Faces that a person points at, and photos in which none can be laid out."""

import cv2
import numpy as np
import pytest

from retouchgpt_core.errors import NoFaceError
from retouchgpt_core.face.absence import TurnedPhoto, no_face
from retouchgpt_core.face.finder import FaceFinder
from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.geometry import Box, Window
from retouchgpt_core.photo import Photo


def apart(one: FaceLayout, other: FaceLayout) -> float:
    return float(np.hypot(*(one.landmarks - other.landmarks).T).mean() / other.iod)


@pytest.mark.parametrize("grown", [-12, 0, 20])
def test_a_box_around_a_face_is_laid_out_like_a_face_that_was_found(
    finder: FaceFinder, portrait: np.ndarray, layout: FaceLayout, grown: int
) -> None:
    face = finder.face_in(Photo.from_array(portrait), layout.box.pad(grown))
    assert apart(face, layout) < 0.03
    assert (face.labels == layout.labels).mean() > 0.9
    assert face.number == 1


@pytest.mark.parametrize("degrees", [-45, 45])
def test_a_box_around_a_rolled_face_is_laid_out(
    finder: FaceFinder, portrait: np.ndarray, layout: FaceLayout, degrees: int
) -> None:
    height, width = portrait.shape[:2]
    middle = layout.box.centre
    turn = cv2.getRotationMatrix2D((middle.x, middle.y), degrees, 1.0)
    rolled = cv2.warpAffine(portrait, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    expected = layout.landmarks @ turn[:, :2].T + turn[:, 2]
    low, high = expected.min(0), expected.max(0)
    face = finder.face_in(Photo.from_array(rolled), Box.from_edges(*low, *high))
    assert np.hypot(*(face.landmarks - expected).T).mean() < 0.05 * layout.iod


def test_a_face_is_not_counted_twice_when_a_box_is_drawn_around_it(
    finder: FaceFinder, portrait: np.ndarray, layout: FaceLayout
) -> None:
    found = finder.find(Photo.from_array(portrait), [layout.box])
    assert len(found) == 1
    assert np.array_equal(found[0].landmarks, layout.landmarks)


def test_a_face_too_small_to_be_noticed_is_laid_out_in_its_box_and_numbered(
    finder: FaceFinder, portrait: np.ndarray, layout: FaceLayout
) -> None:
    wall = np.full((4000, 6000, 3), (120, 124, 130), np.uint8)
    small = cv2.resize(portrait, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    wall[900 : 900 + small.shape[0], 300 : 300 + small.shape[1]] = small
    wall[700 : 700 + portrait.shape[0], 3800 : 3800 + portrait.shape[1]] = portrait
    photo = Photo.from_array(wall)
    alone = finder.find(photo)
    assert [face.number for face in alone] == [1]
    expected = layout.landmarks * 0.2 + np.array([300, 900])
    both = finder.find(photo, [Box.from_edges(*expected.min(0), *expected.max(0))])
    assert [face.number for face in both] == [1, 2]
    assert np.hypot(*(both[0].landmarks - expected).T).mean() < 0.08 * 0.2 * layout.iod
    assert apart(both[1], alone[0]) < 1e-6


@pytest.mark.parametrize("box", [Box(5, 5, 90, 110), Box(0, 0, 4, 4), Box(-300, -300, 200, 200)])
def test_a_box_without_a_face_says_so(finder: FaceFinder, portrait: np.ndarray, box: Box) -> None:
    with pytest.raises(NoFaceError) as error:
        finder.face_in(Photo.from_array(portrait), box)
    assert error.value.next_step


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_photo_shows_the_turned_pixels(portrait: np.ndarray, quarters: int) -> None:
    turned = Photo.from_array(np.ascontiguousarray(np.rot90(portrait, quarters)))
    view = TurnedPhoto(Photo.from_array(portrait), quarters)
    assert (view.width, view.height) == (turned.width, turned.height)
    for window in (Window(40, 60, 200, 100), Window(-30, 350, 256, 128)):
        assert np.abs(view.window(window) - turned.window(window)).mean() < 0.01


@pytest.mark.parametrize(
    ("quarters", "word"), [(1, "to the left"), (2, "upside down"), (3, "to the right")]
)
def test_a_face_that_lies_is_told_to_be_turned(
    finder: FaceFinder, portrait: np.ndarray, quarters: int, word: str
) -> None:
    photo = Photo.from_array(np.ascontiguousarray(np.rot90(portrait, quarters)))
    assert finder.find(photo) == ()
    error = no_face(finder, photo)
    assert word in error.sentence
    assert "upright" in error.next_step


def test_a_tiny_face_is_called_too_small(finder: FaceFinder, portrait: np.ndarray) -> None:
    small = cv2.resize(portrait, None, fx=0.15, fy=0.15, interpolation=cv2.INTER_AREA)
    photo = Photo.from_array(small)
    assert finder.find(photo) == ()
    assert "too small" in no_face(finder, photo).sentence


def test_a_wall_has_no_face_and_a_box_is_offered(finder: FaceFinder) -> None:
    error = no_face(finder, Photo.from_array(np.full((300, 400, 3), 150, np.uint8)))
    assert error.sentence == "No face was found in this photo."
    assert "box" in error.next_step
