"""Actors in Python: the functions in C that stand for them, and the thread that runs
them.

All actors in Python of an engine share these functions; the state that the library
gives them is a number, which leads to the actor's cell.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable
from ctypes import byref
from typing import TYPE_CHECKING, Any, cast

from penstock import _signatures as c
from penstock._actor_asks import Asks
from penstock._actor_cell import Cell, status_of
from penstock._actor_context import ActorContext
from penstock._actor_events import event_function
from penstock._actor_failures import ActorFailures
from penstock._actor_objects import ObjectCell
from penstock._actors import Actor, ActorCounts, ActorEvent
from penstock._byte_asks import ByteAsks
from penstock._choices import count, text
from penstock._dispatcher import Dispatcher
from penstock._errors import StateError, as_status, check, error_of
from penstock._failures import ElementFailure, fail, failing, forget_locals
from penstock._lent_payloads import LentPayloads
from penstock._library import held, lib
from penstock._messages import Message, address, payload
from penstock._pointers import (
    data_address,
    describe,
    function_address,
    required_function,
)
from penstock._signals import deliver, guard, pending
from penstock._signatures import Status
from penstock._spans import is_any_kept, kept
from penstock._spawning import ActorOptions, raw_options
from penstock._stage import record

if TYPE_CHECKING:
    from penstock._engine import Engine

_CANCELED = int(Status.ECANCELED)


class ActorHost:
    """Of one engine. Does not keep it alive: its own thread refers to this."""

    def __init__(self, engine: Engine, handle: c.Engine) -> None:
        self._engine = weakref.ref(engine)
        self.handle = handle
        self.is_simulated = engine._is_simulated
        self.numbers = itertools.count(1)
        self._cells: dict[int, Cell | ObjectCell] = {}
        self.failures = ActorFailures()
        self.lent = LentPayloads(self.numbers)
        self._keep: list[Any] = []
        # Of dispatchers, and with their answers' functions.
        self.asks: dict[int, Callable[..., Any]] = {}
        self._dispatchers: list[Dispatcher] = []
        self._own: Dispatcher | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._is_stopped = False
        self._event: Any = None
        # By thread: what ends the program rather than an actor.
        self._interrupts: dict[int, BaseException] = {}
        self.behaviour = c.BehaviourFunction(self.caught(self._behave))
        self._batch = c.BatchFunction(self.caught(self._behave_batch))
        self._start = c.StartFunction(self.caught(self._start_cell))
        self._destroy = c.DestroyStateFunction(self._destroy_cell)
        self._answer = c.AnswerFunction(self.caught(self._give_answer))
        # Actors that are objects: by id, and those who ask them.
        self.objects: dict[int, ObjectCell] = {}
        self.object_asks = Asks(self)
        self.byte_asks = ByteAsks(self)

    def next_number(self) -> int:
        """Of what goes to the library as a number."""
        return next(self.numbers)

    def engine(self) -> Engine:
        engine = self._engine()
        if engine is None:
            raise StateError("the engine is gone")
        return engine

    # ---- Spawning

    def spawn(
        self,
        parent: tuple[Any, int] | None,
        behaviour: Any,
        options: ActorOptions,
    ) -> Actor:
        """parent: pst_spawn or pst_spawn_child, and its context; or None."""
        raw = raw_options(options)
        if function_address(behaviour) is not None:
            return self._spawn_native(parent, behaviour, options, raw)
        if not callable(behaviour):
            raise TypeError(
                f"behaviour must be callable or a function in C, not "
                f"{describe(behaviour)}"
            )
        if options.get("state") is not None:
            raise TypeError("state is for actors in C; one in Python has its own")
        cell = Cell(behaviour, options)
        return self.spawn_cell(parent, cell, raw, is_batch=cell.is_batch)

    def spawn_cell(
        self,
        parent: tuple[Any, int] | None,
        cell: Cell | ObjectCell,
        raw: c.ActorOptions,
        *,
        is_batch: bool,
    ) -> Actor:
        raw.start = function_address(self._start)
        raw.destroy = function_address(self._destroy)
        if is_batch:
            raw.batch = function_address(self._batch)
        if not raw.dispatcher and not self.is_simulated:
            raw.dispatcher = self.own_dispatcher()._live()
        number = self.next_number()
        self._cells[number] = cell
        function = None if is_batch else self.behaviour
        try:
            return self._call_spawn(parent, function, number, raw)
        except BaseException:
            self._cells.pop(number, None)
            raise

    def _spawn_native(
        self,
        parent: tuple[Any, int] | None,
        behaviour: Any,
        options: ActorOptions,
        raw: c.ActorOptions,
    ) -> Actor:
        for name in ("start", "destroy"):
            value = options.get(name)
            if value is not None:
                setattr(raw, name, required_function(value, f"{name} of an actor in C"))
        state = options.get("state")
        function = function_address(behaviour)
        if options.get("batch", False):
            raw.batch, function = function, None
        made = self._call_spawn(parent, function, data_address(state, "state"), raw)
        self._keep.append((behaviour, state, options))
        return made

    def _call_spawn(
        self, parent: tuple[Any, int] | None, function: Any, state: Any, raw: Any
    ) -> Actor:
        made = c.Actor()
        call, scope = parent or (lib.pst_actor_spawn, self.handle)
        check(call(scope, function, state, byref(raw), byref(made)))
        return Actor(self.engine(), made)

    # ---- What the library calls

    def caught(self, function: Callable[..., int]) -> Callable[..., int]:
        @guard
        def call(*arguments: Any) -> int:
            try:
                if pending:
                    deliver()
                return function(*arguments)
            except BaseException as error:  # of a signal in between
                self.interrupted(error)
                return _CANCELED

        return call

    def interrupted(self, error: BaseException) -> None:
        """To be raised on this thread, when it comes back from the library."""
        self._interrupts[threading.get_ident()] = error

    def raise_interrupt(self) -> None:
        """After callbacks may have run on this thread: what they could not raise."""
        error = self._interrupts.pop(threading.get_ident(), None)
        if error is not None:
            raise error

    def _behave(self, pointer: int, state: int, raw: Any) -> int:
        cell = cast("Cell", self._cells[state])
        message = Message(self, raw[0])
        return self.run(
            pointer, cell, [message], lambda cx: cell.behaviour(cx, message)
        )

    def _behave_batch(self, pointer: int, state: int, raw: Any, number: int) -> int:
        return self._cells[state].handle(self, pointer, raw, number)

    def _start_cell(self, pointer: int, state: int) -> int:
        return self._cells[state].begin(self, pointer)

    def _destroy_cell(self, state: int) -> None:
        cell = self._cells.pop(state)
        cell.end()
        if isinstance(cell, ObjectCell):
            self.objects.pop(cell.id, None)

    def _give_answer(
        self, pointer: int, state: int | None, status: int, raw: Any, token: int
    ) -> int:
        cell = None if state is None else cast("Cell", self._cells[state])
        answer = (self.asks if cell is None else cell.asks).pop(token)
        message = Message(self, raw[0])
        return self.run(
            pointer,
            cell,
            [message],
            lambda cx: answer(cx, as_status(status), message),
        )

    def run(
        self,
        pointer: int,
        cell: Cell | None,
        messages: list[Message],
        call: Callable[[ActorContext], Any],
    ) -> int:
        context = ActorContext(self, pointer, cell)
        try:
            result = call(context)
            status = status_of(result)
            for message in messages:
                if kept(message._views):
                    raise BufferError(
                        "a behaviour kept an array of its message, whose memory is "
                        "used again: keep a copy, or context.take(message)"
                    )
        except BaseException as error:
            status = self._failed(pointer, cell, messages, error)
        finally:
            context._pointer = None
            for message in messages:
                message.raw = None
                message._views.clear()
        return status

    def _failed(
        self,
        pointer: int,
        cell: Cell | None,
        messages: list[Message],
        error: BaseException,
    ) -> int:
        if any(is_any_kept(message._views) for message in messages):
            # The frames of its traceback would go on to show memory that is gone.
            forget_locals(error)
        actor = held.pst_self(pointer).id
        self.failures.remember(actor, error)
        if not isinstance(error, Exception):
            self.interrupted(error)
        index, status, text = failing(error)
        is_batch = cell is not None and cell.is_batch
        if is_batch and not isinstance(error, ElementFailure):
            # To say which message it was would be to say that those before are done.
            return status
        return fail(pointer, status, index, text)

    # ---- Asks

    def asking(
        self,
        answer: Callable[..., Any],
        asks: dict[int, Callable[..., Any]],
        call: Callable[[Any, int], int],
    ) -> None:
        if not callable(answer):
            raise TypeError(f"answer must be callable, not {describe(answer)}")
        token = self.next_number()
        asks[token] = answer
        status = call(self._answer, token)
        if status:
            asks.pop(token, None)
            raise error_of(status)

    # ---- All actors

    def remember(self, actor: Actor, cell: ObjectCell) -> None:
        self.objects[actor.id] = cell
        cell.id = actor.id
        if cell.is_gone:
            self.objects.pop(actor.id, None)

    def object_cell(self, number: int) -> ObjectCell:
        return cast("ObjectCell", self._cells[number])

    def actor(self, id: int) -> Actor:
        return Actor(self.engine(), c.Actor(id))

    def find(self, name: str) -> Actor:
        found = c.Actor()
        check(lib.pst_actor_find(self.handle, text(name, "name"), byref(found)))
        return Actor(self.engine(), found)

    def reply(self, token: c.Token, data: Any, status: int) -> None:
        kept_data, size = payload(data)
        number = count(status, "status", 31)
        check(lib.pst_actor_reply(self.handle, token, number, address(kept_data), size))

    def counts(self) -> ActorCounts:
        raw = c.ActorCounts()
        check(lib.pst_actors_get_counts(self.handle, byref(raw)))
        return record(ActorCounts, raw)

    def stop(self, deadline: int) -> ActorCounts:
        raw = c.ActorCounts()
        check(lib.pst_actors_stop(self.handle, deadline, byref(raw)))
        self._is_stopped = True
        return record(ActorCounts, raw)

    def observe(self, function: Callable[[ActorEvent], None] | None) -> None:
        if function is None:
            made = None
        elif callable(function):
            made = c.EventFunction(event_function(function, self))
        else:
            raise TypeError(f"function must be callable, not {describe(function)}")
        check(lib.pst_actors_observe(self.handle, made, None))
        self._event = made

    # ---- Dispatchers

    def dispatcher(self) -> Dispatcher:
        handle = c.Dispatcher()
        check(lib.pst_dispatcher_create(self.handle, byref(handle)))
        made = Dispatcher(self, handle)
        self._dispatchers.append(made)
        return made

    def own_dispatcher(self) -> Dispatcher:
        """For actors in Python, with the thread that polls it."""
        with self._lock:
            if self._is_stopped:
                raise StateError("the actors of the engine were stopped")
            if self._own is None:
                self._own = self.dispatcher()
                self._thread = threading.Thread(
                    target=_poll,
                    args=(self._own._live(),),
                    name="penstock actors",
                    daemon=True,
                )
                self._thread.start()
            return self._own

    def close(self) -> None:
        """Ends all actors and the thread; DeadlockError from inside one of them."""
        status = lib.pst_actors_stop(self.handle, 0, None)
        if status == Status.EDEADLK:
            raise error_of(status)
        if self._thread is not None:
            self._thread.join()
        self.object_asks.close()
        while self._dispatchers:
            self._dispatchers.pop().close()
        self._cells.clear()
        self.lent.clear()


def _poll(handle: c.Dispatcher) -> None:
    """Until the actors are stopped. Refers to no object of Python's: it would keep the
    engine alive."""
    while lib.pst_dispatcher_poll(handle, 0, c.FOREVER, None) in (
        Status.OK,
        Status.ETIMEDOUT,
    ):
        pass
