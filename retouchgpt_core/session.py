"""One opened photo: what was found, what was said, what was done, and the way back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.document.alike import found_instead
from retouchgpt_core.document.changes import (
    after,
    as_opened,
    changeable_round,
    corrected,
    meant_still,
    strength_added,
    with_mark_added,
    with_round_changed,
    with_round_erased,
    without_erased,
)
from retouchgpt_core.document.edited_photo import EditedPhoto
from retouchgpt_core.document.faces_at_work import (
    Cancelled,
    Progress,
    asked_by_hand,
    heard,
    heard_again,
    missing_fills,
    named_tones,
)
from retouchgpt_core.document.project import NOTHING_ELSE, Kept
from retouchgpt_core.document.rounds import Round, next_number
from retouchgpt_core.document.selection import counted_in, select_marks, standing_keeps
from retouchgpt_core.document.state import EditState, FillKey
from retouchgpt_core.document.stroke import Stroke, covered
from retouchgpt_core.document.turn import Choice, PendingTurn, Turn, dialogue_of
from retouchgpt_core.document.unsure_places import asked_for_places
from retouchgpt_core.errors import RetouchError
from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.interpreter import Understands
from retouchgpt_core.language.plan import Action, Plan
from retouchgpt_core.language.replies import instead_reply, reply_for
from retouchgpt_core.language.sentence import canonical_sentence
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.brushing import last_painted, painted_id, painted_mark
from retouchgpt_core.retouch.face_work import Asked, FaceWork
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.masks import SoftMask
from retouchgpt_core.retouch.request import gated, ungated
from retouchgpt_core.vocabulary import Kind, Shape


class Session(EditedPhoto):
    """A photo being retouched. All calls come from one thread.

    A round is proposed (marks chosen and shown), perhaps corrected with the brush, then applied:
    one history step. Strengths are blended without running a network.
    """

    def __init__(
        self,
        photo: Photo,
        works: Sequence[FaceWork],
        interpreter: Understands,
        gating: bool = True,
        state: EditState | None = None,
        kept: Kept = NOTHING_ELSE,
    ) -> None:
        """`state` is earlier work that was saved; `kept` goes along into the project file."""
        self._works = {work.number: work for work in works}
        self._interpreter = interpreter
        self._gating = gating
        if state is None:
            found = [mark for work in works for mark in work.find_marks()]
            state = EditState(marks={m.id: m for m in found})
        super().__init__(photo, state.with_faces(self.faces), kept)
        self._pending: PendingTurn | None = None
        self._painted = last_painted(state.marks)

    # What there is

    @property
    def faces(self) -> tuple[FaceLayout, ...]:
        """The faces, left to right."""
        return tuple(work.analysis.layout for work in self._works.values())

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Every mark, found or painted; a pending turn's corrections included."""
        known = dict(self.state.marks)
        if self._pending is not None:
            known.update(self._pending.choice.marks)
        return tuple(known.values())

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

    def rest(self) -> None:
        """Let go of the networks and of what they made of the faces; `Engine.reopen` goes on.

        Pixels, history and files stay usable; a pending turn is discarded.
        """
        self.discard()
        self._works = {}

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
        return self._propose(text, asked_for_places(plan, self.faces))

    def propose_plan(self, plan: Plan, text: str | None = None) -> Turn:
        """The same for a ready plan, such as one of the options of an unclear turn.

        `text` are the words that it stands for, its own sentence by default.
        """
        self.discard()
        return self._propose(text or canonical_sentence(plan), plan)

    def choose(self, strengths: Mapping[str, float]) -> None:
        """Let the pending turn set just these strengths, by mark id; others are left alone."""
        if self._pending is not None:
            choice = self._pending.choice
            known = {**self.state.marks, **choice.marks}
            marks = {i: known[i] for i in strengths if i in known}
            chosen = Choice(marks, {i: strengths[i] for i in marks}, choice.strokes)
            self._pending.change(chosen)

    def apply(self, progress: Progress | None = None, cancelled: Cancelled | None = None) -> Turn:
        """Carry out the pending turn as one history step; raises RetouchError if there is none.

        Raises CancelledError when asked to stop; the turn is pending then, as before.
        """
        if self._pending is None:
            raise RetouchError("There is nothing to apply.", "Say what to retouch first.")
        turn, choice = self._pending.turn, self._pending.choice
        if choice.strengths:
            # The plan's own words: a fill does not depend on when, or in which turn, it was made.
            plan = replace(turn.plan, then=None)
            fills = self._fills(Asked(canonical_sentence(plan), plan), choice, progress, cancelled)
            self._set(choice, fills, turn.text, turn)
        elif turn.plan.keep:
            rounds = self.state.rounds
            said = Round(next_number(rounds), turn.text, turn=turn)
            self._history.push(replace(self.state, rounds=(*rounds, said)), turn.text)
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
        return dialogue_of(self.state.plans, self.marks, len(self._works), selected)

    # Correcting by hand

    def brush(
        self,
        points: Sequence[Point],
        radius: float,
        hardness: float = 0.5,
        erase: bool = False,
        shape: Shape = Shape.BRUSH,
    ) -> Box:
        """Paint one stroke along photo points; returns the box that may look different.

        A lasso covers what lies inside the outline through them, a fill the connected blemish
        under the first; `radius` and `hardness` say there how soft the edge is. While a turn is
        pending a stroke adds to what will change, or erases from it. Without one, erasing takes
        retouched skin back, and adding heals what is covered, as one history step. Raises
        NothingThereError for a fill where nothing stands out from the skin.
        """
        drawn = Stroke(tuple(points), radius, hardness, erase, shape=shape)
        painted = self._covered(drawn)
        if painted[0].empty or not painted[1].any():
            return painted[0]
        if self._pending is not None:
            mark = None if erase else self._new_mark(painted)
            old = self._pending.choice
            self._pending.change(corrected(old, painted, drawn, mark, self._size))
        elif erase:
            new = without_erased(self.state, painted, drawn, self._size)
            if new is not self.state:
                self._history.push(new, "Eraser")
        else:
            mark = self._new_mark(painted)
            choice = Choice({mark.id: mark}, {mark.id: 1.0}, (replace(drawn, mark=mark.id),))
            self._set(choice, self._fills(asked_by_hand(choice), choice), shape.capitalize())
        return painted[0]

    def set_strength(self, mark_ids: Sequence[str], strength: float) -> None:
        """Set marks to a strength, as one history step; raises RetouchError outside 0 to 1."""
        self.set_strengths(dict.fromkeys(mark_ids, strength))

    def set_strengths(self, strengths: Mapping[str, float]) -> None:
        """Set marks to strengths by id, as one history step; raises RetouchError as above."""
        wrong = [strength for strength in strengths.values() if not 0.0 <= strength <= 1.0]
        if wrong:
            raise RetouchError(f"{wrong[0]} is no strength.", "Choose one from 0 to 1.")
        marks = {i: self.state.marks[i] for i in strengths if i in self.state.marks}
        choice = Choice(marks, {i: strengths[i] for i in marks})
        if choice.marks:
            self._set(choice, self._fills(asked_by_hand(choice), choice), "Strength")

    def set_round(
        self,
        number: int,
        enabled: bool | None = None,
        strength: float | None = None,
        mark_ids: Sequence[str] | None = None,
    ) -> None:
        """Switch one of `rounds` on or off, or let it set another strength; one history step.

        `strength` (0 to 1) is for the strongest marks that the round sets, the others keeping
        their proportion, or for exactly `mark_ids` among them. No network runs. What later rounds
        set stands, and so does a locked mark. The dialogue goes on from what the round says then.
        Raises RetouchError if the round cannot be changed so.
        """
        new = with_round_changed(self.state, number, enabled, strength, mark_ids)
        one = next(each for each in new.rounds if each.number == number)
        # Marks may never have been shown until now.
        fills = self._fills(self._asked_in(one), Choice({}, new.strengths))
        new = replace(new, fills={**new.fills, **fills}) if fills else new
        what = {True: "on", False: "off", None: "changed"}[enabled]
        self._history.push(new, f"{one.label}: {what}")

    def brush_round(
        self,
        number: int,
        points: Sequence[Point],
        radius: float,
        hardness: float = 0.5,
        erase: bool = False,
        shape: Shape = Shape.BRUSH,
    ) -> Box:
        """Paint on the mask of one of `rounds`, or erase from it; one history step.

        What is added gets the round's strength and is the only thing that is filled anew; what is
        erased comes off the marks that the round sets, without a network. Strokes are those of
        `brush`. Returns the box that may look different. A pending turn is discarded. Raises
        RetouchError if the round cannot be changed, NothingThereError as `brush` does.
        """
        self.discard()
        one = changeable_round(self.state, number)
        drawn = Stroke(tuple(points), radius, hardness, erase, shape=shape)
        painted = self._covered(drawn)
        if painted[0].empty or not painted[1].any():
            return painted[0]
        if erase:
            new = with_round_erased(self.state, number, painted, drawn, self._size)
        else:
            mark = self._new_mark(painted)
            added = Choice({mark.id: mark}, {mark.id: strength_added(one)})
            fills = self._fills(self._asked_in(one), added)
            new = with_mark_added(self.state, number, mark, fills, drawn)
        if new is not self.state:
            self._history.push(new, f"{one.label}: {'erased' if erase else 'brushed'}")
        return painted[0]

    def set_locked(self, mark_ids: Sequence[str], locked: bool) -> None:
        """Lock marks against every sentence, or unlock them; one history step."""
        ids = frozenset(mark_ids) & frozenset(self.state.marks)
        locks = self.locks | ids if locked else self.locks - ids
        if locks != self.locks:
            label = "Lock" if locked else "Unlock"
            self._history.push(replace(self.state, locks=locks), label)
            if self._pending is not None and locked:
                choice = self._pending.choice
                free = {i: s for i, s in choice.strengths.items() if i not in ids}
                self._pending.change(replace(choice, strengths=free))

    def set_kind(self, mark_ids: Sequence[str], kind: Kind) -> None:
        """Say what marks really are, as one history step; those retouched are filled anew.

        A pending turn keeps only those that it means by their new kind.
        """
        known, strengths = self.state.marks, self.strengths
        changed = {
            i: replace(known[i], kind=kind, revision=known[i].revision + 1)
            for i in mark_ids
            if i in known and known[i].kind is not kind
        }
        if not changed:
            return
        choice = Choice(changed, {i: strengths[i] for i in changed if i in strengths})
        fills = self._fills(asked_by_hand(choice), choice)
        self._set(replace(choice, strengths={}), fills, "Kind", kinds=dict.fromkeys(changed, kind))
        if self._pending is not None:
            waiting, plan = self._pending.choice, self._pending.turn.plan
            self._pending.change(meant_still(waiting, changed, plan))

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

    def reset(self, keep_locked: bool = False) -> None:
        """Return to the photo as it was; a history step like any other.

        `keep_locked` leaves locked marks as they are: that is what a sentence may do.
        """
        self.discard()
        if self.strengths:
            self._history.push(as_opened(self.state, keep_locked), "Back to the original")

    def switch_branch(self, number: int) -> None:
        """Go to the end of one of `branches`; the steps in force until now become one.

        Raises RetouchError if there is no such branch.
        """
        self.discard()
        try:
            self._history.switch(number)
        except IndexError as error:
            raise RetouchError("There is no such branch.", "Choose one that is listed.") from error

    # Pixels

    def pending_mask(self, box: Box | None = None) -> NDArray[np.uint8]:
        """Return (h, w) uint8: what the pending turn would change; zeros if there is none."""
        where = self.original.box if box is None else box
        if self._pending is None:
            return np.zeros((where.height, where.width), np.uint8)
        choice = self._pending.choice
        return self._shown.union((choice.marks[i] for i in choice.strengths), where)

    def overlay(self, box: Box | None = None, step: int = 1) -> NDArray[np.uint8]:
        """Return the mark shown at each pixel as its kind's place in KINDS + 1, 0 for none.

        (ceil(h / step), ceil(w / step)) uint8, sampled every `step` pixels from the box's corner.
        """
        return self._shown.overlay(self.marks, self.original.box if box is None else box, step)

    def mark_at(self, point: Point) -> Mark | None:
        """Return the mark that the overlay shows at a photo point, or None."""
        return self._shown.at(self.marks, point)

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
                self.reset(keep_locked=True)
            case _:
                pass
        counted = counted_in(plan, self.marks) if plan.action is Action.EXPLAIN else {}
        reply = plan.reply or reply_for(plan, counted, {}, len(self._works))
        if plan.then is not None:
            follow = self._propose(text, plan.then)
            joined = replace(follow, plan=plan, reply=f"{reply} {follow.reply}")
            if self._pending is not None:
                self._pending.turn = replace(joined, plan=replace(plan.then, then=plan.then.then))
            return joined
        return Turn(text, plan, reply, (), self._size)

    def _propose_retouch(self, text: str, plan: Plan) -> Turn:
        known = self.state.marks
        known = {**known, **named_tones(self._works.values(), plan, known.values())}
        turn = Turn(text, plan, "", (), self._size)
        keeps = standing_keeps((*self.state.plans, plan))
        covered = select_marks(plan, known, keeps, self.locks, self.faces)
        asked = Asked(self._words_of(turn), plan)
        meant = heard(
            self._works.values(), asked, known.values(), covered if self._gating else known
        )
        if self._gating:
            works = list(self._works.values())
            strengths = gated(covered, heard_again(works, asked, known.values(), covered, meant))
        else:
            strengths = ungated(meant)
        marks = tuple(known[i] for i in strengths)
        changed = Counter((m.kind, m.region) for m in marks)
        bare = select_marks(replace(plan, keep=()), known, (), self.locks, self.faces)
        kept = Counter(known[i].kind for i in bare if i not in covered)
        reply = reply_for(plan, changed, kept, len(self._works))
        instead, there = found_instead(plan, known, keeps, self.locks, self.faces)
        if instead is not None:
            reply = f"{reply} {instead_reply(there)}"
        turn = replace(turn, reply=reply, marks=marks, instead=instead)
        self._pending = PendingTurn(turn, Choice({m.id: m for m in marks}, strengths))
        return turn

    def _words_of(self, turn: Turn) -> str:
        """A follow-up ("a bit less") says nothing by itself: its plan's own sentence does."""
        return canonical_sentence(turn.plan) if self.turns else turn.text

    def _asked_in(self, one: Round) -> Asked:
        if one.turn is not None:
            return Asked(canonical_sentence(one.turn.plan), one.turn.plan)
        return asked_by_hand(Choice({i: self.state.marks[i] for i in one.strengths}, {}))

    def _fills(
        self,
        asked: Asked,
        choice: Choice,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> dict[FillKey, Fill]:
        state = self.state
        marks = {**state.marks, **choice.marks}
        works = list(self._works.values())
        return missing_fills(
            works, asked, marks, choice.strengths, state.fills, progress, cancelled
        )

    def _set(
        self,
        choice: Choice,
        fills: Mapping[FillKey, Fill],
        label: str,
        turn: Turn | None = None,
        kinds: Mapping[str, Kind] | None = None,
    ) -> None:
        self._history.push(after(self.state, choice, fills, label, turn, kinds), label)

    def _covered(self, drawn: Stroke) -> SoftMask:
        # What a pending turn's corrections took from a mark can be filled again.
        marks = (*self.marks, *self.state.marks.values())
        return covered(drawn, self.original.pixels, self.faces, marks)

    def _new_mark(self, painted: SoftMask) -> Mark:
        self._painted += 1
        return painted_mark(
            painted_id(self._painted), painted, list(self._works.values()), self._size
        )
