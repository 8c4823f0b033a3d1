"""The engine: loaded when it is needed, on the device and with the language model chosen."""

from collections.abc import Mapping
from pathlib import Path

from app.engine_port import Backend, EngineLike

CPU = "cpu"


class EngineRoom:
    """Belongs to the worker's thread."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._engine: EngineLike | None = None
        self.device = "auto"
        self.folder: Path | None = None

    @property
    def loaded(self) -> bool:
        return self._engine is not None

    def engine(self) -> EngineLike:
        """Return the engine, loaded if need be. Raises WeightsError."""
        if self._engine is None:
            engine = self._backend.load_engine(self.device)
            if self.folder is not None:
                engine.read_with(self.folder)
            self._engine = engine
        return self._engine

    def devices(self) -> Mapping[str, str]:
        """Return what the engine can run on, with its name in words."""
        return self._backend.devices()

    def read_with(self, folder: Path | None) -> int:
        """Exchange the language model; returns the bytes that its weights take.

        Raises WeightsError with the reason; then the bundled one reads.
        """
        engine = self.engine()
        memory = 0
        try:
            memory = engine.read_with(folder)
        except BaseException:
            if self.folder is not None:
                engine.read_with(None)
            self.folder = None
            raise
        self.folder = folder
        return memory

    def use(self, device: str) -> EngineLike:
        """Load the engine on a device. Raises WeightsError; then the one before stays."""
        before = self.device, self._engine
        self.device, self._engine = device, None
        try:
            return self.engine()
        except BaseException:
            self.device, self._engine = before
            raise

    def release(self) -> None:
        """Let go of the engine; what is still open may hold its networks."""
        self._engine = None
