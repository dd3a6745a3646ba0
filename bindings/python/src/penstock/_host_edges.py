"""Edges to the program: its own threads push into and pull out of a running graph."""

from __future__ import annotations

from ctypes import byref, c_size_t
from typing import TYPE_CHECKING, Any

from penstock._choices import count
from penstock._errors import check
from penstock._keyed import KeyedStages
from penstock._library import lib
from penstock._signatures import Status
from penstock._spans import Array, elements, room
from penstock._stage import Stage
from penstock._waiting import wait

if TYPE_CHECKING:
    from penstock._actors import Actor
    from penstock._engine import Engine


class HostEdges(KeyedStages):
    """Feeds and drains; the other base of :class:`Graph`."""

    # Of the current or last run; lives at least as long as the graph.
    _engine: Engine | None = None

    def push(self, feed: Stage, values: Any, timeout: float | None = None) -> None:
        """Copies elements into a feed, waiting for room.

        values: an array of the feed's dtype, shape ``(n,)`` plus that of one element.
        One thread per feed. When it raises, ``error.pushed`` says how many went in.
        TimeoutError (timeout 0: WouldBlockError), ClosedError, or what ended the run.
        """
        handle = self._live()
        self._own(feed)
        array = elements(values, self._input(feed), "what is pushed")
        base, size, done = array.ctypes.data, self._input(feed).size, 0

        def attempt(limit: int) -> int:
            nonlocal done
            pushed = c_size_t()
            status = int(
                lib.pst_push(
                    handle,
                    feed.raw,
                    base + done * size,
                    len(array) - done,
                    limit,
                    byref(pushed),
                )
            )
            done += pushed.value
            return status

        try:
            real = self._in_real_time()
            status = wait(attempt, timeout, sliced=real, calls_back=not real)
            self._check(status)
        except Exception as error:
            error.pushed = done  # type: ignore[attr-defined]
            raise

    def finish_feed(self, feed: Stage) -> None:
        """Ends the stream of a feed, as ``pst_close``."""
        self._own(feed)
        self._check(lib.pst_close(self._live(), feed.raw))

    def pull(
        self,
        drain: Stage,
        capacity: int | None = None,
        timeout: float | None = None,
        *,
        out: Array | None = None,
    ) -> Array | None:
        """Up to ``capacity`` elements out of a drain, waiting for at least one.

        Returns a new array, which is the caller's, or the filled part of ``out``: a
        writable contiguous array of the drain's dtype. None: the stream has ended.
        One thread per drain. TimeoutError (timeout 0: WouldBlockError), or what ended
        the run.
        """
        handle = self._live()
        self._own(drain)
        type = self._input(drain)
        if out is None:
            if capacity is None:
                raise TypeError("pull needs a capacity or an array as out")
            array = type.empty(count(capacity, "capacity"))
        else:
            array = room(out, type, "out")
            if capacity is not None and capacity > len(array):
                raise ValueError(
                    f"capacity {capacity} is more than the {len(array)} elements of out"
                )
        most = len(array) if capacity is None else capacity
        if most == 0:
            raise ValueError("pull needs room for at least one element")
        address, pulled = array.ctypes.data, c_size_t()
        status = wait(
            lambda limit: int(
                lib.pst_pull(handle, drain.raw, address, most, limit, byref(pulled))
            ),
            timeout,
            sliced=self._in_real_time(),
            calls_back=not self._in_real_time(),
        )
        if status == Status.END:
            return None
        self._check(status)
        return array[: pulled.value]

    def actor_port(self, edge: Stage, actor: Actor, type: int) -> None:
        """Makes a feed or drain a port of an actor, as ``pst_actor_port``.

        Its behaviour pushes and pulls with timeout 0; after WouldBlockError it gets a
        message of this type when it is worth another try, and the first at the start.
        """
        self._own(edge)
        check(
            lib.pst_actor_port(
                self._live(),
                edge.raw,
                actor.engine._live(),
                actor.raw,
                count(type, "type", 32),
            )
        )

    def _check(self, status: int) -> None:
        """Raises for a status that may be that of the run."""
        if status != Status.OK or self._failures._other is not None:
            self._failures.check(status)

    def _in_real_time(self) -> bool:
        return self._engine is None or not self._engine._is_simulated
