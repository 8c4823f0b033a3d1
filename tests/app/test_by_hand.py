"""Lasso, fill and feather in the window: one step each, and Ctrl takes away."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from app.help_sheet import HelpSheet, keys_of
from app.resources import resource_folder
from app.toolbar import Toolbar
from app.view_state import Tool
from retouchgpt_core.geometry import Point
from tests.app.conftest import LEFT, Desk
from tests.app.test_round import centre

CONTROL = Qt.KeyboardModifier.ControlModifier
BARE_SKIN = Point(240.0, 430.0)


def around(point: Point, radius: float = 18.0) -> tuple[Point, ...]:
    x, y = point.x, point.y
    return tuple(
        Point(x + dx * radius, y + dy * radius)
        for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -0.8))
    )


def drag_with(desk: Desk, held: Qt.KeyboardModifier, points: tuple[Point, ...]) -> None:
    canvas = desk.window.canvas
    desk.bot.mousePress(canvas, LEFT, held, desk.at(points[0]))
    for point in points[1:]:
        desk.bot.mouseMove(canvas, desk.at(point))
    desk.bot.mouseRelease(canvas, LEFT, held, desk.at(points[-1]))
    desk.wait(desk.idle)


def test_what_lies_inside_an_outline_is_healed_as_one_step(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    before = desk.shown()
    desk.trigger("lasso")
    desk.drag(*around(centre("m6")))
    state = desk.session.state
    assert [s.label for s in state.steps] == ["Healed inside an outline"]
    assert (desk.shown() != before).any()
    call = next(c for c in desk.backend.engine.calls if c[0] == "lasso")
    assert len(call[1]) == 5, "the outline goes to the engine as it was drawn"
    desk.trigger("undo")
    assert (desk.shown() == before).all()
    assert not desk.session.state.can_undo


def test_an_outline_corrects_a_proposal_and_ctrl_takes_away(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    meant = desk.session.state.pending_marks
    desk.trigger("lasso")
    drag_with(desk, CONTROL, around(centre("m3")))
    assert desk.session.state.pending_marks == meant - {"m3"}
    assert not desk.session.state.steps, "it is part of the proposal"
    desk.drag(*around(centre("m6")))
    assert len(desk.session.state.pending_marks) == len(meant)
    desk.trigger("undo")
    desk.trigger("undo")
    assert desk.session.state.pending_marks == meant
    assert desk.session.state.pending is not None


def test_a_click_with_the_lasso_and_escape_draw_nothing(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.trigger("lasso")
    desk.bot.mouseClick(desk.window.canvas, LEFT, pos=desk.at(centre("m6")))
    desk.wait(desk.idle)
    canvas = desk.window.canvas
    points = around(centre("m6"))
    desk.bot.mousePress(canvas, LEFT, pos=desk.at(points[0]))
    for point in points[1:]:
        desk.bot.mouseMove(canvas, desk.at(point))
    desk.bot.keyClick(canvas, Qt.Key.Key_Escape)
    desk.bot.mouseRelease(canvas, LEFT, pos=desk.at(points[-1]))
    desk.wait(desk.idle)
    assert not desk.session.state.steps


def test_the_outline_is_drawn_while_the_mouse_is_down(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.trigger("lasso")
    canvas = desk.window.canvas
    bare = canvas.grab().toImage()
    points = around(centre("m6"), 40.0)
    desk.bot.mousePress(canvas, LEFT, pos=desk.at(points[0]))
    for point in points[1:]:
        desk.bot.mouseMove(canvas, desk.at(point))
    inside = desk.at(centre("m6"))
    assert canvas.grab().toImage().pixel(inside) != bare.pixel(inside)
    desk.bot.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.grab().toImage().pixel(inside) == bare.pixel(inside)


def test_one_click_takes_in_a_whole_mark_and_ctrl_gives_it_back(
    desk: Desk, photo_file: Path
) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    meant = desk.session.state.pending_marks
    canvas = desk.window.canvas
    canvas.setFocus()
    desk.bot.keyClick(canvas, Qt.Key.Key_G)
    assert desk.session.tool is Tool.FILL
    desk.bot.mouseClick(canvas, LEFT, pos=desk.at(centre("m6")))
    desk.wait(desk.idle)
    painted = {m.id for m in desk.session.state.marks if m.painted}
    assert len(painted) == 1
    assert desk.session.state.pending_marks == meant | painted
    desk.bot.mouseClick(canvas, LEFT, CONTROL, desk.at(centre("m6")))
    desk.wait(desk.idle)
    assert desk.session.state.pending_marks == meant
    desk.trigger("undo")
    assert desk.session.state.pending_marks == meant | painted


def test_a_double_click_fills_once(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.trigger("fill")
    canvas, at = desk.window.canvas, desk.at(centre("m6"))
    desk.bot.mouseClick(canvas, LEFT, pos=at)
    desk.bot.mouseDClick(canvas, LEFT, pos=at)
    desk.wait(desk.idle)
    assert [s.label for s in desk.session.state.steps] == ["Healed a whole mark"]
    assert canvas.viewport.is_fit, "and doesn't zoom"


def test_a_click_on_bare_skin_says_what_to_do_and_is_no_step(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.trigger("fill")
    desk.bot.mouseClick(desk.window.canvas, LEFT, pos=desk.at(BARE_SKIN))
    desk.wait(desk.idle)
    assert "Nothing stands out" in desk.window.stage.banner.sentence.text()
    assert not desk.session.state.steps


def test_feather_is_set_by_slider_and_keys_and_sent_along(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    bar = desk.window.findChild(Toolbar)
    assert bar is not None
    bar.feather.setValue(80)
    assert desk.session.brush_hardness == 0.2
    desk.trigger("harder")
    assert bar.feather.value() == 70
    desk.session.set_brush_radius(10.0)
    desk.trigger("lasso")
    desk.drag(*around(centre("m6")))
    call = next(c for c in desk.backend.engine.calls if c[0] == "lasso")
    assert abs(call[2] - 7.0) < 1e-6


def test_the_new_tools_have_button_icon_key_and_line(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    bar = desk.window.findChild(Toolbar)
    assert bar is not None
    for name, key in (("lasso", "L"), ("fill", "G")):
        action = desk.window.actions_[name]
        assert keys_of(desk.window.actions_, name) == key
        assert f"({key})" in action.toolTip()
        assert not action.icon().isNull()
        assert (resource_folder() / "icons" / f"{name}.svg").is_file()
        button = bar.widgetForAction(action)
        assert isinstance(button, QToolButton)
        assert button.accessibleName()
    sheet = HelpSheet(desk.window.actions_, desk.window)
    words = {label.text() for label in sheet.findChildren(type(desk.window.status_line._message))}
    assert {"Lasso", "Fill a mark", "Ctrl held while painting"} <= words
    sheet.deleteLater()


def test_a_revised_plan_keeps_what_was_outlined(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    number = desk.say("remove the acne")
    desk.trigger("lasso")
    desk.drag(*around(centre("m6")))
    assert any(m.painted for m in desk.session.state.marks)
    desk.session.revise(number, desk.session.turns[number].plan)
    desk.wait(desk.idle)
    painted = [m.id for m in desk.session.state.marks if m.painted]
    assert len(painted) == 1
    assert set(painted) <= desk.session.state.pending_marks
