"""Operands of other libraries, through DLPack."""

from __future__ import annotations

import gc
import weakref
from ctypes import (
    addressof,
    c_char_p,
    c_int64,
    c_void_p,
    py_object,
    pythonapi,
)
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import penstock as ps
from penstock import _dlpack

Array = np.ndarray[Any, np.dtype[Any]]
A = np.arange(12, dtype=np.float64).reshape(3, 4)
B = np.arange(20, dtype=np.float64).reshape(4, 5)


class Tensor:
    """Not an array: has what DLPack asks for and nothing else."""

    def __init__(self, array: Array, *, device: int = 1, old: bool = False) -> None:
        self.array, self.device, self.old = array, device, old

    def __dlpack_device__(self) -> tuple[int, int]:
        return (self.device, 0)

    def __dlpack__(self, **arguments: Any) -> Any:
        if self.old and arguments:
            raise TypeError("unexpected keyword argument 'max_version'")
        return self.array.__dlpack__(**arguments)


@pytest.mark.parametrize("old", [False, True])
def test_operands(old: bool) -> None:
    expected = A @ B
    assert (ps.matmul(Tensor(A, old=old), Tensor(B, old=old)) == expected).all()
    transposed = Tensor(np.asfortranarray(B), old=old)
    assert (ps.matmul(Tensor(A, old=old), transposed) == expected).all()
    out = Tensor(np.zeros((3, 5)), old=old)
    assert ps.matmul(A, B, out=out) is out
    assert (out.array == expected).all()
    bias = Tensor(np.ones(5), old=old)
    assert (ps.matmul(A, B, bias=bias) == expected + 1).all()


def test_nothing_is_kept() -> None:
    tensor = Tensor(A.copy())
    alive = weakref.ref(tensor.array)
    ps.matmul(tensor, B)
    del tensor
    gc.collect()
    assert alive() is None


class Handmade:
    """A capsule that the test has filled itself."""

    NAME = b"dltensor_versioned"

    def __init__(self, array: Array, of: int, width: int, **fields: Any) -> None:
        self.array = array
        self.shape = (c_int64 * array.ndim)(*array.shape)
        self.raw = _dlpack._Versioned(major=1)
        tensor = self.raw.tensor
        tensor.data = array.__array_interface__["data"][0]
        tensor.device_type = 1
        tensor.ndim = array.ndim
        tensor.code, tensor.bits, tensor.lanes = of, width, 1
        tensor.shape = self.shape
        for name, value in fields.items():
            setattr(tensor if hasattr(tensor, name) else self.raw, name, value)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)

    def __dlpack__(self, *, max_version: tuple[int, int] | None = None) -> Any:
        make = pythonapi.PyCapsule_New
        make.restype = py_object
        make.argtypes = (c_void_p, c_char_p, c_void_p)
        return make(addressof(self.raw), self.NAME, None)


def test_bfloat16_without_strides() -> None:
    values = (A % 5).astype(ml_dtypes.bfloat16)
    tensor = Handmade(values, 4, 16)
    other = (B % 3).astype(ml_dtypes.bfloat16)
    result = ps.matmul(tensor, other)
    assert result.dtype == np.float32
    assert (result == (A % 5) @ (B % 3)).all()


def test_byte_offsets() -> None:
    padded = np.concatenate([np.zeros(4), A.ravel()]).reshape(4, 4)
    tensor = Handmade(A, 2, 64, data=padded.ctypes.data, byte_offset=32)
    assert (ps.matmul(tensor, B) == A @ B).all()


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"code": 5}, TypeError, r"DLPack's type \(5, 64, 1\)"),
        ({"lanes": 2}, TypeError, r"\(2, 64, 2\)"),
        ({"bits": 16}, TypeError, r"\(2, 16, 1\)"),
        ({"major": 2}, ValueError, "a speaks DLPack 2"),
    ],
)
def test_what_is_no_operand(
    fields: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ps.matmul(Handmade(A, 2, 64, **fields), B)


def test_other_devices() -> None:
    with pytest.raises(ValueError, match=r"a must lie in the CPU's memory; .* is 2"):
        ps.matmul(Tensor(A, device=2), B)


def test_read_only_tensors() -> None:
    out = np.zeros((3, 5))
    with pytest.raises(ValueError, match="out is read-only"):
        ps.matmul(A, B, out=Handmade(out, 2, 64, flags=1))
    assert ps.matmul(A, B, out=Handmade(out, 2, 64)) is not None
    assert (out == A @ B).all()


def test_what_is_no_capsule() -> None:
    class Wrong(Tensor):
        def __dlpack__(self, **arguments: Any) -> Any:
            return "capsule"

    class Used(Handmade):
        NAME = b"used_dltensor"

    for wrong in (Wrong(A), Used(A, 2, 64)):
        with pytest.raises(TypeError, match="__dlpack__ of a returned is no capsule"):
            ps.matmul(wrong, B)
