"""What was done, in order, each round still open to change: its strengths, and on or off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from retouchgpt_core.document.stroke import Stroke
from retouchgpt_core.document.turn import Turn
from retouchgpt_core.vocabulary import Kind


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """A sentence that was carried out, or something done by hand.

    `number` names it; `strengths` are those that it sets, by mark id, 0 to 1; `turn` is the
    dialogue's turn, None for work by hand; `strokes` are the brush strokes that belong to it,
    `kinds` what the user called marks. A `fixed` round cannot be switched off or changed: it
    changed marks themselves, or is what a lock holds on to. Raises ValueError for a strength
    outside 0 to 1.
    """

    number: int
    label: str
    strengths: Mapping[str, float] = field(default_factory=dict[str, float])
    turn: Turn | None = None
    strokes: tuple[Stroke, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    enabled: bool = True
    fixed: bool = False

    def __post_init__(self) -> None:
        for mark_id, strength in self.strengths.items():
            if not 0.0 <= strength <= 1.0:
                raise ValueError(f"the strength of {mark_id} is {strength}")
        object.__setattr__(self, "strengths", MappingProxyType(dict(self.strengths)))
        object.__setattr__(self, "kinds", MappingProxyType(dict(self.kinds)))

    @property
    def strength(self) -> float:
        """The largest strength that it sets; 0 if it sets none."""
        return max(self.strengths.values(), default=0.0)

    def scaled(self, strength: float) -> dict[str, float]:
        """Return what it would set at another strength: its strongest marks get it.

        The others keep their proportion to those, so that what was asked for more faintly stays
        fainter. Where it sets only 0, all marks get the strength.
        """
        top = self.strength
        if top == 0.0:
            return dict.fromkeys(self.strengths, strength)
        return {i: strength * (own / top) for i, own in self.strengths.items()}


def next_number(rounds: Sequence[Round]) -> int:
    """Return a number that no round has."""
    return 1 + max((one.number for one in rounds), default=0)


def folded(rounds: Sequence[Round]) -> dict[str, float]:
    """Return the strengths that the rounds in force leave: of several that set a mark, the last.

    Marks that are as photographed are absent.
    """
    strengths: dict[str, float] = {}
    for one in rounds:
        if one.enabled:
            strengths.update(one.strengths)
    return {mark_id: strength for mark_id, strength in strengths.items() if strength > 0}


def open_round(rounds: Sequence[Round], number: int) -> Round:
    """Return the round of this number.

    Raises KeyError if there is none, ValueError if it is fixed.
    """
    found = next((one for one in rounds if one.number == number), None)
    if found is None:
        raise KeyError(number)
    if found.fixed:
        raise ValueError(f"round {number} cannot be changed")
    return found


def edited(
    rounds: Sequence[Round],
    number: int,
    enabled: bool | None = None,
    strengths: Mapping[str, float] | None = None,
) -> tuple[Round, ...]:
    """Return the rounds with one of them switched on or off, or with other strengths set by it.

    `strengths` may name only marks that the round sets; the others stay. Raises KeyError if there
    is no such round, ValueError if it is fixed or does not set a mark.
    """
    found = open_round(rounds, number)
    changes = dict(strengths or {})
    if not changes.keys() <= found.strengths.keys():
        raise ValueError(f"round {number} does not set all of {sorted(changes)}")
    new = replace(
        found,
        enabled=found.enabled if enabled is None else enabled,
        strengths={**found.strengths, **changes},
    )
    return tuple(new if one is found else one for one in rounds)


def holding(
    rounds: Sequence[Round], locked: Mapping[str, float], label: str = "Locked"
) -> tuple[Round, ...]:
    """Return the rounds with these strengths held at the end, where the rounds say otherwise."""
    now = folded(rounds)
    moved = {i: strength for i, strength in locked.items() if now.get(i, 0.0) != strength}
    if not moved:
        return tuple(rounds)
    return (*rounds, Round(next_number(rounds), label, moved, fixed=True))
