"""Plans, statistics and progress, for terminals and notebooks."""

from __future__ import annotations

import builtins
import time
from typing import Any
from xml.etree import ElementTree

import pytest
from stages import collect, nothing, numbers

import penstock as ps
from penstock._tables import duration, html_table, number, text_list, text_table


def described(graph: ps.Graph, end: int = 1000) -> None:
    def double(context: ps.Context, values: Any, out: Any) -> None:
        out[:] = 2 * values

    source = numbers(graph, end)
    doubled = graph.map("double <&>", source, "i8", double, replicas=2)
    graph.sink("sink", doubled, nothing)


def html(text: str) -> ElementTree.Element:
    """Fails for what is not well-formed."""
    return ElementTree.fromstring(f"<div>{text}</div>")


def test_a_plan(engine: ps.Engine, graph: ps.Graph) -> None:
    described(graph)
    with pytest.raises(ps.StateError, match="needs a run"):
        graph.plan()
    graph.run(engine)
    plan = graph.plan()
    lines = str(plan).splitlines()
    assert repr(plan) == str(plan)
    header = next(line for line in lines if line.startswith("thread"))
    column = header.index("why")
    rows = [line for line in lines if line.startswith("blocking")]
    assert len(rows) == len(plan.threads) == 4
    for line, thread in zip(rows, plan.threads, strict=True):
        assert line[column:] == thread.reason
        assert line[column - 1] == " "
    tasks = {task for thread in plan.threads for task in thread.tasks}
    assert tasks == {"numbers", "double <&>#0", "double <&>#1", "sink"}
    assert plan.warnings == ()
    assert all(thread.planned for thread in plan.threads)
    assert all(thread.ran_on is not None for thread in plan.threads)
    root = html(plan._repr_html_())
    assert len(root.findall("table/tbody/tr")) == 4
    assert root.find("{http://www.w3.org/2000/svg}svg") is not None


def test_statistics(engine: ps.Engine, graph: ps.Graph) -> None:
    described(graph)
    with pytest.raises(ps.StateError, match="needs a run"):
        graph.stats()
    graph.run(engine)
    stats = graph.stats()
    assert [row.stage for row in stats] == ["numbers", "double <&>", "sink"]
    assert len(stats) == 3
    row = stats["double <&>"]
    assert (row.elements_in, row.elements_out, row.replicas) == (1000, 1000, 2)
    assert 0 < row.share(row.busy_ns) <= 1
    assert row.queue_capacity > 0
    assert (row.errors, row.skipped, row.retried, row.dead_lettered) == (0, 0, 0, 0)
    with pytest.raises(KeyError, match="no stage 'doubel'; there are numbers, double"):
        stats["doubel"]
    assert stats.summary in str(stats)
    assert repr(stats) == str(stats)
    assert stats.bottleneck in (None, "numbers", "double <&>", "sink")
    root = html(stats._repr_html_())
    cells = [
        ["".join(cell.itertext()) for cell in line]
        for line in root.findall("table/tbody/tr")
    ]
    assert [line[0] for line in cells] == ["numbers", "double <&> x 2", "sink"]
    assert cells[1][2] == "1.00 k"
    assert root.findtext("table/caption") == stats.summary


def test_statistics_while_it_runs(engine: ps.Engine, graph: ps.Graph) -> None:
    graph.sink("sink", graph.source("ones", "i8", lambda cx, out: len(out)), nothing)
    graph.start(engine)
    while graph.stats()["sink"].elements_in == 0:
        time.sleep(0.001)
    graph.cancel()
    with pytest.raises(ps.CancelledError):
        graph.wait()


def test_a_graph_in_a_notebook(graph: ps.Graph) -> None:
    described(graph)
    picture = graph._repr_svg_()
    assert picture is not None
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    graph.close()
    assert graph._repr_svg_() is None


# ---- Progress


class Bar:
    def __init__(self) -> None:
        self.n = 0
        self.updates = 0

    def update(self, n: int) -> None:
        self.n += n
        self.updates += 1


def test_progress_is_told(engine: ps.Engine, graph: ps.Graph) -> None:
    seen: list[int] = []

    def slow(context: ps.Context, values: Any) -> None:
        time.sleep(0.05)
        seen.extend(values.tolist())

    graph.sink("sink", numbers(graph, 2000), slow, batch=256)
    bar = Bar()
    graph.run(engine, progress=bar)
    assert seen == list(range(2000))
    assert bar.n == 2000
    assert bar.updates > 1


@pytest.mark.parametrize("executor", [None, "simulated:1"])
def test_progress_by_tqdm(
    executor: str | None, graph: ps.Graph, capsys: pytest.CaptureFixture[str]
) -> None:
    got: list[int] = []
    graph.sink("sink", numbers(graph, 5000), collect(got))
    with ps.Engine(executor=executor) as engine:
        graph.run(engine, progress=True)
    assert len(got) == 5000
    assert "test: 5.00k elements" in capsys.readouterr().err


def test_progress_without_tqdm(
    engine: ps.Engine, graph: ps.Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    importing = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("tqdm"):
            raise ImportError(name)
        return importing(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    got: list[int] = []
    graph.sink("sink", numbers(graph), collect(got))
    with pytest.warns(RuntimeWarning, match="tqdm is not installed") as caught:
        graph.run(engine, progress=True)
    assert caught[0].filename == __file__
    assert len(got) == 1000


def test_progress_of_a_run_that_fails(engine: ps.Engine, graph: ps.Graph) -> None:
    def late(context: ps.Context, values: Any) -> None:
        time.sleep(0.15)
        raise builtins.TimeoutError("of the stage itself")

    graph.sink("sink", numbers(graph), late)
    with pytest.raises(builtins.TimeoutError, match="of the stage itself"):
        graph.run(engine, progress=Bar())


def test_a_bar_that_is_none(engine: ps.Engine, graph: ps.Graph) -> None:
    described(graph)
    with pytest.raises(TypeError, match="True, or a bar with update"):
        graph.run(engine, progress=3)  # type: ignore[arg-type]


# ---- Tables


def test_columns_are_aligned() -> None:
    rows = [("a", "1"), ("名前", "12"), ("é", "123")]
    assert text_table(("name", "n"), rows, right=(1,)).splitlines() == [
        "name    n",
        "─────────",
        "a       1",
        "名前   12",
        "é     123",
    ]
    assert text_list([("a", "x\ny"), ("long", "")]) == "a     x\n      y\nlong  "


def test_tables_in_html() -> None:
    made = html_table(("a", "b"), [("<", "&")], right=(1,), caption='"')
    cells = html(made).findall("table/tbody/tr/td")
    assert [cell.text for cell in cells] == ["<", "&"]
    assert cells[1].get("style") == "text-align:right"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1000, "1.00 k"), (999_600, "1.00 M"), (1.5, "1.50")],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text
    assert number(value, "/s").replace("k/s", "k").replace("M/s", "M").startswith(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.00 ns"), (12.34, "12.3 ns"), (1234, "1.23 us"), (2e9, "2.00 s")],
)
def test_durations(value: float, text: str) -> None:
    assert duration(value) == text
