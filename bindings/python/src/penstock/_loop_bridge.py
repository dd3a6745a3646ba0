"""An event loop of asyncio that hears of the ends of asks by a descriptor."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from penstock import _signatures as c
from penstock._library import lib
from penstock._signals import put_off
from penstock._signatures import Status

if TYPE_CHECKING:
    from penstock._actor_host import ActorHost


class LoopBridge:
    """A dispatcher whose descriptor the loop watches; it polls when that is readable.

    One for each loop, however many asks are under way.
    """

    def __init__(self, host: ActorHost, loop: asyncio.AbstractEventLoop) -> None:
        self._host = host
        self._loop = loop
        self._dispatcher = host.dispatcher()
        self.handle: c.Dispatcher = self._dispatcher._live()
        # One of its own: the dispatcher may be gone, and its number another file's,
        # before the loop has taken it off its list.
        self._descriptor = os.dup(self._dispatcher.fileno())
        loop.add_reader(self._descriptor, self._poll)

    def asked(self) -> None:
        if self._host.is_simulated:
            # Nothing happens there by itself.
            self._loop.call_soon(self._simulate)

    def _poll(self) -> None:
        with put_off():
            lib.pst_dispatcher_poll(self.handle, 0, 0, None)
        self._host.raise_interrupt()

    def _simulate(self) -> None:
        waiting = self._host.object_asks.waits(self._loop)
        if not waiting:
            return
        with put_off():
            status = lib.pst_dispatcher_poll(self.handle, 0, c.FOREVER, None)
        self._host.raise_interrupt()
        if status in (Status.ETIMEDOUT, Status.EAGAIN):
            for call in waiting:
                call.ended(Status.EDEADLK)

    def close(self) -> None:
        """On any thread."""
        self._dispatcher.close()
        if self._loop.is_closed():
            os.close(self._descriptor)
            return
        try:
            self._loop.call_soon_threadsafe(self._forget)
        except RuntimeError:  # closed meanwhile
            os.close(self._descriptor)

    def _forget(self) -> None:
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
