"""Edges to the program: its own threads push into and pull out of a running graph."""

from __future__ import annotations

from ctypes import (
    CDLL,
    addressof,
    byref,
    c_char,
    c_int,
    c_size_t,
    c_uint64,
    c_void_p,
)
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock._choices import count
from penstock._errors import check
from penstock._keyed import KeyedStages
from penstock._library import lib, path
from penstock._pointers import address_of
from penstock._signatures import Status
from penstock._spans import Array, elements, room
from penstock._stage import Stage
from penstock._types import ElementType
from penstock._waiting import SLICE, wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock._actors import Actor
    from penstock._engine import Engine

_END, _ETIMEDOUT = int(Status.END), int(Status.ETIMEDOUT)


def _edge(name: str) -> Any:
    """pst_push or pst_pull. A struct by value takes ctypes longer than the number that
    it is."""
    function = CDLL(path)[name]
    function.restype = c_int
    function.argtypes = (c_void_p, c_uint64, c_void_p, c_size_t, c_uint64, c_void_p)
    return function


_push, _pull = _edge("pst_push"), _edge("pst_pull")


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
        self._live()
        type = self._input(feed)
        array = values if _is_plain(values, type) else None
        if array is None or not array.flags.c_contiguous:
            array = elements(values, type, "what is pushed")
        self._push_at(feed, address_of(array), len(array), timeout)

    def _push_at(
        self, feed: Stage, address: int, n: int, timeout: float | None = None
    ) -> None:
        """``push`` of n elements at an address."""
        handle = self._live()
        pushed = c_size_t()
        place, stage, status = byref(pushed), feed.raw.id, _ETIMEDOUT
        real = self._in_real_time()
        try:
            # As of pull.
            if timeout is None and real:
                status = _push(handle, stage, address, n, SLICE, place)
            if status == _ETIMEDOUT:
                size = self._input(feed).size
                status = _push_patiently(
                    (handle, stage), (address, n, size), pushed, timeout, real
                )
            self._check(status)
        except Exception as error:
            error.pushed = pushed.value  # type: ignore[attr-defined]
            raise

    def _pusher(self, feed: Stage) -> Callable[[int, int], None]:
        """``push`` of n elements at an address into a graph that has started, for who
        does so after pauses: what stays the same is looked up beforehand."""
        handle, stage, failures = self._live(), feed.raw.id, self._failures
        real, size = self._in_real_time(), self._input(feed).size
        pushed = c_size_t()
        place = byref(pushed)

        def push(address: int, n: int) -> None:
            done = 0
            if real:
                status = _push(handle, stage, address, n, SLICE, place)
                if status == 0 and failures._other is None:
                    return
                if status in (0, _ETIMEDOUT):
                    done = pushed.value
            # Waits on, or says what is wrong.
            self._push_at(feed, address + done * size, n - done)

        return push

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
        handle = self._handle or self._live()
        type = self._input(drain)
        if out is None:
            if capacity is None:
                raise TypeError("pull needs a capacity or an array as out")
            array = type.empty(count(capacity, "capacity"))
            most = len(array)
        else:
            array = out if _is_plain(out, type) else room(out, type, "out")
            most = len(array)
            if capacity is not None:
                if capacity > most:
                    raise ValueError(
                        f"capacity {capacity} is more than the {most} elements of out"
                    )
                most = capacity
        if most == 0:
            raise ValueError("pull needs room for at least one element")
        try:
            # Of what is read-only, or not contiguous, there is none to write to.
            address = addressof(c_char.from_buffer(array))  # type: ignore[arg-type]
        except (BufferError, TypeError, ValueError):
            address = room(array, type, "out").ctypes.data
        pulled = c_size_t()
        place, stage, status = byref(pulled), drain.raw.id, _ETIMEDOUT
        engine = self._engine
        real = engine is None or not engine._is_simulated
        if timeout is None and real:
            # Most need not wait for long, and to find out about threads and clocks
            # takes as long as they do.
            status = _pull(handle, stage, address, most, SLICE, place)
        if status == _ETIMEDOUT:
            status = _pull_patiently(
                (handle, stage, address, most), place, timeout, real
            )
        if status == _END:
            return None
        if status != 0 or self._failures._other is not None:
            self._failures.check(status)
        return array[: pulled.value]

    def _puller(self, drain: Stage, out: Array) -> Callable[[int], int]:
        """As of ``_pusher``: pulls up to so many elements into an array. How many; 0:
        the stream has ended."""
        handle, stage, failures = self._live(), drain.raw.id, self._failures
        real, address = self._in_real_time(), address_of(out)
        pulled = c_size_t()
        place = byref(pulled)

        def pull(most: int) -> int:
            if real:
                status = _pull(handle, stage, address, most, SLICE, place)
                if status == 0 and failures._other is None:
                    return pulled.value
            part = self.pull(drain, most, out=out)
            return 0 if part is None else len(part)

        return pull

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
        if status != 0 or self._failures._other is not None:
            self._failures.check(status)

    def _in_real_time(self) -> bool:
        return self._engine is None or not self._engine._is_simulated


def _push_patiently(
    where: tuple[Any, int],
    what: tuple[int, int, int],
    pushed: c_size_t,
    timeout: float | None,
    real: bool,
) -> int:
    """Pushes what is left, in as many parts as there are interruptions; counts all."""
    address, n, size = what
    more = c_size_t()
    place = byref(more)

    def attempt(limit: int) -> int:
        done = pushed.value
        more.value = 0
        result: int = _push(*where, address + done * size, n - done, limit, place)
        pushed.value = done + more.value
        return result

    return wait(attempt, timeout, sliced=real, calls_back=not real)


def _pull_patiently(
    what: tuple[Any, ...], place: Any, timeout: float | None, real: bool
) -> int:
    return wait(
        lambda limit: int(_pull(*what, limit, place)),
        timeout,
        sliced=real,
        calls_back=not real,
    )


def _is_plain(array: Any, type: ElementType) -> bool:
    """Is it surely an array of such elements?"""
    if not isinstance(array, np.ndarray) or array.dtype is not type.dtype:
        return False
    shape = type.shape
    return array.ndim == 1 if not shape else array.shape[1:] == shape
