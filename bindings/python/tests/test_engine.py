"""Engines: what they are told, and what they tell."""

from __future__ import annotations

from typing import Any

import pytest

import penstock as ps


def test_info(engine: ps.Engine) -> None:
    info = engine.info()
    assert info.processors >= info.allowed >= 1
    assert info.cores >= 1
    assert info.workers >= 1
    assert info.live
    assert not info.simulated
    assert repr(engine) == f"<Engine, {info.workers} workers>"


def test_options_arrive() -> None:
    topology = "synthetic:package:2 l3:4 core:8 pu:2"
    with ps.Engine(
        topology=topology,
        workers=3,
        reserve=1,
        policy="spread",
        spin_ns=0,
        trace_capacity=100,
        actor_bytes=1 << 20,
        watchdog_ns=10**9,
    ) as engine:
        assert engine.info().processors == 128
        assert engine.info().workers == 3
        assert not engine.info().live
    with ps.Engine(executor="simulated:7") as engine:
        assert engine.info().simulated


def test_views(engine: ps.Engine) -> None:
    assert "PU" in engine.render()
    assert engine.render(ps.View.TOPOLOGY, "json").startswith("{")
    with pytest.raises(ps.NotSupportedError):
        engine.render("topology", "dot")
    with pytest.raises(ps.PenstockError):
        engine.render("plan")
    with pytest.raises(ValueError, match="view must be one of 'topology'"):
        engine.render("picture")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"topology": "live:maybe"}, ps.ArgumentError, "topology"),
        ({"topology": "xml:/nowhere.xml"}, ValueError, "nowhere"),
        ({"topology": 3}, TypeError, "topology must be a str, not int 3"),
        ({"topology": "a\0b"}, ValueError, "must not contain a NUL"),
        ({"executor": "magic"}, ps.ArgumentError, "executor"),
        ({"workers": -1}, ValueError, "workers must be at least 0"),
        ({"workers": 2**32}, ValueError, "below 2\\^32"),
        ({"workers": 1.5}, TypeError, "whole number, not float 1.5"),
        ({"workers": "two"}, TypeError, "whole number, not str 'two'"),
        ({"policy": "best"}, ValueError, "one of 'auto', 'close', 'spread', 'none'"),
        ({"policy": 17}, ValueError, "or of penstock.Policy, not int 17"),
        ({"spin_ns": -1}, ValueError, "spin_ns"),
        ({"speed": 1}, TypeError, "speed"),
    ],
)
def test_wrong_options(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ps.Engine(**options)


def test_with_closes() -> None:
    with ps.Engine() as engine:
        assert not engine.closed
    assert engine.closed


def test_no_engine(graph: ps.Graph) -> None:
    with pytest.raises(TypeError, match="engine must be an Engine, not None"):
        graph.start(None)  # type: ignore[arg-type]


def test_a_timeline() -> None:
    with ps.Engine(trace_capacity=1000) as engine, ps.Graph() as graph:
        graph.sink("sink", graph.source("s", "i8", lambda *_: ps.END), lambda *_: None)
        with pytest.raises(ps.StateError):
            graph.render("timeline", "svg")
        graph.run(engine)
        assert "<svg" in graph.render("timeline", "svg")
