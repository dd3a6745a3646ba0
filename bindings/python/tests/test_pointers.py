"""Stages and actors in C: function pointers of ctypes, cffi and numba."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import cffi
import numba
import numpy as np
import pytest
from stages import collect, nothing, numbers

import penstock as ps
from penstock import _signatures as c

MAP = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t
)


@numba.cfunc("int32(voidptr, CPointer(int64), CPointer(int64), uintp)")
def doubled(cx: Any, source: Any, out: Any, n: int) -> int:
    for i in range(n):
        out[i] = 2 * source[i]
    return 0


def by_ctypes() -> Any:
    def double(cx: int, source: int, out: int, n: int) -> int:
        kind = ctypes.c_int64 * n
        values = np.ctypeslib.as_array(kind.from_address(source))
        np.ctypeslib.as_array(kind.from_address(out))[:] = 2 * values
        return 0

    return MAP(double)


def by_cffi() -> Any:
    ffi = cffi.FFI()
    signature = "int(void *, int64_t *, int64_t *, size_t)"

    def double(cx: Any, source: Any, out: Any, n: int) -> int:
        for i in range(n):
            out[i] = 2 * source[i]
        return 0

    return ffi.callback(signature, double)


@pytest.mark.parametrize(
    "make",
    [
        by_ctypes,
        by_cffi,
        lambda: doubled,
        lambda: doubled.address,
        lambda: doubled.ctypes,
        lambda: np.uintp(doubled.address or 0),
        lambda: cffi.FFI().cast("void *", doubled.address),
    ],
)
def test_a_map(make: Callable[[], Any], engine: ps.Engine, graph: ps.Graph) -> None:
    got: list[int] = []
    stage = graph.map("double", numbers(graph), "i8", make())
    graph.sink("sink", stage, collect(got))
    graph.run(engine)
    assert got == [2 * i for i in range(1000)]


@numba.cfunc("int32(voidptr, CPointer(int64), uintp)")
def fails(cx: Any, source: Any, n: int) -> int:
    return 1001


def test_an_error_of_c_is_a_stage_error(engine: ps.Engine, graph: ps.Graph) -> None:
    graph.sink("sink", numbers(graph), fails)
    with pytest.raises(ps.StageError, match="its callback returned 1001"):
        graph.run(engine)


def test_user_is_what_c_gets(engine: ps.Engine, graph: ps.Graph) -> None:
    """A sum in C: the accumulator is an array of the program's."""
    total = np.zeros(1, np.int64)
    graph.sink("sum", numbers(graph), _summing(), user=total)
    graph.run(engine)
    assert total[0] == sum(range(1000))


def _summing() -> Any:
    sink = ctypes.CFUNCTYPE(
        ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t
    )
    from penstock._library import lib

    def add(cx: int, source: int, n: int) -> int:
        values = np.ctypeslib.as_array((ctypes.c_int64 * n).from_address(source))
        np.ctypeslib.as_array((ctypes.c_int64 * 1).from_address(lib.pst_user(cx)))[
            0
        ] += values.sum()
        return 0

    return sink(add)


class Counter(ctypes.Structure):
    _fields_ = [("calls", ctypes.c_int64)]


@pytest.mark.parametrize(
    "user",
    [
        None,
        0x1000,
        np.zeros(1),
        Counter(),
        ctypes.c_int(3),
        ctypes.pointer(Counter()),
        ctypes.c_void_p(64),
        cffi.FFI().new("int *"),
    ],
)
def test_kinds_of_user(user: Any, engine: ps.Engine, graph: ps.Graph) -> None:
    got: list[int] = []
    stage = graph.map("double", numbers(graph), "i8", doubled, user=user)
    graph.sink("sink", stage, collect(got))
    graph.run(engine)
    assert len(got) == 1000


@pytest.mark.parametrize("user", ["text", object(), [1], True])
def test_wrong_users(user: Any, graph: ps.Graph) -> None:
    with pytest.raises(TypeError, match="user for a function in C must be an address"):
        graph.map("double", numbers(graph), "i8", doubled, user=user)


@pytest.mark.parametrize("function", [0, -1, MAP(0)])
def test_no_address(function: Any, graph: ps.Graph) -> None:
    with pytest.raises(ValueError, match="is no address of a function"):
        graph.map("map", numbers(graph), "i8", function)


@pytest.mark.parametrize("function", [None, "map", 2.5, True, [], np.zeros(2)])
def test_no_function(function: Any, graph: ps.Graph) -> None:
    with pytest.raises(TypeError, match=r"stage 'map' must be callable or a function"):
        graph.map("map", numbers(graph), "i8", function)


def test_no_pointer_of_cffi(graph: ps.Graph) -> None:
    with pytest.raises(TypeError, match="is not a pointer to a function"):
        graph.map("map", numbers(graph), "i8", cffi.FFI().cast("int", 3))


def test_set_up_in_c_around_a_callable(engine: ps.Engine, graph: ps.Graph) -> None:
    calls: list[str] = []

    def begin(cx: int) -> int:
        calls.append("begin")
        return 0

    def end(cx: int) -> None:
        calls.append("end")

    sink = graph.sink("sink", numbers(graph, 1), nothing)
    sink.configure(setup=c.SetupFunction(begin), teardown=c.TeardownFunction(end))
    graph.run(engine)
    assert calls == ["begin", "end"]


def test_a_set_up_in_c_that_fails(engine: ps.Engine, graph: ps.Graph) -> None:
    graph.sink("sink", numbers(graph), nothing, setup=c.SetupFunction(lambda cx: 1001))
    with pytest.raises(ps.StageError, match="its set-up returned 1001"):
        graph.run(engine)


def test_elements_that_own_something(engine: ps.Engine, graph: ps.Graph) -> None:
    """Those that nobody consumed are given to destroy, in C."""
    destroyed: list[int] = []

    def destroy(elements: int, n: int, user: int) -> None:
        kind = ctypes.c_int64 * n
        destroyed.extend(kind.from_address(elements))

    owned = ps.ElementType("i8", name="owned", destroy=c.DestroyFunction(destroy))

    def odd(context: ps.Context, values: Any, keep: Any) -> None:
        keep[:] = values % 2 == 1

    def fill(context: ps.Context, out: Any) -> ps.End:
        out[:10] = np.arange(10)
        return ps.End(10)

    got: list[int] = []
    source = graph.source("source", owned, fill)
    graph.sink("sink", graph.filter("odd", source, odd), collect(got))
    graph.run(engine)
    assert got == [1, 3, 5, 7, 9]
    assert destroyed == [0, 2, 4, 6, 8]


def test_destroy_is_not_for_python() -> None:
    with pytest.raises(TypeError, match="destroy must be a function in C"):
        ps.ElementType("i8", destroy=nothing)


def test_an_actor_in_c(engine: ps.Engine) -> None:
    seen = np.zeros(1, np.int64)

    def behave(cx: int, state: int, message: Any) -> int:
        ctypes.c_int64.from_address(state).value += message[0].type
        return 0

    actor = engine.spawn(c.BehaviourFunction(behave), state=seen)
    for i in range(10):
        actor.send(i)
    engine.await_quiescent()
    assert seen[0] == 45
