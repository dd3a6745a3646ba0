"""NumPy arrays over memory that the library lends for the length of a call."""

from __future__ import annotations

import contextlib
import gc
import inspect
import sys
import weakref
from collections.abc import Callable
from ctypes import c_int, c_ssize_t, c_void_p, py_object, pythonapi
from types import FrameType
from typing import Any

import numpy as np

from penstock._pointers import describe
from penstock._types import ElementType

Array = np.ndarray[Any, np.dtype[Any]]

READ, WRITE = 0x100, 0x200  # PyBUF_READ, PyBUF_WRITE

# Makes no type for each length, as ctypes' own arrays do.
memory = pythonapi.PyMemoryView_FromMemory
memory.restype = py_object
memory.argtypes = (c_void_p, c_ssize_t, c_int)


def view(address: int, count: int, type: ElementType, access: int) -> Array:
    """An array of so many elements at the address. Nothing is copied or owned."""
    span = memory(address, count * type.size, access)
    array: Array = np.ndarray((count, *type.shape), type.dtype, span)
    return array


class Lender:
    """Arrays over the spans that one argument of a callable gets.

    The library uses few places again and again, so there is an owner for each, made
    once; a callable gets a view of it, which nobody has changed the shape or flags of.
    NumPy makes the owner the base of all views of views, so it knows of all of them.
    """

    __slots__ = ("_access", "_owners", "_type")

    def __init__(self, type: ElementType, access: int) -> None:
        self._type = type
        self._access = access
        self._owners: dict[tuple[int, int], Array] = {}

    def lend(self, address: int, count: int) -> Array:
        owner = self._owners.get((address, count))
        if owner is None:
            owner = self._own(address, count)
        lent: Array = owner.view()
        return lent

    def _own(self, address: int, count: int) -> Array:
        if len(self._owners) >= _MOST_OWNERS:
            self._owners.clear()
        made = view(address, count, self._type, self._access)
        self._owners[address, count] = made
        return made

    def forget(self) -> None:
        """Owners that somebody still needs are not used again."""
        self._owners.clear()


# Of one argument; a span may come in many lengths.
_MOST_OWNERS = 256


def is_any_lent(views: list[Array]) -> bool:
    """After a call: does anybody still have one of these, or a part of one?"""
    for array in views:
        if sys.getrefcount(array) > ALONE or sys.getrefcount(array.base) > _OWNER_ALONE:
            return True
    return False


def still_lent(views: list[Array], lenders: list[Lender]) -> list[weakref.ref[Array]]:
    """Which of them, exactly; as `kept`. Empties the list."""
    for lender in lenders:
        lender.forget()
    owners: list[Any] = [array.base for array in views]
    lost = kept(views)
    views.clear()
    return lost + kept(owners)


def kept(views: list[Array]) -> list[weakref.ref[Array]]:
    """Those of the arrays that somebody has kept, themselves or a view of them.

    Cycles of garbage keep nothing, nor do calls that are over and whose variables only
    the traceback of an exception still shows; both are cleared away.
    """
    if not is_any_kept(views):
        return []
    gc.collect()
    for array in views:
        if sys.getrefcount(array) > ALONE:
            _clear_frames(array)
    del array
    return [weakref.ref(array) for array in views if sys.getrefcount(array) > ALONE]


def is_any_kept(views: list[Array]) -> bool:
    for array in views:  # noqa: SIM110, this is on the way of every span
        if sys.getrefcount(array) > ALONE:
            return True
    return False


_GENERATORS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def _clear_frames(array: Array) -> None:
    for frame in gc.get_referrers(array):
        # To clear a generator would be to end it.
        if isinstance(frame, FrameType) and not frame.f_code.co_flags & _GENERATORS:
            # One that runs refuses.
            with contextlib.suppress(RuntimeError):
                frame.clear()


def elements(value: Any, type: ElementType, what: str) -> Array:
    """An array of elements that the library may copy from.

    Arrays, and what exports a buffer or makes an array of itself; copied only where it
    is not contiguous.
    """
    if not isinstance(value, np.ndarray):
        if not hasattr(value, "__array__"):
            try:
                value = memoryview(value)
            except TypeError:
                raise TypeError(
                    f"{what} must be an array of {expected(type)}, not "
                    f"{describe(value)}"
                ) from None
        value = np.asarray(value)
    check_elements(value, type, what)
    return np.ascontiguousarray(value)


def check_elements(array: Array, type: ElementType, what: str) -> None:
    if array.dtype != type.dtype:
        raise TypeError(f"{what} must be of {expected(type)}, not {describe(array)}")
    if array.ndim != 1 + len(type.shape) or array.shape[1:] != type.shape:
        raise ValueError(f"{what} must be of {expected(type)}, not {describe(array)}")


def room(array: Any, type: ElementType, what: str) -> Array:
    """An array of elements that the library may write to as it is."""
    if not isinstance(array, np.ndarray):
        raise TypeError(
            f"{what} must be an array of {expected(type)}, not {describe(array)}"
        )
    check_elements(array, type, what)
    if not array.flags.writeable:
        raise ValueError(f"{what} is read-only")
    if not array.flags.c_contiguous:
        raise ValueError(
            f"{what} must be contiguous; its strides are {array.strides} for elements "
            f"of {type.size} bytes"
        )
    return array


def expected(type: ElementType) -> str:
    shape = ", ".join(["n", *map(str, type.shape)])
    return f"{type.dtype} and shape ({shape}{',' if not type.shape else ''})"


def untraced(count: Callable[[], int]) -> int:
    """A number of references; debuggers and the like have some more."""
    trace = sys.gettrace()
    sys.settrace(None)
    try:
        return count()
    finally:
        sys.settrace(trace)


def _count_references() -> int:
    for array in [np.empty(0)]:
        # A list and a loop variable hold it, and in most versions the argument.
        return sys.getrefcount(array)
    raise AssertionError


#: How many references there are to an array that only a list and a loop over it have.
ALONE = untraced(_count_references)


def _count_owner_references() -> int:
    lender = Lender(ElementType(np.uint8), READ)
    place = np.zeros(1, np.uint8)
    for array in [lender.lend(place.ctypes.data, 1)]:
        # Its lender and the view hold it, and in most versions the argument.
        return sys.getrefcount(array.base)
    raise AssertionError


_OWNER_ALONE = untraced(_count_owner_references)
