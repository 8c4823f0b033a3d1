"""Why a photo gives no face: a sentence that says so, and what to do about it."""

from dataclasses import dataclass

import numpy as np

from retouchgpt_core.errors import NoFaceError
from retouchgpt_core.face.crops import SampledPhoto
from retouchgpt_core.face.finder import FaceFinder
from retouchgpt_core.geometry import Window

_TURNS = {1: "a quarter to the right", 2: "upside down", 3: "a quarter to the left"}


@dataclass(frozen=True, slots=True, eq=False)
class TurnedPhoto:
    """A photo as it looks after so many quarter turns to the left; nothing is copied."""

    photo: SampledPhoto
    quarters: int

    @property
    def width(self) -> int:
        return self.photo.height if self.quarters % 2 else self.photo.width

    @property
    def height(self) -> int:
        return self.photo.width if self.quarters % 2 else self.photo.height

    def window(self, window: Window) -> np.ndarray:
        """Return a window of the turned photo, (pixels, pixels, 3) float32 RGB."""
        x, y, width, height = window.x, window.y, self.width, self.height
        for _ in range(self.quarters % 4):
            # Turned to the right again: what was the top edge is the right edge.
            x, y, width, height = height - y - window.size, x, height, width
        source = self.photo.window(Window(x, y, window.size, window.pixels))
        return np.rot90(source, self.quarters)


def no_face(finder: FaceFinder, photo: SampledPhoto) -> NoFaceError:
    """Look again at a photo in which `find` found nothing, and say why that may be.

    Looks for faces that lie on their side or head, and for faces too small to lay out; takes
    about as long as three finds.
    """
    for quarters, how in _TURNS.items():
        if finder.find(TurnedPhoto(photo, quarters)):
            turned = "upside down" if quarters == 2 else f"turned {how}"
            return NoFaceError(
                f"The face in this photo is {turned}.", "Turn the photo upright and open it again."
            )
    small = finder.too_small(photo)
    if small:
        faces = "The face" if small == 1 else f"The {small} faces"
        are = "is" if small == 1 else "are"
        return NoFaceError(
            f"{faces} in this photo {are} too small to tell the places apart.",
            "Open a larger copy: about 40 pixels across a face are needed.",
        )
    return NoFaceError(
        "No face was found in this photo.",
        "Draw a box around the face that was missed, or choose a photo with an upright one.",
    )


__all__ = ["TurnedPhoto", "no_face"]
