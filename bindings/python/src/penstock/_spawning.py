"""Options of actors, as keywords with the header's names and defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from penstock import _signatures as c
from penstock._choices import choice, count, text
from penstock._pointers import describe
from penstock._signatures import OnFailure, Overflow, Strategy

if TYPE_CHECKING:
    from penstock._dispatcher import Dispatcher


class ActorOptions(TypedDict, total=False):
    """Keywords of ``spawn``, as in ``pst_actor_options``.

    batch: True, and the behaviour is called with a list of messages. start, destroy: of
    an actor in Python ``start(context)`` before the first message and after each
    restart, and ``destroy()`` when it is gone. state: of an actor in C, its state: an
    address, an array or a ctypes object, which the engine keeps alive.
    """

    name: str | None
    start: Any
    destroy: Any
    batch: bool
    on_failure: OnFailure | str
    strategy: Strategy | str
    max_restarts: int | None
    restart_period_ns: int
    capacity: int
    overflow: Overflow | str
    on: str | None
    dispatcher: Dispatcher | None
    statistics: bool
    state: Any


_ENUMS: dict[str, Any] = {
    "on_failure": OnFailure,
    "strategy": Strategy,
    "overflow": Overflow,
}
_BITS = {"restart_period_ns": 64, "capacity": 64}
_OTHER = ("start", "destroy", "batch", "state")


def raw_options(options: ActorOptions) -> c.ActorOptions:
    """The plain ones of them; functions are the caller's to set."""
    fields: dict[str, Any] = {}
    for name, value in options.items():
        if name not in ActorOptions.__annotations__:
            raise TypeError(
                f"an actor has no option {name!r}; there are "
                f"{', '.join(ActorOptions.__annotations__)}"
            )
        if name not in _OTHER:
            fields[name] = _plain(name, value)
    return c.ActorOptions(**fields)


def _plain(name: str, value: Any) -> Any:
    if name in _ENUMS:
        return choice(_ENUMS[name], value, name)
    if name in _BITS:
        return count(value, name, _BITS[name])
    if name == "max_restarts":
        return 2**32 - 1 if value is None else count(value, name, 32)
    if name == "dispatcher":
        return None if value is None else _dispatcher(value)
    if name == "statistics":
        return bool(value)
    return text(value, name)


def _dispatcher(value: Any) -> c.Dispatcher:
    live = getattr(value, "_live", None)
    handle = live() if live is not None else None
    if not isinstance(handle, c.Dispatcher):
        raise TypeError(f"dispatcher must be a Dispatcher, not {describe(value)}")
    return handle
