"""Actors that are objects: messages are calls of their methods."""

from __future__ import annotations

import inspect
import logging
import struct
from collections.abc import Callable, Coroutine, Iterator
from ctypes import addressof, c_uint64, string_at
from typing import TYPE_CHECKING, Any, cast

from penstock import _signatures as c
from penstock._actor_calls import ActorCall, Awaited, Call
from penstock._actor_messages import DEFAULT, ON_STOP, CallType, MessageType
from penstock._current_actor import (
    CALL,
    TIMER,
    ActorTimer,
    CurrentActor,
    current_actor,
    enter,
)
from penstock._errors import PenstockError
from penstock._failures import fail, failing
from penstock._library import held, lib
from penstock._pointers import describe
from penstock._signatures import OnFailure, Overflow, Status, StopMode

if TYPE_CHECKING:
    from penstock._actor_host import ActorHost

_OK, _EUSER = int(Status.OK), int(Status.EUSER)
# type, token, size, data
_MESSAGE = struct.Struct("@I4xQNP")
_DOWN = c.DOWN
_log = logging.getLogger("penstock.actors")


class ObjectCell:
    """An actor whose state is a Python object, made by the actor itself."""

    def __init__(
        self,
        title: str,
        wrapped: Any,
        types: dict[str, MessageType],
        make: Callable[[], Any],
        options: c.ActorOptions,
    ) -> None:
        self.title = title
        self.wrapped = wrapped
        self.types = types
        #: Its mailbox drops messages, and must tell of each.
        self.drops = options.overflow in (Overflow.DROP_NEWEST, Overflow.DROP_OLDEST)
        self._resumes = options.on_failure == OnFailure.RESUMES
        self._make = make
        self._object: Any = None
        # Why there is none.
        self.start_error: BaseException | None = None
        self.is_gone = False
        self.id = 0
        #: Messages that were sent and have not arrived, by the number that travels.
        self.calls: dict[int, Call] = {}
        self.timers: dict[int, ActorTimer] = {}
        self.watched: dict[int, tuple[Callable[..., Any], tuple[Any, ...]]] = {}
        #: Asks of its own, with the cells of those that it has asked.
        self.asks: dict[int, tuple[Awaited, ObjectCell]] = {}
        # Methods that wait for an answer, and who waits for theirs.
        self._suspended: dict[Coroutine[Any, Any, Any], tuple[Call, int]] = {}

    # ---- What the engine tells

    def begin(self, host: ActorHost, pointer: int) -> int:
        """Before the first message, and at each restart."""
        with _Inside(host, pointer, self) as current:
            try:
                self._forsake(pointer)
                former, self._object = self._object, None
                self._stopped(former)
                self._object = self._make()
                self.start_error = None
            except BaseException as error:
                self.start_error = error
                _log.error("%s could not start", self.title, exc_info=error)
                if self._resumes:
                    # There is nothing to go on with.
                    lib.pst_stop(pointer, held.pst_self(pointer), StopMode.NOW)
                return self._fail(current, error, 0)
        return _OK

    def handle(self, host: ActorHost, pointer: int, raw: Any, count: int) -> int:
        """So many messages, by as few calls of methods as can be."""
        with _Inside(host, pointer, self) as current:
            work = self._groups(_messages(raw, count))
            for index, group in work:
                error = self._run(current, group)
                if error is not None:
                    return self._fail(current, error, index)
        return _OK

    def resume(self, host: ActorHost, pointer: int, call: ActorCall) -> int:
        """An answer that a method awaits."""
        with _Inside(host, pointer, self) as current:
            try:
                if call.resume is not None:
                    call.resume()
            except BaseException as error:
                return self._fail(current, error, 0)
        return _OK

    def end(self) -> None:
        self.is_gone = True
        for coroutine in list(self._suspended):
            self._close(coroutine)
        self._suspended.clear()
        for number, (_, asked) in self.asks.items():
            asked.calls.pop(number, None)
        self.asks.clear()
        former, self._object = self._object, None
        self._stopped(former)
        self.calls.clear()
        self.timers.clear()

    # ---- What askers are told

    def failure(self, call: Call, status: int) -> PenstockError:
        failure = call.failure(status)
        failure.__cause__ = self.start_error
        return failure

    def explain(self, call: Awaited, status: int) -> None:
        """Where the actor itself had no chance to."""
        if status != _OK and call.error is None and self.start_error is not None:
            call.error = self.failure(call, status)

    @property
    def example(self) -> str:
        """How to send one of its messages."""
        return " or ".join(f".{name}.send(...)" for name in sorted(self.types)[:2])

    # ---- Messages

    def _groups(
        self, messages: Iterator[tuple[int, int, int, int]]
    ) -> Iterator[tuple[int, list[tuple[Call, int]]]]:
        """Calls with their tokens, those of a batched method together; and the index
        of the last of them."""
        group: list[tuple[Call, int]] = []
        index = -1
        for index, (kind, token, size, data) in enumerate(messages):
            # Before the message is taken: when the group fails it stays in the mailbox.
            if group and not self._joins(group[0][0].type, kind, data):
                yield index - 1, group
                group = []
            call = self._arrived(kind, size, data)
            if call is None:
                continue
            group.append((call, token))
            if not call.type.is_batched:
                yield index, group
                group = []
        if group:
            yield index, group

    def _joins(self, type: CallType, kind: int, data: int) -> bool:
        if kind != CALL:
            return False
        call = self.calls.get(c_uint64.from_address(data).value)
        return call is not None and call.type is type

    def _arrived(self, kind: int, size: int, data: int) -> Call | None:
        if kind == CALL and size == 8:
            call = self.calls.pop(c_uint64.from_address(data).value, None)
            if call is not None:
                return call
        elif kind == TIMER and size == 8:
            timer = self.timers.get(c_uint64.from_address(data).value)
            if timer is None:  # cancelled, by a message of this very batch
                return None
            if not timer.is_periodic:
                del self.timers[c_uint64.from_address(data).value]
            return self._call_back(timer.callback, timer.args)
        elif kind == _DOWN:
            down = c.Down.from_address(data)
            found = self.watched.pop(down.actor.id, None)
            return None if found is None else self._call_back(*found)
        return self._call_back(self._refuse, (kind, size))

    def _refuse(self, kind: int, size: int) -> None:
        raise TypeError(
            f"{self.title} got a message of type {kind} and {size} bytes; it takes "
            f"those that ActorRef sends: {', '.join(sorted(self.types))}"
        )

    def _call_back(self, callback: Any, args: tuple[Any, ...]) -> Call:
        owner = getattr(callback, "__self__", None)
        if owner is not None and type(owner) is type(self._object):
            # After a restart that of the former object means that of the new one.
            callback = getattr(self._object, callback.__name__)
        return _Callback(self.title, callback, args)

    def _run(
        self, current: CurrentActor, group: list[tuple[Call, int]]
    ) -> BaseException | None:
        """One call of a method; its failure, if it is one."""
        call, token = group[0]
        try:
            if call.type.is_batched:
                self._run_batch(current, group)
            else:
                result = self._method(call)(*call.args, **call.kwargs)
                if inspect.iscoroutine(result):
                    self._step(current, result, call, token)
                else:
                    _answer(current, call, token, result)
        except BaseException as error:
            for each, other in group:
                each.error = error
                if other and each is not group[-1][0]:
                    lib.pst_reply(current.pointer(), c.Token(other), _EUSER, None, 0)
            if any(each.is_given_up for each, _ in group):
                _tell(call, error)
            return error
        return None

    def _method(self, call: Call) -> Callable[..., Any]:
        if isinstance(call, _Callback):
            function: Callable[..., Any] = call.function
            return function
        name = call.type.name
        found: Any = self._object
        return cast(
            "Callable[..., Any]", found if name == DEFAULT else getattr(found, name)
        )

    def _run_batch(self, current: CurrentActor, group: list[tuple[Call, int]]) -> None:
        call = group[0][0]
        results = self._method(call)([each.args[0] for each, _ in group])
        if results is None:
            results = [None] * len(group)
        try:
            number = len(results)
        except TypeError:
            number = -1
        if number != len(group):
            got = describe(results) if number < 0 else f"{number} results"
            raise TypeError(
                f"{call.type.title} is batched and got {len(group)} messages; expected "
                f"as many results in a list, or None, not {got}"
            )
        for (each, token), result in zip(group, results, strict=True):
            _answer(current, each, token, result)

    # ---- Methods that are coroutines

    def _step(
        self,
        current: CurrentActor,
        coroutine: Coroutine[Any, Any, Any],
        call: Call,
        token: int,
    ) -> None:
        """Runs it to its next await that has no answer yet."""
        self._suspended.pop(coroutine, None)
        send: Callable[[], Any] = lambda: coroutine.send(None)  # noqa: E731
        while True:
            try:
                waits_for = send()
            except StopIteration as stop:
                _answer(current, call, token, stop.value)
                return
            if not isinstance(waits_for, ActorCall):
                mistake = TypeError(
                    f"{call.type.title} awaits {describe(waits_for)}; a method of an "
                    f"actor can await ask_async of other actors, and has no event loop"
                )
                send = lambda: coroutine.throw(mistake)  # noqa: B023, E731
            elif waits_for.status is None:
                self._suspended[coroutine] = (call, token)
                waits_for.resume = lambda: self._resume(coroutine, call, token)
                return

    def _resume(
        self, coroutine: Coroutine[Any, Any, Any], call: Call, token: int
    ) -> None:
        current = current_actor()
        if coroutine not in self._suspended:
            return  # of a former life
        try:
            self._step(current, coroutine, call, token)
        except BaseException as error:
            call.error = error
            if token:
                lib.pst_reply(current.pointer(), c.Token(token), _EUSER, None, 0)
            if call.is_given_up:
                _tell(call, error)
            raise

    def _forsake(self, pointer: int) -> None:
        """At a restart: what the former object was about to do."""
        for coroutine, (call, token) in list(self._suspended.items()):
            self._close(coroutine)
            call.error = call.failure(Status.EUSER)
            if token:
                lib.pst_reply(pointer, c.Token(token), _EUSER, None, 0)
        self._suspended.clear()

    # ---- The end of an object, and of a call

    def _close(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        try:
            coroutine.close()
        except Exception as error:
            _log.error("%s: at its end", self.title, exc_info=error)

    def _stopped(self, former: Any) -> None:
        stop = None if former is None else getattr(former, ON_STOP, None)
        if stop is None or not inspect.ismethod(stop):
            return
        try:
            stop()
        except Exception as error:
            _log.error("%s.%s failed", self.title, ON_STOP, exc_info=error)

    def _fail(self, current: CurrentActor, error: BaseException, index: int) -> int:
        if not isinstance(error, Exception):
            current.host.interrupted(error)
        _, status, text = failing(error)
        return fail(current.pointer(), status, index, text)


class _Inside:
    """A call of the engine for an actor, during which it is the current one."""

    __slots__ = ("_before", "_current")

    def __init__(self, host: ActorHost, pointer: int, cell: ObjectCell) -> None:
        self._current = CurrentActor(host, pointer, cell)

    def __enter__(self) -> CurrentActor:
        self._before = enter(self._current)
        return self._current

    def __exit__(self, *_: object) -> None:
        enter(self._before)


class _Callback(Call):
    """Of a timer or a watch."""

    __slots__ = ("function",)

    def __init__(self, title: str, function: Any, args: tuple[Any, ...]) -> None:
        name = getattr(function, "__name__", "callback")
        super().__init__(CallType(name, f"{title}.{name}"), args, {})
        self.function = function


def _messages(raw: Any, count: int) -> Iterator[tuple[int, int, int, int]]:
    """type, token, size and address of the data of each."""
    whole = string_at(addressof(raw.contents), count * _MESSAGE.size)
    return _MESSAGE.iter_unpack(whole)


def _answer(current: CurrentActor, call: Call, token: int, result: Any) -> None:
    call.result = result
    if token:
        cast(Awaited, call).answered()
        # It may be too late, or the actor that asked may be gone.
        lib.pst_reply(current.pointer(), c.Token(token), _OK, None, 0)


def _tell(call: Call, error: BaseException) -> None:
    """As asyncio does of tasks: what nobody else would hear of."""
    _log.error("%s failed, and nobody waits for it", call.type.title, exc_info=error)
