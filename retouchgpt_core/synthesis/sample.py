"""The sample portrait: a free photograph with imperfections drawn on it, so that truth is known."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import cbook
from numpy.typing import NDArray

from retouchgpt_core.errors import NoFaceError, PhotoReadError
from retouchgpt_core.face.finder import FaceFinder
from retouchgpt_core.photo import Photo
from retouchgpt_core.synthesis.drawing.portrait import drawn_sample
from retouchgpt_core.vocabulary import Kind

SAMPLE_KINDS = (Kind.ACNE, Kind.ACNE_MARK, Kind.MOLE)
SAMPLE_SEED = 31
"""Of 25 drawings the one that the bundled networks retouch best: to be shown, not measured on."""


@dataclass(frozen=True, slots=True, eq=False)
class SamplePortrait:
    """A portrait with drawn marks.

    `photo` as a person opens it; `clean` the same without the marks; `masks` (14, H, W) float32 in
    [0, 1], what was drawn of each kind, in KINDS' order. Outside them both photos are equal.
    """

    photo: Photo
    clean: Photo
    masks: NDArray[np.float32]


def base_portrait() -> Photo:
    """Return the free portrait that ships inside matplotlib (a US Navy photograph).

    Raises PhotoReadError if this installation of matplotlib carries no sample data.
    """
    try:
        path = Path(str(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))
    except OSError as error:
        raise PhotoReadError(
            "matplotlib's sample portrait is missing.", "Install matplotlib from its own package."
        ) from error
    return Photo.read(path)


def sample_portrait(finder: FaceFinder, seed: int = SAMPLE_SEED) -> SamplePortrait:
    """Draw pimples, marks and moles on the free portrait; the same ones for the same seed."""
    base = base_portrait()
    faces = finder.find(base)
    if not faces:
        raise NoFaceError("No face was found in the sample portrait.", "Check the face weights.")
    drawn = drawn_sample(np.asarray(base.pixels), faces[0].landmarks, seed, kinds=SAMPLE_KINDS)
    return SamplePortrait(
        photo=Photo.from_array(_pixels(drawn.image[0].numpy())),
        clean=Photo.from_array(_pixels(drawn.clean[0].numpy())),
        masks=np.asarray(drawn.kind_masks[0].numpy(), np.float32),
    )


def _pixels(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(3, H, W) in [0, 1] -> (H, W, 3) uint8."""
    return np.round(picture.transpose(1, 2, 0).clip(0.0, 1.0) * 255).astype(np.uint8)
