"""What operators have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock._pointers import describe
from penstock._signatures import Binary
from penstock._spans import Array
from penstock._types import ElementType
from penstock.ops._bound import BoundOperator, chained

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    Type = ElementType | DTypeLike


class Operator:
    """Work that the library has built in, done on spans of elements without the GIL.

    Made by the functions of :mod:`penstock.ops`. It is not tied to a type: what it
    makes of one is :meth:`output`, by NumPy's rules of promotion. ``a | b`` is a and
    then b. Arithmetic and comparisons with numbers, arrays or other operators make
    operators: ``ops.field("x") - ops.field("y") > 0`` (for bitwise or, which ``|`` is
    not, and for ``==`` there are functions). Called with an array, it works on the
    elements along the first axis and returns a new array.

    Immutable; for any number of threads.
    """

    __slots__ = ("_bound", "_make", "_text", "is_random")

    def __init__(
        self,
        text: str,
        make: Callable[[ElementType], BoundOperator],
        *,
        parts: Iterable[Operator] = (),
        is_random: bool = False,
    ) -> None:
        """parts: the operators that it is made of."""
        #: Whether what it makes of an element depends on the element's number in the
        #: stream.
        self.is_random: bool = is_random or any(part.is_random for part in parts)
        self._text = text
        self._make = make
        self._bound: dict[tuple[Any, ...], BoundOperator] = {}

    def bound(self, type: Type) -> BoundOperator:
        """The library's operator for elements of that type; made once."""
        taken = ElementType.of(type)
        key = (taken.dtype, taken.shape)
        return self._bound.get(key) or self._made(taken)

    def _made(self, taken: ElementType) -> BoundOperator:
        try:
            made = self._make(taken)
        except (TypeError, ValueError, IndexError, OverflowError) as error:
            # Of a chain, the part at fault.
            if not hasattr(error, "operator"):
                error.args = (f"{self!r} of {taken.name}: {error}",)
                error.operator = self  # type: ignore[union-attr]
            raise
        # Of two threads at a time the first one's is kept.
        return self._bound.setdefault((taken.dtype, taken.shape), made)

    def output(self, type: Type) -> ElementType:
        """The type of what it makes of elements of that type."""
        return self.bound(type).output

    def __call__(self, array: Array, *, first: int = 0) -> Array:
        """Of an array of elements, along the first axis; on the calling thread.

        first: the number of the first element in its stream, for random operators.
        """
        if not isinstance(array, np.ndarray) or array.ndim == 0:
            raise TypeError(
                f"{self!r} takes an array whose first axis is that of the elements, "
                f"not {describe(array)}"
            )
        dtype, shape = array.dtype, array.shape[1:]
        made = self._bound.get((dtype, shape))
        if made is None:
            made = self.bound(ElementType((dtype, shape) if shape else dtype))
        return made._apply(array, first)

    def __or__(self, other: Operator) -> Operator:
        if not isinstance(other, Operator):
            return NotImplemented

        def make(taken: ElementType) -> BoundOperator:
            left = self.bound(taken)
            return chained([left, other.bound(left.output)])

        return Operator(f"{self!r} | {other!r}", make, parts=(self, other))

    # NumPy leaves what stands behind an array to the methods below.
    __array_ufunc__ = None

    def _with(self, kind: Binary, symbol: str, operand: Any) -> Operator:
        from penstock.ops import _numbers

        return _numbers.written(kind, symbol, self, operand)

    def _behind(self, kind: Binary, symbol: str, operand: Any) -> Operator:
        from penstock.ops import _numbers

        return _numbers.written(kind, symbol, operand, self)

    def __add__(self, operand: Any) -> Operator:
        return self._with(Binary.ADD, "+", operand)

    def __radd__(self, operand: Any) -> Operator:
        return self._behind(Binary.ADD, "+", operand)

    def __sub__(self, operand: Any) -> Operator:
        return self._with(Binary.SUBTRACT, "-", operand)

    def __rsub__(self, operand: Any) -> Operator:
        return self._behind(Binary.SUBTRACT, "-", operand)

    def __mul__(self, operand: Any) -> Operator:
        return self._with(Binary.MULTIPLY, "*", operand)

    def __rmul__(self, operand: Any) -> Operator:
        return self._behind(Binary.MULTIPLY, "*", operand)

    def __truediv__(self, operand: Any) -> Operator:
        return self._with(Binary.DIVIDE, "/", operand)

    def __rtruediv__(self, operand: Any) -> Operator:
        return self._behind(Binary.DIVIDE, "/", operand)

    def __floordiv__(self, operand: Any) -> Operator:
        return self._with(Binary.FLOOR_DIVIDE, "//", operand)

    def __rfloordiv__(self, operand: Any) -> Operator:
        return self._behind(Binary.FLOOR_DIVIDE, "//", operand)

    def __mod__(self, operand: Any) -> Operator:
        return self._with(Binary.REMAINDER, "%", operand)

    def __rmod__(self, operand: Any) -> Operator:
        return self._behind(Binary.REMAINDER, "%", operand)

    def __and__(self, operand: Any) -> Operator:
        return self._with(Binary.AND, "&", operand)

    def __rand__(self, operand: Any) -> Operator:
        return self._behind(Binary.AND, "&", operand)

    def __xor__(self, operand: Any) -> Operator:
        return self._with(Binary.XOR, "^", operand)

    def __rxor__(self, operand: Any) -> Operator:
        return self._behind(Binary.XOR, "^", operand)

    def __lt__(self, operand: Any) -> Operator:
        return self._with(Binary.LESS, "<", operand)

    def __le__(self, operand: Any) -> Operator:
        return self._with(Binary.LESS_EQUAL, "<=", operand)

    def __gt__(self, operand: Any) -> Operator:
        return self._with(Binary.GREATER, ">", operand)

    def __ge__(self, operand: Any) -> Operator:
        return self._with(Binary.GREATER_EQUAL, ">=", operand)

    def __neg__(self) -> Operator:
        from penstock.ops import _numbers

        return (self | _numbers.negative())._called(f"-{self!r}")

    def __abs__(self) -> Operator:
        from penstock.ops import _numbers

        return (self | _numbers.absolute())._called(f"abs({self!r})")

    def __invert__(self) -> Operator:
        from penstock.ops import _numbers

        return (self | _numbers.invert())._called(f"~{self!r}")

    def _called(self, text: str) -> Operator:
        """The same, as the program has written it."""
        return Operator(text, self.bound, parts=(self,))

    def __repr__(self) -> str:
        return self._text


def bound_operator(operator: Operator, type: Type) -> BoundOperator:
    """For a stage that takes elements of that type; TypeError for what is none."""
    if not isinstance(operator, Operator):
        raise TypeError(
            f"expected an operator of penstock.ops, not {describe(operator)}"
        )
    return operator.bound(type)
