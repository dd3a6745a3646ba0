"""Feeds and drains: the program pushes into and pulls out of a running graph."""

from __future__ import annotations

import array
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from stages import notes, nothing, numbers

import penstock as ps


class Pipe:
    """A feed that leads to a drain."""

    def __init__(self, graph: ps.Graph, dtype: Any = "i8", capacity: int = 0) -> None:
        self.graph = graph
        self.feed = graph.feed("feed", dtype)
        self.drain = graph.drain("drain", self.feed, capacity=capacity)


@pytest.fixture
def pipe(engine: ps.Engine, graph: ps.Graph) -> Pipe:
    made = Pipe(graph)
    graph.start(engine)
    return made


def test_round_trip(pipe: Pipe) -> None:
    graph = pipe.graph
    graph.push(pipe.feed, np.arange(10))
    graph.finish_feed(pipe.feed)
    got: list[int] = []
    while (values := graph.pull(pipe.drain, 4)) is not None:
        assert 1 <= len(values) <= 4
        got += values.tolist()
    assert got == list(range(10))
    assert graph.pull(pipe.drain, 4) is None
    graph.wait()


def test_what_is_pulled_is_the_callers(pipe: Pipe) -> None:
    pipe.graph.push(pipe.feed, np.arange(10))
    pipe.graph.finish_feed(pipe.feed)
    kept = []
    while (values := pipe.graph.pull(pipe.drain, 3)) is not None:
        values += 100
        kept.append(values)
    pipe.graph.close()
    assert np.concatenate(kept).tolist() == list(range(100, 110))


def test_pull_into_an_array(pipe: Pipe) -> None:
    out = np.full(20, -1)
    pipe.graph.push(pipe.feed, np.arange(10))
    pipe.graph.finish_feed(pipe.feed)
    got = 0
    while (values := pipe.graph.pull(pipe.drain, out=out[got:])) is not None:
        assert values.base is out
        got += len(values)
    assert out.tolist() == [*range(10), *[-1] * 10]


def test_what_can_be_pushed(pipe: Pipe) -> None:
    backwards = np.arange(3)[::-1]
    strided = np.arange(6)[::2]
    read_only = np.arange(3)
    read_only.flags.writeable = False
    for each in (backwards, strided, read_only, array.array("q", [1, 2, 3])):
        pipe.graph.push(pipe.feed, each)
    pipe.graph.push(pipe.feed, np.empty(0, "i8"))
    pipe.graph.finish_feed(pipe.feed)
    got: list[int] = []
    while (values := pipe.graph.pull(pipe.drain, 100)) is not None:
        got += values.tolist()
    assert got == [2, 1, 0, 0, 2, 4, 0, 1, 2, 1, 2, 3]


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (
            np.zeros(3),
            TypeError,
            r"must be of int64 and shape \(n,\), not an array of f",
        ),
        (np.zeros(3, "i4"), TypeError, "not an array of int32"),
        (np.zeros(3, ">i8"), TypeError, "not an array of >i8"),
        (np.zeros(3, object), TypeError, "not an array of object"),
        (
            np.zeros((3, 2), "i8"),
            ValueError,
            r"not an array of int64 and shape \(3, 2\)",
        ),
        (np.int64(3), ValueError, r"shape \(\)"),
        ([1, 2, 3], TypeError, "not an object of class 'list'"),
        (3, TypeError, "not int 3"),
        (None, TypeError, "not None"),
        ("text", TypeError, "not str 'text'"),
        (b"12345678", TypeError, "uint8"),
    ],
)
def test_what_cannot_be_pushed(
    values: Any, error: type[Exception], message: str, pipe: Pipe
) -> None:
    with pytest.raises(error, match=message):
        pipe.graph.push(pipe.feed, values)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, TypeError, "needs a capacity or an array"),
        ({"capacity": 0}, ValueError, "room for at least one"),
        ({"capacity": -1}, ValueError, "at least 0"),
        ({"capacity": 1.5}, TypeError, "whole number, not float 1.5"),
        ({"out": np.zeros(3)}, TypeError, "out must be of int64"),
        ({"out": np.zeros((3, 1), "i8")}, ValueError, r"shape \(3, 1\)"),
        ({"out": np.zeros(6, "i8")[::2]}, ValueError, "contiguous; its strides are"),
        ({"out": np.zeros(0, "i8")}, ValueError, "room for at least one"),
        ({"out": [1]}, TypeError, "out must be an array of int64"),
        ({"out": np.zeros(3, "i8"), "capacity": 4}, ValueError, "more than the 3"),
        ({"capacity": 1, "timeout": -1}, ValueError, "must not be negative"),
        ({"capacity": 1, "timeout": "1"}, TypeError, "seconds or None"),
        ({"capacity": 1, "timeout": float("nan")}, ValueError, "negative"),
    ],
)
def test_wrong_pulls(
    arguments: dict[str, Any], error: type[Exception], message: str, pipe: Pipe
) -> None:
    with pytest.raises(error, match=message):
        pipe.graph.pull(pipe.drain, **arguments)


def test_read_only_room(pipe: Pipe) -> None:
    out = np.zeros(3, "i8")
    out.flags.writeable = False
    with pytest.raises(ValueError, match="out is read-only"):
        pipe.graph.pull(pipe.drain, out=out)


def test_time_outs(engine: ps.Engine, graph: ps.Graph) -> None:
    pipe = Pipe(graph, capacity=4)
    graph.start(engine)
    with pytest.raises(ps.TimeoutError):
        graph.pull(pipe.drain, 1, timeout=0.001)
    with pytest.raises(TimeoutError):
        graph.pull(pipe.drain, 1, timeout=0.06)
    with pytest.raises(BlockingIOError):
        graph.pull(pipe.drain, 1, timeout=0)
    with pytest.raises(ps.TimeoutError) as caught:
        graph.push(pipe.feed, np.arange(100_000), timeout=0.06)
    pushed = caught.value.pushed  # type: ignore[attr-defined]
    assert 0 < pushed < 100_000
    with pytest.raises(ps.WouldBlockError) as blocked:
        graph.push(pipe.feed, np.arange(100_000), timeout=0)
    graph.finish_feed(pipe.feed)
    got: list[int] = []
    while (values := graph.pull(pipe.drain, 1000)) is not None:
        got += values.tolist()
    rest = blocked.value.pushed  # type: ignore[attr-defined]
    assert got == [*range(pushed), *range(rest)]


def test_long_waits_lose_nothing(engine: ps.Engine, graph: ps.Graph) -> None:
    """Longer than the calls that a wait consists of."""
    pipe = Pipe(graph, capacity=4)
    graph.start(engine)

    def push() -> None:
        time.sleep(0.12)
        graph.push(pipe.feed, np.arange(5000))
        graph.finish_feed(pipe.feed)

    with ThreadPoolExecutor(1) as pool:
        pushing = pool.submit(push)
        got = graph.pull(pipe.drain, 1)
        assert got is not None
        values = got.tolist()
        time.sleep(0.12)
        while (more := graph.pull(pipe.drain, 1000)) is not None:
            values += more.tolist()
        pushing.result()
    assert values == list(range(5000))


@pytest.mark.parametrize("dtype", ["M8[s]", "S3", [("a", "i4"), ("b", "f8")], "?"])
def test_elements_of_every_kind(engine: ps.Engine, graph: ps.Graph, dtype: Any) -> None:
    pipe = Pipe(graph, dtype)
    graph.start(engine)
    values = np.arange(5).astype(dtype)
    graph.push(pipe.feed, values)
    graph.finish_feed(pipe.feed)
    out = np.zeros(5, dtype)
    done = 0
    while (part := graph.pull(pipe.drain, out=out[done:])) is not None:
        done += len(part)
        if done == 5:
            break
    assert done == 5
    assert (out == values).all()
    assert graph.pull(pipe.drain, 2) is None


def test_rows(engine: ps.Engine, graph: ps.Graph) -> None:
    pipe = Pipe(graph, ("f4", (2, 3)))
    graph.start(engine)
    rows = np.arange(24, dtype=np.float32).reshape(4, 2, 3)
    graph.push(pipe.feed, rows)
    with pytest.raises(ValueError, match=r"shape \(n, 2, 3\), not"):
        graph.push(pipe.feed, rows[0])
    graph.finish_feed(pipe.feed)
    got = []
    while (values := graph.pull(pipe.drain, 3)) is not None:
        got.append(values)
    assert (np.concatenate(got) == rows).all()


def test_the_wrong_ends(engine: ps.Engine, graph: ps.Graph, pipe: Pipe) -> None:
    with pytest.raises(ps.ArgumentError, match="is not a drain"):
        graph.pull(pipe.feed, 1)
    with pytest.raises(ps.ArgumentError, match="is not a feed"):
        graph.push(pipe.drain, np.zeros(1, "i8"))
    with pytest.raises(ps.ArgumentError, match="is not a feed"):
        graph.finish_feed(pipe.drain)
    with pytest.raises(TypeError, match="expected a Stage, not str 'feed'"):
        graph.push("feed", np.zeros(1, "i8"))  # type: ignore[arg-type]
    with ps.Graph("other") as other, pytest.raises(ps.HandleError, match="'other'"):
        other.push(pipe.feed, np.zeros(1, "i8"))


def test_before_the_start(graph: ps.Graph) -> None:
    pipe = Pipe(graph)
    with pytest.raises(ps.StateError):
        graph.push(pipe.feed, np.zeros(1, "i8"))
    with pytest.raises(ps.StateError):
        graph.pull(pipe.drain, 1)


def test_a_feed_that_is_finished(pipe: Pipe) -> None:
    pipe.graph.push(pipe.feed, np.zeros(1, "i8"))
    pipe.graph.finish_feed(pipe.feed)
    with pytest.raises(ps.ClosedError):
        pipe.graph.push(pipe.feed, np.zeros(1, "i8"))


def test_after_a_cancel(pipe: Pipe) -> None:
    pipe.graph.cancel()
    with pytest.raises(ps.CancelledError):
        pipe.graph.wait()
    with pytest.raises(ps.CancelledError):
        pipe.graph.pull(pipe.drain, 1)


def test_a_stage_that_fails_is_told_where_the_program_pulls(
    engine: ps.Engine, graph: ps.Graph
) -> None:
    def fail(context: ps.Context, values: Any, out: Any) -> None:
        raise LookupError("nothing found")

    drain = graph.drain("drain", graph.map("fails", numbers(graph), "i8", fail))
    graph.start(engine)
    with pytest.raises(LookupError, match="nothing found") as caught:
        graph.pull(drain, 1)
    assert "stage 'fails'" in notes(caught.value)[0]


def test_pausing(engine: ps.Engine, graph: ps.Graph) -> None:
    pipe = Pipe(graph)
    graph.start(engine)
    states = []
    for step in (graph.pause, graph.resume):
        step()
        states.append(graph.state)
    graph.finish_feed(pipe.feed)
    graph.wait()
    assert [*states, graph.state] == [
        ps.RunState.PAUSED,
        ps.RunState.RUNNING,
        ps.RunState.ENDED,
    ]


def test_polling_runs_host_stages(engine: ps.Engine, graph: ps.Graph) -> None:
    feed = graph.feed("feed", "i8")
    sums: list[int] = []
    graph.sink(
        "sum", feed, lambda context, values: sums.append(values.sum()), thread="host"
    )
    graph.start(engine)
    graph.push(feed, np.arange(10))
    while sum(sums) < 45:
        assert graph.poll(0.001)
    graph.finish_feed(feed)
    while graph.poll(0.001):
        pass
    graph.wait()


def test_a_wait_that_is_not_over(pipe: Pipe) -> None:
    with pytest.raises(ps.TimeoutError, match="has not ended"):
        pipe.graph.wait(0.001)
    with pytest.raises(ps.TimeoutError):
        pipe.graph.wait(0)
    assert pipe.graph.poll()


def test_waiting_for_what_never_began(graph: ps.Graph) -> None:
    graph.sink("sink", numbers(graph), nothing)
    with pytest.raises(ps.StateError, match="never started"):
        graph.wait()
