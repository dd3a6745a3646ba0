"""Messages that are calls of an actor's methods, and the ways to wait for one.

What travels through the mailbox is a number; the method's name and its arguments stay
here, in the receiver's cell, and so do its result and what it raised. So anything in
Python can be sent, nothing is copied, and the asker gets the very exception.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from penstock._errors import ActorError, PenstockError, error_of
from penstock._failures import note
from penstock._signatures import Status

if TYPE_CHECKING:
    from penstock._actor_messages import CallType

_OK = int(Status.OK)
#: Why an ask has ended without an answer.
ENDS: dict[int, str] = {
    Status.ESTALE: "the actor is gone",
    Status.ETIMEDOUT: "no answer came in time",
    Status.EAGAIN: "the actor's mailbox is full",
    Status.EDEADLK: "nothing can happen any more that would answer",
    Status.EUSER: "the actor failed",
}


class Call:
    """One message. By itself one that nobody waits for: see :class:`Awaited`."""

    __slots__ = ("args", "error", "kwargs", "result", "type")

    result: Any
    error: BaseException | None
    #: Nobody will look at what becomes of it.
    is_given_up = True

    # Sends are many and short, so nothing is set here that only asks need.
    def __init__(
        self, type: CallType, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.type = type
        self.args = args
        self.kwargs = kwargs

    def failure(self, status: int) -> PenstockError:
        text = ENDS.get(status)
        return error_of(status, None if text is None else f"{self.type.title}: {text}")


class Awaited(Call):
    """A call that somebody waits for."""

    __slots__ = ("is_given_up", "status")

    def __init__(self, *call: Any) -> None:
        super().__init__(*call)
        self.is_given_up = False
        self.result = None
        self.error = None
        self.status: int | None = None

    def answered(self) -> None:
        """The behaviour has set the result; the engine will say so as well."""

    def ended(self, status: int) -> None:
        """The engine says how it ended."""
        self.status = status

    def give_up(self, status: int) -> None:
        """As `ended`, from any thread."""
        self.ended(status)

    def outcome(self) -> Any:
        """The result; raises what the method did, or why there is no answer."""
        error = self.error
        if error is not None:
            raise _for_asker(error, self.type.title)
        if self.status is not None and self.status != _OK:
            raise self.failure(self.status)
        return self.result


class BlockingCall(Awaited):
    """A thread waits, on a lock: Ctrl-C ends that, and no call of the library is under
    way that it would have to wait for."""

    __slots__ = ("_done",)

    def __init__(self, *call: Any) -> None:
        super().__init__(*call)
        self._done = threading.Lock()
        self._done.acquire()

    def answered(self) -> None:
        # Now, not when the engine's thread for answers comes to it: that one may be in
        # a long call.
        self.ended(_OK)

    def ended(self, status: int) -> None:
        if self.status is None:
            self.status = status
            # Answered and ended may come at the same time, on different threads.
            with contextlib.suppress(RuntimeError):
                self._done.release()

    def wait(self, timeout: float | None) -> Any:
        try:
            limit = -1 if timeout is None else min(timeout, threading.TIMEOUT_MAX)
            if not self._done.acquire(timeout=limit):
                raise self.failure(Status.ETIMEDOUT)
            return self.outcome()
        finally:
            self.is_given_up = True


class LoopCall(Awaited):
    """An event loop's future waits. Ends on the loop's thread."""

    __slots__ = ("future",)

    def __init__(self, loop: asyncio.AbstractEventLoop, *call: Any) -> None:
        super().__init__(*call)
        self.future: asyncio.Future[Any] = loop.create_future()

    def ended(self, status: int) -> None:
        if self.status is not None:
            return
        self.status = status
        self.is_given_up = True
        if self.future.done():  # it was cancelled
            return
        try:
            self.future.set_result(self.outcome())
        except BaseException as error:
            self.future.set_exception(error)

    def give_up(self, status: int) -> None:
        # A loop that is closed has nobody who waits.
        with contextlib.suppress(RuntimeError):
            self.future.get_loop().call_soon_threadsafe(self.ended, status)


class ActorCall(Awaited):
    """An actor waits, in a method that is a coroutine."""

    __slots__ = ("resume",)

    def __init__(self, *call: Any) -> None:
        super().__init__(*call)
        # Goes on with the coroutine that awaits it.
        self.resume: Callable[[], None] | None = None

    def __await__(self) -> Generator[ActorCall, None, Any]:
        if self.status is None:
            yield self
        return self.outcome()


def _for_asker(error: BaseException, title: str) -> BaseException:
    """The exception itself, unless it would mean something else where it arrives."""
    wrong = (StopIteration, StopAsyncIteration, GeneratorExit, asyncio.CancelledError)
    if isinstance(error, Exception) and not isinstance(error, wrong):
        note(error, f"in {title}")
        return error
    failure = ActorError(f"{title}: {type(error).__name__}: {error}", Status.EUSER)
    failure.__cause__ = error
    return failure
