"""Pulls spans out of a running graph, into memory that is used again."""

from __future__ import annotations

from penstock._graph import Graph
from penstock._spans import Array
from penstock._stage import Stage
from penstock.pipeline._buffers import Buffers
from penstock.pipeline._node import LARGE
from penstock.pipeline._run import Run

_BYTES_AHEAD = 1 << 20
_FEW = 64


class Pulls:
    """The spans of a graph's drain, once the graph runs."""

    def __init__(self, run: Run, graph: Graph, last: Stage, capacity: int = 0) -> None:
        type = last.type
        assert type is not None
        self._graph = graph
        # With much on its way neither side sleeps often: to be woken costs more than
        # thousands of small elements.
        ahead = _BYTES_AHEAD // type.size
        capacity = max(capacity, ahead if ahead > _FEW else 0)
        self._drain = graph.drain("drain", last, capacity=capacity)
        self._buffers = Buffers(type, run.engine._spare)
        self._has_ended = False
        self.element_bytes = type.size
        graph.start(run.engine)

    def read(self, most: int) -> Array | None:
        if self._has_ended:
            return None
        buffer = self._buffers.take(most)[0]
        part = self._graph.pull(self._drain, most, out=buffer)
        if part is None:
            self._has_ended = True
            self._graph.wait()
        elif self.element_bytes >= LARGE and len(part) < most:
            # In parts, a batch of them would have to be put together once more.
            return buffer[: len(part) + self._fill(buffer[len(part) : most])]
        return part

    def _fill(self, room: Array) -> int:
        """How many there were, fewer at the end only."""
        done = 0
        while done < len(room):
            part = self._graph.pull(self._drain, out=room[done:])
            if part is None:
                self._has_ended = True
                self._graph.wait()
                break
            done += len(part)
        return done

    def read_exactly(self, count: int) -> Array:
        """So many elements, which are on their way."""
        buffer = self._buffers.take(count)[0]
        if self._fill(buffer[:count]) < count:
            raise AssertionError("a map gave fewer elements than it took")
        return buffer[:count]
