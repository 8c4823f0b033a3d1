"""The state of an edited photo: values that never change, so that any of them can come back."""

import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar

from retouchgpt_core.document.rounds import Round
from retouchgpt_core.document.selection import FacePlace, PlacedFace, kept_marks, standing_keeps
from retouchgpt_core.document.standing import standing_plans
from retouchgpt_core.document.turn import Turn
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.sparing import Held, spared

FillKey = tuple[str, int]
"""A mark's id and revision: a fill belongs to one version of a mark."""
_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(slots=True, eq=False)
class _LastShown:
    """The fills of the state that was shown last, which every tile of a picture asks for.

    States that follow one another share it.
    """

    state: "weakref.ref[EditState] | None" = None
    fills: tuple[Fill, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class EditState:
    """Everything that a round can change.

    `marks` by id, found and painted; `strengths` by mark id, 0 to 1, an absent one is 0; `locks`:
    ids of marks that no sentence may touch; `fills` by (id, revision); `rounds`: what was done,
    oldest first, which the strengths follow from; `faces`: where the faces lie that sentences
    speak of. The mappings cannot be written to.

    Raises ValueError for a strength outside 0 to 1, or one of a mark that does not exist.
    """

    marks: Mapping[str, Mark] = field(default_factory=dict[str, Mark])
    strengths: Mapping[str, float] = field(default_factory=dict[str, float])
    locks: frozenset[str] = frozenset()
    fills: Mapping[FillKey, Fill] = field(default_factory=dict[FillKey, Fill])
    rounds: tuple[Round, ...] = ()
    faces: tuple[FacePlace, ...] = ()
    _last: _LastShown = field(default_factory=_LastShown, repr=False)

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
    def plans(self) -> tuple[Plan, ...]:
        """What the sentences in force say now: without rounds that are off, at the strengths set
        since."""
        return standing_plans(self.rounds, self.marks, self.faces)

    @property
    def active_fills(self) -> tuple[Fill, ...]:
        """The fills of the marks whose strength is above 0."""
        keys = (self.marks[i].key for i, strength in self.strengths.items() if strength > 0)
        return tuple(self.fills[key] for key in keys if key in self.fills)

    @property
    def held(self) -> Held:
        """The marks that are as photographed and are to stay so."""
        bare = [m for i, m in sorted(self.marks.items()) if not self.strengths.get(i)]
        kept = kept_marks(standing_keeps(self.plans), bare, self.faces)
        free = [m for m in bare if m.id not in self.locks and not m.painted]
        return Held(
            locked=tuple(m for m in bare if m.id in self.locks),
            kept=tuple(m for m in free if m.id in kept and m.layer != "tone"),
            natural=tuple(m for m in free if m.id not in kept and m.permanent),
        )

    @property
    def shown_fills(self) -> tuple[Fill, ...]:
        """The active fills, without the places of marks that are held as photographed."""
        last = self._last
        if last.state is None or last.state() is not self:
            held = self.held
            fills = spared(self.active_fills, held.locked, held.kept, held.natural, self.marks)
            last.state, last.fills = weakref.ref(self), fills
        return last.fills

    def with_faces(self, faces: Iterable[PlacedFace]) -> "EditState":
        """Return the state with the faces that sentences can speak of."""
        return replace(self, faces=tuple(FacePlace(face.number, face.box) for face in faces))

    def with_strengths(self, strengths: Mapping[str, float]) -> "EditState":
        """Return the state with these strengths set and all others as they were."""
        return replace(self, strengths={**self.strengths, **strengths})


def _frozen(mapping: Mapping[_K, _V]) -> Mapping[_K, _V]:
    return mapping if isinstance(mapping, MappingProxyType) else MappingProxyType(dict(mapping))
