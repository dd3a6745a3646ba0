"""Ranges, slices, shuffles and rows at the low layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import penstock as ps
from penstock._streams import FOREVER, Column, Shuffle


def pulled(graph: ps.Graph, engine: ps.Engine, stage: ps.Stage) -> Any:
    drain = graph.drain("drain", stage)
    graph.start(engine)
    parts = []
    while (part := graph.pull(drain, 1000)) is not None:
        parts.append(part)
    graph.wait()
    return np.concatenate(parts) if parts else np.empty(0)


def test_range(engine: ps.Engine, graph: ps.Graph) -> None:
    numbers = graph.range("numbers", 10, first=5, step=-2, start=3, stop=25)
    got = pulled(graph, engine, numbers)
    assert got.tolist() == [5 - 2 * (p % 10) for p in range(3, 25)]


def test_slice_of_periods(engine: ps.Engine, graph: ps.Graph) -> None:
    numbers = graph.range("numbers", 10, stop=30)
    got = pulled(graph, engine, graph.slice("slice", numbers, 7, 5, period=10))
    assert got.tolist() == [7, 8, 9] * 3


def test_slice_ends_an_endless_stream(engine: ps.Engine, graph: ps.Graph) -> None:
    numbers = graph.range("numbers", 100, stop=FOREVER)
    got = pulled(graph, engine, graph.slice("slice", numbers, 98, 4))
    assert got.tolist() == [98, 99, 0, 1]


def test_periods_are_shuffled_by_themselves(engine: ps.Engine, graph: ps.Graph) -> None:
    numbers = graph.range("numbers", 100, stop=300)
    got = pulled(graph, engine, graph.shuffle("s", numbers, 16, 7, period=100))
    epochs = got.reshape(3, 100)
    assert (np.sort(epochs) == np.arange(100)).all()
    assert len({epoch.tobytes() for epoch in epochs}) == 3
    with ps.Graph() as other:
        again = other.range("numbers", 100, stop=100)
        shuffled = other.shuffle("s", again, 16, 7, period=100, epoch=2)
        assert (pulled(other, engine, shuffled) == epochs[2]).all()


def test_shuffle_on_the_calling_thread(engine: ps.Engine, graph: ps.Graph) -> None:
    numbers = graph.range("numbers", 1000)
    want = pulled(graph, engine, graph.shuffle("s", numbers, 64, 3))
    shuffle = Shuffle(64, 3)
    parts = [shuffle.take(part) for part in np.split(np.arange(1000), 8)]
    while len(parts[-1]):
        parts.append(shuffle.finish(10))
    assert (np.concatenate(parts) == want).all()


def test_rows(engine: ps.Engine, graph: ps.Graph) -> None:
    table = np.arange(60, dtype=np.float32).reshape(20, 3)
    labels = np.arange(40, dtype=np.int16)[::-2]
    kind = np.dtype([("x", "f4", 3), ("y", "i2")], align=True)
    index = graph.range("index", 20, step=7, stop=3)
    columns = [Column(table), Column(labels, kind.fields["y"][1])]  # type: ignore[index]
    got = pulled(graph, engine, graph.rows("rows", index, kind, columns))
    assert (got["x"] == table[[0, 7, 14]]).all()
    assert (got["y"] == labels[[0, 7, 14]]).all()


def test_row_that_is_not_there(engine: ps.Engine, graph: ps.Graph) -> None:
    index = graph.range("index", 5)
    graph.drain("drain", graph.rows("rows", index, "i8", [Column(np.arange(4))]))
    graph.start(engine)
    with pytest.raises(ps.StageError, match="element 4: row 4 of an array of 4"):
        graph.wait()


@pytest.mark.parametrize(
    ("columns", "error", "match"),
    [
        ([], ValueError, "no columns"),
        ([Column([1, 2])], TypeError, "must be an array, not an object of class"),  # type: ignore[arg-type]
        ([Column(np.array(1))], ValueError, "has no rows"),
        ([Column(np.array([None]))], TypeError, "Python objects"),
        ([Column(np.zeros((4, 4)).T)], ValueError, "not contiguous"),
        ([Column(np.zeros(4)), Column(np.zeros(3))], ValueError, r"\[3, 4\] rows"),
        ([Column(np.zeros((4, 2)))], ps.GraphError, "do not fit"),
    ],
)
def test_bad_columns(
    graph: ps.Graph, columns: Any, error: type[Exception], match: str
) -> None:
    error = ps.ArgumentError if error is ps.GraphError else error
    with pytest.raises(error, match=match):
        graph.rows("rows", graph.range("index", 5), "f8", columns)


def test_numbers_that_do_not_fit(graph: ps.Graph) -> None:
    with pytest.raises(ValueError, match="first must fit in int64"):
        graph.range("numbers", 5, first=2**63)
    with pytest.raises(ValueError, match="length must be at least 0"):
        graph.range("numbers", -1)
