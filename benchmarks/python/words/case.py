"""Word count: a file of text to how often each word is in it."""

from __future__ import annotations

import goals
from model import PENSTOCK, Case, Column, System
from rounds import Result

CASE = Case(
    name="words",
    title="how often each word is in a text of 110 MB (quick: 14), on all CPUs",
    columns=(
        Column("warm", "s", format=".3f"),
        Column("cold", "s", format=".3f"),
        Column("start-up", "s", format=".3f"),
        Column("MB/s", "B/s", 1e6, ".0f", "MB/s"),
        Column("peak", "B", 1e6, ".0f", "peak MB"),
    ),
    higher_is_better=False,
    size={"words": 18_880_000},
    quick_size={"words": 2_400_000},
    prepare="words.data:prepare",
    systems=(
        System("penstock, pipeline", PENSTOCK, "words.penstock_files:pipeline"),
        System("penstock, graph", PENSTOCK, "words.penstock_files:graph"),
        System("duckdb", "duckdb", "words.duckdb_sql:run", ("duckdb",)),
        System("polars, in memory", "polars", "words.polars_frames:in_memory", ("polars",)),
        System("polars, streaming", "polars", "words.polars_frames:streaming", ("polars",)),
        System("multiprocessing, Counter", "multiprocessing", "words.by_hand:processes"),
        System("Counter", "python", "words.by_hand:counter"),
    ),
    notes=(
        "Cold: the first count of the process, the file not in memory. Warm: the three after it.",
        "Start-up: the import, of duckdb also its connection; in neither. Peak: of the process,",
        "without its children.",
    ),
)


def judge(result: Result) -> list[goals.Goal]:
    duckdb = result.best_row("duckdb")
    ours = result.best_row(PENSTOCK)
    return [
        goals.at_most(
            1,
            f"words: time over duckdb's, {state}, at most 1",
            result.ratio(ours, duckdb, state),
        )
        for state in ("cold", "warm")
    ]
