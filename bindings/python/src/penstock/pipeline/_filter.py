"""filter and flat_map: none, one or more elements for each."""

from __future__ import annotations

from typing import Any

import numpy as np

from penstock._pointers import describe
from penstock.pipeline._chunks import Chunk, Items, Rows
from penstock.pipeline._node import Named, Node, Reader, name_of
from penstock.pipeline._replay import drop
from penstock.pipeline._run import Run
from penstock.pipeline._structure import Tree, arrays, length


class Filter(Node):
    """Those that a predicate is true for."""

    word = "filter"

    def __init__(self, source: Node, predicate: Any, vectorised: bool | None) -> None:
        self.sources = (source,)
        self.predicate = predicate
        self.vectorised = vectorised

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        return drop(FilterReader(self.sources[0].open(run, 0, epoch), self), skip)

    def describe(self) -> str:
        return f"filter({name_of(self.predicate)})"


class FilterReader(Reader):
    def __init__(self, source: Reader, filter: Filter) -> None:
        self._source = source
        self._call = Named(filter.predicate, filter.word)
        self._vectorised = filter.vectorised
        self.element_bytes = source.element_bytes

    def read(self, most: int) -> Chunk | None:
        while (chunk := self._source.read(most)) is not None:
            mask = self._mask(chunk)
            if mask.all():
                return chunk
            if mask.any():
                return chunk.gather(mask)
        return None

    def _mask(self, chunk: Chunk) -> Any:
        vectorised = self._vectorised
        if vectorised is None:
            vectorised = isinstance(chunk, Rows)
        if not vectorised:
            return np.array([*map(bool, self._call.each(chunk.values()))], np.bool_)
        mask = self._apply(chunk.as_rows(self._call.what).tree)
        if not isinstance(mask, np.ndarray):
            mask = np.asarray(mask)
        if mask.dtype != np.bool_ or mask.shape != (chunk.count,):
            raise TypeError(
                f"{self._call.what} of the pipeline returned {describe(mask)} for a "
                f"span of {chunk.count} elements; expected a bool for each, or say "
                f"vectorised=False for a predicate of single elements"
            )
        return mask

    def _apply(self, value: Any) -> Any:
        return self._call(*value) if type(value) is tuple else self._call(value)


class FlatMap(Node):
    """The elements of what a callable makes of each."""

    word = "flat_map"

    def __init__(self, source: Node, function: Any, vectorised: bool) -> None:
        self.sources = (source,)
        self.function = function
        self.vectorised = vectorised

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        source = self.sources[0].open(run, 0, epoch)
        return drop(FlatMapReader(source, self, run, epoch), skip)

    def describe(self) -> str:
        return f"flat_map({name_of(self.function)})"


class FlatMapReader(Reader):
    def __init__(self, source: Reader, node: FlatMap, run: Run, epoch: int) -> None:
        self._source = source
        self._call = Named(node.function, node.word)
        self._vectorised = node.vectorised
        self._run = run
        self._epoch = epoch
        self._inner: Reader | None = None
        self._waiting: list[Any] = []

    def read(self, most: int) -> Chunk | None:
        while True:
            if self._inner is not None:
                chunk = self._inner.read(most)
                if chunk is not None:
                    return chunk
                self._inner = None
            if not self._waiting and not self._fill(most):
                return None
            if not self._vectorised:
                self._inner = self._open(self._waiting.pop())
            elif self._waiting:
                tree = self._waiting.pop()
                rows = Rows(tree, length(tree, self._call.what), owned=False)
                self._inner = ChunkReader(rows)

    def _fill(self, most: int) -> bool:
        chunk = self._source.read(self._source.span if self._vectorised else most)
        if chunk is None:
            return False
        if self._vectorised:
            tree = chunk.as_rows(self._call.what).tree
            self._waiting = [arrays(self._apply(tree), f"what {self._call.what} made")]
        else:
            self._waiting = chunk.values()[::-1]
        return True

    def _open(self, value: Any) -> Reader:
        return open_elements(self._apply(value), self._run, self._epoch, self._call)

    def _apply(self, value: Any) -> Any:
        return self._call(*value) if type(value) is tuple else self._call(value)


def open_elements(value: Any, run: Run, epoch: int, call: Named) -> Reader:
    """A reader of what a callable made: a pipeline, arrays or an iterable."""
    from penstock.pipeline._pipeline import Pipeline
    from penstock.pipeline._sources import IterableReader

    if isinstance(value, Pipeline):
        return value._node.open(run, 0, epoch)
    if isinstance(value, np.ndarray):
        tree: Tree = arrays(value, f"what {call.what} made")
        rows = Rows(tree, length(tree, f"what {call.what} made"), owned=False)
        return ChunkReader(rows)
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise TypeError(
            f"{call.what} of the pipeline returned {describe(value)}; expected an "
            f"array, an iterable or a Pipeline of elements"
        )
    return IterableReader(iter(value))


class ChunkReader(Reader):
    """One span, in parts."""

    def __init__(self, chunk: Chunk) -> None:
        self._chunk = chunk
        self._at = 0
        if isinstance(chunk, Rows) and chunk.count:
            self.element_bytes = chunk.element_bytes

    def read(self, most: int) -> Chunk | None:
        start = self._at
        if start >= self._chunk.count:
            return None
        self._at = min(start + most, self._chunk.count)
        return self._chunk[start : self._at]


class Unbatch(Node):
    """The rows of elements that are batches or arrays."""

    word = "unbatch"

    def __init__(self, source: Node) -> None:
        self.sources = (source,)

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        return drop(UnbatchReader(self.sources[0].open(run, 0, epoch)), skip)


class UnbatchReader(Reader):
    def __init__(self, source: Reader) -> None:
        self._source = source
        self._waiting: list[Reader] = []

    def read(self, most: int) -> Chunk | None:
        while True:
            while self._waiting:
                chunk = self._waiting[-1].read(most)
                if chunk is not None:
                    return chunk
                self._waiting.pop()
            batches = self._source.read(self._source.span)
            if batches is None:
                return None
            opened = [self._open(value, batches.owned) for value in batches.values()]
            self._waiting = opened[::-1]

    def _open(self, value: Any, owned: bool) -> Reader:
        if isinstance(value, list):
            return ChunkReader(Items(value, owned=owned))
        what = "an element to unbatch"
        tree = arrays(value, what)
        return ChunkReader(Rows(tree, length(tree, what), owned=owned))
