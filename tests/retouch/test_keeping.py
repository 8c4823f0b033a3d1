"""Marks that a sentence keeps, and permanent ones, are left out of fills that reach over them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from retouchgpt_core.document.edited_photo import EditedPhoto
from retouchgpt_core.document.project import NOTHING_ELSE, load_project, save_project
from retouchgpt_core.document.rounds import Round
from retouchgpt_core.document.selection import FacePlace
from retouchgpt_core.document.state import EditState
from retouchgpt_core.document.turn import Turn
from retouchgpt_core.geometry import Box, Point
from retouchgpt_core.language.plan import Action, Edit, FaceSelector, Keep, Plan
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.fills import Fill
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.vocabulary import Kind
from tests.retouch.test_sparing import SIDE, fill, mark

PHOTO = Photo.from_array(np.full((SIDE, SIDE, 3), 120, np.uint8))
UNCHANGED = 120


def sure(of: Mark, confidence: float) -> Mark:
    return replace(of, confidence=confidence)


def said(
    number: int, *edits: Kind, keep: Kind | None = None, faces: tuple[FaceSelector, ...] = ()
) -> Round:
    kept = () if keep is None else (Keep((keep,), faces=faces),)
    plan = Plan(Action.RETOUCH, (Edit(tuple(edits)),) if edits else (), kept).canonical()
    return Round(number, "said", turn=Turn("said", plan, ""))


def state_of(marks: list[Mark], strengths: Mapping[str, float], *rounds: Round) -> EditState:
    fills: dict[tuple[str, int], Fill] = {m.key: fill(m) for m in marks if m.id in strengths}
    places = (FacePlace(1, Box(0, 0, SIDE, SIDE)),)
    return EditState({m.id: m for m in marks}, strengths, frozenset(), fills, rounds, places)


def row(state: EditState) -> np.ndarray:
    return EditedPhoto(PHOTO, state, NOTHING_ELSE).render()[60, :, 0].astype(int)


PIMPLE = sure(mark("pimple", Kind.ACNE, 50, 60, 18), 0.6)
MOLE = sure(mark("mole", Kind.MOLE, 66, 60, 6), 0.4)


def test_a_permanent_mark_beside_a_pimple_keeps_its_pixels() -> None:
    after = row(state_of([PIMPLE, MOLE], {"pimple": 1.0}))
    assert (after[60:73] == UNCHANGED).all()
    assert after[45] > 165


def test_of_touching_marks_each_keeps_its_own_side() -> None:
    """Soft rims reach into neighbours; a pimple beside a freckle must go to its middle."""
    soft = cv2.GaussianBlur(PIMPLE.mask, (0, 0), 3)
    pimple = replace(PIMPLE, mask=soft, centre=Point(50, 60))
    freckle = replace(MOLE, mask=cv2.GaussianBlur(MOLE.mask, (0, 0), 3), kind=Kind.FRECKLE)
    alone = row(state_of([pimple], {"pimple": 1.0}))
    for rounds in ((), (said(1, Kind.ACNE, keep=Kind.FRECKLE),)):
        after = row(state_of([pimple, freckle], {"pimple": 1.0}, *rounds))
        assert (after[:57] == alone[:57]).all()
        assert (after[66:] == UNCHANGED).all()
        assert (np.diff(after[50:66]) <= 0).all()


def test_a_permanent_mark_that_is_retouched_holds_nothing_back() -> None:
    state = state_of([PIMPLE, MOLE], {"pimple": 1.0, "mole": 0.5})
    assert state.shown_fills == state.active_fills


def test_what_is_less_surely_a_mole_than_a_pimple_goes_with_it() -> None:
    """Two names of one spot: the pimple that was asked for must not stay as a faint mole."""
    faint, clear = (sure(mark("mole", Kind.MOLE, 52, 60, 6), c) for c in (0.2, 0.9))
    assert row(state_of([PIMPLE, faint], {"pimple": 1.0}))[52] > 165
    assert row(state_of([PIMPLE, clear], {"pimple": 1.0}))[52] == UNCHANGED


def test_a_keep_holds_even_what_is_unsure_until_its_kind_is_named() -> None:
    faint = sure(mark("mole", Kind.MOLE, 52, 60, 6), 0.2)
    keeping = said(1, Kind.ACNE, keep=Kind.MOLE)
    marks, strengths = [PIMPLE, faint], {"pimple": 1.0}
    assert row(state_of(marks, strengths, keeping))[52] == UNCHANGED
    assert row(state_of(marks, strengths, keeping, said(2, Kind.REDNESS)))[52] == UNCHANGED
    assert row(state_of(marks, strengths, keeping, said(2, Kind.MOLE)))[52] > 165


def test_a_keep_of_a_kind_that_is_not_permanent_holds_too() -> None:
    flat = sure(mark("flat", Kind.ACNE_MARK, 66, 60, 6), 0.4)
    marks, strengths = [PIMPLE, flat], {"pimple": 1.0}
    assert row(state_of(marks, strengths))[62] > 150
    kept = row(state_of(marks, strengths, said(1, Kind.ACNE, keep=Kind.ACNE_MARK)))
    assert (kept[60:73] == UNCHANGED).all()


def test_a_keep_is_about_the_faces_that_it_names() -> None:
    faint = sure(mark("mole", Kind.MOLE, 52, 60, 6), 0.2)
    other = FacePlace(2, Box(0, 0, SIDE // 2, SIDE // 2))
    marks, strengths = [PIMPLE, faint], {"pimple": 1.0}
    for selector, stays in (("largest", True), (2, False), (1, True)):
        keeping = said(1, Kind.ACNE, keep=Kind.MOLE, faces=(selector,))
        state = state_of(marks, strengths, keeping)
        state = replace(state, faces=(*state.faces, other))
        assert bool(row(state)[52] == UNCHANGED) is stays


def test_smooth_tones_lie_over_kept_marks_as_over_the_skin_around_them() -> None:
    """Without them a disc of the old redness would surround every mole."""
    red = mark("red", Kind.REDNESS, 60, 60, 40)
    state = state_of([red, MOLE], {"red": 1.0}, said(1, Kind.REDNESS, keep=Kind.MOLE))
    assert state.shown_fills == state.active_fills
    kept_tone = state_of([PIMPLE, red], {"pimple": 1.0}, said(1, Kind.ACNE, keep=Kind.REDNESS))
    assert kept_tone.shown_fills == kept_tone.active_fills


def test_what_was_painted_wins_over_a_keep_but_not_over_a_lock() -> None:
    painted = replace(PIMPLE, painted=True, confidence=1.0)
    state = state_of([painted, MOLE], {"pimple": 1.0}, said(1, Kind.ACNE, keep=Kind.MOLE))
    assert state.shown_fills == state.active_fills
    locked = replace(state, locks=frozenset({"mole"}))
    assert (row(locked)[60:73] == UNCHANGED).all()


def test_a_kept_line_gives_way_to_a_spot_that_lies_on_it() -> None:
    line = sure(mark("line", Kind.WRINKLE, 66, 60, 6), 0.9)
    on_it = sure(mark("on", Kind.ACNE, 66, 60, 3), 0.5)
    hair = sure(mark("hair", Kind.STRAY_HAIR, 60, 60, 12), 0.9)
    for over, stays in ((PIMPLE, True), (on_it, False), (hair, False)):
        asked = said(1, over.kind, keep=Kind.WRINKLE)
        state = state_of([over, line], {over.id: 1.0}, asked)
        assert bool(row(state)[66] == UNCHANGED) is stays


def test_keeps_are_there_again_in_a_saved_project(tmp_path: Path) -> None:
    faint = sure(mark("mole", Kind.MOLE, 52, 60, 6), 0.2)
    keeping = said(1, Kind.ACNE, keep=Kind.MOLE, faces=("largest",))
    state = state_of([PIMPLE, faint], {"pimple": 1.0}, keeping)
    path = tmp_path / "kept.rgpt"
    save_project(path, PHOTO, state)
    again = load_project(path, PHOTO)
    assert again.faces == state.faces
    np.testing.assert_array_equal(row(again), row(state))
    assert row(again)[52] == UNCHANGED
