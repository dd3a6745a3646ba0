"""Operators on rows of an array where they stand."""

from __future__ import annotations

import struct
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import numpy as np

from penstock._pointers import address_of
from penstock._streams import LENT, NUMBERS
from penstock.ops import gather
from penstock.pipeline._beside import Beside, parts
from penstock.pipeline._lending import TOKENS, Loan
from penstock.pipeline._node import LARGE
from penstock.pipeline._order import Order
from penstock.pipeline._run import Run

if TYPE_CHECKING:
    from penstock._graph import Graph
    from penstock._spans import Array
    from penstock._stage import Stage
    from penstock.ops import Operator
    from penstock.pipeline._buffers import Buffer
    from penstock.pipeline._map import Map

# Of what is lent at once, each replica has about so many spans.
_SHARES = 2
# An element of LENT.
_SPAN = struct.Struct("=4Q")


def lent_rows(order: Order, run: Run) -> tuple[RowsWork | None, int]:
    """The operators that come first, where rows are large, and how many those are."""
    from penstock.pipeline._sources import ArraySource

    if not isinstance(order.source, ArraySource):
        return None, 0
    maps, replicas = _operators(order)
    if not maps:
        return None, 0
    table, beside = parts(order.source.tree, maps[0].on)
    if (
        table is None
        or not len(table)
        or table[0].nbytes < LARGE
        or table.dtype.hasobject
        or not table.flags.c_contiguous
        or not table.flags.aligned
    ):
        return None, 0
    what = " | ".join(map.describe() for map in maps)
    operator = reduce(or_, [map.function for map in maps])
    replicas = replicas or run.engine.info().workers
    return RowsWork(table, beside, operator, replicas, what), len(maps)


def _operators(order: Order) -> tuple[list[Map], int | None]:
    """Those that come first and can be one stage, and how many replicas they are to
    have, if the program has said so."""
    maps: list[Map] = []
    given: int | None = None
    for map in order.maps:
        if (
            not map.is_built_in
            # Of anything else the usual way says what is wrong with it.
            or not isinstance(map.on, (int, str, type(None)))
            or map.on != order.maps[0].on
            or map.replicas not in (None, given or map.replicas)
        ):
            break
        given = given or map.replicas
        maps.append(map)
    return maps, given


class RowsWork:
    """An operator that takes the numbers of rows."""

    def __init__(
        self,
        table: Array,
        beside: Beside | None,
        operator: Operator,
        replicas: int,
        what: str,
    ) -> None:
        self.what = what
        self.beside = beside
        self._operator = (gather(table, copy=False) | operator).bound(NUMBERS)
        self.output = self._operator.output
        self._replicas = replicas
        spans = np.empty(TOKENS, LENT.dtype)
        self._spans, self._words = address_of(spans), spans.view(np.uint8).data

    def stage(self, graph: Graph, feed: Stage, capacity: int) -> Stage:
        # One by one: in order, more at a time would go to one replica, and that is what
        # the reader waits for while the others have nothing to do.
        return graph.apply_lent(
            self.what,
            feed,
            self._operator,
            replicas=self._replicas,
            capacity=capacity,
            batch=1,
        )

    def lend(self, numbers: Buffer, out: Buffer, first: int) -> Loan:
        # The reader waits for this after a pause in which its caches were the workers':
        # a loop over a few numbers is little code, a function of NumPy's is much.
        rows, read = numbers
        made, left = out[1], len(rows)
        # Who is late with his share leaves those behind it to others.
        share = -(-left // (_SHARES * self._replicas))
        words, size = self._words, self.output.size
        spans = 0
        while left > 0:
            n = min(share, left)
            _SPAN.pack_into(words, spans * _SPAN.size, read, made, n, first)
            read += n * NUMBERS.size
            made += n * size
            first += n
            left -= n
            spans += 1
        return self._spans, spans, rows
