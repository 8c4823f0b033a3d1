"""The menu of one mark: remove it, soften it, keep it, talk about it."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.engine_port import MarkLike
from app.i18n import tr
from app.session import AppSession
from app.words import mark_words, sure_words
from retouchgpt_core.vocabulary import STRENGTH_REMOVE, STRENGTH_SOFTEN


class MarkMenu(QMenu):
    """Opened by a click on a mark; goes away by itself."""

    def __init__(self, session: AppSession, mark: MarkLike, parent: QWidget) -> None:
        super().__init__(parent)
        self.aboutToHide.connect(self.deleteLater)
        self._session = session
        self._mark = mark
        words = mark_words(mark)
        title = QAction(" · ".join(w for w in (words, sure_words(mark)) if w), self)
        title.setEnabled(False)
        self.addAction(title)
        self.addSeparator()
        strength = session.state.strengths.get(mark.id, 0.0)
        locked = mark.id in session.state.locks
        self._strength(tr("Remove"), STRENGTH_REMOVE, not locked and strength < STRENGTH_REMOVE)
        soften = not locked and strength != STRENGTH_SOFTEN
        self._strength(tr("Soften by half"), STRENGTH_SOFTEN, soften)
        self._strength(tr("Put back as photographed"), 0.0, strength > 0)
        self.addSeparator()
        keep = self.addAction(tr("Unlock") if locked else tr("Keep it (lock)"))
        label = tr("Unlock: {mark}", mark=words) if locked else tr("Keep: {mark}", mark=words)
        keep.triggered.connect(lambda: session.set_locked((mark.id,), not locked, label))
        chosen = mark.id in session.selected
        talk = self.addAction(
            tr("Leave out of the next instruction")
            if chosen
            else tr('Talk about "this one" in the chat')
        )
        talk.triggered.connect(self._toggle_selected)

    def _strength(self, words: str, strength: float, enabled: bool) -> None:
        action = self.addAction(words)
        action.setEnabled(enabled)
        label = f"{words}: {mark_words(self._mark)}"
        action.triggered.connect(
            lambda: self._session.set_strength((self._mark.id,), strength, label)
        )

    def _toggle_selected(self) -> None:
        chosen = list(self._session.selected)
        if self._mark.id in chosen:
            chosen.remove(self._mark.id)
        else:
            chosen.append(self._mark.id)
        self._session.select(chosen)
