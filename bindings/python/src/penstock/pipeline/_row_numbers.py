"""The numbers of the rows of an array, in the order of a stream."""

from __future__ import annotations

import numpy as np

from penstock._pointers import address_of
from penstock._spans import Array
from penstock._streams import NUMBERS
from penstock.pipeline._buffers import Buffer
from penstock.pipeline._order import Order, Seed
from penstock.pipeline._pulls import Pulls
from penstock.pipeline._run import Run

# Made at once: the caches are the workers', and each call costs.
_BLOCK = 4096


class RowNumbers:
    """As many at a time as one likes."""

    def __init__(
        self, order: Order, run: Run, skip: int, epoch: int, seed: Seed
    ) -> None:
        # Those that come next are this block's from a place on.
        self._block = np.empty(0, np.int64)
        self._address = self._next = 0
        if order.is_sequential:
            self._runs = order.runs(skip)
            self._range: tuple[int, float] = (0, 0)
            self._pulls = None
        else:
            graph = run.graph("order")
            self._pulls = Pulls(run, graph, order.stages(graph, skip, epoch, seed))

    def take(self, count: int) -> Buffer:
        """Fewer at the end only."""
        if self._next + count > len(self._block):
            self._refill(count)
        start = self._next
        taken = self._block[start : start + count]
        self._next = start + len(taken)
        return taken, self._address + start * NUMBERS.size

    def _refill(self, count: int) -> None:
        """A block with at least so many, if there are."""
        parts = [self._block[self._next :]]
        have = len(parts[0])
        while have < count:
            more = self._some(_BLOCK)
            if more is None:
                break
            parts.append(more)
            have += len(more)
        self._block = np.concatenate(parts)
        self._address, self._next = address_of(self._block), 0

    def _some(self, most: int) -> Array | None:
        if self._pulls is not None:
            return self._pulls.read(most)
        start, stop = self._range
        if start >= stop:
            following = next(self._runs, None)
            if following is None:
                return None
            start, stop = following
        end = int(min(stop, start + most))
        self._range = (end, stop)
        return np.arange(start, end)
