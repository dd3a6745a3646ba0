"""Native threads that call Python.

A ctypes callback on a thread that Python did not make gets a thread state for the
length of the call, which costs some 7 us. A thread state that is asked for once more
inside of the callback outlives it, and later callbacks of the thread find it (0.1 us).
"""

from __future__ import annotations

import threading
from ctypes import CDLL, CFUNCTYPE, c_int, c_void_p, cast, pythonapi

from penstock import _lifetime

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


def stay() -> None:
    """From inside a callback on whatever thread: it keeps its state until it ends.

    For callbacks that belong to no stage's set-up and tear-down, as keys do.
    """
    if getattr(_local, "stays", False) or _lifetime.is_exiting():
        return
    _local.stays = True
    if all(each.ident != threading.get_ident() for each in threading.enumerate()):
        _at_thread_exit(_at_end, None, _within_python)
        pin()


def _give_up(_: int | None) -> None:
    if not _lifetime.is_exiting():
        unpin()


_at_end = CFUNCTYPE(None, c_void_p)(_give_up)
# What C++ calls for thread_local objects. Destructors of pthread_key_create would come
# too late: glibc clears Python's key, by which it finds the thread's state, before.
_at_thread_exit = CDLL(None)["__cxa_thread_atexit_impl"]
_at_thread_exit.argtypes = (c_void_p, c_void_p, c_void_p)
# Of the library that must stay loaded: NULL is no answer.
_within_python = cast(_ensure, c_void_p)
