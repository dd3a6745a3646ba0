"""What Python itself has for the same: calls, callbacks, queues between threads."""

from __future__ import annotations

import ctypes
import queue
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from crossing.clock import of_calls, of_spans
from model import Outcome


def call_function(size: dict[str, int]) -> Outcome:
    def function(x: int) -> int:
        return x

    return of_calls(lambda calls: sum(function(1) for _ in range(calls)), size["calls"])


def call_ctypes(size: dict[str, int]) -> Outcome:
    function = ctypes.CDLL(None).abs
    return of_calls(lambda calls: sum(function(1) for _ in range(calls)), size["calls"])


def call_ctypes_held(size: dict[str, int]) -> Outcome:
    function = ctypes.PyDLL(None).abs
    return of_calls(lambda calls: sum(function(1) for _ in range(calls)), size["calls"])


def callback_ctypes(size: dict[str, int]) -> Outcome:
    """libc's search through an array without the key: it compares each element once."""
    called = 0

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    def compare(key: int, element: int) -> int:
        nonlocal called
        called += 1
        return 1

    find = ctypes.CDLL(None).lfind

    def run(calls: int) -> int:
        nonlocal called
        called = 0
        array = np.zeros(calls, np.uint8)
        number = ctypes.c_size_t(calls)
        find(
            array.ctypes.data_as(ctypes.c_void_p),
            array.ctypes.data_as(ctypes.c_void_p),
            ctypes.byref(number),
            ctypes.c_size_t(1),
            compare,
        )
        return called

    return of_calls(run, size["calls"])


def _through(make: Callable[[], Any], size: dict[str, int]) -> Outcome:
    def run(spans: int, length: int) -> int:
        passage = make()

        def produce() -> None:
            for at in range(spans):
                passage.put(np.arange(at * length, (at + 1) * length))

        thread = threading.Thread(target=produce)
        thread.start()
        total = 0
        for _ in range(spans):
            total += int(passage.get().sum())
        thread.join()
        return total

    return of_spans(run, size["spans"])


def bounded_queue(size: dict[str, int]) -> Outcome:
    return _through(lambda: queue.Queue(64), size)


def simple_queue(size: dict[str, int]) -> Outcome:
    return _through(queue.SimpleQueue, size)


def generator(size: dict[str, int]) -> Outcome:
    """No other thread: what the arrays and the additions cost in all rows."""

    def run(spans: int, length: int) -> int:
        arrays = (np.arange(at * length, (at + 1) * length) for at in range(spans))
        return sum(int(array.sum()) for array in arrays)

    return of_spans(run, size["spans"])
