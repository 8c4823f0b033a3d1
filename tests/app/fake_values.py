"""The values that the scripted engine hands to the window."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer

from app.canvas.pyramid import as_image
from retouchgpt_core.errors import PhotoWriteError
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.photo.atomic import write_atomically
from retouchgpt_core.vocabulary import PERMANENT_KINDS, Kind, Region


@dataclass(frozen=True)
class FakePhoto:
    """As much of a photo as the window needs."""

    pixels: np.ndarray
    icc: bytes | None = None
    format: str = "PNG"
    depth: int = 8
    notes: tuple[str, ...] = ()
    path: Path | None = None

    def write(self, path: Path, *, quality: int | None = None) -> tuple[str, ...]:
        data = QBuffer()
        kind = path.suffix[1:] or "png"
        if not as_image(self.pixels).save(data, kind, -1 if quality is None else quality):  # type: ignore[call-overload]
            raise PhotoWriteError(f"{path.name} could not be written.", "Choose another format.")
        write_atomically(path, bytes(data.data().data()))
        return ("A JPEG holds no transparency.",) if path.suffix == ".jpg" else ()


@dataclass(frozen=True)
class FakeMark:
    id: str
    face: int
    kind: Kind
    region: Region
    centre: Point
    radius: float
    box: Box
    confidence: float = 0.87
    painted: bool = False
    revision: int = 0

    @property
    def permanent(self) -> bool:
        return self.kind in PERMANENT_KINDS


@dataclass(frozen=True)
class FakeFace:
    number: int
    box: Box
    iod: float


@dataclass(frozen=True)
class FakeTurn:
    text: str
    plan: Plan
    reply: str
    mark_ids: tuple[str, ...] = ()
    instead: Plan | None = None


@dataclass(frozen=True, eq=False)
class FakeRound:
    number: int
    strengths: Mapping[str, float]
    turn: FakeTurn | None = None
    enabled: bool = True

    @property
    def strength(self) -> float:
        return max(self.strengths.values(), default=0.0)


@dataclass(frozen=True)
class FakeTrial:
    """The session as it would be at other strengths."""

    strengths: Mapping[str, float]
    held: frozenset[tuple[str, str]]
    render: Callable[[Box | None], np.ndarray]
    mask: Callable[[Box | None], np.ndarray]
