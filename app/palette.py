"""The colour of each kind in overlay and lists.

Hues that stand out from skin of every tone and differ in lightness, so that they stay apart for
colour-blind eyes too (after Paul Tol's and Okabe and Ito's schemes).
"""

from PySide6.QtGui import QColor

from retouchgpt_core.vocabulary import KINDS, Kind

_COLOURS: dict[Kind, str] = {
    Kind.ACNE: "#33bbee",
    Kind.ACNE_MARK: "#5f8dff",
    Kind.BLACKHEAD: "#0072b2",
    Kind.SCAR: "#d5d8dc",
    Kind.FRECKLE: "#f0e442",
    Kind.MOLE: "#ee3377",
    Kind.AGE_SPOT: "#ccbb44",
    Kind.WRINKLE: "#35d6a0",
    Kind.DARK_CIRCLE: "#9a5cf0",
    Kind.EYE_BAG: "#c9a3ff",
    Kind.REDNESS: "#009e8e",
    Kind.SHINE: "#ffffff",
    Kind.TEXTURE: "#7fb8b0",
    Kind.STRAY_HAIR: "#6fbf3f",
}
PAINTED = "#ff9d2e"
"""What the brush added where nothing had been found."""


def kind_colour(kind: Kind) -> QColor:
    """Return the kind's colour, opaque."""
    return QColor(_COLOURS[kind])


def code_colour(index: int) -> QColor:
    """Return the colour of an overlay index: KINDS + 1, or anything above for painted."""
    return kind_colour(KINDS[index - 1]) if index <= len(KINDS) else QColor(PAINTED)
