"""Methods that await answers of other actors."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from actors import Counter, never

import penstock as ps


def test_asking_others(engine: ps.Engine) -> None:
    @ps.actor
    class Sums:
        def __init__(self, *counters: ps.ActorRef) -> None:
            self.counters = counters

        async def all(self) -> int:
            asked = [counter.total.ask_async() for counter in self.counters]
            return sum([await each for each in asked])

        async def fail(self) -> None:
            await self.counters[0].fail.ask_async("of another")

        async def catch(self) -> str:
            try:
                await self.counters[0].fail.ask_async("caught")
            except ValueError as error:
                return str(error)
            return ""

        async def plain(self) -> int:
            return 5

    sums = Sums.spawn(engine, *[Counter.spawn(engine, i) for i in range(10)])
    assert sums.all.ask() == 45
    assert sums.plain.ask() == 5
    assert sums.catch.ask() == "caught"
    with pytest.raises(ValueError, match="of another"):
        sums.fail.ask()


def test_messages_between_the_steps_of_a_coroutine(engine: ps.Engine) -> None:
    @ps.actor
    class Both:
        def __init__(self) -> None:
            self.log: list[str] = []

        async def slow(self, other: ps.ActorRef) -> list[str]:
            self.log.append("begin")
            await other.back.ask_async(ps.current_actor().ref)
            self.log.append("end")
            return self.log

        def quick(self) -> None:
            self.log.append("quick")

    @ps.actor
    class Other:
        async def back(self, both: ps.ActorRef) -> None:
            await both.quick.ask_async()

    assert Both.spawn(engine).slow.ask(Other.spawn(engine)) == ["begin", "quick", "end"]


def test_awaiting_what_is_no_ask(engine: ps.Engine) -> None:
    class Other:
        def __await__(self) -> Generator[int, None, None]:
            yield 3

    @ps.actor
    async def wrong() -> None:
        await Other()

    with pytest.raises(TypeError, match="awaits int 3; a method of an actor can await"):
        wrong.spawn(engine).ask()


def test_a_restart_forsakes_what_waits(engine: ps.Engine) -> None:
    log: list[str] = []

    @ps.actor(on_failure="restarts")
    class Waits:
        async def wait(self, other: ps.ActorRef) -> None:
            ps.current_actor().ref.fail.send()
            try:
                await other.ask_async()
            finally:
                log.append("left")

        def fail(self) -> None:
            raise ValueError

        def alive(self) -> bool:
            return True

    waits = Waits.spawn(engine)
    with pytest.raises(ps.ActorError, match=r"Waits.wait: the actor failed"):
        waits.wait.ask(never.spawn(engine))
    assert log == ["left"]
    assert waits.alive.ask()


def test_the_end_of_one_that_waits(engine: ps.Engine) -> None:
    log: list[str] = []

    @ps.actor
    class Waits:
        async def wait(self, other: ps.ActorRef) -> None:
            ps.current_actor().stop()
            try:
                await other.ask_async()
            finally:
                log.append("left")

    other = never.spawn(engine)
    waits = Waits.spawn(engine)
    with pytest.raises(ps.StaleError):
        waits.wait.ask(other)
    engine.await_quiescent()
    assert log == ["left"]
    assert not other._cell.calls
