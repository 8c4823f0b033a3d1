"""What the window can ask of the worker. Each request carries a revision; the latest wins."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from app.screen_profile import ScreenProfile
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.vocabulary import Kind, Shape


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `words` say what is being done while it runs."""

    revision: int
    cancel: threading.Event = field(default_factory=threading.Event, kw_only=True)

    words = ""

    def supersedes(self, older: "Request") -> bool:
        """Say whether an older request is pointless once this one is there."""
        del older
        return False


@dataclass(frozen=True, slots=True)
class LoadEngine(Request):
    words = "Loading the models"


@dataclass(frozen=True, slots=True)
class ChooseModel(Request):
    """Let the language model in a folder read what is said; None is the bundled one."""

    folder: Path | None

    words = "Loading the language model"

    def supersedes(self, older: Request) -> bool:
        return isinstance(older, ChooseModel)


@dataclass(frozen=True, slots=True)
class UseDevice(Request):
    """Let the networks run on a device: "auto", or a name that the engine gave."""

    name: str

    words = "Moving to another device"

    def supersedes(self, older: Request) -> bool:
        return isinstance(older, UseDevice)


@dataclass(frozen=True, slots=True)
class Release(Request):
    """Let go of the models; they are loaded again when they are needed."""

    words = ""


@dataclass(frozen=True, slots=True)
class OpenPhoto(Request):
    path: Path

    words = "Opening the photo"

    def supersedes(self, older: Request) -> bool:
        return not isinstance(older, KEPT_ON)


@dataclass(frozen=True, slots=True)
class ClosePhoto(Request):
    """Put the open photo away, with all that was found and made for it."""

    words = "Closing the photo"

    def supersedes(self, older: Request) -> bool:
        return not isinstance(older, KEPT_ON)


@dataclass(frozen=True, slots=True)
class SetScreen(Request):
    """Show everything in the colours of another screen profile."""

    profile: ScreenProfile

    words = "Matching the screen's colours"

    def supersedes(self, older: Request) -> bool:
        return isinstance(older, SetScreen)


@dataclass(frozen=True, slots=True)
class Propose(Request):
    """`turn` is the number under which the chat waits for the answer.

    With `revises`, the plan replaces that of the pending turn and brush strokes are made again.
    """

    turn: int
    text: str
    plan: Plan | None = None
    selected: tuple[str, ...] = ()
    revises: bool = False

    words = "Reading the instruction"

    def supersedes(self, older: Request) -> bool:
        return isinstance(older, Propose)


@dataclass(frozen=True, slots=True)
class Apply(Request):
    words = "Retouching"


@dataclass(frozen=True, slots=True)
class Discard(Request):
    words = "Taking the proposal back"


@dataclass(frozen=True, slots=True)
class Stroke(Request):
    """One brush stroke, outline or click on a blemish; lengths in photo pixels."""

    points: tuple[Point, ...]
    radius: float
    hardness: float
    erase: bool
    shape: Shape = Shape.BRUSH
    turn: int | None = None
    """The applied turn whose mask it changes; None: the proposal's, or whatever lies there."""

    words = "Brushing"


@dataclass(frozen=True, slots=True)
class ShowMask(Request):
    """Show the mask of an applied turn as what strokes change; None shows none."""

    turn: int | None

    words = "Showing the mask"

    def supersedes(self, older: Request) -> bool:
        return isinstance(older, ShowMask)


@dataclass(frozen=True, slots=True)
class SetRound(Request):
    """Switch the round of an applied turn on or off, or let it set another strength."""

    turn: int
    enabled: bool | None = None
    strength: float | None = None

    words = "Blending"

    def supersedes(self, older: Request) -> bool:
        if isinstance(older, SetRound):
            same = (older.enabled is None) == (self.enabled is None)
            return same and older.turn == self.turn
        return isinstance(older, TryRound)


@dataclass(frozen=True, slots=True)
class TryRound(Request):
    """Show the photo with the round of an applied turn at another strength, without a step."""

    turn: int
    strength: float

    words = ""

    def supersedes(self, older: Request) -> bool:
        return isinstance(older, TryRound)


@dataclass(frozen=True, slots=True)
class SetStrength(Request):
    mark_ids: tuple[str, ...]
    strength: float
    label: str
    plan: Plan | None = None

    words = "Retouching"

    def supersedes(self, older: Request) -> bool:
        return isinstance(older, SetStrength) and older.mark_ids == self.mark_ids


@dataclass(frozen=True, slots=True)
class SetLocked(Request):
    mark_ids: tuple[str, ...]
    locked: bool
    label: str
    plan: Plan | None = None

    words = "Locking"


@dataclass(frozen=True, slots=True)
class SetKind(Request):
    mark_ids: tuple[str, ...]
    kind: Kind
    label: str

    words = "Looking at it again"


@dataclass(frozen=True, slots=True)
class Undo(Request):
    """Take back one step: the last stroke on a proposal, the proposal, or the last change."""

    words = "Going back"


@dataclass(frozen=True, slots=True)
class Redo(Request):
    words = "Going forth again"


@dataclass(frozen=True, slots=True)
class GoTo(Request):
    """Go to the state after this many steps of the history; drops a proposal."""

    position: int

    words = "Going through the history"


@dataclass(frozen=True, slots=True)
class SwitchLine(Request):
    """Return to steps that were left behind, by their place in the state's `left`."""

    number: int

    words = "Going through the history"


@dataclass(frozen=True, slots=True)
class Reset(Request):
    words = "Back to the original"


@dataclass(frozen=True, slots=True)
class Copy:
    """How an exported copy differs from the photo.

    `profile` is "keep", "srgb", "display-p3" or the path of an .icc file; `long_edge` in pixels,
    None keeps the size.
    """

    long_edge: int | None = None
    profile: str = "keep"
    metadata: bool = True


@dataclass(frozen=True, slots=True)
class SavePhoto(Request):
    """`quality` is 1 to 100 for formats that lose something; None keeps the photo's own.

    With `layers`, each retouched kind is a layer above the photo.
    """

    path: Path
    quality: int | None = None
    layers: bool = False
    copy: Copy | None = None

    words = "Saving"


@dataclass(frozen=True, slots=True)
class RetouchFile(Request):
    """Carry out plans on a photo that is not open, and save it; `name` says which for progress."""

    path: Path
    target: Path
    plans: tuple[Plan, ...]
    name: str

    words = "Retouching other photos"


@dataclass(frozen=True, slots=True)
class OpenProject(OpenPhoto):
    """Go on with a project; `photo` is where its photo is, None if the project knows.

    With `rescued` it is a recovery file: its work counts as unsaved.
    """

    photo: Path | None = None
    rescued: bool = False

    words = "Opening the project"


@dataclass(frozen=True, slots=True)
class AddFace(Request):
    """Look at the photo again with a face that was missed."""

    box: Box

    words = "Looking at the face"


@dataclass(frozen=True, slots=True)
class SaveProject(Request):
    path: Path

    words = "Saving the project"


@dataclass(frozen=True, slots=True)
class KeepSafe(Request):
    """Keep the work in a recovery file, then delete the one that it was taken over from."""

    path: Path
    replaces: Path | None = None

    words = ""

    def supersedes(self, older: Request) -> bool:
        return isinstance(older, KeepSafe) and older.replaces is None


@dataclass(frozen=True, slots=True)
class DropSafe(Request):
    """Delete a recovery file."""

    path: Path

    words = ""


KEPT_ON = (
    *(LoadEngine, ChooseModel, UseDevice, SetScreen),
    *(SavePhoto, RetouchFile, SaveProject, DropSafe),
)
"""Requests that go on although another photo is opened."""
URGENT = (KeepSafe, DropSafe)
"""Requests that go before all others that wait: work is safe soon, whatever else is asked for."""
QUIET = (KeepSafe, DropSafe, Release, TryRound)
"""Requests that nobody waits for."""
