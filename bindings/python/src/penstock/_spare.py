"""Large arrays that nobody uses, for whoever needs such an array next."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable

from penstock._spans import ALONE, Array
from penstock._types import ElementType

# Smaller ones come from the heap, which has its own that were used before.
_LEAST_BYTES = 1 << 20
# Of all that are kept together.
_MOST_BYTES = 256 << 20


class Spare:
    """Of an engine: what iterations leave to later ones.

    To touch fresh memory for the first time costs more than most stages do with it: a
    batch of images takes 2 to 20 ms on a virtual machine, whose host must find the
    memory first.

    For any thread, and for finalisers, which run within anything: all that changes is a
    deque, one array by one, and each time that is atomic.
    """

    def __init__(self) -> None:
        # Those that were left last are at the right.
        self._arrays: deque[Array] = deque()
        self._most_bytes = _MOST_BYTES

    def take(self, type: ElementType, count: int) -> Array | None:
        """An array of so many elements or a few more, which nobody else has."""
        for _ in range(len(self._arrays)):
            try:
                found = [self._arrays.pop()]
            except IndexError:
                break
            # A list and a loop, as where ALONE was counted.
            for array in found:
                if (
                    count <= len(array) <= 2 * count
                    and array.dtype == type.dtype
                    and array.shape[1:] == type.shape
                    and sys.getrefcount(array) == ALONE
                ):
                    return array
            self._arrays.appendleft(array)
        return None

    def leave(self, arrays: Iterable[Array]) -> None:
        """For later. They may still be in use: they wait until they are not."""
        most = self._most_bytes
        self._arrays.extend(a for a in arrays if _LEAST_BYTES <= a.nbytes <= most)
        while sum(array.nbytes for array in list(self._arrays)) > most:
            try:
                self._arrays.popleft()
            except IndexError:
                break

    def close(self) -> None:
        """Keeps nothing from now on."""
        self._most_bytes = 0
        self._arrays.clear()
