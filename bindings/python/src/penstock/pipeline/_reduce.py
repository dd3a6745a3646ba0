"""reduce_by_key: one element for each key of a stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from penstock._pointers import describe
from penstock._spans import Array
from penstock.pipeline._chunks import Chunk, Items, Rows
from penstock.pipeline._files import Pieces
from penstock.pipeline._filter import ChunkReader
from penstock.pipeline._native_reduction import NativeReduction
from penstock.pipeline._node import Named, Node, Reader, name_of
from penstock.pipeline._replay import drop
from penstock.pipeline._run import Run
from penstock.pipeline._structure import describe_tree

# Spans are merged when so many keys wait, counted over all of them.
_MERGE_AT = 1 << 20
# For fewer a graph costs more than NumPy.
_MANY = 6000

_UFUNCS: dict[str, Any] = {
    "sum": np.add,
    "count": np.add,
    "min": np.minimum,
    "max": np.maximum,
}
HOWS = (*_UFUNCS, "mean")


class ReduceByKey(Node):
    """Pairs of a key and what all its values come to, keys in the order of their first
    appearance."""

    word = "reduce_by_key"

    def __init__(self, source: Node, how: Any, key: Any, value: Any) -> None:
        self.sources = (source,)
        self.how = how
        self.key = key
        self.value = value

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        pieces = self.sources[0]
        if isinstance(pieces, Pieces) and self.how == "count" and self.key is None:
            return drop(CountReader(run, pieces), skip)
        source = pieces.open(run, 0, epoch)
        return drop(ReduceReader(run, source, self), skip)

    def describe(self) -> str:
        how = self.how if isinstance(self.how, str) else name_of(self.how)
        return f"reduce_by_key({how})"


class CountReader(Reader):
    """Of what files consist of."""

    def __init__(self, run: Run, pieces: Pieces) -> None:
        self._run = run
        self._pieces = pieces
        self._result: ChunkReader | None = None

    def read(self, most: int) -> Chunk | None:
        if self._result is None:
            self._result = ChunkReader(self._pieces.count(self._run))
        return self._result.read(most)


class ReduceReader(Reader):
    def __init__(self, run: Run, source: Reader, node: ReduceByKey) -> None:
        self._run = run
        self._source = source
        self._node = node
        self._result: ChunkReader | None = None

    def read(self, most: int) -> Chunk | None:
        if self._result is None:
            self._result = ChunkReader(self._reduce())
        return self._result.read(most)

    def _reduce(self) -> Chunk:
        table: _Arrays | _Objects | None = None
        for chunk in self._source.chunks():
            keys, values = self._pair(chunk)
            if table is None:
                is_plain = isinstance(keys, np.ndarray) and keys.dtype != object
                is_plain = is_plain and isinstance(self._node.how, str)
                how = self._node.how
                table = _Arrays(how, self._run) if is_plain else _Objects(how)
            table.add(keys, values)
        if table is None:
            return Items([], owned=True)
        return table.result()

    def _pair(self, chunk: Chunk) -> tuple[Any, Any]:
        node = self._node
        tree: Any = chunk.tree if isinstance(chunk, Rows) else None
        if tree is None:
            items = chunk.values()
            return (
                [_part(item, node.key, 0) for item in items],
                None
                if node.how == "count"
                else [_part(item, node.value, 1) for item in items],
            )
        keys = _part(tree, node.key, 0)
        values = None if node.how == "count" else _part(tree, node.value, 1)
        for array in (keys,) if values is None else (keys, values):
            if not isinstance(array, np.ndarray) or array.ndim != 1:
                raise TypeError(
                    f"reduce_by_key needs a key and a value that are single numbers or "
                    f"texts; elements are {describe_tree(tree)}"
                )
        return keys, values


def _part(element: Any, which: Any, place: int) -> Any:
    """The key or the value of an element: by a function, a name, or by default the
    first and the second of a pair, and an element that is no pair is its own key."""
    if callable(which):
        return Named(which, "reduce_by_key")(element)
    if which is None:
        if isinstance(element, tuple) and len(element) == 2:
            return element[place]
        if place == 0 and not isinstance(element, (tuple, dict)):
            return element
        raise TypeError(
            f"reduce_by_key takes pairs of a key and a value, or key= and value= that "
            f"say where they are; an element is {describe_tree(element)}"
        )
    try:
        return element[which]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise type(error)(
            f"reduce_by_key: elements like {describe_tree(element)} have no {which!r}"
        ) from error


class _Arrays:
    """Keys and values that are numbers, or texts of a fixed width."""

    def __init__(self, how: str, run: Run) -> None:
        self._how = how
        self._run = run
        self._parts: list[tuple[Array, Array, Array]] = []
        self._waiting = 0
        self._count = 0
        # Of many numbers all but the first, as long as they are of one type.
        self._numbers: NativeReduction | None = None

    def add(self, keys: Array, values: Array | None) -> None:
        before, self._count = self._count, self._count + len(keys)
        if before < _MANY <= self._count and NativeReduction.can(keys, values):
            self._numbers = NativeReduction(self._run, self._how, keys, values)
        if self._numbers is not None:
            if self._numbers.takes(keys, values):
                self._numbers.add(keys, values)
                return
            self._end_numbers()
        self._add(keys, values)

    def _add(self, keys: Array, values: Array | None) -> None:
        ones = np.ones(len(keys), np.int64)
        if values is None:
            values = ones
        elif values.dtype.kind in "bui" and self._how == "sum":
            values = values.astype(np.uint64 if values.dtype.kind == "u" else np.int64)
        elif self._how == "mean":
            values = values.astype(np.float64)
        self._append(self._merge(keys, values, ones))

    def _append(self, part: tuple[Array, Array, Array]) -> None:
        self._parts.append(part)
        self._waiting += len(part[0])
        if self._waiting > _MERGE_AT:
            self._parts = [self._whole()]
            self._waiting = len(self._parts[0][0])

    def _end_numbers(self) -> None:
        numbers, self._numbers = self._numbers, None
        part = None if numbers is None else numbers.finish()
        if part is not None:
            self._append(part)

    def _merge(
        self, keys: Array, values: Array, counts: Array
    ) -> tuple[Array, Array, Array]:
        found, first, where = np.unique(keys, return_index=True, return_inverse=True)
        order = np.argsort(first, kind="stable")
        rank = np.empty(len(order), np.intp)
        rank[order] = np.arange(len(order))
        where = rank[where.reshape(-1)]
        ufunc = _UFUNCS["sum" if self._how == "mean" else self._how]
        by_key = np.argsort(where, kind="stable")
        starts = np.searchsorted(where[by_key], np.arange(len(order)))
        return (
            found[order],
            ufunc.reduceat(values[by_key], starts),
            np.add.reduceat(counts[by_key], starts),
        )

    def _whole(self) -> tuple[Array, Array, Array]:
        if len(self._parts) == 1:
            return self._parts[0]
        keys, values, counts = (
            np.concatenate(column) for column in zip(*self._parts, strict=True)
        )
        return self._merge(keys, values, counts)

    def result(self) -> Chunk:
        self._end_numbers()
        keys, values, counts = self._whole()
        if self._how == "mean":
            values = values / counts
        return Rows((keys, values), len(keys), owned=True)


_FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "sum": lambda a, b: a + b,
    "min": min,
    "max": max,
}


class _Objects:
    """Keys that Python hashes, and values of any kind."""

    def __init__(self, how: Any) -> None:
        self._how = how
        self._values: dict[Any, Any] = {}
        self._counts: dict[Any, int] = {}
        self._function = (
            _FUNCTIONS.get("sum" if how == "mean" else how)
            if isinstance(how, str)
            else Named(how, "reduce_by_key")
        )

    def add(self, keys: Any, values: Any) -> None:
        keys = keys.tolist() if isinstance(keys, np.ndarray) else keys
        counts = self._counts
        try:
            if values is None or self._how == "mean":
                for key in keys:
                    counts[key] = counts.get(key, 0) + 1
        except TypeError as error:
            raise TypeError(
                f"reduce_by_key: a key must be hashable, and {describe(key)} is not"
            ) from error
        if values is None or self._function is None:
            return
        function, table = self._function, self._values
        for key, value in zip(keys, values, strict=True):
            table[key] = function(table[key], value) if key in table else value

    def result(self) -> Chunk:
        if self._how == "count":
            return Items(list(self._counts.items()), owned=True)
        if self._how == "mean":
            means = [(key, self._values[key] / n) for key, n in self._counts.items()]
            return Items(means, owned=True)
        return Items(list(self._values.items()), owned=True)
