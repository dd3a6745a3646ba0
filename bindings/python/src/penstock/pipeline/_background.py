"""Work besides the thread that reads: prefetch and replicas.

A graph moves tickets, the numbers of spans that wait in a table; the spans themselves
are arrays that Python owns.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from penstock._callbacks import END, End
from penstock._context import Context
from penstock._graph import Graph
from penstock._stage import Stage
from penstock.pipeline._chunks import Chunk, Rows
from penstock.pipeline._node import LARGE, Length, Node, Reader, span_of
from penstock.pipeline._run import Run

# Spans on their way between two stages.
_AHEAD = 2
# Of a span of large elements that become one batch.
_MOST_BYTES = 32 << 20


class Prefetch(Node):
    """Makes elements while the reader is busy with those before."""

    word = "prefetch"

    def __init__(self, source: Node, count: int) -> None:
        self.sources = (source,)
        self.count = count

    def length(self) -> Length:
        return self.sources[0].length()

    def open(self, run: Run, skip: int, epoch: int) -> Reader:
        source = self.sources[0].open(run, skip, epoch)
        if run.is_simulated or source.works_ahead(self.count):
            return source
        return PrefetchReader(run, source, self.count)

    def describe(self) -> str:
        return f"prefetch({self.count})"


#: A span, and what was raised behind it or, where there is none, instead of it.
Made = tuple[Chunk | None, Exception | None]


class Tickets:
    """Spans by the numbers that stand for them in a channel.

    Exceptions have tickets as well: a stage that raised them would end the graph, with
    all that is on its way.
    """

    def __init__(self, source: Reader, is_shared: bool) -> None:
        self.source = source
        self._is_shared = is_shared
        self._spans: dict[int, Made] = {}
        self._has_failed = False
        self._next = itertools.count()
        self._most = 1
        #: So many elements become one.
        self.together = 1
        # How many were read.
        self._done = 0
        #: About how large a result is; 0: there was none yet.
        self._made_bytes = 0

    @property
    def element_bytes(self) -> int:
        return max(self.source.element_bytes, self._made_bytes)

    def fill(self, context: Context, out: Any) -> int | End:
        """A stage's source: the next span."""
        if self._has_failed:
            return END
        chunk: Chunk | None = None
        failure: Exception | None = None
        try:
            chunk = self.source.read(min(self._most, self._span()))
        except Exception as error:
            failure = error
        if chunk is None and failure is None:
            return END
        # The first ones are there soon, the later ones cost little. Replicas share the
        # work on single objects evenly, and a first result says how large they are.
        if not self._is_shared or (isinstance(chunk, Rows) and self._made_bytes):
            self._most = min(self._most * 4, 1 << 30)
        ticket = next(self._next)
        self._spans[ticket] = chunk, failure
        self._done += chunk.count if chunk is not None else 0
        out[0] = ticket
        return 1 if failure is None else End(1)

    def _span(self) -> int:
        size = self.element_bytes
        span, together = span_of(size), self.together
        if span >= together or size < LARGE:
            return span
        # What a callable makes at once is a batch as it is; parts would be copied.
        while together > span and together * size > _MOST_BYTES:
            together = (together + 1) // 2
        return together - self._done % together

    def worker(
        self, step: Callable[[Chunk], tuple[Chunk, Exception | None]]
    ) -> Callable[[Context, Any, Any], None]:
        """A stage's map: a step over each span."""

        def work(context: Context, tickets: Any, out: Any) -> None:
            for ticket in tickets.tolist():
                chunk, failure = self._spans[ticket]
                if chunk is not None:
                    chunk, failure = self._attempt(step, chunk)
                    self._spans[ticket] = chunk, failure
                self._has_failed = self._has_failed or failure is not None
                size = chunk.element_bytes if isinstance(chunk, Rows) else 1
                self._made_bytes = max(self._made_bytes, size)
            out[:] = tickets

        return work

    def _attempt(
        self, step: Callable[[Chunk], tuple[Chunk, Exception | None]], chunk: Chunk
    ) -> Made:
        try:
            return step(chunk)
        except Exception as error:
            return None, error

    def take(self, ticket: int) -> Made:
        return self._spans.pop(ticket)


class TicketReader(Reader):
    """Spans out of a graph."""

    def __init__(self, source: Reader, *, is_shared: bool = False) -> None:
        self._tickets = Tickets(source, is_shared)
        self._graph: Graph | None = None
        self._chunk: Chunk | None = None
        self._error: Exception | None = None
        self._at = 0

    @property
    def element_bytes(self) -> int:  # type: ignore[override]
        return self._tickets.element_bytes

    def expect(self, count: int) -> None:
        self._tickets.together = count
        self._tickets.source.expect(count)

    def _start(self, run: Run, graph: Graph, last: Stage, ahead: int) -> None:
        self._drain = graph.drain("drain", last, capacity=ahead)
        graph.start(run.engine)
        self._graph = graph
        self._out = np.empty(1, np.int64)

    def read(self, most: int) -> Chunk | None:
        chunk = self._chunk
        if chunk is None:
            if self._error is not None:
                raise self._error
            if self._graph is None:
                return None
            if self._graph.pull(self._drain, 1, out=self._out) is None:
                self._graph.wait()
                self._graph = None
                return None
            chunk, self._error = self._tickets.take(int(self._out[0]))
            if chunk is None:
                assert self._error is not None
                raise self._error
            self._chunk = chunk
            self._at = 0
        start = self._at
        self._at = min(start + most, chunk.count)
        if self._at == chunk.count:
            self._chunk = None
        return chunk[start : self._at]


class PrefetchReader(TicketReader):
    def __init__(self, run: Run, source: Reader, count: int) -> None:
        super().__init__(source)
        graph = run.graph("prefetch")
        spans = graph.source("prefetch", np.int64, self._tickets.fill, batch=1)
        ahead = max(1, math.ceil(count / source.span))
        self._start(run, graph, spans, ahead)

    def expect(self, count: int) -> None:
        # Spans stay short: so many of them are made ahead.
        self._tickets.source.expect(count)


class ParallelReader(TicketReader):
    """A step in several replicas, whose results keep the order of their spans."""

    def __init__(
        self,
        run: Run,
        source: Reader,
        step: Callable[[Chunk], tuple[Chunk, Exception | None]],
        replicas: int,
        what: str,
    ) -> None:
        super().__init__(source, is_shared=True)
        graph = run.graph(what)
        spans = graph.source("read", np.int64, self._tickets.fill, batch=1)
        work = self._tickets.worker(step)
        mapped = graph.map(
            what,
            spans,
            np.int64,
            work,
            replicas=replicas,
            batch=1,
            # So that no span waits for one replica while another has nothing to do.
            capacity=1,
        )
        # Of each replica: so many wait, and one is made.
        self._start(run, graph, mapped, 1)
