"""The requests about the engine itself: its models, its device, and letting go of them."""

import gc

from PySide6.QtCore import Signal

from app.desk import Desk
from app.engine_port import Backend, EngineLike, Progress
from app.engine_room import CPU, EngineRoom
from app.i18n import tr
from app.memory import give_back_memory
from app.request_queue import RequestQueue
from app.requests import ChooseModel, LoadEngine, Release, Request, UseDevice
from app.snapshot import ModelStage, ModelState
from retouchgpt_core.errors import RetouchError


class EngineWork(RequestQueue):
    """A queue that owns the engine, and the desk on which a photo lies."""

    engine_ready = Signal(str)
    """The device in words; empty while no engine is loaded."""
    devices_known = Signal(object)
    model_changed = Signal(object)
    noticed = Signal(str, str)
    """Something that the program did by itself: a sentence, and what it means."""
    changed = Signal(object)

    def __init__(self, backend: Backend) -> None:
        super().__init__()
        self._backend = backend
        self._room = EngineRoom(backend)
        self._desk: Desk | None = None

    def _load(self, request: LoadEngine) -> None:
        self._loaded(request)

    def _loaded(self, request: Request | None) -> EngineLike:
        first = not self._room.loaded
        if first and request is not None:
            self._tell(request, tr("Loading the models"), -1.0)
        engine = self._room.engine()
        if first:
            self._tell_engine(engine)
        return engine

    def _tell_engine(self, engine: EngineLike) -> None:
        self.engine_ready.emit(engine.device_name)
        self.devices_known.emit(dict(self._room.devices()))

    def _choose_model(self, request: ChooseModel) -> None:
        """Exchange the reader; a choice that a later one overtook says nothing."""
        self._loaded(request)
        self.model_changed.emit(ModelState(request.folder, ModelStage.LOADING))
        if request.folder is not None:
            words = tr("Loading the language model {name}", name=request.folder.name)
            self._tell(request, words, -1.0)
        try:
            memory = self._room.read_with(request.folder)
        except RetouchError as error:
            if not self._is_stale(request):
                reason = f"{error.sentence} {error.next_step}".strip()
                refused = ModelState(request.folder, ModelStage.REFUSED, reason=reason)
                self.model_changed.emit(refused)
            return
        if not self._is_stale(request):
            self.model_changed.emit(ModelState(request.folder, ModelStage.READY, memory))

    def _use_device(self, request: UseDevice) -> None:
        self._tell(request, tr("Loading the models"), -1.0)
        engine = self._room.use(request.name)
        self._reopen(engine, self._reporting(request))
        self._tell_engine(engine)
        if self._desk is not None and self._desk.session is not None:
            self.changed.emit(self._desk.change(request.revision))

    def _release(self, request: Release) -> None:
        """Let go of the networks, unless a proposal waits for its decision."""
        del request
        session = None if self._desk is None else self._desk.session
        if session is not None and session.pending is not None:
            return
        if self._desk is not None and session is not None:
            session.rest()
            self._desk.resting = True
        self._room.release()
        give_back_memory()
        self.engine_ready.emit("")

    def _wake(self) -> None:
        """Look at the open photo again after `_release`."""
        if self._desk is not None and self._desk.resting:
            self._reopen(self._loaded(self._running), None)

    def _reopen(self, engine: EngineLike, progress: Progress | None) -> None:
        """Go on with the open photo on another engine, its proposal and corrections included."""
        desk = self._desk
        if desk is None or desk.session is None:
            return
        pending, strokes = desk.pending, list(desk.strokes)
        session = engine.reopen(desk.session, progress)
        desk.start(session)
        if pending is not None:
            session.propose_plan(pending[1].plan)
            for stroke in strokes:
                if session.pending is not None and stroke is not None:
                    session.brush(
                        stroke.points, stroke.radius, stroke.hardness, stroke.erase, stroke.shape
                    )
            desk.pending = (pending[0], pending[1])

    # When the graphics card is full.

    def _carry_out(self, request: Request) -> None:
        try:
            super()._carry_out(request)
        except RuntimeError as error:
            if not _card_is_full(error) or self._room.device == CPU:
                raise
        else:
            return
        # The failed attempt's frames, and what they hold on the card, are gone only now.
        gc.collect()
        engine = self._room.use(CPU)
        self._reopen(engine, self._reporting(request))
        self._tell_engine(engine)
        super()._carry_out(request)
        self.noticed.emit(
            tr("The graphics card's memory is full, so the processor goes on."),
            tr("It is slower; nothing was lost. The device can be changed in the status bar."),
        )


def _card_is_full(error: RuntimeError) -> bool:
    """Say whether torch ran out of a GPU's memory; torch itself is not imported here."""
    return type(error).__name__ == "OutOfMemoryError" or "MPS backend out of memory" in str(error)
