"""Operators that turn indexes into something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from penstock._choices import count
from penstock._library import lib
from penstock._pointers import describe
from penstock._types import ElementType
from penstock.ops._bound import BoundOperator
from penstock.ops._layouts import Layout, element, scalar
from penstock.ops._operator import Operator

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


def gather(table: Any, *, copy: bool = True) -> Operator:
    """``table[x]``: each index becomes that row of the table.

    x: integers. Negative ones count from the end; others that are not in the table fail
    their element. copy False: the table (contiguous) is read where it is, kept alive,
    and must not be written meanwhile.
    """
    rows = np.asarray(table)
    if rows.ndim == 0 or rows.size == 0:
        raise ValueError(f"table must have rows, not shape {rows.shape}")
    if not copy and not (rows.flags.c_contiguous and rows.flags.aligned):
        raise ValueError(f"table must be contiguous; its strides are {rows.strides}")
    rows = np.require(rows, requirements=["C", "A"])
    is_record = rows.dtype.names is not None
    if is_record and rows.ndim > 1:
        raise TypeError(f"a table of records has one axis, not shape {rows.shape}")
    flat = rows.view(np.uint8).reshape(len(rows), -1) if is_record else rows
    layout = Layout(flat.dtype, flat.shape)

    def make(taken: ElementType) -> BoundOperator:
        if is_record and taken.shape:
            raise TypeError("of a table of records, an element must be a single index")
        return BoundOperator(
            taken,
            element(rows.dtype, taken.shape + rows.shape[1:]),
            lib.pst_operator_gather,
            Layout.of(taken).reference,
            flat.ctypes.data,
            layout.reference,
            not copy,
            keep=flat,
        )

    return Operator(f"gather(<table of {rows.dtype}{list(rows.shape)}>)", make)


def one_hot(depth: int, dtype: DTypeLike = np.float32) -> Operator:
    """Each index becomes ``depth`` numbers: 1 where it says, 0 elsewhere.

    An index that is not in ``range(depth)`` makes zeros alone.
    """
    wanted, kind = count(depth, "depth"), scalar(np.dtype(dtype))
    if wanted == 0:
        raise ValueError(f"depth must be at least 1, not {describe(depth)}")
    made = np.dtype(dtype)

    def make(taken: ElementType) -> BoundOperator:
        return BoundOperator(
            taken,
            element(made, (*taken.shape, wanted)),
            lib.pst_operator_one_hot,
            Layout.of(taken).reference,
            wanted,
            kind,
        )

    return Operator(f"one_hot({wanted}, {made.str[1:]!r})", make)
