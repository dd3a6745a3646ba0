"""Pulls spans out of a running graph, into memory that is used again."""

from __future__ import annotations

import sys

from penstock._graph import Graph
from penstock._spans import ALONE, Array
from penstock._stage import Stage
from penstock._types import ElementType
from penstock.pipeline._node import LARGE
from penstock.pipeline._run import Run

_BYTES_AHEAD = 1 << 20
_FEW = 64
# More than are ever under way at once, and few enough to be looked through.
_MOST_BUFFERS = 8


class Buffers:
    """Arrays that are handed out again when nobody has them any more.

    What is handed out may be kept for as long as one likes: NumPy counts who has an
    array or a view of it. First touches of fresh memory cost more than what most
    stages do with it.
    """

    def __init__(self, type: ElementType) -> None:
        self._type = type
        #: So many are kept to be used again.
        self.most = _MOST_BUFFERS
        self._buffers: list[Array] = []

    def take(self, count: int) -> Array:
        """An array of at least so many elements, uninitialised."""
        for array in self._buffers:
            if sys.getrefcount(array) == ALONE and len(array) >= count:
                return array
        made: Array = self._type.empty(count)
        if len(self._buffers) >= self.most:
            # Somebody keeps them all; those are his now.
            self._buffers.pop(0)
        self._buffers.append(made)
        return made


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
        self._buffers = Buffers(type)
        self._has_ended = False
        self.element_bytes = type.size
        graph.start(run.engine)

    def read(self, most: int) -> Array | None:
        if self._has_ended:
            return None
        buffer = self._buffers.take(most)
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
        buffer = self._buffers.take(count)
        if self._fill(buffer[:count]) < count:
            raise AssertionError("a map gave fewer elements than it took")
        return buffer[:count]
