"""Functions of the library for code that numba compiles."""

from __future__ import annotations

import ctypes
from typing import Any

import llvmlite.binding
from numba import types
from penstock._library import held


def function(name: str, result: Any, *arguments: Any) -> Any:
    address = ctypes.cast(getattr(held, name), ctypes.c_void_p).value
    llvmlite.binding.add_symbol(name, address)
    return types.ExternalFunction(name, result(*arguments))


_pointer, _size = types.voidptr, types.uintp
_matrix = (_pointer, types.intp, types.intp)

user = function("pst_user", _pointer, _pointer)
emit = function("pst_emit", _size, _pointer, types.uint32, _pointer, _size)
gemm_f32 = function(
    "pst_gemm_f32", types.int32,
    _size, _size, _size, types.float32, *_matrix, *_matrix, types.float32, *_matrix,
    types.uintp, types.int32,
)  # fmt: skip

source = types.int32(_pointer, _pointer, _size, _pointer)
map = types.int32(_pointer, _pointer, _pointer, _size)
process = types.int32(_pointer, _pointer, _size)
