"""Functions in C, replicas and engines: the same results whoever does the work."""

from __future__ import annotations

import threading
from typing import Any

import numba
import numpy as np
import pytest
from plain import plain_list

import penstock as ps
from penstock import Pipeline


@numba.cfunc("int32(voidptr, CPointer(int64), CPointer(int64), uintp)")
def doubled(cx: Any, source: Any, out: Any, n: int) -> int:
    for i in range(n):
        out[i] = 2 * source[i]
    return 0


@numba.cfunc("int32(voidptr, CPointer(float64), CPointer(float64), uintp)")
def x_plus_y(cx: Any, source: Any, out: Any, n: int) -> int:
    for i in range(n):
        out[i] = source[2 * i] + source[2 * i + 1]
    return 0


@numba.cfunc("int32(voidptr, CPointer(int64), CPointer(int64), uintp)")
def fails(cx: Any, source: Any, out: Any, n: int) -> int:
    return 1234


def evens(n: int) -> Pipeline:
    return Pipeline.range(n).filter(lambda v: v % 2 == 0)


def test_map_in_c_of_every_kind_of_stream() -> None:
    assert plain_list(Pipeline.range(5).map(doubled, type="i8")) == [0, 2, 4, 6, 8]
    assert plain_list(evens(6).map(doubled, type="i8")) == [0, 4, 8]
    objects = Pipeline.from_iterable(lambda: iter(range(4)))
    assert plain_list(objects.map(doubled, type="i8")) == [0, 2, 4, 6]
    assert plain_list(evens(0).map(doubled, type="i8")) == []
    many = Pipeline.range(100_000).map(doubled, type="i8").map(lambda v: v + 1)
    assert (many.to_numpy() == np.arange(100_000) * 2 + 1).all()
    after = evens(100_000).map(doubled, type="i8", replicas=2).to_numpy()
    assert (after == np.arange(0, 100_000, 2) * 2).all()


def test_map_in_c_of_structures() -> None:
    x, y = np.linspace(0, 1, 1000), np.arange(1000.0)[::-1]
    pipeline = Pipeline.from_array((x, y)).shuffle(100, seed=1)
    want = pipeline.map(lambda x, y: x + y).to_numpy()
    assert (pipeline.map(x_plus_y, type="f8").to_numpy() == want).all()
    spans = Pipeline.from_array((x, y)).filter(lambda x, y: y >= 0)
    got = spans.map(x_plus_y, type="f8").to_numpy()
    assert (got == x + y).all()


def test_map_in_c_goes_on() -> None:
    pipeline = Pipeline.range(100).shuffle(9).repeat(2).map(doubled, type="i8").batch(7)
    iterator = iter(pipeline)
    for _ in range(20):
        next(iterator)
    assert plain_list(pipeline.restore(iterator.state())) == plain_list(iterator)


def test_a_function_in_c_that_fails() -> None:
    with pytest.raises(ps.StageError, match="map"):
        Pipeline.range(5).map(fails, type="i8").run()
    with pytest.raises(ps.StageError, match="map"):
        evens(5).map(fails, type="i8").run()


ROW = 2100  # int64, more than is moved through channels


@numba.cfunc("int32(voidptr, CPointer(int64), CPointer(int64), uintp)")
def spread(cx: Any, source: Any, out: Any, n: int) -> int:
    """-1 fails."""
    for i in range(n):
        if source[i] == -1:
            return 1234
        for k in range(ROW):
            out[i * ROW + k] = source[i] * k
    return 0


def spread_by(numbers: Any) -> Any:
    return np.asarray(numbers)[:, None] * np.arange(ROW)


@pytest.mark.parametrize("executor", ["threads", "simulated:1"])
@pytest.mark.parametrize("replicas", [1, 2, 5])
@pytest.mark.parametrize("window", [None, 7, 1000])
def test_large_results_of_a_function_in_c(
    window: int | None, replicas: int, executor: str
) -> None:
    numbers = np.arange(300)[::-1].copy()
    with ps.Engine(executor=executor, workers=2) as engine:
        for source in (
            Pipeline.range(7, 400, 3),
            Pipeline.range(50, -3, -2),
            Pipeline.from_array(numbers),
            Pipeline.from_array(numbers[::3]),
        ):
            source = source.repeat(2).on(engine)
            maps = source.map(spread, type=("i8", ROW), replicas=replicas)
            if window is not None:
                source, maps = (each.shuffle(window, seed=3) for each in (source, maps))
            want = spread_by(source.to_numpy())
            assert (maps.to_numpy() == want).all()
            batches = list(maps.batch(32).prefetch(2))
            assert (np.concatenate(batches) == want).all()
            assert {len(batch) for batch in batches[:-1]} <= {32}
            assert (maps.map(lambda v: v + 1).to_numpy() == want + 1).all()


def test_large_results_go_on_exactly() -> None:
    pipeline = Pipeline.range(90).map(spread, type=("i8", ROW), replicas=2)
    pipeline = pipeline.shuffle(20).repeat(2).batch(8)
    iterator = iter(pipeline)
    for _ in range(13):
        next(iterator)
    assert plain_list(pipeline.restore(iterator.state())) == plain_list(iterator)


def test_large_results_stand_in_their_batches() -> None:
    addresses = set()
    for batch in Pipeline.range(2000).map(spread, type=("i8", ROW)).batch(10):
        assert batch.base is not None
        assert batch.base.nbytes <= 2 * batch.nbytes
        addresses.add(batch.ctypes.data)
        del batch
    assert len(addresses) <= 8


def test_a_function_in_c_that_fails_on_large_results() -> None:
    pipeline = Pipeline.range(40, -10, -1).map(spread, type=("i8", ROW), replicas=2)
    with pytest.raises(ps.StageError, match=r"map\(spread.*1234"):
        pipeline.run()
    before = pipeline.take(41)
    assert (before.to_numpy() == spread_by(range(40, -1, -1))).all()


@numba.cfunc("int32(voidptr, CPointer(float64), CPointer(float64), uintp)")
def plus_one(cx: Any, source: Any, out: Any, n: int) -> int:
    for i in range(n * ROW):
        out[i] = source[i] + 1
    return 0


def test_maps_in_c_of_large_results() -> None:
    pipeline = Pipeline.range(64).map(spread, type=("i8", ROW), replicas=2)
    pipeline = pipeline.map(ps.ops.cast("f8")).map(plus_one, type=("f8", ROW))
    want = spread_by(range(64)) + 1.0
    assert (pipeline.shuffle(1).to_numpy() == want).all()


def test_large_elements_through_channels_are_not_joined() -> None:
    rows = np.arange(40.0 * ROW).reshape(40, ROW)
    pipeline = Pipeline.from_array(rows).map(plus_one, type=("f8", ROW), replicas=2)
    addresses = set()
    for batch in pipeline.repeat(10).batch(8):
        addresses.add(batch.ctypes.data)
        assert batch[0, 0] % ROW == 1
        del batch
    assert len(addresses) <= 8
    batches = list(pipeline.batch(16))
    assert [len(batch) for batch in batches] == [16, 16, 8]
    assert (np.concatenate(batches) == rows + 1).all()


def everything(n: int) -> Pipeline:
    return (
        Pipeline.from_array((np.arange(n), np.arange(n) * 0.5))
        .shuffle(50, seed=1)
        .repeat(2)
        .map(lambda a, b: (a + 1, b), replicas=3)
        .filter(lambda a, b: a % 5 != 0)
        .map(lambda a, b: a * b, replicas=2)
        .shuffle(20, seed=2)
        .batch(16)
        .map(np.sum, replicas=2)
        .prefetch(3)
    )


@pytest.mark.parametrize("executor", ["threads", "simulated:1", "simulated:2"])
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_the_same_on_every_engine(executor: str, workers: int) -> None:
    want = plain_list(everything(500))
    with ps.Engine(executor=executor, workers=workers) as engine:
        assert plain_list(everything(500).on(engine)) == want
        replicated = Pipeline.range(500).map(doubled, type="i8", replicas=workers)
        got = replicated.shuffle(30, seed=1).on(engine)
        order = Pipeline.range(500).shuffle(30, seed=1).to_numpy()
        assert plain_list(got) == (order * 2).tolist()


def test_replicas_work_at_the_same_time() -> None:
    both = threading.Barrier(2)

    def meet(values: Any) -> Any:
        both.wait(20)
        return values

    pipeline = Pipeline.range(4).batch(1).map(meet, replicas=2)
    assert plain_list(pipeline) == [[0], [1], [2], [3]]


def test_plan() -> None:
    pipeline = Pipeline.range(100).map(doubled, type="i8").shuffle(10).batch(4)
    text = pipeline.plan()
    assert text.startswith("range(100 from 0 in steps of 1)\nmap(")
    assert "batch(4)\n\n" in text
    assert "worker 0" in text
    assert "the thread that reads" in Pipeline.range(3).plan()
