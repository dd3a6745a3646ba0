"""The program's own threads run actors."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import byref, c_size_t
from typing import TYPE_CHECKING, Any

from penstock import _signatures as c
from penstock._actors import Actor
from penstock._choices import count, nanoseconds
from penstock._closable import Closable
from penstock._errors import check, throw
from penstock._library import lib
from penstock._messages import address, payload
from penstock._signatures import Status
from penstock._waiting import wait

if TYPE_CHECKING:
    from penstock._actor_host import ActorHost


class Dispatcher(Closable[c.Dispatcher]):
    """Actors that were spawned with it run only inside :meth:`poll`.

    Made by ``Engine.dispatcher``. It ends with its engine at the latest. One thread
    polls at a time; ``fileno`` makes it fit for selectors and event loops.
    """

    _title = "the dispatcher"

    def __init__(self, host: ActorHost, handle: c.Dispatcher) -> None:
        self._handle = handle
        self._host = host

    def poll(self, max_messages: int = 0, timeout: float | None = 0.0) -> int:
        """Handles up to so many messages (0: all there are); returns how many.

        First waits up to timeout seconds for something to do; 0 where nothing came.
        BusyError: another thread polls. StateError: the actors were stopped.
        """
        handle, handled = self._live(), c_size_t()
        most = count(max_messages, "max_messages")
        status = wait(
            lambda limit: int(
                lib.pst_dispatcher_poll(handle, most, limit, byref(handled))
            ),
            timeout,
            sliced=not self._host.is_simulated,
            calls_back=True,
        )
        self._host.raise_interrupt()
        if status in (Status.ETIMEDOUT, Status.EAGAIN):
            return 0
        check(status)
        return handled.value

    def fileno(self) -> int:
        """A descriptor that is readable while there may be something to do."""
        number: int = lib.pst_dispatcher_fd(self._live())
        if number < 0:
            throw(Status.EHANDLE)
        return number

    def ask(
        self,
        actor: Actor,
        type: int,
        data: Any = b"",
        timeout: float | None = None,
        *,
        answer: Callable[..., Any],
    ) -> None:
        """Asks without waiting: ``answer(context, status, message)`` inside a poll."""
        handle = self._live()
        kept, size = payload(data)
        self._host.asking(
            answer,
            self._host.asks,
            lambda function, token: int(
                lib.pst_dispatcher_ask(
                    handle,
                    actor.raw,
                    count(type, "type", 32),
                    address(kept),
                    size,
                    nanoseconds(timeout),
                    function,
                    token,
                )
            ),
        )

    def close(self) -> None:
        """Ends the actors that it runs, on this thread."""
        handle = self._handle
        if handle is None:
            return
        lib.pst_dispatcher_destroy(handle)
        # It is still there when it was called from inside one of them.
        if lib.pst_dispatcher_fd(handle) >= 0:
            throw(Status.EDEADLK)
        self._handle = None
