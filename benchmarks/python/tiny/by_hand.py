"""Plain Python and NumPy, with a thread that keeps two batches ready."""

from __future__ import annotations

import multiprocessing
import queue
import random
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

import machine
from model import Outcome
from tiny.clock import AHEAD, BATCH, SEED, maps, measure
from tiny.shuffling import shuffled

#: Of the row with large chunks: in the second-level cache.
_LARGE = 64 * BATCH


def _ahead(batches: Iterable[Any]) -> Iterator[Any]:
    """The batches, made on another thread."""
    ready: queue.Queue[Any] = queue.Queue(AHEAD)

    def work() -> None:
        for batch in batches:
            ready.put(batch)
        ready.put(None)

    threading.Thread(target=work, daemon=True).start()
    while (batch := ready.get()) is not None:
        yield batch


def numpy_chunks(size: dict[str, int]) -> Outcome:
    """Shuffled within each chunk, which is a batch: less than the others do."""

    def make(count: int) -> Iterable[Any]:
        rng = np.random.default_rng(SEED)

        def chunks() -> Iterator[Any]:
            for start in range(0, count, BATCH):
                x = np.arange(start, min(start + BATCH, count))
                x = x + 1
                x = x * 3
                x = x - 7
                rng.shuffle(x)
                yield x

        return _ahead(chunks())

    return measure(size["items"], make)


def numpy_large_chunks(size: dict[str, int]) -> Outcome:
    """Shuffled within chunks of 64 batches, which are then cut into batches."""

    def make(count: int) -> Iterable[Any]:
        rng = np.random.default_rng(SEED)

        def chunks() -> Iterator[Any]:
            for start in range(0, count, _LARGE):
                x = np.arange(start, min(start + _LARGE, count))
                x += 1
                x *= 3
                x -= 7
                rng.shuffle(x)
                yield x

        for chunk in _ahead(chunks()):
            for start in range(0, len(chunk), BATCH):
                yield chunk[start : start + BATCH]

    return measure(4 * size["items"], make)


def generators(size: dict[str, int]) -> Outcome:
    def make(count: int) -> Iterable[Any]:
        numbers: Iterable[int] = range(count)
        for function in (lambda x: x + 1, lambda x: x * 3, lambda x: x - 7):
            numbers = map(function, numbers)
        return _ahead(_batched(shuffled(numbers)))

    return measure(size["items"], make)


def _batched(numbers: Iterable[int]) -> Iterator[list[int]]:
    batch: list[int] = []
    append = batch.append
    for number in numbers:
        append(number)
        if len(batch) == BATCH:
            yield batch
            batch = []
            append = batch.append
    if batch:
        yield batch


def _chunk(start: int) -> list[int]:
    chunk = [maps(x) for x in range(start, start + BATCH)]
    random.Random(start).shuffle(chunk)
    return chunk


def processes(size: dict[str, int]) -> Outcome:
    with multiprocessing.Pool(machine.cpus()) as pool:
        return measure(
            size["items"] // 4,
            lambda count: pool.imap(_chunk, range(0, count, BATCH), chunksize=16),
        )
