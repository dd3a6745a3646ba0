"""Memory that a reader hands out again and again."""

from __future__ import annotations

import sys

from penstock._pointers import address_of
from penstock._spans import ALONE, Array
from penstock._spare import Spare
from penstock._types import ElementType

# More than are ever under way at once, and few enough to be looked through.
_MOST = 8


#: An array, and where its first element is.
Buffer = tuple[Array, int]


class Buffers:
    """Arrays that are handed out again when nobody has them any more.

    What is handed out may be kept for as long as one likes: NumPy counts who has an
    array or a view of it.
    """

    def __init__(self, type: ElementType, spare: Spare) -> None:
        self._type = type
        #: So many are kept to be used again.
        self.most = _MOST
        self._buffers: list[Buffer] = []
        self._spare = spare

    def take(self, count: int) -> Buffer:
        """An array of at least so many elements, uninitialised."""
        for buffer in self._buffers:
            array = buffer[0]
            if sys.getrefcount(array) == ALONE and len(array) >= count:
                return buffer
        made = self._spare.take(self._type, count)
        if made is None:
            made = self._type.empty(count)
        if len(self._buffers) >= self.most:
            # Somebody keeps them all; those are his now.
            self._buffers.pop(0)
        self._buffers.append((made, address_of(made)))
        return self._buffers[-1]

    def __del__(self) -> None:
        self._spare.leave(array for array, _ in self._buffers)
