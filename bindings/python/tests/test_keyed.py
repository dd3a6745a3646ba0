"""Reductions by key, beside collections.Counter and NumPy."""

from __future__ import annotations

import collections
import pathlib
from typing import Any

import numpy as np
import pytest
import texts

import penstock as ps


def counted(groups: Any) -> dict[bytes, int]:
    columns = ps.groups_of(groups)
    counts = dict(zip(columns["key"], columns["count"].tolist(), strict=True))
    assert len(counts) == len(groups)
    return counts


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("replicas", [1, 2, 4])
@pytest.mark.parametrize("order", ["ordered", "unordered"])
def test_words_are_counted(
    tmp_path: pathlib.Path, workers: int, replicas: int, order: str
) -> None:
    content = texts.text(replicas, 20000)
    (tmp_path / "text").write_bytes(content)
    with ps.Engine(workers=workers) as engine, ps.Graph() as graph:
        options: Any = {"replicas": replicas, "order": order}
        blocks = graph.files("files", tmp_path / "text", block_size=4096, cut="spaces")
        words = graph.split("words", blocks, **options)
        drain = graph.drain("drain", graph.reduce("count", words, **options))
        for _ in range(2):
            groups = texts.pull_all(graph, drain, engine)
            assert counted(groups) == collections.Counter(content.split())


def test_many_keys_of_every_length(engine: ps.Engine, tmp_path: pathlib.Path) -> None:
    """The tables grow many times; long keys that differ in one byte only stay apart."""
    words = [b"%d" % i for i in range(60000)]
    words += [b"k" * n + bytes([last]) for n in range(80) for last in b"abc"]
    words += [b"%06d" % i + b"tail" * 10 for i in range(3000)] * 2
    (tmp_path / "text").write_bytes(b"\n".join(words * 2))
    with ps.Graph() as graph:
        blocks = graph.files("files", tmp_path / "text", block_size=8192)
        lines = graph.split("words", blocks, replicas=2, order="unordered")
        counts = graph.reduce("count", lines, replicas=2, order="unordered")
        groups = texts.pull_all(graph, graph.drain("drain", counts), engine)
    assert counted(groups) == collections.Counter(words * 2)


def test_empty_keys_and_empty_input(engine: ps.Engine, tmp_path: pathlib.Path) -> None:
    for content in (b"", b"\n\na\n\n"):
        (tmp_path / "text").write_bytes(content)
        with ps.Graph() as graph:
            lines = graph.split(
                "lines", graph.files("files", tmp_path / "text"), "lines"
            )
            drain = graph.drain("drain", graph.reduce("count", lines))
            found = counted(texts.pull_all(graph, drain, engine))
        assert found == collections.Counter(content.split(b"\n")[:-1])


INTEGERS = ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]
NUMBERS = [*INTEGERS, "f4", "f8"]


def feed_all(
    engine: ps.Engine, graph: ps.Graph, feed: ps.Stage, drain: ps.Stage, values: Any
) -> Any:
    graph.start(engine)
    for part in np.array_split(values, 7):
        graph.push(feed, part)
    graph.finish_feed(feed)
    parts = []
    while (found := graph.pull(drain, 1000)) is not None:
        parts.append(found)
    graph.wait()
    return np.sort(np.concatenate(parts), order="key")


@pytest.mark.parametrize("replicas", [1, 3])
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("key", INTEGERS)
def test_numbers_by_integer_keys(
    engine: ps.Engine, graph: ps.Graph, key: str, number: str, replicas: int
) -> None:
    chance = np.random.default_rng(7)
    dtype = np.dtype([("pad", "u1"), ("value", number), ("k", key)])  # not aligned
    records = np.zeros(10000, dtype)
    bounds = np.iinfo(key)
    some = chance.integers(bounds.min, bounds.max, 50, key, endpoint=True)
    some[:2] = bounds.min, bounds.max
    records["k"] = chance.choice(some, len(records))
    if number[0] == "f":
        # Small whole numbers: sums are exact in any order.
        records["value"] = chance.integers(-1000, 1000, len(records))
    else:
        limits = np.iinfo(number)
        records["value"] = chance.integers(
            limits.min, limits.max, len(records), number, endpoint=True
        )
    feed = graph.feed("feed", dtype)
    wanted: Any = {
        "n": "count",
        "sum": ("sum", "value"),
        "low": ("min", "value"),
        "high": ("max", "value"),
        "mean": ("mean", "value"),
    }
    stage = graph.reduce(
        "reduce", feed, wanted, by="k", replicas=replicas, order="unordered"
    )
    found = feed_all(engine, graph, feed, graph.drain("drain", stage), records)
    wide = {"i": "i8", "u": "u8", "f": "f8"}
    assert found.dtype["key"] == wide[key[0]]
    keys = np.unique(records["k"])
    assert np.array_equal(found["key"], keys.astype(wide[key[0]]))
    for group in found:
        values = records["value"][records["k"] == group["key"]].astype(wide[number[0]])
        assert group["n"] == len(values)
        assert group["sum"] == values.sum()
        assert group["low"] == values.min()
        assert group["high"] == values.max()
        assert group["mean"] == pytest.approx(values.mean(dtype="f8"), rel=1e-12)


def test_nan_and_infinity(engine: ps.Engine, graph: ps.Graph) -> None:
    dtype = np.dtype([("k", "i4"), ("x", "f4")])
    records = np.array(
        [
            (0, np.inf),
            (0, -np.inf),
            (1, 1),
            (1, np.nan),
            (1, 2),
            (2, np.nan),
            (3, np.inf),
        ],
        dtype,
    )
    feed = graph.feed("feed", dtype)
    wanted: Any = {"low": ("min", "x"), "high": ("max", "x"), "sum": ("sum", "x")}
    stage = graph.reduce("reduce", feed, wanted, by="k")
    found = feed_all(engine, graph, feed, graph.drain("drain", stage), records)
    nan, inf = np.nan, np.inf
    assert np.array_equal(found["low"], [-inf, nan, nan, inf], equal_nan=True)
    assert np.array_equal(found["high"], [inf, nan, nan, inf], equal_nan=True)
    assert np.array_equal(found["sum"], [nan, nan, nan, inf], equal_nan=True)


def test_plain_integers_are_their_own_keys(engine: ps.Engine, graph: ps.Graph) -> None:
    values = np.random.default_rng(1).integers(-5, 5, 1000).astype("i2")
    feed = graph.feed("feed", "i2")
    stage = graph.reduce("reduce", feed, {"n": "count", "total": "sum"})
    found = feed_all(engine, graph, feed, graph.drain("drain", stage), values)
    keys, counts = np.unique(values, return_counts=True)
    assert found["key"].tolist() == keys.tolist()
    assert found["n"].tolist() == counts.tolist()
    assert found["total"].tolist() == (keys.astype("i8") * counts).tolist()


def test_counts_are_counted_again(engine: ps.Engine, tmp_path: pathlib.Path) -> None:
    """Groups are elements: how many words there are of each frequency."""
    content = texts.text(3, 5000)
    (tmp_path / "text").write_bytes(content)
    with ps.Graph() as graph:
        words = graph.split(
            "words", graph.files("files", tmp_path / "text", cut="spaces")
        )
        counts = graph.reduce("count", words)
        again = graph.reduce("frequencies", counts, by="count")
        found = texts.pull_all(graph, graph.drain("drain", again), engine)
    expected = collections.Counter(collections.Counter(content.split()).values())
    assert (
        dict(zip(found["key"].tolist(), found["count"].tolist(), strict=True))
        == expected
    )


def test_words_and_groups_are_copied(
    engine: ps.Engine, graph: ps.Graph, tmp_path: pathlib.Path
) -> None:
    """Broadcast: blocks, pieces and groups each go to two consumers."""
    content = texts.text(9, 3000)
    (tmp_path / "text").write_bytes(content)
    blocks = graph.files("files", tmp_path / "text", block_size=512, cut="spaces")
    words = graph.split("words", blocks)
    lines = graph.split("lines", blocks, "lines")
    counts = [graph.reduce(f"count {i}", words, sorted=True) for i in range(2)]
    found: list[dict[bytes, int]] = []
    others: list[int] = []

    def take(context: ps.Context, values: Any) -> None:
        found.append(counted(values))

    for i in range(2):
        graph.sink(f"groups {i}", counts[0], take)
    graph.sink("groups", counts[1], take)
    graph.sink(
        "lines seen",
        lines,
        lambda _, values: others.append(len(ps.byte_strings(values))),
    )
    graph.run(engine)
    expected = collections.Counter(content.split())
    total: collections.Counter[bytes] = collections.Counter()
    for part in found:
        total.update(part)
    assert total == collections.Counter({word: 3 * n for word, n in expected.items()})
    assert sum(others) > 0


def test_words_of_a_program(engine: ps.Engine, graph: ps.Graph) -> None:
    """Elements without a release are nobody's: they are not given up."""
    content = np.frombuffer(b"a bb a ccc a bb", np.uint8)
    block = np.zeros(1, ps.BYTES.dtype)
    block["data"], block["size"] = content.ctypes.data, content.size
    feed = graph.feed("feed", ps.BYTES)
    stage = graph.reduce("count", graph.split("words", feed))
    drain = graph.drain("drain", stage)
    graph.start(engine)
    for _ in range(3):
        graph.push(feed, block)
    graph.finish_feed(feed)
    found = graph.pull(drain, 100)
    assert found is not None
    assert counted(found) == {b"a": 9, b"bb": 6, b"ccc": 3}
    assert graph.pull(drain, 100) is None


@pytest.mark.parametrize("replicas", [1, 3])
def test_groups_in_the_order_of_their_keys(
    engine: ps.Engine, tmp_path: pathlib.Path, replicas: int
) -> None:
    words = texts.text(11, 5000, longest=40).split() + [b"z" * n for n in range(1, 50)]
    words += [b"a\x00", b"a", b"a\x00\x00", b"p" * 16, b"p" * 17, b"p" * 16 + b"\x00"]
    (tmp_path / "text").write_bytes(b"\n".join(words))
    options: Any = {"replicas": replicas, "order": "unordered"}
    with ps.Graph() as graph:
        blocks = graph.files("files", tmp_path / "text", block_size=1024)
        found = graph.split("words", blocks, **options)
        counts = graph.reduce("count", found, sorted=True, **options)
        groups = texts.pull_all(graph, graph.drain("drain", counts), engine)
    columns = ps.groups_of(groups)
    assert columns["key"] == sorted(set(words))
    expected = collections.Counter(words)
    assert columns["count"].tolist() == [expected[key] for key in columns["key"]]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_keys_in_order(engine: ps.Engine, dtype: str) -> None:
    limits = np.iinfo(dtype)
    chance = np.random.default_rng(5)
    values = chance.integers(limits.min, limits.max, 3000, dtype, endpoint=True)
    with ps.Graph() as graph:
        feed = graph.feed("feed", dtype)
        drain = graph.drain("drain", graph.reduce("count", feed, sorted=True))
        graph.start(engine)
        graph.push(feed, values)
        graph.finish_feed(feed)
        parts = []
        while (part := graph.pull(drain, 1000)) is not None:
            parts.append(part)
    keys = np.concatenate(parts)["key"]
    assert keys.tolist() == np.unique(values).tolist()


def test_a_callable_gives_back_what_it_is_given(
    engine: ps.Engine, graph: ps.Graph, tmp_path: pathlib.Path
) -> None:
    content = texts.text(2, 3000)
    (tmp_path / "text").write_bytes(content)
    found: list[bytes] = []

    def take(context: ps.Context, values: Any) -> None:
        found.extend(ps.byte_strings(values))

    blocks = graph.files("files", tmp_path / "text", block_size=512, cut="spaces")
    graph.sink("sink", graph.split("words", blocks), take)
    graph.run(engine)
    assert found == content.split()


@pytest.mark.parametrize("seed", range(8))
def test_simulated(tmp_path: pathlib.Path, seed: int) -> None:
    content = texts.text(seed, 3000)
    (tmp_path / "text").write_bytes(content)
    with (
        ps.Engine(executor=f"simulated:{seed}", workers=3) as engine,
        ps.Graph() as graph,
    ):
        options: Any = {"replicas": 3, "order": "unordered"}
        blocks = graph.files("files", tmp_path / "text", block_size=512, cut="spaces")
        counts = graph.reduce(
            "count", graph.split("words", blocks, **options), **options
        )
        found = counted(texts.pull_all(graph, graph.drain("drain", counts), engine))
    assert found == collections.Counter(content.split())


def test_a_run_that_is_cancelled_leaves_nothing_to_the_next(
    engine: ps.Engine, tmp_path: pathlib.Path
) -> None:
    content = texts.text(1, 30000)
    (tmp_path / "text").write_bytes(content)
    with ps.Graph() as graph:
        options: Any = {"replicas": 2, "order": "unordered"}
        blocks = graph.files("files", tmp_path / "text", block_size=512, cut="spaces")
        counts = graph.reduce(
            "count", graph.split("words", blocks, **options), **options
        )
        drain = graph.drain("drain", counts)
        for _ in range(10):
            graph.start(engine)
            graph.cancel()
            with pytest.raises(ps.CancelledError):
                graph.wait()
        found = counted(texts.pull_all(graph, drain, engine))
    assert found == collections.Counter(content.split())


def test_bad_arguments(graph: ps.Graph) -> None:
    records = graph.feed("records", [("k", "i4"), ("x", "f4"), ("v", "f4", (3,))])
    numbers = graph.feed("numbers", "f8")
    words = graph.split("words", graph.files("files", "x"))
    with pytest.raises(TypeError, match="floats are no keys"):
        graph.reduce("a", numbers)
    with pytest.raises(TypeError, match="name one of its fields"):
        graph.reduce("b", records)
    with pytest.raises(ValueError, match="no field 'z'"):
        graph.reduce("c", records, by="z")
    with pytest.raises(ValueError, match=r"wanted\['n'\] must be one of 'count'"):
        graph.reduce("d", records, {"n": "most"}, by="k")
    with pytest.raises(TypeError, match="no sum of bytes"):
        graph.reduce("e", words, {"n": "sum"})
    with pytest.raises(ValueError, match="at least one"):
        graph.reduce("f", words, {})
    with pytest.raises(ValueError, match="the key's own"):
        graph.reduce("g", words, {"key": "count"})
    with pytest.raises(TypeError, match="must be an integer, a float or BYTES"):
        graph.reduce("h", records, {"n": ("sum", "v")}, by="k")
    with pytest.raises(TypeError, match="expected groups"):
        ps.groups_of(np.zeros(3))
