"""batch: elements in groups of equal size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from penstock.pipeline._chunks import Chunk, Items, Rows, join
from penstock.pipeline._node import ENDLESS, Length, Next, Node, Reader
from penstock.pipeline._run import Run


class Batch(Node):
    """From here on an element is a batch."""

    word = "batch"

    def __init__(self, source: Node, size: int, drop_remainder: bool) -> None:
        self.sources = (source,)
        self.size = size
        self.drop_remainder = drop_remainder

    def length(self) -> Length:
        length = self.sources[0].length()
        if length is None or length == ENDLESS:
            return length
        whole = length / self.size
        return math.floor(whole) if self.drop_remainder else math.ceil(whole)

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        return BatchReader(self.sources[0].open(run, skip * self.size, epoch), self)

    def describe(self) -> str:
        more = ", drop_remainder=True" if self.drop_remainder else ""
        return f"batch({self.size}{more})"


class BatchReader(Reader):
    def __init__(self, source: Reader, batch: Batch) -> None:
        self._source = source
        self._size = batch.size
        self._drops_remainder = batch.drop_remainder
        # Fewer than a batch, that came last.
        self._rest: list[Chunk] = []
        self._count = 0
        source.expect(batch.size)

    @property
    def element_bytes(self) -> int:  # type: ignore[override]
        return self._size * self._source.element_bytes

    def works_ahead(self, count: int) -> bool:
        return self._source.works_ahead(count * self._size)

    def singly(self) -> Next | None:
        if self.span > 1:
            return None
        return self._source.batches(self._size, self._drops_remainder)

    def read(self, most: int) -> Chunk | None:
        size = self._size
        while True:
            chunk = self._source.read(most * size - self._count)
            if chunk is None:
                return self._last()
            if self._count + chunk.count >= size:
                break
            self._rest.append(chunk)
            self._count += chunk.count
        owned = chunk.owned
        batches = []
        start = 0
        if self._count:
            start = size - self._count
            first = join([*self._rest, chunk[:start]], "batch")
            batches.append(_batch(first))
        end = start + (chunk.count - start) // size * size
        if isinstance(chunk, Rows) and type(chunk.tree) is np.ndarray:
            array = chunk.tree
            batches += [array[i : i + size] for i in range(start, end, size)]
        else:
            batches += [_batch(chunk[i : i + size]) for i in range(start, end, size)]
            owned = owned or isinstance(chunk, Items)
        self._count = chunk.count - end
        self._rest = [chunk[end:]] if self._count else []
        return Items(batches, owned=owned)

    def _last(self) -> Chunk | None:
        if not self._count or self._drops_remainder:
            return None
        whole = join(self._rest, "batch")
        self._rest, self._count = [], 0
        owned = whole.owned or isinstance(whole, Items)
        return Items([_batch(whole)], owned=owned)


def _batch(chunk: Chunk) -> Any:
    return chunk.as_rows("batch").tree
