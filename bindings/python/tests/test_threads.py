"""Which threads call Python, and what becomes of their thread states."""

from __future__ import annotations

import ctypes
import threading
from typing import Any

import numpy as np
import pytest
from stages import collect, nothing, numbers

import penstock as ps


def state_of_thread() -> int:
    get = ctypes.pythonapi.PyThreadState_Get
    get.restype = ctypes.c_void_p
    return int(get())


def states() -> int:
    """How many thread states the interpreter has."""
    api = ctypes.pythonapi
    api.PyInterpreterState_Get.restype = ctypes.c_void_p
    api.PyInterpreterState_ThreadHead.restype = ctypes.c_void_p
    api.PyInterpreterState_ThreadHead.argtypes = (ctypes.c_void_p,)
    api.PyThreadState_Next.restype = ctypes.c_void_p
    api.PyThreadState_Next.argtypes = (ctypes.c_void_p,)
    count, state = 0, api.PyInterpreterState_ThreadHead(api.PyInterpreterState_Get())
    while state:
        count, state = count + 1, api.PyThreadState_Next(state)
    return count


@pytest.mark.parametrize("thread", list(ps.Thread))
@pytest.mark.parametrize("replicas", [1, 3])
def test_a_thread_keeps_its_state_for_the_run(
    thread: ps.Thread, replicas: int, engine: ps.Engine, graph: ps.Graph
) -> None:
    seen: dict[int, set[tuple[int, int]]] = {}
    local = threading.local()

    def note(context: ps.Context, values: Any, out: Any) -> None:
        if not hasattr(local, "name"):
            local.name = object()
        here = (threading.get_ident(), id(local.name))
        seen.setdefault(context.replica, set()).add(here)
        out[:] = values

    got: list[int] = []
    source = numbers(graph, thread=thread)
    stage = graph.map(
        "note", source, "i8", note, replicas=replicas, batch=50, thread=thread
    )
    graph.sink("sink", stage, collect(got), thread=thread)
    before = states()
    for _ in range(3):
        graph.run(engine)
        assert all(len(places) == 1 for places in seen.values())
        if thread is ps.Thread.HOST:
            assert {place[0] for s in seen.values() for place in s} == {
                threading.get_ident()
            }
        seen.clear()
    assert got == list(range(1000)) * 3
    # Nothing is left of the threads' states once their stages are torn down.
    assert states() == before


def test_python_runs_on_threads_of_its_own(engine: ps.Engine, graph: ps.Graph) -> None:
    graph.sink("sink", numbers(graph), nothing)
    graph.run(engine)
    assert "blocking" in str(graph.plan())


def test_a_set_up_that_fails_leaves_no_state(
    engine: ps.Engine, graph: ps.Graph
) -> None:
    def fail(context: ps.Context) -> None:
        raise ValueError("no")

    graph.sink("sink", numbers(graph), nothing, setup=fail)
    before = states()
    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            graph.run(engine)
    assert states() == before


def test_threads_of_the_host_push_and_pull(engine: ps.Engine, graph: ps.Graph) -> None:
    feeds = [graph.feed(f"feed {i}", "i8") for i in range(3)]
    drains = [
        graph.drain(f"drain {i}", graph.map(f"map {i}", feed, "i8", double))
        for i, feed in enumerate(feeds)
    ]
    graph.start(engine)
    results: list[list[int]] = [[] for _ in feeds]

    def push(feed: ps.Stage) -> None:
        for i in range(0, 1000, 10):
            graph.push(feed, np.arange(i, i + 10))
        graph.finish_feed(feed)

    def pull(drain: ps.Stage, into: list[int]) -> None:
        while (values := graph.pull(drain, 64)) is not None:
            into.extend(values.tolist())

    threads = [threading.Thread(target=push, args=(feed,)) for feed in feeds]
    threads += [
        threading.Thread(target=pull, args=each)
        for each in zip(drains, results, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    graph.wait()
    assert results == [[2 * i for i in range(1000)]] * 3


def double(context: ps.Context, values: Any, out: Any) -> None:
    np.multiply(values, 2, out=out)


def test_graphs_on_many_threads(engine: ps.Engine) -> None:
    def work(into: list[int]) -> None:
        for _ in range(10):
            with ps.Graph() as graph:
                got: list[int] = []
                graph.sink("sink", numbers(graph, 100), collect(got))
                graph.run(engine)
                into.append(sum(got))

    results: list[list[int]] = [[] for _ in range(4)]
    threads = [threading.Thread(target=work, args=(each,)) for each in results]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[4950] * 10] * 4


def test_running_inside_of_a_callback(engine: ps.Engine, graph: ps.Graph) -> None:
    def run_another(context: ps.Context, values: Any) -> None:
        with ps.Graph("inner") as inner:
            inner.sink("sink", numbers(inner), nothing)
            inner.run(engine)

    graph.sink("sink", numbers(graph), run_another)
    with pytest.raises(ps.DeadlockError, match="inner: run from inside a callback"):
        graph.run(engine)


def test_starting_inside_of_a_callback(engine: ps.Engine, graph: ps.Graph) -> None:
    inner, got = ps.Graph("inner"), []  # type: ignore[var-annotated]
    inner.sink("sink", numbers(inner, 10), collect(got))

    def start_another(context: ps.Context, values: Any) -> None:
        inner.start(engine)

    graph.sink("sink", numbers(graph, 1), start_another)
    graph.run(engine)
    inner.wait()
    assert got == list(range(10))


def test_keys_keep_the_state_of_their_thread(graph: ps.Graph) -> None:
    """They run on the producer's thread, which may be a worker that Python never
    made; its state lasts until the worker ends, and then it goes."""
    local = threading.local()
    here: set[tuple[int, int]] = set()

    def key(values: Any, keys: Any) -> None:
        if not hasattr(local, "name"):
            local.name = object()
        here.add((threading.get_ident(), id(local.name)))
        keys[:] = values[:, 0]

    before = states()
    got: list[int] = []
    engine = ps.Engine()
    source = graph.matmul(
        "native",
        graph.source("rows", ("f4", (2,)), count_rows(20_000)),
        ("f4", (2,)),
        np.eye(2, dtype=np.float32),
    )
    graph.sink("sink", source, collect_rows(got), replicas=2, key=key, batch=64)
    for _ in range(3):
        got.clear()
        graph.run(engine)
        assert sorted(got) == list(range(20_000))
    assert len(here) == len({thread for thread, _ in here})
    assert states() <= before + engine.info().workers
    engine.close()
    graph.close()
    assert states() == before


def count_rows(end: int) -> Any:
    def fill(context: ps.Context, out: Any) -> int | ps.End:
        made = context.position
        n = min(len(out), end - made)
        out[:n] = np.arange(made, made + n)[:, None]
        return n if made + n < end else ps.End(n)

    return fill


def collect_rows(into: list[int]) -> Any:
    def take(context: ps.Context, values: Any) -> None:
        into.extend(values[:, 0].astype(int).tolist())

    return take
