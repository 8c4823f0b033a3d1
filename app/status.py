"""The status bar: what just happened, and device, zoom, size, depth in words."""

from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from app.canvas.view import Canvas
from app.i18n import tr
from app.session import AppSession


class StatusLine(QStatusBar):
    """Facts on the right; sentences come on the left and go again."""

    def __init__(
        self,
        session: AppSession,
        canvas: Canvas,
        device: QWidget,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._canvas = canvas
        self.setSizeGripEnabled(False)
        self._message = QLabel()
        self._message.setObjectName("busy")
        self.addWidget(self._message, 1)
        self._file, self._size, self._zoom = (QLabel() for _ in range(3))
        for each in (self._file, self._size, self._zoom, device):
            self.addPermanentWidget(each)
        session.photo_changed.connect(self._facts)
        canvas.zoom_changed.connect(self._show_zoom)
        self._facts()

    def say(self, words: str) -> None:
        """Show a sentence until the next one."""
        self._message.setText(words)

    def _facts(self) -> None:
        photo = self._session.photo
        for label in (self._file, self._size, self._zoom):
            label.setVisible(photo is not None)
        if photo is None:
            return
        megapixels = photo.width * photo.height / 1e6
        digits = 0 if megapixels >= 9.95 else 1
        self._size.setText(
            tr(
                "{width} \u00d7 {height} · {megapixels} MP",
                width=photo.width,
                height=photo.height,
                megapixels=f"{megapixels:.{digits}f}",
            )
        )
        facts = [photo.format, tr("{depth} bit", depth=photo.depth), photo.profile]
        self._file.setText(" · ".join(f for f in facts if f))
        self._show_zoom()

    def _show_zoom(self) -> None:
        if self._session.photo is not None:
            self._zoom.setText(tr("{percent} %", percent=round(100 * self._canvas.zoom)))
