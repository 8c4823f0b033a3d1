"""Drawing imperfections with exact truth onto clean faces."""

from retouchgpt_core.synthesis.drawing.batch import (
    Drawing,
    DrawnBatch,
    compose,
    draw,
    draw_batch,
    serve,
)
from retouchgpt_core.synthesis.drawing.faces import FaceCrops, FaceStore
from retouchgpt_core.synthesis.drawing.plans import sample_plan
from retouchgpt_core.synthesis.drawing.pool import DrawnPool

__all__ = [
    "Drawing",
    "DrawnBatch",
    "DrawnPool",
    "FaceCrops",
    "FaceStore",
    "compose",
    "draw",
    "draw_batch",
    "sample_plan",
    "serve",
]
