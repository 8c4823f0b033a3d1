"""Pairs of photographs made ready for lessons one by one, and what is remembered of them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from zipfile import BadZipFile

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from retouchgpt_core.errors import PhotoReadError, UsageError, WeightsError
from retouchgpt_core.face.finder import FaceFinder
from retouchgpt_core.face.layout import WINDOW_IODS, FaceLayout
from retouchgpt_core.geometry import Window
from retouchgpt_core.network.network import RetouchNetwork
from retouchgpt_core.network.weights import load_network
from retouchgpt_core.paths import weights_folder
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.retouched_pairs import PairFiles, pair_files
from retouchgpt_core.training.pair_changes import Changes, changes_of

STORED_PIXELS = 832
"""A face is kept as a square of 4 IOD at this size, IOD 208 px, or at what the photo has."""
LEAST_PIXELS = 288
_STRIDE = 32
_VERSION = "1"
"""Grows when what is remembered of a pair is worked out otherwise."""

Layouts = Callable[[Photo], Sequence[FaceLayout]]
KindReader = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""(P, P, 3) in [0, 1], P divisible by 32 -> (14, P, P): what is seen of each kind."""


@dataclass(frozen=True, slots=True, eq=False)
class PairFace:
    """A face before and after: rgb, retouched (P, P, 3) uint8; labels (P, P) uint8; iod in px."""

    rgb: NDArray[np.uint8]
    retouched: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    iod: float
    changes: Changes


class PairStore:
    """The pairs of a folder; a face is prepared when it is first asked for.

    What was found on a pair (face, labels, changes) is kept in `cache`, the pictures are not.
    `stamp` tells one way of preparing from another. A pair that has no face, no second picture of
    its size or nothing changed is passed over from then on; `skipped` says which, and why.
    """

    def __init__(
        self,
        files: Sequence[PairFiles],
        layouts: Layouts,
        kinds: KindReader | None = None,
        cache: Path | None = None,
        stamp: str = "",
    ) -> None:
        self.files = list(files)
        self.skipped: dict[str, str] = {}
        self._layouts, self._kinds = layouts, kinds
        self._cache, self._stamp = cache, stamp

    def any_face(self, rng: np.random.Generator) -> PairFace:
        """Return one pair's face. Raises UsageError if no pair can be used."""
        while self.files:
            chosen = int(rng.integers(len(self.files)))
            files = self.files[chosen]
            try:
                return self.face(files)
            except UsageError as error:
                self.skipped[files.name] = error.sentence
                self.files.pop(chosen)
        why = next(iter(self.skipped.values()), "There is none.")
        raise UsageError("No pair can be learned from.", why)

    def face(self, files: PairFiles) -> PairFace:
        """Return the largest face of a pair. Raises UsageError if it cannot be learned from."""
        try:
            source, target = Photo.read(files.source), Photo.read(files.target)
        except PhotoReadError as error:
            raise UsageError(error.sentence, error.next_step) from error
        if source.pixels.shape != target.pixels.shape:
            raise UsageError(f"The two pictures {files.name} differ in size.")
        kept = None if self._cache is None else self._cache / f"{self._key(files)}.npz"
        known = None if kept is None else _read(kept)
        if known is None:
            known = self._prepared(files, source, target)
            if kept is not None:
                _write(kept, known)
        window, labels, changes = known
        if not changes.anything:
            raise UsageError(f"Nothing was visibly changed on the face in {files.name}.")
        iod = window.pixels / WINDOW_IODS
        return PairFace(_square(source, window), _square(target, window), labels, iod, changes)

    def _prepared(
        self, files: PairFiles, source: Photo, target: Photo
    ) -> tuple[Window, NDArray[np.uint8], Changes]:
        layouts = self._layouts(source)
        if not layouts:
            raise UsageError(f"No face was found in {files.name}.")
        layout = max(layouts, key=lambda face: face.iod)
        side = min(STORED_PIXELS, int(layout.window.size) // _STRIDE * _STRIDE)
        if side < LEAST_PIXELS:
            raise UsageError(f"The face in {files.name} is too small to learn from.")
        window = layout.window.at(side)
        labels = np.asarray(
            cv2.resize(layout.labels, (side, side), interpolation=cv2.INTER_NEAREST), np.uint8
        )
        before, after = source.window(window), target.window(window)
        kinds = None if self._kinds is None else self._kinds(before)
        return window, labels, changes_of(before, after, labels, side / WINDOW_IODS, kinds)

    def _key(self, files: PairFiles) -> str:
        """Return a name that changes with either file and with the way of preparing."""
        said = [_VERSION, self._stamp]
        for path in (files.source, files.target):
            status = path.stat()
            said.append(f"{path.resolve()} {status.st_size} {status.st_mtime_ns}")
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:24]


def find_pairs(
    data: Path, weights: Sequence[Path], cache: Path | None, device: str = "cpu"
) -> PairStore:
    """Return the training pairs below `data`, read by the face finder and the network.

    weights: folders that may hold `face` and `retouch`, the first that fits is taken of each; the
    bundled ones come last. Without a retoucher's weights, changes are named by their looks alone.
    Raises UsageError if there are no pairs, WeightsError without the face finder's weights.
    """
    files = pair_files(data, "train")
    places = [*weights, weights_folder()]
    faces = next((p for p in places if (p / "face" / "config.json").is_file()), places[-1])
    finder = FaceFinder.load(faces / "face", device)
    for place in places:
        try:
            network = load_network(place / "retouch", device)
        except WeightsError:
            continue
        status = (place / "retouch" / "model.safetensors").stat()
        stamp = f"{status.st_size} {status.st_mtime_ns}"
        return PairStore(files, finder.find, network_kinds(network), cache, stamp)
    return PairStore(files, finder.find, None, cache)


def network_kinds(network: RetouchNetwork) -> KindReader:
    """Return a reader of what the network sees of each kind."""

    def kinds(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        device = next(network.parameters()).device
        image = torch.from_numpy(picture.transpose(2, 0, 1).copy())[None].to(device)
        with torch.inference_mode():
            return network.analyse(image).kinds[0].float().cpu().numpy()

    return kinds


def _square(photo: Photo, window: Window) -> NDArray[np.uint8]:
    return np.round(photo.window(window) * 255.0).astype(np.uint8)


def _read(path: Path) -> tuple[Window, NDArray[np.uint8], Changes] | None:
    """Return what is remembered of a pair, None if nothing is or it is damaged."""
    try:
        with np.load(path) as archive:
            x, y, size, pixels = (float(v) for v in archive["window"])
            changes = Changes(*(archive[f.name] for f in fields(Changes)))
            return Window(x, y, size, int(pixels)), archive["labels"], changes
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def _write(path: Path, known: tuple[Window, NDArray[np.uint8], Changes]) -> None:
    window, labels, changes = known
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    arrays = {f.name: getattr(changes, f.name) for f in fields(Changes)}
    with partial.open("wb") as file:
        np.savez_compressed(
            file,
            window=np.array([window.x, window.y, window.size, window.pixels]),
            labels=labels,
            **arrays,
        )
    partial.replace(path)
