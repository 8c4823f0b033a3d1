"""Drawn training views: labels stay on what they name; the command writes what can be read."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from retouchgpt_core.errors import UsageError
from retouchgpt_core.face.finder import FaceFinder
from retouchgpt_core.face.frame import mean_face
from retouchgpt_core.face.nets import STRIDE
from retouchgpt_core.photo import Photo
from retouchgpt_core.training.face import train_face
from retouchgpt_core.training.face_classes import HAIR, IGNORE, SKIN
from retouchgpt_core.training.face_empty import EmptyPictures, empty_picture
from retouchgpt_core.training.face_faces import SIDE, Face, cut_face
from retouchgpt_core.training.face_samples import crop_sample, picture_sample
from retouchgpt_core.training.face_warps import View, look, relight

MARKED = (10, 152, 468, 473, 1, 61, 291)


def drawn_portrait(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """An oval of skin under dark hair, with marks on some landmarks, and its landmarks."""
    rng = np.random.default_rng(seed)
    points = (mean_face() * 60 + np.array([200.0, 180.0])).astype(np.float32)
    picture = np.full((420, 400, 3), (90, 120, 160), np.uint8)
    cv2.ellipse(picture, (200, 170), (95, 130), 0, 0, 360, (45, 30, 22), -1)
    hull = cv2.convexHull(points[:468].round().astype(np.int32))
    cv2.fillConvexPoly(picture, hull, (205, 150, 125))
    for ring in ((33, 133, 159, 145), (263, 362, 386, 374), (61, 291, 0, 17)):
        cv2.fillConvexPoly(
            picture, cv2.convexHull(points[list(ring)].astype(np.int32)), (70, 30, 30)
        )
    grain = rng.normal(0, 4, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8), points


@pytest.fixture(scope="module")
def face() -> Face:
    return cut_face(*drawn_portrait())


def marked(face: Face, point: int) -> Face:
    pixels = np.zeros_like(face.pixels)
    at = face.landmarks[point]
    cv2.circle(pixels, (int(at[0]), int(at[1])), 5, (255, 255, 255), -1)
    return Face(pixels, face.landmarks, face.map, (0.0, 0.0, float(SIDE), float(SIDE)))


def test_skin_is_told_from_hair_by_the_face_itself(face: Face) -> None:
    def at(x: float, y: float) -> int:
        # From the portrait's pixels into the cached square, by two known points.
        one, two = drawn_portrait()[1][[10, 152]]
        here, there = face.landmarks[[10, 152]]
        scale = (there[1] - here[1]) / (two[1] - one[1])
        column, row = (np.array([x, y]) - one) * scale + here
        return int(face.map[int(row), int(column)])

    assert at(200, 190) == SKIN
    assert at(160, 215) == SKIN
    assert at(200, 140) == SKIN
    assert at(200, 122) == HAIR
    assert at(200, 55) != SKIN


@pytest.mark.parametrize("point", MARKED)
@pytest.mark.parametrize(
    "view",
    [
        View(0.0, 0.0, 30.0, (64.0, 64.0)),
        View(0.5, 0.0, 26.0, (60.0, 70.0), (0.8, 1.0), 0.05),
        View(-0.3, 0.35, 28.0, (64.0, 60.0)),
        View(0.2, -0.35, 28.0, (66.0, 64.0), (0.9, 1.05)),
    ],
)
def test_landmarks_move_with_the_pixels(face: Face, point: int, view: View) -> None:
    rng = np.random.default_rng(0)
    pixels, landmarks, _, _ = look(marked(face, point), view, 128, rng)
    light = pixels[..., 0].astype(np.float64)
    light[light < 60] = 0
    ys, xs = np.mgrid[0:128, 0:128] + 0.5
    seen = np.array([(light * xs).sum(), (light * ys).sum()]) / light.sum()
    assert np.hypot(*(seen - landmarks[point])) < 2.5


def test_turning_shortens_the_far_side(face: Face) -> None:
    rng = np.random.default_rng(0)
    straight = look(face, View(0.0, 0.0, 28.0, (64.0, 64.0)), 128, rng)[1]
    turned = look(face, View(0.0, 0.6, 28.0, (64.0, 64.0)), 128, rng)[1]

    def widths(points: np.ndarray) -> tuple[float, float]:
        return float(points[1, 0] - points[234, 0]), float(points[454, 0] - points[1, 0])

    assert widths(turned)[1] < 0.5 * widths(straight)[1]
    assert widths(turned)[0] > widths(turned)[1]


def test_crops_hold_what_they_say(face: Face) -> None:
    rng = np.random.default_rng(3)
    empty = EmptyPictures([face], rng)
    samples = [crop_sample([face], empty, rng) for _ in range(60)]
    there = [sample for sample in samples if sample.face]
    assert 30 < len(there) < 57
    for sample in samples:
        assert sample.pixels.shape == (128, 128, 3)
        assert sample.pixels.dtype == np.uint8
        assert sample.map.shape == (64, 64)
    for sample in there:
        assert np.abs(sample.points.mean(0)).max() < 0.6
        assert sample.points[468, 0] < sample.points[473, 0], "left and right are swapped"
        assert (sample.map == SKIN).sum() > 100
    assert all((sample.map == IGNORE).all() for sample in samples if not sample.face)


def test_pictures_mark_each_face_at_its_centre(face: Face) -> None:
    rng = np.random.default_rng(5)
    empty = EmptyPictures([face], rng)
    counts: set[int] = set()
    for _ in range(40):
        sample = picture_sample([face], empty, rng)
        peaks = np.argwhere(sample.target[0] >= 0.999)
        counts.add(len(peaks))
        for row, column in peaks:
            dx, dy, log_radius = sample.target[1:, row, column]
            assert sample.weight[row, column] == 1
            assert abs(dx) <= 0.5 + 1e-4
            assert abs(dy) <= 0.5 + 1e-4
            assert 4 < np.exp(log_radius) * STRIDE < 70
    assert 0 in counts
    assert len(counts) >= 3


def test_light_changes_and_shapes_do_not() -> None:
    rng = np.random.default_rng(1)
    picture = np.full((64, 80, 3), 128, np.uint8)
    seen = [relight(picture, rng) for _ in range(20)]
    assert all(view.shape == picture.shape and view.dtype == np.uint8 for view in seen)
    assert len({int(view.mean()) for view in seen}) > 10


def test_empty_pictures_differ(face: Face) -> None:
    rng = np.random.default_rng(2)
    seen = [empty_picture([face], 96, rng) for _ in range(30)]
    assert all(view.shape == (96, 96, 3) and view.dtype == np.uint8 for view in seen)
    assert len({view.tobytes() for view in seen}) > 25


def test_training_writes_weights_that_the_finder_reads(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "train").mkdir(parents=True)
    labels: dict[str, np.ndarray] = {}
    for seed in range(4):
        picture, points = drawn_portrait(seed)
        cv2.imwrite(str(data / f"train/{seed}.png"), picture[..., ::-1])
        labels[f"train/{seed}.png"] = points[None]
    np.savez(data / "landmarks.npz", **labels)
    out = tmp_path / "weights"
    figures = train_face(data=data, out=out, minutes=0.05, seed=1)
    assert np.isfinite(figures.landmark_error)
    assert {file.name for file in out.iterdir()} == {
        "config.json",
        "model.safetensors",
        "curve.csv",
    }
    assert len((out / "curve.csv").read_text().splitlines()) == 2
    FaceFinder.load(out).find(Photo.from_array(drawn_portrait()[0]))
    again = train_face(data=data, out=out, minutes=0.02, seed=1, resume=True)
    assert again.landmark_error <= figures.landmark_error * 1.03
    assert len((out / "curve.csv").read_text().splitlines()) == 3


def test_training_without_labels_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"landmarks\.npz"):
        train_face(data=tmp_path, out=tmp_path / "out", minutes=0.01)
