"""Tells a callable of what happens to actors and their messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from penstock._actors import ActorEvent
from penstock._errors import as_status
from penstock._messages import Message
from penstock._signatures import ActorEventKind
from penstock._threads import stay

if TYPE_CHECKING:
    from penstock._actor_host import ActorHost


def event_function(
    function: Callable[[ActorEvent], None], host: ActorHost
) -> Callable[..., None]:
    def call(raw: Any, _: int) -> None:
        stay()
        event = raw[0]
        message = Message(host, event.message[0]) if event.message else None
        function(
            ActorEvent(
                kind=ActorEventKind(event.kind),
                actor=host.actor(event.actor.id),
                name=event.name.decode(errors="replace"),
                type=None if message is None else message.type,
                data=b"" if message is None else message.data,
                status=as_status(event.status),
                text=event.text.decode(errors="replace"),
                ns=event.ns,
            )
        )

    return call
