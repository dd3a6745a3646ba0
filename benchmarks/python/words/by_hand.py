"""collections.Counter, in one process and in several."""

from __future__ import annotations

import collections
import multiprocessing
import pathlib
from collections.abc import Mapping
from typing import Any

import machine
from model import Outcome
from words.clock import measure

Counts = collections.Counter[bytes]


def _as_it_is(counts: Counts) -> Mapping[bytes, int]:
    return counts


def counter(size: dict[str, int]) -> Outcome:
    def count(module: Any, file: pathlib.Path) -> Counts:
        counts: Counts = module.Counter()
        with file.open("rb") as lines:
            for line in lines:
                counts.update(line.split())
        return counts

    return measure(size, "collections", count, _as_it_is)


def _count_part(job: tuple[str, int, int]) -> Counts:
    """The lines that begin between two places of the file."""
    name, start, end = job
    counts: Counts = collections.Counter()
    with open(name, "rb") as lines:
        if start:
            # The rest of the line before, if there is one.
            lines.seek(start - 1)
            lines.readline()
        at = lines.tell()
        for line in lines:
            if at >= end:
                break
            at += len(line)
            counts.update(line.split())
    return counts


def processes(size: dict[str, int]) -> Outcome:
    def count(module: Any, file: pathlib.Path) -> Counts:
        cpus = machine.cpus()
        whole = file.stat().st_size
        cuts = [whole * i // cpus for i in range(cpus + 1)]
        jobs = [(str(file), cuts[i], cuts[i + 1]) for i in range(cpus)]
        with module.Pool(cpus) as pool:
            counts: Counts
            counts, *others = pool.map(_count_part, jobs, chunksize=1)
        for each in others:
            counts.update(each)
        return counts

    multiprocessing.set_start_method("fork")
    return measure(size, "multiprocessing", count, _as_it_is)
