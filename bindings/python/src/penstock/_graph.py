"""Graphs: running them, seeing what they do, and their end."""

from __future__ import annotations

import os
import sys
from ctypes import byref, c_int, c_uint64
from functools import partial

from penstock import _lifetime
from penstock import _signatures as c
from penstock._choices import choice, nanoseconds, path
from penstock._engine import Engine
from penstock._errors import DeadlockError, StateError, check, error_of
from penstock._host_edges import HostEdges
from penstock._library import lib
from penstock._pointers import describe
from penstock._progress import INTERVAL, Bar, bar_of
from penstock._render import owned_text
from penstock._signals import is_inside, put_off
from penstock._signatures import Format, RunState, Status, View
from penstock._stage import Stage
from penstock._streams import Streams
from penstock._views import GraphStats, Plan
from penstock._waiting import wait


class Graph(Streams, HostEdges):
    """A description of stages, and its runs.

    Stages are made by its methods; a mistake raises at once and spoils the graph: later
    calls raise the same. What a stage is to do is a Python callable, whose first
    argument is a :class:`Context` and whose others are NumPy arrays over the span
    (inputs are read-only, nothing is copied, and no array may be kept beyond the call),
    or a function in C with the header's signature: a ctypes or cffi function pointer, a
    numba ``@cfunc`` or an address. Those get ``user`` as ``pst_user()``: an address, an
    array or a ctypes object, which the graph keeps alive.

    What a callable raises ends the run, or what ``on_failure`` says; ``run`` and
    ``wait`` then raise that very exception, with a note that names the stage.

    Describing is for one thread at a time, everything else for any. ``close()``,
    leaving a ``with`` block and dropping the last reference cancel a run that goes on;
    the first two wait for its end. In a child after fork() a started graph raises
    ForkError.
    """

    def __init__(self, name: str = "graph") -> None:
        super().__init__(name)
        _lifetime.watch_graph(self)

    # ---- Running

    def validate(self) -> None:
        """Raises what is wrong with the description, if anything is."""
        check(lib.pst_graph_validate(self._live()))

    def run(self, engine: Engine, *, progress: bool | Bar = False) -> None:
        """Runs the graph to its end: :meth:`start` and :meth:`wait`.

        progress: True for a bar of tqdm, if that is installed, or a bar:
        ``tqdm(total=1000)``. It counts elements at sinks. Ctrl-C cancels the run, waits
        for its end and raises KeyboardInterrupt.
        """
        if is_inside(sys._getframe()):
            raise DeadlockError(
                f"{self.name}: run from inside a callback; start it there instead"
            )
        with bar_of(progress, self.name) as bar:
            self._run(engine, bar)

    def _run(self, engine: Engine, bar: Bar | None) -> None:
        started = False
        try:
            # A signal that comes while it starts is for the run, which has to end then.
            with put_off():
                self.start(engine)
                started = True
            if bar is not None:
                self._advance(bar)
            self.wait()
        except BaseException:
            # Only where the wait itself was broken off does anything still run.
            if started and self._handle is not None and self._failures.is_running():
                self.cancel()
                lib.pst_graph_wait(self._handle, c.FOREVER)
            raise

    def _advance(self, bar: Bar) -> None:
        """Tells the bar until the run has ended."""
        handle, told = self._live(), 0
        is_running = True
        while is_running:
            status = wait(
                lambda limit: int(lib.pst_graph_wait(handle, limit)),
                INTERVAL,
                sliced=self._in_real_time(),
                calls_back=True,
            )
            is_running = status == Status.ETIMEDOUT and self._failures.is_running()
            arrived = self.elements_at_sinks
            bar.update(arrived - told)
            told = arrived

    def start(self, engine: Engine) -> None:
        """Begins a run, one at a time for a graph; returns at once."""
        handle = self._live()
        if not isinstance(engine, Engine):
            raise TypeError(f"engine must be an Engine, not {describe(engine)}")
        if self._failures.kept() and not self._failures.is_running():
            raise StateError(
                f"{self.name}: an array over a span of the last run is still alive, "
                f"and a new run would free its memory"
            )
        if not self._failures.is_running():
            self._failures.clear()
        check(lib.pst_graph_start(handle, engine._live()))
        self._engine = engine

    def wait(self, timeout: float | None = None) -> None:
        """Waits for the end of the run; raises what ended it.

        Meanwhile runs the stages of Thread.HOST. TimeoutError: the run goes on.
        """
        handle = self._live()
        self._check(
            wait(
                lambda limit: int(lib.pst_graph_wait(handle, limit)),
                timeout,
                sliced=self._in_real_time(),
                calls_back=True,
            )
        )

    def poll(self, budget: float = 0.0) -> bool:
        """Runs stages of Thread.HOST for so many seconds; False when the run has ended.

        :meth:`wait` then says how it ended.
        """
        handle = self._live()
        with put_off():
            status = lib.pst_graph_poll(handle, nanoseconds(budget, "budget"))
        if status == Status.END:
            return False
        self._check(status)
        return True

    def cancel(self) -> None:
        """Asks the run to stop. It then ends with CancelledError. Returns at once."""
        check(lib.pst_graph_cancel(self._live()))

    def pause(self) -> None:
        """Stages finish their span, then rest until :meth:`resume`."""
        check(lib.pst_graph_pause(self._live()))

    def resume(self) -> None:
        check(lib.pst_graph_resume(self._live()))

    def wake(self, source: Stage) -> None:
        """Tells a source that had nothing to look again."""
        self._own(source)
        check(lib.pst_graph_wake(self._live(), source.raw))

    def learn(self) -> None:
        """After a run: takes the measured times as the stages' ``cost_ns``."""
        check(lib.pst_graph_learn(self._live()))

    @property
    def state(self) -> RunState:
        state, arrived = c_int(), c_uint64()
        check(lib.pst_graph_get_state(self._live(), byref(state), byref(arrived)))
        return RunState(state.value)

    @property
    def elements_at_sinks(self) -> int:
        """How many elements have arrived at sinks so far."""
        state, arrived = c_int(), c_uint64()
        check(lib.pst_graph_get_state(self._live(), byref(state), byref(arrived)))
        return arrived.value

    def _lend(self, memory: object) -> None:
        """Memory that stages may use for as long as there is the native graph, whatever
        becomes of this object. It must not refer to the graph."""
        _lent.setdefault(self._live().value or 0, []).append(memory)

    # ---- Seeing

    def render(self, view: View | str, format: Format | str = Format.TEXT) -> str:
        """A text; StateError where the view needs a run first."""
        what = choice(View, view, "view"), choice(Format, format, "format")
        handle = self._live()
        return owned_text(lambda out: int(lib.pst_graph_render(handle, *what, out)))

    def save(
        self,
        file: str | os.PathLike[str],
        view: View | str = View.GRAPH,
        format: Format | str = Format.SVG,
    ) -> None:
        """The same into a file, which is replaced."""
        what = choice(View, view, "view"), choice(Format, format, "format")
        name = path(os.fspath(file), "file")
        check(lib.pst_graph_save(self._live(), *what, name))

    def plan(self) -> Plan:
        """Which thread runs what on which core, and why; to print, or in a notebook.

        StateError: it has not run.
        """
        return Plan(self.render)

    def stats(self) -> GraphStats:
        """What each stage has done so far; to print, or in a notebook.

        StateError: it has not run.
        """
        return GraphStats(self.render)

    def _repr_svg_(self) -> str | None:
        """Its stages, in a notebook."""
        return None if self.closed else self.render(View.GRAPH, Format.SVG)

    # ---- The end

    def close(self) -> None:
        """Cancels a run that goes on, waits for its end and frees the graph.

        Closing twice is closing once. DeadlockError from inside its own callbacks.
        """
        handle = self._handle
        if handle is None:
            return
        lost = self._failures.kept()
        if lost:
            lib.pst_graph_cancel(handle)
            if lib.pst_graph_wait(handle, c.FOREVER) == Status.EDEADLK:
                raise error_of(Status.EDEADLK)
            self._handle = None
            _lifetime.bury_when_dead(lost, partial(_destroy, handle, self._keep))
        else:
            lib.pst_graph_destroy(handle)
            state = c_int()
            if lib.pst_graph_get_state(handle, byref(state), None) == Status.OK:
                raise DeadlockError(
                    f"{self.name}: closed from inside one of its own callbacks"
                )
            _lent.pop(handle.value or 0, None)
            self._handle = None
        self._engine = None

    def __del__(self) -> None:
        handle = self._handle
        if handle is None:
            return
        self._handle = None
        # The engine must outlive the run as well, so it goes along.
        give_up = partial(_destroy, handle, (self._keep, self._engine))
        lost = self._failures.kept()
        if self._failures.is_running():
            lib.pst_graph_cancel(handle)
            _lifetime.bury(partial(_lifetime.bury_when_dead, lost, give_up))
        else:
            _lifetime.bury_when_dead(lost, give_up)

    def __repr__(self) -> str:
        state = "closed" if self._handle is None else self.state.name.lower()
        return f"<Graph {self.name!r}, {state}>"


# By the graph's handle: an interrupt may take a finaliser away.
_lent: dict[int, list[object]] = {}


def _destroy(handle: c.Graph, keep: object) -> None:
    """keep: what callbacks may use until this returns."""
    lib.pst_graph_destroy(handle)
    _lent.pop(handle.value or 0, None)
    del keep
