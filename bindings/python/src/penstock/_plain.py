"""The shortest ways to a product: two plain matrices, one call.

A small product takes the kernel less than a microsecond, and looking at operands of
every kind takes Python some tens. What is not plain, or is wrong, is left to the long
way, which says what was wrong.
"""

from __future__ import annotations

from ctypes import CDLL, c_int, c_void_p
from struct import Struct
from typing import Any

import numpy as np

from penstock._array_functions import (
    ACTIVATIONS,
    F32,
    F64,
    failures,
    raise_failure,
)
from penstock._errors import check
from penstock._library import path
from penstock._pointers import address_of
from penstock._signatures import GemmType

_FLOAT, _DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
_F32, _F64 = int(GemmType.F32), int(GemmType.F64)

# A pst_gemm_args in native alignment; x: fields that are 0. Packing its bytes takes a
# fifth of what ctypes takes for its fields, or for as many arguments.
_ARGS = Struct(
    "@Ni3Nd8x"  # struct_size, type, m, n, k, alpha; beta
    "P2nP2n8xP2n"  # a, a_row, a_col, b, b_row, b_col; packed_b; c, c_row, c_col
    "N48xP4xi16xd72x"  # batch; arrays; bias; bias_by_row; activation; bounds; scale
)
_SIZE = _ARGS.size
_pack = _ARGS.pack

_gemm = CDLL(path)["pst_gemm"]
_gemm.restype = c_int
_gemm.argtypes = (c_void_p,)


def plain(a: Any, b: Any, bias: Any, activation: Any) -> Any:
    """The product as a new array, or None for what is not plain: aligned matrices of
    one float type."""
    if type(a) is not np.ndarray or type(b) is not np.ndarray:
        return None
    dtype = a.dtype
    if dtype is _FLOAT:
        functions = F32
    elif dtype is _DOUBLE:
        functions = F64
    else:
        return None
    if b.dtype is not dtype or a.ndim != 2 or b.ndim != 2:
        return None
    if not (a.flags.aligned and b.flags.aligned):
        return None
    try:
        if bias is None:
            result = functions[0][activation](a, b)
        else:
            if (
                type(bias) is not np.ndarray
                or bias.dtype is not dtype
                or bias.ndim != 1
            ):
                return None
            flags = bias.flags
            if not (flags.c_contiguous and flags.aligned):
                return None
            result = functions[1][activation](a, b, bias)
    except (KeyError, TypeError, ValueError):
        return None
    if failures:
        raise_failure()
    return result


def plain_into(a: Any, b: Any, out: Any, bias: Any, activation: Any) -> Any:
    """The same to where out is: all in rows or columns without gaps, out in rows."""
    if type(a) is not np.ndarray or type(b) is not np.ndarray:
        return None
    dtype = a.dtype
    if dtype is _FLOAT:
        kind = _F32
    elif dtype is _DOUBLE:
        kind = _F64
    else:
        return None
    if b.dtype is not dtype or a.ndim != 2 or b.ndim != 2:
        return None
    (m, k), (rows, n) = a.shape, b.shape
    if rows != k or not (m and n and k):
        return None
    if activation is not None and type(activation) is not str:
        return None
    function = ACTIVATIONS.get(activation)
    if function is None:
        return None
    if type(out) is not np.ndarray or out.dtype is not dtype or out.shape != (m, n):
        return None
    flags = a.flags
    if not flags.aligned:
        return None
    if flags.c_contiguous:
        in_a, a_row, a_col = a, k, 1
    elif flags.f_contiguous:
        in_a, a_row, a_col = a.T, 1, m
    else:
        return None
    flags = b.flags
    if not flags.aligned:
        return None
    if flags.c_contiguous:
        in_b, b_row, b_col = b, n, 1
    elif flags.f_contiguous:
        in_b, b_row, b_col = b.T, 1, k
    else:
        return None
    if not out.flags.carray:
        return None
    row = 0
    if bias is not None:
        if type(bias) is not np.ndarray or bias.dtype is not dtype:
            return None
        flags = bias.flags
        if bias.shape != (n,) or not (flags.c_contiguous and flags.aligned):
            return None
        row = address_of(bias)
    # fmt: off
    status = _gemm(_pack(
        _SIZE, kind, m, n, k, 1.0,
        address_of(in_a), a_row, a_col, address_of(in_b), b_row, b_col,
        address_of(out), n, 1, 1, row, function, 1.0,
    ))
    # fmt: on
    check(status)
    return out
