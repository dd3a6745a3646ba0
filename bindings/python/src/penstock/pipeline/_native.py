"""Functions in C as maps: their spans never enter Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from penstock._callbacks import END, End
from penstock._context import Context
from penstock._graph import Graph
from penstock._spans import Array
from penstock._stage import Stage
from penstock._streams import Column
from penstock._types import ElementType
from penstock.pipeline._chunks import Chunk, Rows
from penstock.pipeline._node import Reader
from penstock.pipeline._order import Order, Seed
from penstock.pipeline._pulls import Pulls
from penstock.pipeline._run import Run
from penstock.pipeline._structure import Tree, describe_tree

if TYPE_CHECKING:
    from penstock.pipeline._map import Map


def open_native(
    order: Order, run: Run, skip: int, epoch: int, seed: Seed
) -> tuple[Reader | None, tuple[Map, ...]]:
    """A graph of an order's rows and of the native maps that come first, and the maps
    that are left; None where there are no native ones, or the rows are no arrays."""
    from penstock.pipeline._sources import ArraySource, RangeSource

    native = 0
    while native < len(order.maps) and order.maps[native].type is not None:
        native += 1
    source = order.source
    if not native or not isinstance(source, (ArraySource, RangeSource)):
        return None, order.maps
    graph = run.graph("native")
    first, step = source.affine
    stage = order.stages(graph, skip, epoch, seed, first=first, step=step)
    if isinstance(source, ArraySource):
        layout = Layout(source.tree)
        stage = graph.rows("rows", stage, layout.type, layout.columns(source.tree))
    for i, map in enumerate(order.maps[:native]):
        stage = add_map(graph, stage, map, i)
    return NativeReader(run, graph, stage), order.maps[native:]


def add_map(graph: Graph, input: Stage, map: Map, number: int) -> Stage:
    assert map.type is not None
    return graph.map(
        f"{map.describe()} {number}",
        input,
        map.type,
        map.function,
        user=map.user,
        replicas=map.replicas,
    )


class NativeReader(Reader):
    """The elements that leave a graph."""

    def __init__(self, run: Run, graph: Graph, last: Stage) -> None:
        self._pulls = Pulls(run, graph, last)
        self.element_bytes = self._pulls.element_bytes

    def read(self, most: int) -> Chunk | None:
        array = self._pulls.read(most)
        return None if array is None else Rows(array, len(array), owned=True)


class NativeMapReader(Reader):
    """A native map over spans that Python has: they are copied into a graph."""

    def __init__(self, run: Run, source: Reader, map: Map) -> None:
        self._run = run
        self._source = source
        self._map = map
        self._reader: NativeReader | None = None
        self._is_empty = False
        self.element_bytes = map.type.size if map.type else 8

    def read(self, most: int) -> Chunk | None:
        if self._is_empty:
            return None
        if self._reader is None:
            # The type of the elements shows with the first of them.
            chunk = self._source.read(most)
            if chunk is None:
                self._is_empty = True
                return None
            what = self._map.describe()
            rows = chunk.as_rows(what)
            layout = Layout(rows.tree)
            graph = self._run.graph("native")
            feeder = _Feeder(self._source, rows, layout, what)
            stage = graph.source("read", layout.type, feeder.fill)
            stage = add_map(graph, stage, self._map, 0)
            self._reader = NativeReader(self._run, graph, stage)
        return self._reader.read(most)


class _Feeder:
    def __init__(self, source: Reader, first: Rows, layout: Layout, what: str) -> None:
        self._source = source
        self._rows: Rows | None = first
        self._layout = layout
        self._what = what

    def fill(self, context: Context, out: Array) -> int | End:
        rows = self._rows
        if rows is None:
            chunk = self._source.read(min(len(out), self._source.span))
            if chunk is None:
                return END
            rows = chunk.as_rows(self._what)
        n = min(len(out), rows.count)
        self._layout.write(rows[:n].tree, out[:n], self._what)
        self._rows = rows[n:] if rows.count > n else None
        return n


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

    def write(self, tree: Tree, out: Array, what: str) -> None:
        found = describe_tree(tree)
        if found != self._pattern:
            raise TypeError(
                f"{what}: elements of {found} follow ones of {self._pattern}"
            )
        _write(tree, out)


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
