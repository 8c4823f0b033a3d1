"""The cheat sheet on F1: every key, and what the mouse does."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.actions import Actions
from app.i18n import tr

_GROUPS = (
    (
        "Files",
        (
            *("open", "open_folder", "paste", "save", "save_as", "save_project", "export", "close"),
            *("previous", "next", "save_next", "apply_to_rest", "quit"),
        ),
    ),
    (
        "Retouching",
        ("chat", "phrases", "apply", "discard", "undo", "redo", "reset", "copy"),
    ),
    (
        "Tools",
        ("look", "brush", "eraser", "lasso", "fill", "smaller", "larger", "softer", "harder"),
    ),
    (
        "Looking",
        ("fit", "actual", "double", "zoom_in", "zoom_out", "overlay", "split", "side", "keys"),
    ),
)
_MOUSE = (
    ("Click a mark", "Remove, soften, keep or rename it"),
    ("Shift and drag", "Choose several marks"),
    ("Right click", "The menu of an area, too"),
    ("Wheel", "Zoom to the pointer"),
    ("Ctrl and wheel", "Brush size"),
    ("Shift and wheel", "Softer or harder edge (feather)"),
    ("Ctrl held while painting", "Take away; with the eraser, add"),
    ("Drag, or Space and drag", "Move the photo"),
    ("Double click", "Whole photo, or 1:1"),
    ("Hold X", "See the photo before"),
    ("Arrow up in the chat", "What was said earlier"),
    ("Escape", "From the chat to the photo; choose nothing"),
)


class HelpSheet(QDialog):
    """All of it on one page; made from the actions, so that it can't be wrong."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keys and mouse"))
        self.resize(1080, 600)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 12)
        scroll = QScrollArea()
        scroll.setObjectName("panel")
        scroll.setWidgetResizable(True)
        inside = QWidget()
        columns = QHBoxLayout(inside)
        columns.setContentsMargins(24, 18, 24, 12)
        columns.setSpacing(36)
        sides = [QVBoxLayout(), QVBoxLayout(), QVBoxLayout()]
        for column in sides:
            column.setSpacing(18)
            columns.addLayout(column, 1)
        for number, (title, names) in enumerate(_GROUPS):
            lines = [
                (keys_of(actions, name), actions[name].iconText().rstrip("…")) for name in names
            ]
            sides[number // 2].addLayout(_group(tr(title), lines))
        mouse = [(tr(gesture), tr(words)) for gesture, words in _MOUSE]
        sides[2].addLayout(_group(tr("Mouse and more"), mouse))
        for column in sides:
            column.addStretch(1)
        scroll.setWidget(inside)
        rows.addWidget(scroll, 1)
        buttons = QDialogButtonBox()
        buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        buttons.setContentsMargins(0, 0, 16, 0)
        rows.addWidget(buttons)


def keys_of(actions: Actions, name: str) -> str:
    """Return an action's keys as the system writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(k.toString(native) for k in actions[name].shortcuts()[:2])


def _group(title: str, lines: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(1, 1)
    head = QLabel(title)
    head.setObjectName("groupTitle")
    grid.addWidget(head, 0, 0, 1, 2)
    for row, (keys, words) in enumerate((line for line in lines if line[0]), 1):
        key = QLabel(keys)
        key.setObjectName("key")
        grid.addWidget(key, row, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        label = QLabel(words)
        label.setWordWrap(True)
        grid.addWidget(label, row, 1)
    return grid
