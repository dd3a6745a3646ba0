"""Tensors of other libraries, read from the capsule of ``__dlpack__`` (dlpack.h 0.x,
1.x).

Read here rather than by ``numpy.from_dlpack``, which knows no bfloat16 and, before 2.1,
no memory that may be written.
"""

from __future__ import annotations

from ctypes import (
    POINTER,
    Structure,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_void_p,
    py_object,
    pythonapi,
)
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock._operands import Operand

_CPU_DEVICES = (1, 3, 11)  # kDLCPU, kDLCUDAHost, kDLROCMHost
_READ_ONLY = 1
_DTYPES = {
    (0, 8): "int8",
    (0, 32): "int32",
    (1, 8): "uint8",
    (2, 32): "float32",
    (2, 64): "float64",
    (4, 16): "bfloat16",
}


class _Tensor(Structure):
    """DLTensor"""

    _fields_ = [
        ("data", c_void_p),
        ("device_type", c_int32),
        ("device_id", c_int32),
        ("ndim", c_int32),
        ("code", c_uint8),
        ("bits", c_uint8),
        ("lanes", c_uint16),
        ("shape", POINTER(c_int64)),
        ("strides", POINTER(c_int64)),
        ("byte_offset", c_uint64),
    ]


class _Versioned(Structure):
    """DLManagedTensorVersioned"""

    _fields_ = [
        ("major", c_uint32),
        ("minor", c_uint32),
        ("manager", c_void_p),
        ("deleter", c_void_p),
        ("flags", c_uint64),
        ("tensor", _Tensor),
    ]


_is_valid = pythonapi.PyCapsule_IsValid
_is_valid.restype = c_int
_is_valid.argtypes = (py_object, c_char_p)
_pointer = pythonapi.PyCapsule_GetPointer
_pointer.restype = c_void_p
_pointer.argtypes = (py_object, c_char_p)


def operand(value: Any, what: str, make: type[Operand]) -> Operand:
    """The capsule is not consumed: it and the tensor live as long as the operand."""
    device = int(value.__dlpack_device__()[0])
    if device not in _CPU_DEVICES:
        raise ValueError(
            f"{what} must lie in the CPU's memory; its DLPack device is {device}"
        )
    capsule = _capsule(value)
    tensor, is_readonly = _tensor(capsule, what)
    dtype = _DTYPES.get((tensor.code, tensor.bits))
    if dtype is None or tensor.lanes != 1:
        raise TypeError(
            f"{what} must be of {', '.join(sorted(set(_DTYPES.values())))}, not of "
            f"DLPack's type ({tensor.code}, {tensor.bits}, {tensor.lanes})"
        )
    shape = tuple(tensor.shape[i] for i in range(tensor.ndim))
    if tensor.strides:
        strides = tuple(tensor.strides[i] for i in range(tensor.ndim))
    else:
        strides = _compact(shape)
    return make(
        what=what,
        pointer=(tensor.data or 0) + tensor.byte_offset,
        dtype=dtype,
        shape=shape,
        strides=strides,
        size=tensor.bits // 8,
        is_readonly=is_readonly,
        keep=(value, capsule),
    )


def _capsule(value: Any) -> Any:
    try:
        return value.__dlpack__(max_version=(1, 0))
    except TypeError:
        # Written before the argument was there.
        return value.__dlpack__()


def _tensor(capsule: Any, what: str) -> tuple[_Tensor, bool]:
    if _is_valid(capsule, b"dltensor_versioned"):
        address = _pointer(capsule, b"dltensor_versioned")
        managed = _Versioned.from_address(address)
        if managed.major != 1:
            raise ValueError(f"{what} speaks DLPack {managed.major}, not 1 or older")
        return managed.tensor, bool(managed.flags & _READ_ONLY)
    if _is_valid(capsule, b"dltensor"):
        return _Tensor.from_address(_pointer(capsule, b"dltensor")), False
    raise TypeError(f"what __dlpack__ of {what} returned is no capsule of DLPack")


def _compact(shape: tuple[int, ...]) -> tuple[int, ...]:
    strides, step = [], 1
    for length in reversed(shape):
        strides.append(step)
        step *= length
    return tuple(reversed(strides))
