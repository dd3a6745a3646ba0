"""Memory that is lent to a graph, and comes back in order when all of it is done."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from penstock._spans import Array
from penstock._streams import LENT
from penstock.pipeline._beside import Beside
from penstock.pipeline._buffers import Buffer, Buffers
from penstock.pipeline._node import Next
from penstock.pipeline._run import Run
from penstock.pipeline._structure import Tree

if TYPE_CHECKING:
    from penstock._graph import Graph
    from penstock._stage import Stage
    from penstock._types import ElementType
    from penstock.pipeline._row_numbers import RowNumbers

#: So many elements are under way at most.
TOKENS = 4096
# Reads that are on their way besides the one that is waited for.
_AHEAD = 2
# Results that the reader has, or has just dropped.
_KEPT = 4


#: Elements of ``LENT``: where they are until there is another loan, how many, and what
#: must live until they are done.
Loan = tuple[int, int, Any]


class Work(Protocol):
    """What is done with elements, and with what is lent for that."""

    what: str
    #: Of the results.
    output: ElementType
    #: What else elements have.
    beside: Beside | None

    def stage(self, graph: Graph, feed: Stage, capacity: int) -> Stage:
        """Does it to what is fed in."""

    def lend(self, numbers: Buffer, out: Buffer, first: int) -> Loan:
        """Rows of these numbers. first: the place in the stream of the first row."""


class Lending:
    """A graph that does the work, and what it has of the program's memory."""

    def __init__(self, run: Run, numbers: RowNumbers, work: Work, first: int) -> None:
        self._work = work
        self._numbers = numbers
        self._first = first
        self._buffers = Buffers(work.output, run.engine._spare)
        # Oldest first: where results go, the numbers of the rows, how many spans those
        # are, and what must live.
        self._waiting: deque[tuple[Array, Array, int, Any]] = deque()
        #: How many results come at a time, and how many are wanted ahead of that.
        self.size = 1
        self.wanted = 0
        #: Are there to be no fewer than ``size`` at the end?
        self.drops_remainder = False
        graph = self._graph = run.graph(work.what)
        # A reader may be dropped while workers still write: they end with the graph.
        graph._lend(self._waiting)
        self._feed = graph.feed("lend", LENT)
        stage = work.stage(graph, self._feed, TOKENS)
        self._drain = graph.drain("drain", stage, capacity=TOKENS)
        graph.start(run.engine)

    @property
    def element_bytes(self) -> int:
        beside = self._work.beside
        return self._work.output.size + (beside.bytes if beside is not None else 0)

    def results(self) -> Next:
        """Gives them in order, an array or a tree of arrays at a time.

        The reader comes back from pauses in which the workers had the caches. All that
        it then needs is in the cells of one function; to find it in objects took twice
        as long. A generator would do as well, but the collector of garbage may end one
        while another thread is in it.
        """
        graph, waiting, buffers = self._graph, self._waiting, self._buffers
        push = graph._pusher(self._feed)
        pull = graph._puller(self._drain, np.empty(TOKENS, LENT.dtype))
        numbers_of, buffer_of = self._numbers.take, buffers.take
        lend, beside, first = self._work.lend, self._work.beside, self._first
        under_way = 0
        has_ended = False

        def following() -> Tree | None:
            nonlocal first, under_way, has_ended
            size = min(self.size, TOKENS)
            ahead = max(_AHEAD, self.wanted // size)
            buffers.most = ahead + _KEPT
            while not has_ended and (
                not waiting or (len(waiting) <= ahead and under_way + size <= TOKENS)
            ):
                numbers = numbers_of(size)
                n = len(numbers[0])
                has_ended = n < size
                if n == 0 or (has_ended and self.drops_remainder):
                    break
                out = buffer_of(size)
                address, spans, keep = lend(numbers, out, first)
                first += n
                under_way += n
                # First, as an interrupt may come at any time.
                waiting.append((out[0], numbers[0], spans, keep))
                # There is room for all of them, so this does not wait.
                push(address, spans)
            if not waiting:
                self._end()
                return None
            array, rows, left, _ = waiting[0]
            while left > 0:
                came = pull(left)
                if came == 0:
                    graph.wait()
                    raise AssertionError("a span that was lent did not come back")
                left -= came
            n = len(rows)
            under_way -= n
            waiting.popleft()
            made = array[:n]
            return made if beside is None else beside.around(made, rows)

        return following

    def _end(self) -> None:
        if not self._graph.closed:
            self._graph.finish_feed(self._feed)
            self._graph.wait()
            self._graph.close()
