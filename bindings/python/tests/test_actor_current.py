"""What an actor may do by itself: children, watches, timers."""

from __future__ import annotations

from typing import Any

import pytest
from actors import Counter, wait_until

import penstock as ps


def test_children_end_with_their_parent(engine: ps.Engine) -> None:
    @ps.actor
    class Parent:
        def __init__(self) -> None:
            self.child = Counter.spawn(ps.current_actor(), 7)

        def get(self) -> Any:
            return self.child

    parent = Parent.spawn(engine)
    child = parent.get.ask()
    assert child.total.ask() == 7
    parent.stop()
    engine.await_quiescent()
    with pytest.raises(ps.StaleError):
        child.total.ask()


def test_watching(engine: ps.Engine) -> None:
    log: list[str] = []

    @ps.actor
    class Watcher:
        def watch(self, other: ps.ActorRef, name: str) -> None:
            ps.current_actor().watch(other, self.down, name)

        def unwatch(self, other: ps.ActorRef) -> None:
            ps.current_actor().unwatch(other)

        def down(self, name: str) -> None:
            log.append(name)

    watcher, one, two = (
        Watcher.spawn(engine),
        Counter.spawn(engine),
        Counter.spawn(engine),
    )
    watcher.watch.ask(one, "one")
    watcher.watch.ask(two, "two")
    watcher.unwatch.ask(two)
    one.stop()
    two.stop()
    engine.await_quiescent()
    watcher.watch.ask(one, "late")
    engine.await_quiescent()
    assert log == ["one", "late"]


def test_timers(engine: ps.Engine) -> None:
    @ps.actor
    class Clock:
        def __init__(self) -> None:
            self.ticks: list[str] = []

        def begin(self) -> None:
            current = ps.current_actor()
            self.timer = current.call_every(0.001, self.tick, "tick")
            current.call_later(0.0, self.tick, "once")
            never = current.call_later(3600, self.tick, "never")
            never.cancel()
            never.cancel()

        def tick(self, what: str) -> None:
            self.ticks.append(what)
            if len(self.ticks) == 4:
                self.timer.cancel()
                log.extend(self.ticks)

        def timers(self) -> int:
            return len(ps.current_actor().cell.timers)

    log: list[str] = []
    clock = Clock.spawn(engine)
    clock.begin.ask()
    wait_until(engine, lambda: bool(log))
    assert log == ["once", "tick", "tick", "tick"]
    assert clock.timers.ask() == 0


def test_a_timer_of_another_actor(engine: ps.Engine) -> None:
    @ps.actor
    class Clock:
        def begin(self) -> ps.ActorTimer:
            return ps.current_actor().call_later(3600, print)

        def cancel(self, timer: ps.ActorTimer) -> None:
            timer.cancel()

    timer = Clock.spawn(engine).begin.ask()
    with pytest.raises(ps.StateError, match="by the actor that has set it"):
        Clock.spawn(engine).cancel.ask(timer)
    with pytest.raises(ps.StateError, match="no actor's method runs"):
        timer.cancel()


def test_a_timer_after_a_restart_is_the_new_objects(engine: ps.Engine) -> None:
    seen: list[int] = []
    born: list[int] = []

    @ps.actor(on_failure="restarts")
    class Clock:
        def __init__(self) -> None:
            born.append(len(born))
            self.number = len(born)

        def begin(self) -> None:
            ps.current_actor().call_later(0.02, self.tick)

        def tick(self) -> None:
            seen.append(self.number)

        def fail(self) -> None:
            raise ValueError

    clock = Clock.spawn(engine)
    clock.begin.ask()
    with pytest.raises(ValueError):  # noqa: PT011
        clock.fail.ask()
    wait_until(engine, lambda: bool(seen))
    assert seen == [2]


def test_the_current_actor(engine: ps.Engine) -> None:
    @ps.actor
    class Self:
        def look(self) -> tuple[Any, ...]:
            current = ps.current_actor()
            return (
                current,
                current.ref,
                current.engine,
                current.now,
                current.should_stop,
            )

    actor = Self.spawn(engine)
    current, ref, found, now, should_stop = actor.look.ask()
    assert ref == actor
    assert found is engine
    assert isinstance(now, int)
    assert should_stop is False
    with pytest.raises(ps.StateError, match="used after the call"):
        current.stop()
    with pytest.raises(ps.StateError, match="no actor's method runs"):
        ps.current_actor()
