"""The engine: analyse a photo once, edit it many times."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from retouchgpt_core.document.journal import Left, discard, left_behind, recovered
from retouchgpt_core.document.project import Kept, Project, open_project
from retouchgpt_core.document.state import EditState
from retouchgpt_core.errors import WeightsError
from retouchgpt_core.face.absence import no_face
from retouchgpt_core.face.finder import FaceFinder
from retouchgpt_core.face.layout import FaceLayout
from retouchgpt_core.face.overlay import face_overlay
from retouchgpt_core.geometry import Box
from retouchgpt_core.language.dialogue import DialogueState
from retouchgpt_core.language.interpreter import Interpreter, Understands
from retouchgpt_core.language.model import PlanModel
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.later import Later
from retouchgpt_core.network.weights import load_network
from retouchgpt_core.paths import weights_folder
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.analysis import analyse_faces
from retouchgpt_core.retouch.face_work import FaceWork, Networks
from retouchgpt_core.session import Session, Turn

__all__ = ["Engine", "Session", "Turn"]


@dataclass(frozen=True, slots=True, eq=False)
class Engine:
    """All networks, loaded once. `open` gives a session for one photo."""

    finder: FaceFinder
    networks: Networks
    interpreter: Understands
    device: torch.device
    weights: Mapping[str, str] = field(default_factory=dict[str, str])
    """A fingerprint of each part's weights, which a project remembers."""

    @classmethod
    def load(
        cls, weights: Path | None = None, lang_model: Path | None = None, device: str = "auto"
    ) -> "Engine":
        """Load the bundled weights, or those in the folder `weights`.

        `lang_model` is the folder of any local causal language model that is to read instructions
        instead of the bundled one. `device` is "auto", "cpu", "cuda" or "mps". The language
        models go on loading in the background. Raises WeightsError; a language model that cannot
        be read may raise it only when the first instruction is given.
        """
        folder = weights_folder(weights)
        where = _device(device)
        language = folder / "language"
        # The language library takes seconds to import: faces are looked at meanwhile.
        words = Later(lambda: PlanModel.load(language, where))
        first = words.then(lambda _: Interpreter.load(language, lang_model, str(where)))
        reader = _Reader(language, str(where), first)
        network = load_network(folder / "retouch", where)
        finder = FaceFinder.load(folder / "face", str(where))
        for part in (words, first):
            if part.settled:
                part.get()
        return cls(finder, Networks(network, words), reader, where, _fingerprints(folder))

    def read_with(self, lang_model: Path | None) -> int:
        """Let the language model in this folder, or the bundled one, read what is said from now on.

        Open sessions too are read by it; what the networks that look at photos take words as
        stays the bundled model's. Returns the bytes of memory that its weights take. Raises
        WeightsError with a sentence; then the model before goes on reading.
        """
        if not isinstance(self.interpreter, _Reader):
            raise WeightsError("This engine's reader cannot be exchanged.", "Load it anew.")
        return self.interpreter.exchange(lang_model)

    @property
    def device_name(self) -> str:
        """The device in words: "CPU, 2 cores" or the GPU's name."""
        return _in_words(self.device)

    def faces(self, photo: Photo, boxes: Sequence[Box] = ()) -> tuple[FaceLayout, ...]:
        """Return the layout of each face, left to right; an empty tuple if there is none.

        `boxes`, in photo pixels, are drawn by hand around faces that were missed, hairline to
        chin. Raises NoFaceError if one of them holds no face that can be laid out.
        """
        return self.finder.find(photo, boxes)

    def face_at(self, photo: Photo, box: Box) -> FaceLayout:
        """Lay out the face in a box drawn by hand; raises NoFaceError, which says what to do."""
        return self.finder.face_in(photo, box)

    def face_overlay(
        self, faces: Sequence[FaceLayout], box: Box, width: int, height: int, names: bool = True
    ) -> NDArray[np.uint8]:
        """Draw boxes, landmarks, regions and their names over the part `box` of the photo.

        Returns (height, width, 4) uint8 RGBA, not premultiplied, for that part seen at this size.
        """
        return face_overlay(faces, box, width, height, names=names)

    def open(
        self,
        photo: Photo,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        gating: bool = True,
        boxes: Sequence[Box] = (),
        state: EditState | None = None,
    ) -> Session:
        """Find the faces and the marks on them; `boxes` are those of `faces`.

        `gating` False lets the prediction network alone decide what words mean, without the
        plan's kinds and places (a debug switch). `state` is earlier work on this photo, whose
        marks stand instead of those found now. Raises NoFaceError and CancelledError.
        """
        if progress is not None:
            progress("Looking for faces", 0.0)
        layouts = self.faces(photo, boxes)
        if not layouts:
            raise no_face(self.finder, photo)
        faces = analyse_faces(photo, layouts, self.networks.image, progress, cancelled)
        works = [FaceWork(photo, face, self.networks) for face in faces]
        kept = Kept(self.weights, tuple(boxes))
        return Session(photo, works, self.interpreter, gating, state, kept)

    def reopen(
        self,
        session: Session,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Session:
        """Go on with what another engine's session did, with its whole history.

        A pending turn does not come along. Raises NoFaceError and CancelledError; then the
        session is as it was.
        """
        boxes, state = session.boxes, session.state
        fresh = self.open(session.original, progress, cancelled, boxes=boxes, state=state)
        fresh.take_history_of(session)
        return fresh

    def open_project(
        self,
        path: str | Path,
        photo: Photo | None = None,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Session:
        """Go on with a project where it was saved.

        Raises PhotoMissingError if its photo has moved and none is given, ProjectError if the
        file is damaged or made for another photo than the one given, CancelledError.
        """
        return self._go_on(open_project(path, photo), progress, cancelled)

    @staticmethod
    def left_behind(root: Path) -> list[Left]:
        """Return the work that crashed processes left in the journal below `root`, newest first."""
        return left_behind(root)

    @staticmethod
    def forget(left: Left) -> None:
        """Remove work that was left behind."""
        discard(left.folder)

    def recover(
        self,
        left: Left,
        photo: Photo | None = None,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Session:
        """Go on with work that was left behind, as of its last finished step.

        Raises as `open_project` does. It stays in the journal until `forget`.
        """
        return self._go_on(recovered(left, photo), progress, cancelled)

    def _go_on(
        self,
        project: Project,
        progress: Callable[[str, float], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> Session:
        boxes = project.kept.boxes
        return self.open(project.photo, progress, cancelled, boxes=boxes, state=project.state)


class _Reader:
    """An interpreter that may still be loading, and can be exchanged for another one."""

    def __init__(self, bundled: Path, device: str, first: Later[Interpreter]) -> None:
        self._bundled = bundled
        self._device = device
        self._reading = first

    def interpret(self, text: str, dialogue: DialogueState) -> Plan:
        return self._reading.get().interpret(text, dialogue)

    def exchange(self, lang_model: Path | None) -> int:
        loaded = Interpreter.load(self._bundled, lang_model, self._device)
        self._reading = Later(lambda: loaded)
        return loaded.writer.memory


def devices() -> dict[str, str]:
    """Return what `Engine.load` can be told to run on here, with its name in words."""
    found = [torch.device("cpu")]
    if torch.cuda.is_available():
        found.insert(0, torch.device("cuda"))
    if torch.backends.mps.is_available():
        found.insert(0, torch.device("mps"))
    return {device.type: _in_words(device) for device in found}


def _in_words(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return "Apple GPU"
    cores = os.cpu_count() or 1
    return f"CPU, {cores} core" + ("s" if cores > 1 else "")


def _device(name: str) -> torch.device:
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if not available.get(name, False):
        raise WeightsError(f"This machine has no device called {name}.", "Use --device auto.")
    return torch.device(name)


def _fingerprints(folder: Path) -> dict[str, str]:
    """Return the beginning of the SHA-256 of each part's weights, by the part's name."""
    return {
        file.parent.name: hashlib.sha256(file.read_bytes()).hexdigest()[:16]
        for file in sorted(folder.glob("*/model.safetensors"))
    }
