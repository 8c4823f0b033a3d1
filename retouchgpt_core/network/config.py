"""The sizes of the retouching network, as they stand in config.json."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from retouchgpt_core.errors import WeightsError
from retouchgpt_core.vocabulary import KINDS, REGIONS, TONE_KINDS

KIND_COUNT = len(KINDS)
REGION_COUNT = len(REGIONS)
LABEL_COUNT = 1 + REGION_COUNT + 8
"""Labels of a face's region map: background, the 16 regions of skin, 8 things that are no skin."""
TONE_INDEX: tuple[int, ...] = tuple(i for i, k in enumerate(KINDS) if k in TONE_KINDS)
MARK_INDEX: tuple[int, ...] = tuple(i for i, k in enumerate(KINDS) if k not in TONE_KINDS)
"""Places in KINDS of the tone-like kinds, and of the spot- and line-like ones."""


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Widths and depths. `text_hidden` is the width of the language model that steers it, and
    `text_states` how many of its layers IIP reads, one beside the other."""

    widths: tuple[int, int, int, int, int] = (16, 24, 48, 96, 128)
    depths: tuple[int, int, int, int] = (1, 1, 2, 2)
    text_hidden: int = 256
    text_states: int = 3
    request_width: int = 96
    request_layers: int = 2
    latent: int = 96
    blocks: int = 4
    heads: int = 4
    window: int = 8
    prompts: int = 8

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "widths": [*self.widths], "depths": [*self.depths]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "NetworkConfig":
        """Read config.json. Raises WeightsError for a key that this version does not know."""
        known = {f.name for f in fields(cls)}
        if set(data) - known:
            unknown = ", ".join(sorted(set(data) - known))
            raise WeightsError(
                f"The retoucher's config.json has settings that are unknown here: {unknown}.",
                "Use weights that were made for this version.",
            )
        settings = dict(data)
        for name in ("widths", "depths"):
            if name in settings:
                settings[name] = tuple(settings[name])
        return cls(**settings)
