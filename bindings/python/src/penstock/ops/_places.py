"""Operators that leave an element its numbers and give them other places."""

from __future__ import annotations

import math
from ctypes import c_ssize_t
from typing import Any

import numpy as np

from penstock._library import lib
from penstock._pointers import describe
from penstock._types import ElementType
from penstock.ops._bound import BoundOperator
from penstock.ops._layouts import Layout, element
from penstock.ops._operator import Operator


def _arranged(
    taken: ElementType,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    offset: int = 0,
) -> BoundOperator:
    """strides, offset: in numbers."""
    made = element(taken.dtype, shape)
    steps = (c_ssize_t * len(strides))(*strides)
    return BoundOperator(
        taken,
        made,
        lib.pst_operator_arrange,
        Layout.of(taken).reference,
        Layout.of(made).reference,
        steps,
        offset,
    )


def _stand_in(taken: ElementType) -> np.ndarray[Any, Any]:
    """An array whose views say which numbers of an element they see: by strides that
    count numbers, of memory that nobody reads."""
    return np.empty(taken.shape, np.uint8)


def _view(taken: ElementType, whole: Any, view: Any) -> BoundOperator:
    begin = view.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    return _arranged(taken, view.shape, view.strides, begin)


def transpose(*axes: int) -> Operator:
    """``numpy.transpose`` of each element: its axes in the order that is given, or all
    of them reversed. ``transpose(2, 0, 1)`` puts an image's channels first."""

    def make(taken: ElementType) -> BoundOperator:
        whole = _stand_in(taken)
        return _view(taken, whole, whole.transpose(axes or None))

    return Operator(f"transpose({', '.join(map(str, axes))})", make)


def reshape(*shape: int) -> Operator:
    """``numpy.reshape`` of each element: one length may be -1."""

    def make(taken: ElementType) -> BoundOperator:
        whole = _stand_in(taken)
        return _view(taken, whole, whole.reshape(shape))

    return Operator(f"reshape({', '.join(map(str, shape))})", make)


class _Index:
    """``index[...]`` is an operator."""

    def __getitem__(self, key: Any) -> Operator:
        keys = key if isinstance(key, tuple) else (key,)
        for part in keys:
            if not (part is None or part is Ellipsis or isinstance(part, slice)) and (
                isinstance(part, bool) or not hasattr(part, "__index__")
            ):
                raise TypeError(
                    f"an element is indexed by whole numbers and slices, not by "
                    f"{describe(part)}"
                )

        def make(taken: ElementType) -> BoundOperator:
            whole = _stand_in(taken)
            # A single number stays an array.
            view = whole[(*keys, Ellipsis) if Ellipsis not in keys else keys]
            if math.prod(view.shape) == 0:
                raise ValueError(f"nothing of elements of shape {taken.shape} is left")
            return _view(taken, whole, view)

        return Operator(f"index[{', '.join(map(_key, keys))}]", make)


def _key(part: Any) -> str:
    if part is Ellipsis:
        return "..."
    if not isinstance(part, slice):
        return repr(part)
    ends = ["" if end is None else str(end) for end in (part.start, part.stop)]
    return ":".join(ends) + ("" if part.step is None else f":{part.step}")


#: ``index[1:, ::-1]`` is that part of each element, by NumPy's rules for whole numbers
#: and slices.
index = _Index()
