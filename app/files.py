"""Opening and saving: dialogs, names, and never losing work or the original silently."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.export_dialog import ExportDialog
from app.file_icons import PROJECT, FileIcons
from app.i18n import tr
from app.picture_keeper import pasted_folder
from app.requests import Copy
from app.session import AppSession

WRITABLE = "*.jpg *.jpeg *.jpe *.png *.tif *.tiff *.webp *.avif *.heic *.heif"
RAW = (
    "*.3fr *.arw *.cr2 *.cr3 *.crw *.dng *.erf *.fff *.iiq *.kdc *.mef *.mos *.mrw *.nef *.nrw "
    "*.orf *.pef *.raf *.raw *.rw2 *.rwl *.sr2 *.srf *.srw *.x3f"
)
READABLE = f"{WRITABLE} {RAW}"
"""What `retouchgpt_core.photo.formats` knows (a test holds them together): importing that would
load the image codecs before the window is there."""
_BOTH = f"{READABLE} {READABLE.upper()}"


def proposed_path(photo: Path) -> Path:
    """Return where a retouched photo is saved unless the user says otherwise: next to it.

    A camera RAW is saved as TIFF.
    """
    suffix = photo.suffix if f"*{photo.suffix.lower()}" in WRITABLE.split() else ".tif"
    return photo.with_name(f"{photo.stem} retouched{suffix}")


def home_of(photo: Path) -> Path:
    """Return the photo's path, or for a pasted picture one among the user's own pictures."""
    if photo.parent != pasted_folder():
        return photo
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    return Path(pictures) / photo.name


def free_path(photo: Path) -> Path:
    """Return the proposed path, numbered if a file is there already."""
    proposed = proposed_path(photo)
    number = 2
    while proposed.exists():
        proposed = proposed_path(photo)
        proposed = proposed.with_name(f"{proposed.stem} {number}{proposed.suffix}")
        number += 1
    return proposed


def same_file(one: Path, other: Path) -> bool:
    """Say whether two paths are one file on disk."""
    try:
        return one.samefile(other)
    except OSError:
        return one.absolute() == other.absolute()


class FileDesk(QObject):
    """Asks where to, and before anything would be lost."""

    folder_asked = Signal(Path)

    def __init__(self, session: AppSession, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._icons = FileIcons()
        self._after_saving: Callable[[], None] | None = None
        session.saved.connect(self._on_saved)
        session.failed.connect(self._on_failed)

    def ask_open(self) -> None:
        """Let the user choose a photo."""
        photo = self._session.photo
        folder = str(photo.path.parent) if photo else ""
        dialog = QFileDialog(self._window, tr("Open a photo"), folder)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setIconProvider(self._icons)
        dialog.setNameFilters(
            [
                tr("Photos and projects ({patterns})", patterns=f"{_BOTH} *{PROJECT}"),
                tr("All (*)"),
            ]
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.open(Path(chosen)))
        dialog.open()

    def ask_photo_of(self, project: Path, then: Callable[[Path], None]) -> None:
        """Let the user say where the photo of a project is now."""
        title = tr("Where is the photo of {name}?", name=project.name)
        dialog = QFileDialog(self._window, title, str(project.parent))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("Photos ({patterns})", patterns=_BOTH), tr("All (*)")])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
        dialog.open()

    def ask_project(self) -> None:
        """Let the user choose where to save the project."""
        photo = self._session.photo
        if photo is None:
            return
        place = self._session.project_path or home_of(photo.path).with_suffix(PROJECT)
        dialog = QFileDialog(self._window, tr("Save the project"), str(place.parent))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setIconProvider(self._icons)
        dialog.setNameFilters([tr("RetouchGPT projects ({patterns})", patterns=f"*{PROJECT}")])
        dialog.setDefaultSuffix(PROJECT.lstrip("."))
        dialog.selectFile(place.name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self._session.save_project(Path(chosen)))
        dialog.open()

    def ask_folder(self) -> None:
        """Let the user choose a folder of photos."""
        photo = self._session.photo
        dialog = QFileDialog(
            self._window, tr("Open a folder"), str(photo.path.parent) if photo else ""
        )
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self.open(Path(chosen)))
        dialog.open()

    def open(self, path: Path) -> None:
        """Open a photo, or a folder of them; asks first if that would lose work."""
        if path.is_dir():
            self.folder_asked.emit(path)
        elif path.suffix.lower() == PROJECT:
            self.guard(lambda: self._session.open_project(path))
        else:
            self.guard(lambda: self._session.open(path))

    def close(self) -> None:
        """Put the open photo away; asks first if that would lose work."""
        self.guard(self._session.close_photo)

    def save_beside(self, then: Callable[[], None]) -> None:
        """Save under the proposed name without asking, then go on with `then`."""
        photo = self._session.photo
        if photo is None or not self._session.dirty:
            then()
            return
        self._after_saving = then
        self._session.save(self._session.saved_path or free_path(home_of(photo.path)))

    def ask_export(self) -> None:
        """Ask for format and quality, then where to."""
        photo = self._session.photo
        if photo is None:
            return
        dialog = ExportDialog(photo, proposed_path(home_of(photo.path)), self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.ask_save(dialog.path, dialog.quality, dialog.copy))
        dialog.open()

    def save(self) -> None:
        """Save where it was saved before; asks where the first time."""
        if self._session.project_path is not None and self._session.saved_path is None:
            self._session.save_project(self._session.project_path)
        elif self._session.saved_path is not None:
            self._session.save(self._session.saved_path)
        else:
            self.ask_save()

    def ask_save(
        self, path: Path | None = None, quality: int | None = None, copy: Copy | None = None
    ) -> None:
        """Let the user choose where to save; `path` is proposed."""
        photo = self._session.photo
        if photo is None:
            return
        proposed = path or self._session.saved_path or proposed_path(home_of(photo.path))
        dialog = QFileDialog(self._window, tr("Save the retouched photo"), str(proposed.parent))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setNameFilters(
            [tr("Photos ({patterns})", patterns=f"{WRITABLE} {WRITABLE.upper()}"), tr("All (*)")]
        )
        dialog.setDefaultSuffix(proposed.suffix.lstrip("."))
        dialog.selectFile(proposed.name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda chosen: self._save_to(Path(chosen), quality, copy))
        dialog.rejected.connect(self._forget)
        dialog.open()

    def guard(self, then: Callable[[], None]) -> None:
        """Go on with `then` once no unsaved work would be lost by it."""
        photo = self._session.photo
        if not self._session.dirty or photo is None:
            then()
            return
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(tr("Unsaved work"))
        box.setText(tr("Save the retouching of {name}?", name=photo.path.name))
        box.setInformativeText(tr("It is lost otherwise. The original file is untouched."))
        save = box.addButton(tr("Save"), QMessageBox.ButtonRole.AcceptRole)
        drop = box.addButton(tr("Don't save"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(save)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def decide() -> None:
            if box.clickedButton() is save:
                self._after_saving = then
                self.save()
            elif box.clickedButton() is drop:
                then()

        box.finished.connect(decide)
        box.open()

    def _save_to(self, path: Path, quality: int | None = None, copy: Copy | None = None) -> None:
        photo = self._session.photo
        if photo is None:
            return
        if not same_file(path, photo.path):
            self._session.save(path, quality, copy)
            return
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(tr("Replace the original?"))
        box.setText(tr("{name} is the original photo.", name=path.name))
        box.setInformativeText(tr("If it is replaced, the photo as taken is gone for good."))
        replace = box.addButton(tr("Replace it"), QMessageBox.ButtonRole.DestructiveRole)
        other = box.addButton(tr("Choose another name"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(other)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def decide() -> None:
            if box.clickedButton() is replace:
                self._session.save(path, quality, copy)
            elif box.clickedButton() is other:
                self.ask_save(None, quality, copy)
            else:
                self._forget()

        box.finished.connect(decide)
        box.open()

    def _on_saved(self) -> None:
        then, self._after_saving = self._after_saving, None
        if then is not None:
            then()

    def _on_failed(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._after_saving = None
