"""Waits that Ctrl-C can end.

Signals are handled when the main thread runs Python, which it does not while it waits
in the library. So it comes back now and then to look.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from penstock._choices import nanoseconds
from penstock._signals import deliver, put_off
from penstock._signatures import FOREVER, Status

#: The longest that a call waits, in nanoseconds.
SLICE = 50_000_000


def wait(
    call: Callable[[int], int],
    timeout: float | None,
    *,
    sliced: bool,
    calls_back: bool = False,
) -> int:
    """call(nanoseconds) until it is no time-out any more, or the time is over.

    sliced: False where the library's time is not the clock's, as in a simulation.
    calls_back: the call may run callables on this thread.
    """
    limit = nanoseconds(timeout)
    if calls_back:
        with put_off():
            return _wait(call, limit, sliced)
    return _wait(call, limit, sliced)


def _wait(call: Callable[[int], int], limit: int, sliced: bool) -> int:
    is_main = threading.get_ident() == threading.main_thread().ident
    if not sliced or limit <= SLICE or not is_main:
        return call(limit)
    end = None if limit == FOREVER else time.monotonic_ns() + limit
    while True:
        left = SLICE if end is None else min(SLICE, end - time.monotonic_ns())
        status = call(max(left, 1))
        if status != Status.ETIMEDOUT or (end is not None and left < SLICE):
            return status
        deliver()
