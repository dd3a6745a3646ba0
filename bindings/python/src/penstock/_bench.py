"""What it costs to cross between Python and the engine, measured on this machine.

A short self-test: each case runs a few times and the best counts, so that what else
runs on the machine matters little.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from penstock._actor_classes import actor
from penstock._callbacks import End
from penstock._engine import Engine
from penstock._graph import Graph
from penstock._library import held, lib
from penstock._matmul import matmul
from penstock._stage import Stage
from penstock._tables import duration, number, text_table

#: Elements of a span of the cases below.
SPAN = 256
_REPEATS = 3


@dataclass(frozen=True)
class Cost:
    """nanoseconds for one of what per says; items: what goes over with it."""

    case: str
    per: str
    nanoseconds: float
    items: int = 1

    def line(self) -> dict[str, Any]:
        """As the lines of `make bench-python`."""
        return {
            "suite": "crossing",
            "case": self.case,
            "system": "penstock",
            "metric": f"time per {self.per}",
            "value": self.nanoseconds,
            "unit": "ns",
        }


def table(costs: list[Cost]) -> str:
    rows = [
        (
            cost.case,
            cost.per,
            duration(cost.nanoseconds),
            number(cost.items * 1e9 / cost.nanoseconds, "/s"),
        )
        for cost in costs
    ]
    return text_table(("crossing", "per", "time", "items"), rows, right=(2, 3))


# A case runs so many of what it measures.
Case = Callable[[int], object]


def costs(seconds: float) -> Iterator[Cost]:
    """One after the other; seconds: for each, or a little more."""
    yield Cost("call, GIL kept", "call", _best(_calls(held.pst_version), seconds))
    yield Cost("call, GIL given up", "call", _best(_calls(lib.pst_version), seconds))
    product = _best(_products(), seconds)
    yield Cost("matmul 32 x 32 x 32, f32", "product", product)
    with Engine() as engine:
        spans = _best(_stages(engine), seconds)
        yield Cost(f"Python callable, {SPAN} int64", "span", spans, SPAN)
        for capacity in (1, 64, 4096):
            pulled = _best(_pulls(engine, capacity), seconds)
            yield Cost(f"pull, capacity {capacity}", "item", pulled)
        pushed = _best(_pushes(engine), seconds)
        yield Cost(f"push of {SPAN} int64", "span", pushed, SPAN)
        yield from _actors(engine, seconds)


def _best(case: Case, seconds: float) -> float:
    """Nanoseconds for one, of the fastest of some runs."""
    count, elapsed = 1, 0.0
    # As many as take a tenth of the time, found by trying.
    while True:
        elapsed = _timed(case, count)
        if elapsed * 10 >= seconds:
            break
        factor = seconds / (10 * elapsed) if elapsed else 1000.0
        count = max(count + 1, int(count * min(factor * 1.2, 1000.0)))
    repeats = max(_REPEATS, int(seconds / elapsed) - 1)
    times = [elapsed, *(_timed(case, count) for _ in range(repeats))]
    return min(times) / count * 1e9


def _timed(case: Case, count: int) -> float:
    start = time.perf_counter()
    case(count)
    return time.perf_counter() - start


def _calls(function: Callable[[], object]) -> Case:
    def run(count: int) -> None:
        for _ in range(count):
            function()

    return run


def _products() -> Case:
    a, b = np.ones((32, 32), np.float32), np.ones((32, 32), np.float32)
    out = np.empty_like(a)

    def run(count: int) -> None:
        for _ in range(count):
            matmul(a, b, out)

    return run


def _stages(engine: Engine) -> Case:
    """A source, a map and a sink in Python see each span, so a third is one's share."""

    def run(count: int) -> None:
        made = 0

        def fill(context: Any, out: Any) -> int | End:
            nonlocal made
            made += 1
            out[:] = 1
            return len(out) if made < count else End(len(out))

        def copy(context: Any, values: Any, out: Any) -> None:
            out[:] = values

        with Graph("stages") as graph:
            source = graph.source("source", np.int64, fill, batch=SPAN, thread="host")
            copied = graph.map("map", source, np.int64, copy, thread="host")
            graph.sink("sink", copied, _nothing, thread="host")
            graph.run(engine)

    return lambda count: run(max(1, count // 3))


def _pulls(engine: Engine, capacity: int) -> Case:
    def run(count: int) -> None:
        with Graph("pull") as graph:
            left = count

            def fill(context: Any, out: Any) -> int | End:
                nonlocal left
                n = min(len(out), left)
                left -= n
                return n if left else End(n)

            drain = graph.drain("drain", graph.source("source", np.int64, fill))
            graph.start(engine)
            room = np.empty(capacity, np.int64)
            while graph.pull(drain, out=room) is not None:
                pass
            graph.wait()

    return run


def _pushes(engine: Engine) -> Case:
    values = np.ones(SPAN, np.int64)

    def run(count: int) -> None:
        with Graph("push") as graph:
            feed: Stage = graph.feed("feed", np.int64)
            graph.sink("sink", feed, _nothing)
            graph.start(engine)
            for _ in range(count):
                graph.push(feed, values)
            graph.finish_feed(feed)
            graph.wait()

    return run


def _actors(engine: Engine, seconds: float) -> Iterator[Cost]:
    echo = actor(_same).spawn(engine)

    def send(count: int) -> None:
        for i in range(count):
            echo.send(i)
        echo.ask(None)

    def send_many(count: int) -> None:
        echo.send_many(range(count))
        echo.ask(None)

    def ask(count: int) -> None:
        for i in range(count):
            echo.ask(i)

    async def awaits(count: int) -> None:
        for i in range(count):
            await echo.ask_async(i)

    yield Cost("actor, send", "message", _best(send, seconds))
    yield Cost("actor, send_many", "message", _best(send_many, seconds))
    yield Cost("actor, ask", "message", _best(ask, seconds))
    awaited = _best(lambda count: asyncio.run(awaits(count)), seconds)
    yield Cost("actor, await ask_async", "message", awaited)


def _same(value: object) -> object:
    return value


def _nothing(*_: object) -> None:
    pass
