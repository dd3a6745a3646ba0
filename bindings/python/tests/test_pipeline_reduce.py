"""Pairs of keys and what their values come to, beside plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from plain import plain_list

import penstock as ps
from penstock import Pipeline

WORDS = ["b", "a", "b", "c", "a", "b"]


@pytest.mark.parametrize(
    ("how", "want"),
    [
        ("sum", {"b": 7, "a": 5, "c": 3}),
        ("count", {"b": 3, "a": 2, "c": 1}),
        ("min", {"b": 0, "a": 1, "c": 3}),
        ("max", {"b": 5, "a": 4, "c": 3}),
        ("mean", {"b": 7 / 3, "a": 2.5, "c": 3.0}),
        (lambda a, b: a * 10 + b, {"b": 25, "a": 14, "c": 3}),
    ],
)
@pytest.mark.parametrize("as_array", [True, False])
def test_reduce_by_key(how: Any, want: dict[str, float], as_array: bool) -> None:
    values = [0, 1, 2, 3, 4, 5]
    pairs = (
        Pipeline.from_array((np.array(WORDS), np.array(values)))
        if as_array
        else Pipeline.from_iterable(list(zip(WORDS, values, strict=True)))
    )
    got = plain_list(pairs.reduce_by_key(how))
    assert [key for key, _ in got] == ["b", "a", "c"]
    assert dict(got) == pytest.approx(want)


def reduced(keys: Any, values: Any, how: str) -> dict[Any, Any]:
    """In order of first appearance."""
    wide = {"b": "i8", "i": "i8", "u": "u8"}.get(values.dtype.kind, values.dtype)
    made: dict[Any, Any] = {}
    for key in dict.fromkeys(keys.tolist()):
        group = values[keys == key]
        made[key] = {
            "count": lambda group=group: len(group),
            "sum": lambda group=group: group.astype(wide).sum(dtype=wide),
            "min": group.min,
            "max": group.max,
            "mean": lambda group=group: group.astype("f8").sum() / len(group),
        }[how]()
    return made


@pytest.mark.parametrize("how", ["count", "sum", "min", "max", "mean"])
@pytest.mark.parametrize("value", ["?", "i1", "u2", "i4", "i8", "u8", "f4", "f8"])
@pytest.mark.parametrize("key", ["?", "i1", "u4", "i8", "u8"])
def test_reduce_many_numbers_by_key(key: str, value: str, how: str) -> None:
    rng = np.random.default_rng(1)
    n = 40_000
    keys = rng.integers(0, 2 if key == "?" else 100, n).astype(key)
    if key == "u8":
        keys += np.uint64(2**63)
    values = rng.integers(0, 100, n).astype(value)
    want = reduced(keys, values, how)
    got = Pipeline.from_array((keys, values)).reduce_by_key(how).to_numpy()
    assert isinstance(got, tuple)
    assert got[0].tolist() == list(want)
    assert got[0].dtype == keys.dtype
    few = Pipeline.from_array((keys[:9], values[:9])).reduce_by_key(how).to_numpy()
    assert isinstance(few, tuple)
    assert got[1].dtype == few[1].dtype
    assert got[1].tolist() == list(want.values())
    filtered = Pipeline.from_array({"k": keys, "v": values}).filter(
        lambda part: part["k"] == keys[0]
    )
    only = dict(plain_list(filtered.reduce_by_key(how, key="k", value="v")))
    assert only == {keys[0].item(): want[keys[0].item()]}


@pytest.mark.parametrize("how", ["sum", "min", "max", "mean"])
def test_reduce_numbers_of_every_size_by_key(how: str) -> None:
    keys = np.arange(50_000) % 3
    large = np.full(50_000, 2**60)
    large[:20_000] = 5
    nan = np.ones(50_000)
    nan[40_000] = np.nan
    signs = np.where(keys == 1, -np.inf, 1.5)
    for values in (large, -large, nan, signs):
        pipeline = Pipeline.from_array((keys, values)).reduce_by_key(how)
        got = np.array(list(dict(plain_list(pipeline)).values()))
        np.testing.assert_equal(got, [*reduced(keys, values, how).values()])


def test_reduce_numbers_whose_type_changes() -> None:
    def spans() -> Iterator[Any]:
        for kind in ("i4", "i4", "f8", "i8"):
            yield np.arange(5000).astype(kind)

    pipeline = Pipeline.from_iterable(spans).flat_map(lambda span: span)
    pairs = pipeline.map(lambda v: ((v % 10).astype("i8"), v), vectorised=True)
    got = dict(plain_list(pairs.reduce_by_key("sum")))
    assert got == {k: 4.0 * sum(range(k, 5000, 10)) for k in range(10)}


@pytest.mark.parametrize("executor", ["threads", "simulated:3"])
def test_reduce_many_numbers_anywhere(executor: str) -> None:
    with ps.Engine(executor=executor, workers=1) as engine:
        keys = Pipeline.range(100_000).map(lambda v: v * 7919 % 50_000, replicas=2)
        pipeline = keys.count_by_key().batch(1000).prefetch(2).on(engine)
        got = [int(key) for batch, _ in pipeline for key in batch]
        assert got == [v * 7919 % 50_000 for v in range(50_000)]


def test_reduce_by_key_of_parts() -> None:
    table = Pipeline.from_array({"k": np.arange(50000) % 7, "v": np.ones(50000, "f4")})
    got = dict(plain_list(table.reduce_by_key("sum", key="k", value="v")))
    assert got == {k: len(range(k, 50000, 7)) for k in range(7)}
    words = Pipeline.from_iterable(WORDS).reduce_by_key("count")
    assert list(words) == [("b", 3), ("a", 2), ("c", 1)]
    lengths = Pipeline.from_iterable(["x", "yy", "zz"]).reduce_by_key("count", key=len)
    assert list(lengths) == [(1, 1), (2, 2)]
    assert list(Pipeline.from_iterable([]).reduce_by_key()) == []
