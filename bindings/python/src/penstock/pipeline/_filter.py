"""filter and flat_map: none, one or more elements for each."""

from __future__ import annotations

from typing import Any

import numpy as np

from penstock._pointers import describe
from penstock.pipeline._chunks import Chunk, Items, Rows
from penstock.pipeline._node import Named, Node, Reader, name_of
from penstock.pipeline._replay import drop
from penstock.pipeline._run import Run
from penstock.pipeline._structure import arrays, length


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
        # More passed than was asked for.
        self._rest: Chunk | None = None
        self._error: Exception | None = None
        self.element_bytes = source.element_bytes

    def read(self, most: int) -> Chunk | None:
        chunk = self._rest or self._passing(most)
        if chunk is None:
            return None
        self._rest = chunk[most:] if chunk.count > most else None
        return chunk[:most]

    def _passing(self, wanted: int) -> Chunk | None:
        while self._error is None:
            chunk = self._source.read(wanted)
            if chunk is None:
                return None
            mask = self._mask(chunk)
            # Fewer where the predicate failed.
            chunk = chunk[: len(mask)]
            if mask.all():
                return chunk
            if mask.any():
                return chunk.gather(mask)
            # Where few pass there is more to be looked through.
            wanted = max(wanted, min(wanted * 4, self._source.span))
        raise self._error

    def _mask(self, chunk: Chunk) -> Any:
        vectorised = self._vectorised
        if vectorised is None:
            vectorised = isinstance(chunk, Rows)
        if not vectorised:
            answers, self._error = self._call.each(chunk.values())
            return np.array([*map(bool, answers)], np.bool_)
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
        # What the callable made and nobody has looked into yet, last one first.
        self._made: list[Any] = []
        self._error: Exception | None = None

    def read(self, most: int) -> Chunk | None:
        while True:
            if self._inner is not None:
                chunk = self._inner.read(most)
                if chunk is not None:
                    return chunk
                self._inner = None
            if not self._made and not self._fill(most):
                return None
            self._inner = self._following()

    def _fill(self, most: int) -> bool:
        if self._error is not None:
            raise self._error
        chunk = self._source.read(most)
        if chunk is None:
            return False
        if self._vectorised:
            tree = chunk.as_rows(self._call.what).tree
            what = f"what {self._call.what} made"
            made, _ = self._call.each([tree])
            self._made = [arrays(made[0], what)]
        else:
            made, self._error = self._call.each(chunk.values())
            self._made = made[::-1]
        return True

    def _following(self) -> Reader:
        made = self._made
        if self._vectorised:
            tree = made.pop()
            what = f"what {self._call.what} made"
            return ChunkReader(Rows(tree, length(tree, what), owned=False))
        items: list[Any] = []
        # Lists are short as a rule: together they are a span.
        while made and type(made[-1]) is list:
            items += made.pop()
        if items or not made:
            return ChunkReader(Items(items, owned=False))
        return open_elements(made.pop(), self._run, self._epoch, self._call)


def open_elements(value: Any, run: Run, epoch: int, call: Named) -> Reader:
    """A reader of what a callable made: a pipeline, arrays or an iterable."""
    from penstock.pipeline._pipeline import Pipeline
    from penstock.pipeline._sources import IterableReader

    if isinstance(value, Pipeline):
        return value._node.open(run, 0, epoch)
    if isinstance(value, np.ndarray):
        what = f"what {call.what} made"
        return ChunkReader(Rows(value, length(value, what), owned=False))
    if isinstance(value, (list, tuple)):
        return ChunkReader(Items(list(value), owned=False))
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


# That are taken apart at once; how large they are does not always show before.
_MOST_BATCHES = 64


class UnbatchReader(Reader):
    def __init__(self, source: Reader) -> None:
        self._source = source
        self._waiting: list[Reader] = []
        self._batches = 1

    def read(self, most: int) -> Chunk | None:
        while True:
            while self._waiting:
                chunk = self._waiting[-1].read(most)
                if chunk is not None:
                    return chunk
                self._waiting.pop()
            batches = self._source.read(min(self._batches, self._source.span))
            if batches is None:
                return None
            self._batches = min(self._batches * 2, _MOST_BATCHES)
            opened = [self._open(value, batches.owned) for value in batches.values()]
            self._waiting = opened[::-1]

    def _open(self, value: Any, owned: bool) -> Reader:
        if isinstance(value, list):
            return ChunkReader(Items(value, owned=owned))
        what = "an element to unbatch"
        tree = arrays(value, what)
        return ChunkReader(Rows(tree, length(tree, what), owned=owned))
