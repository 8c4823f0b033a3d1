"""The lower left: history, faces and photo information under one roof of tabs."""

from PySide6.QtWidgets import QTabWidget, QWidget

from app.i18n import tr
from app.panels.faces import FacesPanel
from app.panels.history import HistoryPanel
from app.panels.photo_facts import PhotoFacts
from app.session import AppSession


class Details(QTabWidget):
    """Three tabs; the first one, the history, is what is needed most."""

    def __init__(self, session: AppSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.history = HistoryPanel(session)
        self.faces = FacesPanel(session)
        self.facts = PhotoFacts(session)
        self.setDocumentMode(True)
        self.tabBar().setDrawBase(False)
        self.addTab(self.history, tr("History"))
        self.addTab(self.faces, tr("Faces"))
        self.addTab(self.facts, tr("Photo"))
