"""Finds the faces of a photo and lays each out: landmarks, scale, region map."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from retouchgpt_core.errors import NoFaceError
from retouchgpt_core.face.crops import Crop, Overview, SampledPhoto
from retouchgpt_core.face.frame import (
    RADIUS_IN_IODS,
    FaceFrame,
    corrected_iod,
    roll_of,
    shape_error,
)
from retouchgpt_core.face.labelling import chances_in, label_map
from retouchgpt_core.face.layout import LABEL_INDEX, WINDOW_IODS, WINDOW_PIXELS, FaceLayout
from retouchgpt_core.face.nets import (
    CROP,
    CROP_RADII,
    MAP_CLASSES,
    STRIDE,
    DetectorNet,
    LandmarkNet,
    fused,
)
from retouchgpt_core.face.regions import mirror_order, rasterise
from retouchgpt_core.face.weights import load_nets
from retouchgpt_core.geometry import Box, Point, Window

_LEVELS = (160, 320, 640)
_FINE_LEVELS = (1024, 1600)
_FINE_SHARE = 0.46
"""A face of 40 px is just seen at a level of this share of the photo's longer side: only photos
for which the levels above are less get one of these too, the first that is enough or the last."""
_LARGE_FACE = 0.1
"""With a face of this radius by the photo's long side, none is sought at the fine level."""
_HEAT = 0.2
_BANDED, _BANDS = 700, 6
"""Rows from which the detector looks at a level in so many bands."""
_SIGHT = 128
"""Pixels around a cell that the detector sees: 14 cells of its convolutions, and its strides."""
_MOST = 64
_AT_ONCE = 8
"""Crops that go through the network together; more would only take more memory."""
_CONFIDENCE = 0.25
_PRESENCE_WEIGHT = 0.6
"""What the landmark network's word counts beside the detector's: both as log odds. Fitted, with
the bound on confidence, on groups and broken faces made of held-out training faces."""
_FIRST_ODDS, _SECOND_ODDS = -4.0, -2.0
"""Log odds of both under which a place is not looked at again: at first its size may be wrong by a
half, which the second look mends."""
_DOUBT = 0.13
"""Mean distance of the landmarks from those of the mirrored view, in radii, that is too much."""
_SKIN = 0.58
"""Mean chance of skin inside the places of a face that is too little."""
_SMALLEST = 14.0
"""IOD in photo pixels (a face of about 30 px) under which nothing reliable can be said."""
_COLOUR_PIXELS = 160
"""Side of the analysis window at which hair is told from skin by colour."""
_SHAPE_ERROR = 0.16
"""Of 1,938 training labels the worst has 0.10."""
_WITHIN = 1.5
"""... and this near where one has less than half the other's size."""
_BOX_RADII = 3.0
"""Geometric mean of a face's box, hairline to chin, in radii."""
_BOX_ROLLS, _BOX_SIZES = (0.0, -0.7, 0.7), (0.85, 1.15)
"""How a face is looked for in a box that a person drew."""
_BOX_CONFIDENCE = 0.15
"""A person says that there is a face: less must be seen of it than where nobody does."""
_FARTHEST_ROLL = 1.05
"""Beyond this (60 degrees) left and right of a face are no more those of the picture."""
_SAME_FACE = 0.8
"""Two finds whose centres are nearer than this, in radii of the larger, are one face."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place where a face may be: centre and radius in photo pixels, chance in 0..1."""

    x: float
    y: float
    radius: float
    chance: float


@dataclass(frozen=True, eq=False)
class _Seen:
    crop: Crop
    landmarks: np.ndarray
    presence: float
    chances: np.ndarray
    doubt: float
    detected: float | None = None
    """Chance of a face here by the detector; None where a person says that there is one."""

    @property
    def odds(self) -> float:
        """Log odds of a face by both networks."""
        if self.detected is None:
            return _log_odds(self.presence)
        return _log_odds(self.detected) + _PRESENCE_WEIGHT * _log_odds(self.presence)

    @cached_property
    def confidence(self) -> float:
        """Chance of a face, lowered where the mirrored view disagrees or its places are no skin."""
        agreement = _rising(self.doubt, _DOUBT, -0.15 * _DOUBT)
        return _rising(self.odds, 0.0, 1.0) * agreement * _rising(self._skin(), _SKIN, 0.05)

    def _skin(self) -> float:
        frame = self.frame
        half = 1.6 * frame.radius
        window = Window(frame.x - half, frame.y - half, 2 * half, 64)
        places = rasterise(self.landmarks, window)
        face = (places > 0) & (places != LABEL_INDEX["neck"])
        if not face.any():
            return 0.0
        seen = chances_in(window, self.crop, self.chances)[..., MAP_CLASSES.index("skin")]
        return float(seen[face].mean())

    @cached_property
    def frame(self) -> FaceFrame:
        return FaceFrame.of(self.landmarks)


class FaceFinder:
    """Finds faces from about 40 px up, rolled by up to some 45 degrees."""

    def __init__(self, detector: DetectorNet, landmarks: LandmarkNet, device: str = "cpu") -> None:
        self._device = torch.device(device)
        self._detector = detector.eval().to(self._device)
        self._landmarks = landmarks.eval().to(self._device)

    @classmethod
    def load(cls, weights: Path, device: str = "cpu") -> "FaceFinder":
        """Read the networks from `weights` (the folder of config.json, or the one above, with
        the part's name `face`).

        Raises WeightsError if they are missing or do not fit.
        """
        inner = weights / "face"
        folder = inner if (inner / "config.json").exists() else weights
        detector, landmarks = load_nets(folder)
        fused(detector)
        fused(landmarks)
        return cls(detector, landmarks, device)

    def find(self, photo: SampledPhoto, boxes: Sequence[Box] = ()) -> tuple[FaceLayout, ...]:
        """Return the layout of each face, from the left of the picture to the right.

        `boxes` are drawn by hand around faces that were missed. One around a face that was found
        adds nothing. Raises NoFaceError if no face can be laid out in a box.
        """
        overview = _overview(photo)
        seen = [v for v in self._faces(photo, overview) if v.frame.iod >= _SMALLEST]
        kept = _single(seen + [self._in_box(overview, box) for box in boxes])
        kept.sort(key=lambda view: view.frame.x)
        return tuple(_layout(number, view, photo, overview) for number, view in enumerate(kept, 1))

    def face_in(self, photo: SampledPhoto, box: Box) -> FaceLayout:
        """Lay out the face in a box drawn by hand, in photo pixels, hairline to chin; number 1.

        Raises NoFaceError if the box holds none, one too small, or one that lies on its side.
        """
        overview = _overview(photo)
        return _layout(1, self._in_box(overview, box), photo, overview)

    def too_small(self, photo: SampledPhoto) -> int:
        """Count the faces that look like some but are too small to be laid out."""
        seen = self._faces(photo, _overview(photo))
        return sum(view.frame.iod < _SMALLEST for view in _single(seen))

    def candidates(self, photo: SampledPhoto) -> list[Candidate]:
        """Return the places where the detector sees a face, the likeliest first."""
        return self._candidates(photo, _overview(photo))

    def _faces(self, photo: SampledPhoto, overview: Overview) -> list[_Seen]:
        """Return what surely is a face, the clearest first; a face may be in it several times."""
        seen = [
            view
            for view in self._look(overview, self._candidates(photo, overview))
            if view.confidence >= _CONFIDENCE and shape_error(view.landmarks) <= _SHAPE_ERROR
        ]
        return sorted(seen, key=lambda view: -view.confidence * view.frame.radius)

    def _candidates(self, photo: SampledPhoto, overview: Overview) -> list[Candidate]:
        longest = max(photo.width, photo.height)
        side = overview.window.pixels
        found: list[Candidate] = []
        looks = [overview.level(level) for level in _LEVELS if level <= side]
        for look in looks:
            found.extend(self._level(look, photo))
        if all(place.radius < _LARGE_FACE * longest for place in found):
            # Small faces, far from the camera and perhaps in the dark.
            if side > _LEVELS[-1]:
                looks.append(overview.level(side))
                found.extend(self._level(looks[-1], photo))
            for look in looks:
                found.extend(self._level(look, photo, lighter=True))
        kept: list[Candidate] = []
        for place in sorted(found, key=lambda place: -place.chance):
            if len(kept) < _MOST and all(_apart(place, other, 0.6) for other in kept):
                kept.append(place)
        return kept

    def _level(
        self, square: np.ndarray, photo: SampledPhoto, *, lighter: bool = False
    ) -> list[Candidate]:
        side = square.shape[0]
        longest = max(photo.width, photo.height)
        scale = side / longest
        # The part that the photo covers, and a little of its repeated edge.
        margins = [
            int((1 - min(1, size / longest)) * side / 2) for size in (photo.height, photo.width)
        ]
        top, left = (max(0, margin // STRIDE * STRIDE) for margin in margins)
        part = square[top : side - top, left : side - left]
        part = part[: part.shape[0] // STRIDE * STRIDE, : part.shape[1] // STRIDE * STRIDE]
        with torch.inference_mode():
            maps = self._maps(part, lighter=lighter)
            heat = torch.sigmoid(maps[:1])
            peak = (heat == torch.nn.functional.max_pool2d(heat, 3, 1, 1)) & (heat > _HEAT)
        values, chances = maps.numpy(), heat[0].numpy()
        places: list[Candidate] = []
        for row, column in np.argwhere(peak[0].numpy()):
            dx, dy, log_radius = values[1:, row, column]
            x = (column + 0.5 + dx) * STRIDE + left
            y = (row + 0.5 + dy) * STRIDE + top
            radius = float(np.exp(np.clip(log_radius, -3.0, 3.5))) * STRIDE
            places.append(
                Candidate(
                    float(x / scale + (photo.width - longest) / 2),
                    float(y / scale + (photo.height - longest) / 2),
                    radius / scale,
                    float(chances[row, column]),
                )
            )
        return places

    def _maps(self, part: np.ndarray, *, lighter: bool) -> torch.Tensor:
        """Return the detector's (4, H/8, W/8) maps of an (H, W, 3) picture.

        A large one is looked at in bands, each with all that the network sees around it: the same
        maps for a third of the memory.
        """
        height = part.shape[0]
        band = -(-height // _BANDS // STRIDE) * STRIDE if height > _BANDED else height
        maps: list[torch.Tensor] = []
        for top in range(0, height, band):
            start, stop = max(0, top - _SIGHT), min(height, top + band + _SIGHT)
            rows = part[start:stop]
            rows = np.sqrt(rows) if lighter else np.ascontiguousarray(rows)
            # Rows of pixels are channels-last already; no copy is made.
            seen = torch.from_numpy(rows).permute(2, 0, 1)[None].to(self._device)
            first = (top - start) // STRIDE
            count = (min(height, top + band) - top) // STRIDE
            maps.append(self._detector(seen)[0, :, first : first + count].cpu())
        return torch.cat(maps, 1)

    def _look(self, overview: Overview, places: Sequence[Candidate]) -> list[_Seen]:
        crops = [Crop(place.x, place.y, CROP_RADII * place.radius, 0.0) for place in places]
        first = self._read(overview, crops, mirrored=False)
        hopeful = [
            view
            for view in _detected(first, [place.chance for place in places])
            if view.odds >= _FIRST_ODDS
        ]
        return self._refined(overview, hopeful)

    def _refined(self, overview: Overview, views: Sequence[_Seen]) -> list[_Seen]:
        second = self._again(overview, views, mirrored=False)
        sure = [
            view
            for before, view in zip(views, second, strict=True)
            if view.detected is None or max(before.odds, view.odds) >= _SECOND_ODDS
        ]
        third = self._again(overview, sure, mirrored=True)
        return self._again(overview, third, mirrored=True)

    def _again(self, overview: Overview, views: Sequence[_Seen], *, mirrored: bool) -> list[_Seen]:
        """Look at each face once more, where its landmarks lie now."""
        crops = [_crop_around(view.landmarks) for view in views]
        seen = self._read(overview, crops, mirrored=mirrored)
        return _detected(seen, [view.detected for view in views])

    def _in_box(self, overview: Overview, box: Box) -> _Seen:
        size = float(np.sqrt(box.area))
        if size < _SMALLEST * _BOX_RADII * RADIUS_IN_IODS / 2:
            raise NoFaceError("That box is too small for a face.", "Draw it around a whole face.")
        middle = box.centre
        sides = [size * CROP_RADII / _BOX_RADII * by for by in _BOX_SIZES]
        crops = [Crop(middle.x, middle.y, side, roll) for roll in _BOX_ROLLS for side in sides]
        seen = [
            view
            for view in self._refined(overview, self._read(overview, crops, mirrored=False))
            if box.contains(Point(view.frame.x, view.frame.y))
            and 0.5 < view.frame.radius * _BOX_RADII / size < 2.0
            and view.confidence >= _BOX_CONFIDENCE
            and shape_error(view.landmarks) <= _SHAPE_ERROR
        ]
        best = max(seen, key=lambda view: view.confidence, default=None)
        if best is None or abs(roll_of(best.landmarks)) > _FARTHEST_ROLL:
            raise NoFaceError(
                "No face could be laid out in that box.",
                "Draw it from the hairline to the chin, around a face that is upright.",
            )
        if best.frame.iod < _SMALLEST:
            raise NoFaceError(
                f"The face in that box has only {best.frame.iod:.0f} pixels between its eyes.",
                f"It takes {_SMALLEST:.0f} to tell its places apart: open a larger photo.",
            )
        return best

    def _read(self, overview: Overview, crops: Sequence[Crop], *, mirrored: bool) -> list[_Seen]:
        if len(crops) > _AT_ONCE:
            return [
                view
                for start in range(0, len(crops), _AT_ONCE)
                for view in self._read(overview, crops[start : start + _AT_ONCE], mirrored=mirrored)
            ]
        if not crops:
            return []
        pixels = np.stack([overview.sample(crop) for crop in crops])
        tensor = torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)))
        if mirrored:
            tensor = torch.cat([tensor, tensor.flip(3)])
        with torch.inference_mode():
            tensor = tensor.to(self._device).contiguous(memory_format=torch.channels_last)
            output = self._landmarks(tensor)
            chances = output.map.softmax(1).cpu().numpy()
            presence = torch.sigmoid(output.presence).cpu().numpy()
            points = output.points.cpu().numpy()
        count = len(crops)
        doubts = np.zeros(count)
        if mirrored:
            other = points[count:][:, mirror_order()] * np.array([-1, 1], np.float32)
            apart = np.linalg.norm(points[:count] - other, axis=-1).mean(1)
            doubts = apart * (CROP_RADII / 2)
            points = (points[:count] + other) / 2
            chances = (chances[:count] + chances[count:, :, :, ::-1]) / 2
            presence = (presence[:count] + presence[count:]) / 2
        return [
            _Seen(
                crop,
                crop.to_photo((points[i] + 1) * (CROP / 2)),
                float(presence[i]),
                chances[i],
                float(doubts[i]),
            )
            for i, crop in enumerate(crops)
        ]


def _detected(views: Sequence[_Seen], chances: Sequence[float | None]) -> list[_Seen]:
    pairs = zip(views, chances, strict=True)
    return [replace(view, detected=chance) for view, chance in pairs]


def _log_odds(chance: float) -> float:
    bounded = min(max(chance, 1e-6), 1.0 - 1e-6)
    return float(np.log(bounded / (1.0 - bounded)))


def _rising(value: float, middle: float, width: float) -> float:
    return float(1 / (1 + np.exp(-(value - middle) / width)))


def _overview(photo: SampledPhoto) -> Overview:
    longest = max(photo.width, photo.height)
    needed = _FINE_SHARE * longest
    if needed > _LEVELS[-1]:
        fine = (level for level in _FINE_LEVELS if level >= needed)
        return Overview.of(photo, next(fine, _FINE_LEVELS[-1]))
    return Overview.of(photo, max(level for level in _LEVELS if level <= max(320, 1.5 * longest)))


def _apart(
    one: Candidate | FaceFrame, other: Candidate | FaceFrame, by: float = _SAME_FACE
) -> bool:
    distance = float(np.hypot(one.x - other.x, one.y - other.y))
    small, large = sorted((one.radius, other.radius))
    # An eye or a mouth taken for a small face lies further out than a second find of the same.
    reach = _WITHIN if small < 0.5 * large and by == _SAME_FACE else by
    return distance > reach * large


def _single(views: Sequence[_Seen]) -> list[_Seen]:
    """Keep the first view of each face."""
    kept: list[_Seen] = []
    for view in views:
        if all(_apart(view.frame, other.frame) for other in kept):
            kept.append(view)
    return kept


def _crop_around(landmarks: np.ndarray) -> Crop:
    frame = FaceFrame.of(landmarks)
    return Crop(frame.x, frame.y, CROP_RADII * max(frame.radius, 1.0), roll_of(landmarks))


def _layout(number: int, view: _Seen, photo: SampledPhoto, overview: Overview) -> FaceLayout:
    iod = corrected_iod(view.landmarks)
    frame = view.frame
    size = WINDOW_IODS * iod
    window = Window(frame.x - size / 2, frame.y - size / 2, size, WINDOW_PIXELS)
    low, high = view.landmarks.min(0), view.landmarks.max(0)
    box = Box.from_edges(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return FaceLayout(
        number=number,
        box=box.clamp(photo.width, photo.height),
        confidence=view.confidence,
        landmarks=view.landmarks,
        iod=iod,
        window=window,
        labels=label_map(
            view.landmarks,
            window,
            view.crop,
            view.chances,
            Box.of_size(photo.width, photo.height),
            overview.look(window.at(_COLOUR_PIXELS)),
        ),
    )
