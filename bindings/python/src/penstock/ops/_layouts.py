"""What elements are to operators: numbers of one type, in a shape."""

from __future__ import annotations

from ctypes import addressof, byref, c_size_t
from typing import Any

import numpy as np

from penstock import _signatures as c
from penstock._scalars import scalar_of
from penstock._signatures import Scalar
from penstock._types import ElementType


def scalar(dtype: np.dtype[Any]) -> Scalar:
    """The library's number for a dtype."""
    kind = scalar_of(dtype)
    if kind is None:
        raise TypeError(
            f"operators compute with bool, integers, float32 and float64 in this "
            f"machine's byte order, not with {dtype}"
        )
    return kind


def element(dtype: Any, shape: tuple[int, ...] = ()) -> ElementType:
    """The type of elements that are arrays of that shape."""
    return ElementType((np.dtype(dtype), shape) if shape else np.dtype(dtype))


class Layout(c.Layout):
    """Of an element type, or of an array; has its shape's memory. A record is bytes."""

    def __init__(self, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
        if dtype.names is not None:
            if shape:
                raise TypeError(
                    f"operators take single records, not elements of shape {shape} of "
                    f"{dtype}"
                )
            kind, shape = Scalar.U8, (dtype.itemsize,)
        else:
            kind = scalar(dtype)
        self.lengths = (c_size_t * len(shape))(*shape)
        super().__init__(scalar=kind, rank=len(shape), shape=addressof(self.lengths))

    @classmethod
    def of(cls, type: ElementType) -> Layout:
        return cls(type.dtype, type.shape)

    @property
    def reference(self) -> Any:
        """For a call of the library, which copies it."""
        return byref(self)
