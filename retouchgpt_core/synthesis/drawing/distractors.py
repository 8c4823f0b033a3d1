"""Dots that stay: studs, glints, specks beside the skin. They are in no mask."""

import numpy as np

from retouchgpt_core.face.layout import LABEL_INDEX
from retouchgpt_core.synthesis.drawing.faces import FaceCrops
from retouchgpt_core.synthesis.drawing.recipes import NO_KIND
from retouchgpt_core.synthesis.drawing.spots import Spots

_OFF_SKIN = tuple(LABEL_INDEX[n] for n in ("background", "eye", "brow", "lip", "nostril"))
_FIELDS = (
    "x", "y", "radius", "density", "sharp", "broken", "stretch", "cos", "sin", "halo",
    "halo_share", "relief", "gloss", "pustule", "pustule_size", "lobe", "lobe_x", "lobe_y",
    "lobe_size", "mottled", "phase", "wave", "red", "green", "blue", "light_x", "light_y",
)  # fmt: skip


def lay_out_dots(crops: FaceCrops, rng: np.random.Generator, *, share: float = 1.0) -> Spots:
    """Choose dots that look like marks but lie off the skin, glints, and a stud now and then."""
    labels, iod = crops.labels.numpy(), crops.iod.numpy()
    rows: list[tuple[int, float, float, float, float, float]] = []
    for b in np.flatnonzero(rng.random(crops.count) < 0.2 * share):
        off = np.argwhere(np.isin(labels[b], _OFF_SKIN))
        unit = float(iod[b]) / 100
        count = int(rng.integers(1, 4)) if len(off) else 0
        for y, x in off[rng.integers(len(off), size=count)] if count else ():
            radius = rng.uniform(0.5, 3.0) * unit
            if rng.random() < 0.35:
                rows.append((int(b), x, y, radius * 0.5, 0.0, rng.uniform(0.3, 1.0)))
            else:
                rows.append((int(b), x, y, radius, rng.uniform(0.1, 1.0), 0.0))
    for b in np.flatnonzero(rng.random(crops.count) < 0.03 * share):
        on = np.argwhere(labels[b] == LABEL_INDEX["nose"])
        if len(on):
            y, x = on[rng.integers(len(on))]
            radius = rng.uniform(1.2, 2.4) * float(iod[b]) / 100
            rows.append((int(b), x, y, radius, rng.uniform(0.5, 1.2), 0.0))
            rows.append((int(b), x, y, radius * 0.8, 0.0, rng.uniform(0.8, 1.0)))
    m = len(rows)
    table = np.array(rows, np.float64).reshape(m, 6)
    values = {f: np.zeros(m) for f in _FIELDS}
    values["x"], values["y"] = table[:, 1] + 0.5, table[:, 2] + 0.5
    values["radius"] = np.maximum(table[:, 3], 0.5)
    values["density"] = table[:, 4]
    values["gloss"] = table[:, 5]
    for name, low, high in (
        ("sharp", 4.0, 12.0), ("broken", 0.0, 0.3), ("phase", 0.0, 6.28), ("wave", 1.2, 2.6),
        ("red", 0.8, 1.05), ("blue", 0.95, 1.1),
    ):  # fmt: skip
        values[name] = rng.uniform(low, high, m)
    for name in ("stretch", "cos", "halo", "green", "lobe_size", "pustule_size"):
        values[name] = np.ones(m)
    return Spots(
        table[:, 0].astype(np.int64),
        np.full(m, NO_KIND),
        np.full(m, -1),
        {k: v.astype(np.float32) for k, v in values.items()},
    )
