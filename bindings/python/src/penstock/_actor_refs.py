"""References to actors that are objects, and what they understand."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable
from ctypes import byref, c_size_t
from itertools import islice
from typing import TYPE_CHECKING, Any, NoReturn

from penstock._actor_calls import ActorCall, BlockingCall, Call, LoopCall
from penstock._actor_messages import DEFAULT, MessageType
from penstock._current_actor import CALL, CurrentActor, pack, running
from penstock._library import lib
from penstock._signatures import Status, StopMode

if TYPE_CHECKING:
    from penstock._actor_host import ActorHost
    from penstock._actor_objects import ObjectCell
    from penstock._actors import Actor

_OK = int(Status.OK)


class ActorMessage:
    """One message that an actor understands: ``counter.add``.

    Arguments are those of the method, and go to it as they are: the same objects, not
    copies. What the method would not take raises TypeError here.
    """

    def __init__(
        self, actor: Actor, host: ActorHost, cell: ObjectCell, type: MessageType
    ) -> None:
        # Not the reference, which has this: dropping an engine takes no collector then.
        self._raw = actor.raw
        self._host = host
        self._cell = cell
        self._type = type
        self.__doc__ = type.doc
        self.__signature__ = type.signature

    @property
    def __name__(self) -> str:
        return self._type.name

    def send(self, *args: Any, **kwargs: Any) -> None:
        """Calls the method some time later; nobody gets its result.

        StaleError: the actor is gone. WouldBlockError: its mailbox is full.
        """
        type, cell = self._type, self._cell
        if kwargs or not type.needed <= len(args) <= type.most:
            type.check(args, kwargs)
        call = Call(type, args, kwargs)
        if cell.drops:
            self._lend(call)
            return
        number = next(self._host.numbers)
        cell.calls[number] = call
        current = running()
        if current is None or current.host is not self._host:
            status = lib.pst_actor_send(
                self._host.handle, self._raw, CALL, pack(number), 8
            )
        else:
            status = lib.pst_send(current.pointer(), self._raw, CALL, pack(number), 8)
        if status != _OK:
            cell.calls.pop(number, None)
            raise cell.failure(call, status)

    def send_many(self, values: Iterable[Any]) -> int:
        """A message for each value, its one argument, by one entry in the mailbox.

        Returns how many. When it raises, ``error.sent`` says how many were sent.
        """
        calls = [Call(self._type, (value,), {}) for value in values]
        if not calls:
            return 0
        self._type.check(calls[0].args, {})
        if self._cell.drops:
            for call in calls:
                self._lend(call)
            return len(calls)
        numbers = list(islice(self._host.numbers, len(calls)))
        self._cell.calls.update(zip(numbers, calls, strict=True))
        data = struct.pack(f"={len(numbers)}Q", *numbers)
        sent, current = c_size_t(), self._inside()
        if current is None:
            status = lib.pst_actor_send_many(
                self._host.handle,
                self._raw,
                CALL,
                data,
                8,
                len(calls),
                byref(sent),
            )
        else:
            status = lib.pst_send_many(
                current.pointer(), self._raw, CALL, data, 8, len(calls), byref(sent)
            )
        if status != _OK:
            # Dead letters count as sent.
            lost = numbers if status == Status.ESTALE else numbers[sent.value :]
            for number in lost:
                self._cell.calls.pop(number, None)
            error = self._cell.failure(calls[0], status)
            error.sent = sent.value  # type: ignore[attr-defined]
            raise error
        return len(calls)

    def ask(self, *args: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        """Calls the method, waits for its result and returns it.

        What the method raises is raised here. TimeoutError, StaleError, WouldBlockError
        (mailbox full), DeadlockError from inside a callback. Ctrl-C ends the wait.
        """
        self._type.check(args, kwargs)
        call = BlockingCall(self._type, args, kwargs)
        return self._host.object_asks.from_thread(self._cell, self._raw, call, timeout)

    def ask_async(
        self, *args: Any, timeout: float | None = None, **kwargs: Any
    ) -> asyncio.Future[Any] | ActorCall:
        """Asks without waiting; to be awaited, in asyncio or in a method of an actor.

        The message is sent at once. Raises like :meth:`ask`, at the await.
        """
        self._type.check(args, kwargs)
        asks, current = self._host.object_asks, self._inside()
        if current is not None:
            call = ActorCall(self._type, args, kwargs)
            return asks.from_actor(current, self._cell, self._raw, call, timeout)
        loop = asyncio.get_running_loop()
        waiting = LoopCall(loop, self._type, args, kwargs)
        return asks.from_loop(self._cell, self._raw, waiting, timeout, loop)

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise TypeError(
            f"{self._type.title} is a message: use .send(...), .ask(...) or "
            f"await .ask_async(...)"
        )

    def __repr__(self) -> str:
        return f"<message {self._type.title}{self._type.signature}>"

    def _inside(self) -> CurrentActor | None:
        """The actor that runs here, if it is one of the same engine."""
        current = running()
        return current if current is not None and current.host is self._host else None

    def _lend(self, call: Call) -> None:
        """To a mailbox that drops messages: it tells of each, by giving it back."""
        host, current = self._host, self._inside()
        if current is None:
            engine = host.handle
            host.lent.lend_call(
                self._cell,
                call,
                lambda raw: int(
                    lib.pst_actor_send_bytes(engine, self._raw, CALL, byref(raw))
                ),
            )
        else:
            pointer = current.pointer()
            host.lent.lend_call(
                self._cell,
                call,
                lambda raw: int(
                    lib.pst_send_bytes(pointer, self._raw, CALL, byref(raw))
                ),
            )


class ActorRef:
    """A reference to an actor that is an object, which may be gone.

    Its messages are attributes: ``counter.add.send(3)``, ``counter.total.ask()``,
    ``await counter.total.ask_async()``; ``dir(counter)`` lists them. An actor that is a
    function has one, which is the reference's own: ``greet.ask("you")``.

    Any thread may use it; it can be sent, and held by other actors. Dropping it stops
    nothing.
    """

    def __init__(self, actor: Actor, host: ActorHost, cell: ObjectCell) -> None:
        #: As the low layer names it: statistics, other kinds of stopping.
        self.actor = actor
        self._host = host
        self._cell = cell

    def __getattr__(self, name: str) -> ActorMessage:
        cell = self.__dict__.get("_cell")
        type = None if cell is None else cell.types.get(name)
        if cell is None or type is None:
            title = "it" if cell is None else cell.title
            known = "" if cell is None else ", ".join(sorted(cell.types))
            raise AttributeError(
                f"{title} understands no message {name!r}; it does: {known}"
            )
        made = ActorMessage(self.actor, self._host, cell, type)
        self.__dict__[name] = made
        return made

    @property
    def _default(self) -> ActorMessage:
        if DEFAULT not in self._cell.types:
            raise TypeError(
                f"{self._cell.title} is an actor of a class that cannot be called: say "
                f"which message, {self._cell.example}"
            )
        return self.__getattr__(DEFAULT)

    def send(self, *args: Any, **kwargs: Any) -> None:
        """Of a function, or of a class with ``__call__``."""
        self._default.send(*args, **kwargs)

    def send_many(self, values: Iterable[Any]) -> int:
        return self._default.send_many(values)

    def ask(self, *args: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        return self._default.ask(*args, timeout=timeout, **kwargs)

    def ask_async(
        self, *args: Any, timeout: float | None = None, **kwargs: Any
    ) -> asyncio.Future[Any] | ActorCall:
        return self._default.ask_async(*args, timeout=timeout, **kwargs)

    def stop(self, mode: StopMode | str = StopMode.LAST) -> None:
        """Ends it, after what was sent before or (StopMode.NOW) after this message."""
        self.actor.stop(mode)

    def __copy__(self) -> ActorRef:
        return self

    def __deepcopy__(self, memo: object) -> ActorRef:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} cannot be pickled: it is an actor of this process's engine"
        )

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._cell.types})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ActorRef):
            return NotImplemented
        return self.actor == other.actor

    def __hash__(self) -> int:
        return hash(self.actor)

    def __repr__(self) -> str:
        return f"<{self._cell.title} actor {self.actor.id:#x}>"
