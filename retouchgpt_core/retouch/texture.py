"""Where clean skin is, and how its pores continue where a mark was.

A fill's fine band is taken from the photo's own skin near the mark, block by block: each block
looks for a place of the same colour and grain, and blocks overlap under windows that keep the
grain's power (weights divided by the root of the sum of their squares).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.face.layout import SKIN_LABELS, WINDOW_IODS, WINDOW_PIXELS, FaceLayout
from retouchgpt_core.geometry import Box, Window
from retouchgpt_core.photo import Photo
from retouchgpt_core.photo.sampling import unit_float
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.masks import window_mask

IOD_SHARE = 0.012
"""Finest band that is copied, as the sigma of a Gaussian in inter-ocular distances."""
_BLOCK = 0.16
"""Side of a block in inter-ocular distances; a mark little larger than this is one block."""
_DIRECTIONS = 16
_DISTANCES = (1.0, 1.35, 1.8, 2.4, 3.2, 4.4)
_MARK_LEVEL = 0.04
"""Soft mask from which skin no longer counts as clean."""
_POWER_BLUR = 6.0
"""Over how many window pixels (IOD = 128) the grain's power is averaged."""
_GAIN = (0.5, 2.0)
_RELAXATIONS = 4, 128
"""Fewest and most steps at one size; the coarse sizes, where steps reach far, take the most."""
_REACH = 4096
_NEIGHBOURS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4
_CLEAN_ENOUGH = 0.985
_TOO_DIRTY = 0.15
_UNEVEN = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class CleanSkin:
    """Which skin of a face may lend its texture, seen in the face's window.

    `clean` (P, P) bool: skin that no mark covers; `low` (P, P, 3) float32: the smoothed photo;
    `power` (P, P) float32: the fine band's local variance, continued under the marks; `labels`
    (P, P) uint8. `beneath` (P, P, 3) float32: clean skin's smooth colour, sRGB, continued under
    the marks. `sums` hold running totals of [not clean, variance, variance squared].
    """

    window: Window
    labels: NDArray[np.uint8]
    clean: NDArray[np.bool_]
    low: NDArray[np.float32]
    power: NDArray[np.float32]
    beneath: NDArray[np.float32]
    sums: NDArray[np.float64]

    @property
    def sigma(self) -> float:
        """Where coarse and fine are parted: a Gaussian's sigma in photo pixels."""
        return max(1.0 / self.window.scale, IOD_SHARE * self.window.size / WINDOW_IODS)

    @property
    def unit(self) -> float:
        """Pixels of this window for one pixel of a window with IOD = 128."""
        return self.window.pixels / WINDOW_PIXELS


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """What a face's window shows whatever the marks on it are: worked out once a face.

    `skin` (P, P) bool: well inside the skin's regions; `low` (P, P, 3) float32: the smoothed photo;
    `raw` (P, P) float32: the variance of the fine luminance.
    """

    window: Window
    labels: NDArray[np.uint8]
    skin: NDArray[np.bool_]
    low: NDArray[np.float32]
    raw: NDArray[np.float32]

    @classmethod
    def of(cls, photo: Photo, layout: FaceLayout) -> "Surface":
        """Look at a face through its layout's window."""
        window, labels = layout.window, layout.labels
        unit = window.pixels / WINDOW_PIXELS
        skin = np.isin(labels, list(SKIN_LABELS))
        skin = cv2.erode(skin.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        low = np.asarray(cv2.GaussianBlur(photo.window(window), (0, 0), 2.0 * unit), np.float32)
        return cls(window, labels, skin, low, _fine_power(photo, window))


def clean_skin(photo: Photo, surface: Surface, marks: Sequence[Mark]) -> CleanSkin:
    """Look for skin of a face that none of `marks` covers (spots, lines and painted ones)."""
    window, raw = surface.window, surface.raw
    unit = window.pixels / WINDOW_PIXELS
    covered = window_mask((m for m in marks if m.layer != "tone"), window) > _MARK_LEVEL
    clean = surface.skin & ~covered
    weight = clean.astype(np.float32)
    blur = _POWER_BLUR * unit
    held = cv2.GaussianBlur(weight, (0, 0), blur)
    local = cv2.GaussianBlur(np.minimum(raw, _cap(raw, clean)) * weight, (0, 0), blur)
    far = float((raw * weight).sum() / max(float(weight.sum()), 1.0))
    power = (local + 1e-3 * far) / (held + 1e-3)
    parts = np.dstack((1.0 - weight, raw, raw * raw)).astype(np.float32)
    sums = np.asarray(cv2.integral(parts, sdepth=cv2.CV_64F), np.float64)
    beneath = _beneath(photo.window(window), weight)
    return CleanSkin(
        window, surface.labels, clean, surface.low, power.astype(np.float32), beneath, sums
    )


def _beneath(seen: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Continue (P, P, 3) colours from where `weight` (P, P) is 1: a membrane over each hole.

    Coarse to fine (pull, push), and at each size relaxed towards Laplace's equation, so that what
    lies on a hole's rim counts for more than what lies far from it.
    """
    held = [np.dstack((seen * weight[..., None], weight))]
    while min(held[-1].shape[:2]) > 8:
        held.append(np.asarray(cv2.pyrDown(held[-1]), np.float32))
    found = held[-1][..., :3] / np.maximum(held[-1][..., 3:], 1e-6)
    for level in reversed(held[:-1]):
        share = np.clip(level[..., 3:], 0.0, 1.0)
        size = (level.shape[1], level.shape[0])
        own = share * (level[..., :3] / np.maximum(level[..., 3:], 1e-6))
        found = cv2.pyrUp(found, dstsize=size)
        hole = np.repeat(1 - share, 3, axis=2)
        for _ in range(min(max(_REACH // max(size), _RELAXATIONS[0]), _RELAXATIONS[1])):
            found = cv2.filter2D(found, -1, _NEIGHBOURS, borderType=cv2.BORDER_REPLICATE)
            found *= hole
            found += own
    return np.asarray(cv2.GaussianBlur(found, (0, 0), 2.0), np.float32)


def _cap(raw: NDArray[np.float32], clean: NDArray[np.bool_]) -> float:
    """Return a limit that keeps single hairs and rims out of the grain's power."""
    return float(np.quantile(raw[clean], 0.98)) if clean.any() else float("inf")


def _fine_power(photo: Photo, window: Window) -> NDArray[np.float32]:
    """Return (P, P): variance of the photo's fine luminance within each window pixel."""
    side = window.pixels
    box = window.box.clamp(photo.width, photo.height)
    if window.scale >= 1.0 or box.empty:
        grey = photo.window(window).mean(axis=2)
        high = grey - cv2.GaussianBlur(grey, (0, 0), max(1.0, IOD_SHARE * side / WINDOW_IODS))
        return np.asarray(high * high, np.float32)
    grey = np.ascontiguousarray(photo.pixels[box.slices][..., 1])  # green: the least noisy
    step = 1.0 / window.scale
    size = (max(1, round(box.width / step)), max(1, round(box.height / step)))
    coarse = cv2.GaussianBlur(
        cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32), (0, 0), 1.2
    )
    high = grey.astype(np.float32)
    high -= cv2.resize(coarse, (box.width, box.height), interpolation=cv2.INTER_LINEAR)
    high /= float(np.iinfo(photo.pixels.dtype).max)
    small = cv2.resize(high * high, size, interpolation=cv2.INTER_AREA)
    # Into the window's own pixels (the box was rounded outwards and cut at the photo's edge).
    to_small = np.array(
        [
            [1.0, 0.0, (window.x - box.x) / step],
            [0.0, 1.0, (window.y - box.y) / step],
        ]
    )
    return np.asarray(
        cv2.warpAffine(
            small,
            to_small,
            (side, side),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )


def fine_band(photo: Photo, box: Box, sigma: float) -> NDArray[np.float32]:
    """Return (h, w, 3) float32: the photo minus its Gaussian, in the photo's values, max = 1."""
    margin = int(np.ceil(3 * sigma)) + 1
    outer = box.pad(margin)
    inside = outer.clamp(photo.width, photo.height)
    part = unit_float(photo.pixels[inside.slices])
    high = part - _blurred(part, sigma)
    rows, columns = box.relative_to(inside).slices
    return high[rows, columns]


def _blurred(part: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Return a Gaussian's result; a wide one is worked out at fewer pixels (within 1 % of it)."""
    step = int(sigma / 2)
    if step < 2:
        soft = cv2.GaussianBlur(part, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
        return np.asarray(soft, np.float32)
    height, width = part.shape[:2]
    small = cv2.resize(part, (-(-width // step), -(-height // step)), interpolation=cv2.INTER_AREA)
    # Averaging over steps and the linear way back blur by some steps squared / 6 already.
    left = np.sqrt(sigma * sigma - step * step / 6) / step
    small = cv2.GaussianBlur(small, (0, 0), left, borderType=cv2.BORDER_REFLECT)
    return np.asarray(cv2.resize(small, (width, height)), np.float32)


def continued_texture(
    photo: Photo, skin: CleanSkin, box: Box, mask: NDArray[np.uint8], seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return a fine band for `box` as the skin around the mark has it, and where there is one.

    (h, w, 3) float32, and (h, w, 1) float32 in [0, 1]: 0 where no clean skin is near. `mask`
    (h, w) uint8 says where the band is needed.
    """
    blocks = _blocks(box, mask, _BLOCK * skin.window.size / WINDOW_IODS)
    rng = np.random.default_rng(seed)
    total = np.zeros((box.height, box.width, 3), np.float32)
    square = np.zeros((box.height, box.width, 1), np.float32)
    wanted, covered = square.copy(), square.copy()
    for block in blocks:
        weight = np.ones((block.height, block.width, 1), np.float32)
        if len(blocks) > 1:
            weight = _hann(block.height)[:, None, None] * _hann(block.width)[None, :, None]
        part = block.intersection(box)
        inner, outer = part.relative_to(block).slices, part.relative_to(box).slices
        wanted[outer] += weight[inner]
        found = _donor(photo, skin, block, rng)
        if found is None:
            continue
        donor, gain = found
        total[outer] += (fine_band(photo, donor, skin.sigma) * (weight * gain))[inner]
        square[outer] += (weight * weight)[inner]
        covered[outer] += weight[inner]
    band = total / np.sqrt(np.maximum(square, 1e-4))
    share = covered / np.maximum(wanted, 1e-6)
    return band.astype(np.float32), share.astype(np.float32)


def _hann(length: int) -> NDArray[np.float32]:
    wave = np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2 + 1e-3
    return wave.astype(np.float32)


def _blocks(box: Box, mask: NDArray[np.uint8], side: float) -> list[Box]:
    """Cover what the mask holds: one block if that is small, else half-overlapping ones."""
    if max(box.width, box.height) <= 1.6 * side:
        return [box]
    size = max(8, round(side))
    half = size // 2
    found: list[Box] = []
    for y in range(box.y - half, box.bottom, half):
        for x in range(box.x - half, box.right, half):
            block = Box(x, y, 2 * half, 2 * half)
            part = block.intersection(box)
            if not part.empty and mask[part.relative_to(box).slices].any():
                found.append(block)
    return found


def _donor(
    photo: Photo, skin: CleanSkin, block: Box, rng: np.random.Generator
) -> tuple[Box, float] | None:
    """Choose clean skin that resembles what surrounds the block; return it and a grain gain."""
    window, side = skin.window, skin.window.pixels
    centre = block.centre
    x0, y0 = window.to_window(centre.x, centre.y)
    half_x = max(0.5, block.width * window.scale / 2)
    half_y = max(0.5, block.height * window.scale / 2)
    reach = 2 * max(half_x, half_y)
    turn = rng.uniform(0, 2 * np.pi)
    angles = turn + np.arange(_DIRECTIONS) * (2 * np.pi / _DIRECTIONS)
    distances = np.asarray(_DISTANCES) * max(reach, 4.0 * skin.unit) * rng.uniform(0.95, 1.05)
    # (candidates,): whole photo pixels, so that the copied grain is not resampled
    dx = np.round(np.outer(distances, np.cos(angles)).ravel() / window.scale)
    dy = np.round(np.outer(distances, np.sin(angles)).ravel() / window.scale)
    fits = (
        (block.x + dx >= 0)
        & (block.y + dy >= 0)
        & (block.right + dx <= photo.width)
        & (block.bottom + dy <= photo.height)
    )
    x, y = x0 + dx * window.scale, y0 + dy * window.scale
    fits &= (x - half_x >= 0) & (y - half_y >= 0) & (x + half_x < side) & (y + half_y < side)
    if not fits.any():
        return None
    dx, dy, x, y = dx[fits], dy[fits], x[fits], y[fits]
    left, right = np.floor(x - half_x).astype(int), np.ceil(x + half_x).astype(int)
    top, bottom = np.floor(y - half_y).astype(int), np.ceil(y + half_y).astype(int)
    right, bottom = np.minimum(right, side), np.minimum(bottom, side)
    sums = skin.sums
    totals = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    means = totals / ((right - left) * (bottom - top))[:, None]
    dirty, power = means[:, 0], means[:, 1]
    # How unevenly the grain is spread: a crease, a hair or an unseen mole in the donor.
    uneven = np.sqrt(np.maximum(means[:, 2], 1e-18)) / np.maximum(power, 1e-9)
    row, column = _place(y0, side), _place(x0, side)
    rows, columns = _places(y, side), _places(x, side)
    wanted = max(float(skin.power[row, column]), 1e-9)
    colour = np.abs(skin.low[rows, columns] - _around(skin, row, column, reach)).sum(axis=1)
    grain = np.abs(np.log(np.maximum(power, 1e-9) / wanted))
    other = skin.labels[rows, columns] != skin.labels[row, column]
    far = np.hypot(dx, dy) * window.scale / (_DISTANCES[-1] * max(reach, 4.0 * skin.unit))
    cost = 40.0 * np.maximum(0.0, dirty - (1 - _CLEAN_ENOUGH)) + 3.0 * colour + 0.6 * grain
    cost += _UNEVEN * (uneven - 1) + 0.25 * other + 0.25 * far + rng.uniform(0, 0.08, len(cost))
    best = int(cost.argmin())
    if dirty[best] > _TOO_DIRTY:
        return None
    gain = float(np.clip(np.sqrt(wanted / max(float(power[best]), 1e-9)), *_GAIN))
    if power[best] > wanted and dirty[best] < 0.02:
        gain = max(gain, 0.6)
    place = Box(block.x + int(dx[best]), block.y + int(dy[best]), block.width, block.height)
    return place, gain


def _around(skin: CleanSkin, row: int, column: int, reach: float) -> NDArray[np.float32]:
    """Return the mean colour of the clean skin around a place (its own colour if none is)."""
    r = round(max(reach, 4.0 * skin.unit))
    rows = slice(max(0, row - r), row + r + 1)
    columns = slice(max(0, column - r), column + r + 1)
    clean = skin.clean[rows, columns]
    if not clean.any():
        return skin.low[row, column]
    return skin.low[rows, columns][clean].mean(axis=0)


def _place(value: float, side: int) -> int:
    return min(max(int(value), 0), side - 1)


def _places(values: NDArray[np.float64], side: int) -> NDArray[np.int64]:
    return np.clip(values.astype(np.int64), 0, side - 1)
