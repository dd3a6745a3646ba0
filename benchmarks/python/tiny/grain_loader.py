from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import grain

from model import Outcome
from tiny.clock import AHEAD, BATCH, SEED, measure

_ONE_THREAD = grain.ReadOptions(num_threads=1, prefetch_buffer_size=AHEAD * BATCH)
_ONE_THREAD_OF_BATCHES = grain.ReadOptions(num_threads=1, prefetch_buffer_size=AHEAD)


def by_item(size: dict[str, int]) -> Outcome:
    def make(count: int) -> Iterable[Any]:
        numbers = grain.MapDataset.range(count).shuffle(seed=SEED)
        numbers = numbers.map(lambda x: x + 1).map(lambda x: x * 3).map(lambda x: x - 7)
        batches: Iterable[Any] = numbers.to_iter_dataset(_ONE_THREAD).batch(BATCH)
        return batches

    return measure(size["items"] // 64, make)


def by_batch(size: dict[str, int]) -> Outcome:
    """Shuffled and batched first, so that the maps see batches."""

    def make(count: int) -> Iterable[Any]:
        numbers = grain.MapDataset.range(count).shuffle(seed=SEED).batch(BATCH)
        numbers = numbers.map(lambda x: x + 1).map(lambda x: x * 3).map(lambda x: x - 7)
        batches: Iterable[Any] = numbers.to_iter_dataset(_ONE_THREAD_OF_BATCHES)
        return batches

    return measure(size["items"] // 8, make)
