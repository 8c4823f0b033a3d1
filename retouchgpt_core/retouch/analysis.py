"""One face as the networks see it: as a whole, and finer where the photo has more."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch import Tensor

from retouchgpt_core.errors import CancelledError
from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.geometry import Point, Window
from retouchgpt_core.network.network import Analysis, Requested, RetouchNetwork
from retouchgpt_core.vocabulary import KINDS, Kind

if TYPE_CHECKING:
    from retouchgpt_core.photo import Photo

COARSE_PIXELS = 512
"""Side of the window that is 4 x IOD wide, so that IOD is 128 px there."""
FINE_PIXELS = 896
"""The same window at IOD 224 px, what the training faces really contain."""
FINE_GAIN = 1.2
"""The finer look is taken where the photo has at least this many times the coarse pixels."""
NETWORK_STRIDE = 32


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A face's window at one resolution, and what the networks say of it.

    image (1, 3, P, P) in [0, 1], labels (1, P, P) uint8 on the network's device; P is
    `window.pixels`, divisible by 32.
    """

    window: Window
    image: Tensor
    labels: Tensor
    analysis: Analysis

    @property
    def label_map(self) -> np.ndarray:
        """Return the labels as (P, P) uint8."""
        return self.labels[0].cpu().numpy()


@dataclass(frozen=True, slots=True, eq=False)
class FaceAnalysis:
    """Both looks at a face; the same object twice where the photo has no more pixels to give."""

    layout: FaceLayout
    coarse: Look
    fine: Look

    @property
    def looks(self) -> tuple[Look, ...]:
        return (self.coarse,) if self.coarse is self.fine else (self.coarse, self.fine)


def analyse_face(photo: "Photo", layout: FaceLayout, network: RetouchNetwork) -> FaceAnalysis:
    """Look at one face of the photo at the scales that it has pixels for."""
    coarse = _look(photo, layout, layout.window.at(COARSE_PIXELS), network)
    pixels = min(FINE_PIXELS, int(layout.window.size) // NETWORK_STRIDE * NETWORK_STRIDE)
    if pixels < FINE_GAIN * COARSE_PIXELS:
        return FaceAnalysis(layout, coarse, coarse)
    return FaceAnalysis(layout, coarse, _look(photo, layout, layout.window.at(pixels), network))


def analyse_faces(
    photo: "Photo",
    layouts: Sequence[FaceLayout],
    network: RetouchNetwork,
    progress: Callable[[str, float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[FaceAnalysis, ...]:
    """Look at every face. Raises CancelledError between two faces when asked to stop."""
    found: list[FaceAnalysis] = []
    for index, layout in enumerate(layouts):
        if cancelled is not None and cancelled():
            raise CancelledError
        if progress is not None:
            progress(f"Looking at face {index + 1} of {len(layouts)}", index / len(layouts))
        found.append(analyse_face(photo, layout, network))
    return tuple(found)


def probability_maps(analysis: FaceAnalysis) -> tuple[Look, np.ndarray, np.ndarray]:
    """Merge what both looks found, at the finer one's resolution.

    Returns the finer look, any (P, P) and kinds (14, P, P), float32 in [0, 1]. Spots and lines
    are the mean of both looks (a mark that only one scale sees keeps half its probability);
    tone-like kinds come from the whole face's scale.
    """
    fine, coarse = analysis.fine, analysis.coarse
    any_map = _array(fine.analysis.any)[0]
    kinds = _array(fine.analysis.kinds)
    if fine is coarse:
        return fine, any_map, kinds
    size = (fine.window.pixels, fine.window.pixels)
    coarse_any = cv2.resize(_array(coarse.analysis.any)[0], size, interpolation=cv2.INTER_LINEAR)
    coarse_kinds = np.stack(
        [cv2.resize(k, size, interpolation=cv2.INTER_LINEAR) for k in _array(coarse.analysis.kinds)]
    )
    merged = _merged_kinds(kinds, coarse_kinds)
    return fine, (any_map + coarse_any) / 2, merged


def kinds_at(
    analysis: FaceAnalysis, point: Point, kinds: Sequence[Kind]
) -> dict[Kind, float] | None:
    """Return what `probability_maps` says of these kinds at a photo point, None outside the window.

    Only their maps are made, which is much less than all of them. Not for tone-like kinds.
    """
    fine, coarse = analysis.fine, analysis.coarse
    side = fine.window.pixels
    x, y = fine.window.to_window(point.x, point.y)
    if not (0 <= x < side and 0 <= y < side):
        return None
    found: dict[Kind, float] = {}
    for kind in kinds:
        index = KINDS.index(kind)
        here = fine.analysis.kinds[0, index].float().cpu().numpy()[int(y), int(x)]
        if fine is not coarse:
            small = coarse.analysis.kinds[0, index].float().cpu().numpy()
            large = cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR)
            here = (here + large[int(y), int(x)]) / 2
        found[kind] = float(here)
    return found


def _merged_kinds(fine: np.ndarray, coarse: np.ndarray) -> np.ndarray:
    from retouchgpt_core.network.config import TONE_INDEX

    merged = (fine + coarse) / 2
    merged[list(TONE_INDEX)] = coarse[list(TONE_INDEX)]
    return merged


@torch.inference_mode()
def requested(
    look: Look, network: RetouchNetwork, text_hidden: Tensor, text_mask: Tensor
) -> Requested:
    """Say what of this look the instruction asks for; see RetouchNetwork.request."""
    return network.request(look.analysis, look.labels, text_hidden, text_mask)


def to_device(arrays: Iterable[np.ndarray], like: Tensor) -> list[Tensor]:
    """Put (..., H, W) float arrays on the device of `like`, with a batch axis in front."""
    return [torch.from_numpy(np.ascontiguousarray(a))[None].to(like) for a in arrays]


@torch.inference_mode()
def _look(photo: "Photo", layout: FaceLayout, window: Window, network: RetouchNetwork) -> Look:
    device = next(network.parameters()).device
    picture = photo.window(window)
    image = torch.from_numpy(picture.transpose(2, 0, 1).copy())[None].to(device)
    size = (window.pixels, window.pixels)
    labels = cv2.resize(layout.labels, size, interpolation=cv2.INTER_NEAREST)
    label_tensor = torch.from_numpy(np.ascontiguousarray(labels))[None].to(device)
    return Look(window, image, label_tensor, network.analyse(image))


def _array(tensor: Tensor) -> np.ndarray:
    return tensor[0].float().cpu().numpy()
