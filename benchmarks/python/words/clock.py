"""How every system of this case is timed and checked."""

from __future__ import annotations

import hashlib
import importlib
import pathlib
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

from model import Outcome, expect
from words import data

_WARM = 3


def measure(
    size: dict[str, int],
    package: str,
    count: Callable[[Any, pathlib.Path], Any],
    as_dict: Callable[[Any], Mapping[bytes, int]],
    ready: Callable[[Any], Any] | None = None,
) -> Outcome:
    """count: of the package and a file, as the system returns it; the result is complete.
    ready: what the package makes once, as a part of the start-up.

    Cold: the first time in the process, the file not in memory. Warm: after that.
    """
    file = data.path(size)
    before = time.perf_counter()
    module = importlib.import_module(package)
    if ready is not None:
        ready(module)
    start_up = time.perf_counter() - before
    data.forget(file)
    cold, result = _timed(count, module, file)
    answer = _answer(as_dict(result))
    data.remember(file)
    warm = []
    for _ in range(_WARM):
        del result
        seconds, result = _timed(count, module, file)
        warm.append(seconds)
        expect(_answer(as_dict(result)) == answer, "the second result is another one")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Outcome(
        {
            "warm": statistics.median(warm),
            "cold": cold,
            "start-up": start_up,
            "MB/s": file.stat().st_size / statistics.median(warm),
            "peak": peak,
        },
        answer,
    )


def _timed(
    count: Callable[[Any, pathlib.Path], Any], module: Any, file: pathlib.Path
) -> tuple[float, Any]:
    start = time.perf_counter()
    result = count(module, file)
    return time.perf_counter() - start, result


def _answer(counts: Mapping[bytes, int]) -> dict[str, int | float | str]:
    digest = hashlib.sha256()
    for word in sorted(counts):
        digest.update(b"%s %d\n" % (word, counts[word]))
    return {
        "words": sum(counts.values()),
        "different words": len(counts),
        "digest": digest.hexdigest(),
    }
