"""The window's actions: words, keys, icons, and when each can be used."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from app.i18n import tr
from app.session import AppSession
from app.theme import Theme
from app.view_state import BRUSH_STEP, HARDNESS_STEP, Compare, Tool


@dataclass(frozen=True, slots=True)
class _Wish:
    name: str
    words: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    tip: str = ""
    checkable: bool = False


_WISHES = (
    _Wish("open", "Open…", ("Ctrl+O",), "open", "Open a photo"),
    _Wish("open_folder", "Open a folder…", ("Ctrl+Shift+O",), tip="Open a folder of photos"),
    _Wish("paste", "Paste a picture", ("Ctrl+V",), tip="Open the picture of the clipboard"),
    _Wish("save", "Save", ("Ctrl+S",), "save", "Save the retouched photo"),
    _Wish("save_as", "Save as…", ("Ctrl+Shift+S",), tip="Save under another name"),
    _Wish("save_project", "Save project…", ("Ctrl+Alt+S",), tip="Save to go on another day"),
    _Wish("export", "Export…", ("Ctrl+E",), tip="Save a copy in another format or quality"),
    _Wish("close", "Close the photo", ("Ctrl+W",), tip="Put the photo away"),
    _Wish("quit", "Quit", ("Ctrl+Q",)),
    _Wish("undo", "Undo", ("Ctrl+Z",), "undo", "Undo the last step"),
    _Wish("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", "Redo"),
    _Wish("reset", "Back to the original", ("Ctrl+R",), "reset"),
    _Wish("apply", "Apply what is proposed", ("Ctrl+Return", "Ctrl+Enter")),
    _Wish("discard", "Discard what is proposed", ("Ctrl+D",)),
    _Wish("copy", "Copy the picture", ("Ctrl+C",), tip="Copy the retouched picture"),
    _Wish("phrases", "What can I say?", ("Ctrl+H",), tip="A list of what can be said"),
    _Wish("language", "Language model…", tip="Choose the model that reads what you say"),
    _Wish("chat", "Type an instruction", ("Ctrl+L", "Return")),
    _Wish("look", "Look and choose", ("V",), "look", "Move the photo, click marks", True),
    _Wish("brush", "Brush", ("B",), "brush", "Paint over what shall change", True),
    _Wish("eraser", "Eraser", ("E",), "eraser", "Take away what shall not change", True),
    _Wish("lasso", "Lasso", ("L",), "lasso", "Draw around what shall change", True),
    _Wish("fill", "Fill a mark", ("G",), "fill", "Click a mark that was missed, or in part", True),
    _Wish(
        "face", "A face was missed", (), "face", "Drag a box around a face that was missed", True
    ),
    _Wish("smaller", "Smaller brush", ("[",)),
    _Wish("larger", "Larger brush", ("]",)),
    _Wish("softer", "Softer edge", ("{", "Shift+[")),
    _Wish("harder", "Harder edge", ("}", "Shift+]")),
    _Wish("overlay", "Show marks", ("O",), "overlay", "Show the marks over the photo", True),
    _Wish("before", "The photo before", tip="Show the photo before; or hold X", checkable=True),
    _Wish("split", "Before and after", ("S",), "split", "Before left, after right", True),
    _Wish("side", "Side by side", ("D",), "side", "Before and after side by side", True),
    _Wish("fit", "Whole photo", ("F", "Ctrl+0"), "fit", "Show the whole photo"),
    _Wish("actual", "Every pixel (1:1)", ("Ctrl+1",), "actual", "One photo pixel a screen pixel"),
    _Wish("double", "200 %", ("Ctrl+2",), tip="Each photo pixel on two screen pixels"),
    _Wish("zoom_in", "Zoom in", ("Ctrl++", "Ctrl+=")),
    _Wish("zoom_out", "Zoom out", ("Ctrl+-",)),
    _Wish("previous", "Previous photo", ("PgUp",)),
    _Wish("next", "Next photo", ("PgDown",)),
    _Wish("save_next", "Save and go to the next photo", ("Ctrl+PgDown",)),
    _Wish("apply_to_rest", "Apply to other photos…", ("Ctrl+Shift+A",)),
    _Wish("keys", "Keys and mouse", ("F1",)),
    _Wish("tour", "Short tour"),
)


class Actions(QObject):
    """All actions by name; checked and enabled as the session says."""

    def __init__(self, session: AppSession, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._all: dict[str, QAction] = {}
        for wish in _WISHES:
            action = QAction(tr(wish.words), parent)
            action.setShortcuts([QKeySequence(k) for k in wish.keys])
            action.setCheckable(wish.checkable)
            keys = f" ({wish.keys[0]})" if wish.keys else ""
            action.setToolTip(tr(wish.tip or wish.words.rstrip("…")) + keys)
            self._all[wish.name] = action
        tools = QActionGroup(parent)
        for tool in Tool:
            action = self[tool]
            tools.addAction(action)
            action.triggered.connect(lambda _checked=False, t=tool: session.set_tool(t))
        self._connect("undo", session.undo)
        self._connect("redo", session.redo)
        self._connect("reset", session.reset)
        self._connect("apply", session.apply)
        self._connect("discard", session.discard)
        self._connect("smaller", lambda: session.scale_brush(1 / BRUSH_STEP))
        self._connect("larger", lambda: session.scale_brush(BRUSH_STEP))
        self._connect("softer", lambda: session.harden_brush(-HARDNESS_STEP))
        self._connect("harder", lambda: session.harden_brush(HARDNESS_STEP))
        self._connect("overlay", lambda: session.show_overlay(not session.overlay_shown))
        self._connect("split", lambda: self._toggle(Compare.SPLIT))
        self._connect("before", lambda: self._toggle(Compare.BEFORE))
        self._connect("side", lambda: self._toggle(Compare.SIDE))
        for signal in (
            session.state_changed,
            session.view_changed,
            session.tool_changed,
            session.looking_changed,
        ):
            signal.connect(self._settle)
        theme.changed.connect(self._draw_icons)
        self._draw_icons()
        self._settle()

    def __getitem__(self, name: str) -> QAction:
        return self._all[name]

    def all(self) -> list[QAction]:
        """Return every action."""
        return list(self._all.values())

    def _connect(self, name: str, what: Callable[[], None]) -> None:
        self[name].triggered.connect(lambda _checked=False: what())

    def _toggle(self, compare: Compare) -> None:
        shown = self._session.compare is compare
        self._session.set_compare(Compare.OFF if shown else compare)

    def _settle(self) -> None:
        session, state = self._session, self._session.state
        opened, ready = session.photo is not None, session.has_work
        enabled = {
            "save": opened,
            "close": opened,
            "save_as": opened,
            "export": opened,
            "save_project": ready,
            "copy": opened,
            "before": opened,
            "apply_to_rest": opened and bool(state.position),
            "save_next": opened,
            "undo": state.can_undo,
            "redo": state.can_redo,
            "reset": any(state.strengths.values()),
            "apply": state.pending is not None,
            "discard": state.pending is not None,
            "chat": opened,
            "look": opened,
            "brush": ready,
            "eraser": ready,
            "lasso": ready,
            "fill": ready,
            "face": opened and not session.looking and not state.steps and not state.pending,
            "smaller": ready,
            "larger": ready,
            "softer": ready,
            "harder": ready,
            "overlay": ready,
            "split": opened,
            "side": opened,
            "double": opened,
            "fit": opened,
            "actual": opened,
            "zoom_in": opened,
            "zoom_out": opened,
        }
        for name, can in enabled.items():
            self[name].setEnabled(can)
        for tool in Tool:
            self[tool].setChecked(session.tool is tool)
        self["overlay"].setChecked(session.overlay_shown)
        self["split"].setChecked(session.compare is Compare.SPLIT)
        self["before"].setChecked(session.compare is Compare.BEFORE)
        self["side"].setChecked(session.compare is Compare.SIDE)
        done = state.steps[state.position - 1].label if state.position else ""
        self["undo"].setText(tr("Undo: {step}", step=done) if done else tr("Undo"))
        undone = state.steps[state.position].label if state.position < len(state.steps) else ""
        self["redo"].setText(tr("Redo: {step}", step=undone) if undone else tr("Redo"))

    def _draw_icons(self) -> None:
        for wish in _WISHES:
            if wish.icon:
                self[wish.name].setIcon(self._theme.icon(wish.icon))
