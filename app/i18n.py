"""Every string of the window goes through `tr`, so that a translation can replace it."""

from PySide6.QtCore import QCoreApplication

_CONTEXT = "app"


def tr(text: str, **values: object) -> str:
    """Return the text in the user's language with `{name}` places filled from `values`."""
    translated = QCoreApplication.translate(_CONTEXT, text)
    return translated.format(**values) if values else translated


def tr_count(one: str, many: str, count: int, **values: object) -> str:
    """Return `one` or `many` in the user's language with `{count}` filled in."""
    return tr(one if count == 1 else many, count=count, **values)
