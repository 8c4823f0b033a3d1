"""Feeding a causal model piece by piece, whatever its library calls the cache of past states."""

import inspect
from collections.abc import Sequence
from typing import Any

from torch import Tensor


class Steps:
    """What a causal model has read so far; `feed` reads on.

    The cache's keyword is `cache` in newer versions of transformers, `past_key_values` in older.
    """

    def __init__(self, network: Any) -> None:
        self.network = network
        self.known = 0
        self._read: list[int] = []
        known = inspect.signature(network.forward).parameters
        self._keyword = "cache" if "cache" in known else "past_key_values"
        self._cache: Any = None

    def feed(self, ids: Tensor, **options: Any) -> Tensor:
        """Read the next ids, (1, T); return the logits after the last of them, (vocabulary,)."""
        past = {self._keyword: self._cache}
        result = self.network(input_ids=ids, use_cache=True, **past, **options)
        self._cache = getattr(result, self._keyword)
        self._read += ids[0].tolist()
        self.known = len(self._read)
        return result.logits[0, -1].float()

    def go_back_to(self, ids: Sequence[int]) -> None:
        """Forget what was read beyond the last of `ids` that it shares; it is read next."""
        shared = 0
        for read, wanted in zip(self._read, ids[:-1], strict=False):
            if read != wanted:
                break
            shared += 1
        if shared < self.known:
            self._cache.crop(shared - self.known)  # below zero: so many are taken off
            self._read = self._read[:shared]
            self.known = shared
