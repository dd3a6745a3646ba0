"""What elements can be, and what errors say of those that do not fit."""

from __future__ import annotations

from collections import namedtuple
from typing import Any, NamedTuple

import numpy as np
import pytest
from plain import plain_list

import penstock as ps
from penstock import Pipeline

Untyped: Any = Pipeline


class Point(NamedTuple):
    x: Any
    y: Any


def test_arrays_are_not_copied() -> None:
    seen = []
    table = np.arange(1000.0).reshape(100, 10)

    def look(rows: Any) -> Any:
        seen.append(rows)
        return rows

    Pipeline.from_array(table).map(look).run()
    assert all(np.shares_memory(table, rows) for rows in seen)
    assert not any(rows.flags.writeable for rows in seen)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype="i1"),
        np.arange(12.0)[::-2],
        np.asfortranarray(np.arange(24.0).reshape(6, 4)),
        np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1),
        np.zeros((5, 0)),
        np.array(["a", "bc"]),
        np.array([b"a", b"bc"]),
        np.array(["2020-01-01", "2021-01-01"], "M8[D]"),
        np.array([1 + 2j, 3]),
        np.array([True, False]),
        np.array([1, 2], ">i4"),
        np.array([(1, 2.0), (3, 4.0)], [("a", "i4"), ("b", "f8", (1,))]),
        np.array([None, "x"], object),
        np.zeros((3, 4, 5, 6), "f2"),
    ],
    ids=lambda array: f"{array.dtype}-{array.shape}",
)
def test_every_kind_of_array(array: Any) -> None:
    pipeline = Pipeline.from_array(array)
    assert (pipeline.to_numpy() == array).all()
    assert pipeline.to_numpy().dtype == array.dtype
    got = pipeline.shuffle(5, seed=1).batch(2).unbatch().to_numpy()
    order = Pipeline.range(len(array)).shuffle(5, seed=1).to_numpy()
    assert (got == array[order]).all()
    values = pipeline.filter(lambda v: np.ones(len(v), bool)).shuffle(5, seed=1)
    assert (values.to_numpy() == got).all()


def test_what_numpy_and_dlpack_read() -> None:
    class Foreign:
        def __dlpack__(self, **_: Any) -> Any:
            return np.arange(4.0).__dlpack__()

        def __dlpack_device__(self) -> tuple[int, int]:
            return (1, 0)

    assert plain_list(Pipeline.from_array(Foreign())) == [0.0, 1.0, 2.0, 3.0]
    assert plain_list(Pipeline.from_array([[1, 2], [3, 4]])) == [[1, 2], [3, 4]]
    assert plain_list(Pipeline.from_array(memoryview(b"ab"))) == [97, 98]


def test_structures_keep_their_kind() -> None:
    points = Pipeline.from_array(Point(np.arange(4), np.arange(4) * 2))
    element = next(iter(points))
    assert isinstance(element, Point)
    batch = next(iter(points.shuffle(4, seed=1).batch(2).prefetch()))
    assert isinstance(batch, Point)
    assert (batch.y == batch.x * 2).all()
    nested = Pipeline.from_array({"a": (np.arange(3), {"b": np.arange(3)})})
    assert plain_list(nested.take(1)) == [{"a": (0, {"b": 0})}]
    records = np.array([(1, 2.0), (3, 4.0)], [("a", "i4"), ("b", "f8")])
    got = Pipeline.from_array(records).map(lambda r: r["a"] + r["b"])
    assert plain_list(got) == [3.0, 7.0]


def test_objects_become_batches() -> None:
    assert [b.tolist() for b in Pipeline.from_iterable([1, 2, 3]).batch(2)] == [
        [1, 2],
        [3],
    ]
    rows = [np.arange(3) + i for i in range(4)]
    (batch,) = Pipeline.from_iterable(rows).batch(4)
    assert (batch == np.stack(rows)).all()
    pairs = Pipeline.from_iterable([(1, "a"), (2, "b")]).batch(2)
    ((numbers, texts),) = pairs
    assert numbers.tolist() == [1, 2]
    assert texts.tolist() == ["a", "b"]
    assert texts.dtype == object
    (dicts,) = Pipeline.from_iterable([{"x": 1.5, "y": [1, 2]}] * 3).batch(3)
    assert dicts["x"].tolist() == [1.5] * 3
    assert dicts["y"].shape == (3, 2)
    kind = namedtuple("kind", "a b")
    (named,) = Pipeline.from_iterable([kind(1, 2), kind(3, 4)]).batch(2)
    assert named.a.tolist() == [1, 3]
    (things,) = Pipeline.from_iterable([None, {1}, [1, [2]]]).batch(3)
    assert things.tolist() == [None, {1}, [1, [2]]]


@pytest.mark.parametrize(
    ("items", "match"),
    [
        ([1, 2, None], "element 2 is None; expected a number as the first one"),
        ([1.5, "x"], "element 1 is str 'x'; expected a number"),
        (
            [np.zeros(2), np.zeros(3)],
            r"element 1 is an array of float64 and shape \(3,\)",
        ),
        ([np.zeros(2), np.zeros(2, "f4")], "element 1 is an array of float32"),
        (
            [(1, 2), (1,)],
            "element 1 is an object of class 'tuple'; expected a tuple of 2",
        ),
        ([{"a": 1}, {"b": 1}], r"expected a dict with the keys \['a'\]"),
    ],
)
def test_objects_that_are_no_batch(items: list[Any], match: str) -> None:
    with pytest.raises(TypeError, match=match):
        list(Pipeline.from_iterable(items).batch(10))


def test_items_of_a_dtype() -> None:
    def doubled(values: Any) -> Any:
        assert isinstance(values, np.ndarray)
        return values * 2

    floats = Pipeline.from_iterable(range(5), dtype="f4").map(doubled)
    assert floats.to_numpy().dtype == np.float32
    pairs = Pipeline.from_iterable(
        [(1, [1.0, 2.0]), (2, np.array([3, 4]))], dtype=("i4", ("f8", (2,)))
    )
    number, row = pairs.to_numpy()
    assert (number.dtype, row.dtype, row.shape) == (np.int32, np.float64, (2, 2))
    named = Pipeline.from_iterable([{"x": 1}], dtype={"x": "u1"})
    assert named.to_numpy()["x"].dtype == np.uint8
    records = Pipeline.from_iterable(
        [(1, 2.5)], dtype=np.dtype([("a", "i4"), ("b", "f4")])
    )
    assert records.to_numpy()["b"].tolist() == [2.5]


@pytest.mark.parametrize(
    ("items", "dtype", "match"),
    [
        ([1, 2.5], "i8", "item 1 is float 2.5; expected int64, as dtype says"),
        ([1, 300], "u1", "item 1 is int 300; expected uint8"),
        ([1, "x"], "f8", "item 1 is str 'x'; expected float64"),
        ([1, None], "f8", "item 1 is None; expected float64"),
        (
            [1, [2]],
            "f8",
            r"item 1 is an object of class 'list'; expected float64 of shape",
        ),
        ([(1, 2), 3], ("i8", "i8"), "item 1 is int 3; expected a tuple"),
        ([1j], "f8", "item 0 is an object of class 'complex'; expected float64"),
    ],
)
def test_items_of_another_dtype(items: list[Any], dtype: Any, match: str) -> None:
    with pytest.raises(TypeError, match=match):
        Pipeline.from_iterable(items, dtype=dtype).run()


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: Untyped.from_array(3), ValueError, "first axis"),
        (lambda: Untyped.from_array(None), TypeError, "must be an array, not None"),
        (lambda: Untyped.from_array("abc"), TypeError, "not str 'abc'"),
        (lambda: Untyped.from_array(()), ValueError, "no arrays"),
        (
            lambda: Untyped.from_array((np.zeros(3), np.zeros(4))),
            ValueError,
            r"\[3, 4\] elements; expected equally many",
        ),
        (lambda: Untyped.from_iterable(3), TypeError, "not int 3"),
        (lambda: Untyped.range(2**70), ValueError, "does not fit in int64"),
        (lambda: Untyped.range(3).map(3), TypeError, "a function in C needs type"),
        (lambda: Untyped.range(3).map("x"), TypeError, "not str 'x'"),
        (lambda: Untyped.range(3).map(abs, type="i8"), TypeError, "functions in C"),
        (lambda: Untyped.range(3).map(abs, replicas=0), ValueError, "1 to 256, not 0"),
        (lambda: Untyped.range(3).filter(None), TypeError, "callable, not None"),
        (lambda: Untyped.range(3).batch(0), ValueError, "size must be at least 1"),
        (lambda: Untyped.range(3).batch(2.5), TypeError, "whole number, not float"),
        (lambda: Untyped.range(3).take(-1), ValueError, "count must be at least 0"),
        (lambda: Untyped.range(3).shuffle(0), ValueError, "window must be at least 1"),
        (lambda: Untyped.range(3).shuffle(3, seed=-1), ValueError, "seed must be"),
        (lambda: Untyped.range(3).zip(3), TypeError, "pipelines, not int 3"),
        (lambda: Untyped.range(3).interleave(3), TypeError, "callable, not int 3"),
        (lambda: Untyped.range(3).reduce_by_key("avg"), ValueError, "not 'avg'"),
        (lambda: Untyped.range(3).on(3), TypeError, "an Engine, not int 3"),
    ],
)
def test_bad_arguments(make: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        make()


@pytest.mark.parametrize(
    ("pipeline", "error", "match"),
    [
        (
            Pipeline.range(10).map(lambda v: v[:3]),
            ValueError,
            r"map\(<lambda>\) of the pipeline returned an array of int64 and shape "
            r"\(3,\) for a span of 4 elements; expected 4 rows",
        ),
        (Pipeline.range(10).map(lambda v: None), TypeError, "returned None for a span"),
        (Pipeline.range(10).map(lambda v: v.sum()), ValueError, "vectorised=False"),
        (Pipeline.range(10).map(lambda v: (v, "x")), TypeError, "returned str 'x'"),
        (Pipeline.range(10).filter(lambda v: v), TypeError, "expected a bool for each"),
        (Pipeline.range(10).filter(lambda v: True), TypeError, "expected a bool for"),
        (
            Pipeline.range(10).flat_map(lambda v: 3),
            TypeError,
            "returned int 3; expected",
        ),
        (Pipeline.range(10).map(abs, on=0), TypeError, "for tuples and dicts"),
        (
            Pipeline.from_array({"x": np.zeros(3)}).map(abs, on="y"),
            KeyError,
            "works on 'y', which elements like {'x': float64} do not have",
        ),
        (Pipeline.range(10).unbatch(), ValueError, "must have a first axis"),
        (Pipeline.from_iterable(["ab"]).unbatch(), TypeError, "must be an array"),
        (
            Pipeline.range(3).interleave(
                Pipeline.from_array(np.zeros((90, 2))).take(3)
            ),
            TypeError,
            "elements of int64 and of float64",
        ),
        (Pipeline.from_array({"x": np.zeros(3)}).reduce_by_key(), TypeError, "key="),
    ],
)
def test_bad_elements(pipeline: Pipeline, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        pipeline.to_numpy()


def test_an_iterator_can_be_gone_through_once() -> None:
    pipeline = Pipeline.from_iterable(iter([1, 2]))
    assert list(pipeline) == [1, 2]
    with pytest.raises(ps.StateError, match="which can be gone through once"):
        list(pipeline)
