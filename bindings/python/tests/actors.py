"""Actors that many tests need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from stages import nothing

import penstock as ps
from penstock._actor_calls import ActorCall
from penstock._actor_messages import CallType


@ps.actor
class Counter:
    """Adds up."""

    def __init__(self, start: int = 0) -> None:
        self.sum = start

    def add(self, n: int, *, times: int = 1) -> None:
        """Adds n."""
        self.sum += n * times

    def total(self) -> int:
        return self.sum

    def fail(self, text: str) -> None:
        self.sum = -1
        raise ValueError(text)

    def _hidden(self) -> None: ...


@ps.actor
def double(value: Any) -> Any:
    return value * 2


def wait_until(engine: ps.Engine, condition: Callable[[], bool]) -> None:
    """Lets time pass, real or virtual."""
    silent = engine.spawn(nothing)
    for _ in range(2000):
        if condition():
            return
        with pytest.raises((ps.TimeoutError, ps.DeadlockError)):
            silent.ask(1, timeout=0.01)
    raise AssertionError("it did not come true")


@ps.actor
async def never() -> None:
    """Does not answer."""
    await ActorCall(CallType("never", "never"), (), {})
