"""Immutable values that the worker hands to the window."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from app.canvas.overlay import OverlayPart
from app.canvas.pyramid import Patch, Pyramid
from app.engine_port import MarkLike
from retouchgpt_core.geometry import Box
from retouchgpt_core.language.plan import Plan


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A photo that was just read: its facts and both pictures of it.

    `notes` are sentences about what opening the file changed.
    """

    path: Path
    width: int
    height: int
    depth: int
    format: str
    profile: str
    before: Pyramid
    after: Pyramid
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the history.

    `turn` is the chat turn that made it, or whose round it changed, or None; `plan` says what it
    means on any photo, None if it is about places of this one, or changed an earlier step.
    """

    serial: int
    label: str
    turn: int | None = None
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class FaceView:
    """Where a face is and how large (iod: photo pixels between the eyes)."""

    number: int
    box: Box
    iod: float


@dataclass(frozen=True, slots=True)
class RoundView:
    """What an applied turn does now, still open to change.

    `marks` are those that it sets, the strongest to `strength`; `free` those of them that it
    decides on: nothing later set them anew, and they are not locked. `plan` is what it means at
    its present strengths.
    """

    marks: frozenset[str]
    strength: float
    enabled: bool
    free: frozenset[str]
    plan: Plan


@dataclass(frozen=True, slots=True)
class DocumentState:
    """All that the window knows about the document after a request."""

    marks: tuple[MarkLike, ...] = ()
    faces: tuple[FaceView, ...] = ()
    strengths: Mapping[str, float] = field(default_factory=dict[str, float])
    locks: frozenset[str] = frozenset()
    pending: int | None = None
    pending_marks: frozenset[str] = frozenset()
    steps: tuple[Step, ...] = ()
    position: int = 0
    rounds: Mapping[int, RoundView] = field(default_factory=dict[int, RoundView])
    """What each chat turn that was applied does now, by its number."""
    mask_of: int | None = None
    """The turn whose mask strokes change."""
    can_undo: bool = False
    can_redo: bool = False
    left: tuple[tuple[str, ...], ...] = ()
    """Steps that a change after an undo has left behind, and that can be returned to."""

    @property
    def version(self) -> int:
        """What the pixels are a version of: 0 for the original, else the last step's serial."""
        return self.steps[self.position - 1].serial if self.position else 0

    def mark(self, mark_id: str) -> MarkLike | None:
        """Return the mark of this id."""
        return next((m for m in self.marks if m.id == mark_id), None)


class TurnStatus(StrEnum):
    """Where a chat turn stands."""

    WAITING = "waiting"
    PENDING = "pending"
    APPLIED = "applied"
    UNDONE = "undone"
    DISCARDED = "discarded"
    ANSWERED = "answered"
    FAILED = "failed"
    EARLIER = "earlier"
    """Done before the project was opened."""


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn as the chat shows it."""

    number: int
    text: str
    reply: str
    plan: Plan
    mark_ids: tuple[str, ...]
    status: TurnStatus
    instead: Plan | None = None
    """What was found in place of something that was not."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a request did: the new state, and the pictures' changed parts.

    `overlay` replaces the overlay if `whole_overlay`, else a part of it.
    """

    revision: int
    state: DocumentState
    patches: tuple[Patch, ...] = ()
    overlay: OverlayPart | None = None
    whole_overlay: bool = True
    turn: TurnView | None = None
    earlier: tuple[TurnView, ...] = ()
    """Rounds of a project that was opened, oldest first."""


class ModelStage(StrEnum):
    """Where a language model stands."""

    LOADING = "loading"
    READY = "ready"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ModelState:
    """The language model that reads what is said, or is about to.

    `folder` None is the bundled one; `memory` are the bytes of its weights, 0 while unknown; a
    refused one has a `reason`, and the bundled one reads instead.
    """

    folder: Path | None = None
    stage: ModelStage = ModelStage.READY
    memory: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request was not done: a sentence, a next step, and for defects the details."""

    revision: int
    sentence: str
    next_step: str = ""
    details: str = ""
    cancelled: bool = False
    turn: int | None = None
    faceless: bool = False
    """Whether a face could be shown by hand."""
    homeless: Path | None = None
    """A project whose photo has to be found by the user."""


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of a photo that was retouched without being opened in the window.

    `target` is where it was saved, or None with the `reason` why not; `changed` counts marks.
    """

    path: Path
    target: Path | None
    changed: int = 0
    reason: str = ""
