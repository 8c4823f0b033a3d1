"""The middle of the window: the canvas, what is shown before a photo is open, and the banner."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from app.banner import Banner
from app.canvas.view import Canvas
from app.file_icons import icon_for
from app.i18n import tr
from app.session import AppSession
from app.settings import Settings
from app.theme import Theme

MOST_RECENT = 5
BANNER_WIDTH = 640
MARGIN = 14


class Stage(QWidget):
    """Holds the canvas; the start page and the banner float over it."""

    open_asked = Signal()
    recent_asked = Signal(Path)

    def __init__(
        self,
        session: AppSession,
        theme: Theme,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._session = session
        self._theme = theme
        self.canvas = Canvas(session, theme, self)
        self._start = self._make_start()
        self.banner = Banner(theme, self)
        session.photo_changed.connect(self._settle)
        theme.changed.connect(self._on_theme)
        settings.recent_changed.connect(self._fill_recent)
        self._fill_recent()
        self._on_theme()
        self._settle()

    def _make_start(self) -> QWidget:
        start = QWidget(self)
        rows = QVBoxLayout(start)
        rows.setSpacing(10)
        rows.addStretch(1)
        self._picture = QLabel()
        rows.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        title = QLabel(tr("Open a portrait"))
        title.setObjectName("title")
        font = title.font()
        font.setPointSizeF(15)
        title.setFont(font)
        title.setStyleSheet("font-size: 15pt; font-weight: 600;")
        rows.addWidget(title, 0, Qt.AlignmentFlag.AlignHCenter)
        hint = QLabel(tr("Drop a photo or a folder here. Nothing leaves this computer."))
        hint.setObjectName("hint")
        rows.addWidget(hint, 0, Qt.AlignmentFlag.AlignHCenter)
        self.open_button = QPushButton(tr("Open…"))
        self.open_button.setObjectName("primary")
        self.open_button.setToolTip(tr("Open a photo (Ctrl+O)"))
        self.open_button.clicked.connect(self.open_asked)
        rows.addSpacing(6)
        rows.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(4)
        rows.addSpacing(12)
        rows.addLayout(self._recent)
        rows.addStretch(1)
        return start

    def _fill_recent(self) -> None:
        """Offer the photos that were opened last."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for path in self._settings.recent[:MOST_RECENT]:
            button = QPushButton(path.name.replace("&", "&&"))
            button.setObjectName("link")
            button.setIcon(icon_for(path))
            button.setToolTip(str(path))
            button.setAccessibleName(tr("Open {name}", name=path.name))
            button.clicked.connect(partial(self.recent_asked.emit, path))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.canvas.setGeometry(self.rect())
        self._start.setGeometry(self.rect())
        self.place_banner()

    def place_banner(self) -> None:
        """Put the banner at the top, as wide as there is room."""
        width = min(BANNER_WIDTH, self.width() - 2 * MARGIN)
        self.banner.setFixedWidth(max(width, 1))
        self.banner.setFixedHeight(self.banner.height_at(max(width, 1)))
        self.banner.move((self.width() - width) // 2, MARGIN)

    def _settle(self) -> None:
        self._start.setVisible(self._session.photo is None)

    def _on_theme(self) -> None:
        self._picture.setPixmap(self._theme.pixmap("photo", "muted", 72))
