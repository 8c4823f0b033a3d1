"""What a retoucher did to a face, taken apart into spots, lines and areas that have a name.

A spot is what stands out over a disc of WIDE; what is wider is an area's tone. Both are typed by
what the networks see in the photograph, else by size, place and colour.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.face.layout import LABEL_INDEX, SKIN_LABELS
from retouchgpt_core.network.config import MARK_INDEX, TONE_INDEX
from retouchgpt_core.retouch.retouched_pairs import PLAIN, SEEN, visible_change
from retouchgpt_core.training.pair_cues import Evidence, mark_kind, tone_kind
from retouchgpt_core.vocabulary import KINDS, ONLY_AT, REGIONS, Kind

Map = NDArray[np.float32]
WIDE = 0.08
"""Radius in IOD of the disc that a change of tone holds and a spot does not."""
TONE_BLUR, EDGE = 0.012, 0.03
GROW = 0.01
"""How far in IOD a spot is replaced beyond what is seen of it, so that no rim stays."""
LEAST_SPOT = 0.006
"""Radius in IOD of the smallest spot; finer changes are the skin's texture."""
FAINT = 10 / 255
"""A spot that mostly changes by less and that the networks do not see is the skin's texture."""
DENSE, DENSE_BLUR = 0.15, 0.06
"""Share of such specks around a place, over a Gaussian of this sigma in IOD, that makes an area."""
LEAST_TONE = 0.01
"""Area of the smallest piece of tone, in IOD squared."""
HEARD = 0.1
"""Mean probability from which the networks' word counts."""
UNCERTAIN = 0.15
_ALLOWED = (*sorted(SKIN_LABELS), LABEL_INDEX["other_skin"])


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """The changes on a square of P x P pixels.

    owner (P, P) int16: the spot or line that a pixel belongs to, counted from 1, 0 for none; kinds,
    regions (N,) int16: theirs, as places in KINDS and REGIONS. spot_seen, spot_cover, tone_cover
    (P, P) uint8, 255 = wholly: how plainly a spot is seen, how far its pixels are replaced, and
    likewise for areas. tones (P, P) uint8: an area's kind, its place in KINDS + 1; its region is
    the label. known (P, P) uint8: 1 where certainly nothing is.
    """

    owner: NDArray[np.int16]
    kinds: NDArray[np.int16]
    regions: NDArray[np.int16]
    spot_seen: NDArray[np.uint8]
    spot_cover: NDArray[np.uint8]
    tones: NDArray[np.uint8]
    tone_cover: NDArray[np.uint8]
    known: NDArray[np.uint8]

    @property
    def anything(self) -> bool:
        return bool(len(self.kinds) or self.tones.any())


def changes_of(
    source: Map, target: Map, labels: NDArray[np.uint8], iod: float, kinds: Map | None = None
) -> Changes:
    """Take the changes of a face apart.

    source, target (P, P, 3) in [0, 1]; labels (P, P); iod in pixels; kinds (14, P, P): what the
    networks see of each kind in the source, None if there are none.
    """
    cover, change = visible_change(source, target)
    allowed = np.isin(labels, _ALLOWED)
    amount = np.abs(change).max(2)
    wide = np.minimum(_wide_part(change, iod), amount)
    part = np.clip((amount - wide - SEEN) / (PLAIN - SEEN), 0.0, 1.0)
    seen = np.minimum(cover, part).astype(np.float32) * allowed
    evidence = Evidence(source, change, labels, iod)
    owner, found, too_wide, specks = _spots(seen, labels, iod, kinds, evidence)
    spot_cover, owner = _grown(owner, allowed, iod)
    tone = np.clip((wide - SEEN) / (PLAIN - SEEN), 0.0, 1.0) * allowed
    tone = np.maximum(tone, np.where(too_wide, seen, 0.0)).astype(np.float32)
    tones = _tones(tone, labels, iod, kinds, evidence)
    rough = cv2.GaussianBlur(specks.astype(np.float32), (0, 0), DENSE_BLUR * iod) > DENSE
    rough &= np.isin(labels, list(SKIN_LABELS)) & (tones == 0)
    tones[rough] = KINDS.index(Kind.TEXTURE) + 1
    tone = np.maximum(tone, rough).astype(np.float32)
    tone = cv2.GaussianBlur(tone, (0, 0), TONE_BLUR * iod) * (tones > 0)
    known = cover <= 0.0
    if kinds is None:
        known &= False
    else:
        known &= kinds.max(0) < UNCERTAIN
    return Changes(
        owner=owner,
        kinds=np.array([k for k, _ in found], np.int16),
        regions=np.array([r for _, r in found], np.int16),
        spot_seen=_bytes(np.where(owner > 0, seen, 0.0)),
        spot_cover=_bytes(spot_cover),
        tones=tones,
        tone_cover=_bytes(tone),
        known=known.astype(np.uint8),
    )


def _wide_part(change: Map, iod: float) -> Map:
    """Return (P, P): how much of the change a disc of WIDE holds wholly, as far as such discs
    reach, and EDGE beyond: a sharp border of an area is no line."""
    step = max(1, round(iod / 52.0))
    side = change.shape[0] // step
    smooth = cv2.GaussianBlur(change, (0, 0), TONE_BLUR * iod)
    small = cv2.resize(smooth, (side, side), interpolation=cv2.INTER_AREA)
    opened = cv2.morphologyEx(np.abs(small).max(2), cv2.MORPH_OPEN, _disc(WIDE * iod / step))
    spread = cv2.dilate(opened, _disc(EDGE * iod / step))
    return np.asarray(cv2.resize(spread, change.shape[1::-1]), np.float32)


def _spots(
    seen: Map,
    labels: NDArray[np.uint8],
    iod: float,
    kinds: Map | None,
    evidence: Evidence,
) -> tuple[NDArray[np.int16], list[tuple[int, int]], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the owners, each one's kind and region, what is too wide for a spot, and specks."""
    count, parts, stats, centres = cv2.connectedComponentsWithStats((seen > 0.0).astype(np.uint8))
    owner = np.zeros(seen.shape, np.int16)
    too_wide, specks = np.zeros(seen.shape, bool), np.zeros(seen.shape, bool)
    amount = np.abs(evidence.change).max(2)
    found: list[tuple[int, int]] = []
    for index in range(1, count):
        left, top, width, height, area = (int(v) for v in stats[index])
        box = slice(top, top + height), slice(left, left + width)
        inside = parts[box] == index
        if area < np.pi * (LEAST_SPOT * iod) ** 2:
            specks[box] |= inside
            continue
        label = _label_of(inside, labels[box], centres[index] - (left, top))
        if label is None:
            continue
        rows, columns = np.nonzero(inside)
        rows, columns = rows + top, columns + left
        kind = _heard(kinds, MARK_INDEX, rows, columns, seen)
        if kind is None and np.quantile(amount[rows, columns], 0.75) < FAINT:
            specks[rows, columns] = True
            continue
        cue = mark_kind(rows, columns, label, evidence)
        if cue is None:
            too_wide[rows, columns] = True
            continue
        found.append((KINDS.index(kind or cue), label - 1))
        owner[rows, columns] = len(found)
    return owner, found, too_wide, specks


def _label_of(
    inside: NDArray[np.bool_], labels: NDArray[np.uint8], centre: NDArray[np.float64]
) -> int | None:
    """Return the region's label at the centre, else the one that holds most; None off the skin."""
    at = int(labels[round(float(centre[1])), round(float(centre[0]))])
    if at in SKIN_LABELS:
        return at
    counts = np.bincount(labels[inside], minlength=len(LABEL_INDEX))
    best = int(counts[1 : 1 + len(REGIONS)].argmax()) + 1
    return best if counts[best] else None


def _heard(
    kinds: Map | None,
    among: tuple[int, ...],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    weight: Map,
) -> Kind | None:
    """Return the kind that the networks see most of at these pixels, None if they see nothing."""
    if kinds is None:
        return None
    share = weight[rows, columns]
    votes = kinds[np.array(among)[:, None], rows, columns] @ share / max(float(share.sum()), 1e-6)
    best = int(votes.argmax())
    return KINDS[among[best]] if votes[best] >= HEARD else None


def _tones(
    tone: Map, labels: NDArray[np.uint8], iod: float, kinds: Map | None, evidence: Evidence
) -> NDArray[np.uint8]:
    """Return (P, P): the kind of each region's area, its place in KINDS + 1."""
    tones = np.zeros(tone.shape, np.uint8)
    for label in sorted(SKIN_LABELS):
        rows, columns = np.nonzero((labels == label) & (tone > 0.0))
        if len(rows) < LEAST_TONE * iod**2:
            continue
        region = REGIONS[label - 1]
        here = tuple(i for i in TONE_INDEX if region in ONLY_AT.get(KINDS[i], REGIONS))
        kind = _heard(kinds, here, rows, columns, tone) or tone_kind(rows, columns, label, evidence)
        tones[rows, columns] = KINDS.index(kind) + 1
    return tones


def _grown(
    owner: NDArray[np.int16], allowed: NDArray[np.bool_], iod: float
) -> tuple[Map, NDArray[np.int16]]:
    """Return how far each pixel is replaced, and the owners with their rims."""
    reach = max(1, round(GROW * iod))
    rim = np.asarray(cv2.dilate(owner, _disc(reach)), np.int16)
    owned = np.where(owner > 0, owner, np.where(allowed, rim, 0)).astype(np.int16)
    soft = cv2.GaussianBlur((owner > 0).astype(np.float32), (0, 0), 0.5 * reach)
    cover = np.maximum(np.clip(2.0 * soft, 0.0, 1.0), owner > 0) * (owned > 0)
    return np.asarray(cover, np.float32), owned


def _disc(radius: float) -> NDArray[np.uint8]:
    side = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _bytes(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.round(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)
