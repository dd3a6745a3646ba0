"""Signals while the main thread runs callables for the library."""

from __future__ import annotations

import pytest
from programs import output

PREAMBLE = """
import os, signal, sys
import penstock as ps

# Of so many, most come while the library runs, and are handled at the first step of a
# callable.
def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

def endless(context, out):
    out[:] = 1
    return len(out)

def fill(context, values, out):
    out[:] = values
"""

# A C function sends the signal, so that Python sees it when it is called next.
KILLER = """
import ctypes
libc = ctypes.CDLL(None)
calls = 0
@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p,
                  ctypes.c_size_t)
def unused(*_):
    return 0
import numba
from numba import types
kill = types.ExternalFunction("kill", types.int32(types.int32, types.int32))
pid = os.getpid()
@numba.cfunc("int32(voidptr, CPointer(int64), CPointer(int64), uintp)")
def kills(cx, source, out, n):
    for i in range(n):
        out[i] = source[i]
    kill(pid, 2)
    return 0
"""


@pytest.mark.parametrize("executor", ["threads", "simulated:1"])
@pytest.mark.parametrize("policy", ["fail", "skip"])
def test_an_interrupt_between_two_calls(executor: str, policy: str) -> None:
    rest = f"""
wrong = []
def check(context, values):
    if (values != 1).any():
        wrong.append(values.copy())

for _ in range(20):
    with ps.Engine(executor="{executor}") as engine, ps.Graph() as graph:
        ones = graph.source("ones", "i8", endless, thread="host")
        killed = graph.map("kills", ones, "i8", kills, thread="host")
        filled = graph.map("fill", killed, "i8", fill, thread="host",
                           on_failure="{policy}")
        graph.sink("check", filled, check, thread="host")
        try:
            graph.run(engine)
            print("not interrupted")
        except KeyboardInterrupt:
            pass
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
print("interrupted", wrong)
"""
    assert output(PREAMBLE + KILLER + rest) == "interrupted []"


def test_an_interrupt_inside_of_a_callable() -> None:
    rest = """
def stuck(context, values):
    signal.raise_signal(signal.SIGINT)
    while True:
        pass

with ps.Engine() as engine, ps.Graph() as graph:
    graph.sink("sink", graph.source("ones", "i8", endless), stuck, thread="host")
    try:
        graph.run(engine)
    except KeyboardInterrupt as error:
        print("interrupted")
"""
    assert output(PREAMBLE + rest) == "interrupted"


def test_handlers_that_raise_nothing() -> None:
    rest = """
seen = []
signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))

def raises(context, values):
    signal.raise_signal(signal.SIGUSR1)
    return ps.END if context.position else None

with ps.Engine() as engine, ps.Graph() as graph:
    graph.sink("sink", graph.source("ones", "i8", endless), raises, thread="host")
    graph.run(engine)
print(len(seen) >= 1)
"""
    assert output(PREAMBLE + rest) == "True"


@pytest.mark.parametrize("executor", ["threads", "simulated:1"])
def test_an_interrupt_of_a_behaviour(executor: str) -> None:
    rest = f"""
with ps.Engine(executor="{executor}") as engine:
    dispatcher = engine.dispatcher()
    actor = engine.spawn(lambda context, message: interrupt(), dispatcher=dispatcher)
    actor.send(1)
    try:
        while True:
            dispatcher.poll(timeout=1)
    except KeyboardInterrupt:
        print("interrupted")
"""
    assert output(PREAMBLE + rest) == "interrupted"


def test_an_interrupt_of_a_poll() -> None:
    rest = """
import threading
threading.Timer(0.2, interrupt).start()
with ps.Engine() as engine:
    try:
        engine.dispatcher().poll(timeout=None)
    except KeyboardInterrupt:
        print("interrupted")
"""
    assert output(PREAMBLE + rest) == "interrupted"


def test_an_interrupt_of_an_ask() -> None:
    rest = """
import threading
from ctypes import CFUNCTYPE, c_int, c_void_p

@CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p)
def silent(context, state, message):
    return 0

with ps.Engine() as engine:
    echo = engine.spawn(lambda context, message: context.reply(message.token, b"yes"))
    for actor in (engine.spawn(lambda context, message: None), engine.spawn(silent)):
        threading.Timer(0.2, interrupt).start()
        try:
            actor.ask(1)
        except KeyboardInterrupt:
            print("interrupted", echo.ask(1))
"""
    assert output(PREAMBLE + rest) == "interrupted b'yes'\ninterrupted b'yes'"
