"""One iteration of a pipeline while it goes on: the graphs and seeds of its readers."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING

from penstock._engine import Engine
from penstock._errors import HandleError
from penstock._graph import Graph

if TYPE_CHECKING:
    from penstock.pipeline._node import Node

_lock = threading.Lock()
_default: Engine | None = None
_default_pid = 0


def default_engine() -> Engine:
    """The engine of all pipelines that name no other; made when first needed.

    A child after fork() gets one of its own.
    """
    global _default, _default_pid
    with _lock:
        if _default is None or _default.closed or _default_pid != os.getpid():
            _default, _default_pid = Engine(), os.getpid()
        return _default


def _in_child() -> None:
    # Another thread of the parent may have held it.
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_in_child)


class Run:
    """What the readers of one iteration share."""

    def __init__(self, root: Node, engine: Engine | None, entropy: int) -> None:
        self._engine = engine
        #: Stands for the seeds that the program did not give.
        self.entropy = entropy
        # Weak: those of readers that nobody has any more end by themselves.
        self._graphs: weakref.WeakSet[Graph] = weakref.WeakSet()
        self._numbers = {id(node): i for i, node in enumerate(_walk(root))}
        self._drawn = len(self._numbers)

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = default_engine()
        return self._engine

    @property
    def is_simulated(self) -> bool:
        """Then everything happens on the thread that reads, and no graph can wait for
        another."""
        return self.engine._is_simulated

    def graph(self, name: str) -> Graph:
        """A new graph, which ends with this run."""
        made = Graph(name)
        self._graphs.add(made)
        return made

    def seed(self, node: Node, given: int | None) -> int:
        """The seed of a step: the one given, or else one of this iteration."""
        if given is not None:
            return given
        number = self._numbers.get(id(node))
        if number is None:
            # Of a pipeline that a callable made meanwhile.
            number = self._drawn
            self._drawn += 1
        return (self.entropy + number * 0x9E3779B97F4A7C15) % 2**64

    @property
    def graphs(self) -> list[Graph]:
        """Those that are there now."""
        return [graph for graph in list(self._graphs) if not graph.closed]

    def close(self) -> None:
        """Ends what still runs, and waits for that."""
        graphs = self.graphs
        # All of them first: one may wait for another.
        for graph in graphs:
            # One that another thread has closed meanwhile.
            with contextlib.suppress(HandleError):
                graph.cancel()
        for graph in graphs:
            graph.close()


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for source in node.sources:
        yield from _walk(source)
