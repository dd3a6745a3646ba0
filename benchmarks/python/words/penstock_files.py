"""Penstock: files, words and counts in the library; a graph by hand, and a pipeline."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

import machine
from model import Outcome
from words.clock import measure


def pipeline(size: dict[str, int]) -> Outcome:
    """To a dict, as a program would."""

    def count(penstock: Any, file: pathlib.Path) -> Any:
        lines = penstock.Pipeline.from_files(file, encoding=None)
        return dict(lines.split_words().count_by_key())

    return measure(size, "penstock", count, lambda counts: counts)


def graph(size: dict[str, int]) -> Outcome:
    """With as many replicas as CPUs, to columns."""
    return measure(size, "penstock", _count, _as_dict)


def _count(penstock: Any, file: pathlib.Path) -> Any:
    parallel = {"replicas": machine.cpus(), "order": "unordered"}
    with penstock.Engine() as engine, penstock.Graph("words") as graph:
        blocks = graph.files("text", file)
        words = graph.split("words", blocks, **parallel)
        counts = graph.reduce("count", words, **parallel)
        drain = graph.drain("counts", counts)
        graph.start(engine)
        found = []
        while (groups := graph.pull(drain, 1 << 16)) is not None:
            found.append(penstock.groups_of(groups))
        graph.wait()
    return found


def _as_dict(found: Any) -> Mapping[bytes, int]:
    return {
        word: count
        for groups in found
        for word, count in zip(groups["key"], groups["count"].tolist(), strict=True)
    }
