"""The interpreter's exit, with everything still running."""

from __future__ import annotations

import pytest
from programs import output, run

PREAMBLE = """
import threading, time, sys
import numpy as np
import penstock as ps

def endless(context, out):
    out[:] = 1
    return len(out)

def nothing(*_):
    pass

engine = ps.Engine()
graph = ps.Graph()
started = threading.Event()
"""


def program(rest: str) -> str:
    import textwrap

    return PREAMBLE + textwrap.dedent(rest)


@pytest.mark.parametrize("thread", ["blocking", "worker"])
def test_with_a_running_graph(thread: str) -> None:
    rest = f"""
    graph.sink("sink", graph.source("ones", "i8", endless, thread="{thread}"),
               lambda *_: started.set(), thread="{thread}")
    graph.start(engine)
    started.wait()
    print("exits")
    """
    assert output(program(rest)) == "exits"


def test_with_a_thread_that_waits() -> None:
    rest = """
    graph.sink("sink", graph.source("ones", "i8", endless), lambda *_: started.set())
    graph.start(engine)
    def wait():
        try:
            graph.wait()
        except ps.CancelledError:
            pass
    threading.Thread(target=wait, daemon=True).start()
    started.wait()
    print("exits")
    """
    assert output(program(rest)) == "exits"


def test_with_a_host_stage_on_a_daemon_thread() -> None:
    rest = """
    graph.sink("sink", graph.source("ones", "i8", endless, thread="host"),
               lambda *_: started.set(), thread="host")
    def run():
        try:
            graph.run(engine)
        except ps.CancelledError:
            pass
    threading.Thread(target=run, daemon=True).start()
    started.wait()
    print("exits")
    """
    assert output(program(rest)) == "exits"


def test_with_actors() -> None:
    rest = """
    def behaviour(context, message):
        started.set()
        context.send(context.self, 1)
    actor = engine.spawn(behaviour)
    actor.send(1)
    started.wait()
    print("exits")
    """
    assert output(program(rest)) == "exits"


def test_in_modules_that_refer_to_each_other() -> None:
    rest = """
    class Everything:
        pass
    all_of_it = Everything()
    all_of_it.engine, all_of_it.graph, all_of_it.itself = engine, graph, all_of_it
    graph.sink("sink", graph.source("ones", "i8", endless),
               lambda *_: all_of_it and started.set())
    graph.start(engine)
    started.wait()
    del engine, graph
    print("exits")
    """
    assert output(program(rest)) == "exits"


def test_by_sys_exit_and_an_exception() -> None:
    rest = """
    graph.sink("sink", graph.source("ones", "i8", endless), nothing)
    graph.start(engine)
    sys.exit(3)
    """
    assert run(program(rest)).returncode == 3
    done = run(program(rest.replace("sys.exit(3)", "1 / 0")))
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr


def test_with_a_graph_dropped_late() -> None:
    rest = """
    graph.sink("sink", graph.source("ones", "i8", endless), nothing)
    graph.start(engine)
    import atexit
    def late():
        global graph, engine
        graph = engine = None
        print("exits")
    atexit.register(late)
    """
    assert output(program(rest)) == "exits"


def test_with_objects_made_during_exit() -> None:
    """After the package's own exit function: what is made then still ends."""
    rest = """
    import atexit
    class Late:
        def __del__(self):
            with ps.Engine() as engine, ps.Graph() as graph:
                graph.sink("sink", graph.source("s", "i8", lambda *_: ps.END), nothing,
                           thread="host")
    keep = Late()
    print("exits")
    """
    assert run(program(rest)).returncode == 0


def test_ctrl_c_ends_a_run() -> None:
    rest = """
    import os, signal
    graph.sink("sink", graph.source("ones", "i8", endless), lambda *_: started.set())
    def interrupt():
        started.wait()
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=interrupt).start()
    try:
        graph.run(engine)
    except KeyboardInterrupt:
        print("interrupted", graph.state.name)
    """
    assert output(program(rest)) == "interrupted ENDED"


@pytest.mark.parametrize(
    "call", ["graph.wait()", "graph.pull(drain, 1)", "graph.push(feed, ones)"]
)
def test_ctrl_c_ends_a_wait(call: str) -> None:
    rest = f"""
    import os, signal
    feed = graph.feed("feed", "i8")
    idle = graph.feed("idle", "i8")
    drain = graph.drain("drain", idle)
    full = graph.drain("full", feed)
    ones = np.ones(10_000_000, "i8")
    graph.start(engine)
    def interrupt():
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=interrupt).start()
    try:
        {call}
    except KeyboardInterrupt:
        print("interrupted", graph.state.name)
    """
    assert output(program(rest)) == "interrupted RUNNING"
