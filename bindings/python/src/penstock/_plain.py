"""The shortest way to a product: two plain matrices, one call.

A small product takes the kernel less than a microsecond, and looking at operands of
every kind takes Python some tens. What is not plain, or is wrong, is left to the long
way, which says what was wrong.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from penstock._errors import check
from penstock._library import lib
from penstock._signatures import Activation

_FLOAT, _DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
_ACTIVATIONS = {
    None: Activation.LINEAR,
    "relu": Activation.RELU,
    "gelu": Activation.GELU,
    "gelu_tanh": Activation.GELU_TANH,
    "sigmoid": Activation.SIGMOID,
    "tanh": Activation.TANH,
}


def plain(a: Any, b: Any, out: Any, bias: Any, activation: Any) -> Any:
    """The product, or None for what is not plain: matrices of one float type in rows
    or columns without gaps, and a result in rows."""
    if type(a) is not np.ndarray or type(b) is not np.ndarray:
        return None
    dtype = a.dtype
    if dtype is _FLOAT:
        call, size = lib.pst_gemm_f32, 4
    elif dtype is _DOUBLE:
        call, size = lib.pst_gemm_f64, 8
    else:
        return None
    if b.dtype is not dtype or a.ndim != 2 or b.ndim != 2:
        return None
    (m, k), (rows, n) = a.shape, b.shape
    if rows != k or not (m and n and k):
        return None
    if activation is not None and type(activation) is not str:
        return None
    function = _ACTIVATIONS.get(activation)
    if function is None:
        return None
    if out is None:
        out = np.empty((m, n), dtype)
    elif type(out) is not np.ndarray or out.dtype is not dtype or out.shape != (m, n):
        return None
    flags_a, flags_b, flags_c = a.flags, b.flags, out.flags
    if not (flags_a.forc and flags_b.forc and flags_c.carray):
        return None
    if not (flags_a.aligned and flags_b.aligned):
        return None
    row = None
    if bias is not None:
        if type(bias) is not np.ndarray or bias.dtype is not dtype:
            return None
        flags = bias.flags
        if bias.shape != (n,) or not (flags.c_contiguous and flags.aligned):
            return None
        row = bias.ctypes.data
    check(
        call(
            m,
            n,
            k,
            1.0,
            a.ctypes.data,
            a.strides[0] // size,
            a.strides[1] // size,
            b.ctypes.data,
            b.strides[0] // size,
            b.strides[1] // size,
            0.0,
            out.ctypes.data,
            n,
            1,
            row,
            function,
        )
    )
    return out
