"""The mask of a round that was applied is brushed from its card in the chat."""

from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QPushButton

from app.view_state import Tool
from retouchgpt_core.geometry import Point
from tests.app.conftest import Desk
from tests.app.test_round import centre


def button(desk: Desk, words: str) -> QPushButton | None:
    found = [
        b for b in desk.window.chat.findChildren(QPushButton) if b.text() == words and b.isVisible()
    ]
    return found[0] if found else None


def press(desk: Desk, words: str) -> None:
    found = button(desk, words)
    assert found is not None, words
    found.click()
    desk.wait(desk.idle)


def waiting(desk: Desk, at: Point) -> bool:
    """Whether the overlay shows a place as what will change."""
    overlay = desk.session.overlay
    assert overlay is not None
    return overlay.pending_at(at)


def test_strokes_change_the_mask_of_the_chosen_round(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    number = desk.say("remove the acne")
    desk.session.apply()
    desk.wait(desk.idle)
    applied = desk.shown()
    first = desk.session.turns[number].mark_ids
    spot = next(iter(first))
    assert not waiting(desk, centre(spot))
    press(desk, "Mask")
    assert desk.session.tool is Tool.BRUSH
    assert waiting(desk, centre(spot)), "the overlay shows which mask it is"
    away = Point(240.0, 430.0)
    desk.drag(away, Point(away.x + 3, away.y))
    assert ("brush_round", 1, False) in desk.backend.engine.calls
    assert desk.session.state.steps[-1].label == "Added to an earlier mask"
    assert len(desk.session.turns[number].mark_ids) == len(first) + 1
    assert (desk.shown() != applied).any()
    assert waiting(desk, away)
    desk.session.set_tool(Tool.ERASER)
    at = centre(spot)
    desk.drag(at, Point(at.x + 1, at.y))
    assert desk.session.state.steps[-1].label == "Erased from an earlier mask"
    assert not waiting(desk, at)
    desk.trigger("undo")
    desk.trigger("undo")
    assert np.array_equal(desk.shown(), applied)
    assert desk.session.turns[number].mark_ids == tuple(sorted(first))
    assert desk.session.state.mask_of == number
    press(desk, "Done")
    assert desk.session.state.mask_of is None
    assert not waiting(desk, at)
    desk.drag(away, Point(away.x + 3, away.y))
    assert desk.session.state.steps[-1].label.startswith("Erased with")


def test_the_button_is_there_as_soon_as_the_round_is(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    there: list[bool] = []
    desk.session.state_changed.connect(lambda: there.append(button(desk, "Mask") is not None))
    desk.session.apply()
    desk.wait(desk.idle)
    desk.trigger("undo")
    desk.trigger("redo")
    assert there == [True, False, True]


def test_a_round_that_was_undone_has_no_mask_to_change(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    assert button(desk, "Mask") is None
    desk.session.apply()
    desk.wait(desk.idle)
    press(desk, "Mask")
    desk.trigger("undo")
    assert desk.session.state.mask_of is None
    assert button(desk, "Mask") is None
    desk.trigger("redo")
    press(desk, "Mask")
    desk.say("soften the shine")
    assert desk.session.state.mask_of is None, "strokes correct the proposal now"
