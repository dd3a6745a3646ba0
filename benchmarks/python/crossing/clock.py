"""What one crossing costs: medians of short runs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from model import Outcome, expect

SPAN = 256
_RUNS = 7


def seconds(run: Callable[[], int], expected: int) -> float:
    """Of a run that returns what it has counted; the first does not count."""
    taken = []
    for _ in range(_RUNS + 1):
        start = time.perf_counter()
        counted = run()
        taken.append(time.perf_counter() - start)
        expect(counted == expected, f"{counted} came, expected {expected}")
    return statistics.median(taken[1:])


def of_calls(run: Callable[[int], int], calls: int) -> Outcome:
    """run: makes so many calls."""
    return Outcome({"per span": seconds(lambda: run(calls), calls) / calls})


def of_spans(run: Callable[[int, int], int], spans: int, size: int = SPAN) -> Outcome:
    """run: moves so many spans of so many items each, 0, 1, 2, ...; returns their sum."""

    def cost(spans: int, size: int) -> float:
        items = spans * size
        return seconds(lambda: run(spans, size), items * (items - 1) // 2) / spans

    one, many = cost(spans, 1), cost(spans, size)
    return Outcome({"per span": one, "per large span": many, "per item": many / size})
