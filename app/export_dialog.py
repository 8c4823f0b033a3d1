"""Exporting: another format, another quality, another place; the open photo stays what it is."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.asking import LAYERED
from app.i18n import tr
from app.requests import Copy
from app.snapshot import PhotoView

FORMATS = (
    ("JPEG", ".jpg", True),
    ("PNG", ".png", False),
    ("TIFF", ".tif", False),
    ("WebP", ".webp", True),
    ("AVIF", ".avif", True),
    ("Photoshop, in layers", ".psd", False),
    ("OpenRaster, in layers", ".ora", False),
)
"""Name, ending, and whether it loses something, so that there is a quality to choose."""
FIRST_QUALITY = 92
WIDTH = 420
LONG_EDGES = (4096, 3000, 2048, 1600, 1080)
_OWN = "own"
_SHALLOW = frozenset({"JPEG", "WebP", "AVIF"})


class ExportDialog(QDialog):
    """Asks what the copy shall be; `path`, `quality` and `copy` hold the answer."""

    def __init__(self, photo: PhotoView, proposed: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photo = photo
        self._proposed = proposed
        self.setWindowTitle(tr("Export"))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(18, 16, 18, 14)
        rows.setSpacing(12)
        rows.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        form = QFormLayout()
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(10)
        self.format = QComboBox()
        self.format.setAccessibleName(tr("Format"))
        for name, _, _ in FORMATS:
            self.format.addItem(name)
        names = [name for name, _, _ in FORMATS]
        self.format.setCurrentIndex(names.index(photo.format) if photo.format in names else 0)
        form.addRow(tr("Format"), self.format)
        row = QHBoxLayout()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(30, 100)
        self.slider.setValue(FIRST_QUALITY)
        self.slider.setMinimumWidth(200)
        self.slider.setAccessibleName(tr("Quality"))
        self._percent = QLabel()
        self._percent.setMinimumWidth(34)
        row.addWidget(self.slider, 1)
        row.addWidget(self._percent)
        form.addRow(tr("Quality"), row)
        self._add_copy_rows(form)
        rows.addLayout(form)
        self.note = QLabel()
        self.note.setObjectName("hint")
        self.note.setWordWrap(True)
        self.note.ensurePolished()  # the theme's font decides how high three lines are
        self.note.setFixedSize(WIDTH, 3 * self.note.fontMetrics().lineSpacing() + 4)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        rows.addWidget(self.note)
        buttons = QDialogButtonBox()
        go_on = buttons.addButton(tr("Choose a place…"), QDialogButtonBox.ButtonRole.AcceptRole)
        go_on.setObjectName("primary")
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        rows.addWidget(buttons)
        self.format.currentIndexChanged.connect(self._settle)
        self.slider.valueChanged.connect(self._settle)
        self._settle()

    def _add_copy_rows(self, form: QFormLayout) -> None:
        """Ask for size, colours and metadata."""
        longest = max(self._photo.width, self._photo.height)
        self.sizes = QComboBox()
        self.sizes.setAccessibleName(tr("Size"))
        self.sizes.addItem(tr("As it is: {pixels} pixels", pixels=longest), 0)
        for edge in LONG_EDGES:
            if edge < longest:
                self.sizes.addItem(tr("Long edge {pixels} pixels", pixels=edge), edge)
        self.sizes.addItem(tr("Another long edge…"), _OWN)
        self.edge = QSpinBox()
        self.edge.setAccessibleName(tr("Long edge in pixels"))
        self.edge.setSuffix(tr(" pixels"))
        self.edge.setRange(16, max(longest, 16))
        self.edge.setValue(longest)
        self.edge.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        form.addRow(tr("Size"), self.sizes)
        form.addRow("", self.edge)
        self.profile = QComboBox()
        self.profile.setAccessibleName(tr("Colours"))
        kept = self._photo.profile or tr("none: taken as sRGB")
        self.profile.addItem(tr("The photo's own ({name})", name=kept), "keep")
        self.profile.addItem(tr("sRGB, for the web"), "srgb")
        self.profile.addItem("Display P3", "display-p3")
        self.profile.addItem(tr("A profile file…"), _OWN)
        self.profile.activated.connect(self._on_profile)
        form.addRow(tr("Colours"), self.profile)
        self.metadata = QCheckBox(tr("Keep metadata: camera, date, place, copyright"))
        self.metadata.setChecked(True)
        form.addRow("", self.metadata)
        self._rows = (self.sizes, self.profile, self.metadata)
        for box in (self.sizes, self.profile):
            box.currentIndexChanged.connect(self._settle)
        self.edge.valueChanged.connect(self._settle)
        self.metadata.toggled.connect(self._settle)

    def _on_profile(self, index: int) -> None:
        if self.profile.itemData(index) != _OWN:
            return
        dialog = QFileDialog(self, tr("A colour profile"))
        dialog.setNameFilters([tr("Colour profiles (*.icc *.icm)"), tr("All (*)")])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.add_profile)
        dialog.rejected.connect(lambda: self.profile.setCurrentIndex(0))
        dialog.open()

    def add_profile(self, chosen: str) -> None:
        """Offer a profile's file, and choose it."""
        place = self.profile.count() - 1
        self.profile.insertItem(place, Path(chosen).name, chosen)
        self.profile.setCurrentIndex(place)

    @property
    def copy(self) -> Copy | None:
        """How the copy differs from the photo; None if it does not."""
        if FORMATS[self.format.currentIndex()][1] in LAYERED:
            return None
        edge = self.edge.value() if self.sizes.currentData() == _OWN else self.sizes.currentData()
        longest = max(self._photo.width, self._photo.height)
        profile = self.profile.currentData()
        copy = Copy(
            edge if edge and edge < longest else None,
            "keep" if profile == _OWN else profile,
            self.metadata.isChecked(),
        )
        return None if copy == Copy() else copy

    @property
    def path(self) -> Path:
        """The proposed place with the chosen format's ending."""
        return self._proposed.with_suffix(FORMATS[self.format.currentIndex()][1])

    @property
    def quality(self) -> int | None:
        """1 to 100, or None where nothing is lost."""
        lossy = FORMATS[self.format.currentIndex()][2]
        return self.slider.value() if lossy else None

    def _settle(self) -> None:
        name, _, lossy = FORMATS[self.format.currentIndex()]
        layered = FORMATS[self.format.currentIndex()][1] in LAYERED
        for row in self._rows:
            row.setEnabled(not layered)
        self.edge.setVisible(self.sizes.currentData() == _OWN and not layered)
        self.slider.setEnabled(lossy)
        self._percent.setText(str(self.slider.value()) if lossy else tr("all"))
        if layered:
            words = tr(
                "The photo below, and each retouched kind on a layer with its mask above it."
            )
            self.note.setText(words)
        elif self._photo.depth > 8 and name in _SHALLOW:
            words = tr("{format} holds 8 bits a channel; this photo has {depth}.")
            self.note.setText(words.format(format=name, depth=self._photo.depth))
        elif self.profile.currentData() != "keep":
            words = tr(
                "Colours are converted with full precision, and keep {depth} bits a channel; what "
                "the other colour space cannot hold moves to its edge."
            )
            depth = self._photo.depth if name not in _SHALLOW else 8
            self.note.setText(words.format(depth=depth))
        elif not self.metadata.isChecked():
            self.note.setText(tr("Only the colour profile goes along."))
        else:
            self.note.setText(tr("Everything that the photo's file said about it goes along."))
