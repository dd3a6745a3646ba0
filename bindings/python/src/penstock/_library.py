"""Finds and loads libpenstock.so, checks that it is the one this package is for."""

from __future__ import annotations

import os
import pathlib
from ctypes import CDLL, PyDLL

from penstock import _signatures as c
from penstock._soname import soname

__version__ = f"{c.VERSION_MAJOR}.{c.VERSION_MINOR}.{c.VERSION_PATCH}"

_NAME = f"libpenstock.so.{c.SOVERSION}"
_VARIABLE = "PENSTOCK_LIBRARY"


def _find() -> tuple[str, str]:
    """The library's path and how it came to be that one."""
    path = os.environ.get(_VARIABLE)
    if path:
        return os.path.abspath(path), f"named by ${_VARIABLE}"
    bundled = pathlib.Path(__file__).with_name(_NAME)
    if not bundled.exists():
        raise ImportError(
            f"{bundled} is missing: the package was not installed by pip, which builds "
            f"it. Run `pip install ./bindings/python`, or name a libpenstock.so in "
            f"${_VARIABLE}"
        )
    return str(bundled), "part of the package"


def _load(path: str, origin: str) -> CDLL:
    try:
        library = CDLL(path)
    except OSError as error:
        raise ImportError(
            f"the shared object of penstock ({path}, {origin}) cannot be loaded: "
            f"{error}"
        ) from error
    _check(library, path, origin)
    return library


def _check(library: CDLL, path: str, origin: str) -> None:
    """Raises ImportError for a library of another binary interface or version."""
    name = soname(library)
    if name != _NAME:
        raise ImportError(
            f"{path} ({origin}) calls itself {name or 'nothing'}; penstock "
            f"{__version__} for Python needs {_NAME}"
        )
    number = library.pst_version()
    version = (number // 10000, number // 100 % 100, number % 100)
    # Within a minor version functions are only added, and before 1.0 that is all the
    # header promises.
    if version[:2] != (c.VERSION_MAJOR, c.VERSION_MINOR) or version[2] < (
        c.VERSION_PATCH
    ):
        raise ImportError(
            f"{path} ({origin}) is penstock {'.'.join(map(str, version))}; the Python "
            f"package is {__version__}. Install the two from one source"
        )


def _declare(library: CDLL, path: str) -> None:
    for name, (result, arguments) in c.FUNCTIONS.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise ImportError(
                f"{path} has no {name}, which penstock {__version__} for Python needs"
            ) from None
        function.restype = result
        function.argtypes = arguments


path, origin = _find()

#: Each call gives the GIL up, so it may wait and may lead to callbacks.
lib = _load(path, origin)
_declare(lib, path)

#: The same functions with the GIL kept, at half the price: for those that neither wait
#: nor call back nor take a lock, which are most that a callback uses.
held = PyDLL(path)
_declare(held, path)


def build_info() -> str:
    """One line: version, instruction sets, hwloc's version, compiler."""
    text: bytes = lib.pst_build_info()
    return text.decode()
