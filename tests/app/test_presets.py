"""Presets: plans with a name that are proposed like anything that was said."""

from pathlib import Path

from PySide6.QtWidgets import QInputDialog

from app.presets import keep_preset, merged, preset_folder, presets
from retouchgpt_core.language.plan import Action, Edit, Keep, Plan
from retouchgpt_core.vocabulary import NATURAL_PRESET, Kind
from tests.app.conftest import Desk


def test_the_presets_that_come_along_can_be_read() -> None:
    own = [p for p in presets() if p.own]
    come = {p.name: p.plan for p in presets() if not p.own}
    assert not own
    assert len(come) == 4
    natural = Plan(Action.RETOUCH, tuple(Edit(k, strength=s) for k, s in NATURAL_PRESET))
    assert come["Natural"] == natural.canonical()


def test_steps_are_kept_proposed_and_deleted_as_a_preset(desk: Desk, photo_file: Path) -> None:
    menu = desk.window.presets
    menu.fill()
    assert not any(a.isEnabled() for a in menu.actions() if a.text()), "no photo is open"
    desk.open(photo_file)
    desk.say("remove the acne, keep the moles")
    desk.trigger("apply")
    desk.say("take the shine down")
    desk.trigger("apply")
    menu.fill()
    next(a for a in menu.actions() if a.text().startswith("Keep these")).trigger()
    dialog = desk.window.findChild(QInputDialog)
    assert dialog is not None
    dialog.setTextValue("Studio / Anna")
    dialog.accept()
    assert [p.name for p in preset_folder().iterdir()] == ["studio_anna.json"]
    desk.trigger("reset")
    menu.fill()
    next(a for a in menu.actions() if a.text() == "Studio / Anna").trigger()
    desk.wait(desk.idle)
    assert desk.session.state.pending_marks == {"m1", "m2", "m3", "m4", "m5", "m8"}
    turn = desk.session.turns[desk.session.state.pending or 0]
    assert turn.text == "Preset: Studio / Anna"
    assert turn.plan.keep == (Keep((Kind.MOLE,)),)
    desk.trigger("discard")
    delete = menu.actions()[-1].menu()
    assert delete is not None
    delete.actions()[0].trigger()  # pyright: ignore
    assert not list(preset_folder().iterdir())


def test_later_steps_win_when_they_are_made_one() -> None:
    acne, half = Edit((Kind.ACNE,)), Edit((Kind.ACNE,), strength=0.5)
    keep = Plan(Action.RETOUCH, (), (Keep((Kind.MOLE,)),))
    moles = Plan(Action.RETOUCH, (Edit((Kind.MOLE,)),))
    first, second = Plan(Action.RETOUCH, (acne,)), Plan(Action.RETOUCH, (half,))
    assert merged((first, second)) == second.canonical()
    total = merged((first, keep, moles))
    assert total is not None
    assert not total.keep
    assert merged((first, Plan(Action.RESET), moles)) == moles.canonical()
    assert merged(()) is None
    assert merged((keep,)) is None


def test_a_file_that_is_no_preset_is_passed_over() -> None:
    kept = keep_preset("Mine", Plan(Action.RETOUCH, (Edit((Kind.SHINE,), strength=0.5),)))
    (kept.path.parent / "broken.json").write_text("{")
    (kept.path.parent / "strange.json").write_text('{"name": "x", "plan": {"action": "fly"}}')
    assert [p.name for p in presets() if p.own] == ["Mine"]
