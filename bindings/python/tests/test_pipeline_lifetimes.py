"""Readers that keep, drop and change batches; iterators left; many pipelines."""

from __future__ import annotations

import gc
import itertools
import threading
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plain import plain_list
from programs import output
from test_fork import QUIET

import penstock as ps
from penstock import Pipeline, ops
from penstock.pipeline._chunks import Rows

N = 100_000
X = np.arange(N)
# Elements so large that they are lent to operators.
LARGE = X[:98304].reshape(24, 4096)

STREAMS = {
    "array": lambda: Pipeline.from_array(X).batch(100),
    "array_shuffled": lambda: Pipeline.from_array(X).shuffle(N, seed=1).batch(100),
    "range_shuffled": lambda: Pipeline.range(N).shuffle(1000, seed=1).batch(100),
    "prefetch": lambda: Pipeline.range(N).shuffle(9, seed=1).batch(100).prefetch(2),
    "map": lambda: Pipeline.from_array(X).map(lambda v: v).batch(100),
    "map_batches": lambda: Pipeline.from_array(X).batch(100).map(lambda b: b),
    "cache": lambda: Pipeline.from_array(X).batch(100).cache().repeat(2),
    "filter": lambda: Pipeline.from_array(X).filter(lambda v: v > -1).batch(100),
    "zip": lambda: Pipeline.range(N).zip(Pipeline.from_array(X)).batch(100),
    "rows": lambda: Pipeline.from_array(X.reshape(-1, 100)),
    "rows_tuple": lambda: Pipeline.from_array((X.reshape(-1, 100),)),
    "lent": lambda: Pipeline.from_array(LARGE).map(ops.add(1), replicas=2).batch(2),
    "lent_singly": lambda: Pipeline.from_array(LARGE).map(ops.add(1)).batch(5),
    "objects": lambda: Pipeline.from_iterable([*X[:5000].reshape(-1, 10)]),
}


def first_leaf(batch: Any) -> Any:
    return batch[0] if isinstance(batch, tuple) else batch


@pytest.mark.parametrize("name", STREAMS)
def test_batches_can_be_kept(name: str) -> None:
    kept = list(STREAMS[name]())
    again = list(STREAMS[name]())
    for a, b in zip(kept, again, strict=True):
        assert np.array_equal(first_leaf(a), first_leaf(b))


@pytest.mark.parametrize("name", STREAMS)
def test_batches_can_be_changed(name: str) -> None:
    want = plain_list(STREAMS[name]())
    before = X.copy()
    kept = []
    for i, batch in enumerate(STREAMS[name]()):
        leaf = first_leaf(batch)
        assert leaf.flags.writeable
        assert leaf.tolist() == (want[i][0] if isinstance(batch, tuple) else want[i])
        leaf[...] = -i - 1
        kept.append(leaf)
    assert (before == X).all()
    # Nobody else's memory was changed, nor that of other batches.
    assert all((leaf == -i - 1).all() for i, leaf in enumerate(kept))
    assert plain_list(STREAMS[name]()) == want


@pytest.mark.parametrize("name", STREAMS)
def test_some_batches_are_kept_and_others_dropped(name: str) -> None:
    want = plain_list(STREAMS[name]())
    kept = []
    for i, batch in enumerate(STREAMS[name]()):
        if i % 7 == 0:
            kept.append((i, batch))
    assert all(plain_list([batch]) == [want[i]] for i, batch in kept)


def test_memory_is_used_again() -> None:
    addresses = {
        batch.ctypes.data
        for batch in Pipeline.range(1 << 22).shuffle(9, seed=1).batch(256)
    }
    assert len(addresses) < 4096


def test_memory_goes_on_to_later_iterations() -> None:
    with ps.Engine(workers=2) as engine:
        rows = np.zeros((64, 1 << 15))
        pipeline = Pipeline.from_array(rows).map(ops.add(1)).batch(8).on(engine)
        for _ in pipeline:
            pass
        del _
        tracemalloc.start()
        kept = [batch.copy() for batch in pipeline.take(1)]
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 2 * kept[0].nbytes
        # What somebody has stays his.
        kept = list(pipeline.take(4))
        for batch in pipeline.take(4):
            batch[:] = 7
        assert all((batch == 1).all() for batch in kept)


def test_a_small_batch_stands_in_no_large_one() -> None:
    with ps.Engine(workers=2) as engine:
        rows = np.zeros((64, 1 << 15))
        pipeline = Pipeline.from_array(rows).map(ops.add(1)).on(engine)
        for size in (64, 8):
            for batch in pipeline.batch(size):
                assert batch.base is not None
                assert batch.base.nbytes <= 2 * batch.nbytes


@pytest.mark.parametrize("ahead", [{"replicas": 2}, {"replicas": 4}, {"prefetch": 20}])
def test_callables_work_no_further_ahead_than_asked(ahead: dict[str, int]) -> None:
    made = []

    def make(v: Any) -> Any:
        made.append(len(v))
        return np.zeros((len(v), 1 << 15))

    numbers = Pipeline.range(10_000)
    replicas = ahead.get("replicas", 1)
    pipeline = numbers.map(make, replicas=replicas)
    if "prefetch" in ahead:
        pipeline = pipeline.prefetch(ahead["prefetch"])
    iterator = iter(pipeline.batch(64))
    next(iterator)
    time.sleep(0.3)
    # Of each replica one waits, one is made, and one is what the reader waits for.
    most = 64 + 40 if "prefetch" in ahead else 64 * (1 + 3 * replicas)
    assert sum(made) <= most
    iterator.close()


def test_what_nobody_has_ends_in_silence() -> None:
    program = """
    import gc
    import numpy as np
    from penstock import Pipeline, ops
    rows = np.zeros((64, 1 << 13))
    lent = Pipeline.from_array(rows).repeat().map(ops.add(1))
    pipeline = lent.map(lambda v: v * 2, replicas=2)
    for _ in range(100):
        iterator = iter(pipeline)
        cycle = [iterator]
        cycle.append(cycle)
        next(iterator)
        del iterator, cycle
        gc.collect()
    print("well")
    """
    assert output(program) == "well"


def test_pipelines_that_end_while_others_run() -> None:
    rows = Pipeline.from_array(LARGE).map(ops.add(1)).cache().prefetch(30)
    for i in range(200):
        assert len(list(Pipeline.range(i % 20).zip(rows))) == i % 20


def test_references_are_counted_without_a_debuggers() -> None:
    program = """
    import sys

    def trace(frame, event, argument):
        # Of all frames, Python 3.12.1 itself would fall over that.
        if frame.f_code.co_name.startswith("_count"):
            frame.f_locals
        return trace

    sys.settrace(trace)
    import penstock
    sys.settrace(None)
    import numpy as np
    from penstock import Pipeline, ops
    rows = np.arange(1 << 20).reshape(32, -1)
    kept = list(Pipeline.from_array(rows).map(ops.add(0)).batch(4))
    print((np.concatenate(kept) == rows).all())
    """
    assert output(program) == "True"


def test_an_engine_keeps_no_more_than_it_says() -> None:
    program = """
    import numpy as np
    import penstock as ps
    from penstock import Pipeline, ops

    def resident():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096

    rows = np.zeros((64, 1 << 20), "u1")
    before = resident()
    with ps.Engine(workers=2) as engine:
        pipeline = Pipeline.from_array(rows).map(ops.add(1)).on(engine)
        for size in range(20, 64, 4):
            for batch in pipeline.batch(size):
                del batch
        assert 64 << 20 < resident() - before < 400 << 20
    assert resident() - before < 64 << 20
    print("well")
    """
    assert output(program) == "well"


def test_batches_outlive_everything() -> None:
    iterator = iter(Pipeline.range(N).shuffle(10, seed=1).batch(10))
    batch = next(iterator)
    want = batch.tolist()
    del iterator
    gc.collect()
    assert batch.tolist() == want


def threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


@pytest.mark.parametrize(
    "pipeline",
    [
        Pipeline.range(40),
        Pipeline.from_array(LARGE).map(ops.add(1)).batch(2),
        Pipeline.from_array(LARGE).map(ops.add(1)).batch(5),
    ],
)
def test_spans_in_the_middle(pipeline: Pipeline) -> None:
    want = plain_list(pipeline)
    iterator = iter(pipeline)
    got = plain_list([next(iterator), next(iterator)])
    span = next(iterator.spans())
    got += plain_list(span.values())
    assert iterator.delivered == len(got)
    rest = pipeline.restore(iterator.state())
    assert got + plain_list(rest) == want
    assert got + plain_list(iterator) == want


@pytest.mark.parametrize("after", range(5))
def test_an_interrupt_loses_nothing(
    after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = itertools.count()

    def interrupted(rows: Rows) -> Rows:
        if next(calls) == after:
            raise KeyboardInterrupt
        return rows

    monkeypatch.setattr(Rows, "own", interrupted)
    pipeline = Pipeline.range(200).map(lambda v: v + 1)
    iterator = iter(pipeline)
    got: list[int] = []

    def read() -> None:
        for value in iterator:
            got.append(int(value))

    with pytest.raises(KeyboardInterrupt):
        read()
    assert iterator.delivered == len(got)
    assert list(iterator) == []
    rest = pipeline.restore(iterator.state())
    assert got + plain_list(rest) == list(range(1, 201))


ENDLESS = {
    "order": lambda: Pipeline.range(10).shuffle(10).repeat(),
    "prefetch": lambda: Pipeline.range(10).repeat().batch(3).prefetch(2),
    "replicas": lambda: Pipeline.range(10).repeat().map(lambda v: v, replicas=3),
    "lent": lambda: Pipeline.from_array(LARGE).repeat().map(ops.add(1), replicas=2),
    "nested": lambda: (
        Pipeline.range(10)
        .filter(lambda v: v > 1)
        .shuffle(4)
        .repeat()
        .prefetch(2)
        .map(lambda v: v, replicas=2)
        .batch(3)
        .prefetch(2)
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
@pytest.mark.parametrize("how", ["drop", "close", "with", "break"])
def test_iterators_can_be_left(name: str, how: str) -> None:
    pipeline = ENDLESS[name]()
    next(iter(pipeline))
    before = threads()
    for _ in range(20):
        iterator = iter(pipeline)
        for _ in range(3):
            next(iterator)
        if how == "close":
            iterator.close()
            assert list(iterator) == []
        elif how == "with":
            with iterator:
                next(iterator)
            assert list(iterator) == []
        elif how == "break":
            for _ in iterator:
                break
        del iterator
    end = time.monotonic() + 10
    # The engine starts its own when there is something to do for them.
    while threads() > before + 4 and time.monotonic() < end:
        time.sleep(0.01)
    assert threads() <= before + 4


def test_what_an_iterator_lent_outlives_it() -> None:
    program = """
    import numpy as np
    from penstock import Pipeline, ops
    images = np.zeros((4, 480, 480, 3), np.uint8)
    smaller = ops.resize(224, 224) | ops.cast(np.float32)
    pipeline = Pipeline.from_array(images).repeat().map(smaller, replicas=2)
    for _ in range(50):
        # Workers go on writing to the batches that come next.
        next(iter(pipeline.batch(32)))
    iterator = iter(pipeline.batch(32))
    next(iterator)
    print("exits")
    """
    assert output(program) == "exits"


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def test_ten_thousand_pipelines() -> None:
    def one(i: int) -> None:
        x = np.arange(i % 50 + 1)
        pipeline = Pipeline.from_array((x, x)).map(lambda a, b: a + b)
        if i % 10 == 0:
            pipeline = pipeline.prefetch(2)
        assert (
            pipeline.shuffle(8, seed=i).batch(7).unbatch().to_numpy().sum()
            == 2 * x.sum()
        )
        if i % 10 == 1:
            next(iter(pipeline.repeat().shuffle(3)))

    for i in range(2000):
        one(i)
    gc.collect()
    before, tasks = resident(), threads()
    for i in range(8000):
        one(i)
    gc.collect()
    assert resident() - before < 8 << 20
    assert threads() <= tasks + 2


def test_many_readers_of_one_pipeline() -> None:
    pipeline = Pipeline.range(20000).map(lambda v: v + 1).shuffle(50, seed=1).batch(64)
    want = plain_list(pipeline)
    results: list[Any] = []

    def read() -> None:
        results.append(plain_list(pipeline))

    readers = [threading.Thread(target=read) for _ in range(6)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert all(result == want for result in results)
    assert len(results) == 6


def test_fork() -> None:
    program = """
    import os
    import penstock as ps
    pipeline = ps.Pipeline.range(1000).shuffle(10, seed=1).batch(10).prefetch(2)
    want = [b.tolist() for b in pipeline]
    going_on = iter(pipeline)
    next(going_on)
    pid = os.fork()
    if pid == 0:
        assert [b.tolist() for b in pipeline] == want
        try:
            list(going_on)
        except ps.ForkError:
            os._exit(0)
        os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0
    assert len(list(going_on)) == 99
    print("well")
    """
    assert output(program, env=QUIET) == "well"


@pytest.mark.parametrize("name", ["prefetch", "replicas", "nested"])
def test_exit_in_the_middle(name: str) -> None:
    steps = {
        "prefetch": "repeat().batch(3).prefetch(2)",
        "replicas": "repeat().map(lambda v: v, replicas=3)",
        "nested": "shuffle(3).repeat().prefetch(1).map(abs, replicas=2).prefetch(2)",
    }
    program = f"""
    import penstock as ps
    iterator = iter(ps.Pipeline.range(10).{steps[name]})
    for _ in range(5):
        next(iterator)
    print("exits")
    """
    assert output(program) == "exits"


def test_an_engine_of_the_programs() -> None:
    with ps.Engine(workers=1) as engine:
        pipeline = Pipeline.range(100).shuffle(5, seed=1).prefetch().on(engine)
        assert sorted(plain_list(pipeline)) == list(range(100))
    with pytest.raises(ps.HandleError, match="closed"):
        list(pipeline)
