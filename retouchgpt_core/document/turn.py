"""One round of the dialogue: what was said, what it would change, and corrections until then."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.document.stroke import Stroke
from retouchgpt_core.geometry import Box
from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.masks import photo_mask, united


@dataclass(frozen=True, eq=False)
class Turn:
    """One instruction, understood and answered.

    `plan` is absolute; `reply` says what was done, in numbers that come from the marks; `marks`
    are those that it changes, as they were masked then; `photo_size` is (width, height).
    `instead` is a plan for what was found in place of something that was not.
    """

    text: str
    plan: Plan
    reply: str
    marks: tuple[Mark, ...] = ()
    photo_size: tuple[int, int] = (0, 0)
    instead: Plan | None = None

    @property
    def mark_ids(self) -> tuple[str, ...]:
        return tuple(m.id for m in self.marks)

    @cached_property
    def mask(self) -> NDArray[np.uint8]:
        """What this turn changes, (H, W) uint8 of the photo's size."""
        return united((photo_mask(m) for m in self.marks), Box.of_size(*self.photo_size))


def dialogue_of(
    plans: Iterable[Plan], marks: Iterable[Mark], faces: int, selected: Sequence[str] = ()
) -> DialogueState:
    """Return what an instruction can refer to after these plans, with these marks found."""
    found = Counter((m.kind, m.region) for m in marks)
    state = DialogueState(face_count=faces, found=found, selected=tuple(selected))
    for plan in plans:
        state = state.after(replace(plan, then=None))
    return state


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The marks that a pending turn would change, with the strengths it would set.

    `strokes` are the brush strokes that have corrected it.
    """

    marks: Mapping[str, Mark]
    strengths: Mapping[str, float]
    strokes: tuple[Stroke, ...] = ()


@dataclass(slots=True, eq=False)
class PendingTurn:
    """A turn that waits to be applied; brush strokes change its choice, and can be undone."""

    turn: Turn
    choice: Choice
    undone: list[Choice] = field(default_factory=list["Choice"])
    done: list[Choice] = field(default_factory=list["Choice"])

    def change(self, choice: Choice) -> None:
        """Make a correction that `undo` takes back."""
        self.done.append(self.choice)
        self.undone.clear()
        self.choice = choice

    def undo(self) -> bool:
        """Take the last correction back; False if there is none."""
        if not self.done:
            return False
        self.undone.append(self.choice)
        self.choice = self.done.pop()
        return True

    def redo(self) -> bool:
        """Make the last undone correction again; False if there is none."""
        if not self.undone:
            return False
        self.done.append(self.choice)
        self.choice = self.undone.pop()
        return True
