"""Messages and asks that wait, are dropped or come too late."""

from __future__ import annotations

import builtins
import contextlib
import gc
import threading
import weakref
from typing import Any

import pytest
from actors import Counter, double, never, wait_until

import penstock as ps


def test_a_full_mailbox(engine: ps.Engine) -> None:
    begun, gate = threading.Event(), threading.Event()

    @ps.actor(capacity=2)
    class Slow:
        def wait(self) -> None:
            begun.set()
            gate.wait(60)

        def see(self, n: int) -> None: ...

    slow = Slow.spawn(engine)
    if not engine.info().simulated:
        slow.wait.send()
        begun.wait(60)
    slow.see.send_many([1, 2])
    with pytest.raises(ps.WouldBlockError, match=r"Slow.see: the actor's mailbox is f"):
        slow.see.send(3)
    with pytest.raises(ps.WouldBlockError, match="mailbox is full"):
        slow.see.ask(3)
    with pytest.raises(ps.WouldBlockError) as caught:
        slow.see.send_many([1, 2])
    assert caught.value.sent == 0
    assert len(slow._cell.calls) == 2
    gate.set()
    engine.await_quiescent()
    assert not slow._cell.calls


# Of drop_oldest twice the capacity waits until the actor runs, and passes over half.
@pytest.mark.parametrize(
    ("overflow", "kept"), [("drop_newest", [0, 1]), ("drop_oldest", [2, 3])]
)
def test_mailboxes_that_drop_keep_nothing(
    overflow: Any, kept: list[int], engine: ps.Engine
) -> None:
    begun, gate = threading.Event(), threading.Event()
    got: list[int] = []

    @ps.actor(capacity=2, overflow=overflow)
    class Slow:
        def wait(self) -> None:
            begun.set()
            gate.wait(60)

        def see(self, n: int) -> None:
            got.append(n)

    slow = Slow.spawn(engine)
    if not engine.info().simulated:
        slow.wait.send()
        begun.wait(60)
    for i in range(100):
        slow.see.send(i)
    assert slow.see.send_many(range(100, 110)) == 10
    gate.set()
    engine.await_quiescent()
    assert got == kept
    assert engine.actor_counts().dropped == 108
    assert not slow._cell.calls
    assert not engine._actors().lent
    slow.stop()
    engine.await_quiescent()
    with pytest.raises(ps.StaleError):
        slow.see.send(1)
    assert not engine._actors().lent


def test_dead_letters_keep_nothing(engine: ps.Engine) -> None:
    class Thing:
        pass

    thing = Thing()
    alive = weakref.ref(thing)
    doubler = double.spawn(engine)
    doubler.stop()
    with contextlib.suppress(ps.StaleError):
        doubler.send(thing)
    engine.await_quiescent()
    del thing
    gc.collect()
    assert alive() is None


def test_time_outs(engine: ps.Engine) -> None:
    other = never.spawn(engine)
    with pytest.raises((ps.TimeoutError, ps.DeadlockError), match=r"^never: "):
        other.ask(timeout=0.01)
    with pytest.raises(builtins.TimeoutError):
        other.ask(timeout=0.0)
    wait_until(engine, lambda: not other._cell.calls)


def test_waiting_inside(engine: ps.Engine) -> None:
    @ps.actor
    class Waits:
        def wait(self, other: ps.ActorRef) -> None:
            other.total.ask()

    with pytest.raises(ps.DeadlockError, match="wait inside of a callback"):
        Waits.spawn(engine).wait.ask(Counter.spawn(engine))


def test_an_answer_that_comes_late(
    engine: ps.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    if engine.info().simulated:
        return
    gate = threading.Event()

    @ps.actor
    def late(text: str) -> None:
        gate.wait(60)
        raise ValueError(text)

    actor = late.spawn(engine)
    with pytest.raises(ps.TimeoutError):
        actor.ask("too late", timeout=0.01)
    gate.set()
    with pytest.raises(ValueError, match="in time"):
        actor.ask("in time")
    (record,) = caplog.records
    assert record.exc_info
    assert str(record.exc_info[1]) == "too late"
