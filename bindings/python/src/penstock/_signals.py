"""Signals that come while the main thread lends itself to the library.

Python runs a signal's handler at the next step of the main thread, which may be the
very first of a function that the library calls, before it is inside of its try. What
the handler raises there, as Ctrl-C does, would be lost, and the call would count as
done. So handlers that find themselves there are put off until the function is ready.
"""

from __future__ import annotations

import contextlib
import importlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any, TypeVar

# What the functions of signal wrap, without the enums: 4 us instead of 150 for all.
_signal: Any = importlib.import_module("_signal")
_NUMBERS = tuple(int(number) for number in signal.valid_signals())

F = TypeVar("F", bound=Callable[..., Any])
_Handler = Callable[[int, FrameType | None], Any]

# Of functions that the library calls, and that catch all that what they call raises.
_guards: set[CodeType] = set()
_handlers: dict[int, _Handler] = {}
#: Signals whose handlers were put off.
pending: list[int] = []


def guard(function: F) -> F:
    """Marks a function that catches everything, once it is in its try."""
    _guards.add(function.__code__)
    return function


def is_inside(frame: FrameType | None) -> bool:
    """Is the frame that of a function that a guard has called?"""
    while frame is not None:
        frame = frame.f_back
        if frame is not None and frame.f_code in _guards:
            return True
    return False


def deliver() -> None:
    """Runs the handlers that were put off; may raise what they do."""
    while pending:
        number = pending.pop(0)
        handler = _handlers.get(number)
        if handler is not None:
            handler(number, sys._getframe(1))


def _put_off(number: int, frame: FrameType | None) -> None:
    if is_inside(frame):
        _handlers[number](number, frame)
    else:
        pending.append(number)


@contextlib.contextmanager
def put_off() -> Iterator[None]:
    """Around calls in which the main thread may be called back."""
    if threading.get_ident() != threading.main_thread().ident or _handlers:
        yield
        return
    for number in _NUMBERS:
        handler = _signal.getsignal(number)
        if callable(handler):
            _handlers[number] = handler
    try:
        for caught in _handlers:
            _signal.signal(caught, _put_off)
        yield
    finally:
        for caught, former in _handlers.items():
            _signal.signal(caught, former)
        try:
            deliver()
        finally:
            _handlers.clear()
