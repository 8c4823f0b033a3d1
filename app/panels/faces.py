"""The faces of the photo: a picture of each with its marks counted; a click goes there."""

from collections import Counter

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.canvas.pyramid import Pyramid
from app.i18n import tr, tr_count
from app.session import AppSession
from app.snapshot import FaceView

SIDE = 56


class FacesPanel(QListWidget):
    """One line a face; `chosen` is sent with the face's box when it is clicked."""

    chosen = Signal(object)

    def __init__(self, session: AppSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._shown: tuple[object, ...] | None = None
        self.setAccessibleName(tr("Faces"))
        self.setIconSize(QSize(SIDE, SIDE))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(self._go)
        self.itemActivated.connect(self._go)
        session.state_changed.connect(self._fill)
        session.photo_changed.connect(self._fill)

    def _fill(self) -> None:
        photo, state = self._session.photo, self._session.state
        shown = (photo and photo.path, state.faces if photo is not None else ())
        if shown != self._shown:
            self._shown = shown
            self.clear()
            for face in state.faces if photo is not None else ():
                assert photo is not None
                item = QListWidgetItem(QIcon(_picture(photo.before, face)), "")
                item.setToolTip(tr("Go to this face"))
                item.setData(Qt.ItemDataRole.UserRole, face)
                self.addItem(item)
        counts = Counter(m.face for m in state.marks)
        for row, face in enumerate(state.faces if photo is not None else ()):
            words = tr_count("1 mark", "{count} marks", counts[face.number])
            name = tr("Face {number} · {marks}", number=face.number, marks=words)
            self.item(row).setText(name)

    def _go(self, item: QListWidgetItem) -> None:
        face: FaceView = item.data(Qt.ItemDataRole.UserRole)
        self.chosen.emit(face.box)


def _picture(pyramid: Pyramid, face: FaceView) -> QPixmap:
    """Return the face's box, cut to a square."""
    side = 2 * SIDE
    level = 0
    while level + 1 < len(pyramid.levels) and face.box.width / 2 ** (level + 1) >= side:
        level += 1
    shrunk = float(2**level)
    longest = max(face.box.width, face.box.height)
    centre = face.box.centre
    source = QRectF(
        (centre.x - longest / 2) / shrunk,
        (centre.y - longest / 2) / shrunk,
        longest / shrunk,
        longest / shrunk,
    )
    pixmap = QPixmap(QSize(side, side))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(0, 0, side, side), pyramid.levels[level], source)
    painter.end()
    pixmap.setDevicePixelRatio(2.0)
    return pixmap
