"""grain: threads in the process, which is its setting for operations without the GIL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import grain
import numpy as np

import machine
from images import data, kernel
from images.clock import measure
from model import Outcome


def _iterable(dataset: Any, serial: bool, ahead: int) -> Any:
    """ahead: so many elements."""
    options = grain.ReadOptions(
        num_threads=0 if serial else machine.cpus(),
        prefetch_buffer_size=0 if serial else ahead,
    )
    return dataset.to_iter_dataset(options)


def by_image(size: dict[str, int]) -> Outcome:
    source = data.images()

    def make(count: int, serial: bool) -> Iterable[Any]:
        numbers = grain.MapDataset.range(count).shuffle(seed=data.SEED)
        images = numbers.map(lambda n: kernel.transformed(source[n % len(source)], n))
        batches: Iterable[Any] = _iterable(images, serial, 2 * data.BATCH).batch(data.BATCH)
        return batches

    return measure(size, source, make)


def by_batch(size: dict[str, int]) -> Outcome:
    source = data.images()

    def make(count: int, serial: bool) -> Iterable[Any]:
        numbers = grain.MapDataset.range(count).shuffle(seed=data.SEED)
        batches = numbers.batch(data.BATCH)
        made = batches.map(lambda n: kernel.transformed_batch(source, np.asarray(n)))
        # No thread is idle while the consumer has the batch before; 2 would be too few for that.
        result: Iterable[Any] = _iterable(made, serial, 2 * machine.cpus())
        return result

    return measure(size, source, make)
