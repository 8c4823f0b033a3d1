"""Something that is being made in a thread of its own while other work goes on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


class Later(Generic[T]):
    """The result of `make`, which starts at once in the background."""

    def __init__(self, make: Callable[[], T]) -> None:
        pool = ThreadPoolExecutor(1)
        self._result = pool.submit(make)
        pool.shutdown(wait=False)  # takes no more work; what it has is finished

    @property
    def settled(self) -> bool:
        """Whether `get` answers at once."""
        return self._result.done()

    def get(self) -> T:
        """Wait for the result and return it; raises whatever `make` raised, each time."""
        return self._result.result()

    def then(self, make: Callable[[T], U]) -> "Later[U]":
        """Return what `make` makes of the result, once it is there."""
        return Later(lambda: make(self.get()))
