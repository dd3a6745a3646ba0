"""A function in C whose results are large: it writes them to where they are wanted.

Through the channels of a graph they would be copied once more, and what waits in those
is more than a cache holds. The price is that each span enters Python, which nobody but
Python can lead to a function with the addresses that were lent; so spans are long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from penstock._pointers import address_of
from penstock._streams import LENT
from penstock.pipeline._lending import Loan
from penstock.pipeline._node import LARGE
from penstock.pipeline._order import Order

if TYPE_CHECKING:
    from penstock._graph import Graph
    from penstock._stage import Stage
    from penstock._types import ElementType
    from penstock.pipeline._beside import Beside
    from penstock.pipeline._buffers import Buffer
    from penstock.pipeline._map import Map
    from penstock.pipeline._sources import ArraySource, RangeSource


def lent_function(order: Order) -> FunctionWork | None:
    """Where the only native map is a function in C that makes large elements of small
    ones."""
    from penstock.pipeline._native import is_native
    from penstock.pipeline._sources import ArraySource, RangeSource

    source, maps = order.source, order.maps
    if not maps or (type := maps[0].type) is None or type.size < LARGE:
        return None
    if not isinstance(source, (ArraySource, RangeSource)):
        return None
    tree = source.tree
    if (
        not isinstance(tree, np.ndarray)
        or tree.dtype.hasobject
        or source.element_bytes >= LARGE
        # One graph for several native maps is better than a copy less.
        or (len(maps) > 1 and is_native(maps[1], 1, tree))
    ):
        return None
    return FunctionWork(source, maps[0], type)


class FunctionWork:
    """A function in C on copies of small rows, side by side."""

    beside: Beside | None = None

    def __init__(
        self, source: ArraySource | RangeSource, map: Map, output: ElementType
    ) -> None:
        self.what = map.describe()
        self.output = output
        self._source = source
        self._map = map
        # Nobody has said that the function may be called by several at a time.
        self._replicas = map.replicas or 1

    def stage(self, graph: Graph, feed: Stage, capacity: int) -> Stage:
        map = self._map
        return graph.map_lent(
            self.what,
            feed,
            map.function,
            user=map.user,
            replicas=self._replicas,
            capacity=capacity,
            batch=1,
        )

    def lend(self, numbers: Buffer, out: Buffer, first: int) -> Loan:
        start, step = self._source.affine
        rows = self._source.fetch(start + step * numbers[0])
        table = np.ascontiguousarray(rows.tree)
        n = len(table)
        # Each replica has its share of what is waited for.
        begins = np.arange(0, n, -(-n // self._replicas))
        spans = np.empty(len(begins), LENT.dtype)
        spans["in"] = table.ctypes.data + begins * table.strides[0]
        spans["out"] = out[1] + begins * self.output.size
        spans["count"] = np.diff(begins, append=n)
        spans["first"] = begins + first
        return address_of(spans), len(spans), (spans, table)
