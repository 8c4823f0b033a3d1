"""The menu of one mark, or of several chosen ones: remove, soften, keep, rename, talk about."""

from collections.abc import Sequence

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.engine_port import MarkLike
from app.i18n import tr
from app.session import AppSession
from app.words import capital, count_words, kind_words, mark_words, sure_words
from retouchgpt_core.vocabulary import (
    KINDS,
    LINE_KINDS,
    ONLY_AT,
    SPOT_KINDS,
    STRENGTH_REMOVE,
    STRENGTH_SOFTEN,
    TONE_KINDS,
    Kind,
)


class MarkMenu(QMenu):
    """Opened by a click on a mark; goes away by itself."""

    def __init__(self, session: AppSession, marks: Sequence[MarkLike], parent: QWidget) -> None:
        super().__init__(parent)
        self.aboutToHide.connect(self.deleteLater)
        self._session = session
        self._marks = tuple(marks)
        self._ids = tuple(m.id for m in marks)
        one = marks[0] if len(marks) == 1 else None
        self._words = mark_words(one) if one else count_words(marks)
        sure = sure_words(one) if one else ""
        title = QAction(" · ".join(w for w in (self._words, sure) if w), self)
        title.setEnabled(False)
        self.addAction(title)
        self.addSeparator()
        state = session.state
        free = [state.strengths.get(i, 0.0) for i in self._ids if i not in state.locks]
        self._strength(tr("Remove"), STRENGTH_REMOVE, any(s < STRENGTH_REMOVE for s in free))
        self._strength(
            tr("Soften by half"), STRENGTH_SOFTEN, any(s != STRENGTH_SOFTEN for s in free)
        )
        self._strength(tr("Put back as photographed"), 0.0, any(s > 0 for s in free))
        self.addSeparator()
        self._keep(locked=not free)
        self._rename()
        self._talk()

    def _strength(self, words: str, strength: float, enabled: bool) -> None:
        action = self.addAction(words)
        action.setEnabled(enabled)
        label = f"{words}: {self._words}"
        ids = [i for i in self._ids if i not in self._session.state.locks]
        action.triggered.connect(lambda: self._session.set_strength(ids, strength, label))

    def _keep(self, locked: bool) -> None:
        keep = self.addAction(tr("Unlock") if locked else tr("Keep it (lock)"))
        words = self._words
        label = tr("Unlock: {mark}", mark=words) if locked else tr("Keep: {mark}", mark=words)
        keep.triggered.connect(lambda: self._session.set_locked(self._ids, not locked, label))

    def _rename(self) -> None:
        """Offer the kinds that these marks could be instead."""
        now = {m.kind for m in self._marks}
        group = next((g for g in (SPOT_KINDS, LINE_KINDS, TONE_KINDS) if now <= g), None)
        if group is None:
            return
        regions = {m.region for m in self._marks}
        menu = self.addMenu(tr("It is really a …"))
        choice = QActionGroup(menu)
        for kind in KINDS:
            if kind in group and regions.issubset(ONLY_AT.get(kind, regions)):
                action = menu.addAction(capital(kind_words(kind, 1)))
                action.setCheckable(True)
                action.setChecked(now == {kind})
                action.triggered.connect(lambda _checked=False, k=kind: self._call(k))
                choice.addAction(action)

    def _call(self, kind: Kind) -> None:
        label = tr("Called {kind}: {mark}", kind=kind_words(kind, 1), mark=self._words)
        self._session.set_kind(self._ids, kind, label)

    def _talk(self) -> None:
        chosen = set(self._ids) <= set(self._session.selected)
        talk = self.addAction(
            tr("Leave out of the next instruction")
            if chosen
            else tr('Talk about "this one" in the chat')
        )
        talk.triggered.connect(lambda: self._choose(not chosen))

    def _choose(self, chosen: bool) -> None:
        others = [i for i in self._session.selected if i not in self._ids]
        self._session.select((*others, *(self._ids if chosen else ())))
