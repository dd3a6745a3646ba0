"""An actor in Python whose behaviour is a callable."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from penstock._callbacks import End
from penstock._messages import Message
from penstock._pointers import describe
from penstock._signatures import Status
from penstock._spawning import ActorOptions

if TYPE_CHECKING:
    from penstock._actor_host import ActorHost

_OK, _END = int(Status.OK), int(Status.END)


class Cell:
    """What the library's number for the actor stands for."""

    __slots__ = ("asks", "behaviour", "destroy", "first", "is_batch", "start")

    def __init__(self, behaviour: Any, options: ActorOptions) -> None:
        self.behaviour = self.first = behaviour
        self.start = options.get("start")
        self.destroy = options.get("destroy")
        self.is_batch = bool(options.get("batch", False))
        self.asks: dict[int, Callable[..., Any]] = {}
        for name in ("start", "destroy"):
            value = options.get(name)
            if value is not None and not callable(value):
                raise TypeError(f"{name} must be callable, not {describe(value)}")

    def begin(self, host: ActorHost, pointer: int) -> int:
        self.behaviour = self.first
        start = self.start
        return _OK if start is None else host.run(pointer, self, [], start)

    def handle(self, host: ActorHost, pointer: int, raw: Any, number: int) -> int:
        """A batch."""
        messages = [Message(host, raw[i]) for i in range(number)]
        return host.run(
            pointer, self, messages, lambda cx: self.behaviour(cx, messages)
        )

    def end(self) -> None:
        if self.destroy is not None:
            self.destroy()


def status_of(result: object) -> int:
    if result is None:
        return _OK
    if isinstance(result, End) and result.count == 0:
        return _END
    raise TypeError(
        f"a behaviour returned {describe(result)}; expected None, or END when it has "
        f"done what it was asked"
    )
