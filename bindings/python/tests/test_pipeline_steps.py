"""What each step of a pipeline does, beside plain Python."""

from __future__ import annotations

import collections
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from plain import plain_list

from penstock import Pipeline

# The three ways a stream can be had: by places in an array, as spans whose places are
# not known, and as Python objects.
KINDS: dict[str, Any] = {
    "places": lambda n: Pipeline.range(n),
    "spans": lambda n: Pipeline.range(2 * n).filter(lambda v: v % 2 == 0).map(half),
    "objects": lambda n: Pipeline.from_iterable(lambda: iter(range(n))),
}


def half(values: Any) -> Any:
    return values // 2


@pytest.fixture(params=KINDS)
def numbers(request: pytest.FixtureRequest) -> Any:
    return KINDS[request.param]


@pytest.mark.parametrize("n", [0, 1, 5, 1000, 40000])
def test_all_come_in_order(numbers: Any, n: int) -> None:
    assert plain_list(numbers(n)) == list(range(n))


def test_range_as_pythons() -> None:
    for bounds in [(10,), (3, 10), (3, 10, 2), (10, 3, -2), (3, 3), (-5, 5, 3)]:
        assert plain_list(Pipeline.range(*bounds)) == list(range(*bounds))


@pytest.mark.parametrize("n", [0, 1, 9, 10, 11, 20000])
def test_map(numbers: Any, n: int) -> None:
    assert plain_list(numbers(n).map(lambda v: v * v + 1)) == [
        v * v + 1 for v in range(n)
    ]


def test_map_of_single_elements(numbers: Any) -> None:
    got = numbers(5).map(lambda v: "x" * int(v), vectorised=False)
    assert list(got) == ["", "x", "xx", "xxx", "xxxx"]


def test_map_of_objects_over_spans() -> None:
    spans = []

    def double(values: Any) -> Any:
        spans.append(values)
        return values * 2

    got = Pipeline.from_iterable(lambda: iter([1, 2, 3])).map(double, vectorised=True)
    assert plain_list(got) == [2, 4, 6]
    assert all(isinstance(span, np.ndarray) for span in spans)


@pytest.mark.parametrize("replicas", [1, 2])
def test_spans_of_a_map_that_makes_large_elements_are_short(replicas: int) -> None:
    lengths = []

    def widen(values: Any) -> Any:
        lengths.append(len(values))
        return np.zeros((len(values), 1 << 14), np.uint8)

    assert len(list(Pipeline.range(1000).map(widen, replicas=replicas))) == 1000
    # About a quarter of a MiB, as spans of what is in memory already.
    assert max(lengths) <= 16


@pytest.mark.parametrize("size", [1, 3, 8, 40])
def test_spans_of_large_elements_lie_within_batches(size: int) -> None:
    spans: list[Any] = []

    def make(v: Any) -> Any:
        spans.append(v)
        return np.repeat(v, 1 << 15).reshape(len(v), -1)

    batches = list(Pipeline.range(200).map(make, replicas=2).batch(size))
    assert np.concatenate(batches)[:, -1].tolist() == list(range(200))
    assert all(v[0] // size == v[-1] // size for v in spans)
    assert max(map(len, spans)) == size


def test_map_gets_the_parts_of_tuples() -> None:
    pairs = Pipeline.from_array((np.arange(4), np.arange(4) * 10))
    assert plain_list(pairs.map(lambda a, b: a + b)) == [0, 11, 22, 33]
    assert plain_list(pairs.map(lambda a, b: (b, a)).take(2)) == [(0, 0), (10, 1)]


def test_map_on_a_part() -> None:
    pairs = Pipeline.from_array((np.arange(3), np.arange(3) * 10))
    assert plain_list(pairs.map(np.negative, on=1)) == [(0, 0), (1, -10), (2, -20)]
    named = Pipeline.from_array({"x": np.arange(2), "y": np.arange(2)})
    got = plain_list(named.map(lambda x: x + 1, on="x"))
    assert got == [{"x": 1, "y": 0}, {"x": 2, "y": 1}]
    batches = named.batch(2).map(lambda x: x + 1, on="y")
    assert plain_list(batches) == [{"x": [0, 1], "y": [1, 2]}]


@pytest.mark.parametrize("n", [0, 1, 7, 20000])
def test_filter(numbers: Any, n: int) -> None:
    want = [v for v in range(n) if v % 3 == 1]
    assert plain_list(numbers(n).filter(lambda v: v % 3 == 1)) == want
    single = numbers(n).filter(lambda v: int(v) % 3 == 1, vectorised=False)
    assert plain_list(single) == want
    assert plain_list(numbers(n).filter(lambda v: v < 0)) == []


def test_flat_map_of_every_kind(numbers: Any) -> None:
    want = [v for v in range(6) for _ in range(v)]
    made: list[Any] = [
        lambda v: [int(v)] * int(v),
        lambda v: np.full(int(v), v),
        lambda v: (int(v) for _ in range(int(v))),
        lambda v: Pipeline.range(int(v)).map(lambda w: w * 0 + int(v)),
    ]
    for function in made:
        assert plain_list(numbers(6).flat_map(function)) == want
    spans = numbers(6).flat_map(lambda v: np.repeat(v, v), vectorised=True)
    assert plain_list(spans) == want


@pytest.mark.parametrize("n", [0, 1, 3, 4, 5, 1000, 33000])
@pytest.mark.parametrize("size", [1, 4, 256, 50000])
def test_batch(numbers: Any, n: int, size: int) -> None:
    want = [list(range(i, min(i + size, n))) for i in range(0, n, size)]
    assert plain_list(numbers(n).batch(size)) == want
    if n < 10000:
        whole = [batch for batch in want if len(batch) == size]
        assert plain_list(numbers(n).batch(size, drop_remainder=True)) == whole
        assert plain_list(numbers(n).batch(size).unbatch()) == list(range(n))


def test_steps_after_batch_see_batches(numbers: Any) -> None:
    batches = numbers(10).batch(4)
    assert plain_list(batches.map(lambda b: b.sum())) == [6, 22, 17]
    assert plain_list(batches.filter(lambda b: len(b) < 4)) == [[8, 9]]
    assert plain_list(batches.skip(1).take(1)) == [[4, 5, 6, 7]]
    assert plain_list(batches.repeat(2))[2:4] == [[8, 9], [0, 1, 2, 3]]
    mixed = plain_list(batches.shuffle(3, seed=1))
    assert sorted(mixed) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert plain_list(numbers(8).batch(2).batch(2)) == [
        [[0, 1], [2, 3]],
        [[4, 5], [6, 7]],
    ]


@pytest.mark.parametrize("count", [0, 1, 5, 10, 11, 1 << 40])
def test_take_and_skip(numbers: Any, count: int) -> None:
    assert plain_list(numbers(10).take(count)) == list(range(10))[:count]
    assert plain_list(numbers(10).skip(count)) == list(range(10))[count:]
    both = numbers(100).skip(7).take(20).skip(3).take(count)
    assert plain_list(both) == list(range(10, 27))[:count]


@pytest.mark.parametrize("times", [0, 1, 3])
def test_repeat(numbers: Any, times: int) -> None:
    assert plain_list(numbers(4).repeat(times)) == [0, 1, 2, 3] * times
    nested = numbers(3).repeat(2).skip(1).repeat(times)
    assert plain_list(nested) == [1, 2, 0, 1, 2] * times


def test_repeat_without_end(numbers: Any) -> None:
    assert plain_list(numbers(3).repeat().take(8)) == [0, 1, 2, 0, 1, 2, 0, 1]
    assert plain_list(numbers(3).repeat().repeat().skip(2).take(2)) == [2, 0]
    assert plain_list(numbers(3).repeat().take(4).repeat(2)) == [0, 1, 2, 0] * 2
    assert plain_list(numbers(0).repeat()) == []


@pytest.mark.parametrize("window", [1, 2, 10, 1000, 1 << 28])
@pytest.mark.parametrize("n", [0, 1, 10, 3000])
def test_shuffle(numbers: Any, n: int, window: int) -> None:
    got = plain_list(numbers(n).shuffle(window, seed=5))
    assert sorted(got) == list(range(n))
    assert got == plain_list(numbers(n).shuffle(window, seed=5))
    if window == 1:
        assert got == list(range(n))
    elif n > 5:
        assert got != list(range(n))
        assert got != plain_list(numbers(n).shuffle(window, seed=6))
    # An element may come late, but none before the window has reached it.
    assert all(value <= place + window for place, value in enumerate(got))


def test_windows_larger_than_the_stream_cost_nothing() -> None:
    for n in (0, 1, 100):
        got = plain_list(Pipeline.range(n).shuffle(1 << 62, seed=1))
        assert sorted(got) == list(range(n))


def test_shuffles_of_all_kinds_of_streams_are_the_same() -> None:
    orders = [plain_list(make(500).shuffle(40, seed=9)) for make in KINDS.values()]
    assert orders[0] == orders[1] == orders[2]


def test_each_repetition_has_an_order_of_its_own(numbers: Any) -> None:
    got = plain_list(numbers(50).shuffle(50, seed=5).repeat(3))
    epochs = [tuple(got[i : i + 50]) for i in range(0, 150, 50)]
    assert all(sorted(epoch) == list(range(50)) for epoch in epochs)
    assert len(set(epochs)) == 3
    mixed = plain_list(numbers(50).repeat(3).shuffle(50, seed=5))
    assert sorted(mixed) == sorted(got)


def test_without_a_seed_each_iteration_has_its_own(numbers: Any) -> None:
    pipeline = numbers(100).shuffle(100)
    first, second = plain_list(pipeline), plain_list(pipeline)
    assert first != second
    assert sorted(first) == sorted(second)


def test_shuffles_below_each_other(numbers: Any) -> None:
    pipeline = numbers(60).shuffle(7, seed=1).repeat(2).take(100).shuffle(30, seed=2)
    got = plain_list(pipeline.skip(5))
    assert got == plain_list(pipeline)[5:]
    assert len(got) == 95


def test_shuffle_of_structures() -> None:
    x, y = np.arange(200).reshape(100, 2), np.arange(100)
    pairs = Pipeline.from_array({"x": x, "y": (y, -y)}).filter(lambda d: d["y"][0] >= 0)
    got = plain_list(pairs.shuffle(20, seed=1))
    assert all(e["x"] == [2 * e["y"][0], 2 * e["y"][0] + 1] for e in got)
    assert all(e["y"][1] == -e["y"][0] for e in got)
    assert sorted(e["y"][0] for e in got) == list(range(100))


def test_zip(numbers: Any) -> None:
    assert plain_list(numbers(3).zip(Pipeline.range(10, 20))) == [
        (0, 10),
        (1, 11),
        (2, 12),
    ]
    three = numbers(2).zip(numbers(5).batch(2), Pipeline.from_iterable("ab"))
    assert plain_list(three) == [(0, [0, 1], "a"), (1, [2, 3], "b")]
    assert plain_list(numbers(0).zip(numbers(5))) == []
    many = numbers(20000).zip(numbers(30000).skip(1))
    assert plain_list(many) == [(i, i + 1) for i in range(20000)]
    assert plain_list(Pipeline.zip(numbers(2), numbers(2))) == [(0, 0), (1, 1)]


def by_turns(streams: list[list[int]], block: int) -> list[int]:
    waiting, out = [iter(stream) for stream in streams], []
    while waiting:
        for stream in list(waiting):
            part = list(itertools.islice(stream, block))
            out += part
            if len(part) < block:
                waiting.remove(stream)
    return out


@pytest.mark.parametrize("block", [1, 2, 5])
@pytest.mark.parametrize("lengths", [(3,), (4, 4), (7, 2, 5), (0, 3), (3000, 2000, 99)])
def test_interleave(numbers: Any, block: int, lengths: tuple[int, ...]) -> None:
    streams = [
        numbers(n).map(lambda v, k=k: v + 10000 * k) for k, n in enumerate(lengths)
    ]
    lists = [[10000 * k + i for i in range(n)] for k, n in enumerate(lengths)]
    got = plain_list(streams[0].interleave(*streams[1:], block_length=block))
    if lengths == (0, 3) or len(set(lengths)) == 1:
        assert got == by_turns(lists, block)
    assert sorted(got) == sorted(itertools.chain(*lists))
    for part in lists:
        assert [v for v in got if v in set(part)] == part
    start = min(n for n in lengths) // block * block * len(lengths)
    assert got[:start] == by_turns(lists, block)[:start]


def test_interleave_of_what_a_function_makes(numbers: Any) -> None:
    def stream(i: Any) -> Pipeline:
        return Pipeline.range(int(i) * 10, int(i) * 10 + 3)

    got = numbers(3).interleave(stream, cycle_length=2)
    assert plain_list(got) == [0, 10, 1, 11, 2, 12, 20, 21, 22]
    blocks = numbers(3).interleave(stream, cycle_length=3, block_length=2)
    assert plain_list(blocks) == [0, 1, 10, 11, 20, 21, 2, 12, 22]


def test_cache_makes_things_once(numbers: Any) -> None:
    calls = []

    def count(value: Any) -> Any:
        calls.append(np.size(value))
        return value + 1

    pipeline = numbers(100).map(count).cache()
    assert plain_list(pipeline.take(3)) == [1, 2, 3]
    calls.clear()
    assert plain_list(pipeline.repeat(3)) == list(range(1, 101)) * 3
    assert sum(calls) == 100
    assert plain_list(pipeline.shuffle(10, seed=1).batch(7).unbatch().take(100))
    assert sum(calls) == 100


def test_cache_is_not_changed_by_readers() -> None:
    pipeline = Pipeline.range(10).map(lambda v: v * 1).batch(5).cache()
    for _ in range(3):
        for i, batch in enumerate(pipeline):
            assert batch.tolist() == list(range(5 * i, 5 * i + 5))
            batch[:] = -1


@pytest.mark.parametrize("count", [1, 2, 1000])
def test_prefetch(numbers: Any, count: int) -> None:
    assert plain_list(numbers(3000).prefetch(count)) == list(range(3000))
    batches = numbers(3000).batch(7).prefetch(count).map(lambda b: b.sum())
    want = [sum(range(i, min(i + 7, 3000))) for i in range(0, 3000, 7)]
    assert plain_list(batches) == want
    assert plain_list(numbers(0).prefetch(count)) == []


def test_from_files(tmp_path: Any) -> None:
    (tmp_path / "b.txt").write_bytes(b"drei\r\nvier")
    (tmp_path / "a.txt").write_bytes("eins\n\nzwö\n".encode())
    pattern = str(tmp_path / "*.txt")
    assert list(Pipeline.from_files(pattern)) == ["eins", "", "zwö", "drei", "vier"]
    one = Pipeline.from_files(tmp_path / "a.txt", encoding=None)
    assert list(one) == [b"eins", b"", "zwö".encode()]
    both = Pipeline.from_files([tmp_path / "b.txt", str(tmp_path / "a.txt")])
    words = both.flat_map(str.split).map(lambda word: (word, 1)).reduce_by_key("sum")
    assert list(words)[:2] == [("drei", 1), ("vier", 1)]
    with pytest.raises(FileNotFoundError, match="no file matches"):
        Pipeline.from_files(str(tmp_path / "*.csv"))
    with pytest.raises(FileNotFoundError):
        Pipeline.from_files(tmp_path / "c.txt").run()


def test_ends(numbers: Any) -> None:
    pipeline = numbers(1000)
    assert pipeline.run() == 1000
    assert pipeline.to_numpy().tolist() == list(range(1000))
    got: list[int] = []
    assert pipeline.for_each(got.append) == 1000
    assert [int(v) for v in got] == list(range(1000))
    parts = Pipeline.from_array((np.arange(3), np.arange(3)))
    sums: list[int] = []
    assert parts.for_each(lambda a, b: sums.append(int(a + b))) == 3
    assert sums == [0, 2, 4]


def test_to_numpy_of_structures() -> None:
    table = Pipeline.from_array({"x": np.arange(4), "y": (np.ones(4), np.zeros(4))})
    got = table.shuffle(4, seed=1).batch(2).unbatch().to_numpy()
    assert sorted(got["x"].tolist()) == [0, 1, 2, 3]
    assert got["y"][0].dtype == np.float64
    empty = table.take(0).to_numpy()
    assert empty["x"].shape == (0,)
    assert Pipeline.range(0).to_numpy().dtype == np.int64
    objects = Pipeline.from_iterable(["a", "bc"]).to_numpy()
    assert objects.dtype == object


def test_lengths() -> None:
    ten = Pipeline.range(10)
    assert len(ten) == 10
    assert len(ten.batch(3)) == 4
    assert len(ten.batch(3, drop_remainder=True)) == 3
    assert len(ten.skip(2).take(100).repeat(3).shuffle(5).map(half).prefetch()) == 24
    assert len(ten.zip(ten.take(3))) == 3
    assert len(ten.interleave(ten.take(3)).cache()) == 13
    assert len(ten.repeat().take(25)) == 25
    for endless in (ten.repeat(), ten.filter(half), Pipeline.from_iterable(iter([]))):
        with pytest.raises(TypeError, match=r"no end|not known"):
            len(endless)


def test_pipelines_are_immutable_and_lazy() -> None:
    begun = []

    def items() -> Iterator[int]:
        begun.append(1)
        yield from range(3)

    source = Pipeline.from_iterable(items)
    a, b = source.map(lambda v: v + 1), source.map(lambda v: v - 1)
    assert not begun
    assert (plain_list(a), plain_list(b), plain_list(a)) == (
        [1, 2, 3],
        [-1, 0, 1],
        [1, 2, 3],
    )
    assert len(begun) == 3
    assert repr(a) == "<Pipeline from_iterable | map(<lambda>)>"


def test_nothing_is_read_that_is_not_needed() -> None:
    seen: list[int] = []

    def items() -> Iterator[int]:
        for i in itertools.count():
            seen.append(i)
            yield i

    assert plain_list(Pipeline.from_iterable(items).take(5)) == [0, 1, 2, 3, 4]
    assert seen == [0, 1, 2, 3, 4]
    seen.clear()
    iterator = iter(Pipeline.from_iterable(items).map(lambda v: v + 1))
    assert next(iterator) == 1
    assert seen == [0]
    calls: list[int] = []

    def mark(values: Any) -> Any:
        calls.append(len(values))
        return values

    Pipeline.range(1 << 40).map(mark).shuffle(10, seed=1).take(3).run()
    assert sum(calls) == 3


def test_slow_iterables_are_not_waited_for() -> None:
    import time

    def items() -> Iterator[int]:
        for i in range(6):
            time.sleep(0.01)
            yield i

    begin = time.monotonic()
    times = [time.monotonic() - begin for _ in Pipeline.from_iterable(items)]
    assert all(times[i + 1] - times[i] > 0.005 for i in range(5))


def test_words_and_lines_are_counted(tmp_path: Any) -> None:
    lines = ["b a b", "", "zwö\ta\x0bb", "\u2003 a"] * 500
    (tmp_path / "text").write_text("\n".join(lines), encoding="utf-8")
    words = [word for line in lines for word in line.encode().split()]
    want = collections.Counter(word.decode() for word in words)
    files = Pipeline.from_files(tmp_path / "text")
    assert list(files) == lines
    assert list(files.split_words()) == [word.decode() for word in words]
    pairs = list(files.split_words().count_by_key())
    assert dict(pairs) == want
    assert [key for key, _ in pairs] == sorted(want, key=str.encode)
    assert dict(files.count_by_key()) == collections.Counter(lines)
    slowly = files.map(str).split_words().count_by_key()
    assert dict(slowly) == want
    raw = Pipeline.from_files([tmp_path / "text"] * 2, encoding=None).split_words()
    assert dict(raw.count_by_key()) == collections.Counter(words * 2)
    assert list(Pipeline.from_files([]).count_by_key()) == []
    assert next(iter(files.batch(3).skip(1).take(1))).tolist() == lines[3:6]
    with pytest.raises(TypeError, match="texts, not int 3"):
        list(Pipeline.from_iterable([3]).split_words())
