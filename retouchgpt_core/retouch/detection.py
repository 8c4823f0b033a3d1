"""From a network's probability maps to single marks."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.face.layout import LABEL_INDEX, SKIN_LABELS, WINDOW_PIXELS, FaceLayout
from retouchgpt_core.geometry import Box, Point, Window
from retouchgpt_core.retouch.basins import SMOOTHING, basins
from retouchgpt_core.retouch.marks import Mark, feathered, numbered
from retouchgpt_core.vocabulary import (
    KINDS,
    LINE_KINDS,
    ONLY_AT,
    PERMANENT_KINDS,
    REGIONS,
    SPOT_KINDS,
    TONE_KINDS,
    Kind,
)

Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class GroupThresholds:
    """When a group of kinds counts as found.

    `peak`: probability that its surest place must reach. `edge`: probability down to which a mark
    reaches. `area`: smallest area above `edge`, in pixels of a window with IOD = 128.
    """

    peak: float
    edge: float
    area: float


@dataclass(frozen=True, slots=True)
class MarkThresholds:
    """What turns probabilities into marks. Lengths are in pixels of a window with IOD = 128.

    `merge`: two peaks are one spot if the saddle between them is at least this share of the lower
    one. `grow`, `soften`: how far a mask reaches beyond what is seen, but at
    least `grow_share` and `soften_share` of a spot's radius: a wide spot has a wide rim.
    A spot of at least `large` pixels needs only `large_peak`: pores are never that wide.
    `named_tone` counts instead of `tone` for what was asked for by name. `tone_full`: probability
    from which a tone-like mark is covered wholly. `feather`: how far a tone-like mark fades into
    the regions beside it (DESIGN: 0.1 IOD). `guard`: how it fades towards eyes, lips and hair.
    """

    spot: GroupThresholds = GroupThresholds(0.5, 0.25, 2.0)
    line: GroupThresholds = GroupThresholds(0.45, 0.25, 12.0)
    tone: GroupThresholds = GroupThresholds(0.6, 0.25, 60.0)
    named_tone: GroupThresholds = GroupThresholds(0.3, 0.12, 60.0)
    merge: float = 0.8
    grow: float = 1.5
    soften: float = 1.0
    large: float = 60.0
    large_peak: float = 0.45
    grow_share: float = 0.5
    soften_share: float = 0.3
    tone_full: float = 0.5
    feather: float = 12.8
    guard: float = 4.0


DEFAULT_THRESHOLDS = MarkThresholds()
_SPOT_GUARD = 2.0
"""Over how many pixels (IOD = 128) a spot's or line's mask fades towards what is no skin."""
_DEPTH_BLUR = 1.5
_ALLOWED = (*sorted(SKIN_LABELS), LABEL_INDEX["other_skin"])
_SPOTS = tuple(k for k in KINDS if k in SPOT_KINDS)
_LINES = tuple(k for k in KINDS if k in LINE_KINDS)
_PERMANENT = [KINDS.index(k) for k in KINDS if k in PERMANENT_KINDS]
_TONES = tuple(k for k in KINDS if k in TONE_KINDS)


def marks_from_maps(
    any_prob: Map,
    kind_probs: Map,
    labels: NDArray[np.uint8],
    layout: FaceLayout,
    photo_size: tuple[int, int],
    thresholds: MarkThresholds = DEFAULT_THRESHOLDS,
) -> list[Mark]:
    """Return a face's marks, spots first, with the ids f<face>-m<n>.

    `any_prob` (P, P) and `kind_probs` (14, P, P) in [0, 1], in KINDS' order, spot- and line-like
    kinds summing to `any_prob`; `labels` (P, P); all of the face's window at any resolution P.
    `photo_size` is (width, height). A mark's centre lies on one of the 16 regions, its mask never
    on eyes, brows, lips, nostrils, teeth, glasses, hair or background.

    Raises ValueError if the maps do not fit together.
    """
    side = any_prob.shape[0]
    if any_prob.shape != (side, side) or kind_probs.shape != (len(KINDS), side, side):
        raise ValueError(f"square maps of one size, got {any_prob.shape} and {kind_probs.shape}")
    if labels.shape != (side, side):
        raise ValueError(f"labels of {side} px, got {labels.shape}")
    window = layout.window.at(side)
    depth = _depth(labels, side / WINDOW_PIXELS)
    finder = _Finder(
        any_prob, kind_probs, labels, window, layout.number, photo_size, thresholds, depth
    )
    found = [*finder.spots(), *finder.lines(), *finder.tones()]
    return numbered(found, layout.number)


def named_tones_from_maps(
    kind_probs: Map,
    labels: NDArray[np.uint8],
    layout: FaceLayout,
    photo_size: tuple[int, int],
    thresholds: MarkThresholds = DEFAULT_THRESHOLDS,
) -> list[Mark]:
    """Return the tone-like marks of a face that somebody has asked for by name.

    Arguments as in `marks_from_maps`. Redness, shine and the like are a matter of degree: who
    names one sees it, so that less evidence is needed than for finding it unasked. The ids are
    f<face>-<kind>-<region>.
    """
    window = layout.window.at(labels.shape[0])
    depth = _depth(labels, labels.shape[0] / WINDOW_PIXELS)
    named = replace(thresholds, tone=thresholds.named_tone)
    finder = _Finder(
        np.zeros_like(kind_probs[0]), kind_probs, labels, window, layout.number, photo_size, named,
        depth,
    )  # fmt: skip
    return [m.renamed(f"f{layout.number}-{m.kind}-{m.region}") for m in finder.tones()]


@dataclass(frozen=True, slots=True)
class _Finder:
    any_prob: Map
    kind_probs: Map
    labels: NDArray[np.uint8]
    window: Window
    face: int
    photo_size: tuple[int, int]
    thresholds: MarkThresholds
    depth: Map
    """How far each pixel lies inside what may be touched, in window pixels; 0 outside."""

    @property
    def unit(self) -> float:
        """Pixels of this window for one pixel of a window with IOD = 128."""
        return self.window.pixels / WINDOW_PIXELS

    def spots(self) -> Iterator[Mark]:
        """Tell touching spots apart by their peaks."""
        limits = self.thresholds.spot
        prob = self._sum(_SPOTS)
        owner, peaks = basins(
            prob,
            limits.edge,
            self.thresholds.merge,
            SMOOTHING * self.unit,
            least := min(limits.peak, self.thresholds.large_peak),
        )
        for index, (row, column) in enumerate(peaks, 1):
            if prob[row, column] < least:
                continue
            if self.labels[row, column] not in SKIN_LABELS:
                continue
            yield from self._instance(owner, index, (row, column), prob, _SPOTS, limits)

    def lines(self) -> Iterator[Mark]:
        """Take connected lines whole; the region that holds most of one names it."""
        limits = self.thresholds.line
        prob = self._sum(_LINES)
        count, components = cv2.connectedComponents((prob >= limits.edge).astype(np.uint8))
        owner = np.asarray(components, np.int32)
        for index in range(1, count):
            yield from self._instance(owner, index, None, prob, _LINES, limits)

    def tones(self) -> Iterator[Mark]:
        """One mark for each tone-like kind and region."""
        limits = self.thresholds.tone
        shares = self._region_shares()
        for kind in _TONES:
            prob = self.kind_probs[KINDS.index(kind)]
            if prob.max() < limits.peak:
                continue
            cover = np.clip(
                (prob - limits.edge) / (self.thresholds.tone_full - limits.edge), 0.0, 1.0
            )
            for region, share in shares.items():
                if REGIONS[region - 1] not in ONLY_AT.get(kind, REGIONS):
                    continue
                inside = prob[self.labels == region]
                hit = inside[inside >= limits.edge]
                if len(hit) < limits.area * self.unit**2 or hit.max() < limits.peak:
                    continue
                yield from self._tone(kind, region, cover * share, float(np.quantile(hit, 0.9)))

    def _sum(self, kinds: tuple[Kind, ...]) -> Map:
        """Return the smoothed probability of a group, zero where no skin is."""
        total = self.kind_probs[[KINDS.index(k) for k in kinds]].sum(axis=0)
        total = np.minimum(total, self.any_prob)
        return np.where(np.isin(self.labels, _ALLOWED), total, 0.0).astype(np.float32)

    def _instance(
        self,
        owner: NDArray[np.int32],
        index: int,
        peak: tuple[int, int] | None,
        prob: Map,
        kinds: tuple[Kind, ...],
        limits: GroupThresholds,
    ) -> Iterator[Mark]:
        rows, columns = np.nonzero(owner == index) if peak is None else _around(owner, index, peak)
        inside = prob[rows, columns]
        wide = peak is not None and len(rows) >= self.thresholds.large * self.unit**2
        needed = min(limits.peak, self.thresholds.large_peak) if wide else limits.peak
        if len(rows) < limits.area * self.unit**2 or inside.max() < needed:
            return
        votes = np.array([self.kind_probs[KINDS.index(k), rows, columns].sum() for k in kinds])
        kind = kinds[int(votes.argmax())]
        if peak is None:
            names = self.labels[rows, columns]
            names = names[np.isin(names, list(SKIN_LABELS))]
            if not len(names):
                return
            label = int(np.bincount(names).argmax())
        else:
            label = int(self.labels[peak])
        share = float(votes.max() / max(float(votes.sum()), 1e-6))
        yield from self._masked(
            rows, columns, owner, index, kind, label, float(inside.max()) * share, peak
        )

    def _masked(
        self,
        rows: NDArray[np.intp],
        columns: NDArray[np.intp],
        owner: NDArray[np.int32],
        index: int,
        kind: Kind,
        label: int,
        confidence: float,
        peak: tuple[int, int] | None,
    ) -> Iterator[Mark]:
        radius = 0.0 if peak is None else math.sqrt(len(rows) / math.pi)
        grow = max(self.thresholds.grow * self.unit, self.thresholds.grow_share * radius)
        soften = max(self.thresholds.soften * self.unit, self.thresholds.soften_share * radius)
        side = self.window.pixels
        reach = int(np.ceil(grow + 3 * soften)) + 1
        box = Box(
            int(columns.min()),
            int(rows.min()),
            int(np.ptp(columns)) + 1,
            int(np.ptp(rows)) + 1,
        )
        outer = box.pad(reach).clamp(side, side)
        core = np.zeros((outer.height, outer.width), np.uint8)
        core[rows - outer.y, columns - outer.x] = 1
        soft = feathered(core, grow, soften)
        others = owner[outer.slices]
        # A permanent mark beside it is not touched; rims of what may go overlap without a seam.
        foreign = (others > 0) & (others != index)
        if foreign.any():
            own = self.kind_probs[KINDS.index(kind)][outer.slices]
            beside = self.kind_probs[_PERMANENT, outer.y : outer.bottom, outer.x : outer.right]
            best = beside.max(axis=0)
            kept = (foreign & (own < best)).astype(np.uint8)
            distance = cv2.distanceTransform(1 - kept, cv2.DIST_L2, 5)
            soft *= np.clip(distance / soften, 0.0, 1.0)
        # Sampling a mask at the photo's pixels carries it this much further.
        spread = 1.0 + max(1.0, self.window.scale)
        inside = self.depth[outer.slices] - spread
        soft *= np.clip(inside / (_SPOT_GUARD * self.unit), 0.0, 1.0)
        centre: dict[str, Point] = {}
        if peak is not None:
            x, y = columns.mean() + 0.5, rows.mean() + 0.5
            if self.labels[int(y), int(x)] != label:
                x, y = peak[1] + 0.5, peak[0] + 0.5
            centre["centre"] = Point(*self.window.to_photo(float(x), float(y)))
        mark = Mark.from_window_mask(
            _to_uint8(soft),
            outer,
            self.window,
            self.photo_size,
            id="",
            face=self.face,
            kind=kind,
            region=REGIONS[label - 1],
            confidence=min(1.0, confidence),
            **centre,
        )
        if mark is not None:
            yield mark

    def _tone(self, kind: Kind, label: int, soft: Map, confidence: float) -> Iterator[Mark]:
        side = self.window.pixels
        mark = Mark.from_window_mask(
            _to_uint8(soft),
            Box.of_size(side, side),
            self.window,
            self.photo_size,
            id="",
            face=self.face,
            kind=kind,
            region=REGIONS[label - 1],
            confidence=min(1.0, confidence),
        )
        if mark is not None:
            yield mark

    def _region_shares(self) -> dict[int, Map]:
        """Return for each region a soft weight; over all regions they sum to at most 1.

        A weight reaches `feather` beyond the region's own border into other skin and fades
        within `guard` of whatever must not be touched.
        """
        fade = np.clip((self.depth - 0.5) / (self.thresholds.guard * self.unit), 0.0, 1.0)
        width = max(1, round(self.thresholds.feather * self.unit))
        spread: dict[int, Map] = {}
        for label in sorted(SKIN_LABELS):
            own = (self.labels == label).astype(np.float32)
            if own.any():  # two box filters: a ramp of exactly `feather` on both sides
                spread[label] = cv2.blur(cv2.blur(own, (width, width)), (width, width))
        other = (self.labels == LABEL_INDEX["other_skin"]).astype(np.float32)
        total = cv2.blur(cv2.blur(other, (width, width)), (width, width))
        total = total + sum(spread.values(), np.zeros_like(fade))
        return {
            label: (one / np.maximum(total, 1e-6) * fade).astype(np.float32)
            for label, one in spread.items()
        }


def _depth(labels: NDArray[np.uint8], unit: float) -> Map:
    """Measure the way to the nearest eye, lip, hair or background, without the labels' steps."""
    allowed = np.isin(labels, _ALLOWED)
    distance = cv2.distanceTransform(allowed.astype(np.uint8), cv2.DIST_L2, 5)
    smooth = np.asarray(cv2.GaussianBlur(distance, (0, 0), _DEPTH_BLUR * unit), np.float32)
    return np.where(allowed, np.minimum(smooth, distance), 0.0).astype(np.float32)


def _around(
    owner: NDArray[np.int32], index: int, peak: tuple[int, int]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows and columns of a basin by looking near its peak first."""
    for reach in (24, max(owner.shape)):
        top, left = max(0, peak[0] - reach), max(0, peak[1] - reach)
        part = owner[top : peak[0] + reach + 1, left : peak[1] + reach + 1] == index
        rim = part[0].any() or part[-1].any() or part[:, 0].any() or part[:, -1].any()
        if not rim or reach > 24:
            break
    rows, columns = np.nonzero(part)
    return rows + top, columns + left


def _to_uint8(soft: Map) -> NDArray[np.uint8]:
    return np.round(np.clip(soft, 0.0, 1.0) * 255).astype(np.uint8)
