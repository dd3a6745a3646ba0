"""Objects given up in any order, on any thread, in callbacks, by the collector."""

from __future__ import annotations

import gc
import itertools
import os
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from stages import collect, count_to, nothing, numbers

import penstock as ps


def endless(context: ps.Context, out: Any) -> int:
    out[:] = 1
    return len(out)


def running(engine: ps.Engine) -> tuple[ps.Graph, ps.Stage]:
    """A graph that goes on until it is cancelled."""
    graph = ps.Graph("endless")
    sink = graph.sink("sink", graph.source("ones", "i8", endless), nothing)
    graph.start(engine)
    return graph, sink


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("way", ["close", "drop"])
def test_any_order(order: tuple[int, ...], way: str) -> None:
    engine = ps.Engine()
    graph, sink = running(engine)
    objects: list[Any] = [engine, graph, sink]
    del engine, graph, sink
    for i in order:
        given_up, objects[i] = objects[i], None
        if way == "close" and hasattr(given_up, "close"):
            given_up.close()
        del given_up
    gc.collect()


def test_a_started_graph_keeps_its_engine() -> None:
    engine = ps.Engine()
    alive = weakref.ref(engine)
    graph = ps.Graph()
    got: list[int] = []
    graph.sink("sink", numbers(graph), collect(got))
    graph.start(engine)
    del engine
    gc.collect()
    assert alive() is not None
    graph.wait()
    assert len(got) == 1000
    graph.close()
    gc.collect()
    assert alive() is None


def test_dropping_a_graph_cancels_it(engine: ps.Engine) -> None:
    started, stopped = threading.Event(), threading.Event()
    graph = ps.Graph()

    def begin(context: ps.Context) -> None:
        started.set()

    def end(context: ps.Context) -> None:
        stopped.set()

    source = graph.source("ones", "i8", endless)
    graph.sink("sink", source, nothing, setup=begin, teardown=end)
    graph.start(engine)
    assert started.wait(60)
    del graph, source
    gc.collect()
    assert stopped.wait(60)


def test_a_graph_that_its_callables_refer_to(engine: ps.Engine) -> None:
    def described() -> weakref.ref[ps.Graph]:
        graph = ps.Graph()

        def take(context: ps.Context, values: Any) -> None:
            assert graph.state is ps.RunState.RUNNING

        graph.sink("sink", numbers(graph), take)
        graph.run(engine)
        return weakref.ref(graph)

    alive = described()
    gc.collect()
    assert alive() is None


def test_dropped_inside_of_its_own_callback(engine: ps.Engine) -> None:
    holder: list[ps.Graph] = [ps.Graph()]
    ended = threading.Event()

    def drop(context: ps.Context, values: Any) -> None:
        holder.clear()
        gc.collect()

    def end(context: ps.Context) -> None:
        ended.set()

    graph = holder[0]
    graph.sink("sink", graph.source("ones", "i8", endless), drop, teardown=end)
    graph.start(engine)
    del graph
    assert ended.wait(60)


def test_closing_inside_of_a_callback_is_refused(engine: ps.Engine) -> None:
    errors: list[BaseException] = []
    graph = ps.Graph("mine")

    def close(context: ps.Context, values: Any) -> None:
        for each in (graph, engine):
            try:
                each.close()
            except ps.DeadlockError as error:
                errors.append(error)

    graph.sink("sink", numbers(graph, 1), close)
    graph.run(engine)
    assert ["mine" in str(error) for error in errors] == [True, False]
    assert not graph.closed
    assert not engine.closed
    graph.close()


@pytest.mark.parametrize(
    "use",
    [
        lambda engine: engine.info(),
        lambda engine: engine.render(),
        lambda engine: engine.spawn(nothing),
        lambda engine: engine.find("name"),
        lambda engine: engine.dispatcher(),
        lambda engine: engine.actor_counts(),
        lambda engine: engine.await_quiescent(0),
        lambda engine: engine.stop_actors(),
        lambda engine: engine.observe(None),
        lambda engine: engine.__enter__(),
        lambda engine: ps.Graph().run(engine),
        lambda engine: ps.matmul(np.eye(2), np.eye(2), engine=engine),
    ],
)
def test_a_closed_engine(use: Callable[[ps.Engine], Any]) -> None:
    engine = ps.Engine()
    engine.close()
    engine.close()
    assert engine.closed
    assert repr(engine) == "<Engine, closed>"
    with pytest.raises(ps.HandleError, match="the engine is closed"):
        use(engine)


@pytest.mark.parametrize(
    "use",
    [
        lambda graph, stage, engine: graph.run(engine),
        lambda graph, stage, engine: graph.start(engine),
        lambda graph, stage, engine: graph.wait(),
        lambda graph, stage, engine: graph.poll(),
        lambda graph, stage, engine: graph.cancel(),
        lambda graph, stage, engine: graph.pause(),
        lambda graph, stage, engine: graph.resume(),
        lambda graph, stage, engine: graph.wake(stage),
        lambda graph, stage, engine: graph.learn(),
        lambda graph, stage, engine: graph.validate(),
        lambda graph, stage, engine: graph.state,
        lambda graph, stage, engine: graph.elements_at_sinks,
        lambda graph, stage, engine: graph.plan(),
        lambda graph, stage, engine: graph.save("nowhere.svg"),
        lambda graph, stage, engine: graph.push(stage, np.zeros(1, "i8")),
        lambda graph, stage, engine: graph.pull(stage, 1),
        lambda graph, stage, engine: graph.finish_feed(stage),
        lambda graph, stage, engine: graph.source("x", "i8", nothing),
        lambda graph, stage, engine: graph.map("x", stage, "i8", nothing),
        lambda graph, stage, engine: graph.drain("x", stage),
        lambda graph, stage, engine: graph.distribute(stage, "broadcast"),
        lambda graph, stage, engine: stage.configure(batch=3),
        lambda graph, stage, engine: stage.dead_letters(),
        lambda graph, stage, engine: stage.stats(),
        lambda graph, stage, engine: graph.__enter__(),
    ],
)
def test_a_closed_graph(use: Callable[..., Any], engine: ps.Engine) -> None:
    graph = ps.Graph("closed one")
    stage = graph.feed("feed", "i8")
    graph.close()
    graph.close()
    assert graph.closed
    with pytest.raises(ps.HandleError, match="graph 'closed one' is closed"):
        use(graph, stage, engine)


def test_closing_while_another_thread_waits(engine: ps.Engine) -> None:
    graph, _ = running(engine)
    ended: list[BaseException] = []

    def wait() -> None:
        try:
            graph.wait()
        except ps.PenstockError as error:
            ended.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    graph.close()
    thread.join(60)
    assert isinstance(ended[0], (ps.CancelledError, ps.HandleError))


def test_an_engine_that_is_closed_cancels_its_graphs() -> None:
    engine = ps.Engine()
    graph, _ = running(engine)
    engine.close()
    with pytest.raises(ps.CancelledError):
        graph.wait()


def test_one_engine_and_many_graphs(engine: ps.Engine) -> None:
    graphs = [ps.Graph(f"graph {i}") for i in range(8)]
    results: list[list[int]] = [[] for _ in graphs]
    for graph, result in zip(graphs, results, strict=True):
        graph.sink("sink", numbers(graph, 100), collect(result))
        graph.start(engine)
    for graph in graphs:
        graph.wait()
    assert results == [list(range(100))] * 8


def test_a_failed_constructor_leaves_nothing_behind() -> None:
    with pytest.raises(ps.TopologyError):
        ps.Engine(topology="xml:/nowhere")
    with pytest.raises(ValueError, match="name is empty"):
        ps.Graph("")
    gc.collect()


def resident() -> int:
    """Bytes of memory of this process."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def threads() -> int:
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if "Threads" in line)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def flat(once: Callable[[], None], times: int, limit: int = 4 << 20) -> None:
    """Done many times, it takes no more memory, threads and descriptors than before."""
    for _ in range(times // 4):
        once()
    gc.collect()
    before = resident(), threads(), descriptors()
    for _ in range(times):
        once()
    gc.collect()
    # What was dropped while it ran is given up by threads that may not be done yet.
    assert eventually(lambda: threads() <= before[1] + 1)
    assert resident() - before[0] < limit
    assert descriptors() <= before[2]


def eventually(condition: Callable[[], bool]) -> bool:
    for _ in range(6000):
        if condition():
            return True
        time.sleep(0.01)
    return False


def test_many_graphs(engine: ps.Engine) -> None:
    def once() -> None:
        graph = ps.Graph()
        squares = graph.map("map", numbers(graph, 10), "i8", nothing)
        graph.sink("sink", squares, nothing)
        graph.run(engine)

    flat(once, 2000)


def test_many_failures(engine: ps.Engine) -> None:
    def fail(context: ps.Context, values: Any) -> None:
        raise ValueError("as ever")

    def once() -> None:
        graph = ps.Graph()
        graph.sink("sink", numbers(graph, 10), fail)
        with pytest.raises(ValueError, match="as ever"):
            graph.run(engine)

    flat(once, 500)


def test_many_runs(engine: ps.Engine, graph: ps.Graph) -> None:
    graph.sink("sink", numbers(graph, 10), nothing)
    flat(lambda: graph.run(engine), 2000)


def test_many_engines() -> None:
    def once() -> None:
        engine, graph = ps.Engine(), ps.Graph()
        graph.sink("sink", graph.source("s", "i8", count_to(10)), nothing)
        graph.run(engine)

    flat(once, 300)


def test_many_graphs_dropped_while_they_run(engine: ps.Engine) -> None:
    flat(lambda: running(engine) and None, 300, limit=16 << 20)
