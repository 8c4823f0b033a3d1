"""Exporting: another format, another quality, another place; the open photo stays what it is."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.asking import LAYERED
from app.i18n import tr
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
_SHALLOW = frozenset({"JPEG", "WebP", "AVIF"})


class ExportDialog(QDialog):
    """Asks for format and quality; `path` and `quality` hold the answer."""

    def __init__(self, photo: PhotoView, proposed: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photo = photo
        self._proposed = proposed
        self.setWindowTitle(tr("Export"))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(18, 16, 18, 14)
        rows.setSpacing(12)
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
        rows.addLayout(form)
        self.note = QLabel()
        self.note.setObjectName("hint")
        self.note.setWordWrap(True)
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
        self.slider.setEnabled(lossy)
        self._percent.setText(str(self.slider.value()) if lossy else tr("all"))
        if FORMATS[self.format.currentIndex()][1] in LAYERED:
            words = tr(
                "The photo below, and each retouched kind on a layer with its mask above it."
            )
            self.note.setText(words)
        elif self._photo.depth > 8 and name in _SHALLOW:
            words = tr("{format} holds 8 bits a channel; this photo has {depth}.")
            self.note.setText(words.format(format=name, depth=self._photo.depth))
        else:
            self.note.setText(tr("Everything that the photo's file said about it goes along."))
