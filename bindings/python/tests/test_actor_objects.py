"""Classes and functions as actors."""

from __future__ import annotations

import builtins
import contextlib
import copy
import gc
import logging
import pickle
import threading
import weakref
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from stages import notes, nothing

import penstock as ps
from penstock._actor_calls import ActorCall
from penstock._actor_messages import CallType


@pytest.fixture(params=[None, "simulated:1", "simulated:5"])
def engine(request: pytest.FixtureRequest) -> Iterator[ps.Engine]:
    with ps.Engine(executor=request.param) as made:
        yield made


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


def test_methods_are_messages(engine: ps.Engine) -> None:
    counter = Counter.spawn(engine, 10)
    counter.add.send(3)
    counter.add.send(2, times=2)
    assert counter.total.ask() == 17
    assert counter.total.ask(timeout=60) == 17
    assert counter.add.ask(1) is None
    assert counter.add.send_many(range(1000)) == 1000
    assert counter.add.send_many([]) == 0
    assert counter.total.ask() == 18 + sum(range(1000))


def test_a_function(engine: ps.Engine) -> None:
    doubler = double.spawn(engine)
    assert doubler.ask(4) == 8
    assert doubler.ask("ab", timeout=60) == "abab"
    doubler.send(1)
    assert doubler.send_many([1, 2, 3]) == 3
    assert double(3) == 6


def test_a_class_that_can_be_called(engine: ps.Engine) -> None:
    @ps.actor
    class Log:
        def __init__(self) -> None:
            self.lines: list[str] = []

        def __call__(self, line: str) -> None:
            self.lines.append(line)

        def all(self) -> list[str]:
            return self.lines

    log = Log.spawn(engine)
    log.send("one")
    log.send("two")
    assert log.all.ask() == ["one", "two"]


def test_what_is_sent_is_the_object_itself(engine: ps.Engine) -> None:
    @ps.actor
    def same(value: object) -> object:
        return value

    for value in ([], object(), None, threading.Lock(), engine):
        assert same.spawn(engine).ask(value) is value


def test_they_can_be_discovered(engine: ps.Engine) -> None:
    counter = Counter.spawn(engine)
    assert {"add", "total", "fail", "send", "ask"} <= set(dir(counter))
    assert "_hidden" not in dir(counter)
    assert counter.add.__doc__ == "Adds n."
    assert counter.add.__name__ == "add"
    assert repr(counter.add) == (
        "<message Counter.add(n: 'int', *, times: 'int' = 1) -> 'None'>"
    )
    assert repr(counter) == f"<Counter actor {counter.actor.id:#x}>"
    assert repr(Counter) == "<actor class Counter>"
    assert Counter.__doc__ == "Adds up."
    assert Counter(3).total() == 3


def test_references(engine: ps.Engine) -> None:
    counter = Counter.options(name="the counter").spawn(engine, 5)
    found = Counter.find(engine, "the counter")
    assert found == counter
    assert hash(found) == hash(counter)
    assert found != Counter.spawn(engine)
    assert found != 3
    assert found.total.ask() == 5
    assert copy.copy(counter) is copy.deepcopy(counter) is counter
    with pytest.raises(TypeError, match="cannot be pickled: it is an actor of this"):
        pickle.dumps(counter)
    with pytest.raises(ps.StaleError):
        Counter.find(engine, "another")
    with pytest.raises(ps.StaleError, match="no actor of <actor class double>"):
        double.find(engine, "the counter")


def test_the_order_of_one_sender(engine: ps.Engine) -> None:
    @ps.actor
    class Seen:
        def __init__(self) -> None:
            self.seen: list[int] = []

        def see(self, n: int) -> None:
            self.seen.append(n)

        def also(self, n: int) -> list[int]:
            self.seen.append(n)
            return self.seen

    seen = Seen.spawn(engine)
    for i in range(0, 300, 3):
        seen.see.send(i)
        seen.see.send_many([i + 1])
        seen.also.ask(i + 2)
    assert seen.also.ask(300) == list(range(301))


# ---- Failures


def test_the_asker_gets_the_exception(engine: ps.Engine) -> None:
    counter = Counter.spawn(engine)
    with pytest.raises(ValueError, match="not today") as caught:
        counter.fail.ask("not today")
    names = [entry.name for entry in caught.traceback]
    assert names[-1] == "fail"
    assert names[0] == "test_the_asker_gets_the_exception"
    assert notes(caught.value) == ["in Counter.fail"]
    assert counter.total.ask() == -1


@pytest.mark.parametrize("error", [StopIteration, KeyboardInterrupt, SystemExit])
def test_exceptions_that_mean_something_else_here(
    error: type[BaseException], engine: ps.Engine
) -> None:
    @ps.actor
    def stop(value: int) -> None:
        raise error(value)

    # In a simulation the very thread that asks has run it.
    expected = error if engine.info().simulated else ps.ActorError
    if error is StopIteration:
        expected = ps.ActorError
    with pytest.raises(expected) as caught:
        stop.spawn(engine).ask(3)
    if expected is ps.ActorError:
        assert isinstance(caught.value.__cause__, error)


def test_what_nobody_waits_for_is_logged(
    engine: ps.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    counter = Counter.spawn(engine)
    counter.fail.send("into the void")
    assert counter.total.ask() == -1
    (record,) = caplog.records
    assert record.name == "penstock.actors"
    assert record.levelno == logging.ERROR
    assert record.getMessage() == "Counter.fail failed, and nobody waits for it"
    assert record.exc_info
    assert str(record.exc_info[1]) == "into the void"


def test_restarts_make_a_new_object(engine: ps.Engine) -> None:
    counter = Counter.options(on_failure="restarts").spawn(engine, 10)
    counter.add.send(1)
    with pytest.raises(ValueError, match="again"):
        counter.fail.ask("again")
    assert counter.total.ask() == 10


def test_stopping_by_a_failure(engine: ps.Engine) -> None:
    counter = Counter.options(on_failure="stops").spawn(engine)
    with pytest.raises(ValueError, match="the last"):
        counter.fail.ask("the last")
    with pytest.raises(ps.StaleError, match=r"Counter.total: the actor is gone"):
        counter.total.ask()
    with pytest.raises(ps.StaleError, match=r"Counter.add: the actor is gone"):
        counter.add.send(1)
    with pytest.raises(ps.StaleError):
        counter.add.send_many([1, 2])
    assert not counter._cell.calls


def test_escalating(engine: ps.Engine, caplog: pytest.LogCaptureFixture) -> None:
    made: list[str] = []

    @ps.actor(on_failure="escalates")
    class Child:
        def __init__(self, name: str) -> None:
            made.append(name)

        def fail(self) -> None:
            raise ValueError("of the child")

    @ps.actor(on_failure="restarts")
    class Parent:
        def __init__(self) -> None:
            made.append("parent")
            self.child = Child.spawn(ps.current_actor(), "child")

        def order(self) -> None:
            self.child.fail.send()

        def alive(self) -> bool:
            return True

    parent = Parent.spawn(engine)
    parent.order.ask()
    engine.await_quiescent()
    assert parent.alive.ask()
    assert made == ["parent", "child", "parent", "child"]


def test_too_many_restarts(engine: ps.Engine) -> None:
    counter = Counter.options(on_failure="restarts", max_restarts=2).spawn(engine)
    for _ in range(3):
        with pytest.raises(ValueError, match="x"):
            counter.fail.ask("x")
    with pytest.raises(ps.StaleError):
        counter.total.ask()


@pytest.mark.parametrize("on_failure", ["resumes", "restarts", "stops"])
def test_an_object_that_cannot_be_made(
    on_failure: Any, engine: ps.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    @ps.actor(on_failure=on_failure, max_restarts=2)
    class Broken:
        def __init__(self) -> None:
            raise OSError("no such thing")

        def use(self) -> None: ...

    broken = Broken.spawn(engine)
    with pytest.raises(ps.PenstockError) as caught:
        broken.use.ask()
    assert isinstance(caught.value.__cause__, OSError)
    assert "Broken could not start" in caplog.text
    engine.await_quiescent()
    with pytest.raises(ps.StaleError):
        broken.use.ask()


def test_the_end_of_objects(engine: ps.Engine) -> None:
    log: list[str] = []

    @ps.actor(on_failure="restarts")
    class Resource:
        def use(self) -> None:
            raise ValueError

        def on_stop(self) -> None:
            log.append("stopped")

        def end(self) -> None:
            ps.current_actor().stop()

    resource = Resource.spawn(engine)
    with pytest.raises(ValueError):  # noqa: PT011
        resource.use.ask()
    engine.await_quiescent()
    assert log == ["stopped"]
    resource.end.ask()
    engine.await_quiescent()
    assert log == ["stopped", "stopped"]
    with pytest.raises(AttributeError, match="understands no message 'on_stop'"):
        _ = resource.on_stop


def test_stop(engine: ps.Engine) -> None:
    counter = Counter.spawn(engine)
    counter.add.send(1)
    counter.stop()
    with pytest.raises(ps.StaleError):
        counter.total.ask()
    other = Counter.spawn(engine)
    other.stop("now")
    engine.await_quiescent()
    with pytest.raises(ps.StaleError):
        other.total.ask()


def test_an_end_that_fails(engine: ps.Engine, caplog: pytest.LogCaptureFixture) -> None:
    @ps.actor
    class Bad:
        def nothing(self) -> None: ...

        def on_stop(self) -> None:
            raise ValueError("at the end")

    Bad.spawn(engine).stop()
    engine.await_quiescent()
    assert "Bad.on_stop failed" in caplog.text


# ---- Batches


def test_batched_methods(engine: ps.Engine) -> None:
    sizes: list[int] = []

    @ps.actor
    class Words:
        @ps.batched
        def length(self, words: list[str]) -> list[int]:
            sizes.append(len(words))
            return [len(word) for word in words]

        @ps.batched
        def see(self, words: list[str]) -> None:
            sizes.append(len(words))

        def plain(self) -> None: ...

    words = Words.spawn(engine)
    words.see.send_many(["a"] * 100)
    words.plain.send()
    words.see.send("b")
    words.length.send("c")
    assert words.length.ask("four") == 4
    assert sum(sizes) == 103
    assert len(sizes) < 20
    with pytest.raises(TypeError, match="takes one argument"):
        words.length.send("a", "b")


def test_a_function_that_is_batched(engine: ps.Engine) -> None:
    @ps.actor
    @ps.batched
    def squares(values: list[int]) -> list[int]:
        return [value * value for value in values]

    assert squares.spawn(engine).ask(5) == 25


@pytest.mark.parametrize(
    ("result", "message"),
    [([1, 2, 3], "not 3 results"), (7, "not int 7"), (iter([1]), "an object of class")],
)
def test_batches_of_wrong_results(result: Any, message: str, engine: ps.Engine) -> None:
    @ps.actor
    @ps.batched
    def wrong(values: list[int]) -> Any:
        return result

    with pytest.raises(TypeError, match=message):
        wrong.spawn(engine).ask(1)


def test_a_batch_that_fails_fails_for_all(engine: ps.Engine) -> None:
    gate = threading.Event()

    @ps.actor
    class Fails:
        def wait(self) -> None:
            gate.wait(60)

        @ps.batched
        def fail(self, values: list[int]) -> None:
            raise ValueError(f"of {len(values)}")

        def after(self) -> str:
            return "after"

    fails = Fails.spawn(engine)
    if engine.info().simulated:
        with pytest.raises(ValueError, match="of 1"):
            fails.fail.ask(1)
        return
    fails.wait.send()
    errors: list[Exception] = []

    def ask() -> None:
        try:
            fails.fail.ask(1)
        except ValueError as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    assert len(errors) == 5
    assert fails.after.ask() == "after"


def test_what_comes_after_a_batch_that_fails(engine: ps.Engine) -> None:
    log: list[Any] = []

    @ps.actor
    class Fails:
        @ps.batched
        def see(self, values: list[int]) -> None:
            log.append(values)
            if 3 in values:
                raise ValueError

        def plain(self, value: int) -> None:
            log.append(value)

        async def all_at_once(self) -> None:
            me = ps.current_actor().ref
            me.see.send_many([1, 2, 3])
            me.plain.send(4)
            me.see.send_many([5, 6])
            me.plain.send(7)

    Fails.spawn(engine).all_at_once.ask()
    engine.await_quiescent()
    flat = [
        each
        for entry in log
        for each in (entry if isinstance(entry, list) else [entry])
    ]
    assert flat == [1, 2, 3, 4, 5, 6, 7]


# ---- The current actor


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


# ---- Coroutines


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


# ---- Mailboxes


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


def test_messages_of_the_low_layer(engine: ps.Engine) -> None:
    counter = Counter.spawn(engine)
    with pytest.raises(ps.ActorError):
        counter.actor.ask(3, b"abc")
    assert counter.total.ask() == 0


def test_statistics(engine: ps.Engine) -> None:
    counter = Counter.options(statistics=True).spawn(engine)
    counter.add.send(1)
    counter.total.ask()
    assert counter.actor.stats().processed == 2


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ACTOR(3), TypeError, "for classes and functions, not for int 3"),
        (lambda: ACTOR(type("E", (), {})), TypeError, "class E has no public meth"),
        (
            lambda: ACTOR(type("S", (), {"stop": lambda self: None})),
            TypeError,
            r"S.stop has the name of what every reference to an actor has \(actor, ask",
        ),
        (
            lambda: ACTOR(lambda timeout: None),
            TypeError,
            "has a parameter 'timeout'",
        ),
        (
            lambda: ACTOR(ps.batched(lambda a, b: None)),
            TypeError,
            "batched, so it has one parameter",
        ),
        (lambda: ACTOR(colour=3), TypeError, "no option 'colour'; there are name"),
        (lambda: Counter.options(colour=3), TypeError, "no option 'colour'"),
        (
            lambda: Counter.options(on_failure="x").spawn(ENGINE),
            ValueError,
            "on_failure must be one of 'stops'",
        ),
        (lambda: Counter.spawn(3), TypeError, "spawned in an Engine or by current_ac"),
        (lambda: Counter.spawn(ENGINE, 1, 2), TypeError, r"Counter\(start.*too many"),
        (lambda: double.spawn(ENGINE, 1), TypeError, "takes its arguments when sent"),
        (lambda: counter().send(1), TypeError, r"say which message, \.add\.send"),
        (lambda: counter().sub, AttributeError, "no message 'sub'; it does: add, fail"),
        (lambda: counter().add(1), TypeError, r"is a message: use .send\(...\)"),
        (lambda: counter().add.send(), TypeError, r"Counter.add\(n: .*missing a req"),
        (lambda: counter().add.send(1, 2), TypeError, "too many positional"),
        (lambda: counter().add.send(1, x=2), TypeError, "unexpected keyword argument"),
        (lambda: counter().add.ask(), TypeError, "missing a required"),
        (lambda: counter().total.send_many([1]), TypeError, "too many positional"),
        (lambda: counter().total.ask(timeout=-1), ValueError, "must not be negative"),
        (lambda: counter().total.ask_async(), RuntimeError, "no running event loop"),
    ],
)
def test_mistakes(
    make: Callable[[], Any], error: type[Exception], message: str
) -> None:
    global ENGINE
    with ps.Engine() as ENGINE, pytest.raises(error, match=message):
        make()


ENGINE: Any = None
ACTOR: Any = ps.actor


def counter() -> Any:
    return Counter.spawn(ENGINE)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda cx: cx.call_later(-1, print), ValueError, "delay must not be neg"),
        (lambda cx: cx.call_later(1, 3), TypeError, "callback must be callable"),
        (lambda cx: cx.call_every(0, print), ValueError, "period must be above 0"),
        (lambda cx: cx.watch(cx.ref, 3), TypeError, "callback must be callable"),
    ],
)
def test_mistakes_inside(
    call: Callable[[ps.CurrentActor], Any],
    error: type[Exception],
    message: str,
    engine: ps.Engine,
) -> None:
    @ps.actor
    def does(call: Callable[[ps.CurrentActor], Any]) -> None:
        call(ps.current_actor())

    with pytest.raises(error, match=message):
        does.spawn(engine).ask(call)
