"""Penstock: its own operators, and the common kernel as a function in C and from Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from penstock import Engine, Pipeline, ops

import machine
import native
from images import data, kernel
from images.clock import measure
from model import Outcome

_AHEAD = 2
_IMAGE = np.dtype((np.float32, (data.OUT, data.OUT, 3)))


def _measure(size: dict[str, int], make: Callable[[data.Array, int, int], Pipeline]) -> Outcome:
    """make: of the images, how many are wanted and how many replicas, what makes them."""
    source = data.images()

    def pipeline(count: int, serial: bool) -> Pipeline:
        images = make(source, count, 1 if serial else machine.cpus())
        batches = images.shuffle(data.BUFFER, seed=data.SEED).batch(data.BATCH)
        # The order of the images and what is done to them then share a thread, too.
        return batches.on(one_worker) if serial else batches.prefetch(_AHEAD)

    with Engine(workers=1) as one_worker:
        return measure(size, source, pipeline)


def own_operators(size: dict[str, int]) -> Outcome:
    """As it is read: shuffled after the operators. The pipeline moves that to the front."""
    ready = (
        ops.crop(data.EDGE, data.EDGE, data.CROP, data.CROP)
        | ops.random_flip(seed=data.SEED)
        | ops.resize(data.OUT, data.OUT)
        | ops.normalise(data.MEAN_255, data.DEVIATION_255)
    )

    def make(source: data.Array, count: int, replicas: int) -> Pipeline:
        images = Pipeline.from_array(source).repeat(count // data.DISTINCT)
        return images.map(ready, replicas=replicas)

    return _measure(size, make)


_SHAPE = (data.DISTINCT, data.SIDE, data.SIDE, 3)


@numba.cfunc(native.map)
def _transform(cx: Any, numbers: Any, out: Any, n: Any) -> Any:
    kernel.transform_numbers(
        numba.carray(native.user(cx), _SHAPE, np.uint8),
        numba.carray(numbers, n, np.int64),
        numba.carray(out, (n, data.OUT, data.OUT, 3), np.float32),
    )
    return 0


def in_c(size: dict[str, int]) -> Outcome:
    def make(source: data.Array, count: int, replicas: int) -> Pipeline:
        return Pipeline.range(count).map(_transform, type=_IMAGE, user=source, replicas=replicas)

    return _measure(size, make)


def from_python(size: dict[str, int]) -> Outcome:
    def make(source: data.Array, count: int, replicas: int) -> Pipeline:
        def transform(numbers: data.Array) -> data.Array:
            return kernel.transformed_batch(source, numbers)

        return Pipeline.range(count).map(transform, replicas=replicas)

    return _measure(size, make)
