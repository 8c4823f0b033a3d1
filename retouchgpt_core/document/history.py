"""Steps that can be taken back: a tree of whole states, and the line through it in force."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from retouchgpt_core.document.spill import is_spilled, spilled
from retouchgpt_core.document.state import EditState, FillKey
from retouchgpt_core.retouch.fills import Fill

BUDGET = 256 << 20
"""Bytes of fills and masks that the steps may hold in memory together; fills can be moved."""
KEPT_STEPS = 5
"""The latest steps whose active fills stay in memory whatever the budget is."""
_SPILL_TO = 0.75
"""Share of the budget that is left in memory once it was exceeded: spilling is then rare."""


@dataclass(slots=True, eq=False)
class Step:
    """A state and what led to it, in words for the history list. Only the history changes it."""

    label: str
    state: EditState
    parent: "Step | None" = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Branch:
    """Steps that a later one left behind; `labels` of those after the fork, oldest first."""

    number: int
    labels: tuple[str, ...]


class History:
    """Unlimited undo and redo within a budget of memory.

    States share what they have in common, so a step is small. What the latest steps don't show is
    written to temporary files once all steps hold more than `budget` bytes, and comes back bit
    for bit. A new step after an undo starts a branch; the steps it leaves can be returned to.
    """

    def __init__(self, state: EditState, label: str = "Opened", budget: int = BUDGET) -> None:
        self._steps = [Step(label, state)]
        self._place = 0
        self._ends: list[Step] = []
        self._budget = budget
        self._masks: dict[int, int] = {}
        self._count_masks(state)
        self._keep_to_budget()  # a project that was opened may bring more

    @property
    def state(self) -> EditState:
        """The state in force."""
        return self._steps[self._place].state

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps of this line, oldest first, those that redo would bring back included."""
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

    @property
    def branches(self) -> tuple[Branch, ...]:
        """The lines that were left, oldest first."""
        here = set(map(id, self._steps))
        return tuple(
            Branch(number, tuple(s.label for s in _line(end) if id(s) not in here))
            for number, end in enumerate(self._ends)
        )

    @property
    def memory(self) -> int:
        """Bytes of fills and of marks' masks that all steps hold in memory together."""
        fills = sum(fill.nbytes for fill in self._fills() if not is_spilled(fill))
        return fills + sum(self._masks.values())

    def push(self, state: EditState, label: str) -> None:
        """Take a new step; what could be redone until now becomes a branch."""
        if self.can_redo:
            self._ends.append(self._steps[-1])
            del self._steps[self._place + 1 :]
        self._steps.append(Step(label, state, self._steps[-1]))
        self._place += 1
        self._count_masks(state)
        self._keep_to_budget()

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

    def switch(self, number: int) -> None:
        """Go to the end of a branch; the line in force until now becomes one.

        Raises IndexError if there is no such branch.
        """
        if not 0 <= number < len(self._ends):
            raise IndexError(f"there is no branch {number} of {len(self._ends)}")
        end, self._ends[number] = self._ends[number], self._steps[-1]
        self._steps = _line(end)
        self._place = len(self._steps) - 1

    def _move(self, by: int) -> int:
        before = self._place
        self._place = min(max(self._place + by, 0), len(self._steps) - 1)
        return abs(self._place - before)

    def _count_masks(self, state: EditState) -> None:
        """Note the bytes of each mask by its identity: steps hold on to them for good."""
        self._masks |= {id(mark.mask): mark.mask.nbytes for mark in state.marks.values()}

    def _every_step(self) -> Iterator[Step]:
        seen: set[int] = set()
        for end in (*self._ends, self._steps[-1]):
            for step in _line(end):
                if id(step) not in seen:
                    seen.add(id(step))
                    yield step

    def _fills(self) -> list[Fill]:
        shared = {id(step.state.fills): step.state.fills for step in self._every_step()}
        found = {id(fill): fill for fills in shared.values() for fill in fills.values()}
        return list(found.values())

    def _keep_to_budget(self) -> None:
        memory = self.memory
        if memory <= self._budget:
            return
        latest = self._steps[max(0, self._place + 1 - KEPT_STEPS) : self._place + 1]
        kept = {id(fill) for step in latest for fill in step.state.active_fills}
        chosen: list[Fill] = []
        for fill in self._fills():
            if memory <= _SPILL_TO * self._budget:
                break
            if id(fill) not in kept and not is_spilled(fill):
                chosen.append(fill)
                memory -= fill.nbytes
        moved = dict(zip(map(id, chosen), spilled(chosen), strict=False))  # or none: a full disk
        if not moved:
            return
        renewed: dict[int, Mapping[FillKey, Fill]] = {}  # states that share a mapping still do
        for step in self._every_step():
            old = step.state.fills
            if id(old) not in renewed:
                new = {key: moved.get(id(fill), fill) for key, fill in old.items()}
                renewed[id(old)] = MappingProxyType(new)
            step.state = replace(step.state, fills=renewed[id(old)])


def _line(end: Step) -> list[Step]:
    line: list[Step] = []
    step: Step | None = end
    while step is not None:
        line.append(step)
        step = step.parent
    return line[::-1]
