"""What elements are to operators: numbers of one type, in a shape."""

from __future__ import annotations

from ctypes import addressof, byref, c_size_t
from typing import Any

import numpy as np

from penstock import _signatures as c
from penstock._signatures import Scalar
from penstock._types import ElementType

_SCALARS = {
    "b1": Scalar.BOOL,
    "i1": Scalar.I8,
    "i2": Scalar.I16,
    "i4": Scalar.I32,
    "i8": Scalar.I64,
    "u1": Scalar.U8,
    "u2": Scalar.U16,
    "u4": Scalar.U32,
    "u8": Scalar.U64,
    "f4": Scalar.F32,
    "f8": Scalar.F64,
}


def scalar(dtype: np.dtype[Any]) -> Scalar:
    """The library's number for a dtype."""
    kind = _SCALARS.get(dtype.str[1:]) if dtype.isnative else None
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
