"""Operators on each number of an element by itself, with NumPy's rules for types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from penstock._library import lib
from penstock._signatures import Binary, Unary
from penstock._spans import Array
from penstock._types import ElementType
from penstock.ops._bound import BoundOperator, chained
from penstock.ops._layouts import Layout, element, scalar
from penstock.ops._operator import Operator

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

_BINARIES: dict[Binary, Any] = {
    Binary.ADD: np.add,
    Binary.SUBTRACT: np.subtract,
    Binary.MULTIPLY: np.multiply,
    Binary.DIVIDE: np.divide,
    Binary.FLOOR_DIVIDE: np.floor_divide,
    Binary.REMAINDER: np.remainder,
    Binary.MINIMUM: np.minimum,
    Binary.MAXIMUM: np.maximum,
    Binary.AND: np.bitwise_and,
    Binary.OR: np.bitwise_or,
    Binary.XOR: np.bitwise_xor,
    Binary.EQUAL: np.equal,
    Binary.NOT_EQUAL: np.not_equal,
    Binary.LESS: np.less,
    Binary.LESS_EQUAL: np.less_equal,
    Binary.GREATER: np.greater,
    Binary.GREATER_EQUAL: np.greater_equal,
}
_UNARIES: dict[Unary, Any] = {
    Unary.NEGATIVE: np.negative,
    Unary.ABSOLUTE: np.absolute,
    Unary.SQUARE_ROOT: np.sqrt,
    Unary.FLOOR: np.floor,
    Unary.CEIL: np.ceil,
    Unary.ROUND: np.rint,
    Unary.NOT: np.invert,
}
_LARGEST = {np.dtype(np.int64), np.dtype(np.uint64)}
# What arithmetic on bools is.
_OF_BOOLS = {
    Binary.ADD: Binary.OR,
    Binary.MULTIPLY: Binary.AND,
    Binary.MINIMUM: Binary.AND,
    Binary.MAXIMUM: Binary.OR,
}


def _is_weak(value: Any) -> bool:
    """A number of Python's own, which takes the type of what it meets."""
    return type(value) in (bool, int, float)


def _short(value: Any) -> str:
    if isinstance(value, (np.ndarray, list, tuple)):
        text = np.array2string(np.asarray(value), separator=", ", threshold=8)
        return " ".join(text.split())
    return repr(value)


def _as_operand(value: Any) -> Any:
    return value if _is_weak(value) else np.asarray(value)


def _sample(value: Any) -> Any:
    """Something of the same type for NumPy's rules: for arrays, one number of them."""
    if _is_weak(value) or value.ndim == 0:
        return value
    return np.ones(1, value.dtype)


def _common(kind: Binary, left: Any, right: Any) -> np.dtype[Any]:
    """The type that NumPy computes in."""
    with np.errstate(all="ignore"):
        made: np.dtype[Any] = _BINARIES[kind](left, right).dtype
    if kind < Binary.EQUAL:
        return made
    common = np.result_type(left, right)
    # NumPy compares these two as they are, not as floats.
    if {getattr(side, "dtype", None) for side in (left, right)} == _LARGEST:
        raise TypeError("int64 and uint64 have no common type: cast one of them before")
    return common


def _is_beyond(operand: Any, dtype: np.dtype[Any]) -> bool:
    """Whether it is an int that the integers of a type do not reach."""
    if type(operand) is not int or dtype.kind not in "iu":
        return False
    info = np.iinfo(dtype)
    return not info.min <= operand <= info.max


def cast_bound(taken: ElementType, dtype: DTypeLike) -> BoundOperator:
    made = element(dtype, taken.shape)
    return BoundOperator(
        taken,
        made,
        lib.pst_operator_cast,
        Layout.of(taken).reference,
        scalar(made.dtype),
    )


def as_type(bound: BoundOperator, dtype: np.dtype[Any]) -> BoundOperator:
    """With a cast behind it, if one is needed."""
    if bound.output.dtype == dtype:
        return bound
    return chained([bound, cast_bound(bound.output, dtype)])


def _with_constant(
    taken: ElementType, kind: Binary, operand: Any, reversed: bool
) -> BoundOperator:
    scalar(taken.dtype)
    sample, other = np.ones(1, taken.dtype), _sample(operand)
    sides = (other, sample) if reversed else (sample, other)
    common = _common(kind, *sides)
    if kind >= Binary.EQUAL and _is_beyond(operand, common):
        # The same for all numbers of the type.
        answer = _BINARIES[kind](*sides)[0]
        return _constant(taken, answer, element(np.bool_, taken.shape))
    if common.kind == "b":
        kind = _OF_BOOLS.get(kind, kind)
    values = np.ascontiguousarray(np.asarray(operand).astype(common))
    parts = []
    if taken.dtype != common:
        parts.append(cast_bound(taken, common))
    numbers = element(common, taken.shape)
    parts.append(
        BoundOperator(
            numbers,
            element(np.bool_ if kind >= Binary.EQUAL else common, taken.shape),
            lib.pst_operator_binary,
            Layout.of(numbers).reference,
            kind,
            values.ctypes.data,
            Layout(values.dtype, values.shape).reference,
            reversed,
        )
    )
    return chained(parts)


def _combined(
    taken: ElementType, kind: Binary, left: Operator, right: Operator
) -> BoundOperator:
    a, b = left.bound(taken), right.bound(taken)
    scalar(a.output.dtype)
    scalar(b.output.dtype)
    if a.output.shape != b.output.shape:
        raise ValueError(
            f"{left!r} makes numbers of shape {a.output.shape} and {right!r} of shape "
            f"{b.output.shape}"
        )
    common = _common(kind, np.ones(1, a.output.dtype), np.ones(1, b.output.dtype))
    if common.kind == "b":
        kind = _OF_BOOLS.get(kind, kind)
    a, b = as_type(a, common), as_type(b, common)
    made = element(np.bool_ if kind >= Binary.EQUAL else common, a.output.shape)
    return BoundOperator(
        taken,
        made,
        lib.pst_operator_combine,
        kind,
        a.handle,
        b.handle,
        keep=(a._keep, b._keep),
    )


def binary(kind: Binary, name: str, operand: Any, reversed: bool = False) -> Operator:
    """Of what an element is, and a constant or what an operator makes of it."""
    if isinstance(operand, Operator):
        return combine(kind, identity(), operand, f"{name}({operand!r})")
    given = _as_operand(operand)
    return Operator(
        f"{name}({_short(operand)})",
        lambda taken: _with_constant(taken, kind, given, reversed),
    )


def combine(kind: Binary, left: Operator, right: Operator, text: str) -> Operator:
    return Operator(
        text, lambda taken: _combined(taken, kind, left, right), parts=(left, right)
    )


def identity() -> Operator:
    """The element as it is; an operand for others: ``ops.identity() > 0``."""

    def make(taken: ElementType) -> BoundOperator:
        if taken.dtype.names is None:
            return cast_bound(taken, taken.dtype)
        bytes = element(np.uint8, (taken.size,))
        return BoundOperator(
            taken, taken, lib.pst_operator_cast, Layout.of(bytes).reference, 5
        )

    return Operator("identity()", make)


def _unary(kind: Unary, name: str) -> Operator:
    ufunc = _UNARIES[kind]

    def make(taken: ElementType) -> BoundOperator:
        scalar(taken.dtype)
        common = np.dtype(ufunc(np.ones(1, taken.dtype)).dtype)
        if taken.dtype.kind == common.kind == "b" and kind is Unary.ABSOLUTE:
            return cast_bound(taken, common)
        scalar(common)
        parts = [cast_bound(taken, common)] if taken.dtype != common else []
        numbers = element(common, taken.shape)
        parts.append(
            BoundOperator(
                numbers,
                numbers,
                lib.pst_operator_unary,
                Layout.of(numbers).reference,
                kind,
            )
        )
        return chained(parts)

    return Operator(f"{name}()", make)


def cast(dtype: DTypeLike) -> Operator:
    """``x.astype(dtype)``: bool, integers, float32, float64."""
    wanted = np.dtype(dtype)
    scalar(wanted)
    return Operator(
        f"cast({wanted.str[1:]!r})", lambda taken: cast_bound(taken, wanted)
    )


def add(operand: Any) -> Operator:
    """``x + operand``: a number, an array that broadcasts to an element, an operator.

    As the functions beside it, it is NumPy's of the same name: types are promoted by
    the same rules, integers are modulo 2^bits.
    """
    return binary(Binary.ADD, "add", operand)


def subtract(operand: Any) -> Operator:
    """``x - operand``"""
    return binary(Binary.SUBTRACT, "subtract", operand)


def multiply(operand: Any) -> Operator:
    """``x * operand``"""
    return binary(Binary.MULTIPLY, "multiply", operand)


def divide(operand: Any) -> Operator:
    """``x / operand``, in floating point"""
    return binary(Binary.DIVIDE, "divide", operand)


def floor_divide(operand: Any) -> Operator:
    """``x // operand``; integers by 0 make 0"""
    return binary(Binary.FLOOR_DIVIDE, "floor_divide", operand)


def remainder(operand: Any) -> Operator:
    """``x % operand``; integers by 0 make 0"""
    return binary(Binary.REMAINDER, "remainder", operand)


def minimum(operand: Any) -> Operator:
    """The smaller of x and the operand; NaN if either is."""
    return binary(Binary.MINIMUM, "minimum", operand)


def maximum(operand: Any) -> Operator:
    """The larger of x and the operand; NaN if either is."""
    return binary(Binary.MAXIMUM, "maximum", operand)


def bitwise_and(operand: Any) -> Operator:
    """``x & operand``, of bools and integers"""
    return binary(Binary.AND, "bitwise_and", operand)


def bitwise_or(operand: Any) -> Operator:
    """``x | operand``, of bools and integers"""
    return binary(Binary.OR, "bitwise_or", operand)


def bitwise_xor(operand: Any) -> Operator:
    """``x ^ operand``, of bools and integers"""
    return binary(Binary.XOR, "bitwise_xor", operand)


def equal(operand: Any) -> Operator:
    """``x == operand``"""
    return binary(Binary.EQUAL, "equal", operand)


def not_equal(operand: Any) -> Operator:
    """``x != operand``"""
    return binary(Binary.NOT_EQUAL, "not_equal", operand)


def less(operand: Any) -> Operator:
    """``x < operand``"""
    return binary(Binary.LESS, "less", operand)


def less_equal(operand: Any) -> Operator:
    """``x <= operand``"""
    return binary(Binary.LESS_EQUAL, "less_equal", operand)


def greater(operand: Any) -> Operator:
    """``x > operand``"""
    return binary(Binary.GREATER, "greater", operand)


def greater_equal(operand: Any) -> Operator:
    """``x >= operand``"""
    return binary(Binary.GREATER_EQUAL, "greater_equal", operand)


def negative() -> Operator:
    """``-x``"""
    return _unary(Unary.NEGATIVE, "negative")


def absolute() -> Operator:
    """``abs(x)``"""
    return _unary(Unary.ABSOLUTE, "absolute")


def sqrt() -> Operator:
    """The square root."""
    return _unary(Unary.SQUARE_ROOT, "sqrt")


def floor() -> Operator:
    """The largest whole number that is not larger."""
    return _unary(Unary.FLOOR, "floor")


def ceil() -> Operator:
    """The smallest whole number that is not smaller."""
    return _unary(Unary.CEIL, "ceil")


def rint() -> Operator:
    """The nearest whole number; of two the even one."""
    return _unary(Unary.ROUND, "rint")


def invert() -> Operator:
    """``~x``: the opposite of bools, all bits of integers."""
    return _unary(Unary.NOT, "invert")


def clip(low: Any = None, high: Any = None) -> Operator:
    """``numpy.clip``: not below low, not above high; None is no bound."""
    bounds = []
    if low is not None:
        bounds.append(maximum(low))
    if high is not None:
        bounds.append(minimum(high))
    if not bounds:
        raise ValueError("clip has neither low nor high")
    whole = bounds[0] if len(bounds) == 1 else bounds[0] | bounds[1]
    return whole._called(f"clip({_short(low)}, {_short(high)})")


def normalise(mean: Any, std: Any) -> Operator:
    """``(x - mean) / std``, in float64 for float64 and in float32 for all others.

    mean, std: numbers, or arrays that broadcast to an element, such as one for each
    channel.
    """

    def make(taken: ElementType) -> BoundOperator:
        scalar(taken.dtype)
        real = np.dtype("f8" if taken.dtype == np.float64 else "f4")
        whole = cast(real) | subtract(_real(mean, real)) | divide(_real(std, real))
        return whole.bound(taken)

    return Operator(f"normalise({_short(mean)}, {_short(std)})", make)


def _real(value: Any, dtype: np.dtype[Any]) -> Array:
    return np.asarray(value, dtype)


def where(condition: Operator, chosen: Any, other: Any) -> Operator:
    """``numpy.where``: the number of chosen where the condition holds, else of other.

    condition: an operator that makes bools, as comparisons do. chosen, other: operators
    on the same element, or constants: ``where(greater(0), identity(), 0)``.
    """
    if not isinstance(condition, Operator):
        raise TypeError(f"the condition must be an operator, not {condition!r}")
    sides = [
        side if isinstance(side, Operator) else _as_operand(side)
        for side in (chosen, other)
    ]

    def make(taken: ElementType) -> BoundOperator:
        flags = as_type(condition.bound(taken), np.dtype(bool))
        bounds = [
            side.bound(taken) if isinstance(side, Operator) else None for side in sides
        ]
        samples = [
            _sample(side) if bound is None else np.ones(1, bound.output.dtype)
            for side, bound in zip(sides, bounds, strict=True)
        ]
        common = np.result_type(*samples)
        made = element(common, flags.output.shape)
        ready = [
            _constant(taken, side, made) if bound is None else as_type(bound, common)
            for side, bound in zip(sides, bounds, strict=True)
        ]
        return BoundOperator(
            taken,
            made,
            lib.pst_operator_select,
            flags.handle,
            *(bound.handle for bound in ready),
            keep=[bound._keep for bound in (flags, *ready)],
        )

    texts = [
        repr(side) if isinstance(side, Operator) else _short(side)
        for side in (chosen, other)
    ]
    return Operator(
        f"where({condition!r}, {texts[0]}, {texts[1]})",
        make,
        parts=[each for each in (condition, *sides) if isinstance(each, Operator)],
    )


def _constant(taken: ElementType, value: Any, made: ElementType) -> BoundOperator:
    whole = np.broadcast_to(np.asarray(value).astype(made.dtype), made.shape)
    values = np.ascontiguousarray(whole)
    return BoundOperator(
        taken,
        made,
        lib.pst_operator_constant,
        Layout.of(taken).reference,
        values.ctypes.data,
        Layout.of(made).reference,
    )


def constant(value: Any) -> Operator:
    """The same numbers for every element, whatever it is."""
    values = np.asarray(value)
    scalar(values.dtype)
    made = element(values.dtype, values.shape)
    return Operator(
        f"constant({_short(value)})", lambda taken: _constant(taken, values, made)
    )


def written(kind: Binary, symbol: str, left: Any, right: Any) -> Operator:
    """``left symbol right``, of which at least one is an operator."""
    text = f"({_text(left)} {symbol} {_text(right)})"
    if isinstance(left, Operator) and isinstance(right, Operator):
        return combine(kind, left, right, text)
    if isinstance(left, Operator):
        return (left | binary(kind, symbol, right))._called(text)
    last: Operator = right
    return (last | binary(kind, symbol, left, reversed=True))._called(text)


def _text(operand: Any) -> str:
    return repr(operand) if isinstance(operand, Operator) else _short(operand)
