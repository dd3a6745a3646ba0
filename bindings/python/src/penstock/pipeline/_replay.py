"""Going on in the middle of a stream where places cannot be computed: by making it
again."""

from __future__ import annotations

from penstock.pipeline._chunks import Chunk
from penstock.pipeline._node import Reader


def drop(reader: Reader, count: int) -> Reader:
    """A reader without the first so many elements."""
    return DropReader(reader, count) if count > 0 else reader


class DropReader(Reader):
    def __init__(self, source: Reader, count: float) -> None:
        self._source = source
        self._left = count
        self.element_bytes = source.element_bytes

    def read(self, most: int) -> Chunk | None:
        while self._left > 0:
            chunk = self._source.read(int(min(self._left, self._source.span)))
            if chunk is None:
                return None
            self._left -= chunk.count
        return self._source.read(most)


class LimitReader(Reader):
    """At most so many elements; asks for no more."""

    def __init__(self, source: Reader, count: float) -> None:
        self._source = source
        self._left = count
        self.element_bytes = source.element_bytes

    def read(self, most: int) -> Chunk | None:
        if self._left <= 0:
            return None
        chunk = self._source.read(int(min(most, self._left)))
        if chunk is None:
            return None
        self._left -= chunk.count
        return chunk
