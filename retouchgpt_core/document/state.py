"""The state of an edited photo: values that never change, so that any of them can come back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar

from retouchgpt_core.document.rounds import Round
from retouchgpt_core.document.selection import kept_by_words, standing_keeps
from retouchgpt_core.document.turn import Turn
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.sparing import spared

FillKey = tuple[str, int]
"""A mark's id and revision: a fill belongs to one version of a mark."""
_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True, slots=True, eq=False)
class EditState:
    """Everything that a round can change.

    `marks` by id, found and painted; `strengths` by mark id, 0 to 1, an absent one is 0; `locks`:
    ids of marks that no sentence may touch; `fills` by (id, revision); `rounds`: what was done,
    oldest first, which the strengths follow from. The mappings cannot be written to.

    Raises ValueError for a strength outside 0 to 1, or one of a mark that does not exist.
    """

    marks: Mapping[str, Mark] = field(default_factory=dict[str, Mark])
    strengths: Mapping[str, float] = field(default_factory=dict[str, float])
    locks: frozenset[str] = frozenset()
    fills: Mapping[FillKey, Fill] = field(default_factory=dict[FillKey, Fill])
    rounds: tuple[Round, ...] = ()
    _shown: list[tuple[Fill, ...]] = field(
        default_factory=list[tuple[Fill, ...]], init=False, repr=False
    )

    def __post_init__(self) -> None:
        for mark_id, strength in self.strengths.items():
            if not 0.0 <= strength <= 1.0:
                raise ValueError(f"the strength of {mark_id} is {strength}")
            if mark_id not in self.marks:
                raise ValueError(f"there is no mark {mark_id}")
        object.__setattr__(self, "marks", _frozen(self.marks))
        object.__setattr__(self, "strengths", _frozen(self.strengths))
        object.__setattr__(self, "fills", _frozen(self.fills))

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The dialogue's turns among the rounds, oldest first."""
        return tuple(one.turn for one in self.rounds if one.turn is not None)

    @property
    def active_fills(self) -> tuple[Fill, ...]:
        """The fills of the marks whose strength is above 0."""
        keys = (self.marks[i].key for i, strength in self.strengths.items() if strength > 0)
        return tuple(self.fills[key] for key in keys if key in self.fills)

    @property
    def untouched(self) -> frozenset[str]:
        """The marks that stay as photographed whatever lies over them.

        They are locked so, or a sentence keeps them; of the latter only those of a permanent kind,
        for a keep of the redness must not shield the pimples in it.
        """
        keeps = standing_keeps(turn.plan for turn in self.turns)
        held = {*self.locks, *(m.id for m in kept_by_words(keeps, self.marks.values()))}
        return frozenset(i for i in held if i in self.marks and not self.strengths.get(i))

    @property
    def shown_fills(self) -> tuple[Fill, ...]:
        """The active fills, without the places of what is to stay untouched."""
        if not self._shown:
            held = [self.marks[i] for i in sorted(self.untouched)]
            self._shown.append(spared(self.active_fills, held))
        return self._shown[0]

    def with_strengths(self, strengths: Mapping[str, float]) -> "EditState":
        """Return the state with these strengths set and all others as they were."""
        return replace(self, strengths={**self.strengths, **strengths})


def _frozen(mapping: Mapping[_K, _V]) -> Mapping[_K, _V]:
    return mapping if isinstance(mapping, MappingProxyType) else MappingProxyType(dict(mapping))
