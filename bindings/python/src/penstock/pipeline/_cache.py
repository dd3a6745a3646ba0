"""cache: what was made once is kept."""

from __future__ import annotations

import threading

from penstock.pipeline._chunks import Chunk, Items, Rows, join
from penstock.pipeline._filter import ChunkReader
from penstock.pipeline._node import Length, Node, Reader
from penstock.pipeline._replay import drop
from penstock.pipeline._run import Run


class Cache(Node):
    """Keeps all elements in memory once they were read to the end."""

    word = "cache"

    def __init__(self, source: Node) -> None:
        self.sources = (source,)
        self._lock = threading.Lock()
        self._kept: list[Chunk] | None = None

    def length(self) -> Length:
        return self.sources[0].length()

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        with self._lock:
            kept = self._kept
        if kept is None:
            # What a later repetition would make is not what is kept.
            return drop(FillingReader(self, self.sources[0].open(run, 0, 0)), skip)
        return drop(KeptReader(kept), skip)

    def keep(self, chunks: list[Chunk]) -> None:
        # One piece of each kind, so that reading it costs as little as an array.
        kinds = {type(chunk) for chunk in chunks}
        whole = [join(chunks, "cache")] if len(kinds) == 1 else chunks
        for chunk in whole:
            chunk.owned = False
        with self._lock:
            if self._kept is None:
                self._kept = whole


class FillingReader(Reader):
    def __init__(self, cache: Cache, source: Reader) -> None:
        self._cache = cache
        self._source = source
        self._chunks: list[Chunk] = []
        self.element_bytes = source.element_bytes

    def read(self, most: int) -> Chunk | None:
        chunk = self._source.read(most)
        if chunk is None:
            self._cache.keep(self._chunks)
            return None
        # Whoever changes it gets a copy.
        kept: Chunk = (
            Rows(chunk.tree, chunk.count, owned=False)
            if isinstance(chunk, Rows)
            else Items(chunk.values(), owned=False)
        )
        self._chunks.append(kept)
        return kept


class KeptReader(Reader):
    def __init__(self, chunks: list[Chunk]) -> None:
        self._readers = [ChunkReader(chunk) for chunk in reversed(chunks)]
        if self._readers:
            self.element_bytes = self._readers[-1].element_bytes

    def read(self, most: int) -> Chunk | None:
        while self._readers:
            chunk = self._readers[-1].read(most)
            if chunk is not None:
                return chunk
            self._readers.pop()
        return None
