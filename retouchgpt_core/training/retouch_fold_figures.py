"""Folds that nobody drew: how much of them is seen, and as what."""

from collections import Counter
from collections.abc import Iterable

import cv2
import numpy as np
import torch

from retouchgpt_core.network.config import MARK_INDEX
from retouchgpt_core.network.network import RetouchNetwork
from retouchgpt_core.training.retouch_real import RealFace
from retouchgpt_core.vocabulary import KINDS, Kind

SIDE = 512
"""A face of 4 IOD at this size has IOD 128 px, as in the program's first look."""
SEEN = 0.45


def measure_folds(network: RetouchNetwork, faces: Iterable[RealFace]) -> str:
    """Return a Markdown table: share of the labelled folds' pixels that is seen, and the kinds.

    A pixel counts as seen where the probability of any mark within 2 px is above SEEN; its kind is
    the likeliest there. The labels are a filter's, so that a share of 1 is not to be wished for.
    """
    total, seen = 0, 0
    kinds: Counter[Kind] = Counter()
    for face in faces:
        rgb = cv2.resize(face.rgb, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        lines = cv2.resize(face.truth, (SIDE, SIDE), interpolation=cv2.INTER_AREA) > 0.3
        image = torch.from_numpy(rgb.transpose(2, 0, 1).astype(np.float32) / 255.0)[None]
        with torch.inference_mode():
            analysis = network.analyse(image.contiguous())
        anything = cv2.dilate(analysis.any[0, 0].numpy(), np.ones((5, 5), np.uint8))
        likely = analysis.kinds[0, list(MARK_INDEX)].argmax(0).numpy()
        found = lines & (anything > SEEN)
        total += int(lines.sum())
        seen += int(found.sum())
        kinds.update(KINDS[MARK_INDEX[int(i)]] for i in likely[found])
    rows = [("of the folds seen", seen / max(1, total))]
    rows += [(f"of these as {kind}", n / max(1, seen)) for kind, n in kinds.most_common(4)]
    return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {v:.2f} |" for name, v in rows)])


__all__ = ["measure_folds"]
