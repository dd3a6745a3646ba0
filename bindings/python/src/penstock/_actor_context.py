"""What a behaviour may do, as the actor that runs."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import byref, c_size_t
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from penstock import _signatures as c
from penstock._actors import Actor, messages_in
from penstock._choices import choice, count, nanoseconds
from penstock._errors import StateError, check, error_of
from penstock._failures import ElementFailure
from penstock._library import held, lib
from penstock._messages import Message, Taken, address, payload
from penstock._pointers import describe
from penstock._signatures import Status, StopMode
from penstock._spans import Array

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from penstock._actor_cell import Cell
    from penstock._actor_host import ActorHost
    from penstock._engine import Engine
    from penstock._spawning import ActorOptions


class ActorContext:
    """Given to behaviours, start functions and answers, for the length of the call.

    On the thread of the call only, and not after it: then every use raises StateError.
    Statuses of the functions in C become exceptions: StaleError where the other actor
    is gone, WouldBlockError where its mailbox is full.
    """

    __slots__ = ("_cell", "_host", "_pointer")

    def __init__(self, host: ActorHost, pointer: int, cell: Cell | None) -> None:
        self._host = host
        self._pointer: int | None = pointer
        self._cell = cell

    def _live(self) -> int:
        if self._pointer is None:
            raise StateError("the context of an actor was used after its call")
        return self._pointer

    @property
    def engine(self) -> Engine:
        return self._host.engine()

    @property
    def self(self) -> Actor:
        """The actor that runs."""
        return self._host.actor(held.pst_self(self._live()).id)

    @property
    def now(self) -> int:
        """The engine's clock in nanoseconds; virtual in a simulated engine."""
        time: int = held.pst_now(self._live())
        return time

    @property
    def should_stop(self) -> bool:
        """True while the actors are being stopped."""
        answer: bool = held.pst_should_stop(self._live())
        return answer

    # ---- Sending

    def send(self, actor: Actor, type: int, data: Any = b"") -> None:
        kept, size = payload(data)
        check(
            lib.pst_send(
                self._live(), actor.raw, count(type, "type", 32), address(kept), size
            )
        )

    def send_bytes(self, actor: Actor, type: int, data: Any) -> None:
        """Sends without a copy: the data must not change until it has been handled."""
        pointer, number = self._live(), count(type, "type", 32)
        self._host.lent.lend(
            data,
            lambda raw: int(lib.pst_send_bytes(pointer, actor.raw, number, byref(raw))),
        )

    def send_many(self, actor: Actor, type: int, data: Any, size: int) -> int:
        """As many messages of ``size`` bytes as ``data`` holds; returns how many.

        When it raises, ``error.sent`` says how many were sent.
        """
        kept, total = payload(data)
        sent = c_size_t()
        status = lib.pst_send_many(
            self._live(),
            actor.raw,
            count(type, "type", 32),
            address(kept),
            size,
            messages_in(total, size),
            byref(sent),
        )
        if status:
            error = error_of(status)
            error.sent = sent.value  # type: ignore[attr-defined]
            raise error
        return sent.value

    def ask(
        self,
        actor: Actor,
        type: int,
        data: Any = b"",
        timeout: float | None = None,
        *,
        answer: Callable[..., Any],
    ) -> None:
        """Asks; ``answer(context, status, message)`` is called once, as a message of
        this actor's, unless it ends before."""
        pointer, number = self._live(), count(type, "type", 32)
        kept, size = payload(data)
        asks = self._host.asks if self._cell is None else self._cell.asks
        self._host.asking(
            answer,
            asks,
            lambda function, token: int(
                lib.pst_ask(
                    pointer,
                    actor.raw,
                    number,
                    address(kept),
                    size,
                    nanoseconds(timeout),
                    function,
                    token,
                )
            ),
        )

    def reply(
        self, token: c.Token, data: Any = b"", *, status: int = Status.OK
    ) -> None:
        """Answers an ask, once. StaleError: it was answered, or its time is over."""
        kept, size = payload(data)
        check(lib.pst_reply(self._live(), token, status, address(kept), size))

    def forward(self, actor: Actor) -> None:
        """Passes the message in hand on, with the right to answer it."""
        check(lib.pst_forward(self._live(), actor.raw))

    def take(self, message: Message) -> Array:
        """The payload of the message in hand as a uint8 array that may be kept."""
        raw = c.Bytes()
        check(lib.pst_take(self._live(), byref(message._live()), byref(raw)))
        return np.asarray(Taken(raw))

    # ---- Actors

    def spawn(self, behaviour: Any, **options: Unpack[ActorOptions]) -> Actor:
        """An actor on its own; as ``Engine.spawn``."""
        return self._host.spawn((lib.pst_spawn, self._live()), behaviour, options)

    def spawn_child(self, behaviour: Any, **options: Unpack[ActorOptions]) -> Actor:
        """An actor that this one supervises, and that ends with it."""
        return self._host.spawn((lib.pst_spawn_child, self._live()), behaviour, options)

    def stop(self, actor: Actor, mode: StopMode | str = StopMode.LAST) -> None:
        check(lib.pst_stop(self._live(), actor.raw, choice(StopMode, mode, "mode")))

    def watch(self, actor: Actor) -> None:
        """This actor gets one ``DOWN`` when the other is gone."""
        check(lib.pst_watch(self._live(), actor.raw))

    def unwatch(self, actor: Actor) -> None:
        check(lib.pst_unwatch(self._live(), actor.raw))

    # ---- This actor

    def become(self, behaviour: Callable[..., Any]) -> None:
        """Another behaviour from the next message on; a restart undoes it."""
        pointer, cell = self._live(), self._cell
        if not callable(behaviour):
            raise TypeError(f"behaviour must be callable, not {describe(behaviour)}")
        if cell is None or cell.is_batch:
            raise StateError(
                "become is not for answers to a dispatcher, nor for batches"
            )
        check(lib.pst_become(pointer, self._host.behaviour))
        cell.behaviour = behaviour

    def stash(self) -> None:
        """Puts the message in hand aside until :meth:`unstash`."""
        check(lib.pst_stash(self._live()))

    def unstash(self) -> None:
        """Puts all that is aside back before what waits, in its order."""
        check(lib.pst_unstash(self._live()))

    def start_timer(
        self, delay: float, type: int, data: Any = b"", *, period: float = 0.0
    ) -> c.Timer:
        """A message to this actor after so many seconds, then every period (0: once).

        data: up to 48 bytes.
        """
        kept, size = payload(data)
        timer = c.Timer()
        check(
            lib.pst_timer_start(
                self._live(),
                nanoseconds(delay, "delay"),
                nanoseconds(period, "period"),
                count(type, "type", 32),
                address(kept),
                size,
                byref(timer),
            )
        )
        return timer

    def cancel_timer(self, timer: c.Timer) -> None:
        """StaleError: it has fired for the last time, or was cancelled."""
        check(lib.pst_timer_cancel(self._live(), timer))

    def idle_timeout(self, seconds: float) -> None:
        """An ``IDLE_TIMEOUT`` message whenever no other came for so long. 0: none."""
        check(lib.pst_idle_timeout(self._live(), nanoseconds(seconds, "seconds")))

    def fail(
        self, text: str, *, index: int = 0, status: int = Status.EUSER
    ) -> NoReturn:
        """Ends the call as a failure. index: of the message in a batch; those before it
        are handled, those after it wait."""
        if status in (Status.OK, Status.END):
            raise ValueError(f"{status!r} is not a failure")
        raise ElementFailure(count(index, "index"), text, status)
