"""After fork() the child has no workers, says so, and can make its own."""

from __future__ import annotations

import pytest
from programs import output

PREAMBLE = """
import asyncio, os, sys, threading
import numpy as np
import penstock as ps

def endless(context, out):
    out[:] = 1
    return len(out)

def nothing(*_):
    pass

async def awaits(echo):
    await echo.ask_async(1)

def in_child(function):
    pid = os.fork()
    if pid == 0:
        try:
            function()
            sys.stdout.flush()
        except BaseException as error:
            print("child:", type(error).__name__, error, flush=True)
            os._exit(1)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0

engine = ps.Engine()
graph = ps.Graph()
graph.sink("sink", graph.source("ones", "i8", endless), nothing)
graph.start(engine)
actor = engine.spawn(nothing)
echo = ps.actor(lambda value: value).spawn(engine)
assert echo.ask(1) == 1

def refused(call):
    try:
        call()
    except ps.ForkError:
        return
    raise AssertionError("not refused")
"""

# From 3.12 on Python warns of any fork with threads.
QUIET = {"PYTHONWARNINGS": "ignore::DeprecationWarning"}


@pytest.mark.parametrize(
    "call",
    [
        "graph.wait()",
        "graph.poll()",
        "graph.cancel()",
        "graph.pause()",
        "graph.start(engine)",
        "ps.Graph().start(engine)",
        "engine.spawn(nothing)",
        "engine.await_quiescent(0)",
        "actor.send(1)",
        "actor.ask(1)",
        "echo.send(1)",
        "echo.send_many([1, 2])",
        "echo.ask(1)",
        "asyncio.run(awaits(echo))",
    ],
)
def test_a_parents_objects_are_refused(call: str) -> None:
    child = f"in_child(lambda: refused(lambda: {call})); print('done')"
    if "ps.Graph()" in call:
        child = (
            "other = ps.Graph()\n"
            "other.sink('sink', other.source('s', 'i8', endless), nothing)\n"
            "in_child(lambda: refused(lambda: other.start(engine))); print('done')"
        )
    assert output(PREAMBLE + child, env=QUIET) == "done"


def test_closing_and_dropping_in_the_child() -> None:
    rest = """
def child():
    global graph, engine, actor
    graph.close()
    engine.close()
    assert graph.closed and engine.closed
in_child(child)
def child():
    global graph, engine, actor, echo
    graph = engine = actor = echo = None
    import gc
    gc.collect()
in_child(child)
print(graph.state.name)
"""
    assert output(PREAMBLE + rest, env=QUIET) == "RUNNING"


def test_a_childs_own_engine() -> None:
    rest = """
def child():
    total = []
    def three(context, out):
        out[:3] = [1, 2, 3]
        return ps.End(3)
    with ps.Engine() as mine, ps.Graph("mine") as other:
        other.sink("sink", other.source("s", "i8", three),
                   lambda context, values: total.append(int(values.sum())))
        other.run(mine)
        echo = mine.spawn(lambda context, message: context.reply(message.token, b"hi"))
        assert echo.ask(1) == b"hi"
    assert total == [6]
in_child(child)
print("done")
"""
    assert output(PREAMBLE + rest, env=QUIET) == "done"


def test_a_child_that_exits_as_python_does() -> None:
    rest = """
pid = os.fork()
if pid == 0:
    sys.exit(0)
print(os.waitpid(pid, 0)[1])
"""
    assert output(PREAMBLE + rest, env=QUIET) == "0"


def test_multiprocessing() -> None:
    rest = """
import multiprocessing
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.map(abs, [-1, -2]))
"""
    assert output(PREAMBLE + rest, env=QUIET) == "[1, 2]"


def test_matmul_in_the_child() -> None:
    rest = """
in_child(lambda: ps.matmul(np.eye(300), np.eye(300)))
print("done")
"""
    assert output(PREAMBLE + rest, env=QUIET) == "done"
