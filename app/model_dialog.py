"""Choosing the language model that reads what is said: the bundled one, or one of the user's."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.session import AppSession
from app.settings import Settings
from app.snapshot import ModelStage, ModelState

WIDTH = 520


class ModelDialog(QDialog):
    """Shows the session's language model with its state, and changes it at once."""

    def __init__(
        self, session: AppSession, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle(tr("Language model"))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(18, 16, 18, 14)
        rows.setSpacing(10)
        about = _words(
            tr(
                "The language model turns what you say into a plan, shown as chips before anything "
                "changes. A model of your own can do that instead of the bundled one: any causal "
                "language model in the Hugging Face format, in a folder on this computer. It is "
                "prompted with the rules and examples, and may only write what the grammar of "
                "plans allows. It stays on this computer, and nothing is downloaded."
            )
        )
        rows.addWidget(about)
        self.bundled = QRadioButton(tr("The bundled model: small, fast, trained for this"))
        self.other = QRadioButton(tr("A model in a folder"))
        group = QButtonGroup(self)
        for button in (self.bundled, self.other):
            group.addButton(button)
            rows.addWidget(button)
        row = QHBoxLayout()
        row.setContentsMargins(24, 0, 0, 0)
        self.folder = QLineEdit(settings.value("language_folder", ""))
        self.folder.setPlaceholderText(tr("Folder with config.json, tokenizer and safetensors"))
        self.folder.setAccessibleName(tr("Folder of the model"))
        self.browse = QPushButton(tr("Choose…"))
        self.browse.setAutoDefault(False)
        row.addWidget(self.folder, 1)
        row.addWidget(self.browse)
        rows.addLayout(row)
        line = QFrame()
        line.setObjectName("line")
        rows.addWidget(line)
        self.state = _words("")
        self.state.setAccessibleName(tr("State of the model"))
        rows.addWidget(self.state)
        rows.addWidget(
            _words(
                tr(
                    "The networks that look at the photo go on taking the words from the bundled "
                    "model, which they were trained with. A model that was not trained for plans "
                    "understands less than its size promises, and is not asked how sure it is."
                ),
                "hint",
            )
        )
        # A box of buttons would make this one answer to Enter, which chooses the typed folder.
        done = QPushButton(tr("Done"))
        done.setObjectName("primary")
        done.setAutoDefault(False)
        done.clicked.connect(self.accept)
        rows.addWidget(done, 0, Qt.AlignmentFlag.AlignRight)
        for label in self.findChildren(QLabel):
            label.setFixedWidth(WIDTH)
        rows.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        self._settle()
        (self.bundled if self.bundled.isChecked() else self.other).setFocus()
        self.bundled.clicked.connect(lambda: self._choose(None))
        self.other.clicked.connect(self._choose_typed)
        self.folder.returnPressed.connect(self._choose_typed)
        self.browse.clicked.connect(self._ask)
        session.model_changed.connect(self._settle)

    def _choose(self, folder: Path | None) -> None:
        now = self._session.model
        if folder != now.folder or now.stage is ModelStage.REFUSED:
            self._session.choose_model(folder)

    def _choose_typed(self) -> None:
        typed = self.folder.text().strip()
        if typed:
            self._choose(Path(typed).expanduser())
        else:
            self._ask()

    def _ask(self) -> None:
        dialog = QFileDialog(self, tr("The folder of a language model"), self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_folder)
        dialog.rejected.connect(self._settle)
        dialog.open()

    def _on_folder(self, chosen: str) -> None:
        self.folder.setText(chosen)
        self._choose(Path(chosen))

    def _settle(self) -> None:
        model = self._session.model
        if model.folder is not None:
            self.folder.setText(str(model.folder))
        refused = model.stage is ModelStage.REFUSED
        (self.bundled if model.folder is None or refused else self.other).setChecked(True)
        self.state.setText(model_words(model))


def model_words(model: ModelState) -> str:
    """Say which model reads, or why not, in a sentence or two."""
    name = tr("The bundled model") if model.folder is None else model.folder.name
    if model.stage is ModelStage.LOADING:
        return tr("{name} is loading. What you say meanwhile waits for it.", name=name)
    if model.stage is ModelStage.REFUSED:
        return f"{model.reason} " + tr("The bundled model reads.")
    if model.memory:
        size = model.memory / 1e6
        amount = f"{size / 1000:.1f} GB" if size >= 1000 else f"{size:.0f} MB"
        return tr("{name} reads. Its weights take {amount}.", name=name, amount=amount)
    return tr("{name} reads.", name=name)


def _words(words: str, name: str = "") -> QLabel:
    label = QLabel(words)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
