"""The low layer: its functions, callables of stages, and pulling from a drain."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import penstock
from penstock._library import held, lib

import native
from crossing.clock import of_calls, of_spans
from model import Outcome

_OK, _END = int(penstock.Status.OK), int(penstock.Status.END)


def call(size: dict[str, int]) -> Outcome:
    function = lib.pst_version
    one = function()
    return of_calls(lambda n: sum(function() for _ in range(n)) // one, size["calls"])


def call_held(size: dict[str, int]) -> Outcome:
    function = held.pst_version
    one = function()
    return of_calls(lambda n: sum(function() for _ in range(n)) // one, size["calls"])


@numba.cfunc(native.source, cache=False)
def _count(cx: Any, out: Any, capacity: Any, made: Any) -> Any:
    """The numbers from the first to the second at pst_user()."""
    numbers = numba.carray(out, capacity, np.int64)
    state = numba.carray(native.user(cx), 2, np.int64)
    n = min(np.int64(capacity), state[1] - state[0])
    for at in range(n):
        numbers[at] = state[0] + at
    state[0] += n
    numba.carray(made, 1, np.uintp)[0] = n
    return _OK if state[0] < state[1] else _END


def callback(size: dict[str, int]) -> Outcome:
    """A sink in Python that gets spans of a set size."""
    with penstock.Engine() as engine:

        def run(spans: int, length: int) -> int:
            total = 0

            def add(_: penstock.Context, values: Any) -> None:
                nonlocal total
                total += int(values.sum())

            with penstock.Graph("callback") as graph:
                state = np.array([0, spans * length])
                source = graph.source("count", np.int64, _count, user=state)
                graph.sink("add", source, add, batch=length)
                graph.run(engine)
            return total

        return of_spans(run, size["spans"])


def pull(size: dict[str, int]) -> Outcome:
    """A drain that is asked for so many elements at a time."""
    with penstock.Engine() as engine:

        def run(spans: int, length: int) -> int:
            total = 0
            with penstock.Graph("pull") as graph:
                state = np.array([0, spans * length])
                source = graph.source("count", np.int64, _count, user=state)
                drain = graph.drain("drain", source, capacity=max(64, 4 * length))
                graph.start(engine)
                while (values := graph.pull(drain, length)) is not None:
                    total += int(values.sum())
                graph.wait()
            return total

        return of_spans(run, size["spans"])


def pull_into(size: dict[str, int]) -> Outcome:
    """The same into one array again and again."""
    with penstock.Engine() as engine:

        def run(spans: int, length: int) -> int:
            total = 0
            into = np.empty(length, np.int64)
            with penstock.Graph("pull") as graph:
                state = np.array([0, spans * length])
                source = graph.source("count", np.int64, _count, user=state)
                drain = graph.drain("drain", source, capacity=max(64, 4 * length))
                graph.start(engine)
                while (values := graph.pull(drain, out=into)) is not None:
                    total += int(values.sum())
                graph.wait()
            return total

        return of_spans(run, size["spans"])
