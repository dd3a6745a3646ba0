"""Addresses: of functions in C, and of the program's memory."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

#: What may stand where the library wants a function in C.
CFunction = Any
_FunctionPointer: Any = ctypes._CFuncPtr  # type: ignore[attr-defined]
_CDATA = (ctypes.Structure, ctypes.Union, ctypes.Array, ctypes._SimpleCData)


def function_address(function: Any) -> int | None:
    """The address of a function in C; None for what is no such function.

    ctypes: a function of a loaded library or an instance of a CFUNCTYPE. cffi: a
    function pointer of ``ffi.callback``, ``ffi.addressof(lib, ...)`` or ``ffi.cast``.
    numba: what ``@cfunc`` makes. Else an int is taken for the address itself.
    """
    if isinstance(function, bool):
        return None
    if isinstance(function, (int, np.integer)):
        address = int(function)
    elif isinstance(function, _FunctionPointer):
        # A cast would make the function refer to itself, and it to live until the
        # collector comes.
        address = ctypes.c_void_p.from_buffer(function).value or 0
    elif _is_cffi(function):
        address = _cffi_address(function)
    elif isinstance(getattr(function, "address", None), int):
        address = function.address
    else:
        return None
    if address <= 0:
        raise ValueError(f"{function!r} is no address of a function")
    return address


def _is_cffi(value: Any) -> bool:
    # Whoever has such a value has imported cffi.
    backend = sys.modules.get("_cffi_backend")
    return backend is not None and isinstance(value, backend._CDataBase)


def _cffi_address(value: Any) -> int:
    backend = sys.modules["_cffi_backend"]
    kind = backend.typeof(value).kind
    if kind not in ("function", "pointer"):
        raise TypeError(f"{value!r} is not a pointer to a function")
    integer = backend.new_primitive_type("uintptr_t")
    return int(backend.cast(integer, value))


def required_function(function: Any, what: str) -> int:
    """The address of a function in C, where Python callables cannot stand."""
    address = function_address(function)
    if address is None:
        raise TypeError(
            f"{what} must be a function in C (ctypes, cffi, numba @cfunc or an "
            f"address), not {describe(function)}"
        )
    return address


def data_address(value: Any, what: str) -> int | None:
    """The address for a ``user`` pointer: of an int, an array or a ctypes object.

    The caller keeps the value alive.
    """
    if value is None:
        return None
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, np.ndarray):
        return int(value.ctypes.data)
    if isinstance(value, (ctypes.c_void_p, ctypes._Pointer)):
        return ctypes.cast(value, ctypes.c_void_p).value
    if isinstance(value, _CDATA):
        return ctypes.addressof(value)
    if _is_cffi(value):
        return _cffi_address(value)
    raise TypeError(
        f"{what} for a function in C must be an address, an array or a ctypes object, "
        f"not {describe(value)}"
    )


def address_of(array: Any) -> int:
    """Of an array in rows: by the buffer protocol if it is writable, which takes a
    third of what ``ctypes.data`` does."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(array))
    except (TypeError, ValueError):
        address: int = array.ctypes.data
        return address


def describe(value: object) -> str:
    """How an error calls what came: ``int 3``, ``object of class 'Foo'``."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} and shape {value.shape}"
    if isinstance(value, (int, float, str, bool)):
        return f"{type(value).__name__} {value!r}"[:80]
    return f"an object of class {type(value).__qualname__!r}"


Callback = Callable[..., Any] | Any
