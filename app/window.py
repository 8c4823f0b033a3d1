"""The main window: canvas in the middle, chat right, what was found and the history left."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QIcon, QImage
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QMessageBox, QWidget

from app.actions import Actions
from app.canvas.screen_colours import in_srgb
from app.chat.panel import ChatPanel
from app.chat.phrases import PhraseList
from app.device_button import DeviceButton
from app.files import FileDesk
from app.folder_desk import FolderDesk
from app.help_sheet import HelpSheet
from app.i18n import tr, tr_count
from app.menus import Menus
from app.model_dialog import ModelDialog, model_words
from app.panels.details import Details
from app.panels.found import FoundPanel
from app.picture_keeper import PictureKeeper
from app.preset_menu import PresetMenu
from app.recovery import Recovery
from app.recovery_file import recovery_folder
from app.resources import resource_folder
from app.screen_menu import ScreenMenu
from app.session import AppSession
from app.settings import Settings
from app.snapshot import Failure, ModelStage
from app.stage import Stage
from app.status import StatusLine
from app.theme import Theme
from app.toolbar import Toolbar
from app.tour import Tour
from app.view_state import Tool

FIRST_SIZE = QSize(1440, 900)


class MainWindow(QMainWindow):
    """Puts the parts together; the session holds everything that they show."""

    def __init__(self, session: AppSession, theme: Theme, settings: Settings | None = None) -> None:
        super().__init__()
        self.session = session
        self.theme = theme
        self.settings = settings or Settings(self)
        self.stage = Stage(session, theme, self.settings)
        self.canvas = self.stage.canvas
        self.files = FileDesk(session, self)
        self.actions_ = Actions(session, theme, self)
        self.addActions(self.actions_.all())
        self.setCentralWidget(self.stage)
        self.chat = ChatPanel(session, theme)
        self.found = FoundPanel(session, theme)
        self.details = Details(session)
        self.history = self.details.history
        self.folder = FolderDesk(session, self.files, theme, self)
        self.keeper = PictureKeeper(self)
        self.recovery = Recovery(session, self)
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        below = Qt.DockWidgetArea.BottomDockWidgetArea
        self._docks = [
            self._dock("found", tr("Found"), self.found, left, 240),
            self._dock("details", tr("History, faces, photo"), self.details, left, 240),
            self._dock("chat", tr("Chat"), self.chat, right, 320),
            self._dock("strip", tr("Film strip"), self.folder.strip, below, 0),
        ]
        for untitled in (1, 3):
            self._docks[untitled].setTitleBarWidget(QWidget())
        self.strip_dock = self._docks[3]
        self.strip_dock.hide()
        self.setCorner(Qt.Corner.BottomLeftCorner, left)
        self.setCorner(Qt.Corner.BottomRightCorner, right)
        device = DeviceButton(session, self.settings, self.actions_["language"])
        self.status_line = StatusLine(session, self.canvas, device)
        self.setStatusBar(self.status_line)
        self.addToolBar(Toolbar(session, self.actions_, self.canvas, theme, self))
        self.presets = PresetMenu(session, self)
        self.screens = ScreenMenu(session, self.settings, self)
        self.menus = Menus(
            self, self.actions_, self._docks, theme, self.settings, self.presets, self.screens
        )
        self.tour: Tour | None = None
        self._connect()
        self._closing = False
        self.setWindowIcon(QIcon(str(resource_folder() / "icons" / "retouchgpt.svg")))
        self.resize(FIRST_SIZE)
        self.resizeDocks([self._docks[0], self._docks[2]], [262, 352], Qt.Orientation.Horizontal)
        self.resizeDocks(self._docks[:2], [560, 190], Qt.Orientation.Vertical)
        self._on_title()

    def open(self, path: Path) -> None:
        """Open a photo or a folder, as the command line asks for it."""
        self.files.open(path)

    def restore_place(self) -> None:
        """Put the window where it was last time."""
        place = self.settings.place
        if place is not None:
            self.restoreGeometry(place[0])
            self.restoreState(place[1])
            self.strip_dock.hide()

    def show_tour(self) -> None:
        """Show the four cards, over the parts that they are about."""
        if self.tour is None:
            self.tour = Tour(self, (self.chat, self.stage, self.found, self.details))
            self.tour.ended.connect(self._on_tour)

    def _on_tour(self) -> None:
        self.tour = None
        self.settings.toured = True
        self.chat.entry.setFocus()

    def _dock(
        self, name: str, title: str, inside: QWidget, area: Qt.DockWidgetArea, least: int
    ) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        label = QLabel(title)
        label.setObjectName("dockTitle")
        dock.setTitleBarWidget(label)
        inside.setMinimumWidth(least)
        dock.setWidget(inside)
        self.addDockWidget(area, dock)
        return dock

    def _connect(self) -> None:
        session, actions, files = self.session, self.actions_, self.files
        for name, what in (
            ("open", files.ask_open),
            ("open_folder", files.ask_folder),
            ("paste", self._paste),
            ("copy", self._copy),
            ("save", files.save),
            ("save_as", lambda: files.ask_save()),
            ("export", files.ask_export),
            ("save_project", files.ask_project),
            ("close", files.close),
            ("quit", self.close),
            ("chat", self.chat.entry.setFocus),
            ("phrases", self.show_phrases),
            ("language", self.show_model),
            ("fit", self.canvas.fit),
            ("actual", lambda: self.canvas.magnify(1.0)),
            ("double", lambda: self.canvas.magnify(2.0)),
            ("zoom_in", lambda: self.canvas.zoom_by(1.25)),
            ("zoom_out", lambda: self.canvas.zoom_by(0.8)),
            ("previous", lambda: self.folder.go(-1)),
            ("next", lambda: self.folder.go(1)),
            ("save_next", self.folder.save_and_go),
            ("apply_to_rest", self.folder.ask_apply),
            ("keys", self.show_keys),
            ("tour", self.show_tour),
        ):
            actions[name].triggered.connect(lambda _checked=False, w=what: w())
        self.stage.open_asked.connect(files.ask_open)
        self.stage.recent_asked.connect(files.open)
        self.menus.open_asked.connect(files.open)
        self.canvas.file_dropped.connect(files.open)
        self.canvas.image_dropped.connect(self._keep)
        self.keeper.kept.connect(files.open)
        self.keeper.refused.connect(self._on_refused)
        self.chat.entry.left.connect(self.canvas.setFocus)
        self.chat.phrases_asked.connect(self.show_phrases)
        self.found.pointed_at.connect(self.canvas.look_at)
        self.details.faces.chosen.connect(self.canvas.look_at)
        self.chat.pointed_at.connect(self.canvas.look_at)
        self.folder.shown.connect(self.strip_dock.show)
        self.folder.said.connect(self._note)
        self.folder.folder.moved.connect(self._on_folder)
        session.failed.connect(self._on_failed)
        session.noticed.connect(lambda sentence, more: self._note(sentence, (more,)))
        session.model_changed.connect(self._on_model)
        session.saved.connect(self._on_saved)
        session.photo_changed.connect(self._on_photo)
        session.state_changed.connect(self._on_state)
        session.dirty_changed.connect(self._on_title)
        self._on_folder()

    def _on_folder(self) -> None:
        folder = self.folder.folder
        self.actions_["previous"].setEnabled(folder.beside(-1) is not None)
        self.actions_["next"].setEnabled(folder.beside(1) is not None)

    # Small windows.

    def show_keys(self) -> None:
        """Show the cheat sheet."""
        sheet = HelpSheet(self.actions_, self)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def show_phrases(self) -> None:
        """Show what can be said."""
        phrases = PhraseList(self)
        phrases.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        phrases.chosen.connect(self.chat.entry.propose)
        phrases.open()

    def show_model(self) -> None:
        """Let the user choose the language model."""
        dialog = ModelDialog(self.session, self.settings, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # The clipboard.

    def _copy(self) -> None:
        photo = self.session.photo
        if photo is not None:
            image = in_srgb(photo.after.levels[0], self.session.screen.icc)
            QGuiApplication.clipboard().setImage(image)
            self.status_line.say(tr("The picture was copied, as it is shown."))

    def _paste(self) -> None:
        data = QGuiApplication.clipboard().mimeData()
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if files:
            self.files.open(files[0])
        elif data.hasImage():
            self._keep(data.imageData())
        else:
            self._on_failed(
                Failure(
                    0,
                    tr("There is no picture in the clipboard."),
                    tr("Copy one in another program first."),
                )
            )

    def _keep(self, image: object) -> None:
        if isinstance(image, QImage) and not image.isNull():
            self.keeper.keep(image)

    def _on_refused(self, path: Path) -> None:
        self._on_failed(
            Failure(
                0,
                tr("The picture could not be kept in {folder}.", folder=path.parent),
                tr("Save it in the other program and open the file."),
            )
        )

    # What the session says.

    def _on_photo(self) -> None:
        self.stage.banner.hide()
        photo = self.session.photo
        if photo is not None:
            self.settings.remember(self.session.project_path or photo.path)
            self.folder.follow(photo.path)
            if photo.notes:
                self._note(tr("{name} was opened.", name=photo.path.name), photo.notes)
        self.status_line.say("")
        self._on_title()
        if self.tour is None:
            QTimer.singleShot(0, self.chat.entry, self.chat.entry.setFocus)

    def _note(self, sentence: str, notes: Sequence[str]) -> None:
        self.stage.banner.show_notes(sentence, notes)
        self.stage.place_banner()

    def _on_state(self) -> None:
        self.stage.banner.settle()
        state = self.session.state
        if state.pending is not None:
            count = len(state.pending_marks)
            self.status_line.say(
                tr_count(
                    "1 mark will change. Correct it with the brush (B) and eraser (E), "
                    "then apply (Ctrl+Enter).",
                    "{count} marks will change. Correct them with the brush (B) and eraser (E), "
                    "then apply (Ctrl+Enter).",
                    count,
                )
            )
        elif self.session.analysed:
            self.status_line.say("")

    def _on_failed(self, failure: Failure) -> None:
        if failure.cancelled:
            self.status_line.say(f"{failure.sentence} {failure.next_step}")
            return
        if failure.faceless:
            words = tr("Show the face")
            self.stage.banner.show_failure(failure, words, self._show_face)
        else:
            self.stage.banner.show_failure(failure)
        self.stage.place_banner()
        project = failure.homeless
        if project is not None:
            kept_safe = project.parent == recovery_folder()
            go_on = self.recovery.adopt if kept_safe else self.session.open_project
            self.files.ask_photo_of(project, lambda photo: go_on(project, photo))

    def _on_model(self) -> None:
        model = self.session.model
        self.status_line.say(model_words(model))
        if model.stage is ModelStage.READY:
            self.settings.language_model = model.folder
        elif model.stage is ModelStage.REFUSED:
            self._on_failed(
                Failure(0, model.reason, tr("The bundled model reads what you say meanwhile."))
            )

    def _show_face(self) -> None:
        self.session.set_tool(Tool.FACE)
        self.status_line.say(tr("Drag a box around the face, from the hairline to the chin."))

    def offer_rescued(self) -> None:
        """Offer the work that an earlier run could not end normally."""
        found = self.recovery.found()
        if not found:
            return
        rescued = found[0]
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Information)
        box.setWindowTitle(tr("Unsaved work was found"))
        name, when = rescued.photo.name, f"{rescued.when:%Y-%m-%d %H:%M}"
        box.setText(tr("The program did not end normally while {name} was open.", name=name))
        box.setInformativeText(
            tr("Your retouching up to the last step ({when}) can be brought back.", when=when)
        )
        back = box.addButton(tr("Bring it back"), QMessageBox.ButtonRole.AcceptRole)
        drop = box.addButton(tr("Delete it"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(tr("Later"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(back)

        def decide() -> None:
            if box.clickedButton() is back:
                self.recovery.restore(rescued)
            elif box.clickedButton() is drop:
                self.recovery.drop(rescued)

        box.finished.connect(decide)
        box.finished.connect(box.deleteLater)
        box.open()

    def _on_saved(self, path: Path, notes: Sequence[str]) -> None:
        self.stage.banner.hide()
        if notes:
            self._note(tr("{name} was saved.", name=path.name), notes)
        words = tr("Saved as {name}.", name=path.name)
        if self.session.state.pending is not None:
            words += " " + tr("What is still proposed is not in it.")
        self.status_line.say(words)
        self.folder.strip.settle()

    def _on_title(self) -> None:
        photo = self.session.photo
        name = f"{photo.path.name}[*] - " if photo else ""
        self.setWindowTitle(f"{name}RetouchGPT")
        self.setWindowModified(self.session.dirty)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closing and self.session.dirty:
            event.ignore()
            self.files.guard(self.close_without_asking)
            return
        self._closing = True
        self.settings.place = self.saveGeometry(), self.saveState()
        self.hide()
        self.folder.strip.stop()
        self.keeper.stop()
        self.session.stop()
        self.recovery.stop()
        self.settings.finish()
        super().closeEvent(event)

    def close_without_asking(self) -> None:
        """Close although work may be lost; the user was asked, or nobody is there."""
        self._closing = True
        self.close()
