"""Asks of actors that are objects: who waits, and how the end of each gets there."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from ctypes import byref, c_size_t
from typing import TYPE_CHECKING, Any, cast

from penstock import _signatures as c
from penstock._actor_calls import ActorCall, Awaited, BlockingCall, LoopCall
from penstock._choices import nanoseconds
from penstock._current_actor import CALL, CurrentActor, pack
from penstock._errors import DeadlockError
from penstock._library import lib
from penstock._loop_bridge import LoopBridge
from penstock._signals import is_inside
from penstock._signatures import Status
from penstock._waiting import wait

if TYPE_CHECKING:
    from penstock._actor_host import ActorHost
    from penstock._actor_objects import ObjectCell

_OK = int(Status.OK)


class Asks:
    """Of one engine."""

    def __init__(self, host: ActorHost) -> None:
        self._host = host
        # Of threads and event loops, with the cells of those that were asked.
        self._open: dict[int, tuple[Awaited, ObjectCell]] = {}
        self._finish = c.AnswerFunction(host.caught(self._finished))
        self._bridges: dict[asyncio.AbstractEventLoop, LoopBridge] = {}
        self._lock = threading.Lock()

    # ---- Asking

    def from_thread(
        self,
        cell: ObjectCell,
        actor: c.Actor,
        call: BlockingCall,
        timeout: float | None,
    ) -> Any:
        if is_inside(sys._getframe()):
            raise DeadlockError(
                f"{call.type.title}: ask would wait inside of a callback; a method "
                f"of an actor that is a coroutine can await ask_async(...)"
            )
        limit = nanoseconds(timeout)
        if self._host.is_simulated:
            return self._simulated(cell, actor, call, limit)
        handle = self._host.own_dispatcher()._live()
        self._ask(
            self._open,
            cell,
            call,
            lambda data, number: int(
                lib.pst_dispatcher_ask(
                    handle, actor, CALL, data, 8, limit, self._finish, number
                )
            ),
        )
        return call.wait(timeout)

    def from_loop(
        self,
        cell: ObjectCell,
        actor: c.Actor,
        call: LoopCall,
        timeout: float | None,
        loop: asyncio.AbstractEventLoop,
    ) -> asyncio.Future[Any]:
        bridge = self._bridge(loop)
        limit = nanoseconds(timeout)
        self._ask(
            self._open,
            cell,
            call,
            lambda data, number: int(
                lib.pst_dispatcher_ask(
                    bridge.handle, actor, CALL, data, 8, limit, self._finish, number
                )
            ),
        )
        bridge.asked()
        return call.future

    def from_actor(
        self,
        current: CurrentActor,
        cell: ObjectCell,
        actor: c.Actor,
        call: ActorCall,
        timeout: float | None,
    ) -> ActorCall:
        pointer, limit = current.pointer(), nanoseconds(timeout)
        self._ask(
            current.cell.asks,
            cell,
            call,
            lambda data, number: int(
                lib.pst_ask(pointer, actor, CALL, data, 8, limit, self._finish, number)
            ),
        )
        return call

    def _ask(
        self,
        table: dict[int, tuple[Awaited, ObjectCell]],
        cell: ObjectCell,
        call: Awaited,
        ask: Callable[[bytes, int], int],
    ) -> None:
        number = self._host.next_number()
        cell.calls[number] = call
        table[number] = (call, cell)
        status = ask(pack(number), number)
        if status != _OK:
            table.pop(number, None)
            cell.calls.pop(number, None)
            raise cell.failure(call, status)

    def _simulated(
        self, cell: ObjectCell, actor: c.Actor, call: BlockingCall, limit: int
    ) -> Any:
        """Here this thread runs everything, in virtual time."""
        number = self._host.next_number()
        cell.calls[number] = call
        data, size = pack(number), c_size_t(0)
        engine = self._host.handle
        try:
            status = wait(
                lambda left: int(
                    lib.pst_actor_ask(
                        engine, actor, CALL, data, 8, left, None, byref(size)
                    )
                ),
                None if limit == c.FOREVER else limit / 1e9,
                sliced=False,
                calls_back=True,
            )
        finally:
            cell.calls.pop(number, None)
            call.is_given_up = True
        self._host.raise_interrupt()
        cell.explain(call, status)
        call.status = status
        return call.outcome()

    # ---- The ends

    def _finished(
        self, pointer: int, state: int | None, status: int, _: Any, number: int
    ) -> int:
        asker = None if state is None else self._host.object_cell(state)
        call, cell = (self._open if asker is None else asker.asks).pop(number)
        cell.calls.pop(number, None)
        cell.explain(call, status)
        call.ended(status)
        if asker is None:
            return _OK
        return asker.resume(self._host, pointer, cast(ActorCall, call))

    def waits(self, loop: asyncio.AbstractEventLoop) -> list[LoopCall]:
        """What the loop waits for."""
        return [
            call
            for call, _ in self._open.values()
            if isinstance(call, LoopCall) and call.future.get_loop() is loop
        ]

    def close(self) -> None:
        """When the actors were stopped: nobody will answer any more."""
        while self._open:
            _, (call, _) = self._open.popitem()
            call.give_up(Status.ESTALE)
        with self._lock:
            for bridge in self._bridges.values():
                bridge.close()
            self._bridges.clear()

    def _bridge(self, loop: asyncio.AbstractEventLoop) -> LoopBridge:
        found = self._bridges.get(loop)
        if found is not None:
            return found
        with self._lock:
            # There are few, so those of loops that have ended give theirs back.
            for other in [each for each in self._bridges if each.is_closed()]:
                self._bridges.pop(other).close()
            made = self._bridges[loop] = LoopBridge(self._host, loop)
            return made
