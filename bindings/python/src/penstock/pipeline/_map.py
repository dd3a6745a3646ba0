"""map: a callable, an operator or a function in C over each element."""

from __future__ import annotations

import sys
from typing import Any, Protocol, runtime_checkable

import numpy as np

from penstock import ops
from penstock._pointers import describe
from penstock._spans import untraced
from penstock._types import ElementType
from penstock.pipeline._chunks import Chunk, Items, Rows
from penstock.pipeline._node import (
    Length,
    Named,
    Node,
    Reader,
    name_of,
    until_failure,
)
from penstock.pipeline._order import Order
from penstock.pipeline._run import Run
from penstock.pipeline._structure import Tree, describe_tree, leaves, like, map_leaves


@runtime_checkable
class Operator(Protocol):
    """What the native operators of ``penstock.ops`` are to a pipeline.

    One that depends on ``first`` has an attribute ``is_random`` that is True: it is
    given the spans in their order.
    """

    def output(self, element_type: ElementType, /) -> ElementType:
        """The type of its results for elements of a type."""

    def bound(self, element_type: ElementType, /) -> Any:
        """The native operator for elements of a type."""

    def __call__(self, array: Any, /, *, first: int = 0) -> Any:
        """Its results over a span, at once. first: the number of the first element."""


class Map(Node):
    """One element for each."""

    word = "map"

    def __init__(
        self,
        source: Node,
        function: Any,
        *,
        vectorised: bool | None,
        on: Any,
        type: ElementType | None,
        user: Any,
        replicas: int | None,
    ) -> None:
        self.sources = (source,)
        self.function = function
        self.vectorised = vectorised
        self.on = on
        #: Of a function in C: that of its results.
        self.type = type
        self.user = user
        #: So many at once; None: as many as suit the way it runs.
        self.replicas = replicas

    @property
    def is_operator(self) -> bool:
        return isinstance(self.function, Operator)

    @property
    def is_built_in(self) -> bool:
        """Is it one of the library's operators, on spans?"""
        return isinstance(self.function, ops.Operator) and self.vectorised is not False

    @property
    def is_native_operator(self) -> bool:
        """Likewise, on spans of whole elements."""
        return self.is_built_in and self.on is None

    @property
    def is_random(self) -> bool:
        """Does what it makes of an element depend on the element's number?"""
        return self.is_operator and getattr(self.function, "is_random", False) is True

    def length(self) -> Length:
        return self.sources[0].length()

    def order(self) -> Order | None:
        order = self.sources[0].order()
        return None if order is None else order.mapped(self)

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        from penstock.pipeline._sources import open_order

        order = self.order()
        if order is not None:
            return open_order(order, run, skip, epoch)
        return self.on_top(run, self.sources[0].open(run, skip, epoch), skip)

    def on_top(self, run: Run, reader: Reader, first: int) -> Reader:
        """The map over what a reader gives, whose first element has that number."""
        from penstock.pipeline._background import ParallelReader
        from penstock.pipeline._native import NativeMapReader

        if self.type is not None:
            return NativeMapReader(run, reader, self)
        step = MapStep(self, first)
        # A random operator must be given the spans in their order.
        if (self.replicas or 1) > 1 and not run.is_simulated and not self.is_random:
            return ParallelReader(run, reader, step, self.replicas or 1, step.what)
        return MapReader(reader, step)

    def describe(self) -> str:
        more = "" if self.on is None else f", on={self.on!r}"
        more += "" if self.replicas is None else f", replicas={self.replicas}"
        return f"map({name_of(self.function)}{more})"


class MapReader(Reader):
    """On the thread that reads."""

    def __init__(self, source: Reader, step: MapStep) -> None:
        self._source = source
        self._step = step
        self._error: Exception | None = None
        self.element_bytes = source.element_bytes

    def expect(self, count: int) -> None:
        self._source.expect(count)

    def read(self, most: int) -> Chunk | None:
        if self._error is not None:
            raise self._error
        chunk = self._source.read(most)
        if chunk is None:
            return None
        made, self._error = self._step(chunk)
        if isinstance(made, Rows):
            # What it makes may be larger than what it takes.
            self.element_bytes = max(self._source.element_bytes, made.element_bytes)
        return made


class MapStep:
    """A callable over one span of the stream."""

    def __init__(self, map: Map, first: int) -> None:
        self._call = Named(map.function, map.word)
        self._is_random = map.is_random
        self._first = first
        self._on = map.on
        self._vectorised = map.vectorised
        self._is_operator = map.is_operator
        self.what = self._call.what

    def __call__(self, chunk: Chunk) -> tuple[Chunk, Exception | None]:
        """What it makes, and what it raised where that is not all of it."""
        vectorised = self._vectorised
        if vectorised is None:
            vectorised = isinstance(chunk, Rows)
        if vectorised:
            rows = self._over_span(chunk.as_rows(self.what))
            self._first += rows.count
            return rows, None
        if self._on is None and not self._is_operator:
            results, error = self._call.each(chunk.values())
        else:
            results, error = until_failure(self._over, chunk.values())
        return Items(results, owned=chunk.owned), error

    def _over(self, value: Any) -> Any:
        if self._on is not None:
            part = self._part(value)
            return self._with_part(value, self._apply(part))
        return self._apply(value)

    def _apply(self, value: Any) -> Any:
        if type(value) is tuple and not self._is_operator:
            return self._call(*value)
        if self._is_random:
            return self._call(value, first=self._first)
        return self._call(value)

    def _over_span(self, rows: Rows) -> Rows:
        tree = rows.tree
        part = tree if self._on is None else self._part(tree)
        result = self._apply(part)
        if type(result) is not np.ndarray:
            result = map_leaves(self._as_array, result)
        fresh = True
        for leaf in leaves(result):
            if leaf.ndim == 0 or len(leaf) != rows.count:
                raise ValueError(
                    f"{self.what} of the pipeline returned {describe(leaf)} for a span "
                    f"of {rows.count} elements; expected {rows.count} rows, or say "
                    f"vectorised=False for a callable over single elements"
                )
            # An array that the callable has kept, or a view of one, is not ours.
            fresh = fresh and leaf.base is None and sys.getrefcount(leaf) <= _FRESH
        if self._on is not None:
            result = self._with_part(tree, result)
            fresh = fresh and rows.owned
        return Rows(result, rows.count, owned=rows.owned or fresh)

    def _as_array(self, leaf: Any) -> Any:
        if isinstance(leaf, np.ndarray):
            return leaf
        if leaf is None or isinstance(leaf, (str, bytes)):
            raise TypeError(
                f"{self.what} of the pipeline returned {describe(leaf)} for a span of "
                f"elements; expected an array, or a tuple or dict of arrays"
            )
        return np.asarray(leaf)

    def _part(self, value: Any) -> Any:
        if not isinstance(value, (tuple, dict)):
            raise TypeError(
                f"{self.what} of the pipeline has on={self._on!r}, which is for tuples "
                f"and dicts; its elements are {describe_tree(value)}"
            )
        try:
            return value[self._on]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            found = describe_tree(value)
            raise type(error)(
                f"{self.what} of the pipeline works on {self._on!r}, which elements "
                f"like {found} do not have"
            ) from error

    def _with_part(self, value: Tree, part: Tree) -> Tree:
        if isinstance(value, dict):
            return {**value, self._on: part}
        parts = list(value)
        parts[self._on] = part
        return like(value, parts)


def _count_references() -> int:
    result: Any = np.empty(0)
    for leaf in leaves(result):
        return sys.getrefcount(leaf)
    raise AssertionError


# Of an array that only the loop over the result's arrays has.
_FRESH = untraced(_count_references)
