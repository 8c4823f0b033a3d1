"""The plan of a turn as small plates: what, where, how strongly, and what is kept."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from app.flow_layout import FlowLayout
from app.i18n import tr
from app.swatch import swatch
from app.theme import Theme
from app.words import capital, kinds_words, place_words, strength_words
from retouchgpt_core.language.plan import Edit, Plan, Scope
from retouchgpt_core.vocabulary import Kind, in_kind_order


class PlanChips(QWidget):
    """One row of chips an edit, one a keep clause."""

    def __init__(self, plan: Plan, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        flow = FlowLayout(self)
        for part in _chain(plan):
            for edit in part.edits:
                flow.addWidget(_edit_chip(edit))
            for keep in part.keep:
                flow.addWidget(_keep_chip(keep, theme))


def _chain(plan: Plan | None) -> list[Plan]:
    found: list[Plan] = []
    while plan is not None:
        found.append(plan)
        plan = plan.then
    return found


def _edit_chip(edit: Edit) -> QFrame:
    chip, row = _plate("chip")
    for kind in in_kind_order(edit.kinds)[:4]:
        row.addWidget(_swatch(kind))
    row.addWidget(QLabel(capital(_what(edit))))
    strength = QLabel(strength_words(edit.strength))
    strength.setObjectName("strength")
    row.addWidget(strength)
    return chip


def _keep_chip(scope: Scope, theme: Theme) -> QFrame:
    chip, row = _plate("keep")
    icon = QLabel()
    icon.setPixmap(theme.pixmap("lock", "muted", 13))
    row.addWidget(icon)
    row.addWidget(QLabel(tr("keep {what}", what=_what(scope))))
    return chip


def _what(scope: Scope) -> str:
    if scope.marks is not None:
        count = len(scope.marks)
        return tr("this mark") if count == 1 else tr("these {count} marks", count=count)
    kinds = ", ".join(kinds_words(scope.kinds))
    places = place_words(scope.regions)
    if len(places) > 3:
        where = tr("{first} and {count} more places", first=places[0], count=len(places) - 1)
    else:
        where = ", ".join(places)
    faces = ", ".join(
        tr("face {number}", number=f) if isinstance(f, int) else tr(f"{f} face")
        for f in scope.faces
    )
    return " · ".join(w for w in (kinds, where, faces) if w)


def _plate(name: str) -> tuple[QFrame, QHBoxLayout]:
    plate = QFrame()
    plate.setObjectName(name)
    row = QHBoxLayout(plate)
    row.setContentsMargins(9, 2, 9, 3)
    row.setSpacing(6)
    return plate, row


def _swatch(kind: Kind) -> QLabel:
    label = QLabel()
    label.setPixmap(swatch(kind, 10))
    return label
