"""Where elements come from: arrays, ranges, sequences and other iterables."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from penstock._errors import StateError
from penstock._failures import note
from penstock._pointers import describe
from penstock._spans import Array
from penstock.pipeline._chunks import Chunk, Items, Rows
from penstock.pipeline._node import ENDLESS, Length, Named, Node, Reader
from penstock.pipeline._order import Order, Seed
from penstock.pipeline._pulls import Pulls
from penstock.pipeline._run import Run
from penstock.pipeline._structure import Tree, describe_tree, leaves, map_leaves

# Items are handed on after about that time.
_PATIENCE = 0.001


class Indexed(Node):
    """A source whose elements have numbers."""

    count: float
    element_bytes = 8

    def length(self) -> Length:
        return self.count

    def order(self) -> Order:
        return Order(self)

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        return open_order(self.order(), run, skip, epoch)

    def span(self, start: int, stop: int) -> Chunk:
        """Elements that follow each other."""
        raise NotImplementedError

    def fetch(self, numbers: Array) -> Chunk:
        """Elements by their numbers, or by what ``affine`` makes of them."""
        raise NotImplementedError

    @property
    def affine(self) -> tuple[int, int]:
        """The numbers are wanted as ``first + step * number``."""
        return 0, 1


class ArraySource(Indexed):
    """The rows of arrays, which are neither copied nor written to."""

    word = "from_array"

    def __init__(self, tree: Tree, count: int) -> None:
        self.count = count
        self.tree = map_leaves(_read_only, tree)
        rows = Rows(self.tree, max(1, count), owned=False)
        self._rows = Rows(self.tree, count, owned=False)
        self.element_bytes = rows.element_bytes

    def span(self, start: int, stop: int) -> Rows:
        return self._rows[start:stop]

    def fetch(self, numbers: Array) -> Rows:
        return self._rows.gather(numbers)

    def describe(self) -> str:
        return f"from_array({self.count} of {describe_tree(self.tree)})"


def _read_only(array: Array) -> Array:
    view: Array = array.view()
    view.flags.writeable = False
    return view


class RangeSource(Indexed):
    """Whole numbers in even steps."""

    word = "range"
    #: As that of arrays, but there are no rows.
    tree: Tree = np.empty(0, np.int64)

    def __init__(self, start: int, step: int, count: float) -> None:
        self.start = start
        self.step = step
        self.count = count

    def span(self, start: int, stop: int) -> Rows:
        first = self.start + self.step * start
        last = self.start + self.step * stop
        numbers = np.arange(first, last, self.step, dtype=np.int64)
        return Rows(numbers, stop - start, owned=True)

    def fetch(self, numbers: Array) -> Rows:
        return Rows(numbers, len(numbers), owned=True)

    @property
    def affine(self) -> tuple[int, int]:
        return self.start, self.step

    def describe(self) -> str:
        count = "endless" if self.count == ENDLESS else self.count
        return f"range({count} from {self.start} in steps of {self.step})"


class SequenceSource(Indexed):
    """The items of a list or another sequence."""

    word = "from_iterable"

    def __init__(self, items: Sequence[Any]) -> None:
        self.count = len(items)
        self._items = items

    def span(self, start: int, stop: int) -> Items:
        return Items([self._items[i] for i in range(start, stop)], owned=False)

    def fetch(self, numbers: Array) -> Items:
        items = self._items
        return Items([items[i] for i in numbers.tolist()], owned=False)

    def describe(self) -> str:
        return f"from_iterable({self.count} items)"


class IterableSource(Node):
    """The items of an iterable, or of what a function makes for each iteration."""

    word = "from_iterable"

    def __init__(self, iterable: Any) -> None:
        self._iterable = iterable
        self._is_once = not callable(iterable) and iter(iterable) is iterable
        self._is_gone = False

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        made = self._iterable
        if callable(made):
            made = Named(made, self.word)()
        elif self._is_gone:
            raise StateError(
                f"from_iterable was given an iterator ({describe(made)}), which can "
                f"be gone through once; give it an iterable, or a function that makes "
                f"iterators"
            )
        self._is_gone = self._is_once
        iterator = iter(made)
        return IterableReader(itertools.islice(iterator, skip, None))


class IterableReader(Reader):
    def __init__(self, iterator: Iterator[Any]) -> None:
        self._iterator = iterator
        self._error: Exception | None = None
        # So many at a time as come in a moment.
        self._block = 1

    def read(self, most: int) -> Items | None:
        if self._error is not None:
            raise self._error
        items: list[Any] = []
        begin = time.monotonic()
        try:
            items.extend(itertools.islice(self._iterator, min(most, self._block)))
        except Exception as error:
            note(error, "in the iterable of from_iterable of the pipeline")
            if not items:
                raise
            # What came before it is whole, and goes first.
            self._error = error
        took = time.monotonic() - begin
        if took > _PATIENCE:
            self._block = max(1, self._block // 8)
        elif self._block <= len(items) and took < _PATIENCE / 4:
            self._block *= 2
        return Items(items, owned=False) if items else None


class TypedSource(Node):
    """Items of an iterable as rows of arrays of given dtypes."""

    word = "from_iterable"

    def __init__(self, source: Node, types: Any) -> None:
        self.sources = (source,)
        self._types = types

    def length(self) -> Length:
        return self.sources[0].length()

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        return TypedReader(self.sources[0].open(run, skip, epoch), self._types)


class TypedReader(Reader):
    def __init__(self, source: Reader, types: Any) -> None:
        self._source = source
        self._types = types
        self._done = 0
        self.element_bytes = sum(np.dtype(type).itemsize for type in leaves(types))

    def read(self, most: int) -> Rows | None:
        chunk = self._source.read(most)
        if chunk is None:
            return None
        tree = self._typed(chunk.values(), self._types)
        self._done += chunk.count
        return Rows(tree, chunk.count, owned=True)

    def _typed(self, items: Sequence[Any], types: Any) -> Tree:
        if isinstance(types, (tuple, dict)):
            for i, item in enumerate(items):
                if not isinstance(item, type(types)) or len(item) != len(types):
                    raise self._unlike(i, item, f"a {type(types).__name__}")
        if isinstance(types, tuple):
            return tuple(
                self._typed([item[k] for item in items], kind)
                for k, kind in enumerate(types)
            )
        if isinstance(types, dict):
            return {
                key: self._typed([item[key] for item in items], kind)
                for key, kind in types.items()
            }
        base, shape = types.subdtype or (types, ())
        array = np.empty((len(items), *shape), base)
        for i, item in enumerate(items):
            value = np.asarray(item)
            if value.shape != shape and base.names is None:
                raise self._unlike(i, item, f"{base} of shape {shape}")
            # Python's own numbers go into any type that can hold them.
            casting = isinstance(item, (int, float, complex)) or np.can_cast(
                value.dtype, base, "same_kind"
            )
            is_whole = base.kind in "iub" and value.dtype.kind in "fc"
            is_beyond = base.kind in "iu" and _is_beyond(item, np.iinfo(base))
            if base.names is None and (not casting or is_whole or is_beyond):
                raise self._unlike(i, item, f"{base}")
            try:
                array[i] = item
            except (TypeError, ValueError, OverflowError) as error:
                raise self._unlike(i, item, f"{base}") from error
        return array

    def _unlike(self, i: int, item: Any, expected: str) -> TypeError:
        return TypeError(
            f"from_iterable: item {self._done + i} is {describe(item)}; expected "
            f"{expected}, as dtype says"
        )


def _is_beyond(item: Any, bounds: np.iinfo[Any]) -> bool:
    """NumPy before 2 takes any int, and cuts it off."""
    return isinstance(item, int) and not bounds.min <= item <= bounds.max


def open_order(order: Order, run: Run, skip: int, epoch: int) -> Reader:
    """The reader of an order: the rows' numbers, the rows, the maps."""
    from penstock.pipeline._lent import open_lent
    from penstock.pipeline._native import open_native

    seed: Seed = lambda step: run.seed(step.step, step.step.seed)  # type: ignore[attr-defined,arg-type] # noqa: E731
    reader, done = open_lent(order, run, skip, epoch, seed)
    if reader is None:
        reader, done = open_native(order, run, skip, epoch, seed)
    if reader is None:
        reader = open_elements_of(order, run, skip, epoch, seed)
    for map in order.maps[done:]:
        reader = map.on_top(run, reader, skip)
    return reader


def open_elements_of(
    order: Order, run: Run, skip: int, epoch: int, seed: Seed
) -> Reader:
    """Without the maps."""
    if order.is_sequential:
        return SequentialReader(order.source, order.runs(skip))
    return OrderReader(order, run, skip, epoch, seed)


class SequentialReader(Reader):
    """Ranges of a source one after the other."""

    def __init__(self, source: Indexed, runs: Iterator[tuple[int, float]]) -> None:
        self._source = source
        self._runs = runs
        self._at: int = 0
        self._stop: float = 0
        self.element_bytes = source.element_bytes

    def read(self, most: int) -> Chunk | None:
        while self._at >= self._stop:
            run = next(self._runs, None)
            if run is None:
                return None
            self._at, self._stop = run
        start = self._at
        self._at = int(min(start + most, self._stop))
        return self._source.span(start, self._at)


class OrderReader(Reader):
    """Numbers out of a graph, and the elements that have them."""

    def __init__(
        self, order: Order, run: Run, skip: int, epoch: int, seed: Seed
    ) -> None:
        graph = run.graph("order")
        first, step = order.source.affine
        last = order.stages(graph, skip, epoch, seed, first=first, step=step)
        self._pulls = Pulls(run, graph, last)
        self._source = order.source
        self.element_bytes = order.source.element_bytes

    def works_ahead(self, count: int) -> bool:
        # Of others the rows are fetched by the reader.
        return isinstance(self._source, RangeSource)

    def read(self, most: int) -> Chunk | None:
        numbers = self._pulls.read(most)
        return None if numbers is None else self._source.fetch(numbers)
