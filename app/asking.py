"""What the window may ask for, with the books about what was asked and is not done yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.i18n import tr
from app.requests import (
    QUIET,
    AddFace,
    Apply,
    ChooseModel,
    ClosePhoto,
    Copy,
    Discard,
    DropSafe,
    GoTo,
    KeepSafe,
    LoadEngine,
    OpenPhoto,
    OpenProject,
    Propose,
    Redo,
    Release,
    Request,
    Reset,
    RetouchFile,
    SavePhoto,
    SaveProject,
    SetKind,
    SetLocked,
    SetRound,
    SetScreen,
    SetStrength,
    ShowMask,
    Stroke,
    SwitchLine,
    TryRound,
    Undo,
    UseDevice,
)
from app.screen_profile import STANDARD, ScreenProfile
from app.snapshot import ModelStage, ModelState, PhotoView, TurnStatus, TurnView
from app.view_state import Tool, ViewState
from app.worker import Worker
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.language.plan import Action, Plan
from retouchgpt_core.vocabulary import Kind, Shape

_ANSWERING = Plan(Action.EXPLAIN)


LAYERED = frozenset({".psd", ".ora"})
"""Endings of files that hold the retouching in layers."""


@dataclass(frozen=True, slots=True)
class Busy:
    """What is being done; `fraction` is negative while nobody knows how far it is."""

    words: str
    fraction: float


class Asking(ViewState):
    """The requests that the window makes to the worker, and what is known of them."""

    turn_added = Signal(int)
    turn_changed = Signal(int)
    busy_changed = Signal()
    model_changed = Signal()
    looking_changed = Signal()
    dirty_changed = Signal()

    def __init__(self, worker: Worker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.photo: PhotoView | None = None
        self.turns: dict[int, TurnView] = {}
        self.busy: Busy | None = None
        self.device = ""
        self.screen = ScreenProfile(STANDARD)
        self.devices: dict[str, str] = {}
        """What the networks can run on, by the engine's name for it, in words."""
        self.model = ModelState()
        self.analysed = False
        self._worker = worker
        self.rescued = False
        """Whether the open work came from a recovery file and was not saved since."""
        self._saved_version = 0
        self._was_dirty = False
        self._revision = 0
        self._outstanding: dict[int, Request] = {}
        self._progress: dict[int, Busy] = {}
        self._unfinished: set[int] = set()

    # What the window may ask for.

    def warm_up(self) -> None:
        """Load the models while nobody waits for them."""
        self._submit(LoadEngine(self._next()))

    def choose_model(self, folder: Path | None) -> None:
        """Let a local language model read what is said; None for the bundled one."""
        self.model = ModelState(folder, ModelStage.LOADING)
        self.model_changed.emit()
        self._submit(ChooseModel(self._next(), folder))

    def use_device(self, name: str) -> None:
        """Let the networks run on a device: "auto" or one of `devices`."""
        self._submit(UseDevice(self._next(), name))

    def release(self) -> None:
        """Let go of the models until they are needed again."""
        if self.busy is None:
            self._submit(Release(self._next()))

    def open(self, path: Path) -> None:
        """Read a photo and look for marks on its faces; replaces what is open once it is read."""
        self._submit(OpenPhoto(self._next(), path))

    def close_photo(self) -> None:
        """Put the open photo away; what no file holds is lost."""
        if self.photo is not None:
            self._submit(ClosePhoto(self._next()))

    def open_project(self, path: Path, photo: Path | None = None, rescued: bool = False) -> None:
        """Go on with a project; `photo` is where its photo is now, if that is known."""
        self._submit(OpenProject(self._next(), path, photo, rescued))

    def save_project(self, path: Path) -> None:
        """Save what was found and done, to go on another day."""
        self._submit(SaveProject(self._next(), path))

    def keep_safe(self, path: Path, replaces: Path | None = None) -> None:
        """Keep the work in a recovery file."""
        if self.has_work:
            self._submit(KeepSafe(self._next(), path, replaces))

    def drop_safe(self, path: Path) -> None:
        """Delete a recovery file."""
        self._submit(DropSafe(self._next(), path))

    def set_screen(self, profile: ScreenProfile) -> None:
        """Show photos in the colours of a screen; `screen_changed` comes once it is done."""
        self._submit(SetScreen(self._next(), profile))

    def add_face(self, box: Box) -> None:
        """Look at a face that was missed; `box` was drawn around it, in photo pixels."""
        if not box.empty:
            self._submit(AddFace(self._next(), box))

    def say(self, text: str) -> int:
        """Send an instruction; returns the number of its chat turn."""
        return self._ask(text, None)

    def choose(self, plan: Plan, words: str) -> int:
        """Send a ready plan, such as one that a question offered."""
        return self._ask(words, plan)

    def revise(self, number: int, plan: Plan) -> None:
        """Change the plan of the pending turn; brush strokes on it are made again."""
        turn = self.turns.get(number)
        if turn is not None and number == self.state.pending:
            self._submit(Propose(self._next(), number, turn.text, plan, revises=True))

    def set_round(
        self, number: int, enabled: bool | None = None, strength: float | None = None
    ) -> None:
        """Switch an applied turn off or on, or let it set another strength; later ones stay."""
        if number in self.state.rounds:
            self._submit(SetRound(self._next(), number, enabled, strength))

    def try_round(self, number: int, strength: float) -> None:
        """Show an applied turn at another strength until `set_round` decides."""
        if number in self.state.rounds:
            self._submit(TryRound(self._next(), number, strength))

    def apply(self) -> None:
        """Carry out the pending turn."""
        if self.state.pending is not None:
            self._submit(Apply(self._next()))

    def discard(self) -> None:
        """Drop the pending turn."""
        if self.state.pending is not None:
            self._submit(Discard(self._next()))

    def stroke(
        self,
        points: Sequence[Point],
        erase: bool,
        pressure: float = 1.0,
        shape: Shape = Shape.BRUSH,
    ) -> None:
        """Send one finished stroke; points in photo pixels, pressure makes it thinner."""
        if points:
            radius, hardness = self.brush_radius * pressure, self.brush_hardness
            turn = self.state.mask_of
            self._submit(Stroke(self._next(), tuple(points), radius, hardness, erase, shape, turn))

    def edit_mask(self, number: int | None) -> None:
        """Let strokes change the mask of an applied turn; None ends that."""
        if number != self.state.mask_of:
            if number is not None and self.tool is Tool.LOOK:
                self.set_tool(Tool.BRUSH)
            self._submit(ShowMask(self._next(), number))

    def set_strength(
        self, mark_ids: Iterable[str], strength: float, label: str, plan: Plan | None = None
    ) -> None:
        """Set marks to a strength at once (one history step, called `label`).

        `plan` is what that means on any photo, if it is not about these marks alone.
        """
        ids = tuple(mark_ids)
        if ids:
            self._submit(SetStrength(self._next(), ids, strength, label, plan))

    def set_locked(
        self, mark_ids: Iterable[str], locked: bool, label: str, plan: Plan | None = None
    ) -> None:
        """Keep marks from every change, or free them again."""
        ids = tuple(mark_ids)
        if ids:
            self._submit(SetLocked(self._next(), ids, locked, label, plan))

    def set_kind(self, mark_ids: Iterable[str], kind: Kind, label: str) -> None:
        """Say what marks really are."""
        ids = tuple(mark_ids)
        if ids:
            self._submit(SetKind(self._next(), ids, kind, label))

    def undo(self) -> None:
        """Take one step back."""
        if self.state.can_undo:
            self._submit(Undo(self._next()))

    def redo(self) -> None:
        """Bring back one step."""
        if self.state.can_redo:
            self._submit(Redo(self._next()))

    def travel_to(self, position: int) -> None:
        """Go to the state after this many steps of the history."""
        if position != self.state.position:
            self._submit(GoTo(self._next(), position))

    def return_to(self, line: int) -> None:
        """Go to the end of steps that were left behind; those in force are left instead."""
        self._submit(SwitchLine(self._next(), line))

    def reset(self) -> None:
        """Go back to the photo as it was opened."""
        self._submit(Reset(self._next()))

    def save(self, path: Path, quality: int | None = None, copy: Copy | None = None) -> None:
        """Write the retouched photo; `quality` (1 to 100) for formats that lose something.

        With `copy`, what is written is another picture than the open one.
        """
        layers = path.suffix.lower() in LAYERED
        self._submit(SavePhoto(self._next(), path, quality, layers, copy))

    def retouch_file(self, path: Path, target: Path, plans: Iterable[Plan], name: str) -> int:
        """Retouch a photo that is not open; `file_done` comes with the number returned here."""
        revision = self._next()
        self._unfinished.add(revision)
        self._submit(RetouchFile(revision, path, target, tuple(plans), name))
        return revision

    def cancel(self) -> None:
        """Stop what is being done."""
        self._worker.cancel_all()

    @property
    def dirty(self) -> bool:
        """Whether there is work that no file holds."""
        changed = self.state.version != self._saved_version or self.rescued
        return self.photo is not None and changed

    @property
    def has_work(self) -> bool:
        """Whether a photo is open and analysed."""
        return self.photo is not None and self.analysed

    @property
    def looking(self) -> bool:
        """Whether a photo is being read or looked at."""
        return any(isinstance(r, OpenPhoto | AddFace) for r in self._outstanding.values())

    @property
    def loading(self) -> bool:
        """Whether the models are not there yet but on their way."""
        on_the_way = (
            r for r in self._outstanding.values() if isinstance(r, LoadEngine | OpenPhoto)
        )
        return not self.device and any(on_the_way)

    # Keeping the books.

    def _next(self) -> int:
        self._revision += 1
        return self._revision

    def _submit(self, request: Request) -> None:
        self._outstanding[request.revision] = request
        if isinstance(request, LoadEngine | OpenPhoto | AddFace):
            self.looking_changed.emit()
        self._worker.submit(request)
        self._tell_busy()

    def _ask(self, text: str, plan: Plan | None) -> int:
        number = self._next()
        turn = TurnView(number, text, "", plan or _ANSWERING, (), TurnStatus.WAITING)
        self._put_turn(turn)
        self._submit(Propose(number, number, text, plan, self.selected))
        return number

    def _put_turn(self, turn: TurnView) -> None:
        new = turn.number not in self.turns
        self.turns[turn.number] = turn
        (self.turn_added if new else self.turn_changed).emit(turn.number)

    def _tell_busy(self) -> None:
        busy = None
        shown = [n for n, r in self._outstanding.items() if not isinstance(r, QUIET)]
        if shown:
            first = min(shown)
            busy = self._progress.get(first) or Busy(tr(self._outstanding[first].words), -1.0)
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit()

    def _tell_dirty(self) -> None:
        if self.dirty != self._was_dirty:
            self._was_dirty = self.dirty
            self.dirty_changed.emit()
