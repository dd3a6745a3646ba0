"""Streams of arrays: the numbers of rows in any order, then the rows themselves."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref, c_size_t
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from penstock import _signatures as c
from penstock._callbacks import lent
from penstock._choices import count, text
from penstock._description import Description
from penstock._errors import check
from penstock._library import lib
from penstock._pointers import describe, function_address, required_function
from penstock._spans import Array, room
from penstock._types import ElementType

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from penstock._description import Type
    from penstock._settings import StageOptions
    from penstock._stage import Stage
    from penstock.ops._bound import BoundOperator

#: Of a stream without end.
FOREVER = 2**64 - 1

NUMBERS = ElementType(np.int64)

#: A span that the program lends: addresses, how many elements, the first one's number.
LENT = ElementType(
    [("in", np.uintp), ("out", np.uintp), ("count", np.uintp), ("first", np.uint64)],
    name="pst_lent",
    alignment=8,
)


class Column(NamedTuple):
    """An array whose rows go to a field of the elements, at an offset in bytes."""

    array: Array
    offset: int = 0


class Streams(Description):
    """Stages of the library's own for streams of arrays; a base of :class:`Graph`."""

    def range(
        self,
        name: str,
        length: int,
        *,
        first: int = 0,
        step: int = 1,
        start: int = 0,
        stop: int | None = None,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """A source of int64: element p is ``first + step * (p % length)``.

        It makes those from ``start`` up to ``stop``: by default each once;
        ``FOREVER``: without end.
        """
        until = length if stop is None else stop
        raw = lib.pst_range(
            self._live(),
            text(name, "name"),
            _signed(first, "first"),
            _signed(step, "step"),
            count(length, "length"),
            count(start, "start"),
            count(until, "stop"),
        )
        return self._native(name, raw, NUMBERS, None, options)

    def slice(
        self,
        name: str,
        input: Stage,
        first: int,
        number: int,
        *,
        period: int = 0,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """Passes on so many elements from a first one, of each period if that is not
        0."""
        taken = self._input(input)
        raw = lib.pst_slice(
            self._live(),
            text(name, "name"),
            input.raw,
            count(first, "first"),
            count(number, "number"),
            count(period, "period"),
        )
        return self._native(name, raw, taken, taken, options)

    def shuffle(
        self,
        name: str,
        input: Stage,
        window: int,
        seed: int,
        *,
        period: int = 0,
        epoch: int = 0,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """Shuffles within a window, each period by itself and in an order of its own.

        What comes out depends on the arguments alone; ``epoch`` is the number of the
        first period.
        """
        taken = self._input(input)
        raw = lib.pst_shuffle(
            self._live(),
            text(name, "name"),
            input.raw,
            count(window, "window"),
            count(seed, "seed"),
            count(period, "period"),
            count(epoch, "epoch"),
        )
        return self._native(name, raw, taken, taken, options)

    def rows(
        self,
        name: str,
        input: Stage,
        type: Type,
        columns: Sequence[Column],
        **options: Unpack[StageOptions],
    ) -> Stage:
        """Turns the numbers of rows into elements that hold copies of them.

        columns: arrays of equal length, whose rows are contiguous; the graph keeps
        them, and reads them while it runs.
        """
        made, taken = ElementType.of(type), self._input(input)
        if not columns:
            raise ValueError(f"stage {name!r} has no columns")
        raws = [_column(column, name) for column in columns]
        lengths = {len(column.array) for column in columns}
        if len(lengths) > 1:
            raise ValueError(
                f"the columns of stage {name!r} have {sorted(lengths)} rows; expected "
                f"equally many"
            )
        self._keep.append([column.array for column in columns])
        raw = lib.pst_rows(
            self._live(),
            text(name, "name"),
            input.raw,
            made.reference,
            (c.Column * len(raws))(*raws),
            len(raws),
            lengths.pop(),
        )
        return self._native(name, raw, made, taken, options)

    def apply_lent(
        self,
        name: str,
        input: Stage,
        operator: BoundOperator,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """Applies an operator to spans of the program's memory, elements of ``LENT``.

        What is fed in comes out when it is done. The memory must stay until then.
        """
        taken = self._input(input)
        self._keep.append(operator)
        raw = lib.pst_apply_lent(
            self._live(), text(name, "name"), input.raw, operator.handle
        )
        return self._native(name, raw, LENT, taken, options)

    def map_lent(
        self,
        name: str,
        input: Stage,
        function: Any,
        *,
        user: Any = None,
        **options: Unpack[StageOptions],
    ) -> Stage:
        """Calls a function in C, as of ``map``, on spans of the program's memory.

        As :meth:`apply_lent`; each span of ``LENT`` enters Python once, and for
        ``pst_position`` it is one element.
        """
        taken = self._input(input)
        callee = self._callee(name, (LENT,), user)
        made = lent(required_function(function, "function"), callee)
        self._keep += [function, made]
        raw = lib.pst_map(
            self._live(),
            text(name, "name"),
            input.raw,
            LENT.reference,
            function_address(made),
            self._user(user, True),
        )
        # For what is to be configured it is a callable in Python.
        return self._stage(name, raw, (LENT,), callee, lent, options, taken)


class Shuffle:
    """The same on the calling thread, for numbers that the program has.

    Everything about it is in ``raw`` and ``held``.
    """

    __slots__ = ("_count", "held", "raw")

    def __init__(
        self, window: int, seed: int, *, period: int = 0, epoch: int = 0
    ) -> None:
        self.raw = c.ShuffleState(
            window=count(window, "window"),
            seed=count(seed, "seed"),
            period=count(period, "period"),
            epoch=count(epoch, "epoch"),
        )
        self.held = np.empty(min(window, period) if period else window, np.int64)
        self._count = c_size_t()

    @property
    def missing(self) -> int:
        """How many may still go in before the window is full for the first time."""
        return max(0, len(self.held) - int(self.raw.taken))

    def take(self, numbers: Array) -> Array:
        """Takes int64 in, and gives out at most as many."""
        made = np.empty(len(numbers), np.int64)
        numbers = room(numbers, NUMBERS, "numbers")
        return self._call(numbers.ctypes.data, len(numbers), made)

    def finish(self, most: int) -> Array:
        """The input has ended: gives out what is left; an empty array at last."""
        return self._call(None, most, np.empty(most, np.int64))

    def _call(self, source: int | None, n: int, made: Array) -> Array:
        check(
            lib.pst_shuffle_span(
                byref(self.raw),
                self.held.ctypes.data,
                8,
                source,
                n,
                made.ctypes.data,
                byref(self._count),
            )
        )
        return made[: self._count.value]


def _signed(value: int, what: str) -> int:
    number = value.__index__()
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"{what} must fit in int64, and is {number}")
    return number


def _column(column: Column, name: str) -> c.Column:
    array = column.array
    if not isinstance(array, np.ndarray):
        raise TypeError(
            f"a column of stage {name!r} must be an array, not {describe(array)}"
        )
    if array.dtype.hasobject:
        raise TypeError(f"a column of stage {name!r} holds Python objects")
    if array.ndim < 1:
        raise ValueError(f"a column of stage {name!r} has no rows: its shape is ()")
    size = array.itemsize
    for length, stride in zip(array.shape[:0:-1], array.strides[:0:-1], strict=True):
        if stride != size and length > 1:
            raise ValueError(
                f"the rows of a column of stage {name!r} are not contiguous; its "
                f"strides are {array.strides}"
            )
        size *= length
    return c.Column(
        data=array.ctypes.data,
        stride=array.strides[0],
        size=size,
        offset=count(column.offset, "offset"),
    )
