"""Mistakes in a graph's description are told where they are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from stages import nothing, numbers

import penstock as ps

Describe = Callable[[ps.Graph], Any]


@pytest.mark.parametrize(
    ("describe", "error", "message"),
    [
        (lambda g: g.feed("", "i8"), ps.ArgumentError, "name"),
        (lambda g: g.feed(None, "i8"), ps.ArgumentError, "name is NULL"),
        (lambda g: g.feed(7, "i8"), TypeError, "name must be a str, not int 7"),
        (lambda g: g.feed("a\0b", "i8"), ValueError, "NUL"),
        (lambda g: g.feed("x", object), TypeError, "hold Python objects"),
        (lambda g: [g.feed("x", "i8") for _ in "ab"], ps.PenstockError, "'x'"),
        (lambda g: g.map("m", "feed", "i8", nothing), TypeError, "expected a Stage"),
        (lambda g: g.map("m", None, "i8", nothing), TypeError, "a Stage, not None"),
        (lambda g: g.process("p", g.feed("f", "i8"), [], nothing), ValueError, "ports"),
        (lambda g: g.merge("m", []), ValueError, "merge 'm' has no input"),
        (
            lambda g: g.merge("m", [g.feed("f", "i8")], order="random"),
            ValueError,
            "order must be one of 'any', 'turns', 'sorted' or of penstock.MergeOr",
        ),
        (
            lambda g: g.merge("m", [g.feed("f", "i8")], order="sorted"),
            ps.ArgumentError,
            "compare",
        ),
        (
            lambda g: g.map("m", g.sink("s", g.feed("f", "i8"), nothing), "i8", None),
            ValueError,
            "stage 's' has no output",
        ),
        (
            lambda g: g.fold("f", g.feed("x", "i8"), "i8", nothing, initial="text"),
            TypeError,
            "initial must be an element of int64",
        ),
        (
            lambda g: g.fold("f", g.feed("x", "i8"), "i8", nothing, every=-1),
            ValueError,
            "every must be at least 0",
        ),
        (lambda g: g.feed("f", "i8").port(1), ValueError, "1 output ports, and no"),
        (lambda g: g.feed("f", "i8").port(-1), ValueError, "port must be at least 0"),
        (lambda g: g.feed("f", "i8", replicas=2), ps.ArgumentError, "replicas"),
        (lambda g: numbers(g, on_failure="skip"), ps.ArgumentError, "cannot skip"),
        (lambda g: numbers(g, batch=2**25), ps.ArgumentError, "batch"),
        (lambda g: numbers(g, batch=-1), ValueError, "batch must be at least 0"),
        (lambda g: numbers(g, thread="fast"), ValueError, "thread must be one of"),
        (lambda g: numbers(g, cost_ns="much"), ValueError, "much"),
        (lambda g: numbers(g, colour=3), TypeError, "no option 'colour'; there are"),
        (lambda g: numbers(g, setup=3.5), TypeError, "setup of stage 'numbers' must"),
        (lambda g: numbers(g, finish=nothing), ps.ArgumentError, "finish"),
        (lambda g: numbers(g, key=nothing), TypeError, "no input to take keys of"),
        (lambda g: numbers(g, near=ps.Graph().feed("f", "i8")), ps.HandleError, "no s"),
        (
            lambda g: g.distribute(g.feed("f", "i8"), "by_key"),
            ps.ArgumentError,
            "key",
        ),
        (
            lambda g: g.distribute(g.feed("f", "i8"), "evenly"),
            ValueError,
            "how must be one of",
        ),
        (
            lambda g: g.feedback(g.feed("f", "i8"), g.feed("g", "i8"), 1),
            ps.PenstockError,
            "merge",
        ),
        (
            lambda g: g.configure_edge(g.feed("f", "i8"), g.feed("g", "i8")),
            ps.PenstockError,
            "'g'",
        ),
    ],
)
def test_mistakes(
    describe: Describe, error: type[Exception], message: str, graph: ps.Graph
) -> None:
    with pytest.raises(error, match=message):
        describe(graph)


WEIGHTS = np.zeros((3, 4), np.float32)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"weights": WEIGHTS.astype("f8")}, TypeError, "float32, not an array of fl"),
        ({"weights": [[1.0]]}, TypeError, "weights must be an array"),
        ({"weights": WEIGHTS[0]}, ValueError, "2 dimensions, not shape"),
        ({"weights": WEIGHTS.T}, ValueError, "contiguous; strides are"),
        ({"bias": np.zeros(3, np.float32)}, ValueError, r"shape \(4,\) for weights"),
        ({"bias": np.zeros(4)}, TypeError, "bias must be an array of float32"),
        ({"activation": "clamp"}, ps.ArgumentError, "PST_CLAMP has no bounds"),
        ({"activation": "best"}, ValueError, "activation must be one of"),
        ({"in_offset": -4}, ValueError, "in_offset must be at least 0"),
        ({"in_offset": 2}, ps.ArgumentError, "in_offset"),
    ],
)
def test_wrong_layers(
    arguments: dict[str, Any], error: type[Exception], message: str, graph: ps.Graph
) -> None:
    row = graph.feed("rows", ("f4", (3,)))
    with pytest.raises(error, match=message):
        graph.matmul("layer", row, ("f4", (4,)), **{"weights": WEIGHTS, **arguments})


def test_a_mistake_stays(engine: ps.Engine, graph: ps.Graph) -> None:
    source = numbers(graph)
    with pytest.raises(ps.ArgumentError, match="'numbers'"):
        source.configure(batch=2**25)
    for again in (
        lambda: numbers(graph),
        lambda: graph.map("m", source, "i8", nothing),
        lambda: source.dead_letters(),
        graph.validate,
        lambda: graph.run(engine),
    ):
        with pytest.raises(ps.ArgumentError, match="batch"):
            again()


def test_what_is_left_open(engine: ps.Engine, graph: ps.Graph) -> None:
    numbers(graph)
    with pytest.raises(ps.GraphError, match="'numbers'") as caught:
        graph.run(engine)
    assert caught.value.status is ps.Status.EPORT


def test_stages_of_another_graph(graph: ps.Graph) -> None:
    with ps.Graph("other") as other:
        stage = numbers(other)
        with pytest.raises(ps.HandleError, match="of graph 'other'> is no stage of gr"):
            graph.sink("sink", stage, nothing)


def test_options_are_replaced(graph: ps.Graph) -> None:
    stage = graph.map("map", numbers(graph), "i8", nothing, replicas=3)
    graph.sink("sink", stage, nothing)
    assert "replica" in graph.render("graph", "json")
    assert stage.configure(batch=10) is stage


def test_placing(engine: ps.Engine, graph: ps.Graph) -> None:
    source = numbers(graph)
    graph.sink("sink", source, nothing, near=source, on="core:0", exclusive=True)
    graph.run(engine)
    with ps.Graph() as wrong:
        wrong.sink("sink", numbers(wrong), nothing, on="core:4711")
        with pytest.raises(ps.ArgumentError, match="core:4711"):
            wrong.run(engine)


def test_edges(engine: ps.Engine, graph: ps.Graph) -> None:
    source = numbers(graph)
    sink = graph.sink("sink", source, nothing, thread="worker")
    graph.configure_edge(source, sink, capacity=16, fusion="never")
    graph.run(engine)
    assert sink.stats().queue_capacity >= 16


def test_saving(graph: ps.Graph, tmp_path: Any) -> None:
    graph.sink("sink", numbers(graph), nothing)
    graph.save(tmp_path / "graph.svg")
    assert "<svg" in (tmp_path / "graph.svg").read_text()
    with pytest.raises(ps.PenstockError, match="nowhere"):
        graph.save(tmp_path / "nowhere" / "graph.svg")
    with pytest.raises(ps.NotSupportedError):
        graph.save(tmp_path / "graph.txt", "timeline", "text")


def test_names(graph: ps.Graph) -> None:
    stage = graph.feed("größer ☃", "i8")
    assert repr(stage) == "<Stage 'größer ☃' of graph 'test'>"
    assert repr(graph) == "<Graph 'test', idle>"
    with pytest.raises(ps.PenstockError, match="größer ☃"):
        graph.feed("größer ☃", "i8")
