"""Retouched photographs beside what a retoucher made of them, in figures."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.evaluation.similarity import psnr, ssim, texture_energy
from retouchgpt_core.retouch.retouched_pairs import SEEN, visible_change

Picture = NDArray[np.float32]
NOTHING, PROGRAM = "nothing done", "retouchgpt"
"""The rows of a report, in their order: the photograph as it is, and as it was retouched."""
TEXTURE_IOD = 0.015
"""Texture is what a Gaussian of this sigma in IOD takes away: pores and fine hairs."""
BESIDE_IOD = 0.02
"""A change this near to the target's is no false one."""
EXPLAINED: dict[str, str] = {
    "psnr": "dB of the whole picture, 100 for equal ones; means are means of dB",
    "ssim": "Gaussian window 11 x 11, sigma 1.5 (Wang et al. 2004), mean over the channels",
    "lpips": "not measured: it needs a network's weights that would have to be downloaded",
    "psnr_changed": "dB where the target visibly differs from the source",
    "ssim_changed": "SSIM there",
    "recovered": "share of the target's change there that was made: 1 for all, 0 for nothing",
    "changed_share": "share of the picture that visibly differs from the source (by over 2/255)",
    "false_change": "share of the picture that does so away from the target's change",
    "texture_ratio": "energy of the fine band over the target's where the target changes; "
    "without a target over the source's where the result does",
}
"""What each figure of a row means."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A row of a report; see EXPLAINED. None where there is nothing to measure."""

    psnr: float | None = None
    ssim: float | None = None
    lpips: float | None = None
    psnr_changed: float | None = None
    ssim_changed: float | None = None
    recovered: float | None = None
    changed_share: float | None = None
    false_change: float | None = None
    texture_ratio: float | None = None

    def to_json(self) -> dict[str, float | None]:
        return {
            name: None if value is None else round(value, 5) for name, value in asdict(self).items()
        }


def compare(source: Picture, result: Picture, target: Picture | None, iod: float) -> Figures:
    """Measure a result; all (H, W, 3) in [0, 1], `iod` in pixels.

    Raises ValueError if the sizes differ.
    """
    edited = np.abs(result - source).max(2) > SEEN
    share = float(edited.mean())
    sigma = max(0.7, TEXTURE_IOD * iod)
    if target is None:
        before, after = (texture_energy(p, edited, sigma) for p in (source, result))
        return Figures(changed_share=share, texture_ratio=_ratio(after, before))
    cover, _ = visible_change(source, target)
    changed = cover > 0.0
    reach = max(1, round(BESIDE_IOD * iod))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    near = cv2.dilate(changed.astype(np.uint8), disc) > 0
    wished = float(np.abs(target - source)[changed].sum(dtype=np.float64))
    left = float(np.abs(target - result)[changed].sum(dtype=np.float64))
    energies = (texture_energy(p, changed, sigma) for p in (result, target))
    return Figures(
        psnr=psnr(result, target),
        ssim=ssim(result, target),
        psnr_changed=_known(psnr(result, target, changed)),
        ssim_changed=_known(ssim(result, target, changed)),
        recovered=None if wished <= 0.0 else 1.0 - left / wished,
        changed_share=share,
        false_change=float((edited & ~near).mean()),
        texture_ratio=_ratio(*energies),
    )


def mean_of(rows: Sequence[Figures]) -> Figures:
    """Return the mean of each figure over the photos where it was measured."""
    means: dict[str, float | None] = {}
    for name in (field.name for field in fields(Figures)):
        values = [value for row in rows if (value := getattr(row, name)) is not None]
        means[name] = float(np.mean(values)) if values else None
    return Figures(**means)


def named_rows(nothing: Figures, program: Figures) -> list[dict[str, Any]]:
    """Return both rows as JSON, the photograph as it is first."""
    return [{"name": NOTHING, **nothing.to_json()}, {"name": PROGRAM, **program.to_json()}]


def table(nothing: Figures, program: Figures) -> str:
    """Return both rows as a Markdown table."""
    names = [field.name for field in fields(Figures) if field.name != "lpips"]
    lines = [f"| | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    for title, row in ((NOTHING, nothing), (PROGRAM, program)):
        cells = (getattr(row, name) for name in names)
        lines.append(f"| {title} | {' | '.join('-' if c is None else f'{c:.4f}' for c in cells)} |")
    return "\n".join(lines)


def side_by_side(
    source: Picture,
    mask: NDArray[np.uint8],
    result: Picture,
    target: Picture | None,
    height: int = 1024,
) -> NDArray[np.uint8]:
    """Return source, source with the mask in red, result and target beside each other.

    mask (H, W) uint8. At most `height` pixels high; (h, w, 3) uint8.
    """
    cover = mask.astype(np.float32)[..., None] / np.float32(255.0 * 2.0)
    marked = source * (1.0 - cover) + cover * np.array([1.0, 0.1, 0.1], np.float32)
    pictures = [source, marked, result, *([] if target is None else [target])]
    scale = min(1.0, height / source.shape[0])
    size = (max(1, round(source.shape[1] * scale)), max(1, round(source.shape[0] * scale)))
    fitted = [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in pictures]
    return np.round(np.concatenate(fitted, 1).clip(0.0, 1.0) * 255.0).astype(np.uint8)


def _ratio(one: float, other: float) -> float | None:
    return None if math.isnan(one) or math.isnan(other) or other <= 0.0 else one / other


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
