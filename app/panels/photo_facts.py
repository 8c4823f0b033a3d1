"""What is known about the open photo, and what opening it changed."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.i18n import tr, tr_count
from app.session import AppSession


class PhotoFacts(QScrollArea):
    """A short table; its words can be selected and copied."""

    def __init__(self, session: AppSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._session = session
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Photo information"))
        session.photo_changed.connect(self._fill)
        session.state_changed.connect(self._fill)
        self._shown: list[tuple[str, str]] | None = None
        self._values: list[QLabel] = []
        self._fill()

    def facts(self) -> list[tuple[str, str]]:
        """Return names and values, in the order shown."""
        photo = self._session.photo
        if photo is None:
            return []
        size = tr("{width} \u00d7 {height} pixels", width=photo.width, height=photo.height)
        found = [
            (tr("File"), photo.path.name),
            (tr("Folder"), str(photo.path.parent)),
            (tr("Size"), size),
            (tr("Format"), f"{photo.format}, {tr('{depth} bit', depth=photo.depth)}"),
            (tr("Profile"), photo.profile or tr("none: taken as sRGB")),
        ]
        if self._session.analysed:
            faces = self._session.state.faces
            marks = len(self._session.state.marks)
            found.append((tr("Faces"), str(len(faces))))
            found.append((tr("Marks"), tr_count("1 found", "{count} found", marks)))
        found += [(tr("Note"), note) for note in photo.notes]
        return found

    def _fill(self) -> None:
        facts = self.facts()
        if facts == self._shown:
            return
        same = [name for name, _ in facts] == [name for name, _ in self._shown or ()] != []
        self._shown = facts
        if same:
            for label, (_, value) in zip(self._values, facts, strict=True):
                label.setText(value)
            return
        self._values = []
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(12, 4, 12, 8)
        if not facts:
            hint = QLabel(tr("No photo is open."))
            hint.setObjectName("hint")
            rows.addWidget(hint)
        table = QFormLayout()
        table.setHorizontalSpacing(12)
        table.setVerticalSpacing(5)
        for name, value in facts:
            label = QLabel(name)
            label.setObjectName("hint")
            words = QLabel(value)
            words.setWordWrap(True)
            words.setTextFormat(Qt.TextFormat.PlainText)
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            table.addRow(label, words)
            self._values.append(words)
        rows.addLayout(table)
        rows.addStretch(1)
        self.setWidget(inside)
