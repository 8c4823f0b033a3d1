"""Feeding a causal model piece by piece, whatever its library calls the cache of past states."""

import inspect
from typing import Any

from torch import Tensor


class Steps:
    """What a causal model has read so far; `feed` reads on.

    The cache's keyword is `cache` in newer versions of transformers, `past_key_values` in older.
    """

    def __init__(self, network: Any) -> None:
        self.network = network
        self.known = 0
        known = inspect.signature(network.forward).parameters
        self._keyword = "cache" if "cache" in known else "past_key_values"
        self._cache: Any = None

    def feed(self, ids: Tensor, **options: Any) -> Tensor:
        """Read the next ids, (1, T); return the logits after the last of them, (vocabulary,)."""
        past = {self._keyword: self._cache}
        result = self.network(input_ids=ids, use_cache=True, **past, **options)
        self._cache = getattr(result, self._keyword)
        self.known += ids.shape[1]
        return result.logits[0, -1].float()
