"""Matrix products of NumPy arrays and DLPack tensors."""

from __future__ import annotations

import math
from ctypes import byref
from dataclasses import dataclass
from typing import Any

import numpy as np

from penstock import _signatures as c
from penstock._choices import choice, count
from penstock._engine import Engine
from penstock._errors import check
from penstock._library import lib
from penstock._operands import Operand, operand
from penstock._packed import PackedMatrix
from penstock._plain import plain, plain_into
from penstock._pointers import describe
from penstock._render import owned_text
from penstock._signatures import Activation

_TYPES = {
    ("float32", "float32"): (c.GemmType.F32, "float32"),
    ("float64", "float64"): (c.GemmType.F64, "float64"),
    ("bfloat16", "bfloat16"): (c.GemmType.BF16, "float32"),
    ("int8", "int8"): (c.GemmType.S8, "int32"),
    ("uint8", "int8"): (c.GemmType.U8S8, "int32"),
}


@dataclass(frozen=True)
class Clamp:
    """An activation: ``min(max(x, low), high)``."""

    low: float
    high: float


def matmul(
    a: Any,
    b: Any,
    out: Any = None,
    bias: Any = None,
    activation: Activation | str | Clamp | None = None,
    *,
    engine: Engine | None = None,
    threads: int = 0,
) -> Any:
    """``activation(a @ b + bias)`` in one pass, without copies of the operands.

    a, b
        NumPy arrays or tensors with ``__dlpack__`` in the CPU's memory, of any strides,
        also transposed, reversed or broadcast. Shapes are as of ``numpy.matmul``:
        ``(..., m, k)`` and ``(..., k, n)``; leading dimensions are a batch and
        broadcast; one dimension alone is a row (a) or column (b) that the result does
        not have. b may be a :class:`PackedMatrix`.
    dtypes
        float32, float64: of both and the result. bfloat16: the result is float32.
        int8 with int8, uint8 with int8: the result is int32, modulo 2^32.
    out
        Where the result goes: of its dtype and shape, writable, any strides without
        overlap, sharing nothing with a, b and bias. Else a new NumPy array.
    bias
        Of the result's dtype: ``(n,)`` or ``(1, n)``, added to each row, or ``(m, 1)``,
        added to each column. The same for a whole batch.
    activation
        None, an :class:`Activation` or its name ("relu", "gelu", "gelu_tanh",
        "sigmoid", "tanh"), or :class:`Clamp`. Not for int8.
    engine, threads
        With an engine, its idle workers help, ``threads`` in all at most (0: as many as
        pay). None: the calling thread alone. The GIL is not held meanwhile.

    Returns out, or the new array. The bits of the result do not depend on threads,
    batches, strides or packing. Any thread may call it; operands must not be written
    meanwhile. TypeError and ValueError say what was expected and what came.
    """
    if engine is None and not threads:
        if out is None:
            result = plain(a, b, bias, activation)
        else:
            result = plain_into(a, b, out, bias, activation)
        if result is not None:
            return result
    call = _Call(a, b, out, bias, activation, engine, threads)
    if call.has_elements:
        check(lib.pst_gemm(byref(call.raw)))
    return call.result


def matmul_explain(
    a: Any,
    b: Any,
    out: Any = None,
    bias: Any = None,
    activation: Activation | str | Clamp | None = None,
    *,
    engine: Engine | None = None,
    threads: int = 0,
) -> str:
    """What :func:`matmul` would do with these arguments, and why."""
    call = _Call(a, b, out, bias, activation, engine, threads)
    return owned_text(lambda text: int(lib.pst_gemm_explain(byref(call.raw), text)))


class _Call:
    """One product: the struct, and what must live until it is done."""

    def __init__(
        self,
        a: Any,
        b: Any,
        out: Any,
        bias: Any,
        activation: Any,
        engine: Any,
        threads: int,
    ) -> None:
        left = operand(a, "a")
        packed = b if isinstance(b, PackedMatrix) else None
        right = operand(b, "b") if packed is None else packed.as_operand()
        kind, dtype = _type(left, right)
        is_row, is_column = len(left.shape) == 1, len(right.shape) == 1
        left, right = _as_matrix(left, 0), _as_matrix(right, 1)
        m, k = left.shape[-2:]
        n = right.shape[-1]
        if right.shape[-2] != k:
            raise ValueError(
                f"a has {k} columns (shape {_shape(a, left)}) and b {right.shape[-2]} "
                f"rows (shape {_shape(b, right)})"
            )
        batch = _batch_shape(left, right)
        shape = (
            *batch,
            *(() if is_row else (m,)),
            *(() if is_column else (n,)),
        )
        self.result = np.empty(shape, dtype) if out is None else out
        into = _checked_out(self.result, shape, dtype)
        c_matrix = _as_result(into, is_row, is_column)
        self.keep: list[Any] = [left, right, c_matrix, packed]
        raw = self.raw = c.GemmArgs(type=kind, m=m, n=n, k=k)
        _set_matrix(raw, "a", left)
        if packed is None:
            _set_matrix(raw, "b", right)
        else:
            raw.packed_b = packed._live()
        _set_matrix(raw, "c", c_matrix)
        self._set_batch(batch, left, right, c_matrix)
        self._set_bias(bias, dtype, m, n)
        _set_activation(raw, activation)
        if engine is not None:
            if not isinstance(engine, Engine):
                raise TypeError(f"engine must be an Engine, not {describe(engine)}")
            raw.engine = engine._live()
        raw.threads = count(threads, "threads")
        self.has_elements = math.prod(shape) > 0

    def _set_batch(
        self, batch: tuple[int, ...], a: Operand, b: Operand, result: Operand
    ) -> None:
        """One step for each operand where that can say it, else a list of pointers."""
        raw = self.raw
        raw.batch = math.prod(batch)
        for name, matrix in (("a", a), ("b", b), ("c", result)):
            if name == "b" and raw.packed_b:
                continue
            strides = _batch_strides(matrix, batch)
            step = _single_step(batch, strides)
            if step is not None:
                setattr(raw, f"{name}_batch", step)
                continue
            pointers = _pointers(matrix, batch, strides)
            self.keep.append(pointers)
            setattr(raw, f"{name}_array", pointers.ctypes.data)

    def _set_bias(self, bias: Any, dtype: str, m: int, n: int) -> None:
        if bias is None:
            return
        row = operand(bias, "bias")
        if row.dtype != dtype:
            raise TypeError(f"bias must be of {dtype}, not {row.describe()}")
        by_row = row.shape == (m, 1) and not (m == 1 and n == 1)
        if row.shape not in ((n,), (1, n), (m, 1)):
            raise ValueError(
                f"bias must have shape ({n},), (1, {n}) or ({m}, 1), not {row.shape}"
            )
        stride = row.strides[0] if by_row or len(row.shape) == 1 else row.strides[1]
        length = m if by_row else n
        if stride != 1 and length > 1:
            raise ValueError(
                f"bias must be contiguous; its elements are {stride} elements apart"
            )
        self.keep.append(row)
        self.raw.bias = row.pointer
        self.raw.bias_by_row = by_row


def _type(a: Operand, b: Operand) -> tuple[c.GemmType, str]:
    try:
        return _TYPES[a.dtype, b.dtype]
    except KeyError:
        pairs = ", ".join(f"{x} @ {y}" for x, y in _TYPES)
        raise TypeError(
            f"there is no product of {a.dtype} and {b.dtype}; there are {pairs}"
        ) from None


def _shape(value: Any, matrix: Operand) -> tuple[int, ...]:
    return tuple(getattr(value, "shape", matrix.shape))


def _as_matrix(value: Operand, axis: int) -> Operand:
    """With two dimensions at least: the missing one, of length 1, is put at axis."""
    if not value.shape:
        raise ValueError(f"{value.what} must have at least one dimension")
    if len(value.shape) > 1:
        return value
    shape, strides = list(value.shape), list(value.strides)
    shape.insert(axis, 1)
    strides.insert(axis, 0)
    return _reshaped(value, shape, strides)


def _as_result(value: Operand, is_row: bool, is_column: bool) -> Operand:
    shape, strides = list(value.shape), list(value.strides)
    if is_row:
        at = len(shape) - (0 if is_column else 1)
        shape.insert(at, 1)
        strides.insert(at, 1)
    if is_column:
        shape.append(1)
        strides.append(1)
    # A step that is never taken: the kernel wants rows that do not overlap.
    rows, columns = shape[-2:]
    if rows == 1:
        strides[-2] = max(1, columns * abs(strides[-1]))
    if columns == 1:
        strides[-1] = 1 if rows == 1 or strides[-2] != 1 else rows
    return _reshaped(value, shape, strides)


def _reshaped(value: Operand, shape: list[int], strides: list[int]) -> Operand:
    return Operand(
        value.what,
        value.pointer,
        value.dtype,
        tuple(shape),
        tuple(strides),
        value.size,
        value.is_readonly,
        value.keep,
    )


def _checked_out(out: Any, shape: tuple[int, ...], dtype: str) -> Operand:
    found = operand(out, "out")
    if found.dtype != dtype:
        raise TypeError(f"out must be of {dtype}, not {found.describe()}")
    if found.shape != shape:
        raise ValueError(f"out must have shape {shape}, not {found.shape}")
    if found.is_readonly:
        raise ValueError("out is read-only")
    return found


def _batch_shape(a: Operand, b: Operand) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    except ValueError:
        raise ValueError(
            f"the batches of a (shape {a.shape}) and b (shape {b.shape}) do not "
            f"broadcast: {a.shape[:-2]} and {b.shape[:-2]}"
        ) from None


def _set_matrix(raw: c.GemmArgs, name: str, matrix: Operand) -> None:
    setattr(raw, name, matrix.pointer)
    setattr(raw, f"{name}_row", matrix.strides[-2])
    setattr(raw, f"{name}_col", matrix.strides[-1])


def _set_activation(raw: c.GemmArgs, activation: Any) -> None:
    if activation is None:
        return
    if isinstance(activation, Clamp):
        raw.activation, raw.low, raw.high = (
            Activation.CLAMP,
            activation.low,
            activation.high,
        )
        return
    kind = choice(Activation, activation, "activation")
    if kind is Activation.CLAMP:
        raise ValueError("a clamp needs its bounds: activation=Clamp(low, high)")
    raw.activation = kind


def _batch_strides(matrix: Operand, batch: tuple[int, ...]) -> tuple[int, ...]:
    """Of each dimension of the batch; 0 where the operand is broadcast."""
    own, steps = matrix.shape[:-2], matrix.strides[:-2]
    missing = len(batch) - len(own)
    return (0,) * missing + tuple(
        0 if length == 1 else step for length, step in zip(own, steps, strict=True)
    )


def _single_step(batch: tuple[int, ...], strides: tuple[int, ...]) -> int | None:
    """The step from one matrix to the next, if it is one for the whole batch."""
    step: int | None = None
    length = 1
    for size, stride in zip(reversed(batch), reversed(strides), strict=True):
        if size == 1:
            continue
        if step is None:
            step, length = stride, size
        elif stride == step * length:
            length *= size
        else:
            return None
    return step or 0


def _pointers(
    matrix: Operand, batch: tuple[int, ...], strides: tuple[int, ...]
) -> np.ndarray[Any, Any]:
    """The address of each matrix of the batch, the last dimension fastest."""
    offsets = np.zeros((), np.int64)
    for size, stride in zip(batch, strides, strict=True):
        offsets = offsets[..., None] + np.arange(size) * (stride * matrix.size)
    return np.ascontiguousarray(offsets.ravel() + matrix.pointer, np.uintp)
