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
        self.lines: list[tuple[Step, ...]] = []
        """Whole lines that were left by a step after an undo, in the engine's order."""

    @property
    def version(self) -> int:
        """What the pixels are a version of: 0 for the original, else the last step's serial."""
        return self.steps[self.position - 1].serial if self.position else 0

    def push(self, label: str, turn: int | None = None, plan: Plan | None = None) -> None:
        """Note a new step; what could have been redone becomes a line of its own."""
        if self.position < len(self.steps):
            self.lines.append(self.steps)
        self._serial += 1
        self.steps = (*self.steps[: self.position], Step(self._serial, label, turn, plan))
        self.position = len(self.steps)

    def travel(self, steps: int) -> None:
        """Note that the engine went this many steps back (negative) or forth."""
        self.position = min(max(self.position + steps, 0), len(self.steps))

    @property
    def left(self) -> tuple[tuple[str, ...], ...]:
        """What was done on each line that was left, from where it parted; oldest first."""
        here = {step.serial for step in self.steps}
        return tuple(tuple(s.label for s in line if s.serial not in here) for line in self.lines)

    def switch(self, number: int) -> None:
        """Note that the engine went to the end of a line; the one in force is left instead."""
        self.steps, self.lines[number] = self.lines[number], self.steps
        self.position = len(self.steps)

    def settle(self, can_undo: bool, can_redo: bool) -> None:
        """Agree with the engine about where the history ends."""
        if not can_undo:
            self.position = 0
        if not can_redo:
            self.steps = self.steps[: self.position]
