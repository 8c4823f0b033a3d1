"""Tells hair over a face from its skin by the face's own colours."""

import cv2
import numpy as np

from retouchgpt_core.face.layout import LABEL_INDEX
from retouchgpt_core.vocabulary import Region

_SURE_SKIN = (
    *(Region.NOSE, Region.CHEEK_LEFT, Region.CHEEK_RIGHT),
    *(Region.SMILE_LINE_LEFT, Region.SMILE_LINE_RIGHT),
    *(Region.UNDER_EYE_LEFT, Region.UNDER_EYE_RIGHT),
)
_MAYBE_HAIR = (Region.FOREHEAD, Region.TEMPLE_LEFT, Region.TEMPLE_RIGHT, Region.BETWEEN_BROWS)
_RING = 0.5
"""How far around the upper face, in IOD, hair is looked for."""
_DARKER = 0.12
"""Hair is darker than the face's skin by at least this, as natural logarithm. Lighter hair cannot
be told from a shine by colour alone."""
_TELLING = 0.5
"""Where hair is not darker than skin by this (dark skin, short hair), colour says nothing."""
_SAY_HAIR, _SAY_SKIN = 5.0, 3.0
"""The most that colour can say against the network, as logarithm of odds."""
_CLOSED = 0.16
"""Gaps between strands up to this width, in IOD, count as hair."""
_SPREAD = np.diag([0.02, 0.0015, 0.0015])
_FEWEST = 60


def _features(pixels: np.ndarray) -> np.ndarray:
    # Lightness and two colour ratios, so that shading moves the first only.
    logs = np.log(pixels.astype(np.float64) + 0.02)
    red, green, blue = logs[..., 0], logs[..., 1], logs[..., 2]
    return np.stack([(red + green + blue) / 3, red - green, green - blue], -1)


def _likelihood(points: np.ndarray, samples: np.ndarray) -> np.ndarray:
    mean = samples.mean(0)
    covariance = np.cov(samples.T) + _SPREAD
    _, size = np.linalg.slogdet(covariance)
    away = points - mean
    return -0.5 * (np.einsum("...i,ij,...j", away, np.linalg.inv(covariance), away) + size)


def skin_by_colour(
    pixels: np.ndarray, places: np.ndarray, skin_chance: np.ndarray, iod: float
) -> np.ndarray:
    """Weigh what the network sees on forehead and temples against the face's own colours.

    `pixels` (n, n, 3) float32 RGB, `places` (n, n) uint8 labels of the polygons, `skin_chance`
    (n, n) in 0..1 as the network sees it, `iod` in these pixels. Returns (n, n) float32 chance of
    skin. Two normal distributions are compared: of the middle of the face, and of what is darker
    around its upper part. Where nothing is, the network's chance stays.
    """
    sure = np.isin(places, [LABEL_INDEX[region] for region in _SURE_SKIN]) & (skin_chance > 0.7)
    maybe = np.isin(places, [LABEL_INDEX[region] for region in _MAYBE_HAIR])
    reach = max(3, round(2 * _RING * iod)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    around = (cv2.dilate(maybe.astype(np.uint8), kernel) > 0) & (places == 0)
    features = _features(pixels)
    if sure.sum() < _FEWEST or around.sum() < _FEWEST:
        return skin_chance
    skin = features[sure]
    skin_light = float(np.median(skin[:, 0]))
    limit = skin_light - _DARKER
    hair = features[around & (features[..., 0] < limit)]
    if len(hair) < _FEWEST:
        return skin_chance
    hair_light = float(np.median(hair[:, 0]))
    odds = _likelihood(features, hair) - _likelihood(features, skin)
    dark = features[..., 0] < min(limit, (skin_light + hair_light) / 2)
    telling = skin_light - hair_light >= _TELLING
    against = np.where(dark & telling, np.clip(odds, 0.0, _SAY_HAIR), 0.0)
    for_skin = np.clip(-odds, 0.0, _SAY_SKIN)
    chance = np.clip(skin_chance, 0.001, 0.999)
    weighed = np.log(chance / (1 - chance)) - against + for_skin
    result = np.where(maybe, 1 / (1 + np.exp(-weighed)), skin_chance).astype(np.float32)
    # Gaps between strands are no place for an edit.
    width = max(3, round(_CLOSED * iod)) | 1
    joined = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    cover = cv2.morphologyEx((maybe & (result < 0.5)).astype(np.uint8), cv2.MORPH_CLOSE, joined)
    return np.where(maybe & (cover > 0), np.minimum(result, 0.4), result).astype(np.float32)
