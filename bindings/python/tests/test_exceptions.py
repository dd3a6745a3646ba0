"""What callables raise comes back as it is; what they return wrongly is told."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from stages import collect, count_to, notes, nothing, numbers

import penstock as ps


@pytest.fixture(params=[None, "simulated:3"])
def engine(request: pytest.FixtureRequest) -> Iterator[ps.Engine]:
    with ps.Engine(executor=request.param) as made:
        yield made


def blow_up(*_: Any) -> None:
    secret = 0
    raise ZeroDivisionError(f"division of {secret}")


def _source(graph: ps.Graph, function: Callable[..., Any]) -> None:
    graph.sink("sink", graph.source("culprit", "i8", function), nothing)


def _map(graph: ps.Graph, function: Callable[..., Any]) -> None:
    graph.sink("sink", graph.map("culprit", numbers(graph), "i8", function), nothing)


def _filter(graph: ps.Graph, function: Callable[..., Any]) -> None:
    graph.sink("sink", graph.filter("culprit", numbers(graph), function), nothing)


def _process(graph: ps.Graph, function: Callable[..., Any]) -> None:
    stage = graph.process("culprit", numbers(graph), "i8", function)
    graph.sink("sink", stage, nothing)


def _fold(graph: ps.Graph, function: Callable[..., Any]) -> None:
    stage = graph.fold("culprit", numbers(graph), "i8", function)
    graph.sink("sink", stage, nothing)


def _sink(graph: ps.Graph, function: Callable[..., Any]) -> None:
    graph.sink("culprit", numbers(graph), function)


def _setup(graph: ps.Graph, function: Callable[..., Any]) -> None:
    graph.sink("culprit", numbers(graph), nothing, setup=function)


def _teardown(graph: ps.Graph, function: Callable[..., Any]) -> None:
    graph.sink("culprit", numbers(graph), nothing, teardown=function)


def _finish(graph: ps.Graph, function: Callable[..., Any]) -> None:
    stage = graph.process("culprit", numbers(graph), "i8", nothing, finish=function)
    graph.sink("sink", stage, nothing)


def _key(graph: ps.Graph, function: Callable[..., Any]) -> None:
    graph.sink("culprit", numbers(graph), nothing, replicas=2, key=function)


def _port_key(graph: ps.Graph, function: Callable[..., Any]) -> None:
    source = graph.map("culprit", numbers(graph), "i8", nothing)
    for name in ("a", "b"):
        graph.sink(name, source, nothing)
    graph.distribute(source, "by_key", function)


KINDS = [
    _source,
    _map,
    _filter,
    _process,
    _fold,
    _sink,
    _setup,
    _teardown,
    _finish,
    _key,
    _port_key,
]


@pytest.mark.parametrize("describe", KINDS)
def test_an_exception_comes_back(
    describe: Callable[..., None], engine: ps.Engine, graph: ps.Graph
) -> None:
    describe(graph, blow_up)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError) as caught:
            graph.run(engine)
        text = "".join(traceback.format_exception(caught.value))
        assert "in blow_up" in text
        assert "culprit" in notes(caught.value)[0]


def test_a_comparison_that_raises(engine: ps.Engine, graph: ps.Graph) -> None:
    inputs = [numbers(graph, 10), graph.source("others", "i8", count_to(10))]
    merged = graph.merge("culprit", inputs, order="sorted", compare=blow_up)
    graph.sink("sink", merged, nothing)
    with pytest.raises(ZeroDivisionError) as caught:
        graph.run(engine)
    assert notes(caught.value) == ["in the compare of merge 'culprit'"]


def test_the_note_names_graph_stage_and_element(
    engine: ps.Engine, graph: ps.Graph
) -> None:
    def late(context: ps.Context, values: Any) -> None:
        if context.position >= 500:
            raise ValueError("too far")

    graph.sink("culprit", numbers(graph), late, batch=100)
    with pytest.raises(ValueError, match="too far") as caught:
        graph.run(engine)
    assert notes(caught.value) == [
        "test: stage 'culprit', element 500: ValueError: too far"
    ]


def test_fail_names_the_element(engine: ps.Engine, graph: ps.Graph) -> None:
    def check(context: ps.Context, values: Any) -> None:
        for i, value in enumerate(values):
            if value == 123:
                context.fail(i, "is not wanted", status=1234)

    graph.sink("check", numbers(graph), check)
    with pytest.raises(ps.StageError) as caught:
        graph.run(engine)
    assert str(caught.value) == "test: stage 'check', element 123: is not wanted"
    assert caught.value.status is ps.Status.ESTAGE


def test_stop_iteration_is_not_raised_as_such(
    engine: ps.Engine, graph: ps.Graph
) -> None:
    empty: Iterator[int] = iter(())

    def forgetful(context: ps.Context, out: Any) -> int:
        return next(empty)

    graph.sink("sink", graph.source("forgetful", "i8", forgetful), nothing)
    with pytest.raises(ps.StageError, match="'forgetful'") as caught:
        graph.run(engine)
    assert isinstance(caught.value.__cause__, StopIteration)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_exits_come_back(
    error: type[BaseException], engine: ps.Engine, graph: ps.Graph
) -> None:
    def leave(*_: Any) -> None:
        raise error

    graph.sink("sink", numbers(graph), leave)
    with pytest.raises(error):
        graph.run(engine)


def test_skipped_spans_are_no_failure(engine: ps.Engine, graph: ps.Graph) -> None:
    def refuse(context: ps.Context, values: Any, out: Any) -> None:
        if values[0] == 200:
            raise ValueError("skipped")
        out[:] = values

    got: list[int] = []
    stage = graph.map(
        "some", numbers(graph), "i8", refuse, batch=100, on_failure=ps.Failure.SKIP
    )
    graph.sink("sink", stage, collect(got))
    graph.run(engine)
    assert got == [*range(200), *range(300, 1000)]
    assert stage.stats().skipped == 100


def test_retried_spans(engine: ps.Engine, graph: ps.Graph) -> None:
    tries = 0

    def unsteady(context: ps.Context, values: Any, out: Any) -> None:
        nonlocal tries
        tries += 1
        if tries % 3:
            raise OSError("try again")
        out[:] = values

    got: list[int] = []
    stage = graph.map(
        "some",
        numbers(graph),
        "i8",
        unsteady,
        batch=100,
        on_failure="retry",
        backoff_ns=0,
    )
    graph.sink("sink", stage, collect(got))
    graph.run(engine)
    assert got == list(range(1000))
    graph.run(engine)


def test_retries_that_end(engine: ps.Engine, graph: ps.Graph) -> None:
    graph.sink(
        "sink", numbers(graph), blow_up, on_failure="retry", retries=2, backoff_ns=0
    )
    with pytest.raises(ZeroDivisionError):
        graph.run(engine)


@pytest.mark.parametrize(
    ("describe", "result", "message"),
    [
        (_source, None, "culprit.* returned None; expected how many"),
        (_source, True, "returned bool True"),
        (_source, 2.5, "returned float 2.5"),
        (_source, "4", "returned str '4'"),
        (_source, -1, "made -1 elements"),
        (_source, 10**9, "made 1000000000 elements, with room for"),
        (_source, ps.End(10**9), "with room for"),
        (_map, np.zeros(3), "returned an array of float64 .* expected None"),
        (_map, ps.END, "returned an object of class 'End'"),
        (_filter, np.ones(3, bool), "mask written to its last argument"),
        (_process, 3, "returned int 3; expected None, or END"),
        (_fold, 3, "state changed in place"),
        (_sink, ps.Status.END, "expected None, or END"),
        (_sink, ps.End(3), "expected None, or END"),
        (_setup, 1, "from its setup"),
        (_teardown, 1, "from its teardown"),
        (_finish, ps.END, "from its finish"),
        (_key, [1], "key of stage 'culprit' returned"),
    ],
)
def test_wrong_results(
    describe: Callable[..., None],
    result: Any,
    message: str,
    engine: ps.Engine,
    graph: ps.Graph,
) -> None:
    describe(graph, lambda *_: result)
    with pytest.raises((TypeError, ValueError), match=message):
        graph.run(engine)


def test_wrong_comparisons(engine: ps.Engine, graph: ps.Graph) -> None:
    inputs = [numbers(graph, 10), graph.source("others", "i8", count_to(10))]
    merged = graph.merge("merge", inputs, order="sorted", compare=lambda a, b: "less")
    graph.sink("sink", merged, nothing)
    with pytest.raises(TypeError, match="compare of merge 'merge' returned str 'less'"):
        graph.run(engine)


def test_wrong_number_of_arguments(engine: ps.Engine, graph: ps.Graph) -> None:
    graph.sink("sink", numbers(graph), lambda values: None)
    with pytest.raises(TypeError, match="positional argument"):
        graph.run(engine)


@pytest.mark.parametrize(
    ("emit", "error", "message"),
    [
        (lambda cx: cx.emit(np.zeros(1)), TypeError, "must be of int64 and shape"),
        (lambda cx: cx.emit([1, 2]), TypeError, "not an object of class 'list'"),
        (lambda cx: cx.emit(np.zeros((1, 2), "i8")), ValueError, r"shape \(1, 2\)"),
        (lambda cx: cx.emit(np.zeros(10**6, "i8")), ValueError, "no room for 1000000"),
        (lambda cx: cx.emit(np.zeros(1, "i8"), port=1), ValueError, "no port 1"),
        (lambda cx: cx.emit(np.zeros(1, "i8"), port=-1), ValueError, "port"),
        (lambda cx: cx.reserve(-1), ValueError, "want must be at least 0"),
        (lambda cx: cx.reserve(1, port=7), ValueError, "no port 7"),
        (lambda cx: cx.commit(1), ValueError, "did not reserve so many"),
        (lambda cx: cx.fail(-1, "x"), ValueError, "index must be at least 0"),
        (lambda cx: cx.fail(0, "x", status=0), ValueError, "is not a failure"),
    ],
)
def test_wrong_emissions(
    emit: Callable[[ps.Context], None],
    error: type[Exception],
    message: str,
    engine: ps.Engine,
    graph: ps.Graph,
) -> None:
    def emits(context: ps.Context, values: Any) -> None:
        emit(context)

    graph.sink("sink", graph.process("emits", numbers(graph), "i8", emits), nothing)
    with pytest.raises(error, match=message):
        graph.run(engine)


def test_emitting_where_nothing_is_emitted(engine: ps.Engine, graph: ps.Graph) -> None:
    def emits(context: ps.Context, values: Any) -> None:
        context.emit(values)

    graph.sink("sink", numbers(graph), emits)
    with pytest.raises(ValueError, match="has 0 ports to emit to"):
        graph.run(engine)
