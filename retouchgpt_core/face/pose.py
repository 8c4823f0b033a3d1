"""Which way a head looks, from its landmarks and the depth of the mean face."""

from dataclasses import dataclass

import numpy as np

from retouchgpt_core.face.frame import RADIUS_IN_IODS, mean_depth, mean_face
from retouchgpt_core.face.regions import RIGHT_IRIS


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Angles in degrees, as seen in the picture: `yaw` > 0 looks to the picture's right, `pitch`
    > 0 looks up, `roll` > 0 leans clockwise. All are 0 for the mean face seen from the front."""

    yaw: float
    pitch: float
    roll: float


def head_pose(landmarks: np.ndarray) -> HeadPose:
    """Return the pose of (478, 2) landmarks.

    The mean face with its depth is turned, scaled and moved onto the points under scaled
    orthography; the nearest rotation is taken from the best affine view (as in POSIT, DeMenthon
    and Davis 1995). A face that is longer or flatter than the mean shows as a few degrees of pitch.
    """
    points = landmarks[:RIGHT_IRIS].astype(np.float64)
    depth = RADIUS_IN_IODS * mean_depth()[:, None]
    shape = np.concatenate([mean_face()[:RIGHT_IRIS], depth], 1).astype(np.float64)
    shape -= shape.mean(0)
    view, *_ = np.linalg.lstsq(shape, points - points.mean(0), rcond=None)  # (3, 2)
    left, _, right = np.linalg.svd(view.T, full_matrices=False)
    across, down = left @ right
    towards = np.cross(across, down)  # of the viewer; depth grows that way
    ahead = np.array([across[2], down[2], towards[2]])  # where the nose points, in the picture
    yaw = np.arctan2(ahead[0], ahead[2])
    pitch = np.arctan2(-ahead[1], np.hypot(ahead[0], ahead[2]))
    roll = np.arctan2(-across[1], down[1])
    return HeadPose(*(float(np.degrees(angle)) for angle in (yaw, pitch, roll)))


__all__ = ["HeadPose", "head_pose"]
