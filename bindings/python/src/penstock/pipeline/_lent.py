"""Operators and functions in C that take or make large elements, such as images.

Elements are worked on where they stand, and results are written to where the reader
wants them, which is in a batch as a rule. The reader lends both, by their addresses, to
a graph; so what moves through its channels are a few words per element, any number of
workers take part, and nothing is copied.
"""

from __future__ import annotations

from penstock.pipeline._chunks import Chunk, Rows
from penstock.pipeline._lending import TOKENS, Lending, Work
from penstock.pipeline._lent_function import lent_function
from penstock.pipeline._lent_rows import lent_rows
from penstock.pipeline._node import Next, Reader
from penstock.pipeline._order import Order, Seed
from penstock.pipeline._row_numbers import RowNumbers
from penstock.pipeline._run import Run
from penstock.pipeline._structure import leaves


def open_lent(
    order: Order, run: Run, skip: int, epoch: int, seed: Seed
) -> tuple[Reader | None, int]:
    """A reader of an array's rows with the operators that come first, or of what a
    function in C makes, and how many those are; None where this is not the way."""
    work: Work | None = lent_function(order)
    maps = 1
    if work is None:
        work, maps = lent_rows(order, run)
    if work is None:
        return None, 0
    numbers = RowNumbers(order, run, skip, epoch, seed)
    return LentReader(Lending(run, numbers, work, skip)), maps


class LentReader(Reader):
    def __init__(self, lending: Lending) -> None:
        self._lending = lending
        self._next = lending.results()
        self._ready: Rows | None = None
        self.element_bytes = lending.element_bytes

    def works_ahead(self, count: int) -> bool:
        self._lending.wanted = max(self._lending.wanted, count)
        return True

    def read(self, most: int) -> Chunk | None:
        rows = self._ready
        if rows is None:
            self._lending.size = most
            tree = self._next()
            if tree is None:
                return None
            rows = Rows(tree, len(leaves(tree)[0]), owned=True)
        if rows.count <= most:
            self._ready = None
            return rows
        self._ready = rows[most:]
        return rows[:most]

    def batches(self, size: int, drops_remainder: bool) -> Next | None:
        if size > TOKENS:
            return None
        self._lending.size = size
        self._lending.drops_remainder = drops_remainder
        return self._next
