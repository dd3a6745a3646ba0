"""The actor whose method runs, as the method sees it."""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable
from ctypes import byref
from typing import TYPE_CHECKING, Any

from penstock import _signatures as c
from penstock._actors import Actor
from penstock._choices import nanoseconds
from penstock._errors import StateError, check
from penstock._library import held, lib
from penstock._pointers import describe
from penstock._signatures import StopMode

if TYPE_CHECKING:
    from penstock._actor_host import ActorHost
    from penstock._actor_objects import ObjectCell
    from penstock._actor_refs import ActorRef
    from penstock._engine import Engine

#: Types of messages between objects. Foreign ones have others, as a rule.
CALL, TIMER = 0xFE00, 0xFE01
#: What travels instead of an object.
pack = struct.Struct("=Q").pack

_local = threading.local()


def running() -> CurrentActor | None:
    """What runs on this thread, if an actor does."""
    current: CurrentActor | None = getattr(_local, "current", None)
    return current


def enter(current: CurrentActor | None) -> CurrentActor | None:
    """Makes it the running one, and returns which was before."""
    before = running()
    _local.current = current
    return before


def current_actor() -> CurrentActor:
    """The actor whose method runs on this thread. StateError: none does."""
    current = running()
    if current is None:
        raise StateError("current_actor: no actor's method runs on this thread")
    return current


class CurrentActor:
    """What only the running actor may do; for the length of one call.

    Where an engine is expected to spawn in, it makes the new actor a child: supervised
    by this one, and ended with it.
    """

    __slots__ = ("_pointer", "cell", "host")

    def __init__(self, host: ActorHost, pointer: int, cell: ObjectCell) -> None:
        self.host = host
        self._pointer = pointer
        self.cell = cell

    def pointer(self) -> int:
        # On another thread, and after an await, it is not the running one either.
        if running() is not self:
            raise StateError(
                "current_actor() was used after the call that it was for, or on "
                "another thread: ask for it anew"
            )
        return self._pointer

    @property
    def engine(self) -> Engine:
        return self.host.engine()

    @property
    def ref(self) -> ActorRef:
        """The actor that runs, as others see it."""
        from penstock._actor_refs import ActorRef

        raw = held.pst_self(self.pointer())
        return ActorRef(Actor(self.host.engine(), raw), self.host, self.cell)

    @property
    def now(self) -> int:
        """The engine's clock in nanoseconds; virtual in a simulated engine."""
        time: int = held.pst_now(self.pointer())
        return time

    @property
    def should_stop(self) -> bool:
        """True while the actors are being stopped; for long calls to ask."""
        answer: bool = held.pst_should_stop(self.pointer())
        return answer

    def stop(self) -> None:
        """This actor ends after the messages that were sent to it before."""
        pointer = self.pointer()
        check(lib.pst_stop(pointer, held.pst_self(pointer), StopMode.LAST))

    # ---- Time

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any
    ) -> ActorTimer:
        """Calls back after so many seconds, as a message of this actor's."""
        return self._start(delay, 0.0, callback, args)

    def call_every(
        self, period: float, callback: Callable[..., Any], *args: Any
    ) -> ActorTimer:
        """Calls back every so many seconds; misses what it is too late for."""
        if nanoseconds(period, "period") == 0:
            raise ValueError("period must be above 0")
        return self._start(period, period, callback, args)

    def _start(
        self, delay: float, period: float, callback: Any, args: tuple[Any, ...]
    ) -> ActorTimer:
        if not callable(callback):
            raise TypeError(f"callback must be callable, not {describe(callback)}")
        number, raw = self.host.next_number(), c.Timer()
        timer = ActorTimer(self.cell, number, raw, callback, args, period > 0)
        self.cell.timers[number] = timer
        status = lib.pst_timer_start(
            self.pointer(),
            nanoseconds(delay, "delay"),
            nanoseconds(period, "period"),
            TIMER,
            pack(number),
            8,
            byref(raw),
        )
        if status:
            del self.cell.timers[number]
            check(status)
        return timer

    # ---- Others

    def watch(self, ref: ActorRef, callback: Callable[..., Any], *args: Any) -> None:
        """Calls ``callback(*args)`` once, as a message of this actor's, when the other
        is gone."""
        if not callable(callback):
            raise TypeError(f"callback must be callable, not {describe(callback)}")
        check(lib.pst_watch(self.pointer(), ref.actor.raw))
        self.cell.watched[ref.actor.id] = (callback, args)

    def unwatch(self, ref: ActorRef) -> None:
        check(lib.pst_unwatch(self.pointer(), ref.actor.raw))
        self.cell.watched.pop(ref.actor.id, None)


class ActorTimer:
    """Of ``call_later`` and ``call_every``; ends with its actor."""

    __slots__ = ("_cell", "_number", "_raw", "args", "callback", "is_periodic")

    def __init__(
        self,
        cell: ObjectCell,
        number: int,
        raw: c.Timer,
        callback: Callable[..., Any],
        args: tuple[Any, ...],
        is_periodic: bool,
    ) -> None:
        self._cell = cell
        self._number = number
        self._raw = raw
        self.callback = callback
        self.args = args
        self.is_periodic = is_periodic

    def cancel(self) -> None:
        """Inside a method of the actor that set it. It calls back no more."""
        current = current_actor()
        if current.cell is not self._cell:
            raise StateError("a timer is cancelled by the actor that has set it")
        if self._cell.timers.pop(self._number, None) is not None:
            # It may be over by the engine's clock: then there is nothing to cancel.
            lib.pst_timer_cancel(current.pointer(), self._raw)
