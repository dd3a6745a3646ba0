"""Engines: the workers that run graphs and actors."""

from __future__ import annotations

from ctypes import byref
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from penstock import _lifetime
from penstock import _signatures as c
from penstock._choices import choice, count, nanoseconds, text
from penstock._closable import Closable
from penstock._errors import DeadlockError, check
from penstock._library import lib
from penstock._render import owned_text
from penstock._signatures import Format, Policy, Status, View
from penstock._spare import Spare
from penstock._stage import record
from penstock._waiting import wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Unpack

    from penstock._actor_host import ActorHost
    from penstock._actors import Actor, ActorCounts, ActorEvent
    from penstock._dispatcher import Dispatcher
    from penstock._spawning import ActorOptions


@dataclass(frozen=True)
class EngineInfo:
    """What the engine found and uses; as ``pst_engine_info``."""

    processors: int
    allowed: int
    cores: int
    quota: float
    workers: int
    threads: int
    live: bool
    simulated: bool


class Engine(Closable[c.Engine]):
    """Workers on threads that are bound to cores; they sleep when there is nothing to
    do.

    The keywords are the header's ``pst_engine_options``, with its defaults; spin_ns
    None is ``$PST_SPIN_NS``, else 50000. Any thread may use it.

    ``close()``, leaving a ``with`` block and dropping the last reference cancel graphs
    that still run on it and stop its actors; the first two wait for that. A graph that
    was started keeps its engine alive. In a child after fork() it raises ForkError.

    Batches of pipelines become those of later iterations on the same engine, once
    nobody has them: until its end it keeps up to 256 MiB of the latest.
    """

    _title = "the engine"

    def __init__(
        self,
        *,
        topology: str | None = None,
        executor: str | None = None,
        workers: int = 0,
        reserve: int = 0,
        policy: Policy | str = Policy.AUTO,
        spin_ns: int | None = None,
        trace_capacity: int = 0,
        actor_bytes: int = 0,
        watchdog_ns: int = 0,
    ) -> None:
        options = c.EngineOptions(
            topology=text(topology, "topology"),
            executor=text(executor, "executor"),
            workers=count(workers, "workers", 32),
            reserve=count(reserve, "reserve", 32),
            policy=choice(Policy, policy, "policy"),
            trace_capacity=count(trace_capacity, "trace_capacity", 32),
            actor_bytes=count(actor_bytes, "actor_bytes"),
            watchdog_ns=count(watchdog_ns, "watchdog_ns"),
        )
        if spin_ns is not None:
            options.spin_ns = count(spin_ns, "spin_ns")
        handle = c.Engine()
        check(lib.pst_engine_create(byref(options), byref(handle)))
        self._handle = handle
        self._is_simulated = self.info().simulated
        # Actors in Python, and what they need; made for the first of them.
        self._host: ActorHost | None = None
        self._spare = Spare()
        _lifetime.watch_engine(self)

    def info(self) -> EngineInfo:
        raw = c.EngineInfo()
        check(lib.pst_engine_get_info(self._live(), byref(raw)))
        return record(EngineInfo, raw)

    def render(
        self, view: View | str = View.TOPOLOGY, format: Format | str = Format.TEXT
    ) -> str:
        what = choice(View, view, "view"), choice(Format, format, "format")
        handle = self._live()
        return owned_text(lambda out: int(lib.pst_engine_render(handle, *what, out)))

    # ---- Actors

    def spawn(self, behaviour: Any, **options: Unpack[ActorOptions]) -> Actor:
        """A new actor: ``behaviour(context, message)`` for one message at a time.

        Returns None, or ``END`` when it has done what it was asked. What it raises is
        its failure, and ``on_failure`` decides. See :class:`ActorOptions` for the
        keywords. A function in C is run by the engine's workers; Python by one thread
        of its own for all actors in Python, unless ``dispatcher`` names another.
        """
        return self._actors().spawn(None, behaviour, options)

    def find(self, name: str) -> Actor:
        """StaleError: nobody has the name."""
        return self._actors().find(name)

    def actor(self, id: int) -> Actor:
        """The actor with an id that came in a message."""
        return self._actors().actor(count(id, "id"))

    def reply(
        self, token: c.Token, data: Any = b"", *, status: int = Status.OK
    ) -> None:
        """Answers an ask from outside of a behaviour. StaleError: nobody waits."""
        self._actors().reply(token, data, status)

    def actor_counts(self) -> ActorCounts:
        return self._actors().counts()

    def await_quiescent(self, timeout: float | None = None) -> None:
        """Waits until no actor has anything to do. TimeoutError."""
        handle = self._live()
        status = wait(
            lambda limit: int(lib.pst_actors_await_quiescent(handle, limit)),
            timeout,
            sliced=not self._is_simulated,
            calls_back=self._is_simulated,
        )
        if self._host is not None:
            self._host.raise_interrupt()
        check(status)

    def stop_actors(self, deadline: float = 0.0) -> ActorCounts:
        """Ends all actors, after at most so many seconds for what is under way."""
        return self._actors().stop(nanoseconds(deadline, "deadline"))

    def observe(self, function: Callable[[ActorEvent], None] | None) -> None:
        """Tells a Python callable of dead letters, drops, failures and restarts.

        It runs where they happen, one event at a time, and must not wait. What it
        raises goes to ``sys.unraisablehook``. None: nobody is told.
        """
        self._actors().observe(function)

    def dispatcher(self) -> Dispatcher:
        """Runs actors on the thread that polls it. At most 16 at a time."""
        return self._actors().dispatcher()

    # ---- The end

    def close(self) -> None:
        """Cancels its graphs, stops its actors, waits for both and ends its threads.

        Closing twice is closing once. DeadlockError from inside a callback.
        """
        handle = self._handle
        if handle is None:
            return
        if self._host is not None:
            self._host.close()
        lib.pst_engine_destroy(handle)
        if lib.pst_engine_get_info(handle, byref(c.EngineInfo())) == Status.OK:
            raise DeadlockError(
                "the engine was closed from inside one of its callbacks"
            )
        self._handle = None
        self._spare.close()

    def __del__(self) -> None:
        handle = self._handle
        if handle is None:
            return
        self._handle = None
        give_up = partial(_destroy, handle, getattr(self, "_host", None))
        _lifetime.bury(give_up)

    def __repr__(self) -> str:
        if self._handle is None:
            return "<Engine, closed>"
        return f"<Engine, {self.info().workers} workers>"

    def _actors(self) -> ActorHost:
        handle = self._live()
        if self._host is None:
            from penstock._actor_host import ActorHost

            self._host = ActorHost(self, handle)
        return self._host


def _destroy(handle: c.Engine, host: ActorHost | None) -> None:
    """host: what callbacks may use until this returns."""
    if host is not None:
        host.close()
    lib.pst_engine_destroy(handle)
