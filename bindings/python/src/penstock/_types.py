"""Element types: what a channel carries, told by NumPy dtypes."""

from __future__ import annotations

from ctypes import byref
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock import _signatures as c
from penstock._library import lib
from penstock._pointers import describe, required_function

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

_NAMES = {
    "f4": "float",
    "f8": "double",
    "b1": "bool",
    **{f"i{size}": f"int{size * 8}_t" for size in (1, 2, 4, 8)},
    **{f"u{size}": f"uint{size * 8}_t" for size in (1, 2, 4, 8)},
}


class ElementType:
    """The type of the elements of a channel.

    Wherever a type is asked for, a dtype does as well: ``np.float32``, ``"i8"``, a
    structured dtype, ``("f4", (64,))`` for rows of 64. Numbers and rows of numbers
    have the names that ``PST_TYPE`` and ``PST_ROW_TYPE`` give them in C, so that stages
    in C match; other dtypes are named by their description.

    dtype
        Anything that NumPy makes a dtype of, without Python objects in it.
    name, alignment
        Only to match a type that was declared in C.
    destroy, copy, user
        Functions in C for elements that own something, as in ``pst_type``. Python
        callables cannot stand here: any thread calls them, for any element that
        nobody consumed.

    Immutable; for any thread.
    """

    __slots__ = ("_keep", "dtype", "name", "raw", "shape", "size")

    def __init__(
        self,
        dtype: DTypeLike,
        *,
        name: str | None = None,
        alignment: int | None = None,
        destroy: Any = None,
        copy: Any = None,
        user: int | None = None,
    ) -> None:
        whole = _dtype(dtype)
        if whole.hasobject:
            raise TypeError(
                f"elements of {whole} hold Python objects, which cannot travel through "
                f"a channel; expected numbers, fixed-width bytes or text, or records"
            )
        if whole.itemsize == 0:
            raise TypeError(f"elements of {whole} have no bytes")
        base, shape = whole.subdtype or (whole, ())
        #: The dtype of arrays of elements, without the shape of one element.
        self.dtype: np.dtype[Any] = base
        #: The shape of one element; () for plain ones.
        self.shape: tuple[int, ...] = shape
        #: Bytes of one element.
        self.size: int = whole.itemsize
        self.name: str = _name(base, shape) if name is None else name
        self._keep = (destroy, copy)
        self.raw = c.Type(
            size=whole.itemsize,
            alignment=base.alignment if alignment is None else alignment,
            name=self.name.encode(),
            destroy=None if destroy is None else required_function(destroy, "destroy"),
            copy=None if copy is None else required_function(copy, "copy"),
            user=user,
        )

    @classmethod
    def of(cls, value: ElementType | DTypeLike) -> ElementType:
        """The element type that a dtype or an element type stands for."""
        return value if isinstance(value, ElementType) else cls(value)

    @classmethod
    def _predefined(cls, raw: c.Type, dtype: DTypeLike) -> ElementType:
        made = cls(dtype, name=raw.name.decode(), alignment=raw.alignment)
        made.raw = raw
        return made

    def empty(self, count: int) -> np.ndarray[Any, Any]:
        """An array for so many elements, uninitialised."""
        shape = self.shape
        return np.empty((count, *shape) if shape else count, self.dtype)

    @property
    def reference(self) -> Any:
        """For a call of the library, which copies it."""
        return byref(self.raw)

    def __repr__(self) -> str:
        return f"ElementType({self.name!r}, {self.size} bytes)"


def _dtype(value: DTypeLike) -> np.dtype[Any]:
    # NumPy reads None as float64, which is never what was meant here.
    if value is None:
        raise TypeError("expected a dtype or an ElementType, not None")
    try:
        return np.dtype(value)
    except TypeError as error:
        raise TypeError(
            f"expected a dtype or an ElementType, not {describe(value)}"
        ) from error


def _name(base: np.dtype[Any], shape: tuple[int, ...]) -> str:
    code = base.str[1:]
    known = base.isnative and base.names is None and code in _NAMES
    name = _NAMES[code] if known else _text(base)
    return name + "".join(f"[{n}]" for n in shape)


def _text(base: np.dtype[Any]) -> str:
    """One text for one layout: that of equal dtypes is equal."""
    if base.names is None:
        is_plain = base.kind != "V" or base.type is np.void
        return str(base.str if is_plain else base.name)
    parts = []
    fields: Any = base.fields
    for name in base.names:
        inner, offset = fields[name][:2]
        deepest, shape = inner.subdtype or (inner, ())
        parts.append(f"{name}@{offset}:{_name(deepest, shape)}")
    return "{" + ",".join(parts) + "}"


#: A block of bytes with an owner, as ``pst_bytes_type``.
BYTES = ElementType._predefined(
    lib.pst_bytes_type(),
    [
        ("data", np.uintp),
        ("size", np.uintp),
        ("owner", np.uintp),
        ("release", np.uintp),
    ],
)
#: A pointer to a DLManagedTensorVersioned, as ``pst_tensor_type``.
TENSOR = ElementType._predefined(lib.pst_tensor_type(), np.uintp)
