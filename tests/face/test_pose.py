"""Which way heads look."""

import numpy as np
import pytest

from retouchgpt_core.face.finder import FaceFinder
from retouchgpt_core.face.frame import RADIUS_IN_IODS, mean_depth, mean_face
from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.face.pose import head_pose
from retouchgpt_core.face.regions import mirror_order
from retouchgpt_core.photo import Photo


def turned(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """The mean face turned by degrees: first up, then to the side, then rolled in the picture."""
    flat = mean_face()[:468].astype(np.float64)
    depth = RADIUS_IN_IODS * mean_depth()[:, None]
    x, y, z = np.concatenate([flat - flat.mean(0), depth], 1).T
    a, b, c = np.radians([pitch, yaw, roll])
    y, z = y * np.cos(a) - z * np.sin(a), z * np.cos(a) + y * np.sin(a)
    x, z = x * np.cos(b) + z * np.sin(b), z * np.cos(b) - x * np.sin(b)
    x, y = x * np.cos(c) - y * np.sin(c), y * np.cos(c) + x * np.sin(c)
    return np.concatenate([np.stack([x, y], 1) * 90 + 300, np.full((10, 2), 300.0)])


@pytest.mark.parametrize("yaw", [-60.0, -20.0, 0.0, 35.0])
@pytest.mark.parametrize("pitch", [-20.0, 0.0, 25.0])
def test_a_turn_is_measured(yaw: float, pitch: float) -> None:
    pose = head_pose(turned(yaw, pitch))
    assert (pose.yaw, pose.pitch) == (pytest.approx(yaw, abs=0.5), pytest.approx(pitch, abs=0.5))


def test_a_roll_is_measured_and_upright_is_none() -> None:
    assert head_pose(turned(roll=30.0)).roll == pytest.approx(30.0, abs=0.5)
    assert head_pose(turned(roll=-45.0)).roll == pytest.approx(-45.0, abs=0.5)
    assert abs(head_pose(turned(40.0, 10.0)).roll) < 8


def test_a_mirrored_face_looks_the_other_way(
    finder: FaceFinder, portrait: np.ndarray, layout: FaceLayout
) -> None:
    points = layout.landmarks * np.array([-1.0, 1.0])
    other = head_pose(points[mirror_order()])
    assert other.yaw == pytest.approx(-head_pose(layout.landmarks).yaw, abs=1e-3)
    assert other.pitch == pytest.approx(head_pose(layout.landmarks).pitch, abs=1e-3)
    found = finder.find(Photo.from_array(np.ascontiguousarray(portrait[:, ::-1])))[0]
    seen = head_pose(found.landmarks)
    assert seen.yaw == pytest.approx(-head_pose(layout.landmarks).yaw, abs=6)
    assert seen.roll == pytest.approx(-head_pose(layout.landmarks).roll, abs=6)
