"""How every system of this case is timed."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterable
from typing import Any

import machine
from images import data
from model import Outcome, expect

#: What the consumer does with a batch: it waits for an accelerator.
PAUSE = 0.005

#: Of a number of images a pipeline: an iterable of batches. Serial: without anything in
#: parallel or ahead, which is what the operations themselves cost.
Make = Callable[[int, bool], Iterable[Any]]


def measure(
    size: dict[str, int],
    source: data.Array,
    make: Make,
    as_array: Callable[[Any], Any] = lambda batch: batch,
) -> Outcome:
    count = size["images"]
    for batch in make(4 * data.BATCH, False):
        as_array(batch)
    checker = data.Checker(source)
    used, start = _cpu_seconds(), time.perf_counter()
    last = start
    for batch in make(count, False):
        checker.see(as_array(batch))
        last = time.perf_counter()
        time.sleep(PAUSE)
    end = time.perf_counter()
    last_gap = max(0.0, end - last - PAUSE)
    used = _cpu_seconds() - used
    answer = checker.check(count)
    serial = _serial_seconds(make, count)
    waiting = _pause_seconds() * -(-count // data.BATCH)
    wall = end - start
    return Outcome(
        {
            "wall": wall,
            "of the ideal": max(serial / machine.cpus(), waiting) / wall,
            "serial": serial,
            "cpu": used,
            "images/s": count / wall,
            "after the last batch": last_gap,
        },
        answer,
    )


def _serial_seconds(make: Make, count: int) -> float:
    """From about a quarter of the images, each of them equally often."""
    part = max(1, count // 4 // data.DISTINCT) * data.DISTINCT
    seen = 0
    start = time.perf_counter()
    for batch in make(part, True):
        seen += len(batch)
    seconds = time.perf_counter() - start
    expect(seen == part, f"{seen} images on one thread, expected {part}")
    return seconds * count / part


def _pause_seconds() -> float:
    """What a pause takes, which is more than it is asked to."""
    start = time.perf_counter()
    for _ in range(50):
        time.sleep(PAUSE)
    return (time.perf_counter() - start) / 50


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
