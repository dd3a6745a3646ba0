from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from model import Outcome
from tiny.clock import AHEAD, BATCH, BUFFER, SEED, measure


def by_item(size: dict[str, int]) -> Outcome:
    def make(count: int) -> Iterable[Any]:
        numbers = tf.data.Dataset.range(count)
        numbers = numbers.map(lambda x: x + 1).map(lambda x: x * 3).map(lambda x: x - 7)
        shuffled = numbers.shuffle(BUFFER, seed=SEED)
        batches: Iterable[Any] = shuffled.batch(BATCH).prefetch(AHEAD)
        return batches

    return measure(size["items"] // 64, make)


def by_batch(size: dict[str, int]) -> Outcome:
    """Shuffled and batched first, so that the maps see batches."""

    def make(count: int) -> Iterable[Any]:
        numbers = tf.data.Dataset.range(count).shuffle(BUFFER, seed=SEED).batch(BATCH)
        numbers = numbers.map(lambda x: x + 1).map(lambda x: x * 3).map(lambda x: x - 7)
        batches: Iterable[Any] = numbers.prefetch(AHEAD)
        return batches

    return measure(size["items"] // 2, make)
