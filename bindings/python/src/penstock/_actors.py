"""References to actors, and what is known of them."""

from __future__ import annotations

from ctypes import byref, c_size_t
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock import _signatures as c
from penstock._choices import choice, count
from penstock._errors import check, error_of
from penstock._library import lib
from penstock._messages import address, payload
from penstock._signatures import ActorEventKind, StopMode
from penstock._stage import record

if TYPE_CHECKING:
    from penstock._engine import Engine


@dataclass(frozen=True)
class ActorStats:
    """Of an actor that was spawned with ``statistics``; as ``pst_actor_stats``."""

    processed: int
    dropped: int
    failed: int
    restarts: int
    queue_length: int
    queue_high_water: int
    longest_ns: int


@dataclass(frozen=True)
class ActorCounts:
    """Of all actors of an engine; as ``pst_actor_counts``."""

    sent: int
    delivered: int
    dropped: int
    dead_letters: int
    late_replies: int
    spawned: int
    stopped: int
    failed: int
    restarts: int
    bytes: int


@dataclass(frozen=True)
class ActorEvent:
    """What usually nobody sees; as ``pst_actor_event``. type, data: of the message."""

    kind: ActorEventKind
    actor: Actor
    name: str
    type: int | None
    data: bytes
    status: int
    text: str
    ns: int


class Actor:
    """A reference to an actor, which may be gone. Any thread may use it.

    Holds the engine, not the actor: dropping it stops nothing. Equal references name
    the same actor. ``id`` can be sent, and ``Engine.actor(id)`` makes a reference of
    it.

    Payloads are bytes, or what exports a contiguous buffer, as arrays do.
    """

    __slots__ = ("engine", "raw")

    def __init__(self, engine: Engine, raw: c.Actor) -> None:
        self.engine = engine
        self.raw = raw

    @property
    def id(self) -> int:
        number: int = self.raw.id
        return number

    def send(self, type: int, data: Any = b"") -> None:
        """StaleError: it is gone. WouldBlockError: its mailbox is full."""
        kept, size = payload(data)
        check(
            lib.pst_actor_send(
                self.engine._live(),
                self.raw,
                count(type, "type", 32),
                address(kept),
                size,
            )
        )

    def send_bytes(self, type: int, data: Any) -> None:
        """Sends without a copy: the data must not change until it has been handled."""
        host = self.engine._actors()
        host.lent.lend(
            data,
            lambda raw: int(
                lib.pst_actor_send_bytes(
                    self.engine._live(), self.raw, count(type, "type", 32), byref(raw)
                )
            ),
        )

    def send_many(self, type: int, data: Any, size: int) -> int:
        """As many messages of ``size`` bytes as ``data`` holds; returns how many.

        When it raises, ``error.sent`` says how many were sent.
        """
        kept, total = payload(data)
        number = messages_in(total, size)
        sent = c_size_t()
        status = lib.pst_actor_send_many(
            self.engine._live(),
            self.raw,
            count(type, "type", 32),
            address(kept),
            size,
            number,
            byref(sent),
        )
        if status:
            error = error_of(status)
            error.sent = sent.value  # type: ignore[attr-defined]
            raise error
        return sent.value

    def ask(
        self,
        type: int,
        data: Any = b"",
        timeout: float | None = None,
        *,
        room: int = 4096,
    ) -> bytes:
        """Sends, waits for the answer and returns it.

        room: bytes for the answer; ArgumentError when it is longer. TimeoutError,
        StaleError, WouldBlockError (mailbox full), DeadlockError from inside a
        callback. ActorError: it answered with a status of its own, or failed; what a
        behaviour in Python raised is the ``__cause__``. Ctrl-C ends the wait.
        """
        return self.engine._actors().byte_asks.ask(
            self, count(type, "type", 32), data, timeout, count(room, "room")
        )

    def stop(self, mode: StopMode | str = StopMode.LAST) -> None:
        """Ends it, after what was sent before or (StopMode.NOW) after this message."""
        check(
            lib.pst_actor_stop(
                self.engine._live(), self.raw, choice(StopMode, mode, "mode")
            )
        )

    def stats(self) -> ActorStats:
        raw = c.ActorStats()
        check(lib.pst_actor_get_stats(self.engine._live(), self.raw, byref(raw)))
        return record(ActorStats, raw)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Actor):
            return NotImplemented
        return self.id == other.id and self.engine is other.engine

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<Actor {self.id:#x}>"


def messages_in(total: int, size: int) -> int:
    """How many messages of a size so many bytes are."""
    if count(size, "size") == 0 or total % size:
        raise ValueError(f"{total} bytes are no whole number of messages of {size}")
    return total // size
