"""Operators and functions in C as maps: their spans never enter Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from penstock._graph import Graph
from penstock._spans import Array
from penstock._stage import Stage
from penstock._streams import Column
from penstock._types import ElementType
from penstock.pipeline._chunks import Chunk, Rows
from penstock.pipeline._node import SPAN_ELEMENTS, Reader
from penstock.pipeline._order import Order, Seed
from penstock.pipeline._pulls import Pulls
from penstock.pipeline._run import Run
from penstock.pipeline._structure import Tree, describe_tree

if TYPE_CHECKING:
    from penstock.pipeline._map import Map


def open_native(
    order: Order, run: Run, skip: int, epoch: int, seed: Seed
) -> tuple[Reader | None, int]:
    """A graph of an order's rows and of the native maps that come first, and how many
    those are; None where there are none, or the rows are no arrays."""
    from penstock.pipeline._sources import ArraySource, RangeSource

    source = order.source
    if not isinstance(source, (ArraySource, RangeSource)):
        return None, 0
    tree = source.tree
    native = 0
    while native < len(order.maps) and is_native(order.maps[native], native, tree):
        native += 1
    if not native:
        return None, 0
    graph = run.graph("native")
    first, step = source.affine
    stage = order.stages(graph, skip, epoch, seed, first=first, step=step)
    if isinstance(source, ArraySource):
        layout = Layout(tree)
        stage = graph.rows("rows", stage, layout.type, layout.columns(tree))
    for i, map in enumerate(order.maps[:native]):
        stage = add_map(graph, stage, map, i)
    return NativeReader(run, graph, stage), native


def is_native(map: Map, place: int, tree: Tree) -> bool:
    """Can it be a stage? Operators take whole elements that are single arrays."""
    if map.type is not None:
        return True
    # A stage counts its elements from where it begins, not from the stream's begin.
    return (
        map.is_native_operator
        and not map.is_random
        and (place > 0 or isinstance(tree, np.ndarray))
    )


def add_map(
    graph: Graph, input: Stage, map: Map, number: int, capacity: int = 0
) -> Stage:
    name = f"{map.describe()} {number}"
    # Small elements are moved to another worker for more than most maps cost.
    replicas = map.replicas or 1
    if map.type is None:
        return graph.apply(name, input, map.function, replicas=replicas)
    return graph.map(
        name,
        input,
        map.type,
        map.function,
        user=map.user,
        replicas=replicas,
        capacity=capacity,
    )


class NativeReader(Reader):
    """The elements that leave a graph."""

    def __init__(self, run: Run, graph: Graph, last: Stage) -> None:
        self._pulls = Pulls(run, graph, last)
        self.element_bytes = self._pulls.element_bytes

    def works_ahead(self, count: int) -> bool:
        return True

    def read(self, most: int) -> Chunk | None:
        array = self._pulls.read(most)
        return None if array is None else Rows(array, len(array), owned=True)


class NativeMapReader(Reader):
    """A native map over spans that Python has: they go through a graph one by one."""

    def __init__(self, run: Run, source: Reader, map: Map) -> None:
        self._run = run
        self._source = source
        self._map = map
        self._what = map.describe()
        self._graph: Graph | None = None
        self.element_bytes = source.element_bytes

    def read(self, most: int) -> Chunk | None:
        chunk = self._source.read(most)
        if chunk is None:
            return None
        rows = chunk.as_rows(self._what)
        if self._graph is None:
            self._start(rows)
        assert self._graph is not None
        self._graph.push(self._feed, self._layout.packed(rows, self._what))
        array = self._pulls.read_exactly(rows.count)
        return Rows(array, rows.count, owned=True)

    def _start(self, rows: Rows) -> None:
        # The type of the elements shows with the first of them.
        graph = self._graph = self._run.graph(self._what)
        self._layout = Layout(rows.tree)
        self._feed = graph.feed("read", self._layout.type)
        # A span goes in as a whole before its results are fetched.
        most = max(SPAN_ELEMENTS, rows.count)
        stage = add_map(graph, self._feed, self._map, 0, capacity=most)
        self._pulls = Pulls(self._run, graph, stage, capacity=most)


class Layout:
    """How elements with a structure stand in a channel: as a struct of their leaves."""

    def __init__(self, tree: Tree) -> None:
        self._pattern = describe_tree(tree)
        self.type = ElementType(_dtype(tree))

    def columns(self, tree: Tree) -> list[Column]:
        """Where the rows of arrays go in an element."""
        columns: list[Column] = []
        whole: Any = np.dtype(_dtype(tree))
        _add_columns(tree, whole, 0, columns)
        return columns

    def packed(self, rows: Rows, what: str) -> Array:
        """A span as an array of those structs."""
        found = describe_tree(rows.tree)
        if found != self._pattern:
            raise TypeError(
                f"{what}: elements of {found} follow ones of {self._pattern}"
            )
        if isinstance(rows.tree, np.ndarray):
            return rows.tree
        packed = self.type.empty(rows.count)
        _write(rows.tree, packed)
        return packed


def _dtype(tree: Tree) -> np.dtype[Any]:
    """That of one element: a struct as a C compiler lays it out."""
    if isinstance(tree, tuple):
        fields = [(f"f{i}", _dtype(part)) for i, part in enumerate(tree)]
        return np.dtype(fields, align=True)
    if isinstance(tree, dict):
        return np.dtype([(str(k), _dtype(p)) for k, p in tree.items()], align=True)
    return np.dtype((tree.dtype, tree.shape[1:]))


def _add_columns(
    tree: Tree, kind: np.dtype[Any], offset: int, columns: list[Column]
) -> None:
    if isinstance(tree, (tuple, dict)):
        parts = tree if isinstance(tree, tuple) else tuple(tree.values())
        fields: Any = kind.fields
        for name, part in zip(kind.names or (), parts, strict=True):
            inner, at = fields[name][:2]
            _add_columns(part, inner, offset + at, columns)
    else:
        columns.append(Column(_with_whole_rows(tree), offset))


def _with_whole_rows(array: Array) -> Array:
    """The array, or a copy where its rows are not contiguous."""
    return array if array[:1].flags.c_contiguous else np.ascontiguousarray(array)


def _write(tree: Tree, out: Array) -> None:
    if isinstance(tree, (tuple, dict)):
        parts = tree if isinstance(tree, tuple) else tuple(tree.values())
        for name, part in zip(out.dtype.names or (), parts, strict=True):
            _write(part, out[name])
    else:
        out[...] = tree
