"""The language model and the device are chosen; models rest when idle; a full card is survived."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.device_button import DeviceButton
from app.engine_port import CoreBackend
from app.model_dialog import ModelDialog
from app.session import AppSession
from app.snapshot import ModelStage, TurnStatus
from app.window import MainWindow
from retouchgpt_core.errors import WeightsError
from tests.app.conftest import Desk
from tests.app.test_round import centre
from tests.language.test_plugged import make_model


class OutOfMemoryError(RuntimeError):
    """What torch raises when a graphics card is full, by its name."""


def model_dialog(desk: Desk) -> ModelDialog:
    desk.trigger("language")
    dialog = desk.window.findChild(ModelDialog)
    assert dialog is not None
    return dialog


def type_folder(desk: Desk, dialog: ModelDialog, folder: Path) -> None:
    dialog.folder.setText(str(folder))
    desk.bot.keyClick(dialog.folder, Qt.Key.Key_Return)


def test_a_model_is_chosen_told_and_remembered(
    desk: Desk, photo_file: Path, tmp_path: Path
) -> None:
    desk.open(photo_file)
    dialog = model_dialog(desk)
    assert dialog.bundled.isChecked()
    assert "bundled" in dialog.state.text()
    desk.backend.engine.seconds["language"] = 0.4
    type_folder(desk, dialog, tmp_path / "Llama")
    desk.wait(lambda: "loading" in dialog.state.text())
    busy = desk.window.chat.busy
    desk.wait(lambda: desk.session.busy is not None and "Llama" in desk.session.busy.words)
    desk.wait(busy.isVisible)
    desk.wait(desk.idle)
    assert desk.backend.engine.model == tmp_path / "Llama"
    assert dialog.state.text() == "Llama reads. Its weights take 1.3 GB."
    assert dialog.other.isChecked()
    assert desk.window.settings.language_model == tmp_path / "Llama"
    dialog.bundled.click()
    desk.wait(lambda: desk.session.model.folder is None and desk.idle())
    assert desk.backend.engine.model is None
    assert desk.window.settings.language_model is None
    dialog.accept()


def test_a_refused_model_leaves_the_bundled_one(desk: Desk, tmp_path: Path) -> None:
    desk.session.choose_model(tmp_path / "good")
    desk.wait(lambda: desk.session.model.stage is ModelStage.READY and desk.idle())
    dialog = model_dialog(desk)
    desk.backend.engine.errors["language"] = WeightsError("It is no model.", "Choose another.")
    type_folder(desk, dialog, tmp_path / "bad")
    desk.wait(lambda: desk.session.model.stage is ModelStage.REFUSED and desk.idle())
    assert dialog.state.text() == "It is no model. Choose another. The bundled model reads."
    assert dialog.bundled.isChecked()
    assert desk.backend.engine.model is None
    assert desk.window.stage.banner.isVisible()
    assert desk.window.settings.language_model == tmp_path / "good", "what worked is remembered"
    dialog.accept()


def test_the_latest_choice_wins(desk: Desk, tmp_path: Path) -> None:
    desk.session.warm_up()
    desk.wait(desk.idle)
    engine = desk.backend.engine
    engine.seconds["language"] = 0.2
    told: list[tuple[str, ModelStage]] = []

    def tell() -> None:
        model = desk.session.model
        assert model.folder is not None
        told.append((model.folder.name, model.stage))

    desk.session.model_changed.connect(tell)
    engine.started.clear()
    desk.session.choose_model(tmp_path / "one")
    assert engine.started.wait(3)
    desk.session.choose_model(tmp_path / "two")
    desk.session.choose_model(tmp_path / "three")
    desk.wait(desk.idle)
    read = [call[1].name for call in engine.calls if call[0] == "read_with"]
    assert read == ["one", "three"], "the one in between was never loaded"
    assert [name for name, stage in told if stage is ModelStage.READY] == ["three"]
    assert engine.model == tmp_path / "three"


def test_the_device_is_changed_and_the_work_goes_on(desk: Desk, photo_file: Path) -> None:
    desk.backend.found = {"cuda": "NVIDIA Test", "cpu": "CPU, 2 cores"}
    desk.open(photo_file)
    button = desk.window.findChild(DeviceButton)
    assert button is not None
    assert button.text() == "NVIDIA Test"
    desk.say("remove the acne")
    desk.trigger("apply")
    retouched = desk.shown().copy()
    turn = desk.say("soften the shine")
    button.fill()
    words = {a.text(): a for a in button.menu().actions()}
    assert words["The fastest there is"].isChecked()
    words["CPU, 2 cores"].trigger()
    desk.wait(lambda: button.text() == "CPU, 2 cores" and desk.idle())
    assert desk.backend.loaded_on == ["auto", "cpu"]
    assert desk.window.settings.device == "cpu"
    assert desk.session.state.pending == turn
    assert np.array_equal(desk.shown(), retouched)
    desk.trigger("apply")
    desk.trigger("undo")
    assert np.array_equal(desk.shown(), retouched)
    desk.trigger("undo")
    assert desk.session.state.position == 0


@pytest.mark.parametrize("job", ["open", "propose", "apply"])
def test_a_full_graphics_card_falls_back_to_the_processor(
    desk: Desk, photo_file: Path, job: str
) -> None:
    desk.backend.found = {"cuda": "NVIDIA Test", "cpu": "CPU, 2 cores"}
    errors = desk.backend.engine.errors
    full = OutOfMemoryError("CUDA out of memory")
    if job == "open":
        errors[job] = full
    desk.open(photo_file)
    if job == "propose":
        errors[job] = full
    turn = desk.say("remove the acne")
    desk.session.set_brush_radius(12)
    desk.trigger("brush")
    desk.drag(centre("m6"))
    if job == "apply":
        errors[job] = full
    desk.trigger("apply")
    assert desk.session.turns[turn].status is TurnStatus.APPLIED
    assert len(desk.session.state.strengths) == 6, "five marks and what was painted"
    assert desk.backend.loaded_on == ["auto", "cpu"]
    assert desk.session.device == "CPU, 2 cores"
    banner = desk.window.stage.banner
    assert banner.isVisible()
    assert "the processor goes on" in banner.sentence.text()


def test_idle_models_are_released_and_come_back(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("apply")
    retouched = desk.shown().copy()
    desk.say("soften the shine")
    desk.session.release()
    desk.wait(desk.idle)
    desk.bot.wait(50)
    assert "rest" not in desk.backend.engine.calls, "not under a proposal"
    desk.trigger("discard")
    idle = desk.session._idle
    assert idle.isActive()
    idle.start(0)
    desk.wait(lambda: desk.session.device == "")
    idle.setInterval(60_000)
    assert "rest" in desk.backend.engine.calls
    assert np.array_equal(desk.shown(), retouched)
    loads = desk.backend.engine.calls.count("load")
    desk.say("soften the shine")
    assert desk.backend.engine.calls.count("load") == loads + 1
    assert desk.session.device == "CPU, 2 cores"
    desk.trigger("apply")
    desk.trigger("undo")
    assert np.array_equal(desk.shown(), retouched)
    desk.trigger("undo")
    assert not desk.session.state.can_undo


def test_a_real_model_made_here_is_loaded_by_the_real_engine(desk: Desk, tmp_path: Path) -> None:
    folder = make_model(tmp_path / "tiny", "llama")
    session = AppSession(CoreBackend())
    window = MainWindow(session, desk.window.theme)
    try:
        session.choose_model(folder)
        desk.bot.waitUntil(lambda: session.model.stage is not ModelStage.LOADING, timeout=60_000)
        assert session.model.stage is ModelStage.READY, session.model.reason
        assert 10_000 < session.model.memory < 10_000_000
        session.choose_model(tmp_path)
        desk.bot.waitUntil(lambda: session.model.stage is ModelStage.REFUSED, timeout=30_000)
        assert "no language model" in session.model.reason
    finally:
        window.close_without_asking()
        window.deleteLater()
        session.deleteLater()
