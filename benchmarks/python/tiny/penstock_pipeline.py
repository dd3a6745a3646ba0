"""Penstock: native operators, functions in C, and Python callables over spans."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from penstock import Pipeline, ops

import native
from model import Outcome
from tiny.clock import AHEAD, BATCH, BUFFER, SEED, measure


def _batches(numbers: Pipeline) -> Pipeline:
    return numbers.shuffle(BUFFER, seed=SEED).batch(BATCH).prefetch(AHEAD)


def operators(size: dict[str, int]) -> Outcome:
    def make(count: int) -> Pipeline:
        numbers = Pipeline.range(count)
        return _batches(numbers.map(ops.add(1)).map(ops.multiply(3)).map(ops.subtract(7)))

    return measure(16 * size["items"], make)


def in_c(size: dict[str, int]) -> Outcome:
    @numba.cfunc(native.map)
    def add(_: Any, numbers: Any, out: Any, n: Any) -> Any:
        numba.carray(out, n, np.int64)[:] = numba.carray(numbers, n, np.int64) + 1
        return 0

    @numba.cfunc(native.map)
    def multiply(_: Any, numbers: Any, out: Any, n: Any) -> Any:
        numba.carray(out, n, np.int64)[:] = numba.carray(numbers, n, np.int64) * 3
        return 0

    @numba.cfunc(native.map)
    def subtract(_: Any, numbers: Any, out: Any, n: Any) -> Any:
        numba.carray(out, n, np.int64)[:] = numba.carray(numbers, n, np.int64) - 7
        return 0

    def make(count: int) -> Pipeline:
        numbers = Pipeline.range(count)
        for function in (add, multiply, subtract):
            numbers = numbers.map(function, type=np.int64)
        return _batches(numbers)

    return measure(16 * size["items"], make)


def callables(size: dict[str, int]) -> Outcome:
    def make(count: int) -> Pipeline:
        numbers = Pipeline.range(count)
        numbers = numbers.map(lambda x: x + 1).map(lambda x: x * 3).map(lambda x: x - 7)
        return _batches(numbers)

    return measure(4 * size["items"], make)
