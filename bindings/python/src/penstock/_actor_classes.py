"""Classes and functions as actors."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar, cast, overload

from penstock._actor_messages import MessageType, message_types
from penstock._actor_objects import ObjectCell
from penstock._actor_refs import ActorRef
from penstock._current_actor import CurrentActor
from penstock._engine import Engine
from penstock._errors import StaleError
from penstock._library import lib
from penstock._pointers import describe
from penstock._signatures import OnFailure, Overflow, Strategy
from penstock._spawning import ActorOptions, raw_options

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from penstock._dispatcher import Dispatcher

T = TypeVar("T", bound=Callable[..., Any])


class ObjectOptions(TypedDict, total=False):
    """Keywords of ``actor`` and ``options``; see :class:`ActorOptions`.

    ``on_failure`` is OnFailure.RESUMES unless it is given: an actor survives what its
    methods raise.
    """

    name: str | None
    on_failure: OnFailure | str
    strategy: Strategy | str
    max_restarts: int | None
    restart_period_ns: int
    capacity: int
    overflow: Overflow | str
    dispatcher: Dispatcher | None
    statistics: bool


class ActorClass(Generic[T]):
    """What ``@actor`` makes of a class or function; calling it is calling that."""

    def __init__(self, wrapped: T, options: ObjectOptions) -> None:
        self._types: dict[str, MessageType] = message_types(wrapped)
        self._options = options
        # Sets __wrapped__ as well, besides name and documentation.
        functools.update_wrapper(self, wrapped, updated=())
        self._wrapped = wrapped

    def spawn(
        self, place: Engine | CurrentActor, /, *args: Any, **kwargs: Any
    ) -> ActorRef:
        """A new actor, whose object is made of the arguments.

        place: an engine, or ``current_actor()`` for a child of it. The actor makes the
        object itself, before its first message and anew at each restart; what that
        raises is a failure of the actor, which those who ask are told.
        """
        wrapped = self._wrapped
        name = getattr(wrapped, "__name__", "actor")
        if inspect.isclass(wrapped):
            _check_arguments(wrapped, args, kwargs)
            make: Callable[[], Any] = functools.partial(wrapped, *args, **kwargs)
        elif args or kwargs:
            raise TypeError(f"{name} is a function, and takes its arguments when sent")
        else:
            make = lambda: wrapped  # noqa: E731
        options = cast(
            "ActorOptions", {"on_failure": OnFailure.RESUMES, **self._options}
        )
        raw = raw_options(options)
        cell = ObjectCell(name, wrapped, self._types, make, raw)
        if isinstance(place, CurrentActor):
            host, parent = place.host, (lib.pst_spawn_child, place.pointer())
        elif isinstance(place, Engine):
            host, parent = place._actors(), None
        else:
            raise TypeError(
                f"an actor is spawned in an Engine or by current_actor(), not in "
                f"{describe(place)}"
            )
        actor = host.spawn_cell(parent, cell, raw, is_batch=True)
        host.remember(actor, cell)
        return ActorRef(actor, host, cell)

    def options(self, **options: Unpack[ObjectOptions]) -> ActorClass[T]:
        """The same with other options: ``Counter.options(name="c").spawn(engine)``."""
        _check_options(options)
        return ActorClass(self._wrapped, {**self._options, **options})

    def find(self, engine: Engine, name: str) -> ActorRef:
        """The actor of this class with that name. StaleError: nobody has it."""
        host, actor = engine._actors(), engine.find(name)
        cell = host.objects.get(actor.id)
        if cell is None or cell.wrapped is not self._wrapped:
            raise StaleError(f"{name!r} is no actor of {self!r}")
        return ActorRef(actor, host, cell)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._wrapped(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<actor class {getattr(self._wrapped, '__qualname__', '?')}>"


@overload
def actor(wrapped: T, /) -> ActorClass[T]: ...
@overload
def actor(
    wrapped: None = None, /, **options: Unpack[ObjectOptions]
) -> Callable[[T], ActorClass[T]]: ...
def actor(
    wrapped: T | None = None, /, **options: Unpack[ObjectOptions]
) -> ActorClass[T] | Callable[[T], ActorClass[T]]:
    """Makes actors of a class or of a function.

        @ps.actor
        class Counter:
            def __init__(self, start: int = 0) -> None:
                self.sum = start

            def add(self, n: int) -> None:
                self.sum += n

            def total(self) -> int:
                return self.sum

        counter = Counter.spawn(engine, 10)
        counter.add.send(3)             # returns at once
        counter.total.ask()             # 13, when it comes to it
        await counter.total.ask_async() # 13, in asyncio and in other actors

    Messages are calls of the public methods, one at a time, in the order of each
    sender, on one thread for all actors in Python of an engine (or that of a
    ``dispatcher``). What goes to them and comes back are the objects themselves. A
    function takes one kind of message: ``greet.send("you")``.

    What a method raises goes to the one who asked, else to the log
    ``penstock.actors``; then ``on_failure`` decides: the actor ``"resumes"`` with the
    next message (here the default), ``"restarts"`` with a new object of the same
    arguments, ``"stops"``, or ``"escalates"`` to its parent. :func:`current_actor` is
    for children, timers and watches. A method that asks others is a coroutine:
    ``await other.total.ask_async()``; meanwhile the actor handles other messages.
    :func:`batched` methods handle all that waits at once. ``on_stop`` is called when
    the actor ends, and before it begins anew.
    """
    _check_options(options)
    if wrapped is None:
        return lambda given: ActorClass(given, options)
    return ActorClass(wrapped, options)


def _check_options(options: ObjectOptions) -> None:
    for name in options:
        if name not in ObjectOptions.__annotations__:
            raise TypeError(
                f"an actor of a class has no option {name!r}; there are "
                f"{', '.join(ObjectOptions.__annotations__)}"
            )


def _check_arguments(
    wrapped: type, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """At the one who spawns, where a traceback says most."""
    try:
        signature = inspect.signature(wrapped)
    except ValueError:  # written in C
        return
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{wrapped.__name__}{signature}: {error}") from None
