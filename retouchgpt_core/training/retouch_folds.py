"""Folds of old skin, labelled by a filter on faces chosen by eye: wrinkles that nobody drew."""

import json
from pathlib import Path

import cv2
import numpy as np

from retouchgpt_core.face.layout import LABEL_INDEX
from retouchgpt_core.face.regions import rasterise
from retouchgpt_core.geometry import Window
from retouchgpt_core.network.config import LABEL_COUNT, TONE_INDEX
from retouchgpt_core.photo import Photo
from retouchgpt_core.synthesis.drawing.faces import height_corrected_iod
from retouchgpt_core.synthesis.drawing.skin import skin_likeness
from retouchgpt_core.training.retouch_real import (
    MARK_WEIGHT,
    STORED_PIXELS,
    UNLABELLED_WEIGHT,
    RealFace,
)
from retouchgpt_core.vocabulary import KINDS, Kind, Region

FOLDED = Path(__file__).with_name("retouch_folded.json")
"""Machine-made portraits of people with folds, out of those where the filter found most: each
was looked at with the filter's lines over it, and left out where these lay on cloth or on pores."""
KEPT_APART = 6
"""The folds of every so manieth face are never taught; figures are measured on those."""
SCALES = (0.6, 1.0, 1.6)
"""Widths of a fold (standard deviation of its valley) in IOD/100."""
CLEAR, FAINT = 0.022, 0.010
"""Curvature of the log-green valley, at its scale, that begins a line, and that continues one."""
CREST, CREST_NEAR = 0.5, 0.05
"""Share of the strongest curvature within so much IOD that still belongs to a line: the banks
between neighbouring folds are skin, or a forehead of folds would be taken off in one piece."""
SHORTEST, SLENDER = 0.12, 3.5
"""Least length of a line in IOD, and its least length by width."""
RIM, BANK = 0.008, 0.06
"""Distance from a line in IOD at which nothing is said, and up to which skin is taught as skin."""
_EDGE = 0.03
_CENTRES = 24
_WHERE = (
    Region.FOREHEAD, Region.BETWEEN_BROWS, Region.TEMPLE_LEFT, Region.TEMPLE_RIGHT,
    Region.UNDER_EYE_LEFT, Region.UNDER_EYE_RIGHT, Region.CHEEK_LEFT, Region.CHEEK_RIGHT,
    Region.SMILE_LINE_LEFT, Region.SMILE_LINE_RIGHT,
)  # fmt: skip
"""Where no beard grows and no collar lies."""


def folds(rgb: np.ndarray, labels: np.ndarray, iod: float) -> tuple[np.ndarray, np.ndarray]:
    """Return (H, W) bool twice: long dark valleys of the skin, and the banks beside them.

    rgb (H, W, 3) uint8; labels (H, W) uint8 of LABELS. The valley's curvature comes from the
    Hessian of the log green channel at several scales (Lindeberg 1998), grown along from its clear
    parts; short or compact finds are dropped.
    """
    level = np.log(rgb[..., 1].astype(np.float32) + 10.0)
    found = np.zeros(level.shape, np.float32)
    for scale in SCALES:
        sigma = max(0.8, scale * iod / 100)
        smooth = cv2.GaussianBlur(level, (0, 0), sigma)
        xx = cv2.Sobel(smooth, cv2.CV_32F, 2, 0, ksize=3)
        yy = cv2.Sobel(smooth, cv2.CV_32F, 0, 2, ksize=3)
        xy = cv2.Sobel(smooth, cv2.CV_32F, 1, 1, ksize=3)
        mean, apart = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
        valley = (mean + apart) - 2 * np.abs(mean - apart)
        found = np.maximum(found, valley * sigma**2 / 4)
    where = np.isin(labels, [LABEL_INDEX[r] for r in _WHERE]) & skin_likeness(rgb, labels, iod)
    rim = 2 * round(_EDGE * iod) + 1
    where = cv2.erode(where.astype(np.uint8), np.ones((rim, rim), np.uint8)) > 0
    found[~where] = 0.0
    crest = found > np.maximum(FAINT, CREST * cv2.dilate(found, _disc(CREST_NEAR * iod)))
    count, parts = cv2.connectedComponents(crest.astype(np.uint8), connectivity=8)
    keep = np.zeros(count, bool)
    for part in np.unique(parts[found > CLEAR]):
        places = np.argwhere(parts == part).astype(np.float64)
        if part and len(places) > 5:
            spread = float(np.linalg.eigvalsh(np.cov(places.T))[1])
            length = np.sqrt(12 * spread)  # of a straight line with that spread
            keep[part] = length >= SHORTEST * iod and length**2 / len(places) >= SLENDER
    lines = keep[np.asarray(parts, np.intp)]
    near = cv2.dilate(lines.astype(np.uint8), _disc(BANK * iod)) > 0
    rim = cv2.dilate(lines.astype(np.uint8), _disc(RIM * iod)) > 0
    return lines, near & ~rim & where & (found < FAINT)


def _disc(radius: float) -> np.ndarray:
    size = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def folded_faces(data: Path, *, kept_apart: bool = False) -> list[RealFace]:
    """Return the folded faces of a data folder that training sees, or those kept apart."""
    names: list[str] = json.loads(FOLDED.read_text(encoding="utf-8"))
    some = [n for i, n in enumerate(names) if (i % KEPT_APART == 0) == kept_apart]
    some = [name for name in some if (data / name).is_file()]
    if not some:
        return []
    with np.load(data / "landmarks.npz") as archive:
        return [_folded(data / name, np.asarray(archive[name][0])) for name in some]


def _folded(path: Path, landmarks: np.ndarray) -> RealFace:
    middle = landmarks[:468]
    centre = (middle.min(0) + middle.max(0)) / 2
    iod = height_corrected_iod(landmarks)
    window = Window(centre[0] - 2.0 * iod, centre[1] - 2.0 * iod, 4.0 * iod, STORED_PIXELS)
    rgb = (Photo.read(path).window(window) * 255.0 + 0.5).astype(np.uint8)
    labels = rasterise(landmarks, window).astype(np.uint8)
    lines, banks = folds(rgb, labels, STORED_PIXELS / 4.0)
    places = np.argwhere(lines)[:, ::-1]
    chosen = np.random.default_rng(len(places)).integers(max(1, len(places)), size=_CENTRES)
    centres = places[chosen] if len(places) else np.full((1, 2), STORED_PIXELS / 2)
    return RealFace(
        rgb=rgb,
        truth=lines.astype(np.float32),
        weight=np.where(lines, MARK_WEIGHT, UNLABELLED_WEIGHT * banks).astype(np.float32),
        kinds=np.where(lines, KINDS.index(Kind.WRINKLE), -1).astype(np.int16),
        centres=centres.astype(np.float64),
        labels=labels,
        toneless=np.zeros((len(TONE_INDEX), LABEL_COUNT), np.float32),
        tones=np.zeros((len(TONE_INDEX), STORED_PIXELS // 4, STORED_PIXELS // 4), np.uint8),
    )


__all__ = ["FOLDED", "folded_faces", "folds"]
