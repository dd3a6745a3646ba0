"""Asks that asyncio awaits."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any

import pytest
from actors import Counter, double, never
from programs import output

import penstock as ps


def test_awaiting(engine: ps.Engine) -> None:
    async def main() -> None:
        counter = Counter.spawn(engine, 10)
        counter.add.send(3)
        assert await counter.total.ask_async() == 13
        assert await double.spawn(engine).ask_async(4, timeout=60) == 8

    asyncio.run(main())


def test_many_at_once(engine: ps.Engine) -> None:
    async def main() -> None:
        doubler = double.spawn(engine)
        threads = threading.active_count()
        asked = [doubler.ask_async(i) for i in range(1000)]
        assert threading.active_count() == threads
        assert await asyncio.gather(*asked) == [2 * i for i in range(1000)]
        assert not engine._actors().object_asks._open

    asyncio.run(main())


def test_the_order_of_asks_is_that_of_the_calls(engine: ps.Engine) -> None:
    async def main() -> None:
        counter = Counter.spawn(engine)
        totals = []
        for _ in range(50):
            counter.add.send(1)
            totals.append(counter.total.ask_async())
        assert [await total for total in totals] == list(range(1, 51))

    asyncio.run(main())


def test_exceptions(engine: ps.Engine) -> None:
    async def main() -> None:
        counter = Counter.spawn(engine)
        with pytest.raises(ValueError, match="not now") as caught:
            await counter.fail.ask_async("not now")
        assert caught.traceback[-1].name == "fail"
        counter.stop()
        with pytest.raises(ps.StaleError):
            await counter.total.ask_async()
        with pytest.raises((ps.TimeoutError, ps.DeadlockError)):
            await never.spawn(engine).ask_async(timeout=0.01)

    asyncio.run(main())


def test_cancelling(engine: ps.Engine) -> None:
    if engine.info().simulated:
        return

    async def main() -> None:
        other, counter = never.spawn(engine), Counter.spawn(engine)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(other.ask_async(), 0.01)
        other.stop("now")
        # Its end comes, and finds that nobody waits.
        assert await counter.total.ask_async() == 0

    asyncio.run(main())


def test_nothing_can_happen_any_more() -> None:
    async def main() -> None:
        with ps.Engine(executor="simulated:1") as engine:
            other = never.spawn(engine)
            with pytest.raises(ps.DeadlockError, match="nothing can happen any more"):
                await other.ask_async()

    asyncio.run(main())


def test_loops_that_end(engine: ps.Engine) -> None:
    """More of them than there can be dispatchers, one after the other."""
    counter = Counter.spawn(engine)

    async def main() -> int:
        total: int = await counter.total.ask_async()
        return total

    for _ in range(40):
        assert asyncio.run(main()) == 0


def test_descriptors_are_given_back() -> None:
    async def main(counter: Any) -> None:
        await counter.total.ask_async()

    def used() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = used()
    for _ in range(3):
        with ps.Engine() as engine:
            asyncio.run(main(Counter.spawn(engine)))
    assert used() == before


def test_loops_of_several_threads(engine: ps.Engine) -> None:
    if engine.info().simulated:
        return
    counter = Counter.spawn(engine)
    totals: list[int] = []

    async def main() -> None:
        for _ in range(50):
            await counter.add.ask_async(1)
        totals.append(await counter.total.ask_async())

    threads = [threading.Thread(target=lambda: asyncio.run(main())) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(totals) == 250


def test_an_engine_that_is_closed_meanwhile() -> None:
    async def main() -> None:
        with ps.Engine() as engine:
            waiting = never.spawn(engine).ask_async()
            await Counter.spawn(engine).total.ask_async()
        with pytest.raises(ps.StaleError):
            await waiting
        with ps.Engine() as engine:
            assert await Counter.spawn(engine, 5).total.ask_async() == 5

    asyncio.run(main())


def test_an_engine_that_is_closed_by_another_thread() -> None:
    async def main() -> None:
        engine = ps.Engine()
        waiting = never.spawn(engine).ask_async()
        threading.Thread(target=engine.close).start()
        with pytest.raises(ps.StaleError):
            await waiting

    asyncio.run(main())


def test_a_thread_that_waits_while_the_engine_is_closed() -> None:
    engine = ps.Engine()
    actor = never.spawn(engine)
    timer = threading.Timer(0.1, engine.close)
    timer.start()
    with pytest.raises((ps.StaleError, ps.HandleError)):
        actor.ask(timeout=60)
    timer.join()
    with pytest.raises(ps.PenstockError):
        actor.ask(timeout=60)


def test_an_idle_loop_uses_no_time(engine: ps.Engine) -> None:
    if engine.info().simulated:
        return

    async def main() -> None:
        await Counter.spawn(engine).total.ask_async()
        before = os.times()
        await asyncio.sleep(0.3)
        after = os.times()
        used = after.user + after.system - before.user - before.system
        assert used < 0.15

    asyncio.run(main())


def test_ctrl_c_ends_an_ask() -> None:
    program = """
    import os, signal, threading, time
    import penstock as ps

    begun = threading.Event()

    @ps.actor
    class Slow:
        def wait(self):
            begun.set()
            while not done:
                time.sleep(0.01)

        def alive(self):
            return True

    done = []
    with ps.Engine() as engine:
        slow = Slow.spawn(engine)
        def interrupt():
            begun.wait()
            time.sleep(0.1)
            os.kill(os.getpid(), signal.SIGINT)
        threading.Thread(target=interrupt).start()
        try:
            slow.wait.ask()
        except KeyboardInterrupt:
            print("interrupted")
        done.append(True)
        print(slow.alive.ask())
    """
    assert output(program) == "interrupted\nTrue"


def test_exit_while_a_thread_asks() -> None:
    program = """
    import threading, time
    import penstock as ps

    @ps.actor
    class Slow:
        def wait(self):
            begun.set()
            time.sleep(0.2)

    begun = threading.Event()
    engine = ps.Engine()
    slow = Slow.spawn(engine)
    threading.Thread(target=lambda: slow.wait.ask(), daemon=True).start()
    begun.wait()
    print("exits")
    """
    assert output(program) == "exits"
