"""What the retoucher makes of marks: deltas at strength 1.0, computed only where marks lie."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from retouchgpt_core.errors import CancelledError
from retouchgpt_core.geometry import Box, Window
from retouchgpt_core.network.config import MARK_INDEX, TONE_INDEX
from retouchgpt_core.network.network import RetouchNetwork
from retouchgpt_core.network.threads import abreast
from retouchgpt_core.retouch.analysis import Look

TILE = 320
"""Side of the square that spots are rebuilt in, in window pixels (1.4 IOD at the fine scale)."""
MARGIN = 48
"""Of which this much on each side is only there to be looked at."""
GRID = 32
CORE_FROM, CORE_SPAN = 0.15, 0.3
"""The retoucher rebuilds where a mask rises over this range: see network.retoucher.core_of."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A square part of a face's window with the retoucher's delta for it.

    delta (P, P, 3) float32: result minus photo at strength 1.0, sRGB values, before any mask.
    """

    window: Window
    delta: np.ndarray


def square_for(box: Box, pixels: int) -> Box:
    """Return the square of the window (`pixels` a side) in which a mark's box is rebuilt.

    The squares of small marks lie on a fixed grid, so that a fill does not depend on which other
    marks were asked for; a mark that is too long for one gets a square of its own.
    """
    core = TILE - 2 * MARGIN
    if max(box.width, box.height) <= MARGIN:
        centre = box.centre
        side = min(TILE, pixels)
        left = int(centre.x // core) * core - MARGIN
        top = int(centre.y // core) * core - MARGIN
    else:
        needed = max(box.width, box.height) + 2 * MARGIN
        side = min(-(-needed // GRID) * GRID, pixels)
        left = round(box.centre.x - side / 2) // 4 * 4
        top = round(box.centre.y - side / 2) // 4 * 4
    return Box(min(max(left, 0), pixels - side), min(max(top, 0), pixels - side), side, side)


def rebuild_spots(
    look: Look,
    network: RetouchNetwork,
    prompts: Tensor,
    kinds: np.ndarray,
    boxes: Sequence[Box],
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[tuple[int, Patch]]:
    """Rebuild spots and lines; yields (index into `boxes`, the patch that holds that mark).

    kinds (14, P, P) float32: the soft masks of all spots and lines known on this face by kind, so
    that none of them serves as normal skin for another; what is there at all counts as surely
    there. boxes: window pixels. prompts (1, N, C). Raises CancelledError between two squares when
    asked to stop.
    """
    by_square: dict[Box, list[int]] = {}
    for index, box in enumerate(boxes):
        by_square.setdefault(square_for(box, look.window.pixels), []).append(index)

    def rebuilt(square: Box) -> Patch:
        return _rebuilt(look, network, prompts, kinds, square)

    if cancelled is not None and cancelled():
        raise CancelledError
    workers = None if look.image.device.type == "cpu" else 1
    patches = abreast(rebuilt, list(by_square), workers)
    for number, (members, patch) in enumerate(zip(by_square.values(), patches, strict=True)):
        if cancelled is not None and cancelled():
            raise CancelledError
        for index in members:
            yield index, patch
        if progress is not None:
            progress((number + 1) / len(by_square))


def even_tones(look: Look, network: RetouchNetwork, prompts: Tensor, kinds: np.ndarray) -> Patch:
    """Even the tone-like kinds of a whole window.

    kinds (14, P, P) float32: the soft masks of what is to be evened, by kind; prompts (1, N, C).
    """
    tones = np.zeros_like(kinds)
    tones[list(TONE_INDEX)] = kinds[list(TONE_INDEX)]
    asked = torch.from_numpy(tones)[None].to(look.image)
    mask = asked.amax(1, keepdim=True)
    with torch.inference_mode():
        detail = look.analysis.evidence.detail
        delta = network.retoucher.even(detail, mask, asked, prompts)
    return Patch(look.window, _picture(delta))


@torch.inference_mode()
def _rebuilt(
    look: Look, network: RetouchNetwork, prompts: Tensor, kinds: np.ndarray, square: Box
) -> Patch:
    rows, columns = square.slices
    image = look.image[..., rows, columns]
    spots = np.zeros((len(kinds), square.height, square.width), np.float32)
    for index in MARK_INDEX:
        soft = kinds[index, rows, columns]
        spots[index] = np.where(soft > 0, CORE_FROM + CORE_SPAN * soft, 0.0)
    known = torch.from_numpy(spots)[None].to(image)
    rebuilt, _ = network.retoucher.rebuild_under(image, known.amax(1, keepdim=True), known, prompts)
    x, y = look.window.to_photo(square.x, square.y)
    window = Window(x, y, square.width / look.window.scale, square.width)
    return Patch(window, _picture(rebuilt - image))


def _picture(delta: Tensor) -> np.ndarray:
    return delta[0].permute(1, 2, 0).float().cpu().numpy()  # (1, 3, H, W) -> (H, W, 3)
