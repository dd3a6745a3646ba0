"""Weights that are packed ahead, for many products."""

from __future__ import annotations

from ctypes import byref
from typing import Any

from penstock import _signatures as c
from penstock._closable import Closable
from penstock._errors import check
from penstock._library import lib
from penstock._operands import Operand, operand
from penstock._signatures import GemmType

_TYPES = {
    "float32": GemmType.F32,
    "float64": GemmType.F64,
    "bfloat16": GemmType.BF16,
    "int8": GemmType.S8,
}


class PackedMatrix(Closable[c.Packed]):
    """A copy of b, ``(k, n)``, in the kernel's own layout, for :func:`matmul`.

    b: a NumPy array or DLPack tensor of float32, float64, bfloat16 or int8, of any
    strides; nothing of it is kept. unsigned: of int8, for products with an a of uint8.
    Any number of threads may use it at a time.
    """

    _title = "the packed matrix"

    def __init__(self, b: Any, *, unsigned: bool = False) -> None:
        matrix = operand(b, "b")
        if len(matrix.shape) != 2:
            raise ValueError(f"b must have two dimensions, not shape {matrix.shape}")
        kind = _TYPES.get(matrix.dtype)
        if kind is None or (unsigned and kind is not GemmType.S8):
            raise TypeError(
                f"b must be of {'int8' if unsigned else ', '.join(_TYPES)}, not "
                f"{matrix.describe()}"
            )
        self.shape: tuple[int, int] = (matrix.shape[0], matrix.shape[1])
        self.dtype = matrix.dtype
        self.unsigned = unsigned
        handle = c.Packed()
        check(
            lib.pst_packed_create(
                GemmType.U8S8 if unsigned else kind,
                *matrix.shape,
                matrix.pointer,
                *matrix.strides,
                byref(handle),
            )
        )
        self._handle = handle

    def as_operand(self) -> Operand:
        """Its type and shape; there is no memory to point to."""
        return Operand("b", 0, self.dtype, self.shape, (0, 0), 0, True, self)

    def close(self) -> None:
        """Products under way may still use it until they end."""
        handle, self._handle = self._handle, None
        if handle is not None:
            lib.pst_packed_destroy(handle)

    def __del__(self) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<PackedMatrix {self.dtype}{list(self.shape)}>"
