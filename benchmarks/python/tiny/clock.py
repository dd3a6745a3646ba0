"""How every system of this case is checked and timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from model import Outcome, expect

BATCH, BUFFER, AHEAD = 256, 1024, 2
SEED = 7
_CHECKED = 1 << 14


def maps(x: Any) -> Any:
    """The three maps, one after the other, of a number, an array or a tensor."""
    return (x + 1) * 3 - 7


def measure(
    count: int,
    make: Callable[[int], Iterable[Any]],
    as_array: Callable[[Any], Any] = np.asarray,
) -> Outcome:
    """make: a pipeline of so many numbers, an iterable of batches."""
    answer = _check(make, as_array)
    seen = 0
    start = time.perf_counter()
    for batch in make(count):
        seen += len(batch)
    seconds = time.perf_counter() - start
    expect(seen == count, f"{seen} items came, expected {count}")
    return Outcome(
        {"items/s": count / seconds, "per item": seconds / count, "items": count}, answer
    )


def _check(
    make: Callable[[int], Iterable[Any]], as_array: Callable[[Any], Any]
) -> dict[str, int | float | str]:
    """Every item of a shorter run, which also warms up."""
    batches = [np.array(as_array(batch)) for batch in make(_CHECKED)]
    expect(
        {len(batch) for batch in batches} == {BATCH},
        f"batches of {sorted({len(batch) for batch in batches})} items",
    )
    items = np.concatenate(batches).astype(np.int64)
    right = maps(np.arange(_CHECKED, dtype=np.int64))
    expect(not np.array_equal(items[:BATCH], right[:BATCH]), "nothing was shuffled")
    expect(np.array_equal(np.sort(items), right), "some items are wrong or missing")
    return {"sum": int(items.sum()), "items checked": len(items)}
