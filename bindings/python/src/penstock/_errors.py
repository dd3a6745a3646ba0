"""Exceptions for the statuses of the C interface."""

from __future__ import annotations

import builtins
from typing import NoReturn

from penstock._library import held
from penstock._signatures import Status


class PenstockError(RuntimeError):
    """A call of the library failed. Its text is that of ``pst_last_error``.

    ``status`` says how: a :class:`Status`, or the number that a callback of the
    program returned.
    """

    status: int = Status.EINTERNAL

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        if status is not None:
            self.status = status


class ArgumentError(PenstockError, ValueError):
    """An argument is out of range."""

    status = Status.EINVAL


class OutOfMemoryError(PenstockError, MemoryError):
    """The library got no memory, or actors reached ``actor_bytes``."""

    status = Status.ENOMEM


class HandleError(PenstockError, ValueError):
    """The object was closed, or belongs to another graph or engine."""

    status = Status.EHANDLE


class ElementTypeError(PenstockError, TypeError):
    """Element types do not match."""

    status = Status.ETYPE


class GraphError(PenstockError, ValueError):
    """The graph's description is not whole: a port or a cycle is left open."""

    status = Status.EPORT


class DeadlockError(PenstockError):
    """The call would wait for itself, or in a simulation nothing can go on."""

    status = Status.EDEADLK


class CancelledError(PenstockError):
    """The run was cancelled."""

    status = Status.ECANCELED


class TimeoutError(PenstockError, builtins.TimeoutError):
    """The time is over."""

    status = Status.ETIMEDOUT


class WouldBlockError(PenstockError, BlockingIOError):
    """Not now: a call with timeout 0 that would have to wait, or a full mailbox."""

    status = Status.EAGAIN


class BusyError(PenstockError):
    """In use by another thread, or a name that is taken."""

    status = Status.EBUSY


class StateError(PenstockError):
    """Not allowed in this state."""

    status = Status.ESTATE


class StageError(PenstockError):
    """A stage failed; the text names it, the replica and the element.

    What a Python callable raised is raised as it is, not as this.
    """

    status = Status.ESTAGE


class TopologyError(PenstockError, ValueError):
    """The topology cannot be loaded."""

    status = Status.ETOPOLOGY


class NotSupportedError(PenstockError, NotImplementedError):
    """There is no such thing on this machine, or no such format of a view."""

    status = Status.ENOTSUP


class ForkError(PenstockError):
    """The engine or the run is the parent's; after fork() make new ones."""

    status = Status.EFORK


class SystemCallError(PenstockError, OSError):
    """A system call failed."""

    status = Status.ESYSTEM


class ClosedError(PenstockError):
    """The feed was closed, or nobody takes from it any more."""

    status = Status.ECLOSED


class InternalError(PenstockError):
    """A fault of the library. Please report it."""

    status = Status.EINTERNAL


class StaleError(PenstockError, LookupError):
    """The actor is gone, or nobody waits for the answer any more."""

    status = Status.ESTALE


class ActorError(PenstockError):
    """An actor answered with a status of its own, or failed.

    What a Python behaviour raised is the ``__cause__``.
    """

    status = Status.EUSER


_FAMILIES: list[type[PenstockError]] = [
    ArgumentError,
    OutOfMemoryError,
    HandleError,
    ElementTypeError,
    GraphError,
    DeadlockError,
    CancelledError,
    TimeoutError,
    WouldBlockError,
    BusyError,
    StateError,
    StageError,
    TopologyError,
    NotSupportedError,
    ForkError,
    SystemCallError,
    ClosedError,
    InternalError,
    StaleError,
]
_CLASSES = {int(family.status): family for family in _FAMILIES}
_CLASSES[Status.ECYCLE] = GraphError


def last_error() -> str:
    text: bytes = held.pst_last_error()
    # The library cuts long texts, maybe within a character.
    return text.decode(errors="replace")


def as_status(number: int) -> int:
    """The member of Status, or the number itself where it is a program's own."""
    try:
        return Status(number)
    except ValueError:
        return number


def error_of(number: int, text: str | None = None) -> PenstockError:
    """The exception for a status that is an error, with the thread's last error."""
    status = as_status(number)
    kind = _CLASSES.get(status, ActorError if number >= Status.EUSER else PenstockError)
    return kind(last_error() if text is None else text, status)


def throw(number: int) -> NoReturn:
    """Raises the thread's last error."""
    raise error_of(number)


def check(number: int) -> None:
    """Raises unless the status is OK."""
    if number != 0:
        throw(number)
