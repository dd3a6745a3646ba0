"""Matrices as the kernel takes them: pointer, type, shape, strides in elements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from penstock import _dlpack
from penstock._pointers import describe

#: NumPy's names of the dtypes that the kernel has; bfloat16 is ml_dtypes'.
DTYPES = ("float32", "float64", "bfloat16", "int8", "uint8", "int32")


@dataclass
class Operand:
    """An array of any number of dimensions; ``keep`` is alive as long as the memory."""

    what: str
    pointer: int
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    size: int
    is_readonly: bool
    keep: Any

    def describe(self) -> str:
        return f"{self.dtype} of shape {self.shape}"


def operand(value: Any, what: str) -> Operand:
    """Of a NumPy array, or of what speaks DLPack and lies in the CPU's memory."""
    if isinstance(value, np.ndarray):
        return _of_array(value, what)
    if hasattr(value, "__dlpack__"):
        return _dlpack.operand(value, what, Operand)
    raise TypeError(
        f"{what} must be a NumPy array or a tensor with __dlpack__, not "
        f"{describe(value)}"
    )


def _of_array(array: np.ndarray[Any, Any], what: str) -> Operand:
    dtype = array.dtype
    if dtype.name not in DTYPES:
        raise TypeError(
            f"{what} must be of {', '.join(DTYPES[:-1])}, not {describe(array)}"
        )
    if not dtype.isnative:
        raise TypeError(f"{what} must be in this machine's byte order, not {dtype.str}")
    size = dtype.itemsize
    if any(stride % size for stride in array.strides):
        raise ValueError(
            f"{what} has strides of {array.strides} bytes, which are no multiples of "
            f"its {size}-byte elements"
        )
    if not array.flags.aligned:
        raise ValueError(f"{what} must be aligned to its elements")
    return Operand(
        what=what,
        pointer=array.__array_interface__["data"][0],
        dtype=dtype.name,
        shape=array.shape,
        strides=tuple(stride // size for stride in array.strides),
        size=size,
        is_readonly=not array.flags.writeable,
        keep=array,
    )
