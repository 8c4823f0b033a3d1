"""How well a result stands in for the skin beneath the marks: error, residue, texture."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.evaluation.colour_difference import mean_difference
from retouchgpt_core.evaluation.true_marks import TrueMark
from retouchgpt_core.vocabulary import Kind

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]
CHANGED = 2
"""Levels of 255 by which some channel differs where something is drawn."""
GONE = 0.25
"""Residual contrast under which a mark counts as removed."""
BAND_IOD = 0.012
"""Texture is what is finer than a Gaussian of this sigma, in IOD: pores and fine lines."""
RING_IOD = 0.08
"""How far around a mark the skin is compared with it."""
MIN_INSIDE, MIN_RING = 30, 80
"""Fewest pixels, in a mark and around it, that say something of texture."""


@dataclass(frozen=True, slots=True)
class Residue:
    """What is left of one mark: 1 untouched, 0 gone, negative overdone."""

    kind: Kind
    contrast: float
    left: float

    @property
    def gone(self) -> bool:
        return abs(self.left) < GONE


def changed_area(before: Picture, clean: Picture) -> Mask:
    """Return (H, W) bool: where the drawing changed something that can be seen."""
    return np.abs(before.astype(np.int16) - clean).max(2) >= CHANGED


def squared_error(result: Picture, clean: Picture, where: Mask) -> float:
    """Return the mean squared error in units of the largest value; 0 for an empty area."""
    if not where.any():
        return 0.0
    return float(np.mean(((result[where].astype(np.float64) - clean[where]) / 255) ** 2))


def psnr(errors: Sequence[float]) -> float:
    """Return the mean over pictures of the peak signal-to-noise ratio in dB."""
    if not errors:
        return float("nan")
    return float(-10 * np.mean(np.log10(np.maximum(errors, 1e-7))))


def colour_error(result: Picture, clean: Picture, where: Mask) -> float:
    """Return the mean CIEDE2000 inside the changed area."""
    return mean_difference(result, clean, where)


def residual_contrast(before: Picture, result: Picture, clean: Picture, where: Mask) -> float:
    """Return how much of a mark's own pattern is left in the result.

    The least-squares factor of (before - clean) in (result - clean) over `where`: 1 if nothing
    was done, 0 if skin is back whatever its texture, negative if the place is overcorrected.
    """
    mark = (before[where].astype(np.float64) - clean[where]).ravel()
    left = (result[where].astype(np.float64) - clean[where]).ravel()
    energy = float(mark @ mark)
    return float(left @ mark) / energy if energy else 0.0


def residues(
    before: Picture, result: Picture, clean: Picture, marks: Sequence[TrueMark]
) -> list[Residue]:
    """Return what is left of each mark that counts."""
    return [
        Residue(
            m.kind,
            m.contrast,
            residual_contrast(before[s], result[s], clean[s], m.core),
        )
        for m in marks
        if m.counts
        for s in (m.box.slices,)
    ]


def fine_energy(picture: Picture, iod: float) -> NDArray[np.float32]:
    """Return (H, W) float32: the squared fine band of the brightness, in levels of 255."""
    grey = picture.astype(np.float32).mean(2)
    return np.square(grey - cv2.GaussianBlur(grey, (0, 0), BAND_IOD * iod))


def texture_ratios(
    result: Picture, marks: Sequence[TrueMark], skin: Mask, covered: Mask, iod: float
) -> list[float]:
    """Return, for each mark that is large enough, its texture energy over that of its ring.

    `covered` is all that is drawn: the ring is skin that nothing covers. 1 is skin like the skin
    around it, a blur is near 0.
    """
    energy = fine_energy(result, iod)
    plain = skin & ~covered
    reach = max(3, round(RING_IOD * iod))
    found: list[float] = []
    for mark in marks:
        if not mark.counts or mark.core.sum() < MIN_INSIDE:
            continue
        outer = mark.box.pad(reach).clamp(skin.shape[1], skin.shape[0])
        ring = plain[outer.slices]
        if ring.sum() < MIN_RING:
            continue
        around = float(energy[outer.slices][ring].mean())
        inside = float(energy[mark.box.slices][mark.core].mean())
        if around > 0:
            found.append(inside / around)
    return found
