"""Before and after of a turn: the place where it changed most, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app.canvas.cursor import draw_label
from app.canvas.pyramid import Pyramid
from app.engine_port import MarkLike
from app.i18n import tr
from app.snapshot import DocumentState, PhotoView
from retouchgpt_core.geometry import Box

SIDE = 128
RATIO = 2.0
"""Pixels of a picture for each device-independent one."""
SEEN = 0.9
"""How much of a face a picture shows, in distances between the eyes."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A place of the photo before and after, as it was when the pictures were cut out."""

    box: Box
    before: QPixmap
    after: QPixmap

    @classmethod
    def cut(cls, photo: PhotoView, box: Box) -> "Pair":
        """Cut both out of what the window shows."""
        before, after = tr("Before"), tr("After")
        return cls(
            box, cut_out(photo.before, box, SIDE, before), cut_out(photo.after, box, SIDE, after)
        )

    def packed(self) -> "PackedPair":
        """Return it in little memory."""
        return PackedPair(self.box, _packed(self.before), _packed(self.after))


@dataclass(frozen=True, slots=True)
class PackedPair:
    """A pair as JPEG, for turns that are far out of sight: 0.5 MB are about 30 kB then."""

    box: Box
    before: QByteArray
    after: QByteArray

    def pair(self) -> Pair:
        """Return it as pictures again."""
        return Pair(self.box, _unpacked(self.before), _unpacked(self.after))


def _packed(picture: QPixmap) -> QByteArray:
    data = QByteArray()
    file = QBuffer(data)
    file.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.toImage().save(file, "JPG", 95)  # pyright: ignore[reportArgumentType,reportCallIssue]
    return data


def _unpacked(data: QByteArray) -> QPixmap:
    picture = QPixmap()
    picture.loadFromData(data)
    picture.setDevicePixelRatio(RATIO)
    return picture


class Thumbnails(QWidget):
    """Two small pictures; a click shows that place in the canvas."""

    pointed_at = Signal(object)

    def __init__(self, pair: Pair, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for words, picture in ((tr("Before"), pair.before), (tr("After"), pair.after)):
            button = QToolButton()
            button.setObjectName("thumbnail")
            button.setIcon(picture)
            button.setIconSize(QSize(SIDE, SIDE))
            button.setAccessibleName(tr("{which}: go to this place", which=words))
            button.setToolTip(tr("Go to this place"))
            button.clicked.connect(lambda: self.pointed_at.emit(pair.box))
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
    pixmap = QPixmap(QSize(round(side * RATIO), round(side * RATIO)))
    pixmap.fill(Qt.GlobalColor.black)
    level = 0
    while level + 1 < len(pyramid.levels) and box.width / 2 ** (level + 1) >= side * RATIO:
        level += 1
    shrunk = float(2**level)
    source = QRectF(box.x / shrunk, box.y / shrunk, box.width / shrunk, box.height / shrunk)
    pixmap.setDevicePixelRatio(RATIO)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(0, 0, side, side), pyramid.levels[level], source)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if words:
        draw_label(painter, words, painter.window().topLeft().toPointF())
    painter.end()
    return pixmap
