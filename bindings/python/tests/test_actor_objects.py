"""Classes and functions as actors."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest
from actors import Counter, double

import penstock as ps


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
