"""Before and after of a turn: the place where it changed most, side by side."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app.canvas.cursor import draw_label
from app.canvas.pyramid import Pyramid
from app.engine_port import MarkLike
from app.i18n import tr
from app.snapshot import DocumentState, PhotoView
from retouchgpt_core.geometry import Box

SIDE = 128
SEEN = 0.9
"""How much of a face a picture shows, in distances between the eyes."""


class Thumbnails(QWidget):
    """Two small pictures; a click shows that place in the canvas."""

    pointed_at = Signal(object)

    def __init__(self, photo: PhotoView, box: Box, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for words, pyramid in ((tr("Before"), photo.before), (tr("After"), photo.after)):
            button = QToolButton()
            button.setObjectName("thumbnail")
            button.setIcon(cut_out(pyramid, box, SIDE, words))
            button.setIconSize(QSize(SIDE, SIDE))
            button.setAccessibleName(tr("{which}: go to this place", which=words))
            button.setToolTip(tr("Go to this place"))
            button.clicked.connect(lambda: self.pointed_at.emit(box))
            row.addWidget(button)
        row.addStretch(1)


def busiest(marks: Sequence[MarkLike], state: DocumentState, photo: PhotoView) -> Box | None:
    """Return the square of the photo that holds most of the marks, or None without marks."""
    if not marks:
        return None
    iods = {f.number: f.iod for f in state.faces}
    best, most = marks[0], -1
    for mark in marks:
        reach = SEEN * iods.get(mark.face, 100.0) / 2
        near = sum(
            1
            for m in marks
            if abs(m.centre.x - mark.centre.x) < reach and abs(m.centre.y - mark.centre.y) < reach
        )
        if near > most:
            best, most = mark, near
    half = max(SEEN * iods.get(best.face, 100.0) / 2, 12.0)
    half = min(half, photo.width / 2, photo.height / 2)
    x = min(max(best.centre.x, half), photo.width - half)
    y = min(max(best.centre.y, half), photo.height - half)
    return Box.from_edges(x - half, y - half, x + half, y + half).clamp(photo.width, photo.height)


def cut_out(pyramid: Pyramid, box: Box, side: int, words: str = "") -> QPixmap:
    """Return a square of a picture, `side` device-independent pixels wide, named by `words`."""
    ratio = 2.0
    pixmap = QPixmap(QSize(round(side * ratio), round(side * ratio)))
    pixmap.fill(Qt.GlobalColor.black)
    level = 0
    while level + 1 < len(pyramid.levels) and box.width / 2 ** (level + 1) >= side * ratio:
        level += 1
    shrunk = float(2**level)
    source = QRectF(box.x / shrunk, box.y / shrunk, box.width / shrunk, box.height / shrunk)
    pixmap.setDevicePixelRatio(ratio)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(0, 0, side, side), pyramid.levels[level], source)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if words:
        draw_label(painter, words, painter.window().topLeft().toPointF())
    painter.end()
    return pixmap
