"""One opened photo of the scripted engine: what was said, brushed and undone on it."""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retouchgpt_core.errors import (
    NothingThereError,
)
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.photo.atomic import write_atomically
from retouchgpt_core.vocabulary import KINDS, Kind, Region, Shape
from tests.app.fake_portrait import SKIN, SPOTS
from tests.app.fake_values import FakeFace, FakeMark, FakePhoto, FakeRound, FakeTrial, FakeTurn
from tests.app.fake_words import understood

if TYPE_CHECKING:
    from tests.app.fake_engine import FakeEngine


@dataclass(frozen=True)
class _Moment:
    """What one history step remembers."""

    strengths: Mapping[str, float] = field(default_factory=dict)
    masks: Mapping[str, np.ndarray] = field(default_factory=dict)
    marks: tuple[FakeMark, ...] = ()
    locks: frozenset[str] = frozenset()
    rounds: tuple[FakeRound, ...] = ()


@dataclass(frozen=True)
class _Draft:
    """A pending turn with what the brush made of it."""

    turn: FakeTurn
    ids: tuple[str, ...]
    masks: Mapping[str, np.ndarray]
    marks: tuple[FakeMark, ...] = ()


class FakeSession:
    """One opened photo."""

    def __init__(self, photo: FakePhoto, engine: "FakeEngine") -> None:
        self.original = photo
        self._engine = engine
        height, width = photo.pixels.shape[:2]
        self._size = height, width
        self.faces = (
            FakeFace(
                1,
                Box.from_edges(0.25 * width, 0.19 * height, 0.75 * width, 0.85 * height),
                0.2 * width,
            ),
        )
        self.turns: tuple[FakeTurn, ...] = ()
        marks: list[FakeMark] = []
        masks: dict[str, np.ndarray] = {}
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        for name, kind, region, cx, cy, share in SPOTS:
            centre, radius = Point(cx * width, cy * height), share * width
            far = np.hypot(x - centre.x, y - centre.y) / (1.6 * radius)
            masks[name] = np.clip(255 * (1.5 - far), 0, 255).astype(np.uint8) * (far < 1)
            box = Box.from_edges(
                centre.x - 1.7 * radius,
                centre.y - 1.7 * radius,
                centre.x + 1.7 * radius,
                centre.y + 1.7 * radius,
            ).clamp(width, height)
            marks.append(FakeMark(name, 1, kind, region, centre, radius, box))
        self._now = _Moment(masks=masks, marks=tuple(marks))
        self._undo: list[_Moment] = []
        self._redo: list[_Moment] = []
        self._ends: list[list[_Moment]] = []
        self._drafts: list[_Draft] = []
        self._undone: list[_Draft] = []

    strengths = property(lambda self: self._now.strengths)
    locks = property(lambda self: self._now.locks)
    rounds = property(lambda self: self._now.rounds)
    held = property(lambda self: frozenset((i, "locked") for i in self.locks))

    @property
    def marks(self) -> tuple[FakeMark, ...]:
        return self._now.marks + (self._drafts[-1].marks if self._drafts else ())

    @property
    def pending(self) -> FakeTurn | None:
        return self._drafts[-1].turn if self._drafts else None

    @property
    def can_undo(self) -> bool:
        return bool(self._drafts or self._undo)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone if self._drafts else self._redo)

    @property
    def _masks(self) -> Mapping[str, np.ndarray]:
        return self._drafts[-1].masks if self._drafts else self._now.masks

    @property
    def branches(self) -> list[list[_Moment]]:
        return self._ends

    def _line(self) -> list[_Moment]:
        return [*self._undo, self._now, *reversed(self._redo)]

    def switch_branch(self, number: int) -> None:
        self.discard()
        line, self._ends[number] = self._ends[number], self._line()
        self._undo, self._now, self._redo = line[:-1], line[-1], []

    def _step(self, moment: _Moment) -> None:
        if self._redo:
            self._ends.append(self._line())
        self._undo.append(self._now)
        self._redo.clear()
        self._now = moment

    def propose(
        self,
        text: str,
        selected: Sequence[str] = (),
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> FakeTurn:
        self.discard()
        self._engine.work("propose", progress, cancelled)
        return self._take(text, understood(text, tuple(selected)))

    def propose_plan(self, plan: Plan) -> FakeTurn:
        self.discard()
        return self._take("", plan)

    def _take(self, text: str, plan: Plan) -> FakeTurn:
        turn = FakeTurn(text, plan, plan.reply)
        if plan.action is Action.UNDO:
            self.undo(plan.count or 1)
        elif plan.action is Action.RETOUCH:
            ids = tuple(
                m.id
                for m in self.marks
                if plan.selects(m.kind, m.region, m.id) and m.id not in self.locks
            )
            moles = None if ids else Plan(Action.RETOUCH, (Edit((Kind.MOLE,)),)).canonical()
            turn = replace(turn, mark_ids=ids, instead=moles)
            self._drafts = [_Draft(turn, ids, self._now.masks)]
        return turn

    def apply(
        self,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> FakeTurn:
        draft = self._drafts[-1]
        self._engine.work("apply", progress, cancelled)
        strengths = dict(self.strengths)
        for mark in self.marks:
            if mark.id in draft.ids:
                wanted = draft.turn.plan.strength_for(mark.kind, mark.region, mark.id)
                strengths[mark.id] = 1.0 if wanted is None else wanted
        rounds = self.rounds
        if draft.ids:
            sets = {i: strengths[i] for i in draft.ids}
            rounds = (*rounds, FakeRound(len(rounds) + 1, sets, draft.turn))
        self._step(_Moment(strengths, draft.masks, self.marks, self.locks, rounds))
        self.discard()
        self.turns = (*self.turns, draft.turn)
        return draft.turn

    def discard(self) -> None:
        self._drafts = []
        self._undone = []

    def brush(
        self,
        points: Sequence[Point],
        radius: float,
        hardness: float = 0.5,
        erase: bool = False,
        shape: Shape = Shape.BRUSH,
    ) -> Box:
        height, width = self._size
        if shape is Shape.FILL:
            spots = [m for m in self.marks if m.centre.distance(points[0]) <= 2 * m.radius]
            if not spots:
                raise NothingThereError("Nothing stands out there.", "Use the brush.")
            points, radius = [spots[0].centre], 2 * spots[0].radius
        elif shape is Shape.LASSO:
            self._engine.calls.append(("lasso", tuple(points), (1 - hardness) * radius))
            across, down = [p.x for p in points], [p.y for p in points]
            points = [Point((min(across) + max(across)) / 2, (min(down) + max(down)) / 2)]
            radius = max(max(across) - min(across), max(down) - min(down)) / 2
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        hit = np.zeros((height, width), bool)
        for point in points:
            hit |= np.hypot(x + 0.5 - point.x, y + 0.5 - point.y) <= radius
        box = Box.from_edges(
            min(p.x for p in points) - radius,
            min(p.y for p in points) - radius,
            max(p.x for p in points) + radius,
            max(p.y for p in points) + radius,
        ).clamp(width, height)
        masks = dict(self._masks)
        made: tuple[FakeMark, ...] = ()
        if erase:
            for name in self._drafts[-1].ids if self._drafts else tuple(self.strengths):
                masks[name] = np.where(hit, 0, masks[name]).astype(np.uint8)
        else:
            name = f"p{len(self.marks)}"
            masks[name] = (hit * 255).astype(np.uint8)
            where = Region.CHEEK_LEFT
            made = (FakeMark(name, 1, Kind.ACNE, where, points[0], radius, box, 1.0, painted=True),)
        names = tuple(m.id for m in made)
        if self._drafts:
            last = self._drafts[-1]
            self._undone = []
            self._drafts.append(
                replace(last, masks=masks, ids=last.ids + names, marks=last.marks + made)
            )
        else:
            strengths = {**self.strengths, **dict.fromkeys(names, 1.0)}
            marks = tuple(replace(m, revision=m.revision + 1) for m in self.marks) + made
            rounds = self._with_hand(dict.fromkeys(names, 1.0))
            now = replace(self._now, masks=masks, marks=marks, strengths=strengths, rounds=rounds)
            self._step(now)
        return box

    def _with_hand(self, strengths: Mapping[str, float]) -> tuple[FakeRound, ...]:
        """Return the rounds with something done by hand after them."""
        return (*self.rounds, FakeRound(len(self.rounds) + 1, strengths))

    def brush_round(
        self,
        number: int,
        points: Sequence[Point],
        radius: float,
        hardness: float = 0.5,
        erase: bool = False,
        shape: Shape = Shape.BRUSH,
    ) -> Box:
        self._engine.calls.append(("brush_round", number, erase))
        known, rounds = {m.id for m in self.marks}, self.rounds
        box = self.brush(points, radius, hardness, erase, shape)
        new = {m.id: 1.0 for m in self.marks if m.id not in known}
        one = rounds[number - 1]
        kept = {i: s for i, s in one.strengths.items() if self._masks[i].any()}
        changed = replace(one, strengths={**kept, **new})
        rounds = tuple(changed if each is one else each for each in rounds)
        self._now = replace(self._now, rounds=rounds)
        return box

    def _changed_round(
        self, number: int, enabled: bool | None, strength: float | None
    ) -> tuple[tuple[FakeRound, ...], dict[str, float]]:
        one = self.rounds[number - 1]
        sets = one.strengths
        if strength is not None:
            sets = {i: s * strength / one.strength for i, s in sets.items()}
        new = replace(one, strengths=sets, enabled=one.enabled if enabled is None else enabled)
        rounds = tuple(new if each is one else each for each in self.rounds)
        folded: dict[str, float] = {}
        for each in rounds:
            folded.update(each.strengths if each.enabled else {})
        locked = {i: self.strengths[i] for i in self.locks if i in self.strengths}
        return rounds, {**folded, **locked}

    def set_round(
        self, number: int, enabled: bool | None = None, strength: float | None = None
    ) -> None:
        self._engine.calls.append(("set_round", number, enabled, strength))
        rounds, strengths = self._changed_round(number, enabled, strength)
        self._step(replace(self._now, rounds=rounds, strengths=strengths))

    def try_round(self, number: int, strength: float) -> FakeTrial:
        self._engine.calls.append(("try_round", number, strength))
        _, strengths = self._changed_round(number, None, strength)
        tried = copy(self)
        tried._now = replace(self._now, strengths=strengths)
        return FakeTrial(strengths, self.held, tried.render, tried.mask)

    def plan_now(self, number: int) -> Plan | None:
        one = self.rounds[number - 1]
        if one.turn is None:
            return None
        kinds = {m.id: m.kind for m in self.marks}
        edits = []
        for edit in one.turn.plan.edits:
            hit = {s for i, s in one.strengths.items() if kinds[i] in edit.kinds}
            edits.append(replace(edit, strength=hit.pop()) if len(hit) == 1 else edit)
        return replace(one.turn.plan, edits=tuple(edits))

    def round_mask(self, number: int, box: Box | None = None) -> np.ndarray:
        return self._union(tuple(self.rounds[number - 1].strengths), box)

    def set_strength(self, mark_ids: Sequence[str], strength: float) -> None:
        self._engine.calls.append(("set_strength", tuple(mark_ids), strength))
        known = [m.id for m in self._now.marks if m.id in mark_ids]
        if not known:
            return
        changed = {**self.strengths, **dict.fromkeys(known, strength)}
        rounds = self._with_hand(dict.fromkeys(known, strength))
        self._step(replace(self._now, strengths=changed, rounds=rounds))

    def set_locked(self, mark_ids: Sequence[str], locked: bool) -> None:
        ids = frozenset(mark_ids)
        locks = self.locks | ids if locked else self.locks - ids
        if locks != self.locks:
            self._step(replace(self._now, locks=locks))

    def set_kind(self, mark_ids: Sequence[str], kind: Kind) -> None:
        marks = tuple(
            replace(m, kind=kind, revision=m.revision + 1)
            if m.id in mark_ids and m.kind is not kind
            else m
            for m in self._now.marks
        )
        if marks != self._now.marks:
            self._step(replace(self._now, marks=marks))

    def save_project(self, path: Path) -> None:
        self._engine.work("save_project", None, None)
        plans = [(t.text, t.plan.to_json(), t.mark_ids) for t in self.turns]
        kept = {
            "photo": str(self.original.path),
            "strengths": dict(self.strengths),
            "turns": plans,
        }
        write_atomically(path, json.dumps(kept).encode())

    def save_layers(self, path: Path) -> None:
        path.write_bytes(b"layers of %d marks" % len(self.strengths))

    def rest(self) -> None:
        self.discard()
        self._engine.calls.append("rest")
        self.faces = ()

    def undo(self, count: int = 1) -> int:
        if self._drafts:
            self._undone.append(self._drafts.pop())
            return 1
        done = min(count, len(self._undo))
        for _ in range(done):
            self._redo.append(self._now)
            self._now = self._undo.pop()
        return done

    def redo(self, count: int = 1) -> int:
        if self._drafts:
            redone = bool(self._undone)
            if redone:
                self._drafts.append(self._undone.pop())
            return int(redone)
        done = min(count, len(self._redo))
        for _ in range(done):
            self._undo.append(self._now)
            self._now = self._redo.pop()
        return done

    def reset(self) -> None:
        self.discard()
        if self.strengths:
            self._step(replace(self._now, strengths={}, rounds=()))

    def render(self, box: Box | None = None) -> np.ndarray:
        place = box or Box.of_size(self._size[1], self._size[0])
        pixels = self.original.pixels[place.slices].astype(np.float32)
        for mark in self.marks:
            strength = self.strengths.get(mark.id, 0.0)
            if strength:
                mask = self._now.masks[mark.id][place.slices][..., None] / np.float32(255)
                pixels += strength * mask * (np.array(SKIN, np.float32) - pixels)
        return np.rint(pixels).astype(np.uint8)

    def photo(self) -> FakePhoto:
        return replace(self.original, pixels=self.render())

    def mask(self, box: Box | None = None) -> np.ndarray:
        return self._union([m.id for m in self.marks if self.strengths.get(m.id)], box)

    def pending_mask(self, box: Box | None = None) -> np.ndarray:
        return self._union(self._drafts[-1].ids if self._drafts else (), box)

    def _union(self, names: Sequence[str], box: Box | None) -> np.ndarray:
        place = box or Box.of_size(self._size[1], self._size[0])
        union = np.zeros((place.height, place.width), np.uint8)
        for name in names:
            np.maximum(union, self._masks[name][place.slices], out=union)
        return union

    def overlay(self, box: Box | None = None, step: int = 1) -> np.ndarray:
        place = box or Box.of_size(self._size[1], self._size[0])
        kinds = np.zeros((place.height, place.width), np.uint8)
        for mark in sorted(self.marks, key=lambda m: -m.radius):
            kinds[self._masks[mark.id][place.slices] > 64] = KINDS.index(mark.kind) + 1
        return kinds[::step, ::step]
