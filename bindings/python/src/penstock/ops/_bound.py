"""An operator made for one type of elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ctypes import byref
from typing import Any

import numpy as np

from penstock import _signatures as c
from penstock._choices import count
from penstock._errors import check
from penstock._library import lib
from penstock._pointers import describe
from penstock._spans import Array
from penstock._types import ElementType


class BoundOperator:
    """What :meth:`Operator.bound` returns: the library's own operator, ready to run.

    Immutable; for any number of threads and graphs at a time.
    """

    __slots__ = ("_keep", "handle", "input", "output")

    def __init__(
        self,
        input: ElementType,
        output: ElementType,
        function: Callable[..., int],
        *arguments: Any,
        keep: Any = None,
    ) -> None:
        #: Of the elements that it takes, and of those that it makes.
        self.input, self.output = input, output
        handle = c.Operator()
        check(function(*arguments, byref(handle)))
        #: The ``pst_operator``.
        self.handle = handle
        # What the library reads later.
        self._keep = keep

    def __call__(self, array: Array, *, first: int = 0) -> Array:
        """The results for an array of elements, computed by the calling thread."""
        expected = ("n", *self.input.shape)
        if (
            not isinstance(array, np.ndarray)
            or array.dtype != self.input.dtype
            or array.ndim != len(expected)
            or array.shape[1:] != self.input.shape
        ):
            raise TypeError(
                f"expected an array of {self.input.dtype} and shape "
                f"({', '.join(map(str, expected))}), not {describe(array)}"
            )
        return self._apply(array, first)

    def _apply(self, array: Array, first: int) -> Array:
        flags = array.flags
        if not (flags.c_contiguous and flags.aligned):
            array = np.require(array, requirements=["C", "A"])
        n = len(array)
        made = self.output.empty(n)
        status = lib.pst_operator_apply(
            self.handle,
            array.__array_interface__["data"][0],
            made.__array_interface__["data"][0],
            n,
            first if first == 0 else count(first, "first"),
        )
        if status:
            check(status)
        return made

    def __del__(self) -> None:
        handle = getattr(self, "handle", None)
        if handle is not None:
            lib.pst_operator_destroy(handle)

    def __repr__(self) -> str:
        return f"<BoundOperator from {self.input.name} to {self.output.name}>"


def chained(parts: Sequence[BoundOperator]) -> BoundOperator:
    """One after the other."""
    if len(parts) == 1:
        return parts[0]
    handles = (c.Operator * len(parts))(*(part.handle for part in parts))
    return BoundOperator(
        parts[0].input,
        parts[-1].output,
        lib.pst_operator_chain,
        handles,
        len(parts),
        keep=[part._keep for part in parts],
    )
