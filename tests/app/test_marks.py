"""Marks can be chosen in a box, called by another kind, and seen beside the photo before."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.canvas.mark_menu import MarkMenu
from app.canvas.navigator import Navigator
from app.view_state import Compare
from retouchgpt_core.geometry import Point
from retouchgpt_core.vocabulary import Kind
from tests.app.conftest import Desk
from tests.app.test_round import centre

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


def menu_of(desk: Desk) -> MarkMenu:
    menu = desk.window.canvas.findChild(MarkMenu)
    assert menu is not None
    return menu


def test_a_box_chooses_several_marks_and_removes_them(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    canvas = desk.window.canvas
    one, other = centre("m1"), centre("m2")
    desk.bot.mousePress(canvas, LEFT, SHIFT, desk.at(Point(one.x - 15, one.y - 15)))
    desk.bot.mouseMove(canvas, desk.at(one))
    desk.bot.mouseMove(canvas, desk.at(Point(other.x + 15, other.y + 15)))
    desk.bot.mouseRelease(canvas, LEFT, SHIFT, desk.at(Point(other.x + 15, other.y + 15)))
    assert desk.session.selected == ("m1", "m2"), "areas are not chosen with the spots on them"
    menu = menu_of(desk)
    assert menu.actions()[0].text() == "2 pimples"
    next(a for a in menu.actions() if a.text() == "Remove").trigger()
    menu.close()
    desk.wait(desk.idle)
    assert desk.session.state.strengths == {"m1": 1.0, "m2": 1.0}
    assert len(desk.session.state.steps) == 1
    desk.bot.keyClick(canvas, Qt.Key.Key_Escape)
    assert desk.session.selected == ()


def test_a_mark_is_called_by_its_real_kind(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.bot.mouseClick(desk.window.canvas, LEFT, pos=desk.at(centre("m1")))
    kinds = next(a for a in menu_of(desk).actions() if a.text().startswith("It is really"))
    submenu = kinds.menu()
    assert submenu is not None
    offered = {a.text(): a for a in submenu.actions()}  # pyright: ignore
    assert set(offered) == {
        *("Pimple", "Acne mark", "Blackhead", "Scar", "Freckle", "Mole", "Age spot")
    }
    assert offered["Pimple"].isChecked()
    offered["Mole"].trigger()
    desk.wait(desk.idle)
    mark = desk.session.state.mark("m1")
    assert mark is not None
    assert mark.kind is Kind.MOLE
    assert [s.label for s in desk.session.state.steps] == ["Called mole: Pimple · left cheek"]
    desk.trigger("undo")
    mark = desk.session.state.mark("m1")
    assert mark is not None
    assert mark.kind is Kind.ACNE


def test_a_strength_of_what_is_not_applied_yet_is_no_step(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("brush")
    desk.drag(centre("m6"))
    painted = next(m.id for m in desk.session.state.marks if m.painted)
    desk.session.set_strength((painted,), 0.5, "Strength")
    desk.wait(desk.idle)
    assert desk.session.state.steps == ()
    desk.trigger("apply")
    assert len(desk.session.state.steps) == 1


def test_side_by_side_shows_the_same_part_and_takes_the_brush_on_both(
    desk: Desk, photo_file: Path
) -> None:
    desk.open(photo_file)
    canvas = desk.window.canvas
    desk.trigger("side")
    assert desk.session.compare is Compare.SIDE
    assert canvas.viewport.across == canvas.width() / 2
    desk.trigger("overlay")
    half = canvas.width() // 2

    def halves() -> tuple[np.ndarray, np.ndarray]:
        from app.canvas.pyramid import as_array

        picture = as_array(canvas.grab().toImage())
        return picture[60:, 4 : half - 4], picture[60:, half + 4 : 2 * half - 4]

    before, after = halves()
    assert np.abs(before.astype(int) - after).mean() < 1.0
    desk.trigger("brush")
    at = desk.at(centre("m6"))
    desk.bot.mouseClick(canvas, LEFT, pos=at + QPoint(half, 0))
    desk.wait(desk.idle)
    assert [m.painted for m in desk.session.state.marks][-1]
    assert desk.session.state.marks[-1].centre.distance(centre("m6")) < 2
    desk.trigger("look")
    before, after = halves()
    assert np.abs(before.astype(int) - after).max() > 20, "only the right half shows the change"
    desk.trigger("side")
    assert canvas.viewport.across == canvas.width()


def test_zoom_goes_to_the_cursor_and_the_navigator_moves_the_view(
    desk: Desk, photo_file: Path
) -> None:
    desk.open(photo_file)
    canvas = desk.window.canvas
    assert Navigator.place(canvas.viewport) is None
    spot = centre("m4")
    desk.bot.mouseMove(canvas, desk.at(spot))
    under = desk.at(spot)
    desk.trigger("double")
    assert canvas.zoom == 2.0
    assert (desk.at(spot) - under).manhattanLength() <= 2
    canvas.magnify(8.0)
    place = Navigator.place(canvas.viewport)
    assert place is not None
    desk.bot.mouseClick(canvas, LEFT, pos=place.center().toPoint())
    seen = canvas.viewport.visible().centre
    assert seen.distance(Point(240, 300)) < 8
    assert not desk.session.selected


def test_wheel_and_keys_change_size_and_hardness(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.trigger("brush")
    canvas, session = desk.window.canvas, desk.session

    def wheel(modifier: Qt.KeyboardModifier) -> None:
        at = QPointF(canvas.rect().center())
        event = QWheelEvent(
            at,
            canvas.mapToGlobal(at),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            modifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(canvas, event)

    size, zoom = session.brush_radius, canvas.zoom
    wheel(Qt.KeyboardModifier.ControlModifier)
    assert session.brush_radius > size
    wheel(SHIFT)
    assert session.brush_hardness == 0.6
    assert canvas.zoom == zoom
    desk.trigger("softer")
    desk.trigger("softer")
    assert session.brush_hardness == 0.4
    for _ in range(12):
        session.harden_brush(0.1)
    assert session.brush_hardness == 1.0
