"""The plan of a turn as small plates: what, where, how strongly, and what is kept."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from app.chat import plan_change
from app.chat.choice_menu import ChoiceMenu
from app.chat.strength_drag import StrengthDrag
from app.chat.word_part import WordLabel, WordPart
from app.flow_layout import FlowLayout
from app.i18n import tr
from app.swatch import swatch
from app.theme import Theme
from app.words import capital, kind_words, kinds_words, place_words, strength_words
from retouchgpt_core.language.plan import Edit, FaceSelector, Plan, Scope
from retouchgpt_core.vocabulary import (
    BLEMISHES,
    FACE_REGIONS,
    KINDS,
    REGIONS,
    in_kind_order,
    region_name,
)

MOST_PLACES = 3


class PlanChips(QWidget):
    """One chip an edit, one a keep clause; `changed` is sent with the plan that a change makes.

    `faces` is how many faces the photo has: with several, each edit says on which.
    """

    changed = Signal(object)

    def __init__(
        self,
        plan: Plan,
        theme: Theme,
        editable: bool = False,
        faces: int = 1,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._plan = plan
        self._theme = theme
        self._editable = editable
        self._faces = faces
        flow = FlowLayout(self)
        parts = plan_change.chain(plan)
        count = sum(len(p.edits) for p in parts)
        for link, part in enumerate(parts):
            for place, edit in enumerate(part.edits):
                flow.addWidget(self._edit_chip(link, place, edit, count > 1))
            for place, keep in enumerate(part.keep):
                flow.addWidget(self._keep_chip(link, place, keep))

    def _edit_chip(self, link: int, place: int, edit: Edit, several: bool) -> QFrame:
        rest = plan_change.without_edit(self._plan, link, place)
        chip, row = _plate("chip", self._cross(rest) if several and self._editable else None)
        swatches = [swatch(kind, 11) for kind in in_kind_order(edit.kinds)[:4]]
        if not self._editable:
            row.addWidget(_beside(swatches, WordLabel(capital(_what(edit)))))
            strength = QLabel(strength_words(edit.strength))
            strength.setObjectName("strength")
            row.addWidget(strength)
            return chip
        if edit.marks is None:
            kinds = WordPart(capital(_kinds(edit)), tr("Change what is meant"))
            kinds.clicked.connect(partial(self._choose_kinds, kinds, link, place, edit))
            row.addWidget(_beside(swatches, kinds))
            places = WordPart(_places(edit), tr("Change where"))
            places.clicked.connect(partial(self._choose_places, places, link, place, edit))
            row.addWidget(places)
        else:
            row.addWidget(_beside(swatches, WordLabel(capital(_what(edit)))))
        if self._faces > 1 and edit.marks is None:
            faces = WordPart(_faces(edit.faces) or tr("all faces"), tr("Change on which faces"))
            faces.clicked.connect(partial(self._choose_faces, faces, link, place, edit))
            row.addWidget(faces)
        drag = StrengthDrag(edit.strength)
        drag.changed.connect(
            lambda s: self.changed.emit(plan_change.with_strength(self._plan, link, place, s))
        )
        row.addWidget(drag)
        return chip

    def _keep_chip(self, link: int, place: int, scope: Scope) -> QFrame:
        rest = plan_change.without_keep(self._plan, link, place)
        chip, row = _plate("keep", self._cross(rest) if self._editable else None)
        words = WordLabel(tr("keep {what}", what=_what(scope)))
        row.addWidget(_beside([self._theme.pixmap("lock", "muted", 13)], words))
        return chip

    def _cross(self, rest: Plan) -> QToolButton:
        button = QToolButton()
        button.setObjectName("part")
        button.setIcon(self._theme.icon("close"))
        button.setIconSize(QSize(13, 13))
        button.setToolTip(tr("Leave this out"))
        button.setAccessibleName(tr("Leave this out"))
        button.clicked.connect(lambda: self.changed.emit(rest))
        return button

    def _choose_kinds(self, button: QToolButton, link: int, place: int, edit: Edit) -> None:
        menu = ChoiceMenu({k: capital(kind_words(k)) for k in KINDS}, edit.kinds, button)
        menu.add_group(tr("All blemishes"), BLEMISHES)
        menu.chosen.connect(
            lambda kinds: self.changed.emit(plan_change.with_kinds(self._plan, link, place, kinds))
        )
        _open(menu, button)

    def _choose_places(self, button: QToolButton, link: int, place: int, edit: Edit) -> None:
        names = {r: capital(tr(region_name(r))) for r in REGIONS}
        menu = ChoiceMenu(names, edit.regions, button)
        menu.add_group(tr("Whole face"), FACE_REGIONS)
        menu.chosen.connect(
            lambda where: self.changed.emit(
                plan_change.with_regions(self._plan, link, place, where)
            )
        )
        _open(menu, button)

    def _choose_faces(self, button: QToolButton, link: int, place: int, edit: Edit) -> None:
        numbers = list(range(1, self._faces + 1))
        ticked = edit.faces or numbers
        menu = ChoiceMenu({n: tr("Face {number}", number=n) for n in numbers}, ticked, button)
        menu.add_group(tr("All faces"), numbers)
        menu.chosen.connect(
            lambda faces: self.changed.emit(
                plan_change.with_faces(
                    self._plan, link, place, () if len(faces) == self._faces else faces
                )
            )
        )
        _open(menu, button)


def _open(menu: ChoiceMenu, button: QToolButton) -> None:
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(button.mapToGlobal(button.rect().bottomLeft()))


def _beside(pictures: Sequence[QPixmap], words: QWidget) -> QWidget:
    """Put pictures before words, so that they stay on one line with them."""
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    for picture in pictures:
        label = QLabel()
        label.setPixmap(picture)
        row.addWidget(label)
    row.addWidget(words, 1)
    return group


def _what(scope: Scope) -> str:
    if scope.marks is not None:
        count = len(scope.marks)
        return tr("this mark") if count == 1 else tr("these {count} marks", count=count)
    parts = (_kinds(scope), _places(scope), _faces(scope.faces))
    return " · ".join(w for w in parts if w)


def _kinds(scope: Scope) -> str:
    return ", ".join(kinds_words(scope.kinds))


def _places(scope: Scope) -> str:
    places = place_words(scope.regions)
    if len(places) > MOST_PLACES:
        return tr("{first} and {count} more places", first=places[0], count=len(places) - 1)
    return ", ".join(places)


def _faces(faces: Sequence[FaceSelector]) -> str:
    return ", ".join(
        tr("face {number}", number=f) if isinstance(f, int) else tr(f"{f} face") for f in faces
    )


def _plate(name: str, cross: QWidget | None) -> tuple[QFrame, FlowLayout]:
    """Return a chip and the row of its parts; the cross stays at the top right."""
    plate = QFrame()
    plate.setObjectName(name)
    sides = QHBoxLayout(plate)
    sides.setContentsMargins(9, 2, 9 if cross is None else 4, 3)
    sides.setSpacing(4)
    parts = QWidget()
    row = FlowLayout(parts, gap=6)
    sides.addWidget(parts, 1)
    if cross is not None:
        sides.addWidget(cross, 0, Qt.AlignmentFlag.AlignTop)
    return plate, row
