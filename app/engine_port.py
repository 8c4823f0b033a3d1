"""What the window expects of an engine: the shapes of `retouchgpt_core.engine`, without torch.

The worker talks to these protocols, so that a scripted engine can drive the window in tests.
All calls are made on the worker's thread; marks and turns are immutable and may cross threads.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from app.requests import Copy
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.vocabulary import Kind, Region, Shape

Progress = Callable[[str, float], None]
"""Called with what is being done, in words, and how far it is (0 to 1)."""
Cancelled = Callable[[], bool]


class PhotoLike(Protocol):
    """A photo as `retouchgpt_core.photo.Photo` gives it; pixels (H, W, 3), uint8 or uint16."""

    @property
    def pixels(self) -> np.ndarray: ...
    @property
    def icc(self) -> bytes | None: ...
    @property
    def format(self) -> str: ...
    @property
    def depth(self) -> int: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def path(self) -> Path | None: ...
    def write(self, path: Path, /, *, quality: int | None = None) -> tuple[str, ...]: ...


class MarkLike(Protocol):
    """One imperfection, found or painted. Lengths are in photo pixels."""

    @property
    def id(self) -> str: ...
    @property
    def face(self) -> int: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def region(self) -> Region: ...
    @property
    def centre(self) -> Point: ...
    @property
    def radius(self) -> float: ...
    @property
    def box(self) -> Box: ...
    @property
    def confidence(self) -> float: ...
    @property
    def painted(self) -> bool: ...
    @property
    def permanent(self) -> bool: ...


class TurnLike(Protocol):
    """One instruction, understood and answered."""

    @property
    def text(self) -> str: ...
    @property
    def plan(self) -> Plan: ...
    @property
    def instead(self) -> Plan | None: ...
    @property
    def reply(self) -> str: ...
    @property
    def mark_ids(self) -> tuple[str, ...]: ...


class RoundLike(Protocol):
    """Something that was done and stays open to change; `strengths` are those that it sets."""

    @property
    def number(self) -> int: ...
    @property
    def strengths(self) -> Mapping[str, float]: ...
    @property
    def turn(self) -> TurnLike | None: ...


class FaceLike(Protocol):
    """One face of the photo; `iod` is the distance between the eyes in photo pixels."""

    @property
    def number(self) -> int: ...
    @property
    def box(self) -> Box: ...
    @property
    def iod(self) -> float: ...


class SessionLike(Protocol):
    """One opened photo: marks, strengths, turns, history, and the pixels that follow from them."""

    @property
    def original(self) -> PhotoLike: ...
    @property
    def turns(self) -> Sequence[TurnLike]: ...
    @property
    def faces(self) -> Sequence[FaceLike]: ...
    @property
    def marks(self) -> Sequence[MarkLike]: ...
    @property
    def strengths(self) -> Mapping[str, float]: ...
    @property
    def locks(self) -> frozenset[str]: ...
    @property
    def held(self) -> frozenset[tuple[str, str]]: ...
    @property
    def rounds(self) -> Sequence[RoundLike]: ...
    @property
    def pending(self) -> TurnLike | None: ...
    @property
    def can_undo(self) -> bool: ...
    @property
    def can_redo(self) -> bool: ...
    def rest(self) -> None: ...
    def propose(
        self,
        text: str,
        selected: Sequence[str] = (),
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> TurnLike: ...
    def propose_plan(self, plan: Plan) -> TurnLike: ...
    def apply(
        self, progress: Progress | None = None, cancelled: Cancelled | None = None
    ) -> TurnLike: ...
    def discard(self) -> None: ...
    def brush(
        self,
        points: Sequence[Point],
        radius: float,
        hardness: float = 0.5,
        erase: bool = False,
        shape: Shape = Shape.BRUSH,
    ) -> Box: ...
    def brush_round(
        self,
        number: int,
        points: Sequence[Point],
        radius: float,
        hardness: float = 0.5,
        erase: bool = False,
        shape: Shape = Shape.BRUSH,
    ) -> Box: ...
    def round_mask(self, number: int, box: Box | None = None) -> np.ndarray: ...
    def set_strength(self, mark_ids: Sequence[str], strength: float) -> Any: ...
    def set_locked(self, mark_ids: Sequence[str], locked: bool) -> Any: ...
    def set_kind(self, mark_ids: Sequence[str], kind: Kind) -> Any: ...
    def save_project(self, path: Path, /) -> Any: ...
    def save_layers(self, path: Path, /) -> Any: ...
    def undo(self, count: int = 1) -> int: ...
    def redo(self, count: int = 1) -> int: ...
    @property
    def branches(self) -> Sequence[Any]: ...
    def switch_branch(self, number: int, /) -> None: ...
    def reset(self) -> Any: ...
    def render(self, box: Box | None = None) -> np.ndarray: ...
    def photo(self) -> PhotoLike: ...
    def mask(self, box: Box | None = None) -> np.ndarray: ...
    def pending_mask(self, box: Box | None = None) -> np.ndarray: ...
    def overlay(self, box: Box | None = None, step: int = 1) -> np.ndarray: ...


class EngineLike(Protocol):
    """What opens photos."""

    @property
    def device_name(self) -> str: ...
    def open(
        self,
        photo: Any,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
        *,
        boxes: Sequence[Box] = (),
    ) -> SessionLike: ...

    def read_with(self, lang_model: Path | None) -> int: ...
    def reopen(
        self,
        session: Any,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> SessionLike: ...
    def open_project(
        self,
        path: Path,
        photo: Any = None,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> SessionLike: ...


class Backend(Protocol):
    """Where the worker gets its engine and its photos from; called on the worker's thread."""

    def load_engine(self, device: str = "auto") -> EngineLike: ...
    def devices(self) -> Mapping[str, str]: ...
    def copied(self, photo: Any, copy: Copy) -> tuple[PhotoLike, tuple[str, ...]]: ...
    def read_photo(self, path: Path) -> PhotoLike: ...


class CoreBackend:
    """The real engine. Torch and the image codecs are imported on the first call only."""

    def load_engine(self, device: str = "auto") -> EngineLike:
        from retouchgpt_core.engine import Engine

        return Engine.load(device=device)

    def devices(self) -> Mapping[str, str]:
        from retouchgpt_core.engine import devices

        return devices()

    def copied(self, photo: Any, copy: Copy) -> tuple[PhotoLike, tuple[str, ...]]:
        from retouchgpt_core.photo.copies import CopyWish, copied

        return copied(photo, CopyWish(copy.long_edge, copy.profile, copy.metadata))

    def read_photo(self, path: Path) -> PhotoLike:
        from retouchgpt_core.photo import Photo

        return Photo.read(path)
