"""Recent photos, the clipboard, export, the cheat sheet, the tour, what can be said, facts."""

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, QSettings, Qt
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QLineEdit, QPushButton

from app import settings_file
from app.asking import LAYERED
from app.canvas.pyramid import as_array, as_image
from app.chat.phrases import PHRASES, PhraseList
from app.export_dialog import FORMATS, ExportDialog
from app.files import home_of
from app.help_sheet import HelpSheet
from app.picture_keeper import pasted_folder
from app.requests import Copy
from app.settings import Settings
from app.theme import Look
from app.tour import CARDS
from app.view_state import Tool
from app.word_button import WordButton
from retouchgpt_core.document.layered import encoder_for
from retouchgpt_core.photo.formats import format_for
from tests.app.conftest import Desk
from tests.app.fake_portrait import portrait

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def _cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_recent_photos_are_offered_and_outlive_the_window(desk: Desk, photo_file: Path) -> None:
    menu = desk.window.menus.recent
    assert not menu.isEnabled()
    desk.open(photo_file)
    assert menu.actions()[0].text() == "anna.png"
    desk.window.settings.finish()
    assert Settings().recent == [photo_file]
    buttons = [b for b in desk.window.stage.findChildren(QPushButton) if b.text() == "anna.png"]
    assert len(buttons) == 1
    menu.actions()[0].trigger()
    desk.wait(desk.idle)
    menu.actions()[-1].trigger()
    desk.window.settings.finish()
    assert Settings().recent == []
    assert not menu.isEnabled()


def test_the_theme_and_the_tour_are_remembered() -> None:
    settings = Settings()
    assert (settings.look, settings.toured, settings.place) == (Look.SYSTEM, False, None)
    settings.look = Look.LIGHT
    settings.toured = True
    settings.finish()
    again = Settings()
    assert (again.look, again.toured) == (Look.LIGHT, True)


def test_settings_are_written_on_another_thread_and_the_latest_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writers: set[int] = set()

    class Watched(QSettings):
        def sync(self) -> None:
            writers.add(threading.get_ident())
            super().sync()

    monkeypatch.setattr(settings_file, "QSettings", Watched)
    settings = Settings()
    for number in range(20):
        settings.keep("model", f"number {number}")
    assert settings.value("model", "") == "number 19", "known at once"
    settings.finish()
    assert Settings().value("model", "") == "number 19"
    assert writers
    assert threading.get_ident() not in writers


def test_a_picture_goes_out_by_copy_and_comes_in_by_paste(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.window.canvas.setFocus()
    desk.trigger("copy")
    copied = as_array(QGuiApplication.clipboard().image())
    assert np.array_equal(copied, portrait())
    desk.trigger("paste")
    session = desk.session
    desk.wait(lambda: session.photo is not None and session.photo.path.parent == pasted_folder())
    desk.wait(lambda: session.analysed and desk.idle())
    assert np.array_equal(desk.shown(), portrait())
    assert session.photo is not None
    assert home_of(session.photo.path).parent != pasted_folder()
    QGuiApplication.clipboard().setText("no picture")
    desk.trigger("paste")
    assert "no picture in the clipboard" in desk.window.stage.banner.sentence.text()


def test_a_dropped_picture_is_opened(desk: Desk) -> None:
    data = QMimeData()
    data.setImageData(as_image(portrait()))
    event = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        data,
        LEFT,
        Qt.KeyboardModifier.NoModifier,
    )
    desk.window.canvas.dropEvent(event)
    desk.wait(lambda: desk.session.photo is not None and desk.session.analysed)
    desk.wait(desk.idle)


def test_a_copy_is_exported_in_another_format(desk: Desk, photo_file: Path, tmp_path: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("apply")
    desk.trigger("export")
    dialog = desk.window.findChild(ExportDialog)
    assert dialog is not None
    assert dialog.format.currentText() == "PNG"
    assert dialog.quality is None
    dialog.format.setCurrentText("JPEG")
    dialog.slider.setValue(60)
    assert (dialog.path.name, dialog.quality) == ("anna retouched.jpg", 60)
    dialog.accept()
    files = desk.file_dialog()
    name = files.findChild(QLineEdit)
    assert name is not None
    assert name.text().endswith("anna retouched.jpg")
    target = tmp_path / "small.jpg"
    name.setText(str(target))
    files.accept()
    desk.wait(lambda: target.exists() and desk.idle())
    assert not QImage(str(target)).isNull()
    assert desk.session.saved_path is None, "saving goes on with the photo's own format"
    assert not desk.session.dirty
    desk.wait(lambda: desk.window.findChild(QFileDialog) is None)


def test_a_small_copy_is_no_saved_work(desk: Desk, photo_file: Path, tmp_path: Path) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("apply")
    desk.trigger("export")
    dialog = desk.window.findChild(ExportDialog)
    assert dialog is not None
    assert dialog.copy is None
    assert not dialog.edge.isVisible()
    dialog.sizes.setCurrentIndex(dialog.sizes.count() - 1)
    assert dialog.edge.isVisible()
    dialog.edge.setValue(300)
    dialog.profile.setCurrentIndex(1)
    dialog.metadata.setChecked(False)
    assert dialog.copy == Copy(300, "srgb", metadata=False)
    dialog.add_profile("/profiles/Printer.icc")
    assert dialog.profile.currentText() == "Printer.icc"
    assert dialog.copy == Copy(300, "/profiles/Printer.icc", metadata=False)
    dialog.accept()
    target = tmp_path / "web.png"
    files = desk.file_dialog()
    name = files.findChild(QLineEdit)
    assert name is not None
    name.setText(str(target))
    files.accept()
    desk.wait(lambda: target.exists() and desk.idle())
    assert QImage(str(target)).height() == 300
    assert desk.session.dirty, "the full size is still nowhere"
    assert desk.session.saved_path is None
    desk.wait(lambda: desk.window.findChild(QFileDialog) is None)


def test_layers_are_exported_and_are_no_place_to_save_to(
    desk: Desk, photo_file: Path, tmp_path: Path
) -> None:
    desk.open(photo_file)
    desk.say("remove the acne")
    desk.trigger("apply")
    desk.session.save(tmp_path / "out.psd")
    desk.wait(lambda: (tmp_path / "out.psd").exists() and desk.idle())
    assert (tmp_path / "out.psd").read_bytes() == b"layers of 5 marks"
    assert desk.session.saved_path is None


def test_every_export_format_is_written_by_the_core() -> None:
    for name, ending, _ in FORMATS:
        if ending in LAYERED:
            assert encoder_for(Path(f"x{ending}"))
        else:
            assert format_for(Path(f"x{ending}")) == name


def test_f1_lists_every_key_there_is(desk: Desk) -> None:
    desk.bot.keyClick(desk.window.canvas, Qt.Key.Key_F1)
    sheet = desk.window.findChild(HelpSheet)
    assert sheet is not None
    shown = {label.text() for label in sheet.findChildren(QLabel)}
    for action in desk.window.actions_.all():
        for keys in action.shortcuts()[:1]:
            assert any(keys.toString() in text.split(", ") for text in shown), action.text()
    sheet.close()


def test_the_tour_has_four_cards_and_is_shown_once(desk: Desk) -> None:
    desk.window.settings.toured = False
    desk.window.show_tour()
    tour = desk.window.tour
    assert tour is not None
    assert len(CARDS) == 4
    seen: list[str] = []
    for number in range(4):
        assert tour.at == number
        assert desk.window.rect().contains(tour.card.geometry())
        seen.append(tour.card.accessibleName())
        if number < 3:
            desk.bot.mouseClick(tour.next, LEFT)
    assert len(set(seen)) == 4
    desk.bot.keyClick(tour.next, Qt.Key.Key_Left)
    assert tour.at == 2
    assert tour.next.hasFocus(), "an arrow turns the card and leaves the focus"
    for button in (tour.skip, tour.back, tour.next):
        desk.bot.keyClick(desk.window.focusWidget(), Qt.Key.Key_Tab)
        assert button.hasFocus()
    desk.window.resize(1000, 700)
    assert tour.size() == desk.window.size()
    desk.bot.keyClick(tour.next, Qt.Key.Key_E)
    assert desk.session.tool is Tool.LOOK
    desk.bot.keyClick(tour, Qt.Key.Key_Escape)
    assert desk.window.tour is None
    assert desk.window.settings.toured


def test_a_phrase_is_put_into_the_entry_and_not_sent(desk: Desk, photo_file: Path) -> None:
    desk.open(photo_file)
    desk.trigger("phrases")
    phrases = desk.window.findChild(PhraseList)
    assert phrases is not None
    button = phrases.findChildren(WordButton)[1]
    desk.bot.mouseClick(button, LEFT)
    assert desk.window.chat.entry.toPlainText() == PHRASES[0][1][1]
    assert not desk.session.turns
    assert phrases.result() == QDialog.DialogCode.Accepted


def test_faces_and_facts_of_the_photo_are_listed(desk: Desk, photo_file: Path) -> None:
    desk.backend.notes = ("It was CMYK.",)
    desk.open(photo_file)
    facts = dict(desk.window.details.facts.facts())
    assert facts["Size"] == "480 \u00d7 600 pixels"
    assert facts["Format"] == "PNG, 8 bit"
    assert facts["Marks"] == "8 found"
    assert facts["Note"] == "It was CMYK."
    faces = desk.window.details.faces
    assert [faces.item(n).text() for n in range(faces.count())] == ["Face 1 \u00b7 8 marks"]
    scale = desk.window.canvas.viewport.scale
    desk.window.canvas.magnify(8.0)
    faces.itemClicked.emit(faces.item(0))
    assert desk.window.canvas.viewport.scale <= 2 * scale
