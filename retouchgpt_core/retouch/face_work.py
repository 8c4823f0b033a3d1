"""All that is done on one face: finding its marks, reading what is asked for, making fills."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retouchgpt_core.geometry import Box
from retouchgpt_core.language.model import PlanModel
from retouchgpt_core.language.plan import Plan
from retouchgpt_core.later import Later
from retouchgpt_core.network.network import RetouchNetwork
from retouchgpt_core.network.threads import on_one_thread
from retouchgpt_core.photo import Photo
from retouchgpt_core.retouch.analysis import FaceAnalysis, Look, probability_maps, requested
from retouchgpt_core.retouch.detection import (
    DEFAULT_THRESHOLDS,
    MarkThresholds,
    marks_from_maps,
    named_tones_from_maps,
)
from retouchgpt_core.retouch.filling import even_tones, rebuild_spots
from retouchgpt_core.retouch.fills import Fill, make_fill
from retouchgpt_core.retouch.marks import Mark
from retouchgpt_core.retouch.masks import window_mask
from retouchgpt_core.retouch.request import asked_for
from retouchgpt_core.retouch.texture import Surface, clean_skin
from retouchgpt_core.vocabulary import KINDS


@dataclass(frozen=True, slots=True, eq=False)
class Networks:
    """What reads and retouches faces: the image network, and the language model that steers it.

    `language` is that model, or a Later that is still loading it.
    """

    image: RetouchNetwork
    language: PlanModel | Later[PlanModel]

    @property
    def words(self) -> PlanModel:
        return self.language.get() if isinstance(self.language, Later) else self.language


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """An instruction as the networks take it: its words and its plan."""

    text: str
    plan: Plan


@dataclass(frozen=True, slots=True, eq=False)
class FaceWork:
    """One face of a photo with its analysis; computed once, asked many times."""

    photo: Photo
    analysis: FaceAnalysis
    networks: Networks
    _seen: list[Surface] = field(default_factory=list[Surface], repr=False)

    @property
    def surface(self) -> Surface:
        """The face's surface at the finest look; worked out when it is first asked for."""
        if not self._seen:
            look = self.analysis.fine
            layout = replace(self.analysis.layout, window=look.window, labels=look.label_map)
            self._seen.append(Surface.of(self.photo, layout))
        return self._seen[0]

    @property
    def number(self) -> int:
        return self.analysis.layout.number

    def find_marks(self, thresholds: MarkThresholds = DEFAULT_THRESHOLDS) -> list[Mark]:
        """Return the face's marks, found at the finest look that there is."""
        look, any_map, kinds = probability_maps(self.analysis)
        layout = replace(self.analysis.layout, window=look.window, labels=look.label_map)
        size = (self.photo.width, self.photo.height)
        return marks_from_maps(any_map, kinds, look.label_map, layout, size, thresholds)

    def named_tones(self, thresholds: MarkThresholds = DEFAULT_THRESHOLDS) -> list[Mark]:
        """Return the tone-like marks that count as there for who asks for them by name."""
        look, _, kinds = probability_maps(self.analysis)
        layout = replace(self.analysis.layout, window=look.window, labels=look.label_map)
        size = (self.photo.width, self.photo.height)
        return named_tones_from_maps(kinds, look.label_map, layout, size, thresholds)

    def asked_for(self, asked: Asked, marks: Sequence[Mark]) -> dict[str, float]:
        """Return IIP's probability that each of this face's marks is meant, by id."""
        hidden, known = self.networks.words.encode_batch([(asked.text, asked.plan)])
        fine = self.analysis.fine
        answer = requested(fine, self.networks.image, hidden, known)
        return asked_for(fine, answer, marks)

    def fills(
        self,
        asked: Asked,
        targets: Sequence[Mark],
        known: Sequence[Mark],
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Iterator[Fill]:
        """Make the fills of `targets`; `known` are all marks of this face, to be asked for or not.

        Spots and lines come first, at the finest look; tone-like marks at the whole face's.
        Raises CancelledError when asked to stop.
        """
        spots = [m for m in targets if m.layer != "tone"]
        tones = [m for m in targets if m.layer == "tone"]
        if spots:
            yield from self._rebuilt(asked, spots, known, progress, cancelled)
        if tones:
            yield from self._evened(asked, tones)

    def _rebuilt(
        self,
        asked: Asked,
        spots: Sequence[Mark],
        known: Sequence[Mark],
        progress: Callable[[float], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> Iterator[Fill]:
        look = self.analysis.fine
        every = {m.id: m for m in (*known, *spots) if m.layer != "tone"}
        kinds = kind_masks(list(every.values()), look)
        prompts = self._prompts(asked, look, kind_masks(spots, look))
        skin = clean_skin(self.photo, self.surface, list(every.values()))
        boxes = [_box_in(look, mark) for mark in spots]
        for index, patch in rebuild_spots(
            look, self.networks.image, prompts, kinds, boxes, progress, cancelled
        ):
            yield make_fill(self.photo, spots[index], patch.window, patch.delta, skin)

    def _evened(self, asked: Asked, tones: Sequence[Mark]) -> Iterator[Fill]:
        look = self.analysis.coarse
        kinds = kind_masks(tones, look)
        prompts = self._prompts(asked, look, kinds)
        patch = even_tones(look, self.networks.image, prompts, kinds)
        for mark in tones:
            yield make_fill(self.photo, mark, patch.window, patch.delta)

    @torch.inference_mode()
    def _prompts(self, asked: Asked, look: Look, kinds: NDArray[np.float32]) -> Tensor:
        """Let the frozen language model turn what is seen and said into prompts (1, N, C)."""
        seen = torch.from_numpy(kinds)[None].to(look.image)
        words = self.networks.words
        with on_one_thread():
            return self.networks.image.prompts(
                look.analysis,
                seen.amax(1, keepdim=True),
                seen,
                look.labels,
                words,
                [words.token_ids(asked.text, asked.plan)],
            )


def kind_masks(marks: Sequence[Mark], look: Look) -> NDArray[np.float32]:
    """Return the soft masks of marks by kind, (14, P, P) in [0, 1], in a look's pixels."""
    side = look.window.pixels
    masks = np.zeros((len(KINDS), side, side), np.float32)
    for index, kind in enumerate(KINDS):
        of_kind = [m for m in marks if m.kind is kind]
        if of_kind:
            masks[index] = window_mask(of_kind, look.window)
    return masks


def _box_in(look: Look, mark: Mark) -> Box:
    left, top = look.window.to_window(mark.box.x, mark.box.y)
    right, bottom = look.window.to_window(mark.box.right, mark.box.bottom)
    side = look.window.pixels
    return Box.from_edges(left, top, right, bottom).clamp(side, side)
