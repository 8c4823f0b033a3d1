"""Names for the engine's history steps, so that the history can be shown and travelled."""

from app.snapshot import Step
from retouchgpt_core.language.plan import Plan


class StepLog:
    """The steps done so far and those that redo would bring back.

    The engine owns the history; this only names its steps and counts along.
    """

    def __init__(self) -> None:
        self.steps: tuple[Step, ...] = ()
        self.position = 0
        self._serial = 0

    @property
    def version(self) -> int:
        """What the pixels are a version of: 0 for the original, else the last step's serial."""
        return self.steps[self.position - 1].serial if self.position else 0

    def push(self, label: str, turn: int | None = None, plan: Plan | None = None) -> None:
        """Note a new step; what could have been redone is gone."""
        self._serial += 1
        self.steps = (*self.steps[: self.position], Step(self._serial, label, turn, plan))
        self.position = len(self.steps)

    def travel(self, steps: int) -> None:
        """Note that the engine went this many steps back (negative) or forth."""
        self.position = min(max(self.position + steps, 0), len(self.steps))

    def settle(self, can_undo: bool, can_redo: bool) -> None:
        """Agree with the engine about where the history ends."""
        if not can_undo:
            self.position = 0
        if not can_redo:
            self.steps = self.steps[: self.position]
