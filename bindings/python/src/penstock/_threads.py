"""Native threads that call Python.

A ctypes callback on a thread that Python did not make gets a thread state for the
length of the call, which costs some 7 us. A thread state that is asked for once more
inside of the callback outlives it, and later callbacks of the thread find it (0.1 us).
"""

from __future__ import annotations

import threading
from ctypes import c_int, pythonapi

_ensure = pythonapi.PyGILState_Ensure
_ensure.restype = c_int
_ensure.argtypes = ()
_release = pythonapi.PyGILState_Release
_release.restype = None
_release.argtypes = (c_int,)

# How often the thread was pinned. Kept in the thread state, so it is 0 again for a
# thread that has lost it.
_local = threading.local()


def pin() -> None:
    """From inside a callback: the thread keeps its state until :func:`unpin`.

    Stages do both on the thread that runs them, in set-up and tear-down.
    """
    _ensure()
    _local.pins = getattr(_local, "pins", 0) + 1


def unpin() -> None:
    """Undoes one pin of this thread; does nothing on a thread that has none."""
    pins = getattr(_local, "pins", 0)
    if pins:
        _local.pins = pins - 1
        # The caller's callback holds the state as well, and gives it up when it
        # returns. So the state that is released here was locked before, which is 0.
        _release(0)
