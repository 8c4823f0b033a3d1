"""One opened photo: what was found, what was said, what was done, and the way back."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.document.history import History
from retouchgpt_core.document.selection import select_marks, standing_keeps
from retouchgpt_core.document.state import EditState
from retouchgpt_core.document.turn import Choice, PendingTurn, Turn
from retouchgpt_core.errors import RetouchError
from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.interpreter import Interpreter
from retouchgpt_core.language.plan import Action, Edit, Plan
from retouchgpt_core.language.replies import reply_for
from retouchgpt_core.language.sentence import canonical_sentence
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.brushing import painted_mark, without_stroke
from retouchgpt_core.retouch.compose import changed_mask, compose
from retouchgpt_core.retouch.face_work import Asked, FaceWork
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.masks import SoftMask, erased, photo_mask, stroke, united
from retouchgpt_core.retouch.request import gated, ungated
from retouchgpt_core.vocabulary import KINDS, Kind, Region

Progress = Callable[[str, float], None]
Cancelled = Callable[[], bool]
SHOWN = 64
"""Mask level (of 255) from which the overlay shows a mark."""
LAYER_ORDER = {"tone": 0, "line": 1, "spot": 2}


class Session:
    """A photo being retouched. All calls come from one thread.

    A round is proposed (marks chosen and shown), perhaps corrected with the brush, then applied:
    one history step. Strengths are blended without running a network.
    """

    def __init__(
        self,
        photo: Photo,
        works: Sequence[FaceWork],
        interpreter: Interpreter,
        gating: bool = True,
    ) -> None:
        self.original = photo
        self._works = {work.number: work for work in works}
        self._interpreter = interpreter
        self._gating = gating
        found = [mark for work in works for mark in work.find_marks()]
        self._history = History(EditState(marks={m.id: m for m in found}))
        self._pending: PendingTurn | None = None
        self._painted = 0
        self._photo_masks: dict[tuple[str, int], SoftMask] = {}

    # What there is

    @property
    def faces(self) -> tuple[FaceLayout, ...]:
        """The faces, left to right."""
        return tuple(work.analysis.layout for work in self._works.values())

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Every mark, found or painted; a pending turn's corrections included."""
        known = dict(self._state.marks)
        if self._pending is not None:
            known.update(self._pending.choice.marks)
        return tuple(known.values())

    @property
    def strengths(self) -> Mapping[str, float]:
        """Mark id -> strength; a mark that is not in it is as photographed."""
        return self._state.strengths

    @property
    def locks(self) -> frozenset[str]:
        """Ids of the marks that no sentence may touch."""
        return self._state.locks

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The rounds in force, oldest first."""
        return self._state.turns

    @property
    def pending(self) -> Turn | None:
        """The turn that waits to be applied or discarded."""
        return None if self._pending is None else self._pending.turn

    @property
    def can_undo(self) -> bool:
        return self._pending is not None or self._history.can_undo

    @property
    def can_redo(self) -> bool:
        if self._pending is not None:
            return bool(self._pending.undone)
        return self._history.can_redo

    @property
    def _state(self) -> EditState:
        return self._history.state

    @property
    def _size(self) -> tuple[int, int]:
        return self.original.width, self.original.height

    # Saying what to do

    def propose(
        self,
        text: str,
        selected: Sequence[str] = (),
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> Turn:
        """Understand an instruction. A retouch stays pending; everything else is done at once.

        `selected` are ids of marks that "this one" means. Raises CancelledError.
        """
        del cancelled  # understanding takes a fraction of a second
        if progress is not None:
            progress("Reading the instruction", 0.0)
        self.discard()
        plan = self._interpreter.interpret(text, self.dialogue(selected))
        return self._propose(text, plan)

    def propose_plan(self, plan: Plan) -> Turn:
        """The same for a ready plan, such as one of the options of an unclear turn."""
        self.discard()
        return self._propose(canonical_sentence(plan), plan)

    def apply(self, progress: Progress | None = None, cancelled: Cancelled | None = None) -> Turn:
        """Carry out the pending turn as one history step; raises RetouchError if there is none.

        Raises CancelledError when asked to stop; the turn is pending then, as before.
        """
        if self._pending is None:
            raise RetouchError("There is nothing to apply.", "Say what to retouch first.")
        turn, choice = self._pending.turn, self._pending.choice
        if choice.strengths:
            asked = Asked(self._words_of(turn), turn.plan)
            fills = self._fills(asked, choice, progress, cancelled)
            self._set(choice, fills, turn)
        elif turn.plan.keep:
            self._history.push(replace(self._state, turns=(*self.turns, turn)), turn.text)
        self._pending = None
        if turn.plan.then is not None:
            return self._propose(turn.text, turn.plan.then)
        return turn

    def discard(self) -> None:
        """Drop the pending turn, if there is one."""
        self._pending = None

    def say(
        self,
        text: str,
        selected: Sequence[str] = (),
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> Turn:
        """Understand an instruction and carry it out."""
        turn = self.propose(text, selected, progress, cancelled)
        while self._pending is not None:
            applied = self.apply(progress, cancelled)
            if applied is not turn:
                turn = replace(applied, plan=turn.plan, reply=f"{turn.reply} {applied.reply}")
        return turn

    def dialogue(self, selected: Sequence[str] = ()) -> DialogueState:
        """Return what an instruction can refer to now."""
        found = Counter((m.kind, m.region) for m in self.marks)
        state = DialogueState(face_count=len(self._works), found=found, selected=tuple(selected))
        for turn in self.turns:
            state = state.after(replace(turn.plan, then=None))
        return state

    # Correcting by hand

    def brush(
        self,
        points: Sequence[Point],
        radius: float,
        hardness: float = 0.5,
        erase: bool = False,
    ) -> Box:
        """Paint one stroke along photo points; returns the box that may look different.

        While a turn is pending it adds to what will change, or erases from it. Without one,
        erasing takes retouched skin back, and adding heals what is painted, as one history step.
        """
        painted = stroke(points, radius, self._size, hardness)
        if painted[0].empty:
            return painted[0]
        if self._pending is not None:
            self._correct(self._pending, painted, erase)
        elif erase:
            self._erase(painted)
        else:
            mark = self._new_mark(painted)
            choice = Choice({mark.id: mark}, {mark.id: 1.0})
            self._set(choice, self._fills(_about(choice), choice, None, None), None, "Brush")
        return painted[0]

    def set_strength(self, mark_ids: Sequence[str], strength: float) -> None:
        """Set marks to a strength, as one history step; raises RetouchError outside 0 to 1."""
        if not 0.0 <= strength <= 1.0:
            raise RetouchError(f"{strength} is no strength.", "Choose one from 0 to 1.")
        known = self._state.marks
        choice = Choice(
            {i: known[i] for i in mark_ids if i in known},
            {i: strength for i in mark_ids if i in known},
        )
        if choice.marks:
            self._set(choice, self._fills(_about(choice), choice, None, None), None, "Strength")

    def set_locked(self, mark_ids: Sequence[str], locked: bool) -> None:
        """Lock marks against every sentence, or unlock them; one history step."""
        ids = frozenset(mark_ids) & frozenset(self._state.marks)
        locks = self.locks | ids if locked else self.locks - ids
        if locks != self.locks:
            label = "Lock" if locked else "Unlock"
            self._history.push(replace(self._state, locks=locks), label)
            if self._pending is not None and locked:
                choice = self._pending.choice
                free = {i: s for i, s in choice.strengths.items() if i not in ids}
                self._pending.change(Choice(choice.marks, free))

    def set_kind(self, mark_ids: Sequence[str], kind: Kind) -> None:
        """Say what marks really are, as one history step; those retouched are filled anew.

        A pending turn keeps only those that it means by their new kind.
        """
        known, strengths = self._state.marks, self.strengths
        changed = {
            i: replace(known[i], kind=kind, revision=known[i].revision + 1)
            for i in mark_ids
            if i in known and known[i].kind is not kind
        }
        if not changed:
            return
        choice = Choice(changed, {i: strengths[i] for i in changed if i in strengths})
        self._set(choice, self._fills(_about(choice), choice, None, None), None, "Kind")
        if self._pending is not None:
            waiting, plan = self._pending.choice, self._pending.turn.plan
            marks = dict(waiting.marks) | {i: m for i, m in changed.items() if i in waiting.marks}
            meant = {
                i: s
                for i, s in waiting.strengths.items()
                if i not in changed or plan.selects(kind, marks[i].region, i)
            }
            self._pending.change(Choice(marks, meant))

    # Going back and forth

    def undo(self, count: int = 1) -> int:
        """Go back `count` steps; returns how many there were. A pending turn's strokes first."""
        done = 0
        while done < count and self._pending is not None:
            if not self._pending.undo():
                self._pending = None
            done += 1
        return done + (self._history.undo(count - done) if done < count else 0)

    def redo(self, count: int = 1) -> int:
        """Go forward `count` steps again; returns how many there were."""
        if self._pending is None:
            return self._history.redo(count)
        steps = 0
        while steps < count and self._pending.redo():
            steps += 1
        return steps

    def reset(self) -> None:
        """Return to the photo as it was; a history step like any other."""
        self.discard()
        if self.strengths:
            cleared = replace(self._state, strengths={}, turns=())
            self._history.push(cleared, "Back to the original")

    # Pixels

    def render(self, box: Box | None = None) -> NDArray[Any]:
        """Return the composed pixels of `box` (or all), (h, w, 3) in the photo's own type."""
        return compose(self.original, self._state.active_fills, self.strengths, box)

    def photo(self) -> Photo:
        """Return the retouched photo, with everything the file said about it."""
        return self.original.replaced(self.render())

    def mask(self, box: Box | None = None) -> NDArray[np.uint8]:
        """Return (h, w) uint8, non-zero wherever any bit may differ from the original."""
        return changed_mask(self._size, self._state.active_fills, self.strengths, box)

    def pending_mask(self, box: Box | None = None) -> NDArray[np.uint8]:
        """Return (h, w) uint8: what the pending turn would change; zeros if there is none."""
        where = self.original.box if box is None else box
        if self._pending is None:
            return np.zeros((where.height, where.width), np.uint8)
        choice = self._pending.choice
        return united((self._mask_of(choice.marks[i]) for i in choice.strengths), where)

    def overlay(self, box: Box | None = None, step: int = 1) -> NDArray[np.uint8]:
        """Return the mark shown at each pixel as its kind's place in KINDS + 1, 0 for none.

        (ceil(h / step), ceil(w / step)) uint8, sampled every `step` pixels from the box's corner.
        """
        where = self.original.box if box is None else box
        shown = np.zeros((-(-where.height // step), -(-where.width // step)), np.uint8)
        for mark in sorted(self.marks, key=_on_top):
            if mark.box.intersection(where).empty:
                continue
            place, mask = self._mask_of(mark)
            part = place.intersection(where)
            x = -(-(part.x - where.x) // step)
            y = -(-(part.y - where.y) // step)
            top, left = where.y + y * step - place.y, where.x + x * step - place.x
            seen = mask[top : part.bottom - place.y : step, left : part.right - place.x : step]
            target = shown[y : y + seen.shape[0], x : x + seen.shape[1]]
            target[seen >= SHOWN] = KINDS.index(mark.kind) + 1
        return shown

    def mark_at(self, point: Point) -> Mark | None:
        """Return the mark that the overlay shows at a photo point, or None."""
        pixel = Box(int(np.floor(point.x)), int(np.floor(point.y)), 1, 1)
        hit = [
            m
            for m in self.marks
            if not m.box.intersection(pixel).empty
            and united([self._mask_of(m)], pixel)[0, 0] >= SHOWN
        ]
        return max(hit, key=_on_top, default=None)

    # Inside

    def _propose(self, text: str, plan: Plan) -> Turn:
        match plan.action:
            case Action.RETOUCH:
                return self._propose_retouch(text, plan)
            case Action.UNDO:
                plan = replace(plan, count=self.undo(plan.count or 1))
            case Action.REDO:
                plan = replace(plan, count=self.redo(plan.count or 1))
            case Action.RESET:
                self.reset()
            case _:
                pass
        counted = self._found(plan) if plan.action is Action.EXPLAIN else {}
        reply = plan.reply or reply_for(plan, counted, {}, len(self._works))
        if plan.then is not None:
            follow = self._propose(text, plan.then)
            joined = replace(follow, plan=plan, reply=f"{reply} {follow.reply}")
            if self._pending is not None:
                self._pending.turn = replace(joined, plan=replace(plan.then, then=plan.then.then))
            return joined
        return Turn(text, plan, reply, (), self._size)

    def _propose_retouch(self, text: str, plan: Plan) -> Turn:
        known = self._state.marks
        turn = Turn(text, plan, "", (), self._size)
        keeps = standing_keeps([t.plan for t in (*self.turns, turn)])
        covered = select_marks(plan, known, keeps, self.locks, self.faces)
        asked = Asked(self._words_of(turn), plan)
        heard = self._heard(asked, known if not self._gating else covered)
        strengths = gated(covered, heard) if self._gating else ungated(heard)
        marks = tuple(known[i] for i in strengths)
        changed = Counter((m.kind, m.region) for m in marks)
        bare = select_marks(replace(plan, keep=()), known, (), self.locks, self.faces)
        kept = Counter(known[i].kind for i in bare if i not in covered)
        reply = reply_for(plan, changed, kept, len(self._works))
        turn = replace(turn, reply=reply, marks=marks)
        self._pending = PendingTurn(turn, Choice({m.id: m for m in marks}, strengths))
        return turn

    def _heard(self, asked: Asked, ids: Mapping[str, Any]) -> dict[str, float]:
        heard: dict[str, float] = {}
        for work in self._works.values():
            own = [
                m
                for m in self._state.marks.values()
                if m.id in ids and m.face == work.number and not m.painted
            ]
            if own:
                heard.update(work.asked_for(asked, own))
        return heard

    def _found(self, plan: Plan) -> Counter[tuple[Kind, Region]]:
        scopes = plan.edits
        return Counter(
            (m.kind, m.region)
            for m in self.marks
            if not scopes or any(s.covers(m.kind, m.region, m.id) for s in scopes)
        )

    def _words_of(self, turn: Turn) -> str:
        """A follow-up ("a bit less") says nothing by itself: its plan's own sentence does."""
        return canonical_sentence(turn.plan) if self.turns else turn.text

    def _fills(
        self,
        asked: Asked,
        choice: Choice,
        progress: Progress | None,
        cancelled: Cancelled | None,
    ) -> dict[tuple[str, int], Fill]:
        known = dict(self._state.marks) | dict(choice.marks)
        made: dict[tuple[str, int], Fill] = {}
        for work in self._works.values():
            own = [m for m in known.values() if m.face == work.number]
            targets = [
                m
                for m in own
                if choice.strengths.get(m.id, 0.0) > 0 and m.key not in self._state.fills
            ]
            report = None if progress is None else _told(progress, work.number, len(self._works))
            if targets:
                for fill in work.fills(asked, targets, own, report, cancelled):
                    made[known[fill.mark_id].key] = fill
        return made

    def _set(
        self,
        choice: Choice,
        fills: Mapping[tuple[str, int], Fill],
        turn: Turn | None,
        label: str = "",
    ) -> None:
        state = self._state
        strengths = {**state.strengths, **choice.strengths}
        if turn is not None:
            turn = replace(turn, marks=tuple(choice.marks[i] for i in choice.strengths))
        self._history.push(
            replace(
                state,
                marks={**state.marks, **choice.marks},
                strengths={i: s for i, s in strengths.items() if s > 0},
                fills={**state.fills, **fills},
                turns=state.turns if turn is None else (*state.turns, turn),
            ),
            label if turn is None else turn.text,
        )

    def _correct(self, pending: PendingTurn, painted: SoftMask, erase: bool) -> None:
        choice = pending.choice
        marks, strengths = dict(choice.marks), dict(choice.strengths)
        if not erase:
            mark = self._new_mark(painted)
            marks[mark.id] = mark
            strengths[mark.id] = max(strengths.values(), default=1.0) or 1.0
        for mark_id in list(choice.strengths) if erase else ():
            left = erased(marks[mark_id], painted, self._size)
            if left is None:
                del strengths[mark_id]
            else:
                marks[mark_id] = left
        pending.change(Choice(marks, strengths))

    def _erase(self, painted: SoftMask) -> None:
        state = self._state
        marks, strengths, fills = dict(state.marks), dict(state.strengths), dict(state.fills)
        touched = False
        for mark_id in state.strengths:
            old = marks[mark_id]
            left = erased(old, painted, self._size)
            if left is old:
                continue
            touched = True
            if left is None:
                del strengths[mark_id]
                continue
            marks[mark_id] = left
            fills[left.key] = without_stroke(fills[old.key], left)
        if touched:
            new = replace(state, marks=marks, strengths=strengths, fills=fills)
            self._history.push(new, "Eraser")

    def _new_mark(self, painted: SoftMask) -> Mark:
        self._painted += 1
        return painted_mark(f"p{self._painted}", painted, list(self._works.values()), self._size)

    def _mask_of(self, mark: Mark) -> SoftMask:
        if mark.key not in self._photo_masks:
            self._photo_masks[mark.key] = photo_mask(mark)
        return self._photo_masks[mark.key]


def _about(choice: Choice) -> Asked:
    """Say in words what a slider or a brush asks for."""
    kinds = tuple({m.kind: None for m in choice.marks.values()})
    regions = tuple({m.region: None for m in choice.marks.values()})
    plan = Plan(Action.RETOUCH, (Edit(kinds, regions),)).canonical()
    return Asked(canonical_sentence(plan), plan)


def _told(progress: Progress, face: int, faces: int) -> Callable[[float], None]:
    words = "Retouching" if faces == 1 else f"Retouching face {face} of {faces}"
    return lambda share: progress(words, share)


def _on_top(mark: Mark) -> tuple[int, float, str]:
    """Order marks from what lies below to what is shown: small ones above large ones."""
    return LAYER_ORDER[mark.layer], -mark.radius, mark.id
