"""Steps come back exactly; the order of rounds that set different marks does not matter."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retouchgpt_core.document.history import History
from retouchgpt_core.document.state import EditState
from retouchgpt_core.geometry import Box
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.compose import compose
from retouchgpt_core.retouch.fills import Fill
from tests.retouch.synthetic_face import painted

SIZE = (120, 90)
PHOTO = Photo.from_array(
    np.random.default_rng(1).integers(0, 65536, (90, 120, 3)).astype(np.uint16)
)


def _opened() -> EditState:
    """Six overlapping marks with their fills, nothing retouched."""
    rng = np.random.default_rng(2)
    marks, fills = {}, {}
    for number in range(6):
        box = Box(10 * number, 8 * number, 40, 35)
        mask = rng.integers(0, 256, (35, 40)).astype(np.uint8)
        mask[0, 0] = mask[-1, -1] = 1  # the box is the mask's own
        mark = painted(f"m{number}", box, mask, photo_size=SIZE)
        where = mark.box
        full = np.zeros((where.height, where.width), np.uint8)
        full[box.relative_to(where).slices] = mask
        marks[mark.id] = mark
        delta = rng.normal(0, 0.2, (*full.shape, 3)).astype(np.float16)
        layer = ("spot", "line", "tone")[number % 3]
        fills[mark.key] = Fill(mark.id, where, full, delta, layer, SIZE)
    return EditState(marks=marks, fills=fills)


OPENED = _opened()


def _shown(state: EditState) -> Any:
    return compose(PHOTO, state.active_fills, state.strengths)


STRENGTH = st.sampled_from([0.0, 0.25, 0.5, 1.0])
ROUND = st.dictionaries(st.sampled_from(sorted(OPENED.marks)), STRENGTH, min_size=1)


@settings(max_examples=40, deadline=None)
@given(rounds=st.lists(ROUND, min_size=1, max_size=6), back=st.integers(0, 9))
def test_undo_and_redo_return_the_exact_pixels(rounds: list[dict[str, float]], back: int) -> None:
    history = History(OPENED)
    shown = [_shown(history.state)]
    for number, strengths in enumerate(rounds):
        history.push(history.state.with_strengths(strengths), f"round {number}")
        shown.append(_shown(history.state))
    gone = history.undo(back)
    assert gone == min(back, len(rounds))
    np.testing.assert_array_equal(_shown(history.state), shown[len(rounds) - gone])
    assert history.redo(back) == gone
    np.testing.assert_array_equal(_shown(history.state), shown[-1])
    history.undo(len(rounds))
    assert not history.can_undo
    np.testing.assert_array_equal(_shown(history.state), PHOTO.pixels)


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(STRENGTH, min_size=6, max_size=6),
    order=st.permutations(range(6)),
)
def test_the_order_of_rounds_does_not_matter(values: list[float], order: list[int]) -> None:
    names = sorted(OPENED.marks)
    at_once = OPENED.with_strengths(dict(zip(names, values, strict=True)))
    one_by_one = OPENED
    for index in order:
        one_by_one = one_by_one.with_strengths({names[index]: values[index]})
    np.testing.assert_array_equal(_shown(at_once), _shown(one_by_one))


def test_a_new_step_drops_what_could_be_redone() -> None:
    history = History(OPENED, "Opened")
    for label in ("a", "b", "c"):
        history.push(history.state, label)
    assert history.undo(2) == 2
    assert history.can_redo
    history.push(history.state, "d")
    assert [step.label for step in history.steps] == ["Opened", "a", "d"]
    assert history.place == 2
    assert not history.can_redo
    assert history.redo() == 0
    history.go_to(0)
    assert history.state is OPENED
    with pytest.raises(IndexError):
        history.go_to(7)


def test_states_cannot_be_changed_or_built_wrong() -> None:
    with pytest.raises(TypeError):
        OPENED.strengths["m0"] = 1.0  # type: ignore[index]
    strengths = {"m0": 0.5}
    state = replace(OPENED, strengths=strengths)
    strengths["m0"] = 0.9
    assert state.strengths == {"m0": 0.5}
    assert [fill.mark_id for fill in state.active_fills] == ["m0"]
    with pytest.raises(ValueError, match="strength of m0"):
        OPENED.with_strengths({"m0": 1.5})
    with pytest.raises(ValueError, match="no mark"):
        OPENED.with_strengths({"nobody": 1.0})
