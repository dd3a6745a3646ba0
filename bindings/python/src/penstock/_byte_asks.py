"""Asks whose messages and answers are bytes, for a thread that waits."""

from __future__ import annotations

import sys
import threading
from ctypes import byref, c_size_t
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock._actor_calls import ENDS
from penstock._errors import PenstockError, error_of, last_error
from penstock._library import lib
from penstock._messages import Message, address, payload
from penstock._signals import is_inside
from penstock._signatures import Status
from penstock._waiting import wait

if TYPE_CHECKING:
    from penstock._actor_host import ActorHost
    from penstock._actors import Actor
    from penstock._dispatcher import Dispatcher

_OK = int(Status.OK)


class ByteAsks:
    """Of one engine."""

    def __init__(self, host: ActorHost) -> None:
        self._host = host
        self._dispatcher: Dispatcher | None = None

    def ask(
        self, actor: Actor, type: int, data: Any, timeout: float | None, room: int
    ) -> bytes:
        dispatcher = self._of_main_thread()
        if dispatcher is None:
            return self._plain(actor, type, data, timeout, room)
        return self._interruptible(dispatcher, actor, type, data, timeout, room)

    def _of_main_thread(self) -> Dispatcher | None:
        """None where signals are not handled, or where a callback would wait: that the
        library refuses."""
        main = threading.main_thread().ident
        if threading.get_ident() != main or self._host.is_simulated:
            return None
        if is_inside(sys._getframe()):
            return None
        if self._dispatcher is None or self._dispatcher.closed:
            try:
                self._dispatcher = self._host.dispatcher()
            except PenstockError:
                # There are as many as there can be.
                return None
        return self._dispatcher

    def _interruptible(
        self,
        dispatcher: Dispatcher,
        actor: Actor,
        type: int,
        data: Any,
        timeout: float | None,
        room: int,
    ) -> bytes:
        """The end of the ask comes in polls, between which Python sees signals."""
        ends: list[tuple[int, bytes]] = []

        def ended(_: object, status: int, message: Message) -> None:
            ends.append((status, message.data))

        dispatcher.ask(actor, type, data, timeout, answer=ended)
        handle = dispatcher._live()
        while not ends:
            status = wait(
                lambda limit: int(lib.pst_dispatcher_poll(handle, 0, limit, None)),
                None,
                sliced=True,
                calls_back=True,
            )
            self._host.raise_interrupt()
            if status == Status.ESTATE:
                # The actors were stopped, by another thread.
                ends.append((Status.ESTALE, b""))
            elif status != _OK:
                raise error_of(status)
        status, answer = ends[0]
        if status != _OK:
            own = f"the answer's status is {int(status)}"
            raise self._failure(actor, status, f"ask: {ENDS.get(status, own)}")
        if len(answer) > room:
            text = f"ask: the answer has {len(answer)} bytes, and room is for {room}"
            raise error_of(Status.EINVAL, text)
        return answer

    def _plain(
        self, actor: Actor, type: int, data: Any, timeout: float | None, room: int
    ) -> bytes:
        kept, size = payload(data)
        answer = np.empty(room, np.uint8)
        length = c_size_t(room)
        status = wait(
            lambda limit: int(
                lib.pst_actor_ask(
                    actor.engine._live(),
                    actor.raw,
                    type,
                    address(kept),
                    size,
                    limit,
                    answer.ctypes.data if room else None,
                    byref(length),
                )
            ),
            timeout,
            sliced=False,
            calls_back=self._host.is_simulated,
        )
        self._host.raise_interrupt()
        if status != _OK:
            raise self._failure(actor, status, last_error())
        return answer[: length.value].tobytes()

    def _failure(self, actor: Actor, status: int, text: str) -> PenstockError:
        if status >= Status.EUSER:
            return self._host.failures.explain(actor.id, status, text)
        return error_of(status, text)
