"""A photo with all that was done to it: its state, its history, its pixels, its files."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.document.blended import Blended, Trial
from retouchgpt_core.document.changes import with_round_changed
from retouchgpt_core.document.history import Branch, History
from retouchgpt_core.document.journal import Journal
from retouchgpt_core.document.layered import write_layered
from retouchgpt_core.document.pictures import Packed
from retouchgpt_core.document.project import Kept, save_project
from retouchgpt_core.document.rounds import Round
from retouchgpt_core.document.shown import ShownMarks
from retouchgpt_core.document.sidecar import Sidecar, write_sidecar
from retouchgpt_core.document.standing import plan_now
from retouchgpt_core.document.state import EditState
from retouchgpt_core.document.turn import Turn
from retouchgpt_core.geometry import Box
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.photo import Photo


class EditedPhoto(Blended):
    """What can be known and kept of an edited photo without asking a network."""

    def __init__(self, original: Photo, state: EditState, kept: Kept) -> None:
        """`kept` goes along into the project file."""
        super().__init__(original)
        self._kept = kept
        self._shown = ShownMarks()
        self._history = History(state)
        self._journal: Journal | None = None
        self._packed = Packed()

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The rounds in force, oldest first."""
        return self.state.turns

    @property
    def rounds(self) -> tuple[Round, ...]:
        """What was done and can be changed, oldest first: sentences, sliders, painted marks."""
        return tuple(one for one in self.state.rounds if one.strengths and not one.fixed)

    def plan_now(self, number: int) -> Plan | None:
        """Return what the sentence of one of `rounds` means at its present strengths.

        None if there is no such round or nobody said it.
        """
        one = next((each for each in self.rounds if each.number == number), None)
        if one is None or one.turn is None:
            return None
        return plan_now(one.turn.plan, one.strengths, self.state.marks, self.state.faces)

    @property
    def steps(self) -> tuple[str, ...]:
        """The history's steps in words, oldest first, those that can be redone included."""
        return tuple(step.label for step in self._history.steps)

    @property
    def place(self) -> int:
        """Where in `steps` the photo stands; 0 is as it was opened."""
        return self._history.place

    @property
    def branches(self) -> tuple[Branch, ...]:
        """Lines of steps that a change after an undo has left; `switch_branch` returns to them."""
        return self._history.branches

    @property
    def boxes(self) -> tuple[Box, ...]:
        """What was drawn by hand around faces that were missed."""
        return self._kept.boxes

    def take_history_of(self, other: "EditedPhoto") -> None:
        """Go on with all steps and branches of another session on the same photo.

        Raises ValueError if it is about a photo of another size.
        """
        if self._size != other._size:
            raise ValueError(f"expected a photo of {self._size}, got {other._size}")
        self._history = other._history

    # Pixels

    def round_mask(self, number: int, box: Box | None = None) -> NDArray[np.uint8]:
        """Return (h, w) uint8: the mask of one of `rounds` as it is now; zeros if there is none."""
        where = self.original.box if box is None else box
        ids = (i for each in self.rounds if each.number == number for i in each.strengths)
        return self._shown.union((self.state.marks[i] for i in ids), where)

    def try_round(self, number: int, strength: float) -> Trial:
        """Return the photo as it would be with one of `rounds` at another strength.

        That is what `Session.set_round` would make of it; no step is taken. Raises RetouchError if
        the round cannot be changed so.
        """
        return Trial(self.original, with_round_changed(self.state, number, strength=strength))

    # Keeping

    @property
    def state(self) -> EditState:
        """What is in force now, without a pending turn."""
        return self._history.state

    @property
    def weights(self) -> dict[str, str]:
        """The fingerprints of the weights that find and retouch here, by their part's name."""
        return dict(self._kept.weights)

    def save_layers(self, path: str | Path) -> None:
        """Save the photo and each retouched kind as layers at 16 bits: .psd, .ora or .tif.

        Raises PhotoWriteError with a sentence.
        """
        write_layered(path, self.original, self.state)

    def save_sidecar(self, path: str | Path) -> None:
        """Save what was said and decided, without pixels; see `document.sidecar`."""
        folder = Path(path).absolute().parent
        write_sidecar(path, Sidecar.of(self.original, self.state, self._kept, folder))

    def save_project(self, path: str | Path, with_photo: bool = False) -> None:
        """Save what was done, to go on with another day; see `document.project`."""
        save_project(path, self.original, self.state, self._kept, with_photo, self._packed)

    def keep_journal(self, root: str | Path) -> None:
        """From now on let `journal` write below this folder. Raises PhotoWriteError."""
        self._journal = Journal(Path(root), self.original, self._kept)

    def journal(self) -> None:
        """Write the state in force into the journal, if one is kept and it is not there yet.

        To be called after every request; a process that ends later, in whatever way, loses
        nothing. Raises PhotoWriteError with a sentence (a full disk); the work goes on, and the
        next call tries again.
        """
        if self._journal is not None:
            self._journal.write(self.state, self.steps[self.place])

    def end_journal(self) -> None:
        """Remove the journal: the work was saved, or is not wanted."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None
