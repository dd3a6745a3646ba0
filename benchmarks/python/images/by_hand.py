"""A thread for each CPU, buffers that are used again, and queues."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import numpy as np

import machine
from images import data, kernel
from images.clock import measure
from model import Outcome

_THREADS = machine.cpus()
_BUFFERS = 3 * _THREADS


def run(size: dict[str, int]) -> Outcome:
    source = data.images()
    return measure(size, source, lambda count, serial: _batches(source, count, serial))


def _batches(source: data.Array, count: int, serial: bool) -> Iterator[data.Array]:
    numbers = np.random.default_rng(data.SEED).permutation(count)
    batches = [numbers[at : at + data.BATCH] for at in range(0, count, data.BATCH)]
    buffers = [
        np.empty((data.BATCH, data.OUT, data.OUT, 3), np.float32)
        for _ in range(1 if serial else _BUFFERS)
    ]
    if serial:
        for batch in batches:
            kernel.transform_numbers(source, batch, buffers[0])
            yield buffers[0][: len(batch)]
        return
    free: queue.SimpleQueue[int] = queue.SimpleQueue()
    done: list[queue.SimpleQueue[int]] = []
    tickets: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
    for number in range(_BUFFERS):
        free.put(number)
    done = [queue.SimpleQueue() for _ in batches]

    def work() -> None:
        while True:
            at, buffer = tickets.get()
            if at < 0:
                return
            kernel.transform_numbers(source, batches[at], buffers[buffer])
            done[at].put(buffer)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(_THREADS)]
    for worker in workers:
        worker.start()
    given = 0
    for at, batch in enumerate(batches):
        while given < len(batches) and not free.empty():
            tickets.put((given, free.get()))
            given += 1
        buffer = done[at].get()
        yield buffers[buffer][: len(batch)]
        free.put(buffer)
    for _ in workers:
        tickets.put((-1, -1))
    for worker in workers:
        worker.join()
