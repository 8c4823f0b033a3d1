"""A history that outgrows its budget goes to the disk and comes back bit for bit."""

import tempfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from retouchgpt_core.document.history import KEPT_STEPS, History
from retouchgpt_core.document.spill import is_spilled, spilled
from retouchgpt_core.document.state import EditState
from retouchgpt_core.geometry import Box
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.compose import compose
from retouchgpt_core.retouch.fills import Fill
from tests.retouch.synthetic_face import painted

SIZE = (300, 240)
PHOTO = Photo.from_array(np.random.default_rng(4).integers(0, 65536, (240, 300, 3), np.uint16))


def _with_one_more(state: EditState, number: int) -> EditState:
    """Add a mark with its fill, and show only the last three."""
    rng = np.random.default_rng(number)
    full = np.full((40, 60), 255, np.uint8)
    mark = painted(f"p{number}", Box(4 * number, 3 * number, 60, 40), full, photo_size=SIZE)
    shape = (mark.box.height, mark.box.width)
    fill = Fill(
        mark.id,
        mark.box,
        rng.integers(0, 256, shape).astype(np.uint8),
        rng.normal(0, 0.3, (*shape, 3)).astype(np.float16),
        mark.layer,
        SIZE,
    )
    strengths = {**state.strengths, mark.id: 0.5}
    return replace(
        state,
        marks={**state.marks, mark.id: mark},
        fills={**state.fills, mark.key: fill},
        strengths=dict(list(strengths.items())[-3:]),
    )


def _shown(state: EditState) -> Any:
    return compose(PHOTO, state.active_fills, state.strengths)


ONE = History(_with_one_more(EditState(), 1)).memory
"""Bytes of one more mark: its fill and its mask."""


def _long(budget: int, steps: int = 30) -> tuple[History, list[Any]]:
    history = History(EditState(), budget=budget)
    shown = [_shown(history.state)]
    for number in range(1, steps + 1):
        history.push(_with_one_more(history.state, number), f"step {number}")
        shown.append(_shown(history.state))
    return history, shown


def test_memory_stays_within_the_budget_and_every_step_comes_back() -> None:
    budget = 12 * ONE
    history, shown = _long(budget)
    assert history.memory <= budget
    assert sum(is_spilled(f) for f in history.state.fills.values()) > 15
    assert len(history.steps) == 31, "no step is given up"
    while history.can_undo:
        np.testing.assert_array_equal(_shown(history.state), shown[history.place])
        history.undo()
    history.redo(30)
    np.testing.assert_array_equal(_shown(history.state), shown[-1])
    whole, _ = _long(10**9)
    for key, fill in whole.state.fills.items():
        moved = history.state.fills[key]
        np.testing.assert_array_equal(moved.mask, fill.mask)
        np.testing.assert_array_equal(moved.delta.view(np.uint16), fill.delta.view(np.uint16))
    assert not any(map(is_spilled, whole.state.fills.values()))


def test_what_a_project_brings_is_held_to_the_budget_too() -> None:
    whole, shown = _long(10**9)
    opened = History(whole.state, budget=12 * ONE)
    assert opened.memory < whole.memory
    assert any(map(is_spilled, opened.state.fills.values()))
    np.testing.assert_array_equal(_shown(opened.state), shown[-1])


def test_what_the_latest_steps_show_stays_in_memory() -> None:
    history, _ = _long(budget=0)
    for step in history.steps[-KEPT_STEPS:]:
        assert not any(map(is_spilled, step.state.active_fills))
    assert any(map(is_spilled, history.state.fills.values()))


def test_a_full_disk_costs_memory_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    history, shown = _long(budget=0, steps=8)
    history.undo(4)
    np.testing.assert_array_equal(_shown(history.state), shown[4])
    assert not any(map(is_spilled, history.state.fills.values()))


def test_spilled_arrays_cannot_be_written_to() -> None:
    (fill,) = _with_one_more(EditState(), 1).fills.values()
    (moved,) = spilled([fill])
    with pytest.raises(ValueError, match="read-only"):
        moved.delta[0, 0] = 0
    assert moved.nbytes == fill.nbytes
    assert spilled([]) == []


def test_a_branch_can_be_returned_to() -> None:
    history, shown = _long(10**9, steps=4)
    history.undo(2)
    history.push(_with_one_more(history.state, 9), "another way")
    other = _shown(history.state)
    (branch,) = history.branches
    assert branch.labels == ("step 3", "step 4")
    history.switch(branch.number)
    np.testing.assert_array_equal(_shown(history.state), shown[4])
    assert [step.label for step in history.steps] == ["Opened", *(f"step {n}" for n in range(1, 5))]
    (branch,) = history.branches
    assert branch.labels == ("another way",)
    history.switch(0)
    np.testing.assert_array_equal(_shown(history.state), other)
    with pytest.raises(IndexError):
        history.switch(1)


def test_branches_count_towards_the_budget_and_are_spilled_first() -> None:
    history, shown = _long(budget=12 * ONE, steps=10)
    history.undo(8)
    for number in range(20, 40):
        history.push(_with_one_more(history.state, number), f"new {number}")
    assert history.memory <= 12 * ONE
    history.switch(0)
    np.testing.assert_array_equal(_shown(history.state), shown[10])
