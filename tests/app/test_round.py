"""The main job, in the window: open, say, see, correct, apply, go back, save."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage

from app.canvas.overlay import KIND_BITS, PENDING, STATE_SHIFT
from app.canvas.pyramid import as_array
from app.snapshot import TurnStatus
from app.view_state import Tool
from retouchgpt_core.geometry import Point
from retouchgpt_core.vocabulary import KINDS, Kind
from tests.app.conftest import Desk
from tests.app.fake_portrait import SPOTS, portrait


def centre(name: str) -> Point:
    height, width = portrait().shape[:2]
    spot = next(s for s in SPOTS if s[0] == name)
    return Point(spot[3] * width, spot[4] * height)


def test_a_round_from_opening_to_saving(desk: Desk, photo_file: Path, tmp_path: Path) -> None:
    original = as_array(QImage(str(photo_file)))
    desk.open(photo_file)
    assert np.array_equal(desk.shown(), original)

    turn = desk.say("remove the acne, keep the moles")
    assert desk.session.turns[turn].status is TurnStatus.PENDING
    assert desk.session.state.pending_marks == {"m1", "m2", "m3", "m4", "m5"}
    overlay = desk.session.overlay
    assert overlay is not None
    assert overlay.pending_at(centre("m1"))
    assert not overlay.pending_at(centre("m6"))
    assert np.array_equal(desk.shown(), original), "nothing changes before Apply"

    desk.bot.keyClick(desk.window.chat.entry, Qt.Key.Key_Escape)
    desk.bot.keyClick(desk.window.canvas, Qt.Key.Key_E)
    assert desk.session.tool is Tool.ERASER
    spot = centre("m3")
    desk.drag(Point(spot.x - 12, spot.y), spot, Point(spot.x + 12, spot.y))
    assert desk.session.overlay is not None
    assert not desk.session.overlay.pending_at(spot)
    assert desk.session.overlay.pending_at(centre("m1"))

    desk.trigger("apply")
    applied = desk.shown()
    assert desk.session.turns[turn].status is TurnStatus.APPLIED
    assert not np.array_equal(applied, original)
    changed = (applied != original).any(axis=2)
    assert changed[int(centre("m1").y), int(centre("m1").x)]
    assert not changed[int(spot.y), int(spot.x)], "what was erased stays"

    desk.trigger("undo")
    assert np.array_equal(desk.shown(), original)
    assert desk.session.turns[turn].status is TurnStatus.UNDONE
    desk.trigger("redo")
    assert np.array_equal(desk.shown(), applied)
    assert desk.session.dirty

    target = tmp_path / "anna retouched.png"
    desk.save_as(target)
    assert not desk.session.dirty
    assert np.array_equal(as_array(QImage(str(target))), applied)
    assert np.array_equal(as_array(QImage(str(photo_file))), original)


def test_the_overlay_codes_say_what_is_pending(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("take the shine down")
    overlay = desk.session.overlay
    assert overlay is not None
    pending = (overlay.codes >> 4) & 3 == PENDING
    assert pending.any()
    assert desk.session.state.pending_marks == {"m8"}
    desk.trigger("discard")
    overlay = desk.session.overlay
    assert overlay is not None
    assert not ((overlay.codes >> 4) & 3 == PENDING).any()
    assert [t.status for t in desk.session.turns.values()] == [TurnStatus.DISCARDED]


def test_undo_takes_strokes_then_the_proposal(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.bot.keyClick(desk.window.canvas, Qt.Key.Key_Escape)
    desk.trigger("eraser")
    desk.session.scale_brush(2)
    desk.drag(centre("m3"))
    assert desk.session.state.pending_marks == {"m1", "m2", "m4", "m5"}
    desk.trigger("brush")
    desk.drag(centre("m6"))
    assert len(desk.session.state.pending_marks) == 5
    assert desk.session.state.steps == (), "corrections belong to the round"
    desk.trigger("undo")
    desk.trigger("undo")
    assert desk.session.state.pending_marks == {"m1", "m2", "m3", "m4", "m5"}
    desk.trigger("redo")
    assert desk.session.state.pending_marks == {"m1", "m2", "m4", "m5"}
    desk.trigger("undo")
    desk.trigger("undo")
    assert desk.session.state.pending is None
    assert not desk.window.actions_["undo"].isEnabled()


def test_nothing_found_is_no_question(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.session.set_locked(("m8",), True, "Keep")
    desk.wait(desk.idle)
    turn = desk.say("take the shine down")
    assert desk.session.turns[turn].status is TurnStatus.ANSWERED
    assert desk.session.state.pending is None


def test_an_area_that_will_change_is_tinted_as_one(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("take the shine down")
    overlay = desk.session.overlay
    assert overlay is not None
    shine = centre("m8")
    assert overlay.pending_at(shine)
    inside = next(m for m in desk.session.state.marks if m.id == "m5")
    height, width = portrait().shape[:2]
    assert inside.centre.distance(shine) < 0.2 * min(height, width)
    pending = (overlay.codes >> STATE_SHIFT) & 3 == PENDING
    assert set(np.unique(overlay.codes[pending] & KIND_BITS)) == {KINDS.index(Kind.SHINE) + 1}


def test_painting_without_a_proposal_heals_at_once(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    before = desk.shown()
    desk.bot.keyClick(desk.window.canvas, Qt.Key.Key_B)
    spot = centre("m6")
    desk.drag(spot, Point(spot.x + 2, spot.y))
    changed = (desk.shown() != before).any(axis=2)
    assert changed[int(spot.y), int(spot.x)]
    assert [s.label for s in desk.session.state.steps] == ["Healed with the brush"]
    desk.trigger("undo")
    assert np.array_equal(desk.shown(), before)


def test_patched_pictures_equal_a_pyramid_built_anew(desk: Desk, photo_file: Path) -> None:
    from app.canvas.pyramid import Pyramid

    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("apply")
    photo = desk.session.photo
    assert photo is not None
    anew = Pyramid.build(as_array(photo.after.levels[0]))
    for patched, built in zip(photo.after.levels, anew.levels, strict=True):
        assert np.array_equal(as_array(patched), as_array(built))


def test_the_history_goes_to_any_step(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("apply")
    one = desk.shown()
    desk.say("take the shine down")
    desk.trigger("apply")
    two = desk.shown()
    history = desk.window.history
    assert history.count() == 3
    desk.session.travel_to(0)
    desk.wait(desk.idle)
    assert not desk.session.dirty
    history.itemClicked.emit(history.item(1))
    desk.wait(desk.idle)
    assert np.array_equal(desk.shown(), one)
    history.itemClicked.emit(history.item(2))
    desk.wait(desk.idle)
    assert np.array_equal(desk.shown(), two)


def test_undo_said_in_the_chat_moves_the_history(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    before = desk.shown()
    first = desk.say("remove the acne")
    desk.trigger("apply")
    desk.say("undo that")
    assert np.array_equal(desk.shown(), before)
    assert desk.session.state.position == 0
    assert desk.session.turns[first].status is TurnStatus.UNDONE
    desk.trigger("redo")
    assert desk.session.turns[first].status is TurnStatus.APPLIED


def test_a_question_offers_its_options(desk: Desk, photo_file: Path) -> None:
    from PySide6.QtWidgets import QPushButton

    desk.open(photo_file)
    desk.say("fix it")

    def offered() -> dict[str, QPushButton]:
        found = desk.window.chat.findChildren(QPushButton)
        return {b.accessibleName() or b.text(): b for b in found if b.isVisible()}

    desk.wait(lambda: "Soften the shine" in offered())
    desk.bot.mouseClick(offered()["Soften the shine"], Qt.MouseButton.LeftButton)
    desk.wait(desk.idle)
    assert desk.session.state.pending_marks == {"m8"}


def test_strength_lock_and_eye_of_a_kind(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    row = desk.window.found.rows[Kind.ACNE]
    row.slider.setValue(60)
    desk.wait(desk.idle)
    strengths = desk.session.state.strengths
    assert {strengths[i] for i in ("m1", "m2", "m3")} == {0.6}
    row.lock.click()
    desk.wait(desk.idle)
    assert desk.session.state.locks == {"m1", "m2", "m3"}
    assert not row.slider.isEnabled()
    turn = desk.say("remove the acne")
    assert not desk.session.state.pending_marks & {"m1", "m2", "m3"}
    assert desk.session.turns[turn].status is TurnStatus.PENDING
    row.eye.click()
    assert desk.session.hidden_kinds == {Kind.ACNE}
    assert desk.session.mark_at(centre("m1")) is None or (
        desk.session.mark_at(centre("m1")).kind is not Kind.ACNE  # pyright: ignore
    )


def test_a_click_on_a_mark_opens_its_menu(desk: Desk, photo_file: Path) -> None:
    from app.canvas.mark_menu import MarkMenu

    desk.open(photo_file)
    desk.bot.mouseClick(desk.window.canvas, Qt.MouseButton.LeftButton, pos=desk.at(centre("m6")))
    menu = desk.window.canvas.findChild(MarkMenu)
    assert menu is not None
    words = [a.text() for a in menu.actions()]
    assert words[0] == "Mole · right cheek · 87 % sure"
    next(a for a in menu.actions() if a.text() == "Remove").trigger()
    menu.close()
    desk.wait(desk.idle)
    assert desk.session.state.strengths == {"m6": 1.0}


def test_hovering_says_what_a_mark_is(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.bot.mouseMove(desk.window.canvas, QPoint(3, 3))
    desk.bot.mouseMove(desk.window.canvas, desk.at(centre("m4")))
    assert desk.window.canvas.hover_words == ("Acne mark · right cheek", "87 % sure")
    desk.bot.mouseMove(desk.window.canvas, desk.at(centre("m6")))
    assert desk.window.canvas.hover_words[-1] == "stays unless you name it"
    desk.say("remove the acne")
    desk.bot.mouseMove(desk.window.canvas, desk.at(centre("m4")))
    assert desk.window.canvas.hover_words[-1] == "will change"
    desk.bot.mouseMove(desk.window.canvas, desk.at(centre("m6")))
    assert desk.window.canvas.hover_words[-1] == "will stay"
    desk.trigger("discard")
    assert desk.window.canvas.hover_words[-1] == "stays unless you name it"
