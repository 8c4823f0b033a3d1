"""Small pictures of the history's steps: the place that a step changed, as it was after it."""

from collections import OrderedDict

from PySide6.QtCore import QObject
from PySide6.QtGui import QPixmap

from app.chat.thumbnails import cut_out
from app.session import AppSession
from retouchgpt_core.geometry import Box

SIDE = 36
KEPT = 300
"""Pictures that are kept, at about 20 kB each; those of the oldest steps go first."""


class StepPictures(QObject):
    """Cuts a picture out of the shown pyramid whenever a new step was made.

    The pyramid's own small levels are read, so that one takes well under a millisecond.
    """

    def __init__(self, session: AppSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._changed = Box(0, 0, 0, 0)
        self._pictures: OrderedDict[int, QPixmap] = OrderedDict()
        session.pixels_changed.connect(self._on_pixels)
        session.photo_changed.connect(self._pictures.clear)
        session.state_changed.connect(self._on_state)

    def of(self, version: int) -> QPixmap | None:
        """Return the picture of a step by its serial number, 0 for the photo as opened."""
        return self._pictures.get(version)

    def _on_pixels(self, area: Box) -> None:
        self._changed = area

    def _on_state(self) -> None:
        photo, state = self._session.photo, self._session.state
        area, self._changed = self._changed, Box(0, 0, 0, 0)
        if photo is None or not self._session.analysed or state.version in self._pictures:
            return
        if state.version:
            around = area
        else:
            around = state.faces[0].box if state.faces else Box.of_size(photo.width, photo.height)
        if around.empty:  # a lock, say, changes no pixel
            around = max((f.box for f in state.faces), key=lambda b: b.width, default=around)
        place = _square(around, photo.width, photo.height)
        if place.empty:
            return
        self._pictures[state.version] = cut_out(photo.after, place, SIDE)
        while len(self._pictures) > KEPT:
            self._pictures.popitem(last=False)


def _square(box: Box, width: int, height: int) -> Box:
    """Return the smallest square around a box that lies in the photo, cut to it if need be."""
    side = min(max(box.width, box.height), width, height)
    x = min(max(box.x + (box.width - side) // 2, 0), width - side)
    y = min(max(box.y + (box.height - side) // 2, 0), height - side)
    return Box(x, y, side, side)
