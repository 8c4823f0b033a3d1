"""Steps that can be taken back: a list of whole states and a place in it."""

from dataclasses import dataclass

from retouchgpt_core.document.state import EditState


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A state and what led to it, in words for the history list."""

    label: str
    state: EditState


class History:
    """Unlimited undo and redo. States share what they have in common, so a step is small."""

    def __init__(self, state: EditState, label: str = "Opened") -> None:
        self._steps = [Step(label, state)]
        self._place = 0

    @property
    def state(self) -> EditState:
        """The state in force."""
        return self._steps[self._place].state

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, oldest first, those that redo would bring back included."""
        return tuple(self._steps)

    @property
    def place(self) -> int:
        """Where in `steps` the state in force stands; the first one is 0."""
        return self._place

    @property
    def can_undo(self) -> bool:
        return self._place > 0

    @property
    def can_redo(self) -> bool:
        return self._place + 1 < len(self._steps)

    def push(self, state: EditState, label: str) -> None:
        """Take a new step; what could be redone until now is dropped."""
        del self._steps[self._place + 1 :]
        self._steps.append(Step(label, state))
        self._place += 1

    def undo(self, count: int = 1) -> int:
        """Go back up to `count` steps. Returns how many there were."""
        return self._move(-count)

    def redo(self, count: int = 1) -> int:
        """Go forward up to `count` steps. Returns how many there were."""
        return self._move(count)

    def go_to(self, place: int) -> None:
        """Make a step of `steps` the one in force. Raises IndexError if there is none."""
        if not 0 <= place < len(self._steps):
            raise IndexError(f"there is no step {place} of {len(self._steps)}")
        self._place = place

    def _move(self, by: int) -> int:
        before = self._place
        self._place = min(max(self._place + by, 0), len(self._steps) - 1)
        return abs(self._place - before)
