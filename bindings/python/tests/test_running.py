"""Graphs of Python callables: every kind of stage, on threads and simulated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from stages import collect, count_to, nothing, numbers

import penstock as ps


@pytest.fixture(params=[None, "simulated:1", "simulated:2"])
def engine(request: pytest.FixtureRequest) -> Iterator[ps.Engine]:
    with ps.Engine(executor=request.param) as made:
        yield made


def test_map(engine: ps.Engine, graph: ps.Graph) -> None:
    def square(context: ps.Context, values: Any, out: Any) -> None:
        np.multiply(values, values, out=out)

    got: list[int] = []
    squares = graph.map("square", numbers(graph), np.int64, square)
    graph.sink("sink", squares, collect(got))
    graph.run(engine)
    assert got == [i * i for i in range(1000)]


def test_filter(engine: ps.Engine, graph: ps.Graph) -> None:
    def is_even(context: ps.Context, values: Any, keep: Any) -> None:
        assert not keep.any()
        keep[:] = values % 2 == 0

    got: list[int] = []
    graph.sink("sink", graph.filter("even", numbers(graph), is_even), collect(got))
    graph.run(engine)
    assert got == list(range(0, 1000, 2))


def test_process_emits_and_finishes(engine: ps.Engine, graph: ps.Graph) -> None:
    def twice(context: ps.Context, values: Any) -> None:
        context.emit(np.repeat(values, 2))
        room = context.reserve(len(values), port=1)
        room[:] = -values
        context.commit(len(values), port=1)

    def last(context: ps.Context) -> None:
        context.emit(np.array([4711]))

    pairs: list[int] = []
    negatives: list[int] = []
    stage = graph.process(
        "twice", numbers(graph), ["i8", "i8"], twice, max_outputs=2, finish=last
    )
    graph.sink("pairs", stage, collect(pairs))
    graph.sink("negatives", stage.port(1), collect(negatives))
    graph.run(engine)
    assert pairs == [i // 2 for i in range(2000)] + [4711]
    assert negatives == [-i for i in range(1000)]


def test_finish_is_called_again(engine: ps.Engine, graph: ps.Graph) -> None:
    left = [3, 2, 1]

    def last(context: ps.Context) -> ps.Status | None:
        context.emit(np.array([left.pop(0)]))
        return ps.Status.EAGAIN if left else None

    got: list[int] = []
    stage = graph.process("rest", numbers(graph, 10), "i8", nothing, finish=last)
    graph.sink("sink", stage, collect(got))
    graph.run(engine)
    assert got == [3, 2, 1]


def test_fold(engine: ps.Engine, graph: ps.Graph) -> None:
    def add(context: ps.Context, state: Any, values: Any) -> None:
        state[0] += values.sum()

    got: list[int] = []
    total = graph.fold("sum", numbers(graph), "i8", add, initial=5, every=100)
    graph.sink("sink", total, collect(got))
    graph.run(engine)
    assert got == [5 + sum(range(i, i + 100)) for i in range(0, 1000, 100)]


def test_merge_by_order(engine: ps.Engine, graph: ps.Graph) -> None:
    def tens(context: ps.Context, values: Any, out: Any) -> None:
        out[:] = values * 10

    first = graph.source("first", "i8", count_to(20))
    second = graph.map("tens", graph.source("s", "i8", count_to(20)), "i8", tens)
    got: list[int] = []
    merged = graph.merge(
        "merge", [first, second], order="sorted", compare=lambda a, b: int(a - b)
    )
    graph.sink("sink", merged, collect(got))
    graph.run(engine)
    assert got == sorted([*range(20), *range(0, 200, 10)])


def test_keys_divide_a_port(engine: ps.Engine, graph: ps.Graph) -> None:
    def key(values: Any, keys: Any) -> None:
        keys[:] = values % 3

    parts: list[list[int]] = [[], []]
    source = numbers(graph)
    for i, part in enumerate(parts):
        graph.sink(f"sink {i}", source, collect(part))
    graph.distribute(source, ps.Distribution.BY_KEY, key)
    graph.run(engine)
    assert sorted(parts[0] + parts[1]) == list(range(1000))
    assert not {i % 3 for i in parts[0]} & {i % 3 for i in parts[1]}


def test_replicas_by_key(engine: ps.Engine, graph: ps.Graph) -> None:
    seen: dict[int, set[int]] = {0: set(), 1: set()}

    def note(context: ps.Context, values: Any, out: Any) -> None:
        seen[context.replica].update((values % 7).tolist())
        out[:] = values

    def key(values: Any, keys: Any) -> None:
        keys[:] = values % 7

    got: list[int] = []
    stage = graph.map("note", numbers(graph), "i8", note, replicas=2, key=key)
    graph.sink("sink", stage, collect(got))
    graph.run(engine)
    assert sorted(got) == list(range(1000))
    assert not seen[0] & seen[1]


def test_ordered_replicas_have_states_of_their_own(
    engine: ps.Engine, graph: ps.Graph
) -> None:
    ended: list[int] = []

    def begin(context: ps.Context) -> None:
        assert context.state is None
        context.state = []

    def note(context: ps.Context, values: Any, out: Any) -> None:
        context.state.extend(values.tolist())
        out[:] = values

    def end(context: ps.Context) -> None:
        assert context.state == sorted(context.state)
        ended.extend(context.state)

    got: list[int] = []
    stage = graph.map(
        "note", numbers(graph), "i8", note, replicas=3, setup=begin, teardown=end
    )
    graph.sink("sink", stage, collect(got))
    for _ in range(2):
        graph.run(engine)
        assert got == list(range(1000))
        assert sorted(ended) == got
        got.clear()
        ended.clear()


def test_feedback(engine: ps.Engine, graph: ps.Graph) -> None:
    """Each number goes round until it is below ten."""

    def halve(context: ps.Context, values: Any) -> None:
        done = values < 10
        context.emit(values[done], port=0)
        context.emit(values[~done] // 2, port=1)

    got: list[int] = []
    entry = graph.merge("entry", [numbers(graph, 100)])
    stage = graph.process("halve", entry, ["i8", "i8"], halve)
    graph.feedback(stage.port(1), entry, credit=8)
    graph.sink("sink", stage, collect(got))
    graph.run(engine)

    def below_ten(number: int) -> int:
        return number if number < 10 else below_ten(number // 2)

    assert sorted(got) == sorted(below_ten(number) for number in range(100))


def test_a_sink_that_wants_no_more(engine: ps.Engine, graph: ps.Graph) -> None:
    def forever(context: ps.Context, out: Any) -> int:
        out[:] = 1
        return len(out)

    positions: list[int] = []

    def enough(context: ps.Context, values: Any) -> ps.End | None:
        positions.append(context.position)
        return ps.END if context.position > 100 else None

    graph.sink("sink", graph.source("ones", "i8", forever), enough)
    graph.run(engine)
    # All but the last call wanted more, and after it there was none.
    assert positions[-1] > 100
    assert max(positions[:-1]) <= 100
    assert graph.state is ps.RunState.ENDED


def test_batches(engine: ps.Engine, graph: ps.Graph) -> None:
    lengths: list[int] = []

    def note(context: ps.Context, values: Any) -> None:
        lengths.append(len(values))

    graph.sink("sink", numbers(graph, 100), note, batch=32)
    graph.run(engine)
    assert lengths == [32, 32, 32, 4]


def test_rows_and_records(engine: ps.Engine, graph: ps.Graph) -> None:
    record = np.dtype([("number", "i4"), ("row", "f4", (3,))])

    def rows(context: ps.Context, values: Any, out: Any) -> None:
        assert out.shape == (len(values), 3)
        out[:] = values[:, None]

    def records(context: ps.Context, values: Any, out: Any) -> None:
        assert values.shape[1:] == (3,)
        out["number"] = values[:, 0]
        out["row"] = values * 2

    got: list[Any] = []

    def take(context: ps.Context, values: Any) -> None:
        got.append(values.copy())

    first = graph.map("rows", numbers(graph, 10), ("f4", (3,)), rows)
    graph.sink("sink", graph.map("records", first, record, records), take)
    graph.run(engine)
    result = np.concatenate(got)
    assert result.dtype == record
    assert result["number"].tolist() == list(range(10))
    assert (result["row"] == 2 * np.arange(10)[:, None]).all()


def test_a_layer(engine: ps.Engine, graph: ps.Graph) -> None:
    weights = np.arange(12, dtype=np.float32).reshape(3, 4)
    bias = np.ones(4, np.float32)

    def rows(context: ps.Context, values: Any, out: Any) -> None:
        out[:] = values[:, None]

    got: list[Any] = []

    def take(context: ps.Context, values: Any) -> None:
        got.append(values.copy())

    row = graph.map("rows", numbers(graph, 20), ("f4", (3,)), rows)
    layer = graph.matmul(
        "layer", row, ("f4", (4,)), weights, bias=bias, activation="relu"
    )
    graph.sink("sink", layer, take)
    graph.run(engine)
    inputs = np.repeat(np.arange(20, dtype=np.float32)[:, None], 3, axis=1)
    assert (np.concatenate(got) == np.maximum(inputs @ weights + bias, 0)).all()


def test_layers_by_key(engine: ps.Engine, graph: ps.Graph) -> None:
    def first(rows: Any, keys: Any) -> None:
        keys[:] = rows[:, 0].astype(np.uint64)

    rows = graph.feed("rows", ("f4", (2,)))
    layer = graph.matmul(
        "layer",
        rows,
        ("f4", (2,)),
        np.eye(2, dtype="f4"),
        replicas=2,
        order="unordered",
        key=first,
    )
    drain = graph.drain("drain", layer)
    graph.start(engine)
    sent = np.arange(20, dtype="f4").reshape(10, 2)
    graph.push(rows, sent)
    graph.finish_feed(rows)
    got: list[Any] = []
    while (part := graph.pull(drain, 10)) is not None:
        got += part.tolist()
    assert sorted(got) == sent.tolist()


def test_a_source_with_nothing_now_is_woken(engine: ps.Engine, graph: ps.Graph) -> None:
    polls = 0

    def fill(context: ps.Context, out: Any) -> int | ps.End:
        nonlocal polls
        polls += 1
        if polls < 5:
            graph.wake(source)
            return 0
        out[0] = 7
        return ps.End(1)

    got: list[int] = []
    source = graph.source("late", "i8", fill)
    graph.sink("sink", source, collect(got))
    graph.run(engine)
    assert got == [7]


def test_context_tells_where_it_is(engine: ps.Engine, graph: ps.Graph) -> None:
    position = 0

    def check(context: ps.Context, values: Any) -> None:
        nonlocal position
        assert context.position == position
        assert values[0] == position
        assert context.user == "the user's"
        assert not context.should_stop
        assert context.replica == 0
        assert context.now > 0 or engine.info().simulated
        position += len(values)

    graph.sink("sink", numbers(graph), check, user="the user's", batch=100)
    graph.run(engine)
    assert position == 1000


def test_dead_letters(engine: ps.Engine, graph: ps.Graph) -> None:
    def refuse_odd(context: ps.Context, values: Any, out: Any) -> None:
        for i, value in enumerate(values):
            if value % 2:
                context.fail(i, "odd")
            out[i] = value

    good: list[int] = []
    bad: list[int] = []
    stage = graph.map(
        "even only", numbers(graph, 20), "i8", refuse_odd, on_failure="dead_letter"
    )
    graph.sink("good", stage, collect(good))
    graph.sink("bad", stage.dead_letters(), collect(bad))
    graph.run(engine)
    assert good == list(range(0, 20, 2))
    assert bad == list(range(1, 20, 2))
    assert stage.stats().dead_lettered == 10


def test_stats_and_views(engine: ps.Engine, graph: ps.Graph) -> None:
    source = numbers(graph)
    sink = graph.sink("sink", source, nothing)
    with pytest.raises(ps.StateError, match="never started"):
        sink.stats()
    graph.run(engine)
    assert sink.stats().elements_in == 1000
    assert source.stats().elements_out == 1000
    assert graph.state is ps.RunState.ENDED
    assert graph.elements_at_sinks == 1000
    assert "numbers" in str(graph.plan())
    assert "sink" in graph.render("graph", "dot")
    graph.learn()
    graph.run(engine)
