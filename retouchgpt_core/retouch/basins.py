"""Tell touching spots apart: each pixel belongs to the peak that it climbs to."""

import cv2
import numpy as np
from numpy.typing import NDArray

SMOOTHING = 0.8
"""Sigma in pixels of a window with IOD = 128."""


def basins(
    prob: NDArray[np.float32],
    edge: float,
    merge: float,
    smoothing: float = SMOOTHING,
    floor: float = 0.0,
) -> tuple[NDArray[np.int32], list[tuple[int, int]]]:
    """Divide what is at least `edge` among the local peaks of `prob` (H, W) in [0, 1].

    Returns (H, W) int32 labels, 0 outside, and the (row, column) of the peak of label 1, 2, ... .
    Two peaks are one if the saddle between them is at least `merge` of the lower one, or if the
    lower one stays under `floor`: what is no peak of its own belongs to the rim of its neighbour.
    `smoothing` is the sigma, in pixels, of the Gaussian that comes first.
    """
    height, width = prob.shape
    inside = prob >= edge
    if not inside.any():
        return np.zeros((height, width), np.int32), []
    smooth = cv2.GaussianBlur(prob, (0, 0), smoothing)
    smooth = np.where(inside, smooth, -1.0).astype(np.float32)
    root = _climbed(smooth, inside)
    tops = np.unique(root[inside])
    index_of = np.zeros(height * width, np.int32)
    index_of[tops] = np.arange(len(tops))
    owner = np.where(inside, index_of[root], -1)
    parent = _merged(owner, smooth, tops, merge, floor)
    kept = np.unique(parent)
    number = np.zeros(len(tops), np.int32)
    number[kept] = np.arange(1, len(kept) + 1)
    labels = np.where(inside, number[parent[np.maximum(owner, 0)]], 0).astype(np.int32)
    peaks = [(int(t) // width, int(t) % width) for t in tops[kept]]
    return labels, peaks


def _climbed(smooth: NDArray[np.float32], inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return for each pixel the flat index of the peak at the end of its steepest ascent."""
    height, width = smooth.shape
    here = np.arange(height * width).reshape(height, width)
    # Ties are broken by place, so that a plateau has one top.
    best, target = smooth.copy(), here.copy()
    padded = np.pad(smooth, 1, constant_values=-2.0)
    padded_here = np.pad(here, 1, constant_values=-1)
    for dy in (0, 1, 2):
        for dx in (0, 1, 2):
            value = padded[dy : dy + height, dx : dx + width]
            place = padded_here[dy : dy + height, dx : dx + width]
            better = (value > best) | ((value == best) & (place > target))
            best = np.where(better, value, best)
            target = np.where(better, place, target)
    root = np.where(inside, target, here).ravel()
    while True:
        further = root[root]
        if np.array_equal(further, root):
            return root.reshape(height, width)
        root = further


def _merged(
    owner: NDArray[np.int32],
    smooth: NDArray[np.float32],
    tops: NDArray[np.int64],
    merge: float,
    floor: float,
) -> NDArray[np.int64]:
    """Join basins over high saddles, highest first; return each basin's final peak."""
    parent = np.arange(len(tops))
    height_of = smooth.ravel()[tops]
    saddles: dict[tuple[int, int], float] = {}
    for axis in (0, 1):
        first = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
        second = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
        a, b = owner[first], owner[second]
        border = (a != b) & (a >= 0) & (b >= 0)
        level = np.minimum(smooth[first], smooth[second])[border]
        for one, two, value in zip(a[border], b[border], level, strict=True):
            pair = (int(min(one, two)), int(max(one, two)))
            saddles[pair] = max(saddles.get(pair, 0.0), float(value))

    def top(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = int(parent[index])
        return index

    for (one, two), value in sorted(saddles.items(), key=lambda item: -item[1]):
        a, b = top(one), top(two)
        lower = min(height_of[a], height_of[b])
        if a != b and (value >= merge * lower or lower < floor):
            low, high = (a, b) if height_of[a] < height_of[b] else (b, a)
            parent[low] = high
    return np.array([top(i) for i in range(len(tops))])
