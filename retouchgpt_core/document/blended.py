"""The pixels of a photo under a state: the one in force, or one that is only tried."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retouchgpt_core.document.state import EditState
from retouchgpt_core.geometry import Box
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.compose import changed_mask, compose


class Blended(ABC):
    """A photo with the state that it is shown in; no network is asked for any pixel."""

    def __init__(self, original: Photo) -> None:
        self.original = original

    @property
    @abstractmethod
    def state(self) -> EditState: ...

    @property
    def strengths(self) -> Mapping[str, float]:
        """Mark id -> strength; a mark that is not in it is as photographed."""
        return self.state.strengths

    @property
    def locks(self) -> frozenset[str]:
        """Ids of the marks that no sentence may touch."""
        return self.state.locks

    @property
    def held(self) -> frozenset[tuple[str, str]]:
        """Marks that stay as photographed under other fills: (id, "locked", "kept", "natural")."""
        held = self.state.held
        groups = {"locked": held.locked, "kept": held.kept, "natural": held.natural}
        return frozenset((mark.id, why) for why, marks in groups.items() for mark in marks)

    @property
    def _size(self) -> tuple[int, int]:
        return self.original.width, self.original.height

    def render(self, box: Box | None = None) -> NDArray[Any]:
        """Return the composed pixels of `box` (or all), (h, w, 3) in the photo's own type."""
        return compose(self.original, self.state.shown_fills, self.strengths, box)

    def photo(self) -> Photo:
        """Return the retouched photo, with everything the file said about it."""
        return self.original.replaced(self.render())

    def mask(self, box: Box | None = None) -> NDArray[np.uint8]:
        """Return (h, w) uint8, non-zero wherever any bit may differ from the original."""
        return changed_mask(self._size, self.state.shown_fills, self.strengths, box)


class Trial(Blended):
    """The photo in a state that is only tried: nothing of it is kept."""

    def __init__(self, original: Photo, state: EditState) -> None:
        super().__init__(original)
        self._state = state

    @property
    def state(self) -> EditState:
        return self._state
