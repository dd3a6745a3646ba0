"""Operators as stages of graphs."""

from __future__ import annotations

import pathlib
import resource
import threading
from typing import Any

import numpy as np
import pytest

import penstock as ps
from penstock import ops

Array = np.ndarray[Any, Any]


def counting(graph: ps.Graph, n: int, type: Any = np.int64) -> ps.Stage:
    def fill(context: ps.Context, out: Array) -> int | ps.End:
        made = context.position
        count = min(len(out), n - made)
        out[:count] = np.arange(made, made + count)
        return count if made + count < n else ps.End(count)

    return graph.source("numbers", type, fill)


def collected(graph: ps.Graph, stage: ps.Stage, engine: ps.Engine) -> Array:
    found: list[Array] = []
    graph.sink("all", stage, lambda context, values: found.append(values.copy()))
    graph.run(engine)
    assert stage.type is not None
    return np.concatenate(found) if found else stage.type.empty(0)


@pytest.mark.parametrize("replicas", [1, 3])
def test_apply(graph: ps.Graph, engine: ps.Engine, replicas: int) -> None:
    chain = ops.add(3) | ops.multiply(2) | ops.cast("f4")
    made = graph.apply("line", counting(graph, 100_000), chain, replicas=replicas)
    assert made.type is not None
    assert made.type.dtype == np.float32
    expected = ((np.arange(100_000) + 3) * 2).astype("f4")
    np.testing.assert_array_equal(collected(graph, made, engine), expected)


@pytest.mark.parametrize("replicas", [1, 2])
def test_apply_filter(graph: ps.Graph, engine: ps.Engine, replicas: int) -> None:
    third = ops.remainder(3) | ops.equal(1)
    kept = graph.apply_filter(
        "third", counting(graph, 10_000), third, replicas=replicas
    )
    found = collected(graph, kept, engine)
    np.testing.assert_array_equal(found, np.arange(1, 10_000, 3))


def test_several_stages_with_one_operator(graph: ps.Graph, engine: ps.Engine) -> None:
    add = ops.add(1)
    stage = counting(graph, 5000)
    for i in range(5):
        stage = graph.apply(f"add {i}", stage, add)
    np.testing.assert_array_equal(collected(graph, stage, engine), np.arange(5000) + 5)


def test_operators_beside_callables_and_functions_in_c(
    graph: ps.Graph, engine: ps.Engine
) -> None:
    stage = graph.apply("rows", counting(graph, 1000), ops.one_hot(4, "i4"))

    def double(context: ps.Context, values: Array, out: Array) -> None:
        np.multiply(values, 2, out=out)

    stage = graph.map("double", stage, ("i4", (4,)), double)
    stage = graph.apply("again", stage, ops.subtract([1, 2, 3, 4]))
    expected = np.zeros((1000, 4), "i4")
    expected[np.arange(4), np.arange(4)] = 2
    np.testing.assert_array_equal(
        collected(graph, stage, engine), expected - [1, 2, 3, 4]
    )


def test_random_operators_are_the_same_in_replicas(engine: ps.Engine) -> None:
    images = np.random.default_rng(0).integers(0, 256, (500, 9, 9, 3)).astype("u1")
    cut = ops.gather(images, copy=False) | ops.random_crop(4, 4, seed=1)

    def made(operator: ops.Operator, replicas: int) -> Array:
        with ps.Graph() as graph:
            stage = graph.apply(
                "cut", counting(graph, 500), operator, replicas=replicas, batch=16
            )
            return collected(graph, stage, engine)

    alone = made(cut, 1)
    np.testing.assert_array_equal(alone, cut(np.arange(500)))
    for replicas in (1, 2, 4):
        np.testing.assert_array_equal(made(ops.numbered(cut), replicas), alone)
    with pytest.raises(ps.StageError, match="a random operator in replicas must take"):
        made(cut, 2)


def test_an_element_that_fails(graph: ps.Graph, engine: ps.Engine) -> None:
    rows = graph.apply("rows", counting(graph, 1000), ops.gather(np.arange(700)))
    with pytest.raises(
        ps.StageError, match=r"stage 'rows', .*element 700: gather: the index is not"
    ):
        collected(graph, rows, engine)


@pytest.mark.parametrize("failure", ["skip", "dead_letter"])
def test_failing_elements_by_policy(
    graph: ps.Graph, engine: ps.Engine, failure: str
) -> None:
    table = np.arange(10) * 10
    stage = graph.apply(
        "rows",
        graph.apply("wrap", counting(graph, 1200), ops.remainder(12)),
        ops.gather(table),
        on_failure=failure,
    )
    letters: list[int] = []
    if failure == "dead_letter":
        graph.sink(
            "letters",
            stage.dead_letters(),
            lambda context, values: letters.extend(values.tolist()),
        )
    found = collected(graph, stage, engine)
    np.testing.assert_array_equal(found, np.tile(table, 100))
    if failure == "dead_letter":
        assert letters == [10, 11] * 100


def test_what_fits_no_stage_is_refused(graph: ps.Graph) -> None:
    numbers = counting(graph, 10)
    with pytest.raises(TypeError, match=r"expected an operator of penstock\.ops"):
        graph.apply("no", numbers, np.add)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"crop\(0, 0, 1, 1\) of int64_t"):
        graph.apply("no", numbers, ops.crop(0, 0, 1, 1))
    with pytest.raises(ps.ElementTypeError, match="to filter it must make one bool"):
        graph.apply_filter("no", numbers, ops.add(1))


def test_operators_that_are_dropped_leave_nothing() -> None:
    def churn() -> int:
        for i in range(1000):
            chain = ops.add(np.arange(1000.0)) | ops.cast("f4") | ops.multiply(i)
            chain(np.zeros((2, 1000)))
        pages = pathlib.Path("/proc/self/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()

    churn()
    before = churn()
    for _ in range(3):
        grown = churn() - before
    # 3000 chains have 24 MB of constants.
    assert grown < 4 << 20


def test_one_operator_for_many_threads() -> None:
    chain = ops.add(1) | ops.cast("f8") | ops.sqrt()
    values = np.arange(20_000)
    expected = np.sqrt(values + 1.0)
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(50):
            if not np.array_equal(chain(values), expected):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
