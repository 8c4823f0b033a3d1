"""The depth by which training faces are turned, and what is put before them."""

import numpy as np
import pytest

from retouchgpt_core.face.frame import FaceFrame, mean_depth, mean_face, shape_error
from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.training.face_classes import GLASSES, HAIR, OTHER, SKIN
from retouchgpt_core.training.face_covers import covered
from retouchgpt_core.training.face_depth import depth_at, measured_depth
from retouchgpt_core.training.face_empty import EmptyPictures
from retouchgpt_core.training.face_faces import cut_face
from retouchgpt_core.training.face_warps import View, framed, look


def test_depth_is_recovered_from_turned_faces() -> None:
    rng = np.random.default_rng(0)
    flat = mean_face()[:468].astype(np.float64)
    flat = (flat - flat.mean(0)) / np.sqrt(((flat - flat.mean(0)) ** 2).sum(1).mean())
    depth = 0.8 - 0.9 * flat[:, 0] ** 2 - 0.2 * flat[:, 1] ** 2
    depth -= depth.mean()
    meshes: list[np.ndarray] = []
    for _ in range(200):
        yaw, pitch, roll = rng.uniform(-0.5, 0.5), rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2)
        x = flat[:, 0] * np.cos(yaw) + depth * np.sin(yaw)
        z = depth * np.cos(yaw) - flat[:, 0] * np.sin(yaw)
        y = flat[:, 1] * np.cos(pitch) + z * np.sin(pitch)
        turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
        seen = np.stack([x, y], 1) @ turn.T * rng.uniform(40, 90) + rng.uniform(100, 300, 2)
        meshes.append(np.concatenate([seen, np.zeros((10, 2))]) + rng.normal(0, 0.2, (478, 2)))
    found = measured_depth(np.stack(meshes))
    assert np.corrcoef(found, depth)[0, 1] > 0.99
    assert found.std() == pytest.approx(depth.std(), rel=0.1)


def test_the_nose_stands_out_and_the_ears_lie_back() -> None:
    frame = FaceFrame.of(mean_face())
    x, y = ((mean_face() - np.array([frame.x, frame.y])) / frame.radius).T
    depth = depth_at(x, y)
    assert depth[1] > depth[[50, 280]].max() + 0.5
    assert depth[[234, 454]].max() < depth[[50, 280]].min() - 0.4
    assert depth_at(np.array([-3.0, 3.0]), np.array([0.0, 0.0])).max() < -1.0


@pytest.mark.parametrize(("yaw", "pitch"), [(0.9, 0.0), (-0.9, 0.0), (0.0, 0.35), (0.0, -0.35)])
def test_turned_views_are_framed_as_the_finder_frames_them(
    portrait: np.ndarray, layout: FaceLayout, yaw: float, pitch: float
) -> None:
    face = cut_face(portrait, layout.landmarks)
    view = framed(face, View(0.2, yaw, 27.0, (60.0, 66.0), pitch=pitch))
    points = look(face, view, 128, np.random.default_rng(0))[1]
    frame = FaceFrame.of(points)
    assert (frame.x, frame.y) == (pytest.approx(60, abs=0.1), pytest.approx(66, abs=0.1))
    assert frame.radius == pytest.approx(27, rel=0.01)


@pytest.mark.parametrize("yaw", [-0.9, -0.4, 0.0, 0.6, 0.9])
def test_a_turned_face_has_the_shape_of_a_face_and_half_a_face_has_not(yaw: float) -> None:
    face = mean_face().astype(np.float64)
    turned = face.copy()
    turned[:468, 0] = face[:468, 0] * np.cos(yaw) + 0.78 * mean_depth() * np.sin(yaw)
    assert shape_error(turned) < 0.01
    squashed = turned.copy()
    squashed[:, 1] = np.maximum(squashed[:, 1], 0.3)  # brows and eyes pushed onto the nose
    assert shape_error(squashed) > 0.1


def test_a_view_turns_one_way_at_a_time() -> None:
    with pytest.raises(ValueError, match="not both"):
        View(0.0, 0.3, 27.0, (64.0, 64.0), pitch=0.2)


def test_what_is_covered_is_no_skin_and_what_is_not_stays(
    portrait: np.ndarray, layout: FaceLayout
) -> None:
    rng = np.random.default_rng(4)
    face = cut_face(portrait, layout.landmarks)
    empty = EmptyPictures([face], rng)
    view = framed(face, View(0.0, 0.0, 27.0, (64.0, 64.0)))
    pixels, points, skin, _ = look(face, view, 128, rng)
    hidden: set[int] = set()
    untouched = 0
    for _ in range(80):
        seen, labels = covered(pixels.copy(), skin.copy(), points, empty, rng)
        changed = labels != skin
        hidden |= set(np.unique(labels[changed]).tolist())
        untouched += not changed.any()
        assert not (labels[changed] == SKIN).any(), "a cover never makes skin"
        if changed.any():
            assert (np.abs(seen[changed].astype(int) - pixels[changed]) > 0).mean() > 0.5
    assert {OTHER, HAIR, GLASSES} <= hidden
    assert 15 < untouched < 65
