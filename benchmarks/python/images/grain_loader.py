"""grain: threads in the process, which is its setting for operations without the GIL."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import grain
import numpy as np

from images import data, kernel
from images.clock import measure
from model import Outcome


def _iterable(dataset: Any, serial: bool) -> Any:
    threads = 0 if serial else len(os.sched_getaffinity(0))
    ahead = 0 if serial else 2 * data.BATCH
    options = grain.ReadOptions(num_threads=threads, prefetch_buffer_size=ahead)
    return dataset.to_iter_dataset(options)


def by_image(size: dict[str, int]) -> Outcome:
    source = data.images()

    def make(count: int, serial: bool) -> Iterable[Any]:
        numbers = grain.MapDataset.range(count).shuffle(seed=data.SEED)
        images = numbers.map(lambda n: kernel.transformed(source[n % len(source)], n))
        batches: Iterable[Any] = _iterable(images, serial).batch(data.BATCH)
        return batches

    return measure(size, source, make)


def by_batch(size: dict[str, int]) -> Outcome:
    source = data.images()

    def make(count: int, serial: bool) -> Iterable[Any]:
        numbers = grain.MapDataset.range(count).shuffle(seed=data.SEED)
        batches = numbers.batch(data.BATCH)
        made = batches.map(lambda n: kernel.transformed_batch(source, np.asarray(n)))
        result: Iterable[Any] = _iterable(made, serial)
        return result

    return measure(size, source, make)
