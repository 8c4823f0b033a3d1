"""Soft masks at the photo's own pixels: a mark's, a brush stroke's, and what they make together."""

import math
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.geometry import Box, Point, Window
from retouchgpt_core.retouch.marks import Mark, photo_window

SoftMask = tuple[Box, NDArray[np.uint8]]
"""A box inside the photo and its (h, w) uint8 mask, 255 = wholly covered."""
_POINT = 1e-12
"""Squared length, in pixels, of a stroke's piece that is a point: nothing is divided by it."""
_EXACT_RADIUS = 24.0
"""Strokes up to this radius are measured exactly, wider ones by a distance transform."""


def photo_mask(mark: Mark) -> SoftMask:
    """Return the mark's mask at photo pixels, in the mark's box."""
    window, inner = mark.mask_window, mark.mask_box
    if window.scale == 1.0 and window.x == int(window.x) and window.y == int(window.y):
        place = Box(inner.x + int(window.x), inner.y + int(window.y), inner.width, inner.height)
        return mark.box, _pasted(mark.mask, place, mark.box)
    padded = cv2.copyMakeBorder(mark.mask, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0)
    step = window.scale
    # Photo pixel centres, seen in pixels of the padded mask.
    to_mask = np.array(
        [
            [step, 0.0, (mark.box.x + 0.5 - window.x) * step - 0.5 - (inner.x - 2)],
            [0.0, step, (mark.box.y + 0.5 - window.y) * step - 0.5 - (inner.y - 2)],
        ]
    )
    if step > 1.0:
        padded = cv2.GaussianBlur(padded, (0, 0), 0.5 * step)
    shown = cv2.warpAffine(
        padded,
        to_mask,
        (mark.box.width, mark.box.height),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return mark.box, np.asarray(shown, np.uint8)


def window_mask(marks: Iterable[Mark], window: Window) -> NDArray[np.float32]:
    """Return the union of marks as (pixels, pixels) float32 in [0, 1] of a window."""
    union = np.zeros((window.pixels, window.pixels), np.float32)
    whole = Box.of_size(window.pixels, window.pixels)
    for mark in marks:
        if mark.mask_window == window:
            part = mark.mask_box.intersection(whole)
            mask = mark.mask[part.relative_to(mark.mask_box).slices].astype(np.float32) / 255
        else:
            part, mask = _seen_in(window, *photo_mask(mark))
        if not part.empty:
            np.maximum(union[part.slices], mask, out=union[part.slices])
    return union


def _seen_in(window: Window, box: Box, mask: NDArray[np.uint8]) -> tuple[Box, NDArray[np.float32]]:
    """Sample a photo mask into window pixels; averaged over areas on the way down."""
    left, top = window.to_window(box.x, box.y)
    right, bottom = window.to_window(box.right, box.bottom)
    part = Box.from_edges(left, top, right, bottom).clamp(window.pixels, window.pixels)
    if part.empty:
        return part, np.zeros((0, 0), np.float32)
    shown = mask.astype(np.float32) / 255
    step = 1.0 / window.scale
    if step > 1.0:
        shown = cv2.blur(shown, (round(step) | 1, round(step) | 1), borderType=cv2.BORDER_CONSTANT)
    to_mask = np.array(
        [
            [step, 0.0, (part.x + 0.5) * step + window.x - 0.5 - box.x],
            [0.0, step, (part.y + 0.5) * step + window.y - 0.5 - box.y],
        ]
    )
    seen = cv2.warpAffine(
        shown,
        to_mask,
        (part.width, part.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return part, np.clip(np.asarray(seen, np.float32), 0.0, 1.0)


def stroke(
    points: Sequence[Point], radius: float, photo_size: tuple[int, int], hardness: float = 0.5
) -> SoftMask:
    """Return what a soft round brush covers along `points`, all in photo pixels.

    Full inside `hardness` x `radius`, falling smoothly to nothing at `radius`; even a hard brush
    has a rim of half a pixel. `photo_size` is
    (width, height). Returns an empty box if the stroke lies outside the photo. Raises ValueError
    without points, for a radius that is not positive or a hardness outside [0, 1].
    """
    if not points or not radius > 0 or not 0 <= hardness <= 1:
        raise ValueError(f"{len(points)} points, radius {radius}, hardness {hardness}")
    reach = radius + 1
    box = Box.from_edges(
        min(p.x for p in points) - reach,
        min(p.y for p in points) - reach,
        max(p.x for p in points) + reach,
        max(p.y for p in points) + reach,
    ).clamp(*photo_size)
    if box.empty:
        return box, np.zeros((box.height, box.width), np.uint8)
    measure = _exact_distance if radius <= _EXACT_RADIUS else _transformed_distance
    distance = measure(points, box, reach)
    core = hardness * radius
    ramp = np.clip((radius - distance) / max(radius - core, 0.5), 0.0, 1.0)
    return box, np.round(ramp * ramp * (3 - 2 * ramp) * 255).astype(np.uint8)


def _exact_distance(points: Sequence[Point], box: Box, reach: float) -> NDArray[np.float32]:
    distance = np.full((box.height, box.width), np.inf, np.float32)
    for start, end in zip(points, points[1:] or points, strict=False):
        part = Box.from_edges(
            min(start.x, end.x) - reach,
            min(start.y, end.y) - reach,
            max(start.x, end.x) + reach,
            max(start.y, end.y) + reach,
        ).intersection(box)
        if part.empty:
            continue
        x = np.arange(part.x, part.right, dtype=np.float32)[None, :] + 0.5 - start.x
        y = np.arange(part.y, part.bottom, dtype=np.float32)[:, None] + 0.5 - start.y
        dx, dy = end.x - start.x, end.y - start.y
        length = dx * dx + dy * dy
        along = np.clip((x * dx + y * dy) / length, 0.0, 1.0) if length > _POINT else np.float32(0)
        found = np.hypot(x - along * dx, y - along * dy)
        rows, columns = part.relative_to(box).slices
        np.minimum(distance[rows, columns], found, out=distance[rows, columns])
    return distance


def _transformed_distance(points: Sequence[Point], box: Box, reach: float) -> NDArray[np.float32]:
    margin = math.ceil(reach) + 1
    canvas = np.full((box.height + 2 * margin, box.width + 2 * margin), 255, np.uint8)
    bits = 4
    line = np.array(
        [
            [
                round((p.x - box.x + margin - 0.5) * (1 << bits)),
                round((p.y - box.y + margin - 0.5) * (1 << bits)),
            ]
            for p in points
        ],
        np.int32,
    ).reshape(-1, 1, 2)
    cv2.polylines(canvas, [line], False, 0, 1, cv2.LINE_8, bits)
    if len(points) == 1:
        x, y = line[0, 0] >> bits
        if 0 <= x < canvas.shape[1] and 0 <= y < canvas.shape[0]:
            canvas[y, x] = 0
    found = cv2.distanceTransform(canvas, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(found[margin:-margin, margin:-margin], np.float32)


def united(masks: Iterable[SoftMask], box: Box) -> NDArray[np.uint8]:
    """Return the strongest of the masks at each pixel of `box`, zero where there is none."""
    union = np.zeros((box.height, box.width), np.uint8)
    for place, mask in masks:
        part = place.intersection(box)
        if part.empty:
            continue
        target = union[part.relative_to(box).slices]
        np.maximum(target, mask[part.relative_to(place).slices], out=target)
    return union


def erased(mark: Mark, painted: SoftMask, photo_size: tuple[int, int]) -> Mark | None:
    """Take a stroke away from a mark. Returns None if nothing is left, the mark if not touched."""
    box, mask = photo_mask(mark)
    place, alpha = painted
    part = box.intersection(place)
    if part.empty:
        return mark
    rows, columns = part.relative_to(box).slices
    over = alpha[part.relative_to(place).slices].astype(np.uint16)
    old = mask[rows, columns].astype(np.uint16)
    new = (old * (255 - over) + 127) // 255
    if np.array_equal(new, old):
        return mark
    mask = mask.copy()
    mask[rows, columns] = new
    return mark.with_mask(mask, box, photo_window(photo_size), photo_size)


def added(mark: Mark, painted: SoftMask, photo_size: tuple[int, int]) -> Mark:
    """Return the mark with a stroke added to its mask."""
    box, mask = photo_mask(mark)
    whole = box.union(painted[0])
    union = united(((box, mask), painted), whole)
    return mark.with_mask(union, whole, photo_window(photo_size), photo_size) or mark


def _pasted(mask: NDArray[np.uint8], place: Box, box: Box) -> NDArray[np.uint8]:
    return united(((place, mask),), box)
