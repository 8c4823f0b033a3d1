"""The history shows a picture of each step, and returns to steps that were left behind."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt

from app.canvas.pyramid import as_array
from app.panels.history import HistoryPanel
from app.step_pictures import KEPT, SIDE
from tests.app.conftest import Desk

LEFT = Qt.MouseButton.LeftButton


def picture(history: HistoryPanel, row: int) -> np.ndarray:
    icon = history.item(row).icon()
    assert not icon.isNull()
    return as_array(icon.pixmap(SIDE, SIDE).toImage())


def click(desk: Desk, row: int) -> None:
    history = desk.window.history
    desk.bot.mouseClick(
        history.viewport(), LEFT, pos=history.visualItemRect(history.item(row)).center()
    )
    desk.wait(desk.idle)


def test_each_step_has_a_picture_of_its_own(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    history = desk.window.history
    desk.say("remove the acne")
    desk.trigger("apply")
    desk.say("soften the shine")
    desk.trigger("apply")
    made = [picture(history, row) for row in range(3)]
    assert history.count() == 3
    assert not np.array_equal(made[0], made[1])
    assert not np.array_equal(made[1], made[2])
    desk.trigger("undo")
    for row in range(3):
        assert np.array_equal(picture(history, row), made[row]), "undone steps keep theirs"


def test_pictures_are_bounded_and_go_with_their_photo(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    kept = desk.window.history._pictures._pictures
    for number in range(3):
        desk.session.set_strength(("m1",), 0.1 * number + 0.1, "Softer")
        desk.wait(desk.idle)
    assert len(kept) == 4
    some = next(iter(kept.values()))
    kept.update({1000 + n: some for n in range(KEPT)})
    desk.session.set_strength(("m1",), 0.9, "Stronger")
    desk.wait(desk.idle)
    assert len(kept) == KEPT
    desk.session.open(photo_file)
    desk.wait(lambda: desk.session.analysed and desk.idle() and not desk.session.state.position)
    assert len(kept) == 1


def test_steps_left_behind_are_shown_and_returned_to(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    history = desk.window.history
    desk.say("remove the acne")
    desk.trigger("apply")
    one = desk.shown().copy()
    desk.trigger("undo")
    desk.say("soften the shine")
    desk.trigger("apply")
    other = desk.shown().copy()
    assert [history.item(row).text() for row in range(history.count())][2].startswith("Left behind")
    click(desk, 2)
    assert np.array_equal(desk.shown(), one)
    assert desk.session.dirty
    assert history.count() == 3
    click(desk, 2)
    assert np.array_equal(desk.shown(), other)
    desk.trigger("undo")
    desk.trigger("redo")
    assert np.array_equal(desk.shown(), other)


def test_a_line_that_stays_as_it_is_is_not_made_anew(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    history = desk.window.history
    desk.say("remove the acne")
    desk.trigger("apply")
    first = history.item(0), history.item(1)
    desk.session.set_strength(("m1",), 0.3, "Softer")
    desk.wait(desk.idle)
    assert (history.item(0), history.item(1)) == first
    desk.trigger("undo")
    assert [history.item(row).font().italic() for row in range(3)] == [False, False, True]
    desk.session.set_strength(("m1",), 0.6, "Other")
    desk.wait(desk.idle)
    words = [history.item(row).text() for row in range(history.count())]
    assert words[2:] == ["Other", "Left behind: Softer"]
    assert [history.item(row).font().italic() for row in range(4)] == [False] * 3 + [True]
