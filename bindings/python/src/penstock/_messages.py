"""What actors send and get."""

from __future__ import annotations

from ctypes import string_at
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock import _signatures as c
from penstock._errors import StateError, as_status
from penstock._pointers import describe
from penstock._spans import READ, Array, view
from penstock._types import ElementType

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from penstock._actor_host import ActorHost
    from penstock._actors import Actor


def payload(data: Any, what: str = "data") -> tuple[Any, int]:
    """What a send takes as address and size; the first keeps the memory alive."""
    if isinstance(data, bytes):
        return data, len(data)
    if isinstance(data, np.ndarray) and data.dtype.hasobject:
        raise TypeError(f"{what} holds Python objects, which cannot be sent")
    try:
        flat = np.frombuffer(data, np.uint8)
    except TypeError:
        raise TypeError(
            f"{what} must be bytes or an array, not {describe(data)}"
        ) from None
    except ValueError:
        if memoryview(data).nbytes:
            raise ValueError(f"{what} must be contiguous") from None
        return b"", 0
    return flat, len(flat)


def address(data: Any) -> Any:
    """Of what `payload` gave, for a c_void_p."""
    return data if isinstance(data, bytes) else data.ctypes.data


class Message:
    """One message; given to a behaviour for the length of its call.

    type
        The sender's number, below 0xff00, or ``DOWN`` or ``IDLE_TIMEOUT``.
    token
        The right to answer, of an ask. May be kept and used on any thread.
    size
        Of the payload, in bytes.
    """

    __slots__ = ("_host", "_views", "raw", "size", "token", "type")

    def __init__(self, host: ActorHost, raw: c.Message) -> None:
        self._host = host
        self.raw: c.Message | None = raw
        self.type: int = raw.type
        self.token = c.Token(raw.token.id)
        self.size: int = raw.size
        self._views: list[Array] = []

    @property
    def is_ask(self) -> bool:
        return bool(self.token.id)

    @property
    def data(self) -> bytes:
        """A copy of the payload."""
        raw = self._live()
        return string_at(raw.data, self.size) if self.size else b""

    def array(self, type: ElementType | DTypeLike = np.uint8) -> Array:
        """The payload as elements: read-only, not copied, until the call returns."""
        raw, kind = self._live(), ElementType.of(type)
        if self.size % kind.size:
            raise ValueError(
                f"the payload has {self.size} bytes, no whole number of elements of "
                f"{kind.size}"
            )
        if self.size == 0:
            nothing = kind.empty(0)
            nothing.flags.writeable = False
            return nothing
        array = view(raw.data, self.size // kind.size, kind, READ)
        self._views.append(array)
        return array

    @property
    def down(self) -> tuple[Actor, int]:
        """Of a ``DOWN``: who is gone, and the status that says why."""
        if self.type != c.DOWN:
            raise ValueError(f"a message of type {self.type} is no DOWN")
        found = c.Down.from_buffer_copy(self.data)
        return self._host.actor(found.actor.id), as_status(found.reason)

    def _live(self) -> c.Message:
        if self.raw is None:
            raise StateError("a message was used after its behaviour had returned")
        return self.raw

    def __repr__(self) -> str:
        return f"<Message of type {self.type}, {self.size} bytes>"


class Taken:
    """A payload that a behaviour took; released with the last array over it."""

    def __init__(self, raw: c.Bytes) -> None:
        self._raw = raw

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return {
            "version": 3,
            "shape": (self._raw.size,),
            "typestr": "|u1",
            "data": (self._raw.data or 0, False),
        }

    def __del__(self) -> None:
        if self._raw.release:
            c.ReleaseFunction(self._raw.release)(self._raw.owner)
