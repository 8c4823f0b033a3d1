"""How deep a face is: measured from the labelled points of many faces, without any 3D scan."""

from functools import cache

import cv2
import numpy as np

from retouchgpt_core.face.frame import FaceFrame, mean_depth, mean_face
from retouchgpt_core.face.regions import RIGHT_IRIS, mirror_order

REACH = 3.4
"""Half the width, in radii, of the plane over which depth is known."""
_GRID = 96
_BACK = -1.2
"""Depth in radii of what lies behind a face: hair, ears, neck, wall."""
_NEAR = 0.09
"""How far a point's depth counts, in radii: about the distance between two of them."""


def measured_depth(meshes: np.ndarray) -> np.ndarray:
    """Return (468,) depths in radii, 0 on average, greater towards the viewer.

    `meshes` is (faces, 478, 2): points of faces that look to different sides. Their common shape
    and each one's turn follow from each other: factorisation of Tomasi and Kanade (1992) under
    scaled orthography, made metric by asking of each turn that it keeps right angles.
    """
    order = mirror_order()[:RIGHT_IRIS]
    turned = np.concatenate([meshes[:, :RIGHT_IRIS], meshes[:, order] * np.array([-1.0, 1.0])])
    turned = turned - turned.mean(1, keepdims=True)
    turned = turned / np.sqrt((turned**2).sum(2).mean(1))[:, None, None]
    seen = turned.transpose(0, 2, 1).reshape(-1, RIGHT_IRIS)
    left, strength, right = np.linalg.svd(seen, full_matrices=False)
    views = left[:, :3] * np.sqrt(strength[:3])
    shape = np.sqrt(strength[:3])[:, None] * right[:3]
    upgrade = _metric(views[0::2], views[1::2])
    shape, views = np.linalg.inv(upgrade) @ shape, views @ upgrade
    across, down = views[0::2].mean(0), views[1::2].mean(0)
    across = across / np.linalg.norm(across)
    down = down - across * (across @ down)
    depth = np.cross(across, down / np.linalg.norm(down)) @ shape
    depth = depth if depth[1] > depth[234] else -depth
    return (depth + depth[order]) / 2


def _metric(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Return 3x3: what makes the two rows of each view equally long and perpendicular."""
    pairs = [(i, j) for i in range(3) for j in range(i, 3)]

    def products(one: np.ndarray, two: np.ndarray) -> np.ndarray:
        both = [one[:, i] * two[:, j] + (i != j) * one[:, j] * two[:, i] for i, j in pairs]
        return np.stack(both, 1)

    lengths = products(across, across) - products(down, down)
    size = (products(across, across) + products(down, down)).mean(0, keepdims=True)
    rows = np.concatenate([lengths, products(across, down), 100 * size])
    wanted = np.append(np.zeros(2 * len(across)), 200.0)
    values, *_ = np.linalg.lstsq(rows, wanted, rcond=None)
    square = np.zeros((3, 3))
    for (i, j), value in zip(pairs, values, strict=True):
        square[i, j] = square[j, i] = value
    scale, axes = np.linalg.eigh(square)
    return axes @ np.diag(np.sqrt(np.maximum(scale, 1e-9)))


@cache
def _plane() -> np.ndarray:
    """(grid, grid) float32 depth over the frontal plane, with head and background around it."""
    frame = FaceFrame.of(mean_face())
    points = (mean_face()[:RIGHT_IRIS] - np.array([frame.x, frame.y])) / frame.radius
    depth = mean_depth()
    hull = cv2.convexHull(points.astype(np.float32), returnPoints=False)
    rim = np.asarray(hull, np.intp).ravel()
    known, values = [points, points[rim] * 1.22], [depth, np.maximum(_BACK, depth[rim] - 0.45)]
    for away in (1.6, 2.0, 2.5, 3.2):
        known.append(points[rim] * away)
        values.append(np.full(len(rim), _BACK))
    axis = np.linspace(-REACH, REACH, _GRID)
    grid = np.stack(np.meshgrid(axis, axis), -1)
    apart = ((grid[:, :, None] - np.concatenate(known)) ** 2).sum(-1)
    # The nearest point always counts, so that none lies between all of them.
    weight = np.exp(-(apart - apart.min(-1, keepdims=True)) / (2 * _NEAR**2))
    table = (weight * np.concatenate(values)).sum(-1) / weight.sum(-1)
    return cv2.GaussianBlur(table.astype(np.float32), (0, 0), 0.8)


def depth_at(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the depth in radii of the mean face at frontal places given in radii, any shape."""
    to_grid = np.float32((_GRID - 1) / (2 * REACH))
    columns = (np.atleast_2d(x).astype(np.float32) + np.float32(REACH)) * to_grid
    rows = (np.atleast_2d(y).astype(np.float32) + np.float32(REACH)) * to_grid
    depth = cv2.remap(_plane(), columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return depth.reshape(np.shape(x))


__all__ = ["REACH", "depth_at", "measured_depth"]
