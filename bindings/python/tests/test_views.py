"""The arrays that callables get, and what becomes of those that they keep."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from stages import collect, count_to, nothing, numbers

import penstock as ps


def test_inputs_are_read_only(engine: ps.Engine, graph: ps.Graph) -> None:
    def overwrite(context: ps.Context, values: Any) -> None:
        values[:] = 0

    graph.sink("sink", numbers(graph), overwrite)
    with pytest.raises(ValueError, match="read-only"):
        graph.run(engine)


def test_inputs_cannot_be_made_writable(engine: ps.Engine, graph: ps.Graph) -> None:
    def overwrite(context: ps.Context, values: Any) -> None:
        values.flags.writeable = True

    graph.sink("sink", numbers(graph), overwrite)
    with pytest.raises(ValueError, match="WRITEABLE"):
        graph.run(engine)


def test_nothing_is_copied(engine: ps.Engine, graph: ps.Graph) -> None:
    def check(context: ps.Context, values: Any, out: Any) -> None:
        assert not values.flags.owndata
        assert not out.flags.owndata
        assert not np.shares_memory(values, out)
        assert values.flags.c_contiguous
        out[:] = values

    got: list[int] = []
    graph.sink("sink", graph.map("map", numbers(graph), "i8", check), collect(got))
    graph.run(engine)
    assert got == list(range(1000))


@pytest.mark.parametrize(
    "keep",
    [
        lambda values: values,
        lambda values: values[3:],
        lambda values: values[::2].reshape(-1, 1),
        lambda values: memoryview(values),
        lambda values: values.view(np.uint8),
        lambda values: {"deep": [values]},
        lambda values: iter(values),
    ],
)
def test_a_reader_that_keeps_a_view(
    keep: Callable[[Any], Any], engine: ps.Engine, graph: ps.Graph
) -> None:
    kept: list[Any] = []

    def hoard(context: ps.Context, values: Any) -> None:
        kept.append(keep(values))

    graph.sink("hoard", numbers(graph), hoard)
    with pytest.raises(BufferError, match="'hoard' kept an array of its span"):
        graph.run(engine)
    # Its memory is there as long as it is, whatever else is given up.
    with pytest.raises(ps.StateError, match="still alive"):
        graph.run(engine)
    graph.close()
    engine.close()
    repr(kept)
    kept.clear()


def test_a_run_is_possible_when_the_view_is_gone(
    engine: ps.Engine, graph: ps.Graph
) -> None:
    kept: list[Any] = []

    def hoard(context: ps.Context, values: Any) -> None:
        if context.user:
            kept.append(values)

    graph.sink("hoard", numbers(graph), hoard, user=kept.append)
    with pytest.raises(BufferError):
        graph.run(engine)
    kept.clear()
    with pytest.raises(BufferError):
        graph.run(engine)


def test_a_view_outlives_graph_and_engine() -> None:
    kept: list[Any] = []

    def hoard(context: ps.Context, values: Any) -> None:
        kept.append(values)

    engine, graph = ps.Engine(), ps.Graph()
    graph.sink("hoard", numbers(graph), hoard)
    with pytest.raises(BufferError):
        graph.run(engine)
    del graph, engine
    gc.collect()
    assert kept[0][0] == 0
    kept.clear()


def test_copies_may_be_kept(engine: ps.Engine, graph: ps.Graph) -> None:
    kept: list[Any] = []

    def copy(context: ps.Context, values: Any) -> None:
        kept.append(values.copy())

    graph.sink("sink", numbers(graph), copy)
    graph.run(engine)
    assert np.concatenate(kept).tolist() == list(range(1000))


def test_garbage_keeps_nothing(engine: ps.Engine, graph: ps.Graph) -> None:
    def careless(context: ps.Context, values: Any) -> None:
        cycle: list[Any] = [values]
        cycle.append(cycle)
        try:
            raise ValueError("in vain")
        except ValueError as error:
            context.state = None
            circle = error  # the frame, the exception and its traceback
            assert circle.__traceback__

    graph.sink("sink", numbers(graph), careless)
    graph.run(engine)


def test_an_exception_that_was_caught_may_be_kept(
    engine: ps.Engine, graph: ps.Graph
) -> None:
    caught: list[BaseException] = []

    def careful(context: ps.Context, values: Any) -> None:
        try:
            raise ValueError(f"of {len(values)}")
        except ValueError as error:
            caught.append(error)

    graph.sink("sink", numbers(graph), careful)
    graph.run(engine)
    assert caught
    assert caught[0].__traceback__ is not None


def test_the_variables_of_a_failed_call_are_gone(
    engine: ps.Engine, graph: ps.Graph
) -> None:
    def fails(context: ps.Context, values: Any) -> None:
        part = values[1:]
        raise ValueError(f"of {len(part)}")

    graph.sink("sink", numbers(graph), fails)
    with pytest.raises(ValueError, match="of ") as caught:
        graph.run(engine)
    traceback = caught.value.__traceback__
    while traceback is not None and traceback.tb_frame.f_code.co_name != "fails":
        traceback = traceback.tb_next
    assert traceback is not None
    assert "part" not in traceback.tb_frame.f_locals
    with pytest.raises(ValueError, match="of "):
        graph.run(engine)


def test_a_reservation_that_is_kept(engine: ps.Engine, graph: ps.Graph) -> None:
    kept: list[Any] = []

    def reserve(context: ps.Context, values: Any) -> None:
        kept.append(context.reserve(len(values)))

    stage = graph.process("reserve", numbers(graph), "i8", reserve)
    graph.sink("sink", stage, nothing)
    with pytest.raises(BufferError, match="'reserve' kept"):
        graph.run(engine)
    kept.clear()


def test_a_context_that_is_kept(engine: ps.Engine, graph: ps.Graph) -> None:
    kept: list[ps.Context] = []

    def hoard(context: ps.Context, values: Any) -> None:
        kept.append(context)

    graph.sink("hoard", numbers(graph), hoard)
    graph.run(engine)
    uses: list[Callable[[ps.Context], Any]] = [
        lambda context: context.position,
        lambda context: context.state,
        lambda context: context.emit(np.zeros(1)),
        lambda context: context.reserve(1),
    ]
    for use in uses:
        with pytest.raises(ps.StateError, match="'hoard' was used after its call"):
            use(kept[0])


def test_spans_given_to_another_thread(engine: ps.Engine, graph: ps.Graph) -> None:
    sums: list[int] = []

    def elsewhere(context: ps.Context, values: Any) -> None:
        thread = threading.Thread(target=lambda: sums.append(int(values.sum())))
        thread.start()
        thread.join()

    graph.sink("sink", numbers(graph), elsewhere)
    graph.run(engine)
    assert sum(sums) == sum(range(1000))


def test_dtypes_arrive_as_they_were_said(engine: ps.Engine, graph: ps.Graph) -> None:
    for dtype in ("f4", "u1", "?", "c16", "U5", "S3", "M8[s]", ">i4", "f2", "V7"):
        with ps.Graph(f"of {dtype}") as each:
            seen: list[np.dtype[Any]] = []

            def fill(context: ps.Context, out: Any, seen: list[Any] = seen) -> ps.End:
                seen.append(out.dtype)
                out[0] = np.zeros(1, out.dtype)[0]
                return ps.End(1)

            def take(context: ps.Context, values: Any, seen: list[Any] = seen) -> None:
                seen.append(values.dtype)

            each.sink("sink", each.source("source", dtype, fill), take)
            each.run(engine)
            assert seen == [np.dtype(dtype)] * 2


def test_two_sources_of_one_callable(engine: ps.Engine, graph: ps.Graph) -> None:
    fill, got = count_to(100), []  # type: ignore[var-annotated]
    merged = graph.merge(
        "both", [graph.source("a", "i8", fill), graph.source("b", "i8", fill)]
    )
    graph.sink("sink", merged, collect(got))
    graph.run(engine)
    assert sorted(got) == sorted([*range(100)] * 2)


@pytest.mark.filterwarnings("ignore:Setting the:DeprecationWarning")
def test_what_is_done_to_an_array_is_not_done_to_the_next(
    engine: ps.Engine, graph: ps.Graph
) -> None:
    """The library's places are few, and are used again."""
    places: set[tuple[int, int]] = set()
    calls: list[int] = []

    def spoil(context: ps.Context, values: Any, out: Any) -> None:
        assert values.shape == out.shape == (len(values),)
        assert values.dtype == out.dtype == np.int64
        assert out.flags.writeable
        places.add((values.ctypes.data, len(values)))
        calls.append(len(values))
        out[:] = values
        values.shape = (-1, 1)
        out.dtype = np.uint8
        out.flags.writeable = False

    got: list[int] = []
    source = numbers(graph, 50_000, batch=256)
    graph.sink("sink", graph.map("spoil", source, "i8", spoil), collect(got))
    graph.run(engine)
    assert got == list(range(50_000))
    assert len(places) < len(calls)


def test_keeping_late_and_in_parts(engine: ps.Engine, graph: ps.Graph) -> None:
    kept: list[Any] = []

    def hoard(context: ps.Context, values: Any) -> None:
        if context.position > 30_000:
            kept.append(values[1:][1:])

    graph.sink("hoard", numbers(graph, 50_000, batch=256), hoard)
    with pytest.raises(BufferError, match="'hoard' kept an array of its span"):
        graph.run(engine)
    assert (kept[0] > 30_000).all()
    graph.close()
    assert (kept[0] > 30_000).all()
    kept.clear()


def test_spans_of_all_lengths(engine: ps.Engine, graph: ps.Graph) -> None:
    """What is remembered of places is bounded."""
    made = 0

    def fill(context: ps.Context, out: Any) -> int | ps.End:
        nonlocal made
        n = 1 + made % 97
        out[:n] = made
        made += 1
        return n if made < 3000 else ps.End(n)

    total = 0

    def add(context: ps.Context, values: Any) -> None:
        nonlocal total
        total += len(values)

    graph.sink("sink", graph.source("source", "i8", fill), add)
    graph.run(engine)
    assert total == sum(1 + i % 97 for i in range(3000))
    assert all(len(lender._owners) <= 256 for lender in graph._failures._lenders)


def test_a_context_that_is_kept_stays_dead(engine: ps.Engine, graph: ps.Graph) -> None:
    first: list[ps.Context] = []

    def look(context: ps.Context, values: Any) -> None:
        if first:
            assert context is not first[0]
            with pytest.raises(ps.StateError, match="used after its call"):
                _ = first[0].position
        else:
            first.append(context)

    graph.sink("sink", numbers(graph, 10_000, batch=256), look)
    graph.run(engine)
