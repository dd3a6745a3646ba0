"""Operators and functions in C that take or make large elements, such as images.

Elements are worked on where they stand, and results are written to where the reader
wants them, which is in a batch as a rule. The reader lends both, by their addresses, to
a graph; so what moves through its channels are a few words per element, any number of
workers take part, and nothing is copied.
"""

from __future__ import annotations

import struct
from collections import deque
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from penstock._pointers import address_of
from penstock._spans import Array
from penstock._streams import LENT, NUMBERS
from penstock.ops import gather
from penstock.pipeline._chunks import Chunk, Rows
from penstock.pipeline._node import LARGE, Reader
from penstock.pipeline._order import Order, Seed
from penstock.pipeline._pulls import Buffers, Pulls
from penstock.pipeline._run import Run

if TYPE_CHECKING:
    from penstock._graph import Graph
    from penstock._stage import Stage
    from penstock._types import ElementType
    from penstock.ops import Operator
    from penstock.pipeline._map import Map

# Reads that are on their way besides the one that is waited for.
_AHEAD = 2
# Results that the reader has, or has just dropped.
_KEPT = 4


def open_lent(
    order: Order, run: Run, skip: int, epoch: int, seed: Seed
) -> tuple[Reader | None, int]:
    """A reader of an array's rows with the operators that come first, or of what a
    function in C makes, and how many those are; None where this is not the way."""
    from penstock.pipeline._lent_function import lent_function
    from penstock.pipeline._sources import ArraySource

    work: Work | None = lent_function(order)
    if work is not None:
        numbers = RowNumbers(order, run, skip, epoch, seed)
        return LentReader(run, numbers, work, skip), 1
    source = order.source
    if not isinstance(source, ArraySource) or not isinstance(source.tree, np.ndarray):
        return None, 0
    table = source.tree
    if (
        not len(table)
        or source.element_bytes < LARGE
        or table.dtype.hasobject
        or not table.flags.c_contiguous
        or not table.flags.aligned
    ):
        return None, 0
    maps, given = _operators(order)
    if not maps:
        return None, 0
    operator = reduce(or_, [map.function for map in maps])
    replicas = given or run.engine.info().workers
    numbers = RowNumbers(order, run, skip, epoch, seed)
    what = " | ".join(map.describe() for map in maps)
    work = RowsWork(table, operator, replicas, what)
    return LentReader(run, numbers, work, skip), len(maps)


def _operators(order: Order) -> tuple[list[Map], int | None]:
    """Those that come first and can be one stage, and how many replicas they are to
    have, if the program has said so."""
    maps: list[Map] = []
    given: int | None = None
    for map in order.maps:
        if not map.is_native_operator or map.replicas not in (
            None,
            given or map.replicas,
        ):
            break
        given = given or map.replicas
        maps.append(map)
    return maps, given


class Work(Protocol):
    """What is done with elements, and with what is lent for that."""

    what: str
    #: Of the results.
    output: ElementType

    def stage(self, graph: Graph, feed: Stage, capacity: int) -> Stage:
        """Does it to what is fed in."""

    def lend(self, numbers: Array, out: Array, first: int) -> tuple[int, int, Any]:
        """Elements of ``LENT`` for rows of these numbers: where they are until the next
        are asked for, how many, and what must live until they are done. first: the
        place in the stream of the first row."""


class RowsWork:
    """An operator on rows where they stand: it takes their numbers."""

    def __init__(
        self, table: Array, operator: Operator, replicas: int, what: str
    ) -> None:
        self.what = what
        self._operator = (gather(table, copy=False) | operator).bound(NUMBERS)
        self.output = self._operator.output
        self._replicas = replicas
        spans = np.empty(_TOKENS, LENT.dtype)
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

    def lend(self, numbers: Array, out: Array, first: int) -> tuple[int, int, Any]:
        # The reader waits for this after a pause in which its caches were the workers':
        # a loop over a few numbers is little code, a function of NumPy's is much.
        n = len(numbers)
        # Who is late with his share leaves those behind it to others.
        share = -(-n // (_SHARES * self._replicas))
        read, made = address_of(numbers), address_of(out)
        spans = 0
        for i in range(0, n, share):
            _SPAN.pack_into(
                self._words,
                spans * _SPAN.size,
                read + i * NUMBERS.size,
                made + i * self.output.size,
                min(share, n - i),
                first + i,
            )
            spans += 1
        return self._spans, spans, numbers


class RowNumbers:
    """The numbers of the rows that come next, as many as one likes."""

    def __init__(
        self, order: Order, run: Run, skip: int, epoch: int, seed: Seed
    ) -> None:
        self._ready = np.empty(0, np.int64)
        if order.is_sequential:
            self._runs = order.runs(skip)
            self._range: tuple[int, float] = (0, 0)
            self._pulls = None
        else:
            graph = run.graph("order")
            self._pulls = Pulls(run, graph, order.stages(graph, skip, epoch, seed))

    def take(self, count: int) -> Array:
        """Fewer at the end only."""
        while len(self._ready) < count:
            # Many at once: the caches are the workers', and each call costs.
            more = self._some(_TOKENS)
            if more is None:
                break
            self._ready = np.concatenate([self._ready, more])
        taken, self._ready = self._ready[:count], self._ready[count:]
        return taken

    def _some(self, most: int) -> Array | None:
        if self._pulls is not None:
            return self._pulls.read(most)
        start, stop = self._range
        if start >= stop:
            following = next(self._runs, None)
            if following is None:
                return None
            start, stop = following
        end = int(min(stop, start + most))
        self._range = (end, stop)
        return np.arange(start, end)


class LentReader(Reader):
    def __init__(self, run: Run, numbers: RowNumbers, work: Work, first: int) -> None:
        self._work = work
        self._numbers = numbers
        self._buffers = Buffers(work.output)
        self._next = first
        self._wanted = 0
        # Results on their way, oldest first.
        self._waiting: deque[_Lent] = deque()
        self._under_way = 0
        self._has_ended = False
        self._ready: Rows | None = None
        self.element_bytes = work.output.size
        graph = self._graph = run.graph(work.what)
        # A reader may be dropped while workers still write: they end with the graph.
        graph._keep.append(self._waiting)
        self._feed = graph.feed("lend", LENT)
        self._done = np.empty(_TOKENS, LENT.dtype)
        stage = work.stage(graph, self._feed, _TOKENS)
        self._drain = graph.drain("drain", stage, capacity=_TOKENS)
        graph.start(run.engine)

    def works_ahead(self, count: int) -> bool:
        self._wanted = count
        return True

    def read(self, most: int) -> Chunk | None:
        rows = self._ready
        if rows is None:
            rows = self._following(most)
            if rows is None:
                return None
        if rows.count <= most:
            self._ready = None
            return rows
        self._ready = rows[most:]
        return rows[:most]

    def _following(self, most: int) -> Rows | None:
        most = min(most, _TOKENS)
        ahead = max(_AHEAD, self._wanted // most)
        self._buffers.most = ahead + _KEPT
        while not self._has_ended and (
            not self._waiting
            or (len(self._waiting) <= ahead and self._under_way + most <= _TOKENS)
        ):
            self._lend(most)
        if not self._waiting:
            self._end()
            return None
        lent = self._waiting[0]
        left = lent.spans
        while left > 0:
            part = self._graph.pull(self._drain, left, out=self._done)
            if part is None:
                self._graph.wait()
                raise AssertionError("a span that was lent did not come back")
            left -= len(part)
        self._waiting.popleft()
        self._under_way -= lent.rows
        return Rows(lent.out[: lent.rows], lent.rows, owned=True)

    def _lend(self, count: int) -> None:
        numbers = self._numbers.take(count)
        if len(numbers) < count:
            self._has_ended = True
        n = len(numbers)
        if n == 0:
            return
        out = self._buffers.take(count)
        address, spans, keep = self._work.lend(numbers, out, self._next)
        self._next += n
        self._under_way += n
        # There is room for all of them, so this does not wait.
        self._graph._push_at(self._feed, address, spans)
        self._waiting.append(_Lent(out, n, spans, keep))

    def _end(self) -> None:
        if not self._graph.closed:
            self._graph.finish_feed(self._feed)
            self._graph.wait()
            self._graph.close()


class _Lent(NamedTuple):
    out: Array
    rows: int
    spans: int
    keep: Any


# So many elements are under way at most.
_TOKENS = 4096
# Of what is lent at once, each replica has about so many.
_SHARES = 2
# An element of LENT.
_SPAN = struct.Struct("=4Q")
